"""Where electrodes sit on the head, from their names in the 10-20 and 10-10 systems."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ROWS = {
    "FP": (72, 18), "AF": (54, 36), "F": (36, 54), "FC": (18, 72), "FT": (18, 72),
    "C": (0, 90), "T": (0, 90), "CP": (-18, 108), "TP": (-18, 108), "P": (-36, 126),
    "PO": (-54, 144), "O": (-72, 162), "I": (-90, 162),
}  # fmt: skip
"""Of each row: how far its middle is in front of the vertex, and how far round its end is, in
degrees. A tenth of the way from nasion to inion is 18 degrees."""
_OLD = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
_EARS = {"A1": -1, "M1": -1, "A2": 1, "M2": 1}
_RIM_DEG = 72.0
_BELOW_DEG = 90.0
_EAR_DEG = (112.0, 102.0)
_NAME = re.compile(r"^(FP|AF|FC|FT|CP|TP|PO|F|C|T|P|O|I)(Z|10|[1-9])$")
_WRAPPING = re.compile(r"^(?:EEG|EXG)[\s_:-]*|[\s._-]*(?:REF|LE|RE|AVG|AR|A1A2)?[\s._]*$")


def find_scalp_positions(names: Sequence[str]) -> NDArray[np.float64]:
    """Return the places of electrodes on a sphere of radius 1.

    Parameters
    ----------
    names : sequence of str
        Labels of channels; ``"EEG Fp1-REF"``, ``"FP1."`` and ``"fp1"`` are Fp1, and the names of
        1958 (T3 to T6) are known.

    Returns
    -------
    ndarray of float64, shape (n_names, 3)
        x to the right, y to the front, z up, in radii; NaN for names of no known place.

    Notes
    -----
    Rows of the 10-10 system [1]_ lie on arcs through a point of the midline and the ends of the
    row, a tenth of the way around the head each. Real heads are no spheres: against positions
    that were measured they are off by up to about 15 degrees.

    References
    ----------
    .. [1] V. Jurcak et al. (2007), doi:10.1016/j.neuroimage.2006.09.024

    Examples
    --------
    >>> find_scalp_positions(["Cz", "Fpz", "T8", "E17"]).round(2)
    array([[0.  , 0.  , 1.  ],
           [0.  , 0.95, 0.31],
           [0.95, 0.  , 0.31],
           [ nan,  nan,  nan]])
    """
    places = np.full((len(names), 3), np.nan)
    for row, name in enumerate(names):
        place = _find_place(_WRAPPING.sub("", name.strip().upper()))
        if place is not None:
            places[row] = place
    return places


def _find_place(name: str) -> NDArray[np.float64] | None:
    """Return the place of one electrode, or None."""
    if name in _EARS:
        return _on_sphere(_EAR_DEG[0], _EARS[name] * _EAR_DEG[1])
    found = _NAME.match(_OLD.get(name, name))
    if found is None:
        return None
    row, column = found.groups()
    front_deg, round_deg = _ROWS[row]
    middle = _on_sphere(abs(front_deg), 0.0 if front_deg >= 0 else 180.0)
    if column == "Z":
        return middle
    side = -1 if int(column) % 2 else 1
    step = (int(column) + 1) // 2
    if step == 5 or row == "I":
        return _on_sphere(_BELOW_DEG, side * round_deg)
    rim = _on_sphere(_RIM_DEG, side * round_deg)
    return rim if row in {"FP", "O"} else _between(middle, rim, step / 4)


def _on_sphere(polar_deg: float, round_deg: float) -> NDArray[np.float64]:
    """Return the point at an angle from the vertex, and at one from the front to the right."""
    polar, azimuth = np.radians(polar_deg), np.radians(round_deg)
    return np.array([
        np.sin(polar) * np.sin(azimuth),
        np.sin(polar) * np.cos(azimuth),
        np.cos(polar),
    ])


def _between(
    first: NDArray[np.float64], last: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Return the point that is a share of the way along the great circle."""
    angle = np.arccos(np.clip(first @ last, -1, 1))
    point: NDArray[np.float64] = np.sin((1 - share) * angle) * first + np.sin(share * angle) * last
    return point / np.sin(angle)


def blink_weights(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how strongly a blink is expected at each place.

    Parameters
    ----------
    places : ndarray of float64, shape (n_channels, 3)
        Points on a sphere of radius 1: right, front, up.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        Between 0 and about 1, falling off with the angle from the eyes; NaN where the place is
        unknown.

    Examples
    --------
    >>> places = find_scalp_positions(["Fp1", "Oz"])
    >>> bool(blink_weights(places)[0] > 10 * blink_weights(places)[1])
    True
    """
    return _falls_off(places, 18.0) + _falls_off(places, -18.0)


def saccade_weights(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how a glance to the right is expected at each place: right positive, left negative.

    Parameters
    ----------
    places : ndarray of float64, shape (n_channels, 3)
        As in `blink_weights`.

    Returns
    -------
    ndarray of float64, shape (n_channels,)
        Between about -1 and 1; NaN where the place is unknown.

    Examples
    --------
    >>> [float(w) for w in np.sign(saccade_weights(find_scalp_positions(["F7", "F8"])))]
    [-1.0, 1.0]
    """
    return _falls_off(places, 45.0) - _falls_off(places, -45.0)


def _falls_off(places: NDArray[np.float64], round_deg: float) -> NDArray[np.float64]:
    """Return the fall-off from a point at the height of the eyes."""
    angle = np.arccos(np.clip(places @ _on_sphere(105.0, round_deg), -1, 1))
    weights: NDArray[np.float64] = np.exp(-angle / 0.5)
    return weights
