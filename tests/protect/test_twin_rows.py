"""Rows of people hold what their data hold, and depend on no other person."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from fascicle.errors import InputError
from fascicle.protect import make_matrix_rows, make_series_rows, make_table_rows, make_volume_rows

KINDS = {"age": "whole", "sex": "category", "score": "number"}


def test_words_have_one_number_in_all_tables_and_gaps_are_gaps():
    real = [
        {"age": "31", "sex": "M", "score": "1,5"},
        {"age": "n/a", "sex": "", "score": 2.5},
    ]
    twin = [{"age": 40, "sex": "F", "score": None}, {"age": "old", "sex": " M", "score": "2"}]

    (first, second), columns = make_table_rows([real, twin], KINDS, {"score", "height"})

    np.testing.assert_array_equal(first, [[31, 1, 1.5], [np.nan, np.nan, 2.5]])
    np.testing.assert_array_equal(second, [[40, 0, np.nan], [np.nan, 1, 2]])
    assert columns.is_word == (False, True, False)
    assert columns.secrets == ("score",)


def test_columns_that_are_not_asked_for_are_left_out_and_a_table_may_be_empty():
    rows, columns = make_table_rows([[{"age": "31", "name": "A B"}], []], {"age": "whole"})

    assert [table.shape for table in rows] == [(1, 1), (0, 1)]
    assert columns.names == ("age",)


def test_the_distance_of_matrices_is_that_of_frobenius():
    rng = np.random.default_rng(0)
    both = np.array([np.corrcoef(rng.normal(size=(7, 40))) for _ in range(2)])

    rows = make_matrix_rows(both)

    assert np.linalg.norm(rows[0] - rows[1]) == pytest.approx(np.linalg.norm(both[0] - both[1]))


def test_series_are_bands_of_power_and_correlations_that_weigh_alike():
    rng = np.random.default_rng(1)
    series = rng.normal(size=(2001, 5)) @ rng.normal(size=(5, 5))

    (row,) = make_series_rows([series], 100.0)

    pairs = np.corrcoef(series.T)[np.triu_indices(5, 1)]
    assert row[-10:] * 10**0.5 == pytest.approx(pairs)
    freqs, density = welch(series.T, 100.0, nperseg=200, noverlap=100, detrend="constant")
    bands = row[:-10].reshape(5, -1) * (row.size - 10) ** 0.5
    assert bands[:, -1] == pytest.approx(
        np.log10(density[:, freqs >= freqs[1] * 100 ** (23 / 24)].mean(axis=1)), abs=1e-6
    )


def test_a_person_who_is_stronger_and_one_who_is_louder_elsewhere_are_told_apart():
    rng = np.random.default_rng(2)
    series = rng.normal(size=(400, 3))

    rows = make_series_rows([series, 2 * series, series[::-1]], 0.5)

    assert np.linalg.norm(rows[0] - rows[1]) == pytest.approx(np.log10(4), rel=1e-6)
    assert np.linalg.norm(rows[0] - rows[2]) < 0.2


def test_silent_channels_are_finite():
    series = np.random.default_rng(3).normal(size=(400, 3))
    series[:, 1] = 0.0

    assert np.isfinite(make_series_rows([series], 2.0)).all()


def test_series_of_other_channels_or_too_short_are_refused():
    rng = np.random.default_rng(4)

    with pytest.raises(InputError, match="FSC143"):
        make_series_rows([rng.normal(size=(400, 3)), rng.normal(size=(400, 4))], 2.0)
    with pytest.raises(InputError, match="FSC143"):
        make_series_rows([rng.normal(size=(31, 3))], 2.0)


def test_volumes_are_means_of_blocks_that_hold_every_voxel_once():
    rng = np.random.default_rng(5)
    volume = rng.normal(size=(50, 24, 7))

    (row,) = make_volume_rows([volume])

    blocks = row.reshape(24, 24, 7)
    starts = [at * 50 // 24 for at in range(24)]
    assert blocks[0, 3, 5] == pytest.approx(volume[: starts[1], 3, 5].mean())
    assert blocks[23, 0, 6] == pytest.approx(volume[starts[23] :, 0, 6].mean())
    widths = np.diff([*starts, 50])
    assert (blocks * widths[:, None, None]).sum() == pytest.approx(volume.sum())


def test_small_volumes_stay_as_they_are_and_other_sizes_are_refused():
    volume = np.random.default_rng(6).normal(size=(5, 3, 7))

    assert make_volume_rows([volume])[0] == pytest.approx(volume.ravel())
    with pytest.raises(InputError, match="FSC143"):
        make_volume_rows([volume, volume[:4]])
