"""What turns people's data into vectors and back, and what every kind of data asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.errors import InputError

MIN_PEOPLE = 4
"""Fewer have no spread that is not one person's own."""


class Codec(Protocol):
    """A way from data of one kind to vectors and back, fitted on the people trained on alone.

    Attributes
    ----------
    n_features : int
        Length of a vector.
    mechanisms : tuple of Mechanism
        What fitting it cost in privacy; empty where it looked at the people without noise.
    """

    @property
    def n_features(self) -> int:
        """Length of a vector."""
        ...

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """What fitting it cost in privacy."""
        ...

    def encode(self, people: Sequence[Any]) -> NDArray[np.float64]:
        """Return one vector for each person, shape (n_people, n_features), of unit scale."""
        ...

    def decode(self, vectors: NDArray[np.float64], rng: np.random.Generator) -> list[Any]:
        """Return data of the codec's kind, one for each row."""
        ...


def stack_people(people: Sequence[Any] | NDArray[np.float64], n_axes: int) -> NDArray[np.float64]:
    """Return arrays of one shape as one array, people first.

    Raises
    ------
    InputError
        FSC140 if they have other axes or different shapes; FSC141 if a number is not finite.
    """
    arrays = [np.asarray(person, dtype=np.float64) for person in people]
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1 or len(next(iter(shapes))) != n_axes or 0 in next(iter(shapes)):
        raise no_fit(f"Expected arrays of {n_axes} axes and one shape, got {_list_shapes(shapes)}.")
    stacked = np.stack(arrays)
    require_finite(stacked)
    return stacked


def require_enough(n_people: int) -> None:
    """Refuse to learn from too few people (FSC140)."""
    if n_people < MIN_PEOPLE:
        raise no_fit(f"Expected {MIN_PEOPLE} people or more to learn from, got {n_people}.")


def require_finite(values: NDArray[np.float64]) -> None:
    """Refuse numbers that are not finite (FSC141)."""
    if not np.isfinite(values).all():
        raise not_usable("Expected finite numbers, got some that are missing or infinite.")


def require_vectors(vectors: NDArray[np.float64], n_features: int) -> NDArray[np.float64]:
    """Return vectors as floats; refuse those of another length (FSC140)."""
    found = np.asarray(vectors, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != n_features:
        raise no_fit(f"Expected vectors of {n_features} numbers, got shape {found.shape}.")
    require_finite(found)
    return found


def no_fit(problem: str) -> InputError:
    """Say that people's data do not fit together, or into what was fitted."""
    return InputError(
        "FSC140",
        problem,
        "Give data of one kind and shape for each person, at least "
        f"{MIN_PEOPLE} people to learn from, and encode only what a codec was fitted on.",
    )


def not_usable(problem: str) -> InputError:
    """Say that values cannot be learnt from."""
    return InputError(
        "FSC141",
        problem,
        "Leave out the people, channels or columns whose values are not usable.",
    )


def not_settable(problem: str) -> InputError:
    """Say that a setting cannot be followed."""
    return InputError(
        "FSC142", problem, "Leave a setting out to have it chosen by the number of people."
    )


def _list_shapes(shapes: set[tuple[int, ...]]) -> str:
    several = sorted(str(shape) for shape in shapes)
    return ", ".join(several[:3]) + (" and others" if len(several) > 3 else "") or "none"
