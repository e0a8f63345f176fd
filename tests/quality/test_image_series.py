"""Measures of a functional series find what was put in."""

from __future__ import annotations

import numpy as np
import pytest
from tests.quality.head_images import epi_affine, make_epi, move, save_image

from fascicle.formats import open_volume_file
from fascicle.maths import framewise_displacement
from fascicle.quality._image_series import Series, iterate_volumes, measure_series, score_slice
from fascicle.quality._volume_measures import measure_volume
from fascicle.quality._volume_pictures import find_turn


def measure(tmp_path, values: np.ndarray, phase_axis: int | None = 1) -> Series | None:
    path = save_image(tmp_path, "sub-01/func/sub-01_bold.nii.gz", values, epi_affine(), 2.0)
    file = open_volume_file(path)
    passed = measure_volume(file, over_time=True)
    turn = find_turn(file.affine)
    assert turn is not None
    return measure_series(file, passed, turn, phase_axis=phase_axis)


def test_a_still_head_does_not_move_and_is_wholly_seen(tmp_path) -> None:
    found = measure(tmp_path, make_epi()[0])

    assert found is not None
    assert np.isnan(found.displacement_mm[0])
    assert np.nanmax(found.displacement_mm) < 0.05
    assert np.nanmean(found.dvars.standard) == pytest.approx(1.05, abs=0.1)
    assert found.measures["tsnr"] == pytest.approx(800 / 4, rel=0.15)
    assert found.measures["cut_top"] == 0
    assert found.measures["cut_bottom"] == 0
    assert found.measures["brain_ml"] == pytest.approx(4 / 3 * np.pi * 62 * 75 * 58 / 1000, rel=0.1)
    assert abs(found.measures["gsr"]) < 0.01
    assert not found.spikes.any()
    assert (found.n_settling, found.is_lost.any()) == (0, False)


def test_known_movement_is_recovered(tmp_path) -> None:
    values, clean = make_epi(9)
    truth = np.cumsum(np.random.default_rng(5).normal(0, [0.15] * 3 + [0.003] * 3, (9, 6)), axis=0)
    truth[6:, 1] += 2
    for t in range(9):
        values[..., t] = np.abs(move(clean, truth[t], epi_affine())) + values[..., t] - clean

    found = measure(tmp_path, values)

    assert found is not None
    error_mm = (found.displacement_mm - framewise_displacement(truth))[1:]
    assert np.abs(error_mm).max() < 0.1
    assert int(np.nanargmax(found.displacement_mm)) == 6
    assert found.measures["fd_mean"] == pytest.approx(
        np.nanmean(framewise_displacement(truth)), rel=0.1
    )


def test_a_slice_that_flares_up_is_found_where_it_is(tmp_path) -> None:
    values = make_epi()[0]
    values[:, :, 14, 9] *= 1.3

    found = measure(tmp_path, values)

    assert found is not None
    assert np.argwhere(found.spikes).tolist() == [[14, 9]]
    assert int(np.argmax(found.spike_z)) == 9


def test_lost_volumes_have_no_place_and_spoil_no_measure(tmp_path) -> None:
    values = make_epi()[0]
    values[..., 7] = 0

    found, clean = measure(tmp_path, values), measure(tmp_path, make_epi()[0])

    assert found is not None
    assert clean is not None
    assert np.flatnonzero(found.is_lost).tolist() == [7]
    assert np.isnan(found.displacement_mm[[7, 8]]).all()
    assert found.measures["n_lost"] == 1
    assert found.measures["dvars_std"] == pytest.approx(clean.measures["dvars_std"], rel=0.05)
    assert not found.spikes[:, 7].any()


def test_bright_volumes_at_the_start_are_counted(tmp_path) -> None:
    values = make_epi(24)[0]
    values[..., 0] *= 1.6
    values[..., 1] *= 1.15

    found = measure(tmp_path, values)

    assert found is not None
    assert found.n_settling == 2
    assert np.nanmax(found.displacement_mm) < 0.1


@pytest.mark.parametrize(("axis", "name"), [(0, "gsr_x"), (1, "gsr_y")])
def test_a_ghost_is_told_on_its_axis(tmp_path, axis: int, name: str) -> None:
    values = make_epi()[0]

    found = measure(tmp_path, values + 0.06 * np.roll(values, values.shape[axis] // 2, axis), axis)

    assert found is not None
    assert found.measures[name] == pytest.approx(0.06, abs=0.02)
    assert found.measures["gsr"] == found.measures[name]


def test_a_cut_off_brain_is_told(tmp_path) -> None:
    found = measure(tmp_path, make_epi()[0][:, :, :21])

    assert found is not None
    assert found.measures["cut_top"] > 0.5


def test_an_even_image_shows_no_brain(tmp_path) -> None:
    assert measure(tmp_path, np.full((19, 21, 17, 6), 5.0)) is None


def test_volumes_come_whole_whatever_the_slabs(tmp_path, monkeypatch) -> None:
    values = make_epi(3)[0]
    values[4, 5, 6, 1] = np.nan
    path = save_image(tmp_path, "sub-01/func/sub-01_bold.nii.gz", values, epi_affine(), 2.0)
    monkeypatch.setattr("fascicle.formats._volume_reader._SLAB_BYTES", 40_000)

    found = list(iterate_volumes(open_volume_file(path)))

    np.testing.assert_array_equal(np.stack(found, axis=3), np.nan_to_num(values.astype(np.float32)))


def test_a_drifting_slice_does_not_spike_and_a_silent_one_may() -> None:
    drift = np.linspace(900, 1300, 61)
    silent = np.zeros(31)
    silent[9] = 5

    assert (score_slice(drift) == 0).all()
    assert (score_slice(np.zeros(31)) == 0).all()
    assert np.flatnonzero(score_slice(silent) > 8).tolist() == [9]
