"""What every plug-in must do that reads pipettes or sorted units, and is written as NWB."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fascicle.core import Family, Header, Source
from fascicle.formats import recognise

from ._contracts_base import RecordingContract, released

_SERIOUS = frozenset({"ERROR", "PYNWB_VALIDATION", "CRITICAL"})


class NwbContract(RecordingContract):
    """What every format must do that is written as an NWB file which an archive accepts."""

    def test_the_archive_s_inspector_finds_no_error(self, tmp_path: Path) -> None:
        """The NWB Inspector as the DANDI archive runs it, and PyNWB's validation."""
        from nwbinspector import inspect_nwbfile, load_config

        _, _, path = self._convert(tmp_path)

        found = inspect_nwbfile(nwbfile_path=path, config=load_config("dandi"))
        assert [m.message for m in found if m.importance.name in _SERIOUS] == []


class NeurodataContract(NwbContract):
    """What formats of pipettes and of sorted units must do; a plug-in's test is a subclass of it.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_abf
    >>> class TestAbf(NeurodataContract):
    ...     format_name = "abf"
    ...
    ...     def make_recording(self, root):
    ...         return make_abf(root / "a.abf", planted=Planted())
    """

    # What a subclass inherits -----------------------------------------------------------------

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it, of a mouse."""
        return released_neurodata(header)

    def find_source(self, root: Path, primary: Path) -> Source:
        """Return the one recording under `root`, which has all files that stand there."""
        assert recognise(root).others == ()
        return super().find_source(root, primary)

    def require_complete(self, header: Header) -> None:
        """Kind and counts are read."""
        assert header.modality.family is Family.NEURODATA
        assert header.metadata


def released_neurodata(header: Header) -> Header:
    """Return a header as a strict policy would release it, of a mouse: numbered, numbers alone."""
    clean = released_mouse(header)
    channels = tuple(
        replace(channel, name=f"CH{i + 1:03d}") for i, channel in enumerate(header.channels)
    )
    numbers = {k: v for k, v in header.metadata.items() if isinstance(v, int | float)}
    return replace(clean, evidence=(), channels=channels, metadata=numbers)


def released_mouse(header: Header) -> Header:
    """Return a header as a strict policy would release it, of a mouse."""
    clean = released(header)
    subject = replace(clean.subject, species="Mus musculus", age_years=0.25)
    return replace(clean, subject=subject)
