"""Graphics that lie over the pixels of DICOM files: overlay planes, apart or in unused bits.

Rulers, names and contours are drawn into overlays (groups 60xx). Where a plane has an element of
its own (60xx,3000), converters pass over it. Older files keep planes in the upper bits of the
pixels, which nothing else uses: there they would become values of the image, and are masked off.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fascicle.errors import FormatError

from ._dicom_scan import OTHER_ORDER, scan_tags, unreadable_dicom
from ._vendor import foreign_reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GROUPS: Final = range(0x6000, 0x6020, 2)
_ROWS, _BIT, _DATA = 0x0010, 0x0102, 0x3000
_LAST: Final = 0x60FFFFFF
_MODALITY: Final = 0x00080060
"""Every image states it: so that a file without planes is not taken for something else."""
_WANTED: Final = frozenset({
    _MODALITY, *(group << 16 | element for group in _GROUPS for element in (_ROWS, _BIT, _DATA)),
})  # fmt: skip
_WORDS: Final = (b"\x60\x10\x00", b"\x60\x00\x30")
"""How the tags of rows and data end in the usual order of bytes, after the even number."""
_META_BYTES: Final = 1024
_SYNTAX: Final = re.compile(rb"DICM.*?\x02\x00\x10\x00UI..([0-9.]+)", re.DOTALL)
_PLAIN: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"})
_DTYPES: Final[dict[int, np.dtype[Any]]] = {
    8: np.dtype("u1"),
    16: np.dtype("<u2"),
    32: np.dtype("<u4"),
}


@dataclass(frozen=True, slots=True)
class Overlays:
    """What lies over the pixels of a series.

    Attributes
    ----------
    n_planes : int
        How many planes there are, in all files together.
    in_pixels : frozenset of Path
        Files that keep some of them in the bits of their pixels.
    """

    n_planes: int
    in_pixels: frozenset[Path]


def find_overlays(paths: Sequence[Path]) -> Overlays:
    """Look for overlay planes in the files of a series.

    Parameters
    ----------
    paths : sequence of Path
        DICOM files.

    Returns
    -------
    Overlays
        Planes that state neither rows nor data are none.

    Raises
    ------
    FormatError
        As `may_have_planes` and `scan_tags`.
    """
    n_planes, in_pixels = 0, []
    for path in paths:
        if not may_have_planes(path):
            continue
        tags = scan_tags(path, _WANTED, _LAST)
        for group in _GROUPS:
            rows, bit, data = (group << 16 | element for element in (_ROWS, _BIT, _DATA))
            if not {rows, data} & tags.values.keys():
                continue
            n_planes += 1
            position = next(iter(tags.unpack(bit, "H")), 0)
            if position or not tags.values.get(data):
                in_pixels.append(path)
    return Overlays(n_planes, frozenset(in_pixels))


def may_have_planes(path: Path) -> bool:
    """Tell whether the bytes of a file leave room for overlay planes.

    Almost no file has any, and to look for two words in its bytes takes a quarter of the time of
    reading its tags. Pixels may hold them by chance: then the tags tell.

    Parameters
    ----------
    path : Path
        A DICOM file.

    Returns
    -------
    bool
        False if none of the tags of a plane stands in it; True also where the bytes cannot show
        that, because they are packed or in the other order.

    Raises
    ------
    FormatError
        FSC201 if the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            syntax = _SYNTAX.search(stream.read(_META_BYTES))
            if syntax is None or syntax[1].decode() in OTHER_ORDER:
                return True
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return any(data.find(word) >= 0 for word in _WORDS)
    except OSError as error:
        raise unreadable_dicom(error) from error


def drop_overlays(path: Path, target: Path) -> None:
    """Write a file anew without its overlay planes, and without their bits in its pixels.

    Parameters
    ----------
    path : Path
        A DICOM file, not packed with gzip.
    target : Path
        Is written.

    Raises
    ------
    FormatError
        FSC222 if the pixels are packed, or do not say which of their bits are the image's.
    """
    with foreign_reader("DICOM", "mri"):
        import pydicom

        data_set = pydicom.dcmread(path, force=True)
        syntax = str(getattr(getattr(data_set, "file_meta", None), "TransferSyntaxUID", "") or "")
        bits = [data_set.get(name) for name in ("BitsAllocated", "BitsStored", "HighBit")]
        if (syntax and syntax not in _PLAIN) or not _are_plausible(bits):
            raise FormatError(
                "FSC222",
                "Expected an image alone in the bits of its pixels, got graphics beside it that "
                "cannot be parted from it, because the pixels are packed or their bits not stated.",
                "Export the series uncompressed (gdcmconv --raw) and without annotations.",
            )
        allocated, stored, high = map(int, bits)
        values: NDArray[Any] = np.frombuffer(data_set.PixelData, _DTYPES[allocated])
        is_signed = int(data_set.get("PixelRepresentation") or 0) == 1
        data_set.PixelData = mask_bits(values, stored, high, is_signed=is_signed).tobytes()
        for tag in [one.tag for one in data_set if 0x6000 <= one.tag.group <= 0x60FF]:
            del data_set[tag]
        data_set.save_as(target)


def _are_plausible(bits: Sequence[Any]) -> bool:
    """Tell whether bits are stated, and the image's lie within those of a pixel."""
    if not all(re.fullmatch(r"\d{1,2}", str(bit)) for bit in bits):
        return False
    allocated, stored, high = map(int, bits)
    return allocated in _DTYPES and 0 < stored <= high + 1 <= allocated


def mask_bits(
    values: NDArray[Any], stored: int, high: int, *, is_signed: bool = False
) -> NDArray[Any]:
    r"""Keep the bits of an image and clear, or fill with its sign, those that are not its own.

    .. math:: y = x \mathbin{\&} \left((2^s - 1) \, 2^{h + 1 - s}\right)

    with :math:`s` the bits stored and :math:`h` the highest of them; a set bit :math:`h` of a
    signed number is repeated above.

    Parameters
    ----------
    values : ndarray of unsigned int, any shape
        Stored pixels.
    stored, high : int
        How many bits are the image's, and which is their highest, from 0.
    is_signed : bool
        True if bit `high` is the sign.

    Returns
    -------
    ndarray of the same type and shape
        Masked.

    Examples
    --------
    >>> pixels = np.array([0x1FFF, 0x0801], dtype="<u2")
    >>> [hex(one) for one in mask_bits(pixels, 12, 11).tolist()]
    ['0xfff', '0x801']
    >>> [hex(one) for one in mask_bits(pixels, 12, 11, is_signed=True).tolist()]
    ['0xffff', '0xf801']
    """
    kind = values.dtype.type
    own = ((1 << stored) - 1) << (high + 1 - stored)
    kept: NDArray[Any] = values & kind(own)
    if not is_signed:
        return kept
    above = ((1 << 8 * values.dtype.itemsize) - 1) & ~((1 << (high + 1)) - 1)
    signed: NDArray[Any] = np.where(kept & kind(1 << high), kept | kind(above), kept)
    return signed
