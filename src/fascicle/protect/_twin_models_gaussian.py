"""A Gaussian for each class of people, shrunk so far that it knows nobody in particular."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism

from ._twin_codecs import no_fit, require_vectors

_CLASS_WEIGHT = 5.0
"""The mean of a class is drawn to the mean of all as if so many people of all were in it."""
_STILL = 1e-6
"""A feature moves at least so much, as a share of the one that moves most."""
_PEOPLE_PER_NUMBER = 4.0
"""So many people speak for each correlation that is believed."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of people, in order, and how many of the people trained on are in each.

    Attributes
    ----------
    names : tuple
        Sorted; one name, None, where no classes were given.
    counts : ndarray of int64, shape (n_classes,)
        People in each.
    """

    names: tuple[object, ...]
    counts: NDArray[np.int64]

    def mark(self, classes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return classes as ones and zeros; no column for a single class."""
        if len(self.names) == 1:
            return np.zeros((len(classes), 0))
        return np.asarray(np.eye(len(self.names))[classes])

    @property
    def n_marks(self) -> int:
        """Columns of `mark`."""
        return len(self.names) if len(self.names) > 1 else 0

    def index(self, labels: NDArray[np.generic] | None, n_people: int) -> NDArray[np.int64]:
        """Return the number of each person's class.

        Raises
        ------
        InputError
            FSC140 if labels are missing, not one for each person, or not known.
        """
        if self.names == (None,):
            return np.zeros(n_people, dtype=np.int64)
        places = {name: place for place, name in enumerate(self.names)}
        known = [] if labels is None else [places.get(name, -1) for name in labels.tolist()]
        if len(known) != n_people or -1 in known:
            raise no_fit(
                "Expected one of the classes that were learnt for each person, got others."
            )
        return np.array(known, dtype=np.int64)

    def draw(
        self, n_people: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Return classes as told, or drawn in the shares of the people trained on."""
        if labels is not None or self.names == (None,):
            return self.index(labels, n_people)
        shares = self.counts / self.counts.sum()
        return np.asarray(rng.choice(len(self.names), n_people, p=shares), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class GaussianGenerator:
    """A Gaussian around the mean of each class, all of one covariance.

    Attributes
    ----------
    classes : Classes
        Whom it knows.
    means : ndarray of float64, shape (n_classes, n_features)
        Of each class.
    root : ndarray of float64, shape (n_features, n_features)
        Lower triangle whose square is the covariance.
    mechanisms : tuple of Mechanism
        What training cost in privacy.
    """

    classes: Classes
    means: NDArray[np.float64] = field(repr=False)
    root: NDArray[np.float64] = field(repr=False)
    mechanisms: tuple[Mechanism, ...] = ()

    def sample(
        self, n: int, labels: NDArray[np.generic] | None, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return n new vectors, shape (n, n_features), of the classes told or drawn."""
        return self.sample_classes(self.classes.draw(n, labels, rng), rng)

    def sample_classes(
        self, classes: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return a new vector for each number of a class."""
        noise = rng.normal(size=(len(classes), self.means.shape[1]))
        return np.asarray(self.means[classes] + noise @ self.root.T)

    def losses(
        self, vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
    ) -> NDArray[np.float64]:
        """Return the negative log density of each row, in nats."""
        from scipy.linalg import solve_triangular

        rows = require_vectors(vectors, self.means.shape[1])
        own = self.means[self.classes.index(labels, len(rows))]
        white = solve_triangular(self.root, (rows - own).T, lower=True)
        log_volume = np.log(np.diag(self.root)).sum()
        constant = self.means.shape[1] / 2 * math.log(2 * math.pi)
        return np.asarray(np.square(white).sum(axis=0) / 2 + log_volume + constant)


def find_classes_of(labels: NDArray[np.generic] | None, n_people: int) -> Classes:
    """Return the classes of people; one for all without labels (FSC140 if they do not fit)."""
    if labels is None:
        return Classes((None,), np.array([n_people], dtype=np.int64))
    if labels.shape != (n_people,):
        raise no_fit(f"Expected a label for each of {n_people} people, got shape {labels.shape}.")
    names, counts = np.unique(labels, return_counts=True)
    return Classes(tuple(names.tolist()), counts.astype(np.int64))


def fit_gaussian(
    vectors: NDArray[np.float64], labels: NDArray[np.generic] | None = None
) -> GaussianGenerator:
    r"""Fit a mean for each class and one covariance, both shrunk.

    .. math:: \hat\mu_c = \bar x + \tfrac{n_c}{n_c + 5} (\bar x_c - \bar x), \quad
              \hat\Sigma = (1 - \lambda) S + \lambda\,\mathrm{diag}(S)

    with :math:`\lambda` the larger of what is best in the mean square [1]_ and what leaves four
    people to each correlation that is believed: more would tell who was trained on.

    Parameters
    ----------
    vectors : ndarray of float64, shape (n_people, n_features)
        One row for each person.
    labels : ndarray or None, shape (n_people,)
        Class of each person.

    Returns
    -------
    GaussianGenerator
        The same for the same people.

    References
    ----------
    .. [1] J. Schäfer & K. Strimmer (2005), A shrinkage approach to large-scale covariance matrix
       estimation, doi:10.2202/1544-6115.1175
    """
    classes = find_classes_of(labels, len(vectors))
    own = classes.index(labels, len(vectors))
    middle = vectors.mean(axis=0)
    means = np.stack([vectors[own == place].mean(axis=0) for place in range(len(classes.names))])
    weights = classes.counts / (classes.counts + (_CLASS_WEIGHT if len(means) > 1 else 0.0))
    means = middle + weights[:, None] * (means - middle)
    root = np.asarray(np.linalg.cholesky(_shrink(vectors - means[own])), dtype=np.float64)
    return GaussianGenerator(classes, means, root)


def _shrink(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of rows, its correlations drawn to zero."""
    n_people, n_features = centred.shape
    deviations = np.sqrt(np.square(centred).mean(axis=0))
    deviations = np.maximum(deviations, _STILL * max(float(deviations.max(initial=0.0)), _STILL))
    white = centred / deviations
    correlations = white.T @ white / n_people
    off = ~np.eye(n_features, dtype=bool)
    squares = np.square(white).T @ np.square(white) / n_people
    noise = (squares - np.square(correlations))[off].sum() / max(n_people - 1, 1)
    signal = np.square(correlations)[off].sum()
    best = min(1.0, noise / signal) if signal > 0 else 1.0
    n_pairs = n_features * (n_features - 1) / 2
    believed = math.sqrt(min(1.0, n_people / _PEOPLE_PER_NUMBER / n_pairs)) if n_pairs else 1.0
    shrunk = np.where(off, correlations * min(1 - best, believed), 1.0)
    return np.asarray(shrunk * np.outer(deviations, deviations))
