"""Labels of a functional series: which volumes moved, spiked, were lost or not yet steady."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Label

from ._image_series import Series

MOVED_MM: Final = 0.5
"""Framewise displacement above which Power et al. (2012) leave a volume out."""
FD_ERROR_MM: Final = 0.03
"""Standard error of the framewise displacement, rounded up from `benchmarks/annotate_images.py`."""
_GOES_AND_COMES: Final = 2
"""Movements from the volume before to two volumes later that explain a change of slices."""
SPIKE_CONFIDENCE: Final = 0.95
LOST_CONFIDENCE: Final = 1.0
SETTLING_CONFIDENCE: Final = 0.9


def label_series(series: Series, tr_s: float) -> tuple[Label, ...]:
    """Label the stretches of a series that should not be used as they are.

    Parameters
    ----------
    series : Series
        What was measured.
    tr_s : float
        Time between volumes, in seconds.

    Returns
    -------
    tuple of Label
        ``"lost"``, ``"motion"``, ``"settling"`` and ``"spike"``, in order of their onsets. The
        confidence of ``"motion"`` is the probability that the displacement is truly above
        `MOVED_MM`, given the error of its estimate.
    """
    moved = np.nan_to_num(series.displacement_mm)
    is_moving = moved > MOVED_MM
    # A slice that changes while the head goes and comes back does not flare up by itself.
    around = np.convolve(is_moving, np.ones(4), mode="full")[2 : 2 + moved.size]
    spiking = np.asarray(series.spikes.any(axis=0)) & (around < _GOES_AND_COMES)
    labels = [
        *_label_runs("motion", is_moving, tr_s, moved, "fd_mm"),
        *_label_runs("spike", spiking, tr_s, series.spike_z, "slice_z"),
        *_label_runs("lost", series.is_lost, tr_s, series.outliers, "outlier_share"),
    ]
    if series.n_settling:
        duration_s = series.n_settling * tr_s
        labels.append(Label("settling", SETTLING_CONFIDENCE, 0.0, duration_s))
    return tuple(sorted(labels, key=lambda label: (label.onset_s, label.kind)))


def _label_runs(
    kind: str,
    is_there: NDArray[np.bool_],
    tr_s: float,
    evidence: NDArray[np.float64],
    name: str,
) -> Iterator[Label]:
    """Yield a label for each run of volumes."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_there, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2):
        top = float(evidence[first:end].max())
        confidence = {
            "motion": motion_confidence(top), "spike": SPIKE_CONFIDENCE, "lost": LOST_CONFIDENCE,
        }[kind]  # fmt: skip
        shown = {name: top} if math.isfinite(top) else {}
        yield Label(
            kind, confidence, float(first * tr_s), float((end - first) * tr_s),
            evidence=shown | {"n_volumes": float(end - first)},
        )  # fmt: skip


def motion_confidence(displacement_mm: float) -> float:
    """Return how likely the true displacement is above `MOVED_MM`.

    Examples
    --------
    >>> [round(motion_confidence(fd_mm), 2) for fd_mm in (0.47, 0.5, 0.56)]
    [0.16, 0.5, 0.98]
    """
    return 0.5 * (1 + math.erf((displacement_mm - MOVED_MM) / (FD_ERROR_MM * math.sqrt(2))))
