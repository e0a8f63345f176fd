"""The slices of a DICOM series as volumes that lie in space, and back into files of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

from ._dicom_overlays import mask_bits
from ._dicom_values import read_data_set
from ._vendor import foreign_reader

_SAME_PLACE_MM: Final = 0.01
_UNEVEN: Final = 0.02
"""Slices may lie so much beside their place, as a share of the step between them."""
_ORTHOGONAL: Final = 1e-3
_PIXELS: Final = 0x7FE00010
_PLAIN_SYNTAX: Final = "1.2.840.10008.1.2.1"
_UNPACKED: Final = frozenset({
    "", "1.2.840.10008.1.2", _PLAIN_SYNTAX, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
})  # fmt: skip
_DEPTHS: Final = frozenset({8, 16, 32})
_PACKED_FIX: Final = "Unpack the series first (gdcmconv --raw), or let it become NIfTI."


@dataclass(frozen=True, slots=True)
class _Frame:
    """One slice: where it is stored, where it lies, and what its numbers mean."""

    file: int
    index: int
    position_mm: NDArray[np.float64]
    scale: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DicomStack:
    """A series of DICOM files as volumes.

    Attributes
    ----------
    headers : tuple of pydicom.Dataset
        Of each file, in the order in which they were given; without pixels.
    stored : tuple of ndarray
        Pixels of each file as stored, shape (n_frames, n_rows, n_columns).
    frames : tuple of tuple
        For each volume its slices, along their normal.
    affine : ndarray of float64, shape (4, 4)
        From columns, rows and slices to millimetres to the right, front and top.
    is_packed : bool
        True if the pixels of a file were compressed.
    """

    headers: tuple[Any, ...]
    stored: tuple[NDArray[Any], ...]
    frames: tuple[tuple[_Frame, ...], ...]
    affine: NDArray[np.float64]
    is_packed: bool

    def volumes(self) -> Iterator[NDArray[np.float32]]:
        """Yield each volume in real units, shape (n_columns, n_rows, n_slices)."""
        for frames in self.frames:
            yield np.stack([_real(self.stored[f.file][f.index], f.scale) for f in frames], axis=2)

    def change(
        self, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> tuple[NDArray[Any], ...]:
        """Return the pixels of each file after every volume was changed.

        A value that `change` leaves as it is stays as it was stored, to the last bit. Others are
        rounded, within the bits that the files have for them.

        Parameters
        ----------
        change : callable
            From a volume in real units to one of the same shape.

        Returns
        -------
        tuple of ndarray
            As `stored`.
        """
        written = tuple(pixels.copy() for pixels in self.stored)
        low, high = _limits(self.headers[0])
        for frames, before in zip(self.frames, self.volumes(), strict=True):
            after = change(before)
            for k, frame in enumerate(frames):
                slope, intercept = frame.scale
                is_new = (after[..., k] != before[..., k]).T  # (n_rows, n_columns)
                new = np.rint((after[..., k].T.astype(np.float64) - intercept) / slope)
                pixels = written[frame.file][frame.index]
                pixels[is_new] = np.clip(new[is_new], low, high).astype(pixels.dtype)
        return written


def _real(pixels: NDArray[Any], scale: tuple[float, float]) -> NDArray[np.float32]:
    """Return a slice in real units, shape (n_columns, n_rows)."""
    return (pixels.T * np.float64(scale[0]) + scale[1]).astype(np.float32)


def _limits(header: Any) -> tuple[int, int]:  # noqa: ANN401 - pydicom has no types
    """Return the least and the largest number that the bits of a pixel hold."""
    bits = int(header.BitsStored)
    is_signed = int(header.PixelRepresentation) == 1
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)


def read_stack(paths: Sequence[Path]) -> DicomStack:
    """Read the files of one series into volumes, if every slice is where it should be.

    Parameters
    ----------
    paths : sequence of Path
        DICOM files of one frame or of many, of one series, echo and part of the signal.

    Returns
    -------
    DicomStack
        Whole in memory.

    Raises
    ------
    InputError
        FSC168 if the slices make no even volume: one is missing, they turn, differ in size, do not
        say where they lie, or stand side by side in a mosaic. FSC169 if the pixels cannot be
        unpacked, or are not one plain number each.
    FormatError
        FSC230 if a file cannot be read.
    DependencyError
        FSC801 if pydicom is not installed.
    """
    headers, stored, is_packed = [], [], False
    for path in paths:
        header = read_data_set(path, with_pixels=True)
        _check_pixels(header)
        stored.append(_read_pixels(header))
        syntax = str(getattr(getattr(header, "file_meta", None), "TransferSyntaxUID", "") or "")
        is_packed |= syntax not in _UNPACKED
        header.pop("PixelData")
        headers.append(header)
    kinds = {
        (pixels.shape[1:], pixels.dtype.str, int(header.BitsStored))
        for header, pixels in zip(headers, stored, strict=True)
    }
    if len(kinds) != 1:
        raise _no_volume(f"slices of {len(kinds)} sizes or types")
    frames, affine = _arrange(headers, stored)
    return DicomStack(tuple(headers), tuple(stored), frames, affine, is_packed)


def write_stack(
    stack: DicomStack,
    stored: Sequence[NDArray[Any]],
    folder: Path,
    release: Callable[[Any], Any],
) -> tuple[Path, ...]:
    """Write pixels into DICOM files of their own, uncompressed, in the order of the series.

    Parameters
    ----------
    stack : DicomStack
        The series.
    stored : sequence of ndarray
        As `DicomStack.change` returns them.
    folder : Path
        Exists; files are named by their number.
    release : callable
        From the header of a file to the one that may leave, which has UIDs and sizes.

    Returns
    -------
    tuple of Path
        The files.
    """
    paths = []
    for number, (header, pixels) in enumerate(zip(stack.headers, stored, strict=True), 1):
        path = folder / f"{number:05d}.dcm"
        with foreign_reader("DICOM", "mri"):
            from pydicom.dataset import FileMetaDataset

            written = release(header)
            raw = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()
            kind = "OW" if pixels.itemsize > 1 else "OB"
            written.add_new(_PIXELS, kind, raw + b"\0" * (len(raw) % 2))
            written.file_meta = FileMetaDataset()
            written.file_meta.TransferSyntaxUID = _PLAIN_SYNTAX
            written.file_meta.MediaStorageSOPClassUID = written.SOPClassUID
            written.file_meta.MediaStorageSOPInstanceUID = written.SOPInstanceUID
            written.save_as(path, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def _check_pixels(header: Any) -> None:  # noqa: ANN401 - pydicom has no types
    """Refuse pixels that are not one plain number each."""
    words = [str(word).upper() for word in header.get("ImageType") or ()]
    if "MOSAIC" in words:
        raise _no_volume("a mosaic, whose slices lie where only the maker's private fields say")
    bits = [header.get(name) for name in ("BitsAllocated", "BitsStored", "HighBit")]
    what = ""
    if "PixelData" not in header:
        what = "none"
    elif int(header.get("SamplesPerPixel") or 1) != 1:
        what = "colours"
    elif header.get("PhotometricInterpretation") != "MONOCHROME2":
        what = "pixels that are shown the other way round, or by a palette"
    elif None in bits or bits[0] not in _DEPTHS or bits[2] != bits[1] - 1 or bits[1] > bits[0]:
        what = "bits that are not stated, or stand elsewhere than at the lower end"
    elif header.get("ModalityLUTSequence"):
        what = "pixels with a table of values"
    if what:
        raise InputError(
            "FSC169", f"Expected pixels of one plain number each, got {what}.", _PACKED_FIX
        )


def _read_pixels(header: Any) -> NDArray[Any]:  # noqa: ANN401 - pydicom has no types
    """Return unpacked pixels, shape (n_frames, n_rows, n_columns), without graphics among them."""
    with foreign_reader("DICOM", "mri"):
        from pydicom.pixels import pixel_array

        try:
            values: NDArray[Any] = np.asarray(pixel_array(header))
        except (RuntimeError, NotImplementedError, ValueError, AttributeError) as error:
            raise InputError(
                "FSC169",
                "Expected pixels of one plain number each, got such that nothing installed here "
                f"unpacks ({type(error).__name__}).",
                _PACKED_FIX,
            ) from error
        shape = (-1, int(header.Rows), int(header.Columns))
        plain = values.astype(values.dtype.newbyteorder("="), copy=False).reshape(shape)
        is_signed = int(header.PixelRepresentation) == 1
        unsigned = plain.view(np.dtype(f"u{plain.dtype.itemsize}"))
        own = mask_bits(unsigned, int(header.BitsStored), int(header.HighBit), is_signed=is_signed)
    return own.view(plain.dtype)


def _arrange(
    headers: Sequence[Any], stored: Sequence[NDArray[Any]]
) -> tuple[tuple[tuple[_Frame, ...], ...], NDArray[np.float64]]:
    """Return the slices of each volume along their normal, and where they lie."""
    groups = [_Groups(header) for header in headers]
    directions = _find_directions(groups, stored)
    frames = [
        _make_frame(groups[file], file, index)
        for file, pixels in enumerate(stored)
        for index in range(len(pixels))
    ]
    normal = np.cross(*directions)
    frames.sort(key=lambda frame: float(frame.position_mm @ normal))  # stable: volumes keep order
    stacks = [[frames[0]]]
    for before, frame in pairwise(frames):
        if float((frame.position_mm - before.position_mm) @ normal) > _SAME_PLACE_MM:
            stacks.append([])
        stacks[-1].append(frame)
    if len({len(stack) for stack in stacks}) != 1:
        raise _no_volume("slices that are missing in some of its volumes")
    places = np.array([stack[0].position_mm for stack in stacks])
    step = _find_step(places, normal * groups[0].thickness_mm())
    for stack, place in zip(stacks, places, strict=True):
        if any(np.abs(f.position_mm - place).max() > _SAME_PLACE_MM for f in stack):
            raise _no_volume("volumes that lie beside one another")
    across_mm, down_mm = groups[0].spacing_mm()[::-1]
    affine = np.eye(4)
    affine[:3, :3] = np.stack([directions[0] * across_mm, directions[1] * down_mm, step], axis=1)
    affine[:3, 3] = places[0]
    affine[:2] *= -1  # DICOM counts to the left and back
    return tuple(zip(*stacks, strict=True)), affine


def _find_directions(
    groups: Sequence[_Groups], stored: Sequence[NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions of rows and columns, which all slices must share, as their spacing."""
    all_of = np.array([
        [*group.orientation(index), *group.spacing_mm(index)]
        for group, pixels in zip(groups, stored, strict=True)
        for index in range(len(pixels))
    ])
    if np.ptp(all_of, axis=0).max() > _ORTHOGONAL:
        raise _no_volume("slices that turn, or whose pixels differ in size")
    along, down = all_of[0, :3], all_of[0, 3:6]
    lengths = np.array([along @ along, down @ down, 1 + along @ down])
    if np.abs(lengths - 1).max() > _ORTHOGONAL or all_of[0, 6:].min() <= 0:
        raise _no_volume("rows and columns that do not stand at right angles, or have no size")
    return along, down


