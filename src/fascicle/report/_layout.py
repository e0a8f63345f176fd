"""Where sensors lie, seen from above: measured places, or nominal ones by name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Modality

Array = NDArray[np.float64]

SENSOR_KINDS = frozenset(
    {"EEG", "SEEG", "ECOG", "DBS", "MEGMAG", "MEGGRADAXIAL", "MEGGRADPLANAR", "MEGOTHER"}
    | {"NIRSCWAMPLITUDE", "NIRSCWFLUORESCENSEAMPLITUDE", "NIRSCWOPTICALDENSITY"}
    | {"NIRSCWHBO", "NIRSCWHBR", "NIRSCWMUA"}
)
"""Channel types that measure the brain."""

# Frames whose first axis points to the nose, not to the right (BIDS appendix on coordinates).
_NOSE_FIRST = frozenset({"ctf", "eeglab", "eeglab-hj", "4dbti", "kityokogawa"})
_ROWS = {
    "FP": 18.0,
    "AF": 36.0,
    "F": 54.0,
    "FT": 72.0,
    "FC": 72.0,
    "T": 90.0,
    "C": 90.0,
    "TP": 108.0,
    "CP": 108.0,
    "P": 126.0,
    "PO": 144.0,
    "O": 162.0,
}
_MIDLINE = {"FP": 72, "AF": 54, "F": 36, "FC": 18, "C": 0, "CP": -18, "P": -36, "PO": -54, "O": -72}
_MIDLINE |= {"FT": 18, "T": 0, "TP": -18}
_OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
_NAME = re.compile(r"(FP|AF|FT|FC|TP|CP|PO|F|T|C|P|O)(Z|\d{1,2})")


@dataclass(frozen=True, slots=True)
class Layout:
    """Sensors seen from above.

    Attributes
    ----------
    points : dict of str to (float, float)
        Place by channel name: x to the right, y to the nose; 1 is the rim of the head.
    is_measured : bool
        False if the places are the nominal ones of the 10-10 system.
    has_head : bool
        False if no head may be drawn around them (electrodes inside the skull).
    """

    points: dict[str, tuple[float, float]]
    is_measured: bool
    has_head: bool


def find_layout(header: Header) -> Layout:
    """Return where the sensors of a recording lie.

    Measured positions are used where at least half of the sensors have one; else names of the
    10-10 system give nominal places, to which a note belongs, if at least half have such a name.
    """
    sensors = [c for c in header.channels if c.kind.upper() in SENSOR_KINDS]
    if header.modality is Modality.MEG:
        # Places of coils count from the helmet, those of electrodes beside them from the head.
        sensors = [c for c in sensors if c.kind.startswith("MEG")]
    placed = [(c.name, c.position_m) for c in sensors if _is_place(c.position_m)]
    has_head = header.modality is not Modality.IEEG
    if placed and 2 * len(placed) >= len(sensors):
        xyz = np.array([position for _, position in placed], dtype=np.float64)
        flat = project(_turn(xyz, header.coordinate_frame), on_sphere=has_head)
        points = {
            name: (float(x), float(y)) for (name, _), (x, y) in zip(placed, flat, strict=True)
        }
        return Layout(points, is_measured=True, has_head=has_head)
    named = {c.name: place for c in sensors if has_head and (place := nominal_place(c.name))}
    # Caps with names of their own (A1 to D32) have a C3 too, which stands elsewhere.
    if 2 * len(named) < len(sensors):
        named = {}
    return Layout(named, is_measured=False, has_head=has_head)


def project(xyz_m: Array, *, on_sphere: bool = True) -> Array:
    r"""Lay positions on a head flat, seen from above.

    .. math:: r = \theta / 90^\circ

    with :math:`\theta` the angle from the vertex as seen from the centre of the sphere that fits
    best: the azimuthal equidistant projection.

    Parameters
    ----------
    xyz_m : ndarray of float64, shape (n_sensors, 3)
        Right, nose, up; in any unit.
    on_sphere : bool
        False looks straight down instead, for electrodes inside the head.

    Returns
    -------
    ndarray of float64, shape (n_sensors, 2)
        Right and nose. On a sphere 1 is the equator; else all lie within the unit circle.

    Examples
    --------
    >>> ring = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]])
    >>> project(ring)[[0, 4]].round(6).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    if not on_sphere or len(xyz_m) < 5:
        return _look_down(xyz_m)
    centre, radius = _fit_sphere(xyz_m)
    spread = float(np.ptp(xyz_m, axis=0).max())
    # A few sensors on a small patch fit a sphere of any size; then a plain view is honest.
    if not (math.isfinite(radius) and 0.25 * spread <= radius <= 1.5 * spread):
        return _look_down(xyz_m)
    x, y, z = (xyz_m - centre).T
    across = np.hypot(x, y)
    theta = np.arctan2(across, z)  # (n_sensors,), 0 at the vertex
    scale = np.divide(theta / (math.pi / 2), across, out=np.zeros_like(across), where=across > 0)
    return np.column_stack([x * scale, y * scale])


