"""Features of blinks and glances."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import (
    BLINK_FEATURES,
    SACCADE_FEATURES,
    EyeScene,
    blink_features,
    blink_maps,
    find_peaks_above,
    own_filter,
    saccade_features,
    spread_of,
    step_trace,
    weighted_trace,
)

RATE = 64.0


def make_scene(*, width_s=0.12, scale=1.0, seed=0, n_channels=7):
    rng = np.random.default_rng(seed)
    n_times = 1009
    times_s = np.arange(n_times) / RATE
    weights = np.linspace(1, 0, n_channels) ** 2
    slow = rng.standard_normal((n_channels, n_times))
    bump = np.exp(-(((times_s - 8.0) / width_s) ** 2))
    slow = scale * (slow + 12 * weights[:, None] * bump)
    fast = np.zeros_like(slow)
    lateral = np.linspace(-1, 1, n_channels)
    scene = EyeScene(RATE, slow, fast, weights - weights.mean(), lateral)
    return scene, np.array([int(8 * RATE)])


def column(features, name, names=BLINK_FEATURES):
    return float(features[0, names.index(name)])


def test_a_blink_has_its_height_its_width_and_its_map() -> None:
    scene, peak = make_scene()
    trace = weighted_trace(scene.slow, scene.weights)

    features = blink_features(scene, trace, peak, scene.weights)

    assert features.shape == (1, len(BLINK_FEATURES))
    assert 10 ** column(features, "log height") > 8
    # A Gaussian is at half its height after 0.83 of its width.
    assert column(features, "rise") == pytest.approx(0.1, abs=0.04)
    assert column(features, "shape") > 0.9
    assert column(features, "map like the eyes") > 0.95
    assert abs(column(features, "step")) < 0.2


def test_height_shape_and_likeness_do_not_depend_on_the_order_of_channels() -> None:
    scene, peak = make_scene()
    turned = EyeScene(
        RATE, scene.slow[::-1], scene.fast[::-1], scene.weights[::-1], scene.lateral[::-1]
    )

    first = blink_features(scene, weighted_trace(scene.slow, scene.weights), peak, scene.weights)
    second = blink_features(
        turned, weighted_trace(turned.slow, turned.weights), peak, turned.weights
    )

    np.testing.assert_allclose(first, second, atol=1e-9)


def test_a_spike_of_one_sample_is_no_blink() -> None:
    scene, peak = make_scene(width_s=0.01)
    blink, _ = make_scene()

    spike = blink_features(scene, weighted_trace(scene.slow, scene.weights), peak, scene.weights)
    real = blink_features(blink, weighted_trace(blink.slow, blink.weights), peak, blink.weights)

    assert column(spike, "shape") < column(real, "shape") - 0.15
    assert column(spike, "sharpness") > column(real, "sharpness") + 0.3


def test_maps_sum_to_zero_so_the_reference_does_not_matter() -> None:
    scene, peak = make_scene()
    moved = EyeScene(RATE, scene.slow + scene.slow[2], scene.fast, scene.weights, scene.lateral)

    maps = blink_maps(scene, peak)

    np.testing.assert_allclose(maps.sum(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(blink_maps(moved, peak), maps, atol=1e-9)


def test_a_filter_passes_its_map_and_holds_back_what_is_strong() -> None:
    rng = np.random.default_rng(2)
    noise = np.array([1.0, -1.0, 1.0, -1.0, 0.0])
    slow = rng.standard_normal((5, 2003)) + 20 * noise[:, None] * rng.standard_normal(2003)
    scene = EyeScene(RATE, slow, np.zeros_like(slow), np.zeros(5), np.zeros(5))
    own = np.array([3.0, 1.0, 0.0, -1.0, -3.0])

    weights = own_filter(scene, own, np.ones(2003, dtype=bool))

    assert weights @ own == pytest.approx(1.0)
    assert abs(weights @ noise) < 0.1 * abs(own @ noise) / (own @ own)


def test_a_glance_is_a_step_that_is_held() -> None:
    scene, _ = make_scene()
    slow = scene.slow.copy()
    slow[:, 500:] += 8 * scene.lateral[:, None]
    glance = EyeScene(RATE, slow, scene.fast, scene.weights, scene.lateral)
    trace = weighted_trace(slow, scene.lateral)

    features = saccade_features(glance, trace, np.array([500]))

    assert 10 ** column(features, "log step", SACCADE_FEATURES) > 5
    assert column(features, "map like a glance", SACCADE_FEATURES) > 0.9
    assert abs(column(features, "held both", SACCADE_FEATURES)) < 0.5


def test_a_step_is_as_high_as_it_is_and_a_slope_is_not() -> None:
    step = step_trace(np.repeat([0.0, 3.0], 100), RATE)
    slope = step_trace(np.linspace(0, 3, 2000), RATE)

    assert step.max() == pytest.approx(3.0)
    assert slope.max() < 0.05


def test_peaks_are_those_of_scipy_and_nothing_has_none() -> None:
    trace = np.random.default_rng(4).standard_normal(503)
    from scipy.signal import find_peaks

    expected = find_peaks(trace, distance=5, prominence=1.0)[0]

    np.testing.assert_array_equal(find_peaks_above(trace, 5, 1.0), expected)
    assert not find_peaks_above(trace[:2], 5, 1.0).size
    assert not find_peaks_above(trace, 5, 0.0).size


def test_no_moments_have_no_features() -> None:
    scene, _ = make_scene()
    none = np.zeros(0, dtype=np.intp)

    assert blink_features(scene, scene.slow[0], none, scene.weights).shape[0] == 0
    assert saccade_features(scene, scene.slow[0], none).shape[0] == 0


def test_spread_is_that_of_a_gaussian() -> None:
    values = np.random.default_rng(5).standard_normal(100_001) * 3

    assert spread_of(values) == pytest.approx(3.0, rel=0.02)
    assert spread_of(np.zeros(0)) == 0.0
