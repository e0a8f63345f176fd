"""Pictures of what made the labels of an image."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Picture
from fascicle.formats import VolumeFile

from ._image_labels import MOVED_MM
from ._image_series import Series
from ._image_structure import Structure
from ._volume_measures import VolumeMeasures
from ._volume_pictures import draw_carpet, draw_lines, thin

_COLOURS: Final = np.array([[0, 0, 0], [60, 110, 220], [210, 160, 60], [230, 230, 230]], np.uint8)
_ARTEFACT: Final = np.array([230, 60, 50], np.uint8)
_LARGEST: Final = 320
_GAP: Final = 6


def draw_structure(volume: NDArray[np.float32], structure: Structure) -> list[Picture]:
    """Draw middle slices of the brain, and where its tissues and artefacts of the air are."""
    if not structure.brain.any():
        return []
    places = [int(np.median(axis)) for axis in np.nonzero(structure.brain)]
    top = float(np.percentile(volume[structure.brain], 99)) or 1.0
    rows = []
    for axis, place in enumerate(places):
        plane = np.clip(np.take(volume, place, axis=axis) / top, 0, 1)
        grey = np.repeat((255 * plane).astype(np.uint8)[..., None], 3, axis=2)
        classes = np.take(structure.classes, place, axis=axis)
        inside = np.take(structure.brain, place, axis=axis)
        coloured = np.where((classes > 0)[..., None], _COLOURS[classes], grey // 3)
        coloured = np.where((inside & (classes == 0))[..., None], grey, coloured)
        coloured[np.take(structure.artefacts, place, axis=axis)] = _ARTEFACT
        rows.append((grey, coloured.astype(np.uint8)))
    return [
        Picture(
            Drawing.IMAGE,
            "Where it was measured",
            "Middle slices of the brain along the stored axes, and below them what was taken for "
            "fluid (blue), grey matter (ochre) and white matter (white); outside of the brain the "
            "image is dark, and artefacts in the air are red.",
            {"pixels": _join(rows)},
            exposes="head",
        )
    ]


def draw_series(
    file: VolumeFile, measures: VolumeMeasures, series: Series, tr_s: float
) -> list[Picture]:
    """Draw movement and change over time above the carpet of voxels."""
    lines = [
        thin(np.nan_to_num(series.displacement_mm)),
        thin(np.nan_to_num(series.dvars.standard)),
        thin(series.outliers),
    ]
    times = np.linspace(0, file.n_volumes - 1, lines[0].size) * tr_s
    turns = np.nan_to_num(np.degrees(series.motion[:, 3:]))
    shifts = np.nan_to_num(series.motion[:, :3])
    return [
        draw_lines(
            "Movement and change",
            "Displacement of the head from volume to volume (volumes above "
            f"{MOVED_MM:g} mm are labelled), standardised DVARS (1 is noise alone), and the share "
            "of outlying voxels.",
            times,
            lines,
            "Time (s)",
            ("Displacement (mm)", "DVARS", "Outliers"),
        ),
        draw_lines(
            "Position of the head",
            "Shift and turn relative to the first steady volume.",
            times,
            [thin(line) for line in (*shifts.T, *turns.T)],
            "Time (s)",
            ("x (mm)", "y (mm)", "z (mm)", "about x (°)", "about y (°)", "about z (°)"),
        ),
        draw_carpet(measures),
    ]


def _join(rows: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Return planes beside one another, thinned out so that they fit, each above its colours."""
    largest = max(max(grey.shape[:2]) for grey, _ in rows)
    step = -(-largest // _LARGEST)
    pairs = [[p[::step, ::step].transpose(1, 0, 2)[::-1] for p in pair] for pair in rows]
    high = max(pair[0].shape[0] for pair in pairs)
    wide = sum(pair[0].shape[1] for pair in pairs) + _GAP * (len(pairs) - 1)
    canvas = np.zeros((2 * high + _GAP, wide, 3), np.uint8)
    left = 0
    for grey, coloured in pairs:
        n_rows, n_columns = grey.shape[:2]
        canvas[:n_rows, left : left + n_columns] = grey
        canvas[high + _GAP : high + _GAP + n_rows, left : left + n_columns] = coloured
        left += n_columns + _GAP
    return canvas
