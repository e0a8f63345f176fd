"""Masks of head, brain and tissues."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import find_air_artefacts, find_brain, find_head, otsu_threshold, three_classes

MM = (2.5, 2.0, 3.0)
SHAPE = (81, 101, 67)


def make_head() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a head with skin, dark bone, brain and neck; and where head and brain truly are."""
    rng = np.random.default_rng(7)
    x, y, z = ((np.arange(n) - n / 2) * mm for n, mm in zip(SHAPE, MM, strict=True))
    x, y, z = np.meshgrid(x, y, z - 20, indexing="ij")
    radius = np.sqrt((x / 70) ** 2 + (y / 85) ** 2 + (z / 65) ** 2)
    neck = (x**2 + (y + 20) ** 2 < 45**2) & (z < 0)
    head, brain = (radius < 1.22) | neck, radius < 1
    volume = np.where(neck, 500.0, 0.0)
    volume[(radius < 1.22) & (radius > 1.14)] = 1100
    volume[(radius <= 1.14) & (radius >= 1)] = 60
    volume[brain] = np.where(radius[brain] < 0.75, 900, 600)
    stem = (x**2 + (y + 20) ** 2 < 4**2) & (z < -60)
    volume[stem] = 700
    return volume + np.abs(rng.normal(0, 12, SHAPE)), head, brain


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def test_the_threshold_is_the_best_of_all_that_are_tried() -> None:
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.normal(10, 3, 701), rng.normal(40, 6, 307)])

    found = otsu_threshold(values)

    def between(limit: float) -> float:
        low, high = values[values <= limit], values[values > limit]
        return low.size * high.size * (low.mean() - high.mean()) ** 2

    best = max(between(limit) for limit in np.linspace(values.min() + 1, values.max() - 1, 999))
    assert between(found) >= 0.995 * best


def test_one_value_is_its_own_threshold_and_none_has_none() -> None:
    assert otsu_threshold(np.full(9, 4.0)) == 4
    assert np.isnan(otsu_threshold(np.zeros(0)))


def test_head_and_brain_are_found_where_they_were_put() -> None:
    volume, head, brain = make_head()

    found_head = find_head(volume, MM)
    found_brain = find_brain(volume, found_head, MM)

    assert dice(found_head, head) > 0.96
    assert dice(found_brain, brain) > 0.95


@pytest.mark.parametrize(("axis", "sign"), [(0, -1), (1, 1), (2, -1)])
def test_the_brain_is_found_however_the_image_is_stored(axis: int, sign: int) -> None:
    volume, _, brain = make_head()
    turned = [np.moveaxis(values, 2, axis) for values in (volume, brain)]
    volume, brain = (np.flip(values, axis) if sign < 0 else values for values in turned)
    sizes = list(MM[:2])
    sizes.insert(axis, MM[2])
    size_mm = (sizes[0], sizes[1], sizes[2])

    found = find_brain(volume, find_head(volume, size_mm), size_mm, up=(axis, sign))

    assert dice(found, brain) > 0.93


def test_a_brain_with_a_bright_rim_is_found_where_skin_is_dark() -> None:
    _, _, brain = make_head()
    rng = np.random.default_rng(7)
    depth = np.linspace(1, 4, SHAPE[1])[None, :, None]
    volume = np.where(brain, 300.0 * depth, 0) + np.abs(rng.normal(0, 15, SHAPE))

    found = find_brain(volume, find_head(volume, MM), MM, shows_skin=False)

    assert dice(found, brain) > 0.94


def test_an_image_of_one_value_shows_neither() -> None:
    nothing = np.full((9, 11, 7), 5.0)

    head = find_head(nothing, MM)

    assert not head.any()
    assert not find_brain(nothing, head, MM).any()


def test_a_series_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        find_head(np.zeros((3, 4, 5, 6)), MM)

    assert caught.value.code == "FSC139"


def test_ghosts_in_the_air_are_found_and_noise_is_not() -> None:
    volume, head, _ = make_head()
    far = np.full(SHAPE, 30.0)
    ghost = np.zeros(SHAPE, bool)
    ghost[3:9, 40:60, 20:40] = True

    clean = find_air_artefacts(volume, ~head, far)
    found = find_air_artefacts(volume + 200 * ghost, ~head, far)

    assert not clean.any()
    assert dice(found, ghost & ~head) > 0.95
    assert not find_air_artefacts(volume + 200 * ghost, ~head, np.full(SHAPE, 3.0)).any()
    assert not find_air_artefacts(np.zeros(SHAPE), ~head, far).any()


def test_three_classes_are_those_that_were_mixed() -> None:
    rng = np.random.default_rng(7)
    parts = [rng.normal(300, 25, 1501), rng.normal(600, 30, 4003), rng.normal(900, 30, 3307)]

    middles, limits = three_classes(np.concatenate(parts).astype(np.float32))

    np.testing.assert_allclose(middles, [300, 600, 900], rtol=0.02)
    np.testing.assert_allclose(limits, [450, 750], rtol=0.02)


def test_two_values_have_no_three_classes() -> None:
    middles, limits = three_classes(np.array([1.0, 2.0] * 9))

    assert np.isnan(middles).all()
    assert np.isnan(limits).all()
