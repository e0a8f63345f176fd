"""Philips PAR/REC: all that is known in a text, the values in a file beside it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import FileHead, Identifier, Subject
from fascicle.errors import FormatError

from ._files import file_size, truncated
from ._gradients import Gradients
from ._vendor import find_identifiers, same_stem
from ._volumes import (
    OpenedVolume,
    VolumeFormat,
    VolumeStory,
    make_volume_header,
    read_array_slabs,
    require_data,
)

_LARGEST_PAR: Final = 64 << 20
_DATASET: Final = re.compile(r"^#\s*Dataset name:\s*(.+?)\s*$", re.MULTILINE)


class ParRec(VolumeFormat):
    """Philips PAR/REC, versions 4 to 4.2."""

    name = "par-rec"
    title = "Philips PAR/REC (.par with .rec)"

    def recognises(self, head: FileHead) -> bool:
        """Look for the title that the scanner writes."""
        start = head.head.lstrip()
        is_titled = start.startswith(b"#") and b"DATA DESCRIPTION FILE" in start[:600]
        return is_titled and (b"image export tool" in start or b"Patient name" in start)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the file of values."""
        return same_stem(head, siblings, (".rec",))

    def open_volume(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedVolume:
        """Read the text; values are mapped when they are written."""
        par = _read_par(root / files[0])
        header = _parse_par(par)
        _require_one_kind(header)
        if len(files) < 2:
            raise FormatError(
                "FSC205",
                "Expected a .rec file with the values beside the .par, got none.",
                "Copy it from the scanner as well.",
            )
        shape = tuple(int(n) for n in header.get_data_shape())
        slopes, inters = (np.asarray(part) for part in header.get_data_scaling("dv"))
        is_even = bool((slopes == slopes.flat[0]).all() and (inters == inters.flat[0]).all())
        image = _as_nifti(header, shape, is_even, float(slopes.flat[0]), float(inters.flat[0]))
        gradients = _find_gradients(header)
        story = _tell(files[0], par, header, gradients)
        rec = root / files[1]
        n_expected = int(np.prod(header.get_rec_shape())) * header.get_data_dtype().itemsize
        if file_size(rec) < n_expected:
            raise truncated("voxels", n_expected, file_size(rec))
        require_data(rec, shape, header.get_data_dtype().itemsize)
        volume = make_volume_header(image, story)
        scaling = None if is_even else (slopes, inters)
        return OpenedVolume(
            volume, image, lambda: _read_values(rec, header, shape, scaling), gradients,
            is_copy=is_even,
        )  # fmt: skip


def _read_par(path: Path) -> str:
    """Return the text of a .par file."""
    if file_size(path) > _LARGEST_PAR:
        raise FormatError(
            "FSC203",
            "Expected a .par file of a usual size, got a far larger one.",
            "Export the recording again.",
        )
    return path.read_bytes().decode("utf-8", "replace")


def _parse_par(text: str) -> Any:  # noqa: ANN401 - nibabel has no types
    """Return the header as nibabel reads it."""
    from nibabel.parrec import PARRECHeader

    return PARRECHeader.from_fileobj(io.StringIO(text), strict_sort=True)


def _require_one_kind(header: Any) -> None:  # noqa: ANN401 - nibabel has no types
    """Raise FSC228 if magnitudes and phases, or several echoes, lie in one file."""
    for name in ("image_type_mr", "echo number", "scanning sequence", "label type"):
        if name in header.image_defs.dtype.names:
            n_kinds = len(np.unique(header.image_defs[name]))
            if n_kinds > 1:
                raise FormatError(
                    "FSC228",
                    f"Expected one kind of image in a PAR/REC pair, got {n_kinds} (echoes, phases "
                    "or labels beside one another).",
                    "Export the series as DICOM, or convert it with dcm2niix, which parts them.",
                )


def _as_nifti(
    header: Any,  # noqa: ANN401 - nibabel has no types
    shape: tuple[int, ...],
    is_even: bool,
    slope: float,
    inter: float,
) -> Any:  # noqa: ANN401
    """Return size, place and scaling as a NIfTI header: whole numbers if one scaling is for all."""
    import nibabel as nib

    image = nib.Nifti1Header(endianness="<")
    image.set_data_dtype(header.get_data_dtype().newbyteorder("<") if is_even else "<f8")
    image.set_data_shape(shape)
    zooms = [float(size) for size in header.get_zooms()]
    image.structarr["pixdim"][1 : len(zooms) + 1] = zooms
    if len(shape) > 3:
        image.structarr["pixdim"][4] = (
            float(np.ravel(header.general_info["repetition_time"])[0]) / 1000
        )
    image.set_xyzt_units("mm", "sec")
    image.set_sform(np.asarray(header.get_affine(), dtype=np.float64), code="scanner")
    if is_even:
        image.structarr["scl_slope"], image.structarr["scl_inter"] = slope, inter
    return image


def _read_values(
    rec: Path,
    header: Any,  # noqa: ANN401 - nibabel has no types
    shape: tuple[int, ...],
    scaling: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> Iterator[bytes]:
    """Yield the values slice by slice, in the order of the volumes."""
    stored = np.memmap(rec, header.get_data_dtype(), "r", shape=header.get_rec_shape(), order="F")
    order = header.get_sorted_slice_indices()
    dtype = np.dtype("<f8") if scaling else header.get_data_dtype().newbyteorder("<")

    def read(volume: int, at: int) -> NDArray[Any]:
        values: NDArray[Any] = stored[..., order[volume * shape[2] + at]]
        if scaling is None:
            return values
        slope, inter = (part[(0, 0, at, volume)[: part.ndim]] for part in scaling)
        scaled: NDArray[Any] = values * float(slope) + float(inter)
        return scaled

    return read_array_slabs(read, shape, dtype)


def _find_gradients(header: Any) -> Gradients | None:  # noqa: ANN401 - nibabel has no types
    """Return the gradients in the frame of the image, as FSL has them."""
    bvals, bvecs = header.get_bvals_bvecs()
    if bvals is None or bvecs is None:
        return None
    vectors = np.asarray(bvecs, dtype=np.float64).T.copy()  # (3, n_volumes)
    if np.linalg.det(np.asarray(header.get_affine())[:3, :3]) > 0:
        vectors[0] *= -1  # FSL counts the first axis to the left
    return Gradients(np.asarray(bvals, dtype=np.float64), vectors)


def _tell(
    path: PurePosixPath,
    par: str,
    header: Any,  # noqa: ANN401 - nibabel has no types
    gradients: Gradients | None,
) -> VolumeStory:
    """Gather what the text says of times, and of people."""
    info = header.general_info
    fields = [
        ("name", "patient name", info.get("patient_name")),
        ("id", "examination name", info.get("exam_name")),
        ("date", "examination date", str(info.get("exam_date", "")).partition("/")[0].strip()),
        *(("path", "dataset name", match[1]) for match in _DATASET.finditer(par)),
    ]
    found: tuple[Identifier, ...] = tuple(find_identifiers("PAR header", fields))
    name = str(info.get("patient_name") or "").strip()
    return VolumeStory(
        path,
        _technical(header),
        Subject(name=name),
        _moment(str(info.get("exam_date", ""))),
        found,
        "",
        None if gradients is None else tuple(gradients.bvals.tolist()),
    )


def _technical(header: Any) -> dict[str, Any]:  # noqa: ANN401 - nibabel has no types
    """Return times in seconds and angles in degrees, by their BIDS names."""
    info, images = header.general_info, header.image_defs
    about: dict[str, Any] = {
        "Manufacturer": "Philips",
        "ProtocolName": str(info.get("protocol_name") or ""),
        "RepetitionTime": float(np.ravel(info["repetition_time"])[0]) / 1000,
        "ScanningSequence": ["EP"] if int(info.get("epi_factor") or 0) > 1 else ["GR"],
    }
    for name, field, scale in (
        ("EchoTime", "echo_time", 1000.0),
        ("FlipAngle", "image_flip_angle", 1.0),
        ("SliceThickness", "slice thickness", 1.0),
        ("InversionTime", "Inversion delay", 1000.0),
    ):
        if field in images.dtype.names and float(images[field][0]) > 0:
            about[name] = round(float(images[field][0]) / scale, 6)
    if "slice gap" in images.dtype.names and "SliceThickness" in about:
        about["SpacingBetweenSlices"] = about["SliceThickness"] + float(images["slice gap"][0])
    return about


def _moment(text: str) -> datetime | None:
    """Return the start of the examination."""
    try:
        return datetime.strptime(" ".join(text.split()), "%Y.%m.%d / %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
