"""Columns of numbers that tell of somebody: numbers of patients, days, places, clocks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LONG: Final = 10**5
_EPOCHS_S: Final = (946_684_800.0, 4_102_444_800.0)
"""The years 2000 to 2099, in seconds since 1970."""
_CLOCKS: Final = (1.0, 1e3, 1e6, 1e9)


def tells_of_somebody(values: NDArray[Any]) -> bool:
    """Tell whether a column of a table, whose name nobody knows, may identify a person.

    Parameters
    ----------
    values : ndarray
        Numbers, one for each row.

    Returns
    -------
    bool
        True for one long whole number or one place in all rows, for days written as a number, and
        for moments of a computer's clock.

    Examples
    --------
    >>> tells_of_somebody(np.full(3, 8831777421)), tells_of_somebody(np.array([19510502, 20190301]))
    (True, True)
    >>> tells_of_somebody(np.array([0.31, 0.42, 0.35])), tells_of_somebody(np.array([120000, 7, 9]))
    (False, False)
    """
    if values.dtype.kind not in "iuf" or not values.size:
        return False
    known = values[np.isfinite(values)].astype(np.float64)
    if not known.size:
        return False
    if (known == np.round(known)).all():
        if known.min() == known.max() and abs(known[0]) >= _LONG:
            return True
        if _are_days(known):
            return True
    elif known.min() == known.max() and round(float(known[0]), 3) != known[0]:
        return True  # a place on earth, a weight to the gram: nothing that a trial differs by
    first, last = _EPOCHS_S
    return any(first * clock <= known.min() and known.max() <= last * clock for clock in _CLOCKS)


def _are_days(numbers: NDArray[np.float64]) -> bool:
    """Tell whether whole numbers are days as in 20190331, or as in 31032019."""
    if numbers.min() < 1_01_1870 or numbers.max() > 31_12_2099:
        return False
    forms = (
        (numbers // 10_000, numbers // 100 % 100, numbers % 100),
        (numbers % 10_000, numbers // 10_000 % 100, numbers // 1_000_000),
    )
    return any(
        bool(((year >= 1870) & (year < 2100) & (month >= 1) & (month <= 12)).all())
        and bool(((day >= 1) & (day <= 31)).all())
        for year, month, day in forms
    )
