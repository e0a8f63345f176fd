"""From bins to spans."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import bin_levels
from fascicle.quality._artifact_eyes import EyeEvents
from fascicle.quality._artifact_networks import load_networks
from fascicle.quality._artifact_spans import (
    LASTING,
    apply_rules,
    channel_chances,
    find_spans,
    head_features,
    join_bins,
)

NO_EVENTS = EyeEvents(*(np.zeros(0),) * 3, np.zeros((0, 3)), np.zeros(0))


def make_chances(n_channels=5, n_bins=31):
    return np.full((len(LASTING), n_channels, n_bins), 0.01), np.full((n_bins, len(LASTING)), 0.01)


def test_a_span_has_its_time_its_chance_and_its_channels() -> None:
    chances, head = make_chances()
    muscle = LASTING.index("muscle")
    head[7:12, muscle] = [0.4, 0.9, 0.2, 0.8, 0.7]
    chances[muscle, [1, 3], 8] = 0.8

    (span,) = find_spans(chances, head)

    assert (span.kind, span.first, span.last) == ("muscle", 8, 12) or span.first == 7
    assert span.last == 12
    assert span.channels.tolist() == [1, 3]
    assert span.chance == pytest.approx(np.mean([0.4, 0.9, 0.8, 0.7]))


def test_a_span_that_no_channel_shows_is_given_to_the_likeliest() -> None:
    chances, head = make_chances()
    head[3:6, 0] = 0.9
    chances[0, 2, 4] = 0.3

    (span,) = find_spans(chances, head)

    assert span.channels.tolist() == [2]


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        ([0.4, 0.4, 0.4], []),
        ([0.9], [(0, 1)]),
        ([0.9, 0.1, 0.9], [(0, 3)]),
        ([0.9, 0.1, 0.1, 0.9], [(0, 1), (3, 4)]),
        ([], []),
    ],
)
def test_bins_are_joined(chance, expected) -> None:
    assert join_bins(np.array(chance)) == expected


def test_a_blink_is_seen_by_the_bins_it_touches() -> None:
    chances, _ = make_chances()
    blink = EyeEvents(
        np.array([1.1]), np.array([0.9]), np.array([1.3]), np.zeros((1, 3)), np.array([0.8])
    )

    features = head_features(chances, blink, NO_EVENTS)

    assert features.shape == (31, 11 * len(LASTING) + 2)
    assert np.flatnonzero(features[:, -2]).tolist() == [3, 4, 5]
    assert not features[:, -1].any()


def test_a_burst_of_muscle_is_found_and_calm_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    brain = np.cumsum(rng.standard_normal((9, 15_000)), axis=1) * 3
    samples = brain + rng.standard_normal(brain.shape)
    samples[2:4, 5000:5500] += 15 * rng.standard_normal((2, 500))

    levels = bin_levels(samples, 250.0)
    chances = channel_chances(levels, 250.0, np.full(9, np.nan), load_networks().channel)

    muscle = chances[LASTING.index("muscle")]
    assert muscle[2:4, 82:86].mean() > 0.5
    assert muscle[:2].max() < 0.5


def test_a_drift_is_judged_by_its_rule_alone() -> None:
    chances, head = make_chances(5, 40)
    levels = np.zeros((6, 5, 40))
    levels[4, 3, 10:25] = 1.6
    levels[4, 1, 28:34] = 3.0  # shorter than two seconds

    by_channel, together = apply_rules(chances, np.zeros((40, 2)), head, levels)

    place = LASTING.index("drift")
    assert np.flatnonzero(by_channel[place].max(axis=1) > 0.5).tolist() == [3]
    assert np.flatnonzero(together[:, place] > 0.5).tolist() == list(range(10, 25))
    others = [n for n in range(len(LASTING)) if n != place]
    np.testing.assert_array_equal(by_channel[others], chances[others])


def test_a_nod_moves_most_channels_and_a_blink_does_not_count() -> None:
    chances, head = make_chances(11, 40)
    levels = np.zeros((6, 11, 40))
    levels[3, :9, 10:16] = 0.7
    levels[3, :4, 20:26] = 2.0  # too few channels
    levels[3, :9, 30:36] = 0.7
    features = np.zeros((40, 2))
    features[30:36, 0] = 0.95

    by_channel, together = apply_rules(chances, features, head, levels)

    place = LASTING.index("movement")
    assert np.flatnonzero(together[:, place] > 0.5).tolist() == list(range(10, 16))
    assert np.flatnonzero(by_channel[place, :, 12] > 0.5).tolist() == list(range(9))
    few = apply_rules(chances[:, :4], features, head, levels[:, :4])
    np.testing.assert_array_equal(few[1][:, place], head[:, place])
