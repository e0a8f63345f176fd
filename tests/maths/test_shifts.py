"""How far an image is moved, by phase correlation."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import find_shift

cv2 = pytest.importorskip("cv2")


def make_scene(seed: int, shape: tuple[int, int] = (97, 131)) -> np.ndarray:
    """Return an image with structure at several scales."""
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), 1.5) * 100 + 50


@pytest.mark.parametrize("move", [(0, 0), (3, -7), (-11, 2), (20, 30)])
@pytest.mark.parametrize("seed", range(3))
def test_a_movement_is_found_in_noise(move: tuple[int, int], seed: int) -> None:
    """As it was made: content moves out at one side and in at the other."""
    whole = make_scene(seed, (157, 191))
    reference = whole[30:127, 30:161]
    image = whole[30 - move[0] : 127 - move[0], 30 - move[1] : 161 - move[1]]
    noise = np.random.default_rng(seed + 9).normal(0, 4, image.shape)

    shift = find_shift(image + noise, reference)

    assert (shift.rows, shift.columns) == move
    assert shift.sharpness > 8


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_opencv_finds(seed: int) -> None:
    """To a pixel; OpenCV names columns first."""
    rng = np.random.default_rng(seed)
    whole = make_scene(seed, (157, 191))
    down, right = (int(n) for n in rng.integers(-12, 13, 2))
    reference = whole[30:127, 30:161]
    image = whole[30 - down : 127 - down, 30 - right : 161 - right]
    window = np.outer(np.hanning(99)[1:-1], np.hanning(133)[1:-1])

    shift = find_shift(image, reference)

    (x, y), _ = cv2.phaseCorrelate(reference - reference.mean(), image - image.mean(), window)
    assert (shift.rows, shift.columns) == (down, right)
    assert (y, x) == pytest.approx((shift.rows, shift.columns), abs=1)  # it weighs neighbours, too


@pytest.mark.parametrize("seed", range(10))
def test_images_that_have_nothing_in_common_are_not_sharp(seed: int) -> None:
    """Noise against noise."""
    rng = np.random.default_rng(seed)

    shift = find_shift(rng.normal(size=(97, 131)), rng.normal(size=(97, 131)))

    assert shift.sharpness < 6


def test_unit_and_offset_do_not_matter_and_an_even_image_is_not_sharp() -> None:
    """Degenerate cases."""
    scene = make_scene(1)
    moved = np.roll(scene, (4, 9), axis=(0, 1))

    shift = find_shift(7 * moved - 300, scene / 9)

    assert (shift.rows, shift.columns) == (4, 9)
    assert shift.sharpness == pytest.approx(find_shift(moved, scene).sharpness)
    assert find_shift(np.full((9, 11), 5.0), np.full((9, 11), 7.0)).sharpness == 0


def test_images_of_other_shapes_are_refused() -> None:
    """And arrays that are no images."""
    with pytest.raises(InputError, match="FSC120"):
        find_shift(np.zeros((5, 7)), np.zeros((7, 5)))
    with pytest.raises(InputError, match="FSC120"):
        find_shift(np.zeros(5), np.zeros(5))
