"""Training in which no person can be told from a blank: clipped sums under exact noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import RandomBits, add_privately, fold_matrices, unfold_matrix

from ._twin_models_gaussian import Classes, GaussianGenerator
from ._twin_models_networks import Lesson, require_torch
from ._twin_models_updates import Loss, draw_examples

if TYPE_CHECKING:
    from torch import Tensor

_FLOOR = 0.05
"""Least variance of a feature that is believed."""


def shorten(rows: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Return rows that are no longer than a public bound, each by itself."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows * np.minimum(1.0, reach / np.maximum(lengths, 1e-300)))


def describe_moments(
    rows: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int, reach: float
) -> NDArray[np.float64]:
    r"""Return what each person adds to counts, sums and products.

    .. math:: v_i = \big(\tfrac{R}{2} e_c,\; e_c \otimes x_i,\; x_i x_i^\top / R\big), \quad
              \lVert x_i \rVert \le R

    so that no row is longer than :math:`\tfrac32 R`.
    """
    kept = shorten(rows, reach)
    marks = np.eye(n_classes)[classes]
    sums = (marks[:, :, None] * kept[:, None, :]).reshape(len(rows), -1)
    products = kept[:, :, None] * kept[:, None, :] / reach
    folded = fold_matrices(products) if rows.shape[1] > 1 else np.zeros((len(rows), 0))
    squares = np.diagonal(products, axis1=1, axis2=2)
    return np.hstack([marks * reach / 2, sums, folded, squares])


def fit_private_gaussian(
    rows: NDArray[np.float64],
    classes: NDArray[np.int64],
    names: tuple[object, ...],
    mechanism: Mechanism,
    reach: float,
    bits: RandomBits,
) -> GaussianGenerator:
    """Fit a mean for each class and one covariance from sums under noise.

    Rows with a number that is not finite count as blank. How many people there are, and which
    classes, is public.
    """
    n_people, n_features, n_classes = len(rows), rows.shape[1], len(names)
    v = describe_moments(rows, classes, n_classes, reach)
    found = add_privately(v, 1.5 * reach, mechanism.multiplier, bits)
    at = n_classes, n_classes * (1 + n_features), v.shape[1] - n_features
    counts = np.maximum(found.values[: at[0]] * 2 / reach, 1.0)
    sums = found.values[at[0] : at[1]].reshape(n_classes, n_features)
    # A mean that noise could have made is drawn to zero, the middle of the codec's scale.
    means = sums * counts[:, None] / (np.square(counts) + found.noise_sd**2)[:, None]
    products = unfold_matrix(found.values[at[1] : at[2]], n_features) + np.diag(
        found.values[at[2] :]
    )
    second = products * reach / n_people
    between = (means * counts[:, None]).T @ means / n_people
    noise_sd = found.noise_sd * reach / n_people / math.sqrt(2)
    root = np.asarray(np.linalg.cholesky(_mend(second - between, noise_sd)), np.float64)
    known = Classes(names, np.maximum(1, np.round(counts)).astype(np.int64))
    return GaussianGenerator(known, means, root, (mechanism,))


def _mend(covariance: NDArray[np.float64], noise_sd: float) -> NDArray[np.float64]:
    """Return a covariance that can be one, less the correlations that noise alone makes."""
    variances = np.maximum(np.diag(covariance), _FLOOR)
    off = covariance - np.diag(np.diag(covariance))
    signal = float(np.square(off).sum())
    noise = noise_sd**2 * max(off.size - len(off), 1)
    kept = max(0.0, 1 - noise / signal) if signal > 0 else 0.0
    values, vectors = np.linalg.eigh(np.diag(variances) + kept * off)
    return np.asarray((vectors * np.maximum(values, _FLOOR)) @ vectors.T)


class PrivateUpdates:
    """Mean gradients over everybody, each person's clipped, under noise."""

    def __init__(self, lesson: Lesson, mechanism: Mechanism, clip: float, bits: RandomBits) -> None:
        self._lesson, self._mechanism, self._clip, self._bits = lesson, mechanism, clip, bits

    def gradient(
        self, loss: Loss, weights: Sequence[Tensor], n_noise: int, rng: np.random.Generator
    ) -> list[Tensor]:
        """Return the mean gradient, one tensor for each weight."""
        torch = require_torch()
        rows = self.describe(loss, weights, n_noise, rng)
        found = add_privately(rows, self._clip, self._mechanism.multiplier, self._bits)
        flat = torch.from_numpy(found.values / len(rows))
        sizes = [weight.numel() for weight in weights]
        pairs = zip(flat.split(sizes), weights, strict=True)
        return [part.reshape(weight.shape) for part, weight in pairs]

    def describe(
        self, loss: Loss, weights: Sequence[Tensor], n_noise: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return each person's own gradient, not yet clipped, (n_people, n_weights)."""
        torch = require_torch()
        everybody = np.arange(len(self._lesson.rows))
        examples = draw_examples(self._lesson, everybody, n_noise, rng)
        still = tuple(weight.detach() for weight in weights)
        slope = torch.func.grad(loss)
        each = torch.func.vmap(slope, in_dims=(None, 0, 0, 0))(still, *examples)
        rows: NDArray[np.float64] = torch.cat([one.flatten(1) for one in each], 1).numpy()
        return rows