def nominal_place(name: str) -> tuple[float, float] | None:
    """Return the place of an electrode of the 10-10 system, from its name alone.

    Rows are arcs through the ring at 72 degrees and the midline; old names of the 10-20 system
    (T3, T5) count as their successors.

    Examples
    --------
    >>> nominal_place("Cz"), nominal_place("EEG T8-REF"), nominal_place("ECG")
    ((0.0, 0.0), (0.8, 0.0), None)
    """
    word = re.split(r"[-\s]", name.upper().removeprefix("EEG").strip(" ._"))[0].strip(".")
    match = _NAME.fullmatch(_OLD_NAMES.get(word, word))
    if match is None:
        return None
    row, column = match[1], match[2]
    midline = _MIDLINE[row] / 90
    if column == "Z":
        return 0.0, round(midline, 4)
    n = int(column)
    if not 1 <= n <= 10:
        return None
    if row in {"FP", "O"}:
        n += 6  # Fp1 and O1 stand on the ring itself.
    side = -1.0 if n % 2 else 1.0
    steps = (n + 1) // 2  # 1 beside the midline, 4 on the ring, 5 below it
    angle = math.radians(_ROWS[row])
    ring_x, ring_y = 0.8 * math.sin(angle), 0.8 * math.cos(angle)
    if steps > 4:
        return round(side * ring_x * 1.25, 4), round(ring_y * 1.25, 4)
    share = steps / 4
    y = midline + (ring_y - midline) * share**2
    return round(side * ring_x * share, 4), round(y, 4) + 0.0


def bounds(points: Sequence[tuple[float, float]]) -> float:
    """Return the distance of the farthest point from the middle, at least 1."""
    return max([1.0, *(math.hypot(x, y) for x, y in points)])


def _is_place(position: tuple[float, float, float] | None) -> bool:
    return position is not None and all(math.isfinite(p) for p in position) and any(position)


def _turn(xyz: Array, frame: str) -> Array:
    """Turn nose-left-up axes into right-nose-up."""
    if frame.casefold() in _NOSE_FIRST:
        return np.column_stack([-xyz[:, 1], xyz[:, 0], xyz[:, 2]])
    return xyz


def _look_down(xyz: Array) -> Array:
    flat = xyz[:, :2] - (xyz[:, :2].max(axis=0) + xyz[:, :2].min(axis=0)) / 2
    reach = float(np.hypot(*flat.T).max()) if len(flat) else 0.0
    scaled: Array = flat * (0.9 / reach if reach > 0 else 1.0)
    return scaled


def _fit_sphere(xyz: Array) -> tuple[Array, float]:
    """Least squares on |p|^2 = 2 p.c + (r^2 - |c|^2); an infinite radius for points in a plane."""
    middle = xyz.mean(axis=0)
    spread = float(np.ptp(xyz, axis=0).max())
    unit = (xyz - middle) / (spread or 1.0)
    system = np.column_stack([2 * unit, np.ones(len(unit))])
    solution, _, rank, _ = np.linalg.lstsq(system, (unit**2).sum(axis=1), rcond=1e-3)
    if rank < 4:
        return middle, math.inf
    radius = math.sqrt(max(float(solution[3] + solution[:3] @ solution[:3]), 0.0))
    centre: Array = solution[:3] * spread + middle
    return centre, radius * spread
