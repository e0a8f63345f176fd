"""Invented people for invented folders: names, initials, births, hospital numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

_FIRST = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Felix",
    "Greta",
    "Hugo",
    "Ida",
    "Jonas",
    "Klara",
    "Louis",
    "Marie",
    "Nils",
    "Olga",
    "Paul",
    "Rosa",
    "Simon",
    "Thea",
    "Ulrich",
    "Vera",
    "Walter",
    "Yvonne",
    "Zoe",
    "Amelie",
    "Bruno",
    "Camille",
    "Denis",
    "Elise",
    "Fabien",
]
_LAST = [
    "Schmidt",
    "Meier",
    "Huber",
    "Wagner",
    "Becker",
    "Vogel",
    "Keller",
    "Dubois",
    "Moreau",
    "Laurent",
    "Lefevre",
    "Garnier",
    "Smith",
    "Taylor",
    "Walker",
    "Harris",
    "Cooper",
    "Bennett",
    "Ziegler",
    "Quandt",
    "Nowak",
    "Oberle",
    "Petit",
    "Roux",
    "Ibsen",
    "Jansen",
]


@dataclass
class Person:
    """Somebody who does not exist.

    Attributes
    ----------
    number : int
        Which person of the layout.
    first, last, initials : str
        The name and its first letters.
    sex : str
        ``"F"`` or ``"M"``.
    birth : date
        Day of birth.
    hospital : str
        Number with leading zeros.
    code : str
        Random letters and digits.
    label : str
        What the layout calls the person, if a table can list it.
    age : int
        In years.
    """

    number: int
    first: str
    last: str
    initials: str
    sex: str
    birth: date
    hospital: str
    code: str
    label: str = ""
    age: int = 0


def make_people(rng: np.random.Generator, n: int, *, same: int = 0) -> list[Person]:
    """Invent people with different initials, surnames and first names.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    n : int
        How many, at most 26.
    same : int
        1 gives the last one the first one's initials; 2 gives both one surname; 3 gives them one
        surname and one birth date, as twins have.
    """
    firsts, lasts = rng.permutation(_FIRST), rng.permutation(_LAST)
    letters = [chr(65 + i) for i in range(26)]
    codes = ["".join(rng.choice(letters) + str(rng.integers(2, 10)) for _ in range(2))
             for _ in range(n)]  # fmt: skip
    while len(set(codes)) < n:  # nobody could tell two people with one code apart
        codes = [f"{rng.choice(letters)}{rng.integers(2, 10)}{code[2:]}" for code in codes]
    people: list[Person] = []
    used: set[str] = set()
    for at in range(n):
        first, last = str(firsts[at % len(firsts)]), str(lasts[at % len(lasts)])
        initials = first[0] + last[0]
        while initials in used:
            initials = initials[0] + str(rng.choice(letters))
        used.add(initials)
        birth = date(1940, 1, 1) + timedelta(days=int(rng.integers(0, 22_000)))
        people.append(
            Person(at, first, last, initials, str(rng.choice(["F", "M"])), birth,
                   f"{rng.integers(10_000, 9_999_999):08d}", f"{codes[at]}", age=2019 - birth.year)
        )  # fmt: skip
    if same:
        _liken(people[0], people[-1], same)
    return people


def _liken(one: Person, other: Person, same: int) -> None:
    """Make two people easy to take for one."""
    if same == 1:
        other.initials = one.initials
    else:
        other.last = one.last
    if same == 3:
        other.birth = one.birth