def _find_step(places: NDArray[np.float64], alone: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the way from slice to slice, which must be the same between all of them."""
    if len(places) == 1:
        if not alone.any():
            raise _no_volume("a single slice without a thickness")
        return alone
    step: NDArray[np.float64] = (places[-1] - places[0]) / (len(places) - 1)
    even = places[0] + np.arange(len(places))[:, None] * step
    if np.abs(places - even).max() > _UNEVEN * np.linalg.norm(step) + _SAME_PLACE_MM:
        raise _no_volume("slices with a gap between them, or at uneven distances")
    return step


def _make_frame(groups: _Groups, file: int, index: int) -> _Frame:
    """Return one slice."""
    position = groups.numbers("PlanePositionSequence", "ImagePositionPatient", index)
    slope, intercept = (
        next(iter(groups.numbers("PixelValueTransformationSequence", name, index)), usual)
        for name, usual in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
    )
    if len(position) != 3 or slope == 0:
        raise _no_volume("slices that do not say where they lie, or what their numbers mean")
    return _Frame(file, index, np.array(position), (slope, intercept))


class _Groups:
    """Where a slice lies: on top of its header, or in the groups of its frame."""

    def __init__(self, header: Any) -> None:  # noqa: ANN401 - pydicom has no types
        self._header = header
        self._shared = list(header.get("SharedFunctionalGroupsSequence") or [])[:1]
        self._frames = list(header.get("PerFrameFunctionalGroupsSequence") or [])

    def numbers(self, sequence: str, keyword: str, index: int = 0) -> tuple[float, ...]:
        """Return the finite numbers of a field; nothing if there are none."""
        items = [*self._frames[index : index + 1], *self._shared]
        found = [group for item in items for group in item.get(sequence) or []]
        for place in (*found, self._header):
            value = place.get(keyword)
            if value is None or value == "":
                continue
            several = value if hasattr(value, "__len__") else [value]
            numbers = tuple(float(one) for one in several)
            return numbers if all(map(math.isfinite, numbers)) else ()
        return ()

    def orientation(self, index: int) -> tuple[float, ...]:
        """Return the directions of rows and columns of a frame."""
        found = self.numbers("PlaneOrientationSequence", "ImageOrientationPatient", index)
        if len(found) != 6:
            raise _no_volume("slices that do not say how they lie")
        return found

    def spacing_mm(self, index: int = 0) -> tuple[float, float]:
        """Return the distance of rows, and of columns."""
        found = self.numbers("PixelMeasuresSequence", "PixelSpacing", index)
        if len(found) != 2:
            raise _no_volume("pixels that do not say how large they are")
        return found[0], found[1]

    def thickness_mm(self) -> float:
        """Return how thick a slice is; 0 if that is not stated."""
        found = self.numbers("PixelMeasuresSequence", "SliceThickness")
        return found[0] if found and found[0] > 0 else 0.0


def _no_volume(what: str) -> InputError:
    return InputError(
        "FSC168",
        f"Expected slices that make an even volume, got {what}.",
        "Export the series again as classic DICOM with all of its slices, or let it become NIfTI.",
    )
