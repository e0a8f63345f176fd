"""Add what a scanner leaves in a lab's folder to the demo's raw folder.

The diffusion images and the functional images are real: small samples that nibabel's package
carries. The head is simulated, because no real one may be shown. Names, numbers and dates that
stand in them are those of the demo's invented people, planted.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from make_demo_input import Person

HEAD_SHAPE = (88, 104, 84)
HEAD_VOXEL_MM = 2.0


def write_scans(people: tuple[Person, ...], raw: Path, *, clinic: str, operator: str) -> None:
    """Write DICOM of two people in one folder, functional images of a third, and a head.

    Parameters
    ----------
    people : tuple of Person
        The invented participants; the first three were scanned.
    raw : Path
        The raw folder.
    clinic, operator : str
        Planted in the headers.
    """
    folder = raw / "MRT Export"
    folder.mkdir(parents=True)
    for number, person in enumerate(people[:2]):
        write_dicom(person, number, folder, clinic=clinic, operator=operator)
    write_functional(people[2], folder / "VP03_rest_bold.nii.gz")
    write_head(people[0], folder / "VP01_T1w_mprage.nii.gz")


def find_samples() -> Path:
    """Return the folder of nibabel's own test images."""
    import nibabel

    return Path(nibabel.__file__).parent / "tests" / "data"


def write_dicom(person: Person, number: int, folder: Path, *, clinic: str, operator: str) -> None:
    """Write two real diffusion volumes as if the person had been scanned, under a scanner's names.

    The scanner knows people by the number of the hospital, not by the code of the study.
    """
    import pydicom
    from pydicom.uid import generate_uid

    day = date(2024, 3, 12 + number)
    series = generate_uid(entropy_srcs=[person.hospital_number])
    for volume in range(2):
        image = pydicom.dcmread(find_samples() / f"{volume}.dcm")
        image.PatientID = person.hospital_number
        image.PatientName = f"{person.last}^{person.first}"
        image.PatientBirthDate = f"{person.birth:%Y%m%d}"
        image.PatientSex = person.sex
        image.InstitutionName = clinic
        image.OperatorsName = operator
        for field in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
            setattr(image, field, f"{day:%Y%m%d}")
        image.SeriesInstanceUID = series
        image.SOPInstanceUID = generate_uid(entropy_srcs=[person.hospital_number, str(volume)])
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(folder / f"IM{10 * number + volume:06d}")


def write_functional(person: Person, path: Path) -> None:
    """Write real functional images whose description names somebody."""
    import nibabel

    image = nibabel.load(find_samples() / "example4d.nii.gz")
    image.header["descrip"] = f"{person.last} {person.first} {person.hospital_number}".encode()
    nibabel.save(image, path)


def write_head(person: Person, path: Path) -> None:
    """Write a simulated T1-weighted head with a nose, whose description names somebody."""
    import nibabel

    image = nibabel.Nifti1Image(
        simulate_head(HEAD_SHAPE), np.diag([HEAD_VOXEL_MM, HEAD_VOXEL_MM, HEAD_VOXEL_MM, 1.0])
    )
    image.header["descrip"] = f"T1 {person.last} {person.first}".encode()
    image.header.set_xyzt_units("mm", "sec")
    nibabel.save(image, path)


def simulate_head(shape: tuple[int, int, int]) -> NDArray[Any]:
    """Return a head of ellipsoids: scalp, skull, brain in two tissues, eyes and a nose.

    Parameters
    ----------
    shape : tuple of int
        Voxels from left to right, back to front, below to above.

    Returns
    -------
    ndarray of int16
        Brightness as in a T1-weighted image, with noise.
    """
    rng = np.random.default_rng(20240312)
    axes = [np.linspace(-1, 1, n) for n in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    image = np.zeros(shape)

    def paint(
        centre: tuple[float, float, float], size: tuple[float, float, float], value: int
    ) -> None:
        inside = sum(((at - c) / s) ** 2 for at, c, s in zip((x, y, z), centre, size, strict=True))
        image[np.asarray(inside) <= 1] = value

    paint((0, 0, 0), (0.80, 0.88, 0.92), 420)  # scalp
    paint((0, 0.88, -0.25), (0.12, 0.14, 0.14), 420)  # nose
    paint((0, -0.02, 0.05), (0.72, 0.78, 0.80), 60)  # skull
    paint((0, -0.02, 0.05), (0.66, 0.72, 0.74), 330)  # grey matter
    paint((0, -0.02, 0.05), (0.54, 0.60, 0.62), 480)  # white matter
    for side in (-1, 1):
        paint((0.12 * side, -0.05, 0.08), (0.08, 0.25, 0.16), 90)  # ventricles
        paint((0.30 * side, 0.72, -0.10), (0.13, 0.12, 0.12), 120)  # eyes
    noisy = image + rng.normal(0, 12, shape) * (image > 0) + np.abs(rng.normal(0, 4, shape))
    return np.clip(noisy, 0, 1000).astype(np.int16)
