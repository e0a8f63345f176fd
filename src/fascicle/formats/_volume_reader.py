"""Values of a written image, slab by slab, and where they lie in space."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ._files import truncated
from ._gradients import Gradients, read_gradients
from ._nifti_write import find_voxels, open_unpacked, read_nifti_header
from ._vendor import foreign_reader
from ._volumes import find_affine, header_repetition_s, volume_shape, voxel_sizes_mm

_SLAB_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Slab:
    """Some neighbouring slices of one volume.

    Attributes
    ----------
    volume, first : int
        Number of the volume, and of the first slice.
    values : ndarray of float32, shape (n_x, n_y, n_slices)
        Scaled values.
    raw : bytes
        The same as they are stored.
    """

    volume: int
    first: int
    values: NDArray[np.float32]
    raw: bytes


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """A written image.

    Attributes
    ----------
    path : Path
        A ``.nii.gz`` or ``.nii`` file.
    shape : tuple of int
        Length along three or four axes.
    voxel_mm : tuple of float
        Size of a voxel.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top.
    is_placed : bool
        True if the header says how the axes lie in space.
    tr_s : float
        Time between volumes, in seconds; 0 if it is not stated.
    dtype : numpy.dtype
        Of the stored values.
    scale : tuple of float
        Slope and intercept from stored to real values.
    """

    path: Path
    shape: tuple[int, ...]
    voxel_mm: tuple[float, ...]
    affine: NDArray[np.float64]
    is_placed: bool
    tr_s: float
    dtype: np.dtype[Any]
    scale: tuple[float, float]

    @property
    def n_volumes(self) -> int:
        """How many volumes there are."""
        return self.shape[3] if len(self.shape) > 3 else 1

    def slabs(self) -> Iterator[Slab]:
        """Yield the values in order, in slabs of at most 16 MiB as stored (one slice at least)."""
        n_x, n_y, n_z = self.shape[:3]
        slice_bytes = n_x * n_y * self.dtype.itemsize
        n_together = min(n_z, max(1, _SLAB_BYTES // slice_bytes))
        header = read_nifti_header(self.path)
        data, offset = find_voxels(self.path, header)
        n_expected = math.prod(self.shape) * self.dtype.itemsize
        with open_unpacked(data) as stream:
            stream.read(offset)
            for volume in range(self.n_volumes):
                for first in range(0, n_z, n_together):
                    n_slices = min(n_together, n_z - first)
                    raw = _read_fully(stream, n_slices * slice_bytes)
                    if len(raw) < n_slices * slice_bytes:
                        raise truncated("voxels", n_expected, 0)
                    stored = np.frombuffer(raw, self.dtype).reshape((n_x, n_y, n_slices), order="F")
                    yield Slab(volume, first, self._scaled(stored), raw)

    def _scaled(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Return real values; magnitudes of complex ones, sums of colours."""
        if self.dtype.names:
            colours = [stored[name].astype(np.float32) for name in self.dtype.names[:3]]
            stored = np.sum(colours, axis=0)
        values = np.abs(stored) if self.dtype.kind == "c" else stored
        with np.errstate(over="ignore", invalid="ignore"):
            slope, inter = self.scale
            real = values.astype(np.float32)
            return (
                real
                if (slope, inter) == (1.0, 0.0)
                else real * np.float32(slope) + np.float32(inter)
            )

    def read_gradients(self) -> Gradients | None:
        """Return the gradients beside the image; None unless there are both files."""
        stem = self.path.name.removesuffix(".gz").removesuffix(".nii")
        bval, bvec = (self.path.with_name(f"{stem}{ending}") for ending in (".bval", ".bvec"))
        return read_gradients(bval, bvec) if bval.is_file() and bvec.is_file() else None


def _read_fully(stream: Any, n_bytes: int) -> bytes:  # noqa: ANN401 - plain or packed
    """Read so many bytes, in as many goes as the stream needs."""
    pieces = []
    while n_bytes and (piece := stream.read(n_bytes)):
        pieces.append(piece)
        n_bytes -= len(piece)
    return b"".join(pieces)


def open_volume_file(path: Path) -> VolumeFile:
    """Open a written image for reading in slabs.

    Parameters
    ----------
    path : Path
        A ``.nii.gz`` or ``.nii`` file.

    Returns
    -------
    VolumeFile
        Its geometry; values are read by `VolumeFile.slabs`.

    Raises
    ------
    FormatError
        If it is no NIfTI image of three or four axes.

    Examples
    --------
    >>> import tempfile
    >>> from fascicle.testing import make_nifti
    >>> path = make_nifti(Path(tempfile.mkdtemp()) / "a.nii.gz")
    >>> file = open_volume_file(path)
    >>> file.shape, sum(slab.values.shape[2] for slab in file.slabs())
    ((19, 23, 11), 11)
    """
    with foreign_reader("NIfTI", "mri"):
        header = read_nifti_header(path)
        fields = header.structarr
        slope, inter = float(fields["scl_slope"]), float(fields["scl_inter"])
        is_scaled = math.isfinite(slope) and slope != 0
        return VolumeFile(
            path=path,
            shape=volume_shape(header),
            voxel_mm=voxel_sizes_mm(header),
            affine=find_affine(header),
            is_placed=max(int(fields["sform_code"]), int(fields["qform_code"])) > 0,
            tr_s=header_repetition_s(header),
            dtype=header.get_data_dtype(),
            scale=(slope, inter if math.isfinite(inter) else 0.0) if is_scaled else (1.0, 0.0),
        )
