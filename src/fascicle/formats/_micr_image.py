"""An opened image of tissue: its size, what is known of it, and a way to read rows of a plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Identifier
from fascicle.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_BYTES = 32 << 20
"""How much of a plane is in memory at a time, unless a single row of tiles is larger."""

OME_TYPES = {
    "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "int8": "int8", "int16": "int16",
    "int32": "int32", "float32": "float", "float64": "double",
}  # fmt: skip
"""Types of pixels that OME knows, by the names of NumPy."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a file says of an image, as it stands there.

    Attributes
    ----------
    pixel_um : tuple of float
        Width and height of a pixel, and the step between slices if there is one, in micrometres;
        empty if unknown.
    measured_at : datetime or None
        When it was taken.
    metadata : mapping of str to JSON values
        As `Header.metadata`.
    channel_names : tuple of str
        One for each channel, as written; empty if there are none.
    modes : tuple of str
        What OME calls acquisition modes and contrast methods of its channels.
    identifiers : tuple of Identifier
        What points to people, places, devices or days.
    is_white_zero : bool
        True if small values are bright.
    """

    pixel_um: tuple[float, ...] = ()
    measured_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    channel_names: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    is_white_zero: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An image that was opened; nothing of its pixels is loaded.

    Attributes
    ----------
    shape : tuple of int
        Times, channels, slices, rows, columns.
    n_samples : int
        Colours of a pixel: 1 grey, 3 red, green and blue, 4 with opacity.
    dtype : dtype
        Type of the stored numbers, in the byte order of this machine.
    read : callable
        ``read(plane, start, stop)`` gives rows ``start`` to ``stop`` of the plane with the index
        (time, channel, slice), shape ``(n_rows, n_columns, n_samples)``.
    facts : ImageFacts
        What the file says.
    is_whole : bool
        False if planes are missing that the file tells of.
    """

    shape: tuple[int, int, int, int, int]
    n_samples: int
    dtype: np.dtype[Any]
    read: Callable[[tuple[int, int, int], int, int], NDArray[Any]]
    facts: ImageFacts = field(default_factory=ImageFacts)
    is_whole: bool = True

    @property
    def n_bytes(self) -> int:
        """Size of all pixels, unpacked."""
        n_pixels = 1
        for size in self.shape:
            n_pixels *= size
        return n_pixels * self.n_samples * self.dtype.itemsize

    def planes(self) -> Iterator[tuple[int, int, int]]:
        """Yield the index of every plane: slices first, then channels, then times."""
        n_times, n_channels, n_slices = self.shape[:3]
        for t in range(n_times):
            for c in range(n_channels):
                for z in range(n_slices):
                    yield t, c, z

    def bands(self, plane: tuple[int, int, int], n_rows: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield the first row and the pixels of each band of `n_rows` rows; the last is lower."""
        for start in range(0, self.shape[3], n_rows):
            stop = min(start + n_rows, self.shape[3])
            yield start, self.read(plane, start, stop)


def unsupported(what: str) -> FormatError:
    """Return the error for a kind of image that is not read."""
    return FormatError(
        "FSC261",
        f"Expected an image of a kind that is read, got {what}.",
        "Save it as OME-TIFF without losses (Fiji and Bio-Formats do), or leave it out.",
    )


def damaged(what: str) -> FormatError:
    """Return the error for an image that contradicts itself."""
    return FormatError(
        "FSC260",
        f"Expected an image with {what}, got another.",
        "The file is cut off or damaged: copy it again from the microscope's computer.",
    )


def require_image(image: Image) -> Image:
    """Return an image; raise FSC260 or FSC261 if it has no pixels, or of a type OME lacks."""
    if min(image.shape) < 1 or max(image.shape[3:]) > 1 << 24:
        raise damaged("at least one pixel, and a possible size")
    if image.dtype.name not in OME_TYPES:
        raise unsupported("pixels of another type than whole or floating numbers")
    if image.n_samples not in {1, 3, 4}:
        raise unsupported("pixels with another number of colours than one, three or four")
    return image
