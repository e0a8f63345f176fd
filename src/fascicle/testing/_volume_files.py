"""Synthetic volumes as scanners and converters leave them, with identifiers where they fit."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

OBLIQUE = (
    (-2.1, 0.1, 0.0, 7.0),
    (0.0, 3.3, 0.2, -9.0),
    (0.0, 0.0, 4.7, 11.0),
    (0.0, 0.0, 0.0, 1.0),
)
"""Voxels to millimetres: left-handed, of unequal sizes, and a little turned."""


@dataclass(frozen=True, slots=True)
class VolumeShape:
    """Size, type and place of a synthetic volume.

    Attributes
    ----------
    size : tuple of int
        Length along each axis; a fourth one is time or direction.
    dtype : str
        Type of the stored numbers.
    place : tuple of tuple of float
        Voxels to millimetres, four rows of four.
    tr_s : float
        Time between volumes, in seconds; 0 leaves it out.
    scale : tuple of float
        Slope and intercept from stored to real values.
    """

    size: tuple[int, ...] = (19, 23, 11)
    dtype: str = "<i2"
    place: tuple[tuple[float, ...], ...] = OBLIQUE
    tr_s: float = 0.0
    scale: tuple[float, float] = (1.0, 0.0)

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxels to millimetres, shape (4, 4)."""
        return np.array(self.place, dtype=np.float64)

    def stored(self, seed: int) -> NDArray[Any]:
        """Return stored values: a bright ball in dark noise, a little other in every volume."""
        rng = np.random.default_rng(seed)
        axes = [np.linspace(-1, 1, n) for n in self.size[:3]]
        grid = np.meshgrid(*axes, indexing="ij")
        ball = 900.0 * (np.sum([axis**2 for axis in grid], axis=0) < 0.6)
        volumes = ball.reshape(*self.size[:3], *(1 for _ in self.size[3:]))
        noise = rng.normal(40.0, 15.0, self.size)
        values = np.clip(volumes + noise, 0, None)
        dtype = np.dtype(self.dtype)
        if dtype.kind in "iu":
            values = np.clip(values.round(), 0, np.iinfo(dtype).max)
        stored: NDArray[Any] = values.astype(dtype)
        return stored


def make_nifti(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: VolumeShape | None = None,
    sidecar: dict[str, Any] | None = None,
    bvals: tuple[float, ...] = (),
) -> Path:
    """Write a synthetic NIfTI image, with what converters write beside it.

    Parameters
    ----------
    path : Path
        Ending in ``.nii``, ``.nii.gz``, or ``.hdr`` for a pair.
    seed : int
        The same seed gives the same bytes.
    planted : Planted, optional
        Identifiers for every field of text, an extension, and the sidecar.
    shape : VolumeShape, optional
        Size, type and place.
    sidecar : dict, optional
        Fields of a ``.json`` beside it; there is one with identifiers if `planted` is given.
    bvals : tuple of float
        One b-value for each volume, in s/mm²: ``.bval`` and ``.bvec`` are written if given.

    Returns
    -------
    Path
        `path`.
    """
    import nibabel as nib

    shape = shape or VolumeShape()
    values = shape.stored(seed)
    header = nib.Nifti1Header(endianness=">" if shape.dtype.startswith(">") else "<")
    header.set_data_dtype(values.dtype)
    header.set_data_shape(values.shape)
    header.set_xyzt_units("mm", "sec")
    header.set_sform(shape.affine, code="scanner")
    header["pixdim"][1:4] = np.linalg.norm(shape.affine[:3, :3], axis=0)
    if values.ndim > 3:
        header["pixdim"][4] = shape.tr_s
    header["scl_slope"], header["scl_inter"] = shape.scale
    extensions = b"\0\0\0\0"
    if planted:
        extensions = b"\x01\0\0\0" + _plant(header, planted)
    is_pair = path.suffix == ".hdr"
    header["magic"] = b"ni1" if is_pair else b"n+1"
    header["vox_offset"] = 0 if is_pair else 348 + len(extensions)
    data = values.tobytes(order="F")
    if is_pair:
        path.write_bytes(header.binaryblock + extensions)
        path.with_suffix(".img").write_bytes(data)
    else:
        _write(path, header.binaryblock + extensions + data)
    _write_beside(path, planted, sidecar, bvals)
    return path


