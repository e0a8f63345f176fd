"""Bands and slower signals."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import Decimator, split_bands

RATE = 250.0


def waves(*freqs_hz, n_times=2503, rate=RATE):
    times_s = np.arange(n_times) / rate
    return np.stack([np.sin(2 * np.pi * freq * times_s) for freq in freqs_hz])


def test_a_band_passes_what_is_in_it_and_nothing_else() -> None:
    samples = waves(3.0, 10.0, 30.0, 80.0)

    (band,) = split_bands(samples, RATE, [(8.0, 40.0)])

    middle = slice(300, -300)
    np.testing.assert_allclose(band[1:3, middle], samples[1:3, middle], atol=0.02)
    assert np.abs(band[[0, 3], middle]).max() < 0.02


def test_mains_and_its_harmonics_are_left_out() -> None:
    samples = waves(40.0, 50.0, 100.0)

    (band,) = split_bands(samples, RATE, [(20.0, np.inf)], 50.0)

    power = np.abs(band[:, 300:-300]).max(axis=1)
    assert power[0] > 0.97
    assert power[1:].max() < 0.05


def test_the_lowest_band_keeps_the_mean_and_a_step_at_the_end_does_not_ring() -> None:
    ramp = np.linspace(5, 9, 1001)[None]

    slow, fast = split_bands(ramp, RATE, [(0.0, 2.0), (2.0, np.inf)])

    np.testing.assert_allclose(slow, ramp, atol=0.02)
    assert np.abs(fast).max() < 0.02


@pytest.mark.parametrize("n_times", [0, 1, 2, 3, 17])
def test_the_shortest_recordings_have_bands_too(n_times: int) -> None:
    bands = split_bands(np.ones((3, n_times)), RATE, [(1.0, 5.0), (0.0, 5.0)])

    assert [band.shape for band in bands] == [(3, n_times)] * 2
    assert all(np.isfinite(band).all() for band in bands)


def test_a_rate_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="FSC121"):
        split_bands(np.ones((1, 9)), 0.0, [(1.0, 2.0)])


@pytest.mark.parametrize("factor", [1, 2, 3, 8])
def test_a_slower_signal_does_not_depend_on_the_blocks(factor: int) -> None:
    samples = np.random.default_rng(0).standard_normal((3, 1009))
    whole = Decimator(3, factor)
    at_once = np.hstack([whole.add(samples), whole.finish()])

    cut = Decimator(3, factor)
    parts = [cut.add(part) for part in np.split(samples, [1, 8, 8, 500, 733], axis=1)]
    joined = np.hstack([*parts, cut.finish()])

    np.testing.assert_allclose(joined, at_once, atol=1e-12)
    assert joined.shape[1] == -(-1009 // factor)


def test_a_slower_signal_is_the_signal_without_aliases() -> None:
    slow, alias = waves(5.0, 90.0, n_times=5003, rate=1000.0)[:, None]
    decimators = [Decimator(1, 8) for _ in range(2)]

    kept, gone = (np.hstack([d.add(s), d.finish()]) for d, s in zip(decimators, (slow, alias),
                                                                    strict=True))  # fmt: skip

    np.testing.assert_allclose(kept[0, 20:-20], slow[0, ::8][20:-20], atol=0.01)
    assert np.abs(gone[0, 20:-20]).max() < 0.02


def test_nothing_in_nothing_out() -> None:
    decimator = Decimator(2, 4)

    assert decimator.add(np.zeros((2, 0))).shape == (2, 0)
    assert decimator.finish().shape == (2, 0)
