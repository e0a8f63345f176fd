"""Which channels of a recording belong together, and where they sit on the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Channel, Header
from fascicle.maths import find_scalp_positions

from ._kinds import split_unit
from ._measures import is_slower

Array = NDArray[np.float64]

SENSORS: Final = ("EEG", "MEGMAG", "MEGGRADPLANAR", "MEGGRADAXIAL")
_EYES: Final = frozenset({"EOG", "HEOG", "VEOG"})
_LEFT_FORWARD: Final = frozenset({"EEGLAB", "CTF", "4DBti", "KitYokogawa", "ALS"})
"""Coordinate frames whose first axis points to the nose and whose second to the left ear."""
_MIN_KNOWN: Final = 0.5


@dataclass(frozen=True, slots=True)
class SensorGroup:
    """Channels of one kind.

    Attributes
    ----------
    kind : str
        BIDS type.
    rows : ndarray of int, shape (n_channels,)
        Which channels of the recording they are.
    names : tuple of str
        Their labels.
    places : ndarray of float64, shape (n_channels, 3)
        On a sphere of radius 1: right, front, up; NaN where unknown.
    scale : ndarray of float64, shape (n_channels, 1)
        Factor of each to one unit.
    """

    kind: str
    rows: NDArray[np.intp]
    names: tuple[str, ...]
    places: Array
    scale: Array


def group_sensors(header: Header) -> list[SensorGroup]:
    """Return the groups of sensors of a recording: scalp electrodes, magnetometers, and so on."""
    groups = []
    for kind in SENSORS:
        rows = _rows_of(header, {kind})
        if rows.size:
            channels = [header.channels[row] for row in rows.tolist()]
            groups.append(
                SensorGroup(
                    kind, rows, tuple(channel.name for channel in channels),
                    find_places(channels, header.coordinate_frame) if kind == "EEG"
                    else np.full((rows.size, 3), np.nan),
                    np.array([[split_unit(channel.unit)[1]] for channel in channels]),
                )
            )  # fmt: skip
    return groups


def eye_rows(header: Header) -> NDArray[np.intp]:
    """Return which channels record the eyes."""
    return _rows_of(header, _EYES)


def heart_rows(header: Header) -> NDArray[np.intp]:
    """Return which channels record the heart."""
    return _rows_of(header, {"ECG"})


def _rows_of(header: Header, kinds: frozenset[str] | set[str]) -> NDArray[np.intp]:
    """Return the channels of some kinds; those that were sampled more slowly are left out."""
    found = [
        row
        for row, channel in enumerate(header.channels)
        if channel.kind in kinds and not is_slower(channel, header)
    ]
    return np.array(found, dtype=np.intp)


def find_places(channels: Sequence[Channel], frame: str) -> Array:
    """Return where electrodes sit: by their names, or by their positions if names tell little.

    Parameters
    ----------
    channels : sequence of Channel
        Scalp electrodes.
    frame : str
        Coordinate system of their positions, by its BIDS name.

    Returns
    -------
    ndarray of float64, shape (n_channels, 3)
        As `fascicle.maths.find_scalp_positions`.
    """
    by_name = find_scalp_positions([channel.name for channel in channels])
    if np.isfinite(by_name[:, 0]).mean() >= _MIN_KNOWN:
        return by_name
    at = [c.position_m if c.position_m is not None else (np.nan,) * 3 for c in channels]
    positions = np.array(at, dtype=np.float64).reshape(-1, 3)
    known = np.isfinite(positions).all(axis=1)
    if known.sum() < max(4, _MIN_KNOWN * len(channels)):
        return by_name
    # The sphere through all points: x . 2c + (r^2 - c^2) = x^2.
    points = positions[known]
    sides = np.hstack([2 * points, np.ones((len(points), 1))])
    centre = np.linalg.lstsq(sides, np.sum(points**2, axis=1), rcond=None)[0][:3]
    places = np.full_like(positions, np.nan)
    away = points - centre
    places[known] = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
    if frame in _LEFT_FORWARD:
        places = np.column_stack([-places[:, 1], places[:, 0], places[:, 2]])
    return places
