"""What every plug-in must do that reads pipettes or sorted units, and is written as NWB."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np

from fascicle.core import Family, FileHead, Format, Header, Source, Subject
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry, write_recording

from ._contracts import _digests, _expect_format_error, _folders
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 24
_STEM = "sub-01_recording"
_SERIOUS = frozenset({"ERROR", "PYNWB_VALIDATION", "CRITICAL"})


class NeurodataContract:
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

    format_name: str
    """Name of the format in the registry."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its primary file."""
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the one recording of this format under `root`."""
        sources = [s for s in recognise(root).sources if s.format == self.format_name]
        assert len(sources) == 1, f"expected one recording, got {len(sources)}"
        return sources[0]

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own files, and no other format has them."""
        primary = self.make_recording(tmp_path)

        found = recognise(tmp_path)

        assert [source.format for source in found.sources] == [self.format_name]
        assert found.sources[0].primary == PurePosixPath(primary.relative_to(tmp_path).as_posix())
        assert found.tables == found.others == ()

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_of_neurodata(self, tmp_path: Path) -> None:
        """Kind and counts are read."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality.family is Family.NEURODATA
        assert header.metadata

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_neurodata(read_header(root, source))

        write_recording(root, source, header, first, _STEM)
        write_recording(root, source, header, second, _STEM)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        before = _digests(root)

        write_recording(root, source, released_neurodata(read_header(root, source)), out, _STEM)

        assert _digests(root) == before

    def test_the_inspector_of_the_standard_finds_nothing_serious(self, tmp_path: Path) -> None:
        """The NWB Inspector, as the DANDI archive runs it, has no error and nothing critical."""
        from nwbinspector import inspect_nwbfile, load_config

        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        written = write_recording(
            root, source, released_neurodata(read_header(root, source)), out, _STEM
        )

        path = out / written.files[0]
        found = list(inspect_nwbfile(nwbfile_path=path, config=load_config("dandi")))
        assert [m.message for m in found if m.importance.name in _SERIOUS] == []

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        write_recording(root, source, released_neurodata(read_header(root, source)), out, _STEM)

        for path in sorted(out.rglob("*")):
            assert PLANTED.lower().encode() not in path.read_bytes().lower(), path.name

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        said = [i.value for i in header.identifiers] + [header.subject.name, header.subject.code]
        assert any(PLANTED.lower() in value.lower() for value in said)

    def test_cut_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        for path in (root / part for part in source.files):
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_flipped_bytes_raise_format_errors_only(self, tmp_path: Path) -> None:
        """A file with a wrong byte in its header is read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        rng = np.random.default_rng(23)

        whole = (root / source.primary).read_bytes()
        reach = min(len(whole), 2048)
        for at in rng.choice(reach, min(_N_FLIPS, reach), replace=False).tolist():
            flipped = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
            (root / source.primary).write_bytes(flipped)
            self._read_and_write_or_refuse(root, source, out)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A file of no bytes raises a FormatError."""
        self.make_recording(tmp_path)
        source = self.find_source(tmp_path)
        (tmp_path / source.primary).write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = read_header(root, source)
            write_recording(root, source, released_neurodata(header), out, _STEM)
        except FormatError:
            pass

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def released_neurodata(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, neutral events."""
    events = tuple(replace(event, label=f"event {i % 3}") for i, event in enumerate(header.events))
    channels = tuple(
        replace(channel, name=f"CH{i + 1:03d}") for i, channel in enumerate(header.channels)
    )
    numbers = {k: v for k, v in header.metadata.items() if isinstance(v, int | float)}
    return replace(
        header,
        subject=Subject(code="01", sex="F", species="mus musculus", age_years=0.25),
        identifiers=(),
        evidence=(),
        measured_at=datetime(2001, 1, 1, tzinfo=UTC),
        events=events,
        channels=channels,
        metadata=numbers,
    )
