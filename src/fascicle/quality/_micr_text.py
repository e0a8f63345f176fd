"""Text that is burnt into a micrograph: data bars, scale bars, labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import Image
from fascicle.maths import BurntText, StillPixels, find_burnt_text

LARGEST: Final = 1 << 20
"""Pixels of a plane that are looked at in one; of a larger plane only its edges."""
FEWEST_SLICES: Final = 3
"""Slices from which on tissue, which changes, is told from text, which does not."""
FEWEST_SIGNS: Final = 8
"""Signs that one plane alone must show in a line: cells may stand in a row of four."""

_EDGE = 0.15


def find_text(image: Image) -> BurntText:
    """Return the text that stands in an image.

    In a stack, text stays where it is while tissue changes, and is looked for everywhere. In a
    single plane it is looked for where microscopes write it: at the upper and the lower edge.

    Parameters
    ----------
    image : Image
        A written image; the first channel of the first time is looked at.

    Returns
    -------
    BurntText
        False if there is none.

    Notes
    -----
    Text in the middle of a single plane, handwriting and labels in colour are not found.
    """
    n_slices, height, width = image.shape[2:]
    if n_slices >= FEWEST_SLICES and height * width <= LARGEST:
        still = StillPixels((height, width))
        for z in range(n_slices):
            still.add(_grey(image.read((0, 0, z), 0, height))[np.newaxis])
        return still.find()
    for strip in _edges(image):
        found = find_burnt_text(strip, strip, n_slices=1)
        if found.n_glyphs >= FEWEST_SIGNS:
            return found
    return BurntText()


def _edges(image: Image) -> Iterator[NDArray[np.float64]]:
    """Yield the upper and the lower edge of the first plane, as far as they fit."""
    height, width = image.shape[3:]
    n_rows = min(max(24, round(_EDGE * height)), height, max(24, LARGEST // (2 * width)))
    for start in {0, height - n_rows}:
        yield _grey(image.read((0, 0, 0), start, start + n_rows))[:, : LARGEST // n_rows]


def _grey(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return rows as finite numbers without colour."""
    mean = rows.mean(axis=2, dtype=np.float64)
    return np.asarray(np.nan_to_num(mean, posinf=0.0, neginf=0.0))
