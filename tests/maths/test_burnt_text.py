"""Text that was burnt into the voxels of a stack of slices."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fascicle.maths import StillPixels, find_burnt_text
from fascicle.maths._burnt_text import BurntText

WORDS = ("XYLANDER QUORN", "1951-05-02  F", "St. Mary MR 3T", "TE: 30  TR: 2000", "Mueller^Anna")


def head(
    rng: np.random.Generator, shape: tuple[int, int, int] = (9, 128, 144)
) -> NDArray[np.float64]:
    """A skull, folds that change from slice to slice, and noise; shape (slices, rows, columns)."""
    n, rows, columns = shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    stack = np.zeros(shape)
    for z in range(n):
        size = 0.9 - 0.25 * abs(z / max(n - 1, 1) - 0.4)
        r = np.hypot(x / 0.85, y) / size
        folds = np.sin(9 * np.arctan2(y, x) + z) * np.sin(14 * r + 0.7 * z + rng.uniform(0, 6))
        stack[z] = 700 * (r < 0.85) * (1 + 0.35 * folds) + 1100 * ((r > 0.9) & (r < 1))
    return np.clip(stack + rng.normal(0, 25, shape), 0, None)


def ink(shape: tuple[int, int], words: str, place: tuple[int, int], size: int) -> NDArray[np.bool_]:
    """Where letters stand."""
    image = Image.new("L", shape[::-1])
    ImageDraw.Draw(image).text(place, words, fill=255, font=ImageFont.load_default(size))
    return np.asarray(image) > 128


def judge(stack: NDArray[np.float64]) -> BurntText:
    still = StillPixels(stack.shape[1:])
    for start in range(0, stack.shape[0], 4):
        still.add(stack[start : start + 4])
    return still.find()


@pytest.mark.parametrize("size", [11, 14, 20, 28])
@pytest.mark.parametrize("place", [(3, 2), (6, 60), (30, 95)])
@pytest.mark.parametrize("words", WORDS)
def test_text_in_the_same_place_of_all_slices_is_found(
    words: str, place: tuple[int, int], size: int
) -> None:
    rng = np.random.default_rng(len(words) + size)
    stack = head(rng, (9, 128, 320))
    where = ink((128, 320), words, place, size)
    stack[:, where] = 2000.0

    found = judge(stack)

    rows, columns = np.nonzero(where)
    assert found
    assert found.box[0] >= rows.min() - 1
    assert found.box[3] <= columns.max() + 1


def test_text_is_found_whichever_way_the_slices_lie() -> None:
    stack = head(np.random.default_rng(2))
    stack[:, ink((128, 144), "QUORN 4711", (5, 5), 14)] = 2000.0

    for turned in (stack, stack[:, ::-1], stack[:, :, ::-1], stack.transpose(0, 2, 1)):
        assert judge(turned)


def test_dark_text_on_a_bright_ground_is_found() -> None:
    stack = 1500 + np.random.default_rng(3).normal(0, 60, (9, 90, 120))
    stack[:, ink((90, 120), "XYLANDER", (8, 20), 16)] = 0.0

    assert judge(stack)


def test_text_in_a_single_slice_is_found() -> None:
    stack = head(np.random.default_rng(5), (1, 128, 200))
    stack[:, ink((128, 200), "XYLANDER QUORN", (4, 4), 14)] = 4095.0

    assert judge(stack)


def test_the_unit_and_the_type_of_numbers_do_not_matter() -> None:
    stack = head(np.random.default_rng(7))
    stack[:, ink((128, 144), "QUORN 4711", (5, 5), 14)] = 2000.0

    assert judge(stack) == judge(stack * 1e-6 - 3) == judge(np.round(stack).astype(np.int16))


def test_heads_and_noise_raise_no_alarm() -> None:
    rng = np.random.default_rng(11)
    n_alarms = 0
    for i in range(150):
        n_slices = (1, 2, 3, 5, 9)[i % 5]
        shape = (n_slices, int(rng.integers(40, 130)), int(rng.integers(40, 130)))
        stack = head(rng, shape) if i % 3 else rng.normal(100, 30, shape)
        n_alarms += bool(judge(stack))

    # None of 150: by the rule of three fewer than 2 % of such images.
    assert n_alarms == 0


@pytest.mark.parametrize("kind", ["masked", "grid", "box", "stripes", "steps", "ring", "constant"])
def test_shapes_that_stay_the_same_are_no_text(kind: str) -> None:
    stack = head(np.random.default_rng(13))
    y, x = np.mgrid[:128, :144]
    if kind == "masked":
        stack[:, np.hypot(y - 64, x - 72) > 50] = 0
    elif kind == "grid":
        stack[:] = 1000.0 * ((y // 8 + x // 8) % 2)
    elif kind == "box":
        stack[:, 20:50, 30:90] = 2000.0
    elif kind == "stripes":
        stack[:] = 1000.0 * (x // 6 % 2)
    elif kind == "steps":
        stack[:] = x // 20 * 100.0
    elif kind == "ring":
        stack[:, np.abs(np.hypot(y - 64, x - 72) - 50) < 2] = 2000.0
    else:
        stack[:] = 7.0

    assert not judge(stack)


def test_values_that_are_no_numbers_do_no_harm() -> None:
    stack = head(np.random.default_rng(17))
    stack[:, :40] = np.nan
    stack[0, 50, 50] = np.inf

    assert not judge(stack)


def test_empty_and_tiny_stacks_hold_no_text() -> None:
    assert not StillPixels((10, 10)).find()
    assert not judge(np.ones((3, 2, 2)))
    assert not find_burnt_text(np.zeros((0, 0)), np.zeros((0, 0)), n_slices=1)


def test_the_result_does_not_depend_on_where_the_stack_is_cut() -> None:
    stack = head(np.random.default_rng(19))
    stack[:, ink((128, 144), "QUORN 4711", (5, 5), 14)] = 2000.0
    whole = StillPixels((128, 144))
    whole.add(stack)

    assert whole.find() == judge(stack)
