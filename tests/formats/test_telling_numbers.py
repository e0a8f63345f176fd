from __future__ import annotations

import numpy as np
import pytest

from fascicle.formats._telling_numbers import tells_of_somebody


@pytest.mark.parametrize(
    "values",
    [
        np.full(7, 8831777421),
        np.full(7, 884120.0),
        np.array([8831777421.0, np.nan]),
        np.full(5, 19510502),
        np.array([19510502, 20190331, 19991231]),
        np.array([2051951, 31032019]),
        np.full(3, 52.5163),
        1583280000.0 + np.arange(9) / 7,
        (1583280000_000_000 + np.arange(9)).astype(np.int64),
    ],
)
def test_numbers_of_patients_days_places_and_clocks_tell_of_somebody(values) -> None:
    assert tells_of_somebody(values)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(23),
        np.full(9, 44),
        np.full(9, 0.5),
        np.linspace(0.2, 0.9, 17),
        np.array([1200, 5, 130001, 7]),
        np.array([True, False]),
        np.array([np.nan, np.nan]),
        np.array([]),
        np.array([20190399, 20190331]),
        np.arange(0, 30_000_000, 999_331),
    ],
)
def test_numbers_of_trials_do_not(values) -> None:
    assert not tells_of_somebody(values)
