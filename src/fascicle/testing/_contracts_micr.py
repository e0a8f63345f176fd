"""What every plug-in must do that reads micrographs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, Header, Subject
from fascicle.formats import Image, open_micrograph

from ._contracts_base import RecordingContract


class MicrographContract(RecordingContract):
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

    stem = "sub-01_sample-A_FLUO"
    n_damaged = 4
    flip_reach = 4096

    pixel_um: tuple[float, ...] = ()
    """Size of a pixel that the recording states, in micrometres; empty if it states none."""

    def read_oracle(self, path: Path) -> NDArray[Any]:
        """Return the pixels as another library reads them from the source.

        Shape (times, channels, slices, rows, columns, colours).
        """
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it: known fields alone."""
        return released_micrograph(header)

    def make_misfit(self, header: Header) -> Header:
        """Return the header of a larger image."""
        return replace(header, shape=(header.shape[0] + 1, *header.shape[1:]))

    def require_complete(self, header: Header) -> None:
        """Kind, shape, size of a pixel, and why it is taken for that kind are read."""
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

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Every pixel comes back as the oracle reads it from the source."""
        primary, _, path = self._convert(tmp_path)

        expected = self.read_oracle(primary)
        np.testing.assert_array_equal(read_written_pixels(path), expected)
        np.testing.assert_array_equal(
            read_pixels(open_micrograph(path)), _as_stored(path, expected)
        )


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
