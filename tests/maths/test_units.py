"""Measures of sorted units, against counts by hand and what strangers' spikes give."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import isi_violations, presence_ratio


def test_short_intervals_are_counted() -> None:
    times = np.array([0.0, 0.001, 0.5, 0.5014, 0.6, 0.9])

    count, ratio = isi_violations(times, 1.0)

    assert count == 2
    assert ratio == pytest.approx(2 * 1.0 / (2 * 0.0015 * 36))


def test_spikes_of_many_neurons_violate_as_often_as_chance_has_it() -> None:
    times = np.sort(np.random.default_rng(3).uniform(0, 2000, 20_011))

    _, ratio = isi_violations(times, 2000.0)

    assert ratio == pytest.approx(0.5, abs=0.06)  # the formula is of few strangers: chance is 1/2


def test_a_unit_with_a_refractory_period_has_none() -> None:
    times = np.cumsum(np.random.default_rng(5).exponential(0.05, 1009) + 0.002)

    assert isi_violations(times, float(times[-1])) == (0, 0.0)


@pytest.mark.parametrize("times", [[], [0.5]])
def test_too_few_spikes_say_nothing(times: list[float]) -> None:
    assert isi_violations(np.array(times), 1.0) == (0, 0.0)


def test_presence_counts_the_parts_in_which_a_unit_fires() -> None:
    assert presence_ratio(np.array([0.05, 0.06, 0.55, 1.0]), 1.0, n_parts=10) == 0.3
    assert presence_ratio(np.zeros(0), 1.0) == 0.0
    assert presence_ratio(np.array([1.0]), 0.0) == 0.0
