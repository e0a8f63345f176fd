"""A private release, and the plain words that go with it to whoever gets it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fascicle import __version__
from fascicle.core import Mechanism
from fascicle.govern import Budget
from fascicle.protect import Forecast, PrivateAnswer

from ._private_questions import PrivateOptions


@dataclass(frozen=True, slots=True)
class PrivateRelease:
    """What was released, or, before that, what it would be worth.

    Attributes
    ----------
    account : str
        Id of the dataset whose budget pays.
    statistic : str
        What was asked.
    n_people : int
        How many people are behind it.
    epsilon, delta : float
        What it costs each of them, by itself.
    forecast : Forecast
        How useful it was expected to be, said without the data.
    n_needed : int
        People with whom it would be of use at this epsilon.
    epsilon_needed : float
        Epsilon at which it would be of use with these people.
    mechanisms : tuple of Mechanism
        The noise.
    answer : PrivateAnswer or None
        None if nothing was asked yet.
    line : int
        Line of the log of the commons; 0 if nothing was charged.
    budget : Budget or None
        The ledger afterwards.
    n_new : int
        People charged for the first time by an account that charged others before; 0 where it had
        charged nobody.
    """

    account: str
    statistic: str
    n_people: int
    epsilon: float
    delta: float
    forecast: Forecast
    n_needed: int
    epsilon_needed: float
    mechanisms: tuple[Mechanism, ...]
    answer: PrivateAnswer | None = None
    line: int = 0
    budget: Budget | None = None
    n_new: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; nothing in it but what was paid for."""
        return {
            "statistic": self.statistic,
            "result": dict(self.answer.values) if self.answer else None,
            "words": self.answer.words if self.answer else "",
            "forecast": {
                "words": self.forecast.words,
                "is_useful": self.forecast.is_useful,
                **self.forecast.figures,
                "n_needed": self.n_needed,
                "epsilon_needed": self.epsilon_needed,
            },
            "privacy": {
                "epsilon": self.epsilon,
                "delta": self.delta,
                "unit": "person",
                "neighbours": "one person's data are blanked; the number of people is public",
                "mechanisms": [one.as_dict() for one in self.mechanisms],
            },
            "n_people": self.n_people,
            "dataset": self.account,
            "log_line": self.line,
            "made_by": {"tool": "Fascicle", "version": __version__},
        }


def write_statement(done: PrivateRelease, options: PrivateOptions) -> str:
    """Return the statement that goes with the figures, in Markdown."""
    answer = done.answer.words if done.answer else ""
    odds = math.exp(done.epsilon)
    said = f"{odds:.2f}" if odds < 100 else f"{odds:.3g}"
    bounds = "; ".join(f"{low:g} to {high:g}" for low, high in options.bounds)
    lines = [
        f"# {done.statistic.capitalize()} of {done.n_people} people, differentially private",
        "",
        answer,
        "",
        "## What it is worth",
        "",
        f"Said before the data were looked at: {done.forecast.words}",
        "",
        "## What protects the participants",
        "",
        f"Epsilon {done.epsilon:g} at a delta of {done.delta:g}, for each person. Whatever is "
        "known already: whether one person's data were there or blanked changes the odds of any "
        f"result by a factor of {said} at most, but for a chance of {done.delta:g}. All data of a "
        "person count as one, however many sessions there are. How many people there are is "
        "public.",
        "",
        "It protects nobody from what is true of the whole group.",
        "",
        "## How it was made",
        "",
        "What each person adds was shortened to a bound and put on a grid of whole numbers; "
        "discrete Gaussian noise (Canonne, Kamath and Steinke 2020) was added to the sum. "
        + (f"Bounds, stated without looking at the data: {bounds}. " if bounds else "")
        + f"Dataset {done.account}; line {done.line} of the log of its commons. Settings, figures "
        "and errors stand in `release.json`.",
    ]
    return "\n".join(lines) + "\n"
