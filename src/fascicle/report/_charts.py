"""Pictures of the whole dataset: the FAIR ring and the share of passed checks."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ._svg import element, number, picture, text

_LETTERS = "FAIR"


def draw_fair_ring(score: float, letters: Mapping[str, float]) -> str:
    """Draw a ring with a quarter for each of F, A, I and R, filled by its share of the points.

    Parameters
    ----------
    score : float
        Overall, in percent; written in the middle.
    letters : mapping of str to float
        For each letter, in percent.

    Examples
    --------
    >>> "FAIR score 50 percent" in draw_fair_ring(50.0, {"F": 100.0, "A": 0, "I": 50, "R": 50})
    True
    """
    size, radius, gap = 220.0, 78.0, 3.5
    middle = size / 2
    body = ""
    for k, letter in enumerate(_LETTERS):
        share = min(max(letters.get(letter, 0.0) / 100, 0.0), 1.0)
        start, end = 90.0 * k + gap, 90.0 * (k + 1) - gap
        body += element("path", d=_arc(middle, radius, start, end), class_="ring")
        if share > 0:
            stop = start + share * (end - start)
            body += element(
                "path", d=_arc(middle, radius, start, stop), class_=f"ring on r{letter}"
            )
        angle = math.radians((start + end) / 2)
        x, y = middle + 100 * math.sin(angle), middle - 100 * math.cos(angle)
        body += text(letter, x, y + 5, class_="ringletter")
    body += text(f"{score:.0f}", middle, middle + 9, class_="ringscore")
    body += text("of 100", middle, middle + 28, class_="ringnote")
    words = ", ".join(f"{x} {letters.get(x, 0.0):.0f}" for x in _LETTERS)
    label = f"FAIR score {score:.0f} percent: {words}."
    return picture(body, size, size, label=label, class_="fairring")


def draw_verdicts(counts: Mapping[str, int]) -> str:
    """Draw how many recordings passed, were marked and failed, as one bar.

    Examples
    --------
    >>> draw_verdicts({"pass": 3, "warn": 1}).count("<rect")
    2
    """
    width, height = 300.0, 12.0
    total = sum(counts.values())
    if not total:
        return ""
    body, at = "", 0.0
    for verdict in ("pass", "warn", "fail", "none"):
        n = counts.get(verdict, 0)
        if n:
            wide = n / total * width
            body += element(
                "rect",
                x=at,
                y=0.0,
                width=max(wide - 1.5, 1.0),
                height=height,
                rx=2.0,
                class_=f"b {verdict}",
            )
            at += wide
    words = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    return picture(body, width, height, label=f"Recordings: {words}.", class_="verdictbar")


def _arc(middle: float, radius: float, start_deg: float, end_deg: float) -> str:
    """Write an arc, clockwise from the top."""
    a, b = math.radians(start_deg), math.radians(end_deg)
    x0, y0 = middle + radius * math.sin(a), middle - radius * math.cos(a)
    x1, y1 = middle + radius * math.sin(b), middle - radius * math.cos(b)
    large = int(end_deg - start_deg > 180)
    return (
        f"M{number(x0)} {number(y0)}A{number(radius)} {number(radius)} 0 {large} 1 "
        f"{number(x1)} {number(y1)}"
    )
