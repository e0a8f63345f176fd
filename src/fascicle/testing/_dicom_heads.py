"""Heads of nobody as scanners export them: DICOM files full of identifiers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._dicom_files import make_dicom
from ._heads import make_head
from ._planted import Planted


@dataclass(frozen=True, slots=True)
class DicomHead:
    """A simulated head as a DICOM series.

    Attributes
    ----------
    paths : tuple of Path
        The slices, along their normal.
    values : ndarray, shape (n_columns, n_rows, n_slices)
        As stored.
    affine : ndarray of float64, shape (4, 4)
        From columns, rows and slices to millimetres to the right, front and top.
    brain : ndarray of bool, shape of `values`
        Where the brain is.
    """

    paths: tuple[Path, ...]
    values: NDArray[Any]
    affine: NDArray[np.float64]
    brain: NDArray[np.bool_]


def make_dicom_head(
    folder: Path,
    seed: int,
    *,
    orientation: str = "LPS",
    voxel: float = 4.0,
    planted: Planted | None = None,
    changes: Mapping[str, Any] | None = None,
) -> DicomHead:
    """Write a simulated head as a series of T1-weighted DICOM slices.

    Parameters
    ----------
    folder : Path
        Is made if it is not there.
    seed : int
        Whose head, as `make_head` has it.
    orientation : str
        Where columns, rows and slices point to: ``"LPS"`` is axial, ``"PIR"`` sagittal.
    voxel : float
        Edge of a voxel, in millimetres.
    planted : Planted, optional
        Identifiers to put into every field that can hold one.
    changes : mapping of str to object, optional
        DICOM keywords with values that all slices have instead.

    Returns
    -------
    DicomHead
        What was written.

    Examples
    --------
    >>> import tempfile
    >>> make_dicom_head(Path(tempfile.mkdtemp()), 3, voxel=6.0).values.shape
    (32, 43, 39)
    """
    import pydicom

    scan, affine, brain, _ = make_head(seed, voxel=voxel, orientation=orientation)
    values = scan.round().astype("<u2")
    room = folder / "pattern"
    slice_ = pydicom.dcmread(make_dicom(room, "T1w", seed=seed, planted=planted)[0])
    shutil.rmtree(room)
    first_uid = slice_.SOPInstanceUID
    to_dicom = np.diag([-1.0, -1.0, 1.0])  # which counts to the left and back
    slice_.ImageOrientationPatient = (to_dicom @ affine[:3, :2] / voxel).T.ravel().tolist()
    slice_.PixelSpacing, slice_.SliceThickness = [voxel, voxel], voxel
    slice_.SpacingBetweenSlices = voxel
    slice_.Columns, slice_.Rows = values.shape[:2]
    slice_.BitsStored, slice_.HighBit = 16, 15
    for keyword, value in (changes or {}).items():
        setattr(slice_, keyword, value)
    paths = []
    for k in range(values.shape[2]):
        uid = f"{first_uid}.{k + 1}"
        slice_.SOPInstanceUID = slice_.file_meta.MediaStorageSOPInstanceUID = uid
        slice_.InstanceNumber = k + 1
        slice_.ImagePositionPatient = (to_dicom @ (affine @ [0, 0, k, 1])[:3]).tolist()
        slice_.PixelData = values[..., k].T.tobytes()
        paths.append(folder / f"{k:03d}.dcm")
        slice_.save_as(paths[-1])
    return DicomHead(tuple(paths), values, affine, brain)
