"""Private figures of one column: how many, the mean, a histogram, quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Mechanism
from fascicle.errors import InputError
from fascicle.maths import (
    N_RANKS,
    RANKS_BOUND,
    RandomBits,
    add_privately,
    rank_contributions,
    read_ranks,
)

from ._private_answers import Forecast, PrivateAnswer, Rows, make_noise
from ._risk_columns import is_missing, read_number

_FARTHEST = 1e100
_SIDE_WEIGHT = 0.5
"""A person adds a value between -1 and 1 to a mean, this much to how many have one, and at most
this much to the sum of squares."""


def read_numbers(rows: Rows, column: str) -> NDArray[np.float64]:
    """Return one number for each person, the mean over the person's rows; not a number if none."""
    return np.array([
        np.mean(known) if (known := [n for row in mine if math.isfinite(n := _number(row[column]))])
        else np.nan
        for mine in rows.values()
    ])  # fmt: skip


def _number(text: str) -> float:
    number = None if is_missing(text) else read_number(text)
    return math.nan if number is None else number


def share_rows(
    rows: Rows, column: str, tests: Sequence[Callable[[str], bool]]
) -> NDArray[np.float64]:
    """Return the share of each person's rows that pass each test, shape (n_people, n_tests)."""
    return np.array([
        [sum(test(row[column]) for row in mine) / max(len(mine), 1) for test in tests]
        for mine in rows.values()
    ]).reshape(len(rows), len(tests))


def require_range(low: float, high: float) -> None:
    """Refuse bounds that are none.

    Raises
    ------
    InputError
        FSC174 if they are beyond 1e100, or the lower is not below the upper one.
    """
    # NaN is below nothing; a range without end leaves no numbers for its middle and its squares.
    if not -_FARTHEST <= low < high <= _FARTHEST:
        raise InputError(
            "FSC174",
            "Expected bounds with the lower below the upper one, got others.",
            "State bounds that are known without the data, for example --bounds 18 90 for an age.",
        )


