"""FreeSurfer volumes: a header of numbers, the values, and command lines behind them."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import FileHead
from fascicle.errors import FormatError

from ._files import require_room, truncated
from ._nifti_write import SLAB_BYTES, open_unpacked
from ._vendor import find_identifiers
from ._volume_kinds import find_derivative
from ._volumes import (
    OpenedVolume,
    VolumeFormat,
    VolumeStory,
    find_facts,
    make_volume_header,
)

_HEAD: Final = struct.Struct(">7ih3f9f3f")
_DATA_AT: Final = 284
_TYPES: Final = {0: "u1", 1: "i4", 3: "f4", 4: "i2", 10: "u2"}
_LONGEST: Final = 1 << 15
_FOOTER: Final = struct.Struct(">5f")
_LARGEST_TAIL: Final = 16 << 20
_CORONAL: Final = (-1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0)
_TEXT: Final = re.compile(rb"[\x20-\x7e\xa0-\xff]{6,}")


@dataclass(frozen=True, slots=True)
class MghHeader:
    """What stands before the values.

    Attributes
    ----------
    shape : tuple of int
        Length along three or four axes.
    dtype : numpy.dtype
        Of the stored values.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres.
    sizes_mm : tuple of float
        Of a voxel.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    affine: NDArray[np.float64]
    sizes_mm: tuple[float, ...]

    @property
    def n_bytes(self) -> int:
        """Length of the values."""
        return math.prod(self.shape) * self.dtype.itemsize


class Mgh(VolumeFormat):
    """FreeSurfer's format, packed or not."""

    name = "mgh"
    title = "FreeSurfer volume (.mgh, .mgz)"
    proven_on = "generated"

    def recognises(self, head: FileHead) -> bool:
        """Look for the version, sizes and type that the format knows."""
        block = head.head
        is_packed = block[:2] == b"\x1f\x8b"
        if is_packed:
            try:
                block = zlib.decompressobj(31).decompress(block, _DATA_AT)
            except zlib.error:
                return False
        header = parse_mgh(block)
        return header is not None and (is_packed or header.n_bytes + _DATA_AT <= head.n_bytes)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Say why a volume is one that FreeSurfer computed."""
        header = self._read_head(root / head.path)
        return find_derivative(find_facts(_as_nifti(header), VolumeStory(head.path)))

    def open_volume(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedVolume:
        """Read the header, and what FreeSurfer appends behind the values."""
        path = root / files[0]
        header = self._read_head(path)
        require_room(header.n_bytes, path.stat().st_size)
        tail = _read_tail(path, header)
        image = _as_nifti(header)
        metadata = _parse_times(tail)
        if len(header.shape) > 3 and "RepetitionTime" in metadata:
            image.structarr["pixdim"][4] = metadata["RepetitionTime"]
        texts = {match[0].decode("latin-1") for match in _TEXT.finditer(tail[_FOOTER.size :])}
        found = find_identifiers(
            "FreeSurfer history",
            (("path" if "/" in text else "text", "tag", text) for text in sorted(texts)),
        )
        story = VolumeStory(files[0], metadata, identifiers=tuple(found))
        return OpenedVolume(
            make_volume_header(image, story), image, lambda: _read_values(path, header)
        )

    def _read_head(self, path: Path) -> MghHeader:
        """Return the header; raise FSC203 if it cannot be."""
        with open_unpacked(path) as stream:
            block = stream.read(_DATA_AT)
        header = parse_mgh(block)
        if header is None:
            raise FormatError(
                "FSC203",
                "Expected a FreeSurfer header with possible sizes and a known type, got another.",
                "Copy the file again; its header is damaged.",
            )
        return header


def parse_mgh(block: bytes) -> MghHeader | None:
    """Return what the first bytes of an unpacked file say; None if they are no such header.

    Examples
    --------
    >>> parse_mgh(bytes(284)) is None
    True
    """
    if len(block) < _HEAD.size:
        return None
    values = _HEAD.unpack_from(block)
    version, sizes, kind, is_placed = values[0], values[1:5], values[5], values[7]
    if version != 1 or kind not in _TYPES or is_placed not in {0, 1}:
        return None
    if min(sizes) < 1 or max(sizes[:3]) > _LONGEST or sizes[3] > 1 << 20:
        return None
    delta = np.array(values[8:11]) if is_placed else np.ones(3)
    cosines = np.array(values[11:20] if is_placed else _CORONAL).reshape(3, 3).T
    centre = np.array(values[20:23]) if is_placed else np.zeros(3)
    if not all(np.isfinite(part).all() for part in (delta, cosines, centre)):
        return None
    affine = np.eye(4)
    affine[:3, :3] = cosines * delta
    affine[:3, 3] = centre - affine[:3, :3] @ (np.array(sizes[:3]) / 2)
    shape = sizes if sizes[3] > 1 else sizes[:3]
    return MghHeader(shape, np.dtype(f">{_TYPES[kind]}"), affine, tuple(delta.tolist()))


def _as_nifti(header: MghHeader) -> Any:  # noqa: ANN401 - nibabel has no types
    """Return the same geometry as a NIfTI header."""
    import nibabel as nib

    image = nib.Nifti1Header(endianness="<")
    image.set_data_dtype(header.dtype.newbyteorder("<"))
    image.set_data_shape(header.shape)
    image.structarr["pixdim"][1:4] = np.abs(header.sizes_mm)
    image.set_xyzt_units("mm", "sec")
    image.set_sform(header.affine, code="scanner")
    return image


def _read_values(path: Path, header: MghHeader) -> Iterator[bytes]:
    """Yield the values with the small byte first."""
    left = header.n_bytes
    swapped = header.dtype.newbyteorder("<")
    with open_unpacked(path) as stream:
        stream.read(_DATA_AT)
        while left:
            piece = stream.read(min(left, SLAB_BYTES))
            if not piece or len(piece) % header.dtype.itemsize:
                raise truncated("voxels", header.n_bytes, header.n_bytes - left + len(piece))
            left -= len(piece)
            yield np.frombuffer(piece, header.dtype).astype(swapped).tobytes()


def _read_tail(path: Path, header: MghHeader) -> bytes:
    """Return what stands behind the values."""
    left = header.n_bytes + _DATA_AT
    with open_unpacked(path) as stream:
        while left and (piece := stream.read(min(left, SLAB_BYTES))):
            left -= len(piece)
        if left:
            raise truncated("voxels", header.n_bytes, header.n_bytes - left)
        return stream.read(_LARGEST_TAIL)


def _parse_times(tail: bytes) -> dict[str, Any]:
    """Return repetition, echo and inversion time in seconds and the flip angle in degrees."""
    if len(tail) < _FOOTER.size:
        return {}
    tr_ms, flip_rad, echo_ms, inversion_ms, _ = _FOOTER.unpack_from(tail)
    stated = {
        "RepetitionTime": tr_ms / 1000,
        "FlipAngle": math.degrees(flip_rad),
        "EchoTime": echo_ms / 1000,
        "InversionTime": inversion_ms / 1000,
    }
    return {k: round(v, 6) for k, v in stated.items() if math.isfinite(v) and 0 < v < 1000}
