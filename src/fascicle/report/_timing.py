"""How the clocks of two streams compare, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._axes import Axes, find_range
from ._budget import Detail
from ._facts import say_number
from ._story import AlignmentStory
from ._svg import element, number, picture, time_ticks

_MOST_DRAWN = 24
"""Beyond so many pairs of streams only those with a mark are drawn."""

_METHODS = {
    "shared clock": "one clock for both",
    "TTL pulses": "pulses that both recorded",
    "timestamps": "time stamps of both",
}
VERDICTS = {"pass": "in step", "warn": "look at it", "fail": "not in step", "none": "not testable"}
"""What a verdict on two clocks means to a reader."""


@dataclass(frozen=True, slots=True)
class AlignmentView:
    """What the template shows of two streams.

    Attributes
    ----------
    session, kept, laid : str
        The session, the stream whose clock is kept, and the one that is laid on it.
    method, verdict, verdict_words, reason : str
        How, how well, and why.
    numbers : tuple of (str, str)
        Pulses, offset, drift and what is left over, as name and words; empty words where unknown.
    plot : str
        What is left over, over time; empty if nothing is drawn.
    """

    session: str
    kept: str
    laid: str
    method: str
    verdict: str
    verdict_words: str
    reason: str
    numbers: tuple[tuple[str, str], ...]
    plot: str


def view_alignments(
    stories: tuple[AlignmentStory, ...], detail: Detail
) -> tuple[AlignmentView, ...]:
    """Turn the pairs of streams into what the page shows.

    Parameters
    ----------
    stories : tuple of AlignmentStory
        In the order in which they are shown.
    detail : Detail
        How finely to draw.
    """
    few = len(stories) <= _MOST_DRAWN
    return tuple(
        AlignmentView(
            session=story.session,
            kept=story.streams[0],
            laid=story.streams[1],
            method=_METHODS.get(story.method, story.method or "nothing found that ties them"),
            verdict=story.verdict,
            verdict_words=VERDICTS.get(story.verdict, story.verdict),
            reason=story.reason,
            numbers=_numbers(story),
            plot=draw_residuals(story, detail) if few or story.verdict != "pass" else "",
        )
        for story in stories
    )


def draw_residuals(story: AlignmentStory, detail: Detail) -> str:
    """Draw what is left of each matched pair after offset and drift, over time.

    Parameters
    ----------
    story : AlignmentStory
        With ``times_s`` and ``residuals_ms``.
    detail : Detail
        How finely.

    Returns
    -------
    str
        An ``svg`` element; empty if there are fewer than two pairs.
    """
    times = np.asarray(story.times_s, dtype=np.float64).ravel()
    residuals = np.asarray(story.residuals_ms, dtype=np.float64).ravel()
    if times.size != residuals.size:
        return ""
    keep = np.isfinite(times) & np.isfinite(residuals)
    times, residuals = times[keep], residuals[keep]
    if times.size < 2:
        return ""
    unit = time_ticks(float(np.ptp(times)))[1]
    times = times / {"s": 1.0, "min": 60.0, "h": 3600.0}[unit]
    span = find_range(times)
    reach = max(float(np.abs(residuals).max()) * 1.15, 1e-3)
    if span is None:
        return ""
    axes = Axes(span, (-reach, reach), 440.0, 150.0)
    every = -(-times.size // detail.n_marks)
    px, py = axes.at(times[::every], residuals[::every])
    dots = "".join(f"M{number(x)} {number(y)}h0" for x, y in zip(px, py, strict=True))
    zero = float(axes.at(times[:1], np.zeros(1))[1][0])
    body = axes.draw(f"time ({unit})", "left over (ms)")
    body += element(
        "path",
        d=f"M{number(axes.left)} {number(zero)}H{number(axes.width - axes.right)}",
        class_="mains",
    )
    body += element("path", d=dots, class_="cells c0", stroke_width=3.4)
    label = (
        f"What is left over of {times.size:,} matched pairs, at most {say_number(reach / 1.15)} ms."
    )
    return picture(body, axes.width, axes.height, label=label, class_="residuals")


def _numbers(story: AlignmentStory) -> tuple[tuple[str, str], ...]:
    offset = "" if story.offset_s is None else _say_offset(story.offset_s)
    drift = "" if story.drift_ppm is None else f"{say_number(story.drift_ppm)} ppm"
    left = [v for v in (story.residual_median_ms, story.residual_max_ms) if v is not None]
    return (
        ("Matched", "" if story.n_pulses is None else f"{story.n_pulses:,}"),
        ("Offset", offset),
        ("Drift", drift),
        ("Left over", f"{' / '.join(say_number(value) for value in left)} ms" if left else ""),
    )


def _say_offset(seconds: float) -> str:
    """Write an offset to the tenth of a millisecond.

    Examples
    --------
    >>> _say_offset(0.0123), _say_offset(62.5)
    ('12.3 ms', '62.5 s')
    """
    if abs(seconds) < 1:
        return f"{say_number(round(seconds * 1e3, 1) + 0.0)} ms"
    return f"{seconds:,.4f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}") + " s"
