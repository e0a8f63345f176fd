"""Artefacts that last: judged in each channel and quarter of a second, then joined to spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    BIN_LEVELS,
    BIN_S,
    SmallNetwork,
    bin_features,
    drift_chances,
    gather_bins,
)

from ._artifact_eyes import EyeEvents

Array = NDArray[np.float64]

LASTING: Final = ("muscle", "pop", "drift", "movement", "noisy")
"""What the networks tell apart, in the order of their outputs."""
_START: Final = 0.5
_STAY: Final = 0.35
_GAP_BINS: Final = 1
_SHOWS: Final = 0.5
_MIN_MOVED: Final = 8
"""Channels from which most of them together are the head, not the eyes."""
_SWING: Final = 0.52
_SWING_WIDTH: Final = 0.04
"""Decades above its own level at 1 to 8 Hz from which a channel rather swings than not."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with an artefact.

    Attributes
    ----------
    kind : str
        One of ``LASTING``.
    first, last : int
        First bin, and the one after the last.
    chance : float
        Between 0 and 1.
    channels : ndarray of int
        Rows that show it.
    """

    kind: str
    first: int
    last: int
    chance: float
    channels: NDArray[np.intp]


def channel_chances(
    levels: Array, sfreq_hz: float, eye_weights: Array, network: SmallNetwork
) -> Array:
    """Return the chance of each kind in each channel and bin, shape (n_kinds, n_channels, n_bins).

    Parameters
    ----------
    levels : ndarray of float64, shape (6, n_channels, n_bins)
        As `fascicle.maths.bin_levels` returns them.
    sfreq_hz : float
        Sampling rate, in hertz.
    eye_weights : ndarray of float64, shape (n_channels,)
        As `fascicle.maths.blink_weights` returns them.
    network : SmallNetwork
        What judges them.
    """
    features = bin_features(levels, sfreq_hz, eye_weights)
    n_channels, n_bins, n_features = features.shape
    chances = network.predict(features.reshape(-1, n_features))
    return np.moveaxis(chances.reshape(n_channels, n_bins, -1), -1, 0)


def head_features(chances: Array, blinks: EyeEvents, saccades: EyeEvents) -> Array:
    """Return what a bin is judged by: the channels' chances of each kind, and the eyes.

    Parameters
    ----------
    chances : ndarray of float64, shape (n_kinds, n_channels, n_bins)
        As `channel_chances` returns them.
    blinks, saccades : EyeEvents
        Of the same stretch of time.

    Returns
    -------
    ndarray of float64, shape (n_bins, n_features)
        Eleven columns for each kind, and two for the eyes.
    """
    n_bins = chances.shape[2]
    eyes = [_eye_bins(events, n_bins) for events in (blinks, saccades)]
    return np.hstack([*(gather_bins(kind) for kind in chances), np.stack(eyes, axis=1)])


def apply_rules(chances: Array, features: Array, head: Array, levels: Array) -> tuple[Array, Array]:
    """Return chances in which those of drifts, and of slow movements, come from rules.

    The networks see a quarter of a second and its neighbours, and learn little of what takes ten;
    and the movements that they were taught with have fast parts, which a nod has not.

    Parameters
    ----------
    chances : ndarray of float64, shape (n_kinds, n_channels, n_bins)
        As `channel_chances` returns them.
    features : ndarray of float64, shape (n_bins, n_features)
        As `head_features` returns them.
    head : ndarray of float64, shape (n_bins, n_kinds)
        What the network says of them.
    levels : ndarray of float64, shape (6, n_channels, n_bins)
        As `fascicle.maths.bin_levels` returns them.

    Returns
    -------
    ndarray of float64, shape (n_kinds, n_channels, n_bins)
        Of each channel.
    ndarray of float64, shape (n_bins, n_kinds)
        Of all together: drifts by the highest of the channels.
    """
    drift, movement = LASTING.index("drift"), LASTING.index("movement")
    chances, head = chances.copy(), head.copy()
    chances[drift] = drift_chances(levels)
    head[:, drift] = chances[drift].max(axis=0)
    if chances.shape[1] >= _MIN_MOVED:
        slow = levels[BIN_LEVELS.index("slow")]
        above = slow - np.percentile(slow, 30, axis=1, keepdims=True)
        swing = 1 / (1 + np.exp((_SWING - above) / _SWING_WIDTH))  # (n_channels, n_bins)
        eyes = features[:, -2:].max(axis=1)
        everywhere = np.median(swing, axis=0) * (1 - eyes)
        moves = everywhere > head[:, movement]
        head[moves, movement] = everywhere[moves]
        chances[movement][:, moves] = swing[:, moves]
    return chances, head


def _eye_bins(events: EyeEvents, n_bins: int) -> Array:
    """Return the highest chance of an event in each bin."""
    highest = np.zeros(n_bins)
    first = np.floor(events.starts_s / BIN_S).astype(int)
    last = np.ceil(events.stops_s / BIN_S).astype(int)
    for start, stop, chance in zip(first, last, events.chances, strict=True):
        bins = slice(max(0, start), max(start + 1, stop))
        highest[bins] = np.maximum(highest[bins], chance)
    return highest


def find_spans(chances: Array, head: Array) -> list[Span]:
    """Join bins to spans.

    A span begins where the chance passes one half, holds as long as it stays above 0.35, and
    bridges one bin.

    Parameters
    ----------
    chances : ndarray of float64, shape (n_kinds, n_channels, n_bins)
        Of each channel.
    head : ndarray of float64, shape (n_bins, n_kinds)
        Of all together.

    Returns
    -------
    list of Span
        By kind, then by time; the chance is the mean over its bins above 0.35.
    """
    spans = []
    for place, kind in enumerate(LASTING):
        for first, last in join_bins(head[:, place]):
            inside = head[first:last, place]
            shown = chances[place, :, first:last].max(axis=1)
            rows = np.flatnonzero(shown >= _SHOWS)
            rows = rows if rows.size else np.array([int(shown.argmax())])
            chance = float(inside[inside > _STAY].mean())
            spans.append(Span(kind, first, last, chance, rows))
    return spans


def join_bins(chance: Array) -> list[tuple[int, int]]:
    """Return first bin and the one after the last of each stretch of high chance.

    Examples
    --------
    >>> join_bins(np.array([0.1, 0.4, 0.9, 0.1, 0.6, 0.1, 0.1, 0.4]))
    [(1, 5)]
    """
    stays = np.concatenate([[False], chance > _STAY, [False]])
    edges = np.flatnonzero(np.diff(stays.astype(np.int8)))
    joined: list[tuple[int, int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if chance[first:last].max() <= _START:
            continue
        if joined and first - joined[-1][1] <= _GAP_BINS:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