def _plant(header: Any, planted: Planted) -> bytes:  # noqa: ANN401 - nibabel has no types
    """Fill the fields of text; return an extension as bytes."""
    header["descrip"] = planted.name
    header["aux_file"] = planted.code
    header["db_name"] = planted.operator
    header["intent_name"] = planted.serial
    remark = f"{planted.name} {planted.institution} {planted.text}".encode()
    size = 16 * -(-(8 + len(remark)) // 16)
    head = np.array([size, 6], dtype=f"{header.endianness}i4").tobytes()  # 6: a comment
    return head + remark.ljust(size - 8, b"\0")


def _write(path: Path, content: bytes) -> None:
    """Write bytes, packed if the name says so; the packed file keeps a name and a time."""
    if path.suffix != ".gz":
        path.write_bytes(content)
        return
    with path.open("wb") as raw, gzip.GzipFile(path.stem, "wb", fileobj=raw, mtime=1574519467) as f:
        f.write(content)


def _write_beside(
    path: Path,
    planted: Planted | None,
    sidecar: dict[str, Any] | None,
    bvals: tuple[float, ...],
) -> None:
    """Write what dcm2niix writes beside an image."""
    stem = path.name.split(".")[0]
    fields = dict(sidecar or {})
    if planted:
        fields |= {
            "PatientName": planted.name,
            "PatientID": planted.code,
            "PatientBirthDate": planted.birth.isoformat(),
            "PatientSex": "F",
            "OperatorsName": planted.operator,
            "InstitutionName": planted.institution,
            "InstitutionAddress": planted.place,
            "DeviceSerialNumber": planted.serial,
            "AcquisitionDateTime": planted.start.strftime("%Y-%m-%dT%H:%M:%S.000000"),
            "ImageComments": planted.text,
        }
    if fields:
        path.with_name(f"{stem}.json").write_text(json.dumps(fields, indent=1), encoding="utf-8")
    if bvals:
        rng = np.random.default_rng(len(bvals))
        vectors = rng.normal(size=(3, len(bvals)))
        vectors /= np.linalg.norm(vectors, axis=0)
        vectors[:, np.asarray(bvals) == 0] = 0
        rows = [" ".join(f"{value:g}" for value in row) for row in (bvals, *vectors.tolist())]
        path.with_name(f"{stem}.bval").write_text(rows[0] + "\n", encoding="ascii")
        path.with_name(f"{stem}.bvec").write_text("\n".join(rows[1:]) + "\n", encoding="ascii")


def make_mgh(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: VolumeShape | None = None,
) -> Path:
    """Write a synthetic FreeSurfer volume with the command lines that FreeSurfer appends.

    Parameters
    ----------
    path : Path
        Ending in ``.mgh`` or ``.mgz``.
    seed, shape : int, VolumeShape
        As in `make_nifti`; types are unsigned bytes, integers of 16 and 32 bits, and floats.
    planted : Planted, optional
        Identifiers for the path of the Talairach transform and a command line.

    Returns
    -------
    Path
        `path`.
    """
    import nibabel as nib

    shape = shape or VolumeShape()
    values = shape.stored(seed)
    image = nib.freesurfer.MGHImage(values.astype(values.dtype.newbyteorder("=")), shape.affine)
    if values.ndim > 3:
        image.header["tr"] = 1000 * shape.tr_s
    image.header["flip_angle"], image.header["te"] = np.deg2rad(9.0), 3.5
    content = image.to_bytes()
    if planted:
        transform = f"/home/{planted.name}/talairach.xfm".encode() + b"\0"
        command = f"mri_convert {planted.code}.dcm by {planted.operator}".encode() + b"\0"
        content += (2).to_bytes(4, "big") + len(transform).to_bytes(4, "big") + transform
        content += (3).to_bytes(4, "big") + len(command).to_bytes(8, "big") + command
    if path.suffix == ".mgz":
        path.write_bytes(gzip.compress(content, mtime=0))
    else:
        path.write_bytes(content)
    return path


def make_minc(
    path: Path,
    *,
    seed: int = 7,
    planted: Planted | None = None,
    shape: VolumeShape | None = None,
    slice_maxima: bool = False,
) -> Path:
    """Write a synthetic MINC 2 image with a history and a patient.

    Parameters
    ----------
    path : Path
        Ending in ``.mnc``.
    seed, shape : int, VolumeShape
        As in `make_nifti`; only the sizes of voxels and the origin are taken of the affine.
    planted : Planted, optional
        Identifiers for the history and the patient.
    slice_maxima : bool
        True gives every slice a scaling of its own, as MINC tools do.

    Returns
    -------
    Path
        `path`.
    """
    import h5py

    shape = shape or VolumeShape()
    stored = shape.stored(seed).transpose()  # (time,) z, y, x
    names = ["zspace", "yspace", "xspace"]
    names = ["time", *names] if stored.ndim > 3 else names
    with h5py.File(path, "w", track_order=True) as file:
        root = file.create_group("minc-2.0")
        where = root.create_group("dimensions")
        for axis, name in enumerate(("xspace", "yspace", "zspace")):
            about = where.create_dataset(name, data=np.int32(0))
            about.attrs["step"] = float(np.linalg.norm(shape.affine[:3, axis]))
            about.attrs["start"] = float(shape.affine[axis, 3])
            about.attrs["length"] = np.int32(shape.size[axis])
            about.attrs["direction_cosines"] = np.eye(3)[axis]
        if stored.ndim > 3:
            about = where.create_dataset("time", data=np.int32(0))
            about.attrs["step"], about.attrs["start"] = shape.tr_s, 0.0
        image = root.create_group("image/0")
        data = image.create_dataset("image", data=stored)
        data.attrs["dimorder"] = np.bytes_(",".join(names))
        top = int(stored.max())
        data.attrs["valid_range"] = np.array([0.0, float(top)])
        n_scales = stored.shape[0] if slice_maxima else 0
        for name, value in (("image-max", 3.0), ("image-min", 0.0)):
            values = value * (1 + np.arange(n_scales)) if n_scales else np.float64(value * top)
            scale = image.create_dataset(name, data=values)
            if n_scales:
                scale.attrs["dimorder"] = np.bytes_(names[0])
        if planted:
            root.attrs["history"] = np.bytes_(f"Sat Nov 23 2019>>> dcm2mnc {planted.name}\n")
            info = root.create_group("info")
            patient = info.create_dataset("patient", data=np.bytes_(""))
            patient.attrs["full_name"] = np.bytes_(planted.name)
            patient.attrs["identification"] = np.bytes_(planted.code)
            patient.attrs["birthdate"] = np.bytes_(planted.birth.isoformat())
            study = info.create_dataset("study", data=np.bytes_(""))
            study.attrs["institution"] = np.bytes_(planted.institution)
            study.attrs["operator"] = np.bytes_(planted.operator)
    return path
