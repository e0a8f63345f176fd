"""Places of electrodes by their names."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from fascicle.maths import blink_weights, find_scalp_positions, saccade_weights


@pytest.mark.slow
def test_places_agree_with_a_published_montage() -> None:
    import mne

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measured = mne.channels.make_standard_montage("standard_1005").get_positions()["ch_pos"]
    names = sorted(measured)
    places = find_scalp_positions(names)
    known = np.isfinite(places[:, 0])
    points = np.array([measured[name] for name in names])[known]
    sides = np.hstack([2 * points, np.ones((len(points), 1))])
    centre = np.linalg.lstsq(sides, np.sum(points**2, axis=1), rcond=None)[0][:3]
    away = (points - centre) / np.linalg.norm(points - centre, axis=1, keepdims=True)

    angles = np.degrees(np.arccos(np.clip(np.sum(away * places[known], axis=1), -1, 1)))

    assert known.sum() > 80
    assert np.median(angles) < 16
    assert angles.max() < 30


def test_the_left_mirrors_the_right() -> None:
    left = find_scalp_positions(["Fp1", "AF7", "F5", "FT9", "C3", "TP7", "P1", "PO3", "O1", "A1"])
    right = find_scalp_positions(["Fp2", "AF8", "F6", "FT10", "C4", "TP8", "P2", "PO4", "O2", "A2"])

    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1.0)
    assert (left[:, 0] < 0).all()


@pytest.mark.parametrize(
    "word", ["Fp1", "FP1", "fp1", "Fp1.", "EEG Fp1-REF", "EEG FP1-LE", " Fp1 "]
)
def test_labs_write_one_electrode_in_many_ways(word: str) -> None:
    np.testing.assert_array_equal(find_scalp_positions([word]), find_scalp_positions(["Fp1"]))


def test_old_names_are_the_new_ones() -> None:
    old, new = find_scalp_positions(["T3", "T6"]), find_scalp_positions(["T7", "P8"])

    np.testing.assert_array_equal(old, new)


def test_other_channels_have_no_place() -> None:
    assert np.isnan(find_scalp_positions(["E17", "EOG1", "STATUS", "", "C11", "Fp3x"])).all()


def test_blinks_are_strongest_over_the_eyes_and_glances_have_two_signs() -> None:
    places = find_scalp_positions(["Fp1", "F3", "Cz", "Oz", "F7", "F8", "Q"])

    blink, glance = blink_weights(places), saccade_weights(places)

    assert blink[0] > blink[1] > blink[2] > blink[3] > 0
    assert glance[4] == pytest.approx(-glance[5])
    assert abs(glance[2]) < 1e-12
    assert np.isnan(blink[6])
