"""Generators of synthetic people: vectors of real ones in, vectors of others out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism

from ._twin_codecs import require_enough, require_vectors
from ._twin_models_gaussian import fit_gaussian
from ._twin_settings import TwinSettings


class Generator(Protocol):
    """What was learnt from people, and makes others."""

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """What training cost in privacy; empty where it was not private."""
        ...

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new vectors, of the classes told, or drawn as often as they were seen."""
        ...

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return the generator's own loss of each row: lower where it knows the person better."""
        ...


def fit_generator(
    vectors: NDArray[np.float64],
    labels: NDArray[np.generic] | None = None,
    settings: TwinSettings | None = None,
) -> Generator:
    """Train a generator of people like those given.

    Parameters
    ----------
    vectors : ndarray of float64, shape (n_people, n_features)
        What a codec made of the people, of unit scale.
    labels : ndarray or None, shape (n_people,)
        Class of each person, such as a diagnosis: people of a class can then be asked for.
    settings : TwinSettings or None
        None takes the defaults.

    Returns
    -------
    Generator
        The same for the same people and settings, on one machine.

    Raises
    ------
    InputError
        FSC140 for fewer than four people, vectors without a number, or labels that do not fit;
        FSC141 for numbers that are not finite.
    DependencyError
        FSC805 if a network is asked for and torch is not installed.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = rng.normal(size=(53, 7))
    >>> generator = fit_generator(people, None, TwinSettings("gaussian"))
    >>> generator.sample(11, None, rng).shape, generator.losses(people).shape
    ((11, 7), (53,))
    """
    rows = require_vectors(vectors, np.shape(vectors)[-1])
    require_enough(len(rows))
    return fit_gaussian(rows, labels)
