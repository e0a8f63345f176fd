from itertools import groupby

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import ExtremeRuns, FlatBins, HeldSamples


def coarse(n_channels, n_times, seed, spread=1.5):
    """Make samples of so few levels that runs at the extremes occur by chance."""
    return np.round(np.random.default_rng(seed).normal(scale=spread, size=(n_channels, n_times)))


def cut(samples, seed):
    """Cut samples into blocks of odd sizes, single samples among them."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(np.arange(1, samples.shape[1]), size=61, replace=False))
    return np.split(samples, cuts, axis=1)


def runs_of(flags):
    """Return the lengths of runs of True."""
    return [len(list(group)) for flag, group in groupby(flags.tolist()) if flag]


@pytest.mark.parametrize("min_run", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_extreme_runs_equal_a_count_over_the_whole_recording(seed, min_run):
    samples = np.clip(coarse(7, 1009, seed), -1.0, 1.0 + np.arange(7)[:, None] % 2)
    accumulator = ExtremeRuns(7, min_run)

    for block in cut(samples, seed):
        accumulator.add(block)

    expected = [
        sum(
            length
            for extreme in {channel.min(), channel.max()}
            for length in runs_of(channel == extreme)
            if length >= min_run
        )
        for channel in samples
    ]
    assert accumulator.counts().tolist() == expected
    assert sum(expected) > 0


def test_a_higher_extreme_starts_the_count_anew():
    accumulator = ExtremeRuns(1, min_run=3)

    accumulator.add(np.array([[0.0, 5.0, 5.0, 5.0, 5.0]]))
    before = accumulator.counts().tolist()
    accumulator.add(np.array([[6.0, -1.0, 5.0, 5.0, 5.0]]))

    assert (before, accumulator.counts().tolist()) == ([4], [0])


def test_a_channel_of_one_value_is_counted_once_and_not_at_both_extremes():
    accumulator = ExtremeRuns(1, min_run=3)

    accumulator.add(np.full((1, 17), 4.0))

    assert accumulator.counts().tolist() == [17]


def test_a_block_with_nan_is_left_out_for_its_channel_only():
    accumulator = ExtremeRuns(2, min_run=2)
    accumulator.add(np.array([[1.0, 3.0, 3.0], [1.0, 3.0, 3.0]]))

    accumulator.add(np.array([[3.0, np.nan, 3.0], [3.0, 3.0, 0.0]]))

    assert accumulator.counts().tolist() == [2, 4]


@pytest.mark.parametrize("seed", range(5))
def test_held_samples_equal_a_count_over_the_whole_recording(seed):
    samples = coarse(3, 1009, seed, spread=0.5)
    samples[:, 400:431] = samples[:, 400:401]
    accumulator = HeldSamples(min_run=2)

    for block in cut(samples, seed):
        accumulator.add(block)

    repeats = (samples[:, 1:] == samples[:, :-1]).all(axis=0)
    lengths = [length for length in runs_of(repeats) if length >= 2]
    assert accumulator.count == sum(lengths)
    assert accumulator.longest == max(lengths) >= 30


def test_one_moving_channel_is_enough_for_nothing_to_be_held():
    samples = np.zeros((5, 100))
    samples[4] = np.arange(100)
    accumulator = HeldSamples(min_run=2)

    accumulator.add(samples)

    assert (accumulator.count, accumulator.longest) == (0, 0)


def test_flat_bins_count_planted_stretches_to_within_two_bins():
    samples = np.random.default_rng(2).normal(size=(7, 3001))
    samples[3, 500:1700] = 0.0
    accumulator = FlatBins(7, n_per_bin=25)

    for start in range(0, 3001, 1000):
        accumulator.add(samples[:, start : start + 1000])

    counts = accumulator.counts()
    assert 1150 <= counts[3] <= 1200
    assert counts.sum() == counts[3]


def test_flat_bins_return_the_extremes_of_the_block():
    samples = np.random.default_rng(8).normal(size=(5, 333))

    lowest, highest = FlatBins(5, 25).add(samples)

    np.testing.assert_array_equal(lowest, samples.min(axis=1))
    np.testing.assert_array_equal(highest, samples.max(axis=1))


@pytest.mark.parametrize(
    "make", [lambda: ExtremeRuns(0), lambda: FlatBins(2, 1), lambda: HeldSamples(0)]
)
def test_sizes_that_mean_nothing_are_refused(make):
    with pytest.raises(InputError, match="FSC121"):
        make()
