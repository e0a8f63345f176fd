"""Private regressions of one column on others, a line for each person."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.maths import (
    N_LOGISTIC_STEPS,
    Fit,
    LogisticClimb,
    RandomBits,
    add_privately,
    fit_linear,
    fold_products,
    logistic_gradients,
)

from ._private_answers import Forecast, PrivateAnswer, Rows, make_noise
from ._private_columns import read_numbers, require_range, share_rows
from ._risk_columns import is_missing

_PRODUCTS_SHARE = 0.25
"""Share of the loss that goes into the products of the features; the gradients get the rest."""


@dataclass(frozen=True, slots=True)
class BoundedColumn:
    """A column of numbers with public bounds.

    Attributes
    ----------
    name : str
        Its name; a person with several rows counts by their mean.
    low, high : float
        Values outside count as the nearer one.
    """

    name: str
    low: float
    high: float

    def __post_init__(self) -> None:
        require_range(self.low, self.high)

    def read(self, rows: Rows) -> NDArray[np.float64]:
        """Return one number for each person between -1 and 1, or not a number."""
        values = np.clip(read_numbers(rows, self.name), self.low, self.high)
        return np.asarray((values - self.middle) / self.half)

    @property
    def middle(self) -> float:
        """The number that is put at 0."""
        return (self.low + self.high) / 2

    @property
    def half(self) -> float:
        """How much is put at 1."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class LinearQuestion:
    """A linear regression; people who lack one of the columns are left out.

    Attributes
    ----------
    features : tuple of BoundedColumn
        What explains.
    outcome : BoundedColumn
        What is explained.
    """

    features: tuple[BoundedColumn, ...]
    outcome: BoundedColumn
    statistic = "linear"

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on all sums of products together."""
        return (make_noise(rho),)

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how strong the noise is beside what features that fill their bounds give."""
        noise = make_noise(rho).multiplier * (len(self.features) + 2)
        return _foretell(noise, n_people)

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Fit on noisy sums of products."""
        columns = [one.read(data) for one in (*self.features, self.outcome)]
        rows = np.stack([np.ones(len(data)), *columns], axis=1)
        bound = float(rows.shape[1])  # of numbers between -1 and 1, squared and added up
        found = add_privately(fold_products(rows), bound, make_noise(rho).multiplier, bits)
        fit = fit_linear(found.values, found.noise_sd, rows.shape[1] - 1)
        told = _rescale(fit, self.features, self.outcome)
        return _tell(self.statistic, told, self.outcome.name)


@dataclass(frozen=True, slots=True)
class LogisticQuestion:
    """A logistic regression; people who lack one of the columns are left out.

    Attributes
    ----------
    features : tuple of BoundedColumn
        What explains.
    outcome, positive : str
        The column that is explained, and the value of it that counts as 1.
    """

    features: tuple[BoundedColumn, ...]
    outcome: str
    positive: str
    statistic = "logistic"

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on the products of the features, and on the gradient of each step."""
        products = make_noise(rho * _PRODUCTS_SHARE)
        gradients = make_noise(rho * (1 - _PRODUCTS_SHARE), steps=N_LOGISTIC_STEPS)
        return products, gradients

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how strong the noise is beside what features that fill their bounds give."""
        _, gradients = self.mechanisms(rho)
        noise = gradients.multiplier * math.sqrt(len(self.features) + 1)
        return _foretell(noise, n_people)

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Climb along noisy gradients."""
        features = np.stack(
            [np.ones(len(data)), *(one.read(data) for one in self.features)], axis=1
        )
        is_known = ~share_rows(data, self.outcome, [is_missing])[:, 0].astype(bool)
        is_known &= np.isfinite(features).all(axis=1)
        outcomes = share_rows(data, self.outcome, [lambda text: text == self.positive])[:, 0]
        features = np.where(is_known[:, None], features, 0.0)  # blank: adds nothing anywhere
        products, gradients = self.mechanisms(rho)
        width = features.shape[1]
        found = add_privately(fold_products(features), float(width), products.multiplier, bits)
        climb = LogisticClimb(found.values, found.noise_sd, width)
        for _ in range(N_LOGISTIC_STEPS):
            steps = logistic_gradients(features, outcomes, climb.weights)
            added = add_privately(steps, math.sqrt(width), gradients.multiplier, bits)
            climb.climb(added.values, added.noise_sd)
        told = _rescale(climb.fit(), self.features, None)
        return _tell(self.statistic, told, f"{self.outcome} = {self.positive}")


def _foretell(noise: float, n_people: int) -> Forecast:
    ratio = noise / (max(n_people, 1) / 12)
    return Forecast(
        f"The noise is {ratio:.2g} times what {n_people} people give who fill the bounds evenly; "
        "tighter bounds make it smaller.",
        {"noise_ratio": ratio},
        ratio / 0.5,
    )


def _rescale(
    fit: Fit, features: tuple[BoundedColumn, ...], outcome: BoundedColumn | None
) -> list[dict[str, float | str]]:
    """Return the coefficients in the units of the columns, with their errors."""
    scale = outcome.half if outcome else 1.0
    halves = np.array([1.0, *(one.half for one in features)])
    middles = np.array([0.0, *(one.middle for one in features)])
    slopes = fit.coefficients * scale / halves
    slopes[0] += (outcome.middle if outcome else 0.0) - slopes[1:] @ middles[1:]
    errors, noise = (by * scale / halves for by in (fit.standard_errors, fit.noise_errors))
    # Of the intercept: what the slopes do not know moves it by as much as the middles are large.
    errors[0], noise[0] = (
        float(np.hypot(by[0], np.linalg.norm(by[1:] * middles[1:]))) for by in (errors, noise)
    )
    names = ["intercept", *(one.name for one in features)]
    return [
        {"name": name, "value": float(value), "standard_error": float(se), "noise_sd": float(sd)}
        for name, value, se, sd in zip(names, slopes, errors, noise, strict=True)
    ]


def _tell(statistic: str, told: list[dict[str, float | str]], outcome: str) -> PrivateAnswer:
    said = ", ".join(
        f"{one['name']} {one['value']:.3g} (± {one['standard_error']:.2g})" for one in told
    )
    return PrivateAnswer(
        statistic,
        {"outcome": outcome, "coefficients": told},
        f"Coefficients with their standard errors, noise included: {said}.",
    )
