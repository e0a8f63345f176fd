"""Pictures of a recording, as arrays: a check fills them in, a report draws them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Drawing(StrEnum):
    """What a picture is drawn as."""

    IMAGE = "image"
    """``pixels``: uint8, shape (height, width) or (height, width, 3); optional ``points``:
    float, shape (n, 2), x and y in pixels, with ``classes``: int, shape (n,); optional ``extent``:
    float, shape (4,), what the left, right, lower and upper edge stand for on the named axes."""
    LINES = "lines"
    """``x``: float, shape (n,); ``y``: float, shape (n_lines, n), drawn one below the other: on one
    scale if ``y_label`` names their unit, else each fills its row."""
    OVERLAY = "overlay"
    """As ``lines``, drawn over one another on one axis."""
    RASTER = "raster"
    """``times``: float, shape (n,); ``rows``: int, shape (n,): a tick for each."""
    SCATTER = "scatter"
    """``x`` and ``y``: float, shape (n,); ``classes``: int, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a recording.

    Attributes
    ----------
    drawing : Drawing
        How it is drawn; which arrays it has follows from it.
    title, caption : str
        Heading, and a sentence: what is seen and how it was made.
    arrays : mapping of str to ndarray
        Small ones: what a page can hold (an image of at most about 800 pixels a side).
    x_label, y_label : str
        Names of the axes with their units.
    legend : tuple of str
        Names of the lines or classes, in order.
    exposes : str
        As `Header.exposes`: such a picture is drawn in the owner's report alone.

    Examples
    --------
    >>> picture = Picture(Drawing.IMAGE, "Mean", "", {"pixels": np.zeros((2, 3), dtype=np.uint8)})
    >>> Picture.from_dict(picture.as_dict()).arrays["pixels"].shape
    (2, 3)
    """

    drawing: Drawing
    title: str
    caption: str
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    x_label: str = ""
    y_label: str = ""
    legend: tuple[str, ...] = ()
    exposes: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; arrays as base64 of little-endian bytes."""
        return {
            "drawing": self.drawing.value,
            "title": self.title,
            "caption": self.caption,
            "arrays": {name: pack_array(array) for name, array in sorted(self.arrays.items())},
            "x_label": self.x_label,
            "y_label": self.y_label,
            "legend": list(self.legend),
            "exposes": self.exposes,
        }

    @classmethod
    def from_dict(cls, words: Mapping[str, Any]) -> Picture:
        """Make it again from what `as_dict` returned."""
        return cls(
            drawing=Drawing(words["drawing"]),
            title=words["title"],
            caption=words["caption"],
            arrays={name: unpack_array(packed) for name, packed in words["arrays"].items()},
            x_label=words["x_label"],
            y_label=words["y_label"],
            legend=tuple(words["legend"]),
            exposes=words["exposes"],
        )


def pack_array(array: NDArray[Any]) -> dict[str, Any]:
    """Return an array as JSON values: its type, its shape and its bytes in base64."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"dtype": little.dtype.str, "shape": list(array.shape), "data": data}


def unpack_array(packed: Mapping[str, Any]) -> NDArray[Any]:
    """Return the array that `pack_array` packed."""
    flat = np.frombuffer(base64.b64decode(packed["data"]), dtype=packed["dtype"])
    return flat.reshape(packed["shape"]).astype(flat.dtype.newbyteorder("="))
