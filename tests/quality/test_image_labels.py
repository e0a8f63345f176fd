"""Labels of a series say where, how sure, and what was measured there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fascicle.maths import Dvars
from fascicle.quality._image_labels import label_series, motion_confidence
from fascicle.quality._image_series import Series


def make_series(n: int = 21, n_settling: int = 0) -> Series:
    nothing = np.zeros(n)
    return Series(
        measures={}, brain=np.ones((2, 2, 2), bool), motion=np.zeros((n, 6)),
        displacement_mm=np.concatenate([[np.nan], np.full(n - 1, 0.1)]),
        dvars=Dvars(nothing, nothing, nothing), outliers=nothing.copy(), distances=nothing,
        spikes=np.zeros((5, n), bool), spike_z=nothing.copy(), is_lost=np.zeros(n, bool),
        n_settling=n_settling,
    )  # fmt: skip


def test_a_steady_series_has_no_labels() -> None:
    assert label_series(make_series(), 2.0) == ()


def test_neighbouring_volumes_with_movement_are_one_label() -> None:
    series = make_series()
    series.displacement_mm[[5, 6, 7, 12]] = [0.8, 1.7, 0.6, 0.5001]

    first, second = label_series(series, 1.5)

    assert (first.kind, first.onset_s, first.duration_s) == ("motion", 7.5, 4.5)
    assert first.evidence == {"fd_mm": 1.7, "n_volumes": 3.0}
    assert first.confidence == pytest.approx(1)
    assert (second.onset_s, second.duration_s) == (18, 1.5)
    assert second.confidence == pytest.approx(0.5, abs=0.01)


def test_spikes_lost_and_unsteady_volumes_are_labelled_in_order() -> None:
    series = make_series(n_settling=3)
    series.spikes[2, 9] = True
    series.spike_z[9] = np.inf
    series.is_lost[20] = True

    labels = label_series(series, 2.0)

    assert [(label.kind, label.onset_s) for label in labels] == [
        ("settling", 0.0), ("spike", 18.0), ("lost", 40.0),
    ]  # fmt: skip
    assert labels[0].duration_s == 6
    assert labels[1].evidence == {"n_volumes": 1.0}


@pytest.mark.parametrize(
    ("moves", "expected"),
    [([8, 9], False), ([8, 10], False), ([7, 9], False), ([8], True), ([9], True), ([6, 11], True)],
)
def test_a_slice_that_changes_while_the_head_goes_and_comes_is_no_spike(moves, expected) -> None:
    series = make_series()
    series.displacement_mm[moves] = 2.0
    series.spikes[2, 8] = True

    labels = label_series(series, 1.0)

    assert ("spike" in {label.kind for label in labels}) is expected


def test_confidence_rises_with_movement() -> None:
    confidence = [motion_confidence(fd_mm) for fd_mm in np.linspace(0, 2, 41)]

    assert all(0 <= one <= other <= 1 for one, other in itertools.pairwise(confidence))
