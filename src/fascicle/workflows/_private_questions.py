"""What a user asks, as options, and the question that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fascicle.errors import InputError
from fascicle.protect import (
    BoundedColumn,
    CountQuestion,
    HistogramQuestion,
    LinearQuestion,
    LogisticQuestion,
    MeanQuestion,
    PrivateQuestion,
    QuantileQuestion,
)

_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class PrivateOptions:
    """What is asked of people's data, and at which loss of privacy.

    Attributes
    ----------
    statistic : str
        ``"count"``, ``"mean"``, ``"histogram"``, ``"quantile"``, ``"linear"``, ``"logistic"`` or
        ``"connectivity"``.
    epsilon, delta : float
        The most that the answer may cost each person.
    columns : tuple of str
        One column; the features of a regression.
    bounds : tuple of tuple of float
        Public bounds of each column of numbers, in order; of the outcome of a linear one last.
    values : tuple of str
        What is counted; the value of a logistic outcome that counts as 1.
    edges : tuple of float
        Edges of the bins of a histogram.
    quantiles : tuple of float
        Which, as shares.
    outcome : str
        Column that a regression explains.
    clip : float or None
        The most that one person's matrix counts, as its Frobenius norm; None has it chosen.
    prior : Path or None
        File of a public mean matrix.
    account : str
        Id of the dataset whose budget pays; empty takes that of the folder.
    accept_noise : bool
        True asks although the answer will be little more than noise.
    """

    statistic: str
    epsilon: float
    delta: float
    columns: tuple[str, ...] = ()
    bounds: tuple[tuple[float, float], ...] = ()
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    quantiles: tuple[float, ...] = _QUARTILES
    outcome: str = ""
    clip: float | None = None
    prior: Path | None = None
    account: str = ""
    accept_noise: bool = False

    def columns_needed(self) -> tuple[str, ...]:
        """Return all columns that are looked at."""
        return (*self.columns, self.outcome) if self.outcome else self.columns

    def explain(self) -> str:
        """Say what is asked, for the log: settings, and nothing of the data."""
        of = f" of {', '.join(self.columns_needed())}" if self.columns_needed() else ""
        return f"{self.statistic}{of} at epsilon {self.epsilon:g}, delta {self.delta:g}"

    def as_dict(self) -> dict[str, Any]:
        """Return what was set as JSON values, without paths."""
        kept = asdict(self) | {"prior": self.prior is not None}
        del kept["account"]
        unset = ((), None, "", False)
        return {name: value for name, value in kept.items() if value not in unset}


def make_question(options: PrivateOptions) -> PrivateQuestion:
    """Return the question on a table that options ask for.

    Raises
    ------
    InputError
        FSC174 to FSC176 if bounds, bins or shares are no such; FSC185 if something is missing.
    """
    made = _MAKERS.get(options.statistic)
    if made is None:
        raise _incomplete(options, f"one of {', '.join((*_MAKERS, 'connectivity'))}")
    return made(options)


def _count(options: PrivateOptions) -> PrivateQuestion:
    if len(options.values) != 1:
        raise _incomplete(options, "one value to count")
    return CountQuestion(_column(options), options.values[0])


def _mean(options: PrivateOptions) -> PrivateQuestion:
    return MeanQuestion(_column(options), *_bounds(options, 1)[0])


def _histogram(options: PrivateOptions) -> PrivateQuestion:
    return HistogramQuestion(_column(options), options.values, options.edges)


def _quantile(options: PrivateOptions) -> PrivateQuestion:
    return QuantileQuestion(_column(options), *_bounds(options, 1)[0], options.quantiles)


def _linear(options: PrivateOptions) -> PrivateQuestion:
    names = _features(options)
    columns = [
        BoundedColumn(name, *of)
        for name, of in zip(
            (*names, options.outcome), _bounds(options, len(names) + 1), strict=True
        )
    ]
    return LinearQuestion(tuple(columns[:-1]), columns[-1])


def _logistic(options: PrivateOptions) -> PrivateQuestion:
    names = _features(options)
    if len(options.values) != 1:
        raise _incomplete(options, "the value of the outcome that counts as 1")
    bounds = _bounds(options, len(names))
    columns = [BoundedColumn(name, *of) for name, of in zip(names, bounds, strict=True)]
    return LogisticQuestion(tuple(columns), options.outcome, options.values[0])


_MAKERS: Mapping[str, Callable[[PrivateOptions], PrivateQuestion]] = {
    "count": _count,
    "mean": _mean,
    "histogram": _histogram,
    "quantile": _quantile,
    "linear": _linear,
    "logistic": _logistic,
}
STATISTICS = (*_MAKERS, "connectivity")
"""What can be asked."""


def _column(options: PrivateOptions) -> str:
    if len(options.columns) != 1:
        raise _incomplete(options, "one column")
    return options.columns[0]


def _features(options: PrivateOptions) -> tuple[str, ...]:
    if not options.columns or not options.outcome:
        raise _incomplete(options, "columns that explain, and an outcome")
    return options.columns


def _bounds(options: PrivateOptions, n_wanted: int) -> tuple[tuple[float, float], ...]:
    if len(options.bounds) != n_wanted:
        raise _incomplete(options, f"public bounds of {n_wanted} columns of numbers")
    return options.bounds


def _incomplete(options: PrivateOptions, wanted: str) -> InputError:
    return InputError(
        "FSC185",
        f"Expected {wanted} for this statistic, got {len(options.columns)} columns, "
        f"{len(options.bounds)} pairs of bounds and {len(options.values)} values.",
        "See fascicle protect release --help. Bounds must be known without the data.",
    )
