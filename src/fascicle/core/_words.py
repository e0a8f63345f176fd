"""Numbers with their nouns, as a reader says them."""

from __future__ import annotations

import math


def say_count(n: int, one: str, many: str = "") -> str:
    """Write a number with its noun.

    Parameters
    ----------
    n : int
        How many.
    one : str
        The noun for one.
    many : str
        The noun for none or several, where it is not `one` with an s.

    Returns
    -------
    str
        With commas between thousands.

    Examples
    --------
    >>> say_count(1, "recording"), say_count(1200, "person", "people")
    ('1 recording', '1,200 people')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def say_at_least(value: float) -> str:
    """Write what is left of something in three figures, never more than there is.

    Parameters
    ----------
    value : float
        Zero or above, in any unit.

    Returns
    -------
    str
        Rounded down, so that whoever asks for as much gets it.

    Examples
    --------
    >>> say_at_least(2.776), say_at_least(3.0), say_at_least(0.0)
    ('2.77', '3', '0')
    """
    if value <= 0:
        return "0"
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    # A hair upwards: 0.57 / 0.01 is 56.99999999999999.
    return f"{math.floor(value / step + 1e-9) * step:.3g}"
