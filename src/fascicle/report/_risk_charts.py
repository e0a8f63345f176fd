"""Pictures of a risk: rates with their intervals, and what changes would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._axes import Axes
from ._risk_shapes import RecordFigures, RiskChange
from ._svg import element, number, path_data, picture, text

_WIDE = 760.0
_ROW = 36.0
_CURVES = (("share_small", "c1", "people in too small classes"), ("mean_risk", "c0", "mean risk"))


@dataclass(frozen=True, slots=True)
class Rate:
    """How many people an attack named, beside what was expected.

    Attributes
    ----------
    label : str
        Which attack.
    n_hits, n_people : int
        How many it named, of how many.
    interval : tuple of float
        Exact 95 % interval of the share.
    expected : float
        Share that was predicted, or that a guess reaches.
    verdict : str
        ``"pass"``, ``"warn"``, ``"fail"``, or ``"none"`` where it is not established.
    """

    label: str
    n_hits: int
    n_people: int
    interval: tuple[float, float]
    expected: float
    verdict: str

    @property
    def share(self) -> float:
        """Of the people who were named."""
        return self.n_hits / self.n_people if self.n_people else 0.0


def draw_rates(rates: Sequence[Rate]) -> str:
    """Draw a row for each attack: a dot for its share, a line for the interval, a tick beside it.

    The tick is what was expected.

    Parameters
    ----------
    rates : sequence of Rate
        In their order, from the top.

    Returns
    -------
    str
        A scrolled ``svg`` element; empty if there is none.

    Examples
    --------
    >>> "named 3 of 4" in draw_rates([Rate("table", 3, 4, (0.2, 0.99), 0.5, "fail")])
    True
    """
    if not rates:
        return ""
    axes = Axes((0.0, 100.0), (float(len(rates)), 0.0), _WIDE, _ROW * len(rates) + 46, left=268.0)
    body = axes.draw_x("people who were named, in percent")
    for k, rate in enumerate(rates):
        ends = 100 * np.array([*rate.interval, rate.share, rate.expected])
        (low, high, dot, tick), y = axes.at(ends, np.full(4, k + 0.5))
        at = float(y[0])
        body += text(rate.label, axes.left - 12, at + 3.5, class_="row")
        line = f"M{number(float(low))} {number(at)}H{number(float(high))}"
        body += element("path", d=line, class_=f"rate {rate.verdict}")
        mark = f"M{number(float(tick))} {number(at - 11)}v22"
        body += element("path", d=mark, class_="expected")
        body += element("circle", cx=float(dot), cy=at, r=5.5, class_=f"hit {rate.verdict}")
    said = "; ".join(
        f"{one.label}: named {one.n_hits} of {one.n_people}, expected {one.expected:.0%}"
        for one in rates
    )
    label = f"Share of people whom each attack named. {said}."
    return picture(body, axes.width, axes.height, label=label, class_="wide", scroll=True)


def draw_changes(now: RecordFigures, changes: Sequence[RiskChange]) -> str:
    """Draw what is left of the risk after each change, over what it costs.

    Parameters
    ----------
    now : RecordFigures
        The table as it is.
    changes : sequence of RiskChange
        The gentlest first; numbered from 1.

    Returns
    -------
    str
        A scrolled ``svg`` element; empty if there is no change.
    """
    if not changes:
        return ""
    steps = (now, *changes)
    cost = 100 * np.array([0.0, *(one.loss for one in changes)])
    axes = Axes((0.0, max(float(cost.max()) * 1.04, 1.0)), (0.0, 100.0), _WIDE, 300.0, top=22.0)
    body = axes.draw("information of the quasi-identifiers lost, in percent", "percent")
    for name, colour, _ in _CURVES:
        x, y = axes.at(cost, 100 * np.array([getattr(one, name) for one in steps]))
        body += element("path", d=path_data(x, y), class_=f"line {colour}")
        body += "".join(
            element("circle", cx=float(px), cy=float(py), r=4.0, class_=f"step {colour}")
            for px, py in zip(x, y, strict=True)
        )
    top, _ = axes.at(cost, np.zeros_like(cost))
    last = -np.inf
    for k, px in enumerate(top.tolist()):
        if px - last >= 14.0:  # numbers that would lie on one another are left out
            body += text(str(k) if k else "now", max(px, axes.left + 8), 14, class_="axis mid")
            last = px
    said = "; ".join(
        f"{words} from {getattr(now, name):.0%} to {getattr(changes[-1], name):.0%}"
        for name, _, words in _CURVES
    )
    label = f"Risk that is left after each of {len(changes)} changes: {said}."
    return picture(body, axes.width, axes.height, label=label, class_="wide", scroll=True)