@dataclass(frozen=True, slots=True)
class CountQuestion:
    """How many people have a value in a column.

    Attributes
    ----------
    column, value : str
        Which; a person with several rows counts by the share of them.
    """

    column: str
    value: str
    statistic = "count"

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on one count."""
        return (make_noise(rho),)

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how far the count may be off."""
        half = 1.96 * make_noise(rho).multiplier
        return Forecast(
            f"The count will be within {half:.3g} of the truth, 19 times of 20 "
            f"(of {n_people} people).",
            {"half_width_people": half},
            half / max(n_people / 2, 1),
        )

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Count, with noise."""
        shares = share_rows(data, self.column, [lambda text: text == self.value])
        found = add_privately(shares, 1.0, make_noise(rho).multiplier, bits)
        n_found = float(np.clip(found.values[0], 0, len(data)))
        half = 1.96 * found.noise_sd
        return PrivateAnswer(
            self.statistic,
            {
                "column": self.column,
                "value": self.value,
                "count": n_found,
                "noise_sd": found.noise_sd,
                "interval_95": [max(n_found - half, 0.0), min(n_found + half, float(len(data)))],
            },
            f"About {n_found:.0f} people have this value, give or take {half:.3g}.",
        )


@dataclass(frozen=True, slots=True)
class MeanQuestion:
    """The mean of a column over people.

    Attributes
    ----------
    column : str
        Which; a person with several rows counts by their mean.
    low, high : float
        Public bounds; values outside count as the nearer one.
    """

    column: str
    low: float
    high: float
    statistic = "mean"

    def __post_init__(self) -> None:
        require_range(self.low, self.high)

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on a sum, how many are in it, and the sum of squares."""
        return (make_noise(rho),)

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how far the mean may be off."""
        half = 1.96 * self._bound() * make_noise(rho).multiplier * self._scale() / max(n_people, 1)
        return Forecast(
            f"Noise moves the mean by less than {half:.3g}, 19 times of 20, if all {n_people} "
            "people have a value and the mean lies in the middle of the bounds (near one of them "
            f"twice as far); they are {self.high - self.low:.3g} apart.",
            {"half_width": half},
            half / ((self.high - self.low) / 8),
        )

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Take the mean of those who have a value, with noise on all parts."""
        values = np.clip(read_numbers(data, self.column), self.low, self.high)
        placed = (values - self._centre()) / self._scale()
        parts = np.stack(
            [placed, np.full(len(placed), _SIDE_WEIGHT), _SIDE_WEIGHT * placed**2], axis=1
        )
        found = add_privately(parts, self._bound(), make_noise(rho).multiplier, bits)
        total, counted, squares = (float(one) for one in found.values)
        n_with = float(np.clip(counted / _SIDE_WEIGHT, 1.0, max(len(data), 1)))
        place = float(np.clip(total / n_with, -1.0, 1.0))
        # Of a ratio: the noise of the count weighs as much as the mean lies off the middle.
        noise = found.noise_sd / n_with * math.hypot(1.0, place / _SIDE_WEIGHT) * self._scale()
        spread = max(squares / _SIDE_WEIGHT / n_with - place**2, 0.0)
        sd = math.sqrt(min(spread, 1.0)) * self._scale()
        return self._tell(self._centre() + place * self._scale(), noise, sd, n_with)

    def _tell(self, mean: float, noise: float, sd: float, n_with: float) -> PrivateAnswer:
        """Put figures and errors into words."""
        sampling = sd / math.sqrt(n_with)
        half = 1.96 * math.hypot(noise, sampling)
        return PrivateAnswer(
            self.statistic,
            {
                "column": self.column,
                "bounds": [self.low, self.high],
                "mean": mean,
                "sd": sd,
                "n_with_value": n_with,
                "noise_sd": noise,
                "sampling_sd": sampling,
                "interval_95": [max(mean - half, self.low), min(mean + half, self.high)],
            },
            f"The mean is {mean:.4g}, give or take {half:.3g}, 19 times of 20: {1.96 * noise:.3g} "
            f"by the noise, {1.96 * sampling:.3g} by who took part. The standard deviation over "
            f"people is about {sd:.3g}.",
        )

    def _centre(self) -> float:
        return (self.low + self.high) / 2

    def _scale(self) -> float:
        return (self.high - self.low) / 2

    @staticmethod
    def _bound() -> float:
        return math.sqrt(1 + 2 * _SIDE_WEIGHT**2)


