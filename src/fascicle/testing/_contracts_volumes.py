"""What every plug-in must do that reads volumes: images of a body, alone or over time."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, FileHead, Format, Header, Source, Subject
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry, write_recording

from ._contracts import _digests, _expect_format_error, _folders, _head
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 24
_STEM = "sub-01_T1w"


class VolumeContract:
    """What every format of volumes must do; a plug-in's test is a subclass of it.

    The recording is written as ``.nii.gz`` with nothing but numbers in its header; values and
    place in space are those that another library reads from the source.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_nifti
    >>> class TestNifti(VolumeContract):
    ...     format_name = "nifti"
    ...
    ...     def make_recording(self, root):
    ...         return make_nifti(root / "a.nii", seed=7, planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    tolerance: float = 0.0
    """Largest difference of a value to the oracle."""

    place_tolerance_mm: float = 1e-4
    """Largest difference of a place in space to the oracle, in millimetres."""

    damages_all: bool = False
    """True damages every file of the recording, False only the first one."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its first file."""
        raise NotImplementedError

    def read_oracle(self, path: Path) -> tuple[NDArray[Any], NDArray[np.float64]] | None:
        """Return values and affine (4 by 4, to mm, RAS) as another library reads the source."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the one recording of this format under `root`."""
        sources = [s for s in recognise(root).sources if s.format == self.format_name]
        assert len(sources) == 1, f"expected one recording, got {len(sources)}"
        return sources[0]

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own file, and no other has it."""
        primary = self.make_recording(tmp_path)

        source = self.find_source(tmp_path)

        assert primary.relative_to(tmp_path).as_posix() in {p.as_posix() for p in source.files}
        head = _head(tmp_path, PurePosixPath(primary.relative_to(tmp_path).as_posix()))
        assert self._plugin().recognises(head)

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096, gzip.compress(noise)[:4096]):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Kind, shape, and why it is taken for that kind are read."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality.family is Family.VOLUME
        assert header.suffix
        assert len(header.shape) >= 3
        assert min(header.shape) > 0
        assert 0 < header.certainty <= 1
        assert header.evidence

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_volume(read_header(root, source))

        write_recording(root, source, header, first, _STEM)
        write_recording(root, source, header, second, _STEM)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        before = _digests(root)

        write_recording(root, source, released_volume(read_header(root, source)), out, _STEM)

        assert _digests(root) == before

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Shape, values and place in space come back as the oracle reads the source."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root)
        header = released_volume(read_header(root, source))

        written = write_recording(root, source, header, out, _STEM)

        assert written.files[0] == PurePosixPath(f"{_STEM}.nii.gz")
        values, affine = read_canonical(out / written.files[0])
        oracle = self.read_oracle(primary)
        if oracle is not None:
            expected, place = _canonical(*oracle)
            np.testing.assert_allclose(values, expected, rtol=0, atol=self.tolerance)
            np.testing.assert_allclose(affine, place, rtol=0, atol=self.place_tolerance_mm)

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file, packed or unpacked."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        write_recording(root, source, released_volume(read_header(root, source)), out, _STEM)

        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        assert files
        for path in files:
            content = path.read_bytes()
            if path.suffix == ".gz":
                content += gzip.decompress(content)
            assert PLANTED.lower().encode() not in content.lower(), path.name

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

        for path in self._damaged_files(root, source):
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_flipped_bytes_raise_format_errors_only(self, tmp_path: Path) -> None:
        """A header with a wrong byte anywhere is read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        rng = np.random.default_rng(23)

        for path in self._damaged_files(root, source):
            whole = path.read_bytes()
            reach = min(len(whole), 512)
            for at in rng.choice(reach, size=min(_N_FLIPS, reach), replace=False).tolist():
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A file of no bytes raises a FormatError."""
        self.make_recording(tmp_path)
        source = self.find_source(tmp_path)
        (tmp_path / source.primary).write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def _damaged_files(self, root: Path, source: Source) -> list[Path]:
        """Return the files that are damaged in turn."""
        files = source.files if self.damages_all else source.files[:1]
        return [root / path for path in files]

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = self._plugin().read_header(root, source)
            write_recording(root, source, released_volume(header), out, _STEM)
        except FormatError:
            pass

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def released_volume(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, numbers alone."""
    numbers = {k: v for k, v in header.metadata.items() if isinstance(v, int | float)}
    return replace(
        header,
        subject=Subject(code="sub-01"),
        identifiers=(),
        measured_at=None,
        evidence=(),
        metadata=numbers,
    )


def read_canonical(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scaled values of a written image and its affine, axes to right, front and top.

    Parameters
    ----------
    path : Path
        A ``.nii`` or ``.nii.gz`` file.

    Returns
    -------
    ndarray of float64, ndarray of float64
        Values of shape (n_x, n_y, n_z) or with more axes behind; affine of shape (4, 4), to mm.
    """
    import nibabel as nib

    image = nib.as_closest_canonical(nib.load(path))
    return np.asarray(image.dataobj, dtype=np.float64), np.asarray(image.affine)


def _canonical(
    values: NDArray[Any], affine: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and affine with the axes to right, front and top."""
    import nibabel as nib

    wide = np.asarray(values, dtype=np.float64)
    image = nib.as_closest_canonical(nib.Nifti1Image(wide, affine))
    return np.asarray(image.dataobj), np.asarray(image.affine)
