"""What every plug-in must do that reads calcium imaging."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import FileHead, Format, Header, Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry, write_recording

from ._contracts import _digests, _expect_format_error, _folders, _holds, released
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 9
_STEM = "sub-01_ophys"
_WRITTEN = f"{_STEM}.nwb"


class OphysContract:
    """What every format of movies and cells must do; a plug-in's test is a subclass of it.

    The recording is written as NWB with nothing but numbers and our own words; arrays are those
    that another library reads from the source, frame, x, y.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_tiff_stack
    >>> class TestTiffMovie(OphysContract):
    ...     format_name = "tiff-movie"
    ...
    ...     def make_recording(self, root):
    ...         return make_tiff_stack(root / "a.tif", seed=7, planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    carries_names = True
    """False for formats that have no room for a person."""

    n_damaged = 2
    """How many of its files are damaged, one after the other."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its first file."""
        raise NotImplementedError

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Return arrays by their place in the NWB file, as another library reads the source."""
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the one recording under `root`, which is of this format."""
        sources = recognise(root).sources
        assert [source.format for source in sources] == [self.format_name]
        return sources[0]

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """All its files are one recording, and no other format has any of them."""
        primary = self.make_recording(tmp_path)

        source = self.find_source(tmp_path)

        assert source.primary == PurePosixPath(primary.relative_to(tmp_path).as_posix())

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Modality, length, size, and what speaks for it."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality is Modality.OPHYS
        assert header.n_times == header.shape[0] > 0
        assert min(header.shape) > 0
        assert 0.5 < header.certainty <= 1
        assert header.evidence

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same file."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)

        self._write(root, first)
        self._write(root, second)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        before = _digests(root)

        self._write(root, out)

        assert _digests(root) == before

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Every array is the oracle's, value by value, in the type it was stored in."""
        import h5py

        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)

        self._write(root, out)

        with h5py.File(out / _WRITTEN, "r") as file:
            for place, expected in self.read_oracle(primary).items():
                np.testing.assert_array_equal(file[place][()], expected, err_msg=place)
                assert file[place].dtype == expected.dtype, place

    def test_the_archive_s_inspector_finds_no_error(self, tmp_path: Path) -> None:
        """NWB Inspector with the DANDI archive's configuration, and PyNWB's validation."""
        from nwbinspector import inspect_nwbfile, load_config

        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)

        self._write(root, out)

        found = inspect_nwbfile(nwbfile_path=out / _WRITTEN, config=load_config("dandi"))
        grave = {"ERROR", "PYNWB_VALIDATION", "CRITICAL"}
        messages = [m.message for m in found if m.importance.name in grave]
        assert messages == [], messages

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is not in the written file."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)

        self._write(root, out)

        assert not _holds(out / _WRITTEN, PLANTED)

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        said = [identifier.value.lower() for identifier in header.identifiers]
        assert any(PLANTED.lower() in value for value in said) is self.carries_names

    def test_a_header_of_another_recording_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        header = read_header(root, source)
        longer = replace(header, n_times=header.n_times + 1)

        _expect_format_error(lambda: write_recording(root, source, longer, out, _STEM))

    def test_damaged_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere, or with flipped bytes, are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        rng = np.random.default_rng(23)

        for path in [root / path for path in source.files][: self.n_damaged]:
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            for _ in range(_N_FLIPS):
                damaged = bytearray(whole)
                for place in rng.integers(0, min(len(whole), 2048), 3):
                    damaged[place] ^= int(rng.integers(1, 256))
                path.write_bytes(bytes(damaged))
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def _write(self, root: Path, out: Path) -> Header:
        source = self.find_source(root)
        header = released_ophys(read_header(root, source))
        written = write_recording(root, source, header, out, _STEM)
        assert written.files == (PurePosixPath(_WRITTEN),)
        return header

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = released_ophys(read_header(root, source))
            write_recording(root, source, header, out, _STEM)
        except FormatError:
            pass

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def released_ophys(header: Header) -> Header:
    """Return a header as a strict policy would release it, of a mouse."""
    clean = released(header)
    subject = replace(clean.subject, species="Mus musculus", age_years=0.25)
    return replace(clean, subject=subject)
