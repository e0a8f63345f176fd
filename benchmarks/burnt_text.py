"""Hits and false alarms of the search for burnt-in text, on real images.

Every NIfTI image under FASCICLE_TEST_DATA, and every one that nilearn brings along, is read across
each of its axes as it is (any find is a false alarm) and with words drawn into a corner (none found
is a miss).

Run: ``python benchmarks/burnt_text.py``
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
from _results import write_results
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fascicle.maths import StillPixels

SEED = 0
SIZES = (10, 12, 16, 24)
SMALLEST = 90
"""Images with fewer pixels a side have no room for words."""
WORDS = ("XYLANDER QUORN", "1951-05-02  F", "St. Mary MR 3T", "TE: 30  TR: 2000", "Mueller^Anna")
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def find_images() -> list[Path]:
    found = sorted((DATA / "signals" / "mri").rglob("*.nii*"))
    nilearn = importlib.util.find_spec("nilearn")
    if nilearn is not None and nilearn.origin is not None:
        found += sorted((Path(nilearn.origin).parent / "datasets" / "data").glob("*.nii.gz"))
    return found


def stacks(path: Path) -> Iterator[NDArray[np.float64]]:
    """Yield an image's first volume as slices across each axis."""
    volume = np.asarray(nib.load(path).dataobj).astype(np.float64)
    while volume.ndim > 3:
        volume = volume[..., 0]
    for axis in range(volume.ndim if volume.ndim == 3 else 0):
        yield np.moveaxis(volume, axis, 0)


def is_found(stack: NDArray[np.float64]) -> bool:
    still = StillPixels(stack.shape[1:])
    still.add(stack)
    return bool(still.find())


def draw(stack: NDArray[np.float64], words: str, size: int) -> NDArray[np.float64]:
    image = Image.new("L", stack.shape[:0:-1])
    ImageDraw.Draw(image).text((2, 2), words, fill=255, font=ImageFont.load_default(size))
    marked = stack.copy()
    marked[:, np.asarray(image) > 128] = stack.max()
    return marked


def main() -> None:
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(SEED)
    images = find_images()
    n_stacks = n_alarms = n_marked = n_hits = 0
    for path in images:
        for stack in stacks(path):
            n_stacks += 1
            n_alarms += is_found(stack)
            if min(stack.shape[1:]) < SMALLEST:
                continue
            for size in SIZES:
                n_marked += 1
                n_hits += is_found(draw(stack, WORDS[rng.integers(len(WORDS))], size))
    values = {
        "n_images": len(images), "n_stacks": n_stacks, "n_false_alarms": n_alarms,
        "n_with_words": n_marked, "n_found": n_hits,
    }  # fmt: skip
    print(values)
    write_results("burnt_text", values, seed=SEED)


if __name__ == "__main__":
    main()
