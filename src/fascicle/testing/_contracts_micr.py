"""What every plug-in must do that reads micrographs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, FileHead, Header, Source, Subject
from fascicle.errors import FormatError
from fascicle.formats import (
    Image,
    open_micrograph,
    read_header,
    recognise,
    registry,
    write_recording,
)

from ._contracts import _digests, _expect_format_error, _folders
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 24
_STEM = "sub-01_sample-A_FLUO"


class MicrographContract:
    """What every format of micrographs must do; a plug-in's test is a subclass of it.

    The image is written as OME-TIFF or OME-Zarr with nothing but numbers in it; its values are
    those that another library reads from the source, to the last bit.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_ome_tiff
    >>> class TestOmeTiff(MicrographContract):
    ...     format_name = "micrograph"
    ...
    ...     def make_recording(self, root):
    ...         return make_ome_tiff(root / "a.ome.tif", seed=7, planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    pixel_um: tuple[float, ...] = ()
    """Size of a pixel that the recording states, in micrometres; empty if it states none."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its first file."""
        raise NotImplementedError

    def read_oracle(self, path: Path) -> NDArray[Any]:
        """Return the pixels as another library reads them from the source.

        Shape (times, channels, slices, rows, columns, colours).
        """
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the one recording of this format under `root`."""
        sources = [s for s in recognise(root).sources if s.format == self.format_name]
        assert len(sources) == 1, f"expected one recording, got {len(sources)}"
        return sources[0]

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format, and no other, has the file."""
        primary = self.make_recording(tmp_path)

        sources = recognise(tmp_path).sources

        assert [source.format for source in sources] == [self.format_name]
        assert primary.relative_to(tmp_path).as_posix() == sources[0].primary.as_posix()

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not registry()[self.format_name].recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Kind, shape, size of a pixel, and why it is taken for that kind are read."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality.family is Family.MICROGRAPH
        assert header.suffix
        assert len(header.shape) in {2, 3}
        assert min(header.shape) > 0
        assert 0 < header.certainty <= 1
        assert header.evidence
        assert dict(header.entities)["sample"]
        factor = {"um": 1.0, "nm": 1e-3, "": 0.0}[header.metadata.get("PixelSizeUnits", "")]
        sizes = tuple(size * factor for size in header.metadata.get("PixelSize", ()))
        np.testing.assert_allclose(sizes, self.pixel_um)

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_micrograph(read_header(root, source))

        write_recording(root, source, header, first, _STEM)
        write_recording(root, source, header, second, _STEM)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        before = _digests(root)

        write_recording(root, source, released_micrograph(read_header(root, source)), out, _STEM)

        assert _digests(root) == before

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Every pixel comes back as the oracle reads it from the source."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root)
        header = released_micrograph(read_header(root, source))

        written = write_recording(root, source, header, out, _STEM)

        expected = self.read_oracle(primary)
        path = out / written.files[0]
        np.testing.assert_array_equal(read_written_pixels(path), expected)
        np.testing.assert_array_equal(
            read_pixels(open_micrograph(path)), _as_stored(path, expected)
        )

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        write_recording(root, source, released_micrograph(read_header(root, source)), out, _STEM)

        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        assert files
        for path in files:
            assert PLANTED.lower().encode() not in path.read_bytes().lower(), path.name

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert any(PLANTED.lower() in i.value.lower() for i in header.identifiers)

    def test_cut_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        for path in _parts(root, source):
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_flipped_bytes_raise_format_errors_only(self, tmp_path: Path) -> None:
        """A wrong byte anywhere is read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        rng = np.random.default_rng(23)

        for path in _parts(root, source):
            whole = path.read_bytes()
            reach = min(len(whole), 4096)
            for at in rng.choice(reach, size=min(_N_FLIPS, reach), replace=False).tolist():
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_a_header_for_another_image_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_micrograph(read_header(root, source))
        other = replace(header, shape=(header.shape[0] + 1, *header.shape[1:]))

        _expect_format_error(lambda: write_recording(root, source, other, out, _STEM))

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = read_header(root, source)
            write_recording(root, source, released_micrograph(header), out, _STEM)
        except FormatError:
            pass


def released_micrograph(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, known fields."""
    known = {"PixelSize", "PixelSizeUnits", "ImageWidth", "ImageHeight"}
    return replace(
        header,
        subject=Subject(code="sub-01"),
        identifiers=(),
        measured_at=None,
        evidence=(),
        metadata={k: v for k, v in header.metadata.items() if k in known},
    )


def read_pixels(image: Image) -> NDArray[Any]:
    """Return all pixels of an opened image, read in uneven bands.

    Parameters
    ----------
    image : Image
        Opened.

    Returns
    -------
    ndarray, shape (n_times, n_channels, n_slices, n_rows, n_columns, n_samples)
        In the image's type.
    """
    planes = [
        np.concatenate([band for _, band in image.bands(plane, 37)]) for plane in image.planes()
    ]
    return np.stack(planes).reshape(*image.shape, image.n_samples)


def read_written_pixels(path: Path) -> NDArray[Any]:
    """Return the pixels of a written image as tifffile or zarr read them.

    Parameters
    ----------
    path : Path
        An OME-TIFF file or OME-Zarr folder.

    Returns
    -------
    ndarray, shape (n_times, n_channels, n_slices, n_rows, n_columns, n_samples)
        With colours last; those that a folder keeps as channels are grey.
    """
    if path.is_dir():
        import zarr

        return np.asarray(zarr.open_group(str(path), mode="r")["0"])[..., np.newaxis]
    import tifffile

    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        pixels, axes = file.series[0].asarray(), file.series[0].axes
    wide: NDArray[Any] = pixels if axes.endswith("S") else pixels[..., np.newaxis]
    present = axes.removesuffix("S")
    for at, axis in enumerate("TCZYX"):
        if axis not in present:
            wide = np.expand_dims(wide, at)
    return wide


def _as_stored(path: Path, pixels: NDArray[Any]) -> NDArray[Any]:
    """Return pixels as a written image keeps them: a folder has colours as channels."""
    if not path.is_dir() or pixels.shape[-1] == 1:
        return pixels
    moved = np.moveaxis(pixels, -1, 2)  # (times, channels, colours, slices, rows, columns)
    times, channels, colours, *rest = moved.shape
    return np.asarray(moved.reshape(times, channels * colours, *rest)[..., np.newaxis])


def _parts(root: Path, source: Source) -> list[Path]:
    """Return the files that are damaged in turn: the first one, or those of a folder."""
    path = root / source.primary
    if path.is_dir():
        return [part for part in sorted(path.rglob("*")) if part.is_file()][:4]
    return [path]
