"""What every plug-in must do that reads volumes: images of a body, alone or over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, Header, Subject

from ._contracts_base import RecordingContract


class VolumeContract(RecordingContract):
    """What every format of volumes must do; a plug-in's test is a subclass of it.

    The recording is written as ``.nii.gz`` with nothing but numbers in its header; values and
    place in space are those that another library reads from the source.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_nifti
    >>> class TestNifti(VolumeContract):
    ...     format_name = "nifti"
    ...
    ...     def make_recording(self, root):
    ...         return make_nifti(root / "a.nii", seed=7, planted=Planted())
    """

    stem = "sub-01_T1w"
    n_damaged: int | None = 1
    flip_reach = 512

    tolerance: float = 0.0
    """Largest difference of a value to the oracle."""

    place_tolerance_mm: float = 1e-4
    """Largest difference of a place in space to the oracle, in millimetres."""

    def read_oracle(self, path: Path) -> tuple[NDArray[Any], NDArray[np.float64]] | None:
        """Return values and affine (4 by 4, to mm, RAS) as another library reads the source."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it: numbers alone."""
        return released_volume(header)

    def make_misfit(self, header: Header) -> Header:
        """Return the header of a larger volume."""
        return replace(header, shape=(header.shape[0] + 1, *header.shape[1:]))

    def require_complete(self, header: Header) -> None:
        """Kind, shape, and why it is taken for that kind are read."""
        assert header.modality.family is Family.VOLUME
        assert header.suffix
        assert len(header.shape) >= 3
        assert min(header.shape) > 0
        assert 0 < header.certainty <= 1
        assert header.evidence

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Shape, values and place in space come back as the oracle reads the source."""
        primary, _, path = self._convert(tmp_path)

        assert path.name == f"{self.stem}.nii.gz"
        values, affine = read_canonical(path)
        oracle = self.read_oracle(primary)
        if oracle is not None:
            expected, place = _canonical(*oracle)
            np.testing.assert_allclose(values, expected, rtol=0, atol=self.tolerance)
            np.testing.assert_allclose(affine, place, rtol=0, atol=self.place_tolerance_mm)


def released_volume(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, numbers alone."""
    numbers = {k: v for k, v in header.metadata.items() if isinstance(v, int | float)}
    return replace(
        header,
        subject=Subject(code="sub-01"),
        identifiers=(),
        measured_at=None,
        evidence=(),
        metadata=numbers,
    )


def read_canonical(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scaled values of a written image and its affine, axes to right, front and top.

    Parameters
    ----------
    path : Path
        A ``.nii`` or ``.nii.gz`` file.

    Returns
    -------
    ndarray of float64, ndarray of float64
        Values of shape (n_x, n_y, n_z) or with more axes behind; affine of shape (4, 4), to mm.
    """
    import nibabel as nib

    image = nib.as_closest_canonical(nib.load(path))
    return np.asarray(image.dataobj, dtype=np.float64), np.asarray(image.affine)


def _canonical(
    values: NDArray[Any], affine: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and affine with the axes to right, front and top."""
    import nibabel as nib

    wide = np.asarray(values, dtype=np.float64)
    image = nib.as_closest_canonical(nib.Nifti1Image(wide, affine))
    return np.asarray(image.dataobj), np.asarray(image.affine)
