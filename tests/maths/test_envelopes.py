from itertools import pairwise

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import Envelope


def cut(samples, seed):
    """Cut samples into blocks of odd sizes."""
    rng = np.random.default_rng(seed)
    cuts = np.sort(rng.choice(np.arange(1, samples.shape[1]), size=11, replace=False))
    return np.split(samples, cuts, axis=1)


@pytest.mark.parametrize("n_bins", [1, 13, 200, 1009])
def test_the_envelope_is_the_lowest_and_highest_of_each_stretch_however_blocks_are_cut(n_bins):
    samples = np.random.default_rng(1).normal(size=(7, 1009))
    envelope = Envelope(7, 1009, n_bins)

    for block in cut(samples, seed=n_bins):
        envelope.add(block)

    edges = [*envelope.starts.tolist(), 1009]
    stretches = [samples[:, a:b] for a, b in pairwise(edges)]
    np.testing.assert_array_equal(envelope.low, np.stack([s.min(1) for s in stretches], 1))
    np.testing.assert_array_equal(envelope.high, np.stack([s.max(1) for s in stretches], 1))
    assert len(stretches) == n_bins
    assert {s.shape[1] for s in stretches} <= {1009 // n_bins, 1009 // n_bins + 1}


def test_there_are_no_more_stretches_than_samples_and_unseen_ones_stay_unknown():
    envelope = Envelope(2, 5, 200)

    envelope.add(np.ones((2, 3)))

    np.testing.assert_array_equal(envelope.low[0], [1, 1, 1, np.nan, np.nan])


def test_samples_beyond_the_promised_end_are_left_out():
    envelope = Envelope(1, 4, 2)

    envelope.add(np.arange(6.0)[None])
    envelope.add(np.full((1, 3), 99.0))

    np.testing.assert_array_equal(envelope.high, [[1.0, 3.0]])


def test_sizes_and_shapes_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="FSC121"):
        Envelope(1, 0, 5)
    with pytest.raises(InputError, match="FSC120"):
        Envelope(3, 10, 5).add(np.ones((2, 4)))
