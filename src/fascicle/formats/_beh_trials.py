"""A table of trials: when each began and ended, what was shown, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Channel

from ._beh import Part, name_objects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._nwb_write import NwbDraft

_RESERVED = ("start_time", "stop_time", "id", "tags", "timeseries")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of trials.

    Attributes
    ----------
    name : str
        As the file calls it.
    values : ndarray, shape (n_trials,)
        Numbers; words of our own vocabulary.
    unit : str
        ``"s"`` for moments and durations, else ``"n/a"``.
    """

    name: str
    values: NDArray[Any]
    unit: str = "n/a"


@dataclass(frozen=True, slots=True)
class Trials(Part):
    """A table of trials.

    Attributes
    ----------
    starts_s, stops_s : ndarray of float64, shape (n_trials,)
        When each began and ended, in seconds; NaN where nobody knows.
    columns : tuple of Column
        What else is known of each.
    """

    starts_s: NDArray[np.float64]
    stops_s: NDArray[np.float64]
    columns: tuple[Column, ...]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """One for each column."""
        return tuple(Channel(c.name, "MISC", c.unit, 0.0) for c in self.columns)

    def add(self, draft: NwbDraft, names: Sequence[str]) -> None:
        """Add the table of trials."""
        from hdmf.common import VectorData
        from pynwb.epoch import TimeIntervals

        own = name_objects([*_RESERVED, *names])[len(_RESERVED) :]
        columns = [
            VectorData(name="start_time", description="Start of the trial, in seconds.",
                       data=np.asarray(self.starts_s, np.float64)),
            VectorData(name="stop_time", description="End of the trial, in seconds.",
                       data=np.asarray(self.stops_s, np.float64)),
            *(
                VectorData(name=name, description=_describe(column), data=_as_data(column.values))
                for name, column in zip(own, self.columns, strict=True)
            ),
        ]  # fmt: skip
        draft.file.trials = TimeIntervals(
            name="trials",
            description="Trials of the task, one in each row.",
            columns=columns,
            colnames=[column.name for column in columns],
        )


def _describe(column: Column) -> str:
    """Return a sentence of ours on what stands in a column."""
    if column.unit == "s":
        return "A moment or a duration of the trial, in seconds."
    if column.values.dtype.kind in "US":
        return "What was shown or done in the trial, in words."
    return "A value of the trial, or the number of a kind."


def _as_data(values: NDArray[Any]) -> Any:  # noqa: ANN401 - a list for words
    return values.tolist() if values.dtype.kind in "US" else values


def bound_trials(
    moments: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when trials began and ended, from the first and last moment that each has.

    Examples
    --------
    >>> bound_trials([np.array([1.0, 5.0]), np.array([2.0, np.nan])])
    (array([1., 5.]), array([2., 5.]))
    """
    table = np.stack(list(moments))
    known = np.isfinite(table)
    starts = np.where(known, table, np.inf).min(axis=0)
    stops = np.where(known, table, -np.inf).max(axis=0)
    nothing = ~known.any(axis=0)
    return np.where(nothing, np.nan, starts), np.where(nothing, np.nan, stops)
