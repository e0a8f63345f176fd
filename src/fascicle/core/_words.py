"""Numbers with their nouns, as a reader says them."""

from __future__ import annotations


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
