"""Fingerprints do not depend on unit or order, and the match finds whom it should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from fascicle.errors import InputError
from fascicle.maths import connectome_fingerprint, match_people, spectrum_fingerprint

RNG = np.random.default_rng(6)


def test_a_connectome_is_the_correlations_of_numpy():
    series = RNG.normal(size=(7, 101)) + RNG.normal(size=(1, 101))

    found = connectome_fingerprint(series)

    assert found == pytest.approx(np.corrcoef(series)[np.triu_indices(7, 1)])
    assert connectome_fingerprint(1e-6 * series + 40) == pytest.approx(found)


def test_regions_without_signal_or_with_gaps_tell_nothing():
    series = RNG.normal(size=(4, 53))
    series[1] = 1e7 / 3
    series[2, 9] = np.nan

    found = connectome_fingerprint(series)

    assert found[[0, 1, 3, 4, 5]].tolist() == [0] * 5
    assert abs(found[2]) > 0


def test_a_spectrum_keeps_its_shape_and_loses_gain_and_unit():
    times = RNG.normal(size=(3, 5000))
    freqs, density = welch(times, 250, nperseg=500)

    found = spectrum_fingerprint(density, freqs)

    assert found.shape == (3 * 39,)
    assert found.reshape(3, 39).sum(axis=1) == pytest.approx(0)
    assert spectrum_fingerprint(density * np.array([[1e-12], [1], [7]]), freqs) == pytest.approx(
        found
    )


def test_a_peak_stands_at_its_hertz_and_a_dead_channel_is_zero():
    freqs = np.arange(0, 100, 0.25)
    density = np.stack([1 + 50 * np.exp(-((freqs - 10.5) ** 2)), np.zeros_like(freqs)])

    found = spectrum_fingerprint(density, freqs).reshape(2, 39)

    assert found[0].argmax() == 9
    assert not found[1].any()


@pytest.mark.parametrize("freqs", [np.arange(0, 30, 0.5), np.arange(0, 100, 2.0)])
def test_a_spectrum_that_leaves_gaps_is_refused(freqs):
    with pytest.raises(InputError, match="FSC196"):
        spectrum_fingerprint(np.ones((1, freqs.size)), freqs)


def brute_match(known, seen):
    hits = []
    for i, one in enumerate(seen):
        likeness = [
            np.corrcoef(one - known.mean(0), other - known.mean(0))[0, 1] for other in known
        ]
        hits.append(int(np.argmax(likeness)) == i)
    return hits


@pytest.mark.parametrize("noise", [0.1, 2.0, 5.0])
def test_the_match_is_that_of_trying_everybody(noise):
    known = RNG.normal(size=(23, 31)) + 9
    seen = known + noise * RNG.normal(size=known.shape)

    assert match_people(known, seen).tolist() == brute_match(known, seen)


def test_fingerprints_of_nobody_in_particular_are_matched_at_chance():
    hits = [match_people(RNG.normal(size=(20, 15)), RNG.normal(size=(20, 15))) for _ in range(100)]

    assert 0.03 < np.mean(hits) < 0.075


def test_people_who_cannot_be_told_apart_are_not_named():
    assert not match_people(np.ones((5, 7)), np.ones((5, 7))).any()
    twice = np.repeat(RNG.normal(size=(3, 11)), 2, axis=0)
    assert not match_people(twice, twice).any()


def test_other_people_are_refused():
    with pytest.raises(InputError, match="FSC197"):
        match_people(np.ones((3, 5)), np.ones((4, 5)))
