"""What all formats of volumes have in common that are not DICOM.

A volume is *opened*: that gives its header, a NIfTI header of its geometry, and a way to read the
stored values in pieces. Everything is written as ``.nii.gz``.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Identifier, Modality, Subject
from fascicle.errors import FormatError

from ._files import file_size, require_room, written_paths
from ._gradients import Gradients, write_gradients
from ._nifti_write import SLAB_BYTES, clean_header, write_slabs
from ._vendor import DecodedFormat, foreign_reader
from ._volume_kinds import VolumeFacts, find_volume_kind, shows_head

if TYPE_CHECKING:
    from datetime import datetime

    from fascicle.core import Source, Written

_LONGEST_TR_S = 100.0
"""No scanner waits longer between volumes: such a number is milliseconds."""
_SPACE_UNITS_MM = {1: 1000.0, 2: 1.0, 3: 0.001}
_TIME_UNITS_S = {8: 1.0, 16: 1e-3, 24: 1e-6}


@dataclass(frozen=True, slots=True)
class OpenedVolume:
    """A volume that was opened.

    Attributes
    ----------
    header : Header
        What it says.
    image : nibabel.Nifti1Header or nibabel.Nifti2Header
        Size, type, scaling and place of the stored values; its texts are not used.
    slabs : callable
        Yields the stored values in order, first axis fastest, in the type of `image`.
    gradients : Gradients or None
        Of a diffusion image.
    tables : mapping of str to bytes
        Tables to be written beside it, by the ending of their name.
    is_copy : bool
        True if the stored values are the very ones of the source.
    """

    header: Header
    image: Any
    slabs: Callable[[], Iterator[bytes]]
    gradients: Gradients | None = None
    tables: Mapping[str, bytes] = field(default_factory=dict)
    is_copy: bool = True


@dataclass(frozen=True, slots=True)
class VolumeStory:
    """What the files of a volume tell beside its geometry.

    Attributes
    ----------
    path : PurePosixPath
        Of the image in the raw folder.
    metadata : mapping of str to JSON values
        Fields by their BIDS names.
    subject : Subject
        Whom it is of.
    measured_at : datetime or None
        When.
    identifiers : tuple of Identifier
        What points to somebody.
    description : str
        Free text of the header.
    bvals : tuple of float or None
        b-values beside it, in s/mm².
    """

    path: PurePosixPath
    metadata: Mapping[str, Any] = field(default_factory=dict)
    subject: Subject = field(default_factory=Subject)
    measured_at: datetime | None = None
    identifiers: tuple[Identifier, ...] = ()
    description: str = ""
    bvals: tuple[float, ...] | None = None


class VolumeFormat(DecodedFormat):
    """Base of the formats of volumes: a subclass says what it recognises and how it opens."""

    modalities: tuple[Modality, ...] = (
        Modality.ANAT, Modality.FUNC, Modality.DWI, Modality.PERF, Modality.FMAP, Modality.PET,
    )  # fmt: skip
    proven_on = "real"
    requires = "mri"

    @abstractmethod
    def open_volume(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedVolume:
        """Open a volume; what goes wrong may be raised in any words."""

    def read_header(self, root: Path, source: Source) -> Header:
        """Read what the files say, without loading values."""
        with foreign_reader(self.title, self.requires):
            return self.open_volume(root, source.files).header

    def write(self, root: Path, source: Source, header: Header, folder: Path, stem: str) -> Written:
        """Copy the stored values under a header of numbers."""
        from fascicle.core import Written

        with foreign_reader(self.title, self.requires):
            opened = self.open_volume(root, source.files)
            if opened.header.shape != header.shape:
                raise _other_shape(opened.header.shape, header.shape)
            names = _write_opened(opened, header, folder, stem)
        return Written("nifti", written_paths(*names), opened.is_copy)


def _write_opened(opened: OpenedVolume, header: Header, folder: Path, stem: str) -> list[str]:
    """Write an opened volume and what stands beside it; return the names."""
    repetition_s = header.metadata.get("RepetitionTime")
    is_series = len(header.shape) > 3
    has_time = is_series and isinstance(repetition_s, int | float) and repetition_s > 0
    clean = clean_header(opened.image, repetition_time_s=repetition_s if has_time else None)
    write_slabs(clean, opened.slabs(), folder / f"{stem}.nii.gz")
    names = [f"{stem}.nii.gz"]
    if opened.gradients is not None and header.modality is Modality.DWI:
        names += write_gradients(opened.gradients, folder, stem)
    for ending, content in opened.tables.items():
        name = f"{stem.rpartition('_')[0]}{ending}"
        (folder / name).write_bytes(content)
        names.append(name)
    return names


def make_volume_header(image: Any, story: VolumeStory) -> Header:  # noqa: ANN401 - nibabel has no types
    """Make the header of a volume from its geometry and what its files tell.

    Parameters
    ----------
    image : nibabel.Nifti1Header or nibabel.Nifti2Header
        As `OpenedVolume.image`.
    story : VolumeStory
        What the files tell.

    Returns
    -------
    Header
        With the kind of the volume, and the time between volumes as its rate.

    Raises
    ------
    FormatError
        FSC225 unless it has three or four axes, FSC203 if its header cannot be.
    """
    shape = volume_shape(image)
    if not np.isfinite(find_affine(image)).all():
        raise FormatError(
            "FSC203",
            "Expected finite numbers for the place in space, got others.",
            "Convert or export the image again; its header is damaged.",
        )
    tr_s, doubts = _repetition_time(image, story, shape)
    facts = find_facts(image, story, tr_s)
    kind = find_volume_kind(facts)
    metadata = dict(story.metadata)
    has_time = kind.modality in {Modality.FUNC, Modality.PERF} and len(shape) > 3 and tr_s > 0
    if has_time and kind.suffix not in {"asl", "m0scan"}:
        metadata["RepetitionTime"] = tr_s
    return Header(
        modality=kind.modality,
        sfreq_hz=1 / tr_s if has_time else 0.0,
        n_times=shape[3] if len(shape) > 3 else 0,
        measured_at=story.measured_at,
        subject=story.subject,
        identifiers=story.identifiers,
        manufacturer=str(metadata.get("Manufacturer") or ""),
        suffix=kind.suffix,
        certainty=kind.certainty,
        evidence=(*kind.evidence, *doubts),
        entities=kind.entities,
        shape=shape,
        metadata=metadata,
        exposes="head" if shows_head(kind, facts) else "",
    )


def find_facts(image: Any, story: VolumeStory, tr_s: float = 0.0) -> VolumeFacts:  # noqa: ANN401
    """Gather what tells of the kind of a volume."""
    import nibabel as nib

    fields = image.structarr
    shape = tuple(int(n) for n in fields["dim"][1 : int(fields["dim"][0]) + 1])
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    affine = find_affine(image)
    is_turned = bool(np.isfinite(affine).all()) and abs(np.linalg.det(affine)) > 0
    return VolumeFacts(
        shape=shape,
        voxel_mm=voxel_sizes_mm(image),
        tr_s=tr_s,
        bvals=story.bvals,
        name=story.path.name.partition(".")[0],
        folder=story.path.parent.name,
        description=story.description,
        intent=int(fields["intent_code"]),
        space=max(int(fields["sform_code"]), 0),
        is_colour=int(fields["datatype"]) in {128, 2304},
        axes=tuple(str(code) for code in nib.aff2axcodes(affine)) if is_turned else (),
        sidecar=story.metadata,
    )


def volume_shape(image: Any) -> tuple[int, ...]:  # noqa: ANN401 - nibabel has no types
    """Return the size along three or four axes; raise FSC225 for others, FSC203 for impossible."""
    fields = image.structarr
    n_axes = int(fields["dim"][0])
    sizes = tuple(int(n) for n in fields["dim"][1 : n_axes + 1]) if 1 <= n_axes <= 7 else ()
    if not sizes or min(sizes) < 1:
        raise FormatError(
            "FSC203",
            "Expected a header with from 1 to 7 axes, each longer than 0, got another.",
            "Convert or export the image again; its header is damaged.",
        )
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes = sizes[:-1]
    if not 3 <= len(sizes) <= 4:
        raise FormatError(
            "FSC225",
            f"Expected a volume of three or four axes, got {len(sizes)}.",
            "Leave it out: BIDS keeps volumes, and series of them, and nothing else as raw images.",
        )
    return sizes


def squeeze_axes(image: Any) -> Any:  # noqa: ANN401 - nibabel has no types
    """Return a copy of a header without trailing axes of length one, which BIDS does not want.

    Units that are not stated are those that every program takes: millimetres and seconds.
    """
    shape = volume_shape(image)
    copy = image.copy()
    units = int(copy.structarr["xyzt_units"])
    copy.structarr["xyzt_units"] = (units & 7 or 2) | (units & 56 or 8)
    copy.structarr["dim"][0] = len(shape)
    copy.structarr["dim"][len(shape) + 1 :] = 1
    return copy


def voxel_sizes_mm(image: Any) -> tuple[float, ...]:  # noqa: ANN401 - nibabel has no types
    """Return the size of a voxel along the first three axes, in millimetres."""
    fields = image.structarr
    unit_mm = _SPACE_UNITS_MM.get(int(fields["xyzt_units"]) & 7, 1.0)
    return tuple(abs(float(size)) * unit_mm for size in fields["pixdim"][1:4])


def find_affine(image: Any) -> NDArray[np.float64]:  # noqa: ANN401 - nibabel has no types
    """Return voxels to space, shape (4, 4): of sform, else qform, else of the sizes alone."""
    return np.asarray(image.get_best_affine(), dtype=np.float64)


def header_repetition_s(image: Any) -> float:  # noqa: ANN401 - nibabel has no types
    """Return the time between volumes that a header states, in seconds; 0 if it states none.

    A number without a unit that is 1 is what programs write who do not know it.
    """
    fields = image.structarr
    if int(fields["dim"][0]) < 4:
        return 0.0
    stated = float(fields["pixdim"][4])
    unit = int(fields["xyzt_units"]) & 56
    if not math.isfinite(stated) or stated <= 0 or (unit == 0 and stated == 1.0):
        return 0.0
    seconds = stated * _TIME_UNITS_S.get(unit, 1.0)
    return seconds / 1000 if seconds > _LONGEST_TR_S else seconds


def _repetition_time(
    image: Any,  # noqa: ANN401 - nibabel has no types
    story: VolumeStory,
    shape: tuple[int, ...],
) -> tuple[float, tuple[str, ...]]:
    """Return the time between volumes in seconds, and what speaks against it."""
    in_header = round(header_repetition_s(image), 6) if len(shape) > 3 else 0.0
    stated = story.metadata.get("RepetitionTime")
    if not isinstance(stated, int | float) or not 0 < stated < _LONGEST_TR_S:
        return in_header, ()
    if in_header and abs(in_header - stated) > 0.001:
        return float(stated), ("sidecar and image state different repetition times",)
    return float(stated), ()


def read_array_slabs(
    read: Callable[[int, int], NDArray[Any]], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[bytes]:
    """Yield the values of an array in pieces along its last axis but the volumes.

    Parameters
    ----------
    read : callable
        ``read(volume, slice)`` gives one slice, shape ``shape[:2]``.
    shape : tuple of int
        Of the whole image, three or four axes.
    dtype : numpy.dtype
        What is written.

    Yields
    ------
    bytes
        First axis fastest.
    """
    n_volumes = shape[3] if len(shape) > 3 else 1
    slice_bytes = max(1, shape[0] * shape[1] * dtype.itemsize)
    n_together = max(1, SLAB_BYTES // slice_bytes)
    for volume in range(n_volumes):
        for first in range(0, shape[2], n_together):
            last = min(first + n_together, shape[2])
            pieces = [
                read(volume, at).astype(dtype).tobytes(order="F") for at in range(first, last)
            ]
            yield b"".join(pieces)


def require_data(path: Path, shape: tuple[int, ...], itemsize: int) -> None:
    """Refuse sizes that a file cannot hold, packed or not."""
    require_room(math.prod(shape) * itemsize, file_size(path))


def _other_shape(read: tuple[int, ...], released: tuple[int, ...]) -> FormatError:
    return FormatError(
        "FSC229",
        f"Expected a header for {len(read)} axes of the source's lengths, got one with "
        f"{len(released)} axes or other lengths.",
        "Give the header that was read from this recording.",
    )
