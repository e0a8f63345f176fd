"""Measures of a structural image move the way that its faults do."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from tests.quality.head_images import MM, SHAPE, make_structure

from fascicle.quality._image_structure import Structure, measure_structure


def measure(volume: np.ndarray, *, is_t1: bool = True) -> Structure:
    return measure_structure(volume.astype(np.float32), MM, up=(2, 1), is_t1=is_t1)


@cache
def measure_clean() -> dict[str, float]:
    return measure(make_structure()).measures


def test_a_clean_head_has_the_measures_that_it_was_made_with() -> None:
    found = measure_clean()

    assert found["brain_ml"] == pytest.approx(4 / 3 * np.pi * 62 * 75 * 62 / 1000, rel=0.06)
    assert found["cjv"] == pytest.approx(24 / 300, rel=0.35)
    assert found["snr_wm"] == pytest.approx(900 / 12, rel=0.35)
    assert found["snrd_wm"] == pytest.approx(900 / 12, rel=0.1)
    assert found["qi_1"] == 0
    assert found["inu_range"] < 0.06
    assert found["icvs_wm"] == pytest.approx(0.45, abs=0.05)


def test_noise_lowers_contrast_and_signal_over_noise() -> None:
    noisy = measure(make_structure(noise=40)).measures

    for name in ("cnr", "snr_wm", "snr_gm", "snrd_wm", "fber"):
        assert noisy[name] < 0.8 * measure_clean()[name]
    assert noisy["cjv"] > 1.5 * measure_clean()["cjv"]


def test_a_ghost_raises_entropy_and_is_found_in_the_air() -> None:
    volume = make_structure()

    ghosted = measure(volume + 0.12 * np.roll(volume, SHAPE[1] // 2, axis=1)).measures

    assert ghosted["efc"] > 1.03 * measure_clean()["efc"]
    assert ghosted["qi_1"] > 0.005


def test_blur_raises_smoothness() -> None:
    blurred = measure(gaussian_filter(make_structure(), 1.2)).measures

    assert blurred["fwhm_avg"] > 1.2 * measure_clean()["fwhm_avg"]


def test_an_uneven_coil_is_told_and_does_not_spoil_the_contrast() -> None:
    field = np.linspace(0.75, 1.25, SHAPE[0])[:, None, None]

    found = measure(make_structure() * field).measures

    assert found["inu_range"] > 0.2
    assert found["cjv"] < 1.5 * measure_clean()["cjv"]


def test_measures_do_not_depend_on_the_unit() -> None:
    found = measure(make_structure() * 37.0).measures

    for name, value in measure_clean().items():
        assert found[name] == pytest.approx(value, rel=0.02, abs=0.01)


def test_without_the_contrast_of_t1_no_tissues_are_named() -> None:
    found = measure(make_structure(), is_t1=False)

    assert not {"cjv", "cnr", "snr_wm", "wm2max"} & set(found.measures)
    assert {"efc", "fber", "qi_1", "fwhm_avg", "brain_ml"} <= set(found.measures)
    assert not found.classes.any()


def test_an_image_without_a_head_has_no_brain() -> None:
    found = measure(np.full(SHAPE, 7.0))

    assert found.measures["brain_ml"] == 0
    assert "cjv" not in found.measures
