"""What is measured of a structural image: contrast, noise, sharpness, where its brain is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    TissueValues,
    air_signal_to_noise,
    artefact_share,
    contrast_to_noise,
    estimate_unevenness,
    find_air_artefacts,
    find_brain,
    find_head,
    focus_entropy,
    foreground_energy,
    joint_variation,
    signal_to_noise,
    smoothness_voxels,
    three_classes,
    white_to_top,
)

TISSUES: Final = ("csf", "gm", "wm")
"""Classes of a T1-weighted image from dark to bright, by MRIQC's names."""
_NEIGHBOUR_MM: Final = 0.8
_FEWEST: Final = 1000
"""Tissues with fewer voxels after an erosion are measured without it, as thin they are."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What was measured of a structural image.

    Attributes
    ----------
    measures : dict of str to float
        By MRIQC's names.
    brain : ndarray of bool, shape (n_x, n_y, n_z)
        Where the brain is.
    classes : ndarray of uint8, shape (n_x, n_y, n_z)
        1 to 3 for `TISSUES`, 0 elsewhere.
    artefacts : ndarray of bool, shape (n_x, n_y, n_z)
        Air that holds more than noise.
    """

    measures: dict[str, float]
    brain: NDArray[np.bool_]
    classes: NDArray[np.uint8]
    artefacts: NDArray[np.bool_]


def measure_structure(
    volume: NDArray[np.float32],
    voxel_mm: tuple[float, float, float],
    *,
    up: tuple[int, int],
    is_t1: bool,
) -> Structure:
    """Measure a structural image.

    Parameters
    ----------
    volume : ndarray of float32, shape (n_x, n_y, n_z)
        Finite values.
    voxel_mm : tuple of float
        Size of a voxel along each axis, in millimetres.
    up : tuple of int
        The stored axis that points to the top of the head, and 1 or -1 for its direction.
    is_t1 : bool
        True if fluid is dark and white matter bright: tissues are measured too.

    Returns
    -------
    Structure
        Measures that cannot be taken are left out.
    """
    from scipy.ndimage import distance_transform_edt

    head = find_head(volume, voxel_mm)
    brain = find_brain(volume, head, voxel_mm, up=up)
    distance_mm = distance_transform_edt(~head, sampling=voxel_mm)
    artefacts = find_air_artefacts(volume, ~head, distance_mm)
    air = TissueValues.of(volume[~head & ~artefacts])
    found = {
        "efc": focus_entropy(volume),
        "fber": foreground_energy(volume, head),
        "qi_1": artefact_share(~head, artefacts),
        **_smoothness(volume, brain),
        "brain_ml": float(np.count_nonzero(brain) * np.prod(voxel_mm) / 1000),
    }
    classes = np.zeros(volume.shape, np.uint8)
    if is_t1 and np.count_nonzero(brain) >= _FEWEST:
        field = estimate_unevenness(volume, brain)
        even = volume / field
        classes = _classify(even, brain, voxel_mm)
        found |= _measure_tissues(even, classes, air)
        low, high = np.percentile(field[brain], [5, 95])
        found |= {"inu_range": float(high - low), "inu_med": float(np.median(field[brain]))}
    measures = {name: value for name, value in found.items() if np.isfinite(value)}
    return Structure(measures, brain, classes, artefacts)


def _smoothness(volume: NDArray[np.float32], brain: NDArray[np.bool_]) -> dict[str, float]:
    """Return the smoothness along the stored axes, and its mean."""
    widths = smoothness_voxels(volume, brain)
    mean = float(np.mean(widths))
    return dict(zip(("fwhm_x", "fwhm_y", "fwhm_z"), widths, strict=True)) | {"fwhm_avg": mean}


def _classify(
    even: NDArray[np.float32], brain: NDArray[np.bool_], voxel_mm: tuple[float, float, float]
) -> NDArray[np.uint8]:
    """Return the class of each voxel of the brain by its brightness and that of its neighbours.

    By its own alone each tissue would have its noise cut off at the limits.
    """
    from scipy.ndimage import gaussian_filter

    classes = np.zeros(even.shape, np.uint8)
    around = gaussian_filter(even, [_NEIGHBOUR_MM / mm for mm in voxel_mm])[brain]
    _, limits = three_classes(around)
    if np.isfinite(limits).all():
        classes[brain] = 1 + np.searchsorted(limits, around)
    return classes


def _measure_tissues(
    even: NDArray[np.float32], classes: NDArray[np.uint8], air: TissueValues
) -> dict[str, float]:
    """Return what is measured within and between the tissues."""
    values = {
        name: TissueValues.of(even[_core(classes == 1 + k)]) for k, name in enumerate(TISSUES)
    }
    white, grey = values["wm"], values["gm"]
    n_brain = max(int(np.count_nonzero(classes)), 1)
    found = {
        "cjv": joint_variation(white, grey),
        "cnr": contrast_to_noise(white, grey, air.spread),
        "wm2max": white_to_top(even, white),
    }
    for k, name in enumerate(TISSUES):
        found[f"snr_{name}"] = signal_to_noise(values[name])
        found[f"snrd_{name}"] = air_signal_to_noise(values[name], air)
        found[f"icvs_{name}"] = float(np.count_nonzero(classes == 1 + k) / n_brain)
    for kind in ("snr", "snrd"):
        found[f"{kind}_total"] = float(np.mean([found[f"{kind}_{name}"] for name in TISSUES]))
    return found


def _core(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask without its rim, which is partly of other tissue."""
    from scipy.ndimage import binary_erosion, generate_binary_structure

    eroded: NDArray[np.bool_] = binary_erosion(mask, generate_binary_structure(3, 2))
    return eroded if np.count_nonzero(eroded) >= _FEWEST else mask
