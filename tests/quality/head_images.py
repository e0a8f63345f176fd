"""Heads drawn for tests: a T1-weighted image with three tissues, and echo-planar series."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from fascicle.maths import rigid_matrix

MM = (3.1, 3.0, 3.2)
SHAPE = (59, 69, 57)
EPI_MM = (5.0, 5.2, 5.4)
EPI_SHAPE = (37, 43, 31)


def make_structure(noise: float = 12.0, seed: int = 7) -> np.ndarray:
    """Return a T1-weighted head in which dark bone lies between skin and brain."""
    rng = np.random.default_rng(seed)
    x, y, z = np.meshgrid(*((np.arange(n) - n / 2) * mm for n, mm in zip(SHAPE, MM, strict=True)),
                          indexing="ij")  # fmt: skip
    radius = np.sqrt((x / 62) ** 2 + (y / 75) ** 2 + (z / 62) ** 2)
    folds = gaussian_filter(np.random.default_rng(1).normal(0, 1, SHAPE), 1.8)
    limits = np.quantile(folds[radius < 1], [0.15, 0.55])
    volume = np.zeros(SHAPE)
    volume[(radius < 1.28) & (radius > 1.18)] = 1000
    volume[(radius <= 1.18) & (radius >= 1)] = 50
    brain = radius < 1
    tissue = np.array([250.0, 600.0, 900.0])[np.searchsorted(limits, folds[brain])]
    volume[brain] = tissue
    return np.hypot(volume + rng.normal(0, noise, SHAPE), rng.normal(0, noise, SHAPE))


def make_epi(
    n_volumes: int = 16, noise: float = 4.0, seed: int = 7
) -> tuple[np.ndarray, np.ndarray]:
    """Return a series of a still brain, shape (n_x, n_y, n_z, n_volumes), and its clean volume."""
    rng = np.random.default_rng(seed)
    x, y, z = np.meshgrid(
        *((np.arange(n) - n / 2) * mm for n, mm in zip(EPI_SHAPE, EPI_MM, strict=True)),
        indexing="ij",
    )
    inside = gaussian_filter(((x / 62) ** 2 + (y / 75) ** 2 + (z / 58) ** 2 < 1).astype(float), 0.8)
    folds = gaussian_filter(np.random.default_rng(1).normal(0, 1, EPI_SHAPE), 1.5)
    clean = inside * (800 + 1500 * folds)
    series = np.abs(clean[..., None] + rng.normal(0, noise, (*EPI_SHAPE, n_volumes)))
    return series, clean


def epi_affine() -> np.ndarray:
    affine = np.diag([-EPI_MM[0], EPI_MM[1], EPI_MM[2], 1.0])
    affine[:3, 3] = [90, -110, -85]
    return affine


def move(volume: np.ndarray, motion: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Return a volume after its content was moved about the middle of the field of view."""
    centre_mm = (affine @ [*(np.array(volume.shape) / 2), 1])[:3]
    back = np.linalg.inv(affine) @ np.linalg.inv(rigid_matrix(motion, centre_mm)) @ affine
    places = back[:3, :3] @ np.indices(volume.shape).reshape(3, -1) + back[:3, 3:]
    moved = map_coordinates(spline_filter(volume, 5), places, order=5, prefilter=False)
    return moved.reshape(volume.shape)


def save_image(
    dataset: Path, place: str, values: np.ndarray, affine: np.ndarray, tr_s: float = 0.0
) -> Path:
    """Write an image into a BIDS dataset."""
    path = dataset / place
    path.parent.mkdir(parents=True, exist_ok=True)
    description = {"Name": "x", "BIDSVersion": "1.10.0"}
    (dataset / "dataset_description.json").write_text(json.dumps(description))
    image = nib.Nifti1Image(values.astype(np.float32), affine)
    if tr_s:
        image.header.set_zooms((*image.header.get_zooms()[:3], tr_s))
        image.header.set_xyzt_units("mm", "sec")
    nib.save(image, path)
    return path
