"""Pictures of what made the labels: the mean blink and where it is, muscle over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Picture
from fascicle.maths import BIN_S

from ._artifact_detector import ChapterFacts
from ._artifact_layout import SensorGroup
from ._artifact_spans import LASTING

Array = NDArray[np.float64]

_MAX_POINTS: Final = 1500
_WORTH_SHOWING: Final = 0.1
"""Chance that a kind must reach somewhere for its curve to be drawn."""
_STRENGTHS: Final = ("below a quarter", "a quarter to a half", "half to three quarters", "above")
_HALF_S: Final = 0.5


def draw_artifacts(facts: Sequence[ChapterFacts], group: SensorGroup) -> tuple[Picture, ...]:
    """Return the pictures of a recording.

    Parameters
    ----------
    facts : sequence of ChapterFacts
        Of its chapters.
    group : SensorGroup
        Its first group of sensors, which they tell of.

    Returns
    -------
    tuple of Picture
        The mean blink and its map if there were blinks, then chances and muscle over time.
    """
    return (*_draw_blinks(facts, group), *_draw_time(facts))


def _draw_blinks(facts: Sequence[ChapterFacts], group: SensorGroup) -> Iterator[Picture]:
    """Yield the mean blink with its spread, and its map."""
    n_around = max((chapter.blink_waves.shape[1] for chapter in facts), default=0)
    waves = [
        chapter.blink_waves for chapter in facts
        if len(chapter.blink_waves) and chapter.blink_waves.shape[1] == n_around
    ]  # fmt: skip
    if not waves:
        return
    every = np.vstack(waves)
    low, middle, high = np.percentile(every, [25, 50, 75], axis=0)
    yield Picture(
        Drawing.OVERLAY, "The median blink",
        f"Median and quartiles of {len(every)} blinks in the channel that shows them best, 0.6 "
        "to 14 Hz, in robust standard deviations of the median channel.",
        {
            "x": np.linspace(-_HALF_S, _HALF_S, n_around).astype(np.float32),
            "y": np.stack([low, middle, high]).astype(np.float32),
        },
        "Time from the peak (s)", "Height (SD)", ("lower quartile", "median", "upper quartile"),
    )  # fmt: skip
    maps = np.stack([chapter.blink_map for chapter in facts])
    known = np.isfinite(maps).any(axis=0) & np.isfinite(group.places).all(axis=1)
    if known.sum() >= 4:
        yield _draw_map(np.nanmedian(maps[:, known], axis=0), group.places[known])


def _draw_map(strength: Array, places: Array) -> Picture:
    """Draw how strongly each electrode shows a blink, seen from above with the nose up."""
    share = strength / (np.abs(strength).max() or 1.0)
    # Equal angles from the vertex are equal distances on the page.
    away = np.arccos(np.clip(places[:, 2], -1, 1)) / (np.pi / 2)
    around = np.hypot(places[:, 0], places[:, 1])
    scale = away / np.where(around > 0, around, 1.0)
    return Picture(
        Drawing.SCATTER, "Where the blinks are",
        "Each electrode from above, nose up; how strongly it shows the median blink beside the "
        "strongest one, against the mean of all.",
        {
            "x": (places[:, 0] * scale).astype(np.float32),
            "y": (places[:, 1] * scale).astype(np.float32),
            "classes": np.clip(np.floor(share * 4), 0, 3).astype(np.int32),
        },
        "Left to right", "Back to front", _STRENGTHS,
    )  # fmt: skip


def _draw_time(facts: Sequence[ChapterFacts]) -> Iterator[Picture]:
    """Yield what the detector saw over time."""
    if not facts:
        return
    fast = np.concatenate([chapter.fast for chapter in facts])
    chances = np.vstack([chapter.chances for chapter in facts])
    n_join = max(1, -(-len(fast) // _MAX_POINTS))
    cuts = np.arange(0, len(fast), n_join)
    times_s = (cuts * BIN_S).astype(np.float32)
    yield Picture(
        Drawing.LINES, "Muscle over time",
        "How far 25 to 100 Hz (without the mains) stands above each channel's own quiet level, "
        "in decades of amplitude: mean of the highest quarter of channels.",
        {"x": times_s, "y": np.maximum.reduceat(fast, cuts)[None].astype(np.float32)},
        "Time (s)", "Decades", ("25 to 100 Hz",),
    )  # fmt: skip
    likely = np.maximum.reduceat(chances, cuts, axis=0).T.astype(np.float32)
    shown = likely.max(axis=1) >= _WORTH_SHOWING
    if shown.any():
        yield Picture(
            Drawing.LINES, "Chance of each artefact over time",
            "What the network of all channels together says of each quarter of a second; kinds "
            f"that never reach {_WORTH_SHOWING:.0%} are left out.",
            {"x": times_s, "y": likely[shown]},
            "Time (s)", "Chance",
            tuple(kind for kind, is_shown in zip(LASTING, shown, strict=True) if is_shown),
        )  # fmt: skip