@dataclass(frozen=True, slots=True)
class HistogramQuestion:
    """How many people have each value, or lie in each bin.

    Attributes
    ----------
    column : str
        Which; a person with several rows counts in shares.
    values : tuple of str
        Public values; empty where bins are asked for. What is not listed is not counted.
    edges : tuple of float
        Public edges of bins; the last bin holds its upper edge.
    """

    column: str
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    statistic = "histogram"

    def __post_init__(self) -> None:
        is_rising = all(low < high for low, high in pairwise(self.edges))
        is_repeated = len(set(self.values)) < len(self.values)
        is_open = not all(map(math.isfinite, self.edges))
        if not is_rising or is_open or is_repeated or bool(self.values) == (len(self.edges) > 1):
            raise InputError(
                "FSC175",
                "Expected a list of different values, or rising edges of bins; got both, neither, "
                "a value twice, or edges that do not rise or have no end.",
                "Name the values (--values F,M) or the edges (--edges 0,20,40,60); both must be "
                "known without the data.",
            )

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on all counts; a person is in one of them only."""
        return (make_noise(rho),)

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how far each count may be off."""
        half = 1.96 * make_noise(rho).multiplier
        n_bins = len(self._labels())
        return Forecast(
            f"Each of {n_bins} counts will be within {half:.3g} of the truth, 19 times of 20; "
            f"they hold {n_people / n_bins:.3g} people each, on average.",
            {"half_width_people": half},
            half / max(n_people / n_bins, 1e-9),
        )

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Count, with noise in each bin."""
        shares = share_rows(data, self.column, self._tests())
        found = add_privately(shares, 1.0, make_noise(rho).multiplier, bits)
        counts = np.clip(found.values, 0.0, len(data))
        half = 1.96 * found.noise_sd
        return PrivateAnswer(
            self.statistic,
            {
                "column": self.column,
                "bins": self._labels(),
                "counts": [float(count) for count in counts],
                "noise_sd": found.noise_sd,
            },
            f"Each count is within {half:.3g} of the truth, 19 times of 20.",
        )

    def _labels(self) -> list[str]:
        if self.values:
            return list(self.values)
        return [f"{low:g} to {high:g}" for low, high in pairwise(self.edges)]

    def _tests(self) -> list[Callable[[str], bool]]:
        if self.values:
            return [lambda text, value=value: text == value for value in self.values]  # type: ignore[misc]  # a default binds the value
        last = self.edges[-1]

        def is_in(text: str, low: float, high: float) -> bool:
            number = _number(text)
            return low <= number < high or number == high == last

        return [
            lambda text, low=low, high=high: is_in(text, low, high)  # type: ignore[misc]  # as above
            for low, high in pairwise(self.edges)
        ]


@dataclass(frozen=True, slots=True)
class QuantileQuestion:
    """Quantiles of a column over people.

    Attributes
    ----------
    column : str
        Which; a person with several rows counts by their mean.
    low, high : float
        Public bounds; answers lie on a 256th of the way between them.
    shares : tuple of float
        Which quantiles, each above 0 and below 1; all of them cost as much as one.
    """

    column: str
    low: float
    high: float
    shares: tuple[float, ...] = (0.25, 0.5, 0.75)
    statistic = "quantile"

    def __post_init__(self) -> None:
        require_range(self.low, self.high)
        if not self.shares or not all(0 < share < 1 for share in self.shares):
            raise InputError(
                "FSC176",
                "Expected shares above 0 and below 1, got others.",
                "Ask for 0.5 for the median, 0.25 and 0.75 for the quartiles.",
            )

    def mechanisms(self, rho: float) -> tuple[Mechanism, ...]:
        """Return the noise on two histograms, one inside the other."""
        return (make_noise(rho),)

    def foretell(self, n_people: int, rho: float) -> Forecast:
        """Say how many people a quantile may be off."""
        noise = make_noise(rho).multiplier * RANKS_BOUND
        half = 1.96 * read_ranks(np.zeros(N_RANKS), noise, self.low, self.high).noise_sd
        return Forecast(
            f"Each quantile will be off by fewer than {half:.3g} of {n_people} people in rank, 19 "
            f"times of 20, and by a 256th of the range.",
            {"half_width_people": half},
            half / max(n_people / 4, 1),
        )

    def answer(self, data: Rows, rho: float, bits: RandomBits) -> PrivateAnswer:
        """Read quantiles off noisy ranks."""
        rows = rank_contributions(read_numbers(data, self.column), self.low, self.high)
        found = add_privately(rows, RANKS_BOUND, make_noise(rho).multiplier, bits)
        ranks = read_ranks(found.values, found.noise_sd, self.low, self.high)
        told = [
            {"share": share, "value": ranks.quantile(share), "interval_95": ranks.interval(share)}
            for share in self.shares
        ]
        said = ", ".join(f"{one['value']:.4g} at {one['share']:g}" for one in told)
        return PrivateAnswer(
            self.statistic,
            {
                "column": self.column,
                "bounds": [self.low, self.high],
                "quantiles": told,
                "noise_sd_people": ranks.noise_sd,
            },
            f"Quantiles: {said}. The intervals hold the noise and who took part.",
        )
