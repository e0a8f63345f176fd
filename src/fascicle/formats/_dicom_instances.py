"""What one DICOM file says of itself, as far as it takes to find its series and its place in it."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from fascicle.errors import FormatError

from ._dicom_scan import Tags, scan_tags

_LAST_OF_ALL = 0x0028FFFF
_LAST_OF_SOME = 0x0054FFFF
"""General Electric keeps b-values, and PET the times of its frames, behind the pictures' sizes."""
_REMEMBERED = 1 << 15
_BATCH = 64
"""Files that a thread reads before it reports: handing over single ones costs more than reading."""
_WAITS: Final = 3
"""Times the work of the processor that the first batch may take before threads are worth it."""

_MEDIUM_CLASS: Final = 0x00020002
_IMAGE_TYPE: Final = 0x00080008
_SOP_CLASS: Final = 0x00080016
_SOP_UID: Final = 0x00080018
_ACQUISITION_TIME: Final = 0x00080032
_MODALITY: Final = 0x00080060
_MANUFACTURER: Final = 0x00080070
_SERIES_DESCRIPTION: Final = 0x0008103E
_COMPLEX_PART: Final = 0x00089208
_PATIENT_NAME: Final = 0x00100010
_PATIENT_ID: Final = 0x00100020
_SCANNING_SEQUENCE: Final = 0x00180020
_ECHO_TIME: Final = 0x00180081
_ECHO_NUMBER: Final = 0x00180086
_FRAME_MS: Final = 0x00181242
_PROTOCOL: Final = 0x00181030
_B_VALUE: Final = 0x00189087
_B_VALUE_SIEMENS: Final = 0x0019100C
_SERIES_UID: Final = 0x0020000E
_ACQUISITION: Final = 0x00200012
_INSTANCE: Final = 0x00200013
_POSITION: Final = 0x00200032
_ORIENTATION: Final = 0x00200037
_TEMPORAL: Final = 0x00200100
_SAMPLES: Final = 0x00280002
_FRAMES: Final = 0x00280008
_ROWS: Final = 0x00280010
_COLUMNS: Final = 0x00280011
_BURNED_IN: Final = 0x00280301
_PART_GE: Final = 0x0043102F
_B_VALUE_GE: Final = 0x00431039
_FRAME_START: Final = 0x00541300
_WANTED = frozenset({
    _MEDIUM_CLASS, _IMAGE_TYPE, _SOP_CLASS, _SOP_UID, _ACQUISITION_TIME, _MODALITY, _MANUFACTURER,
    _SERIES_DESCRIPTION, _COMPLEX_PART, _PATIENT_NAME, _PATIENT_ID, _SCANNING_SEQUENCE, _ECHO_TIME,
    _ECHO_NUMBER, _FRAME_MS, _PROTOCOL, _B_VALUE, _B_VALUE_SIEMENS, _SERIES_UID, _ACQUISITION,
    _INSTANCE, _POSITION, _ORIENTATION, _TEMPORAL, _SAMPLES, _FRAMES, _ROWS, _COLUMNS, _BURNED_IN,
    _PART_GE, _B_VALUE_GE, _FRAME_START,
})  # fmt: skip
_GE_PARTS = ("mag", "phase", "real", "imag")
_PARTS = {
    "P": "phase", "PHASE": "phase", "PHASE MAP": "phase", "P_FFE": "phase", "P_SE": "phase",
    "R": "real", "REAL": "real", "R_FFE": "real", "R_SE": "real", "R_IR": "real",
    "I": "imag", "IMAGINARY": "imag", "I_FFE": "imag", "I_SE": "imag", "I_IR": "imag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """One DICOM file.

    Attributes
    ----------
    path : PurePosixPath
        Relative to the raw folder.
    person : tuple of str
        PatientID and PatientName as they stand there.
    series : str
        UID of the series; the folder's name where there is none.
    uid, sop_class, modality, syntax : str
        UIDs of file, kind and transfer syntax; ``"MR"``, ``"PT"``, ``"CT"``.
    image_type, sequences : tuple of str
        ImageType and ScanningSequence.
    names : tuple of str
        What people called the series: its description and its protocol.
    part : str
        ``"mag"``, ``"phase"``, ``"real"`` or ``"imag"``.
    echo_ms : float or None
        Echo time, in milliseconds.
    echo, acquisition, instance, temporal : int or None
        Counters as the scanner gave them.
    b_value : float or None
        Diffusion weighting, in s/mm².
    position_mm : tuple of float
        Of the first voxel in the patient's frame; empty if not stated.
    orientation : tuple of float
        Directions of rows and columns; empty if not stated.
    size : tuple of int
        Rows and columns.
    n_frames, n_samples : int
        Frames in the file, and values of a pixel (3 for colours).
    time : str
        AcquisitionTime as written.
    frame_ms : tuple of float
        Start and duration of a PET frame, in milliseconds; empty if not stated.
    has_burnt_in : bool
        True if the file says that text is burnt into its pixels.
    is_whole, is_marked : bool
        False if the file ends within its header; False if it is packed or lacks DICOM's mark.
    """

    path: PurePosixPath
    person: tuple[str, str] = ("", "")
    series: str = ""
    uid: str = ""
    sop_class: str = ""
    modality: str = ""
    syntax: str = ""
    image_type: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    names: tuple[str, str] = ("", "")
    part: str = "mag"
    echo_ms: float | None = None
    echo: int | None = None
    acquisition: int | None = None
    instance: int | None = None
    temporal: int | None = None
    b_value: float | None = None
    position_mm: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    size: tuple[int, int] = (0, 0)
    n_frames: int = 1
    n_samples: int = 1
    time: str = ""
    frame_ms: tuple[float, ...] = ()
    has_burnt_in: bool = False
    is_whole: bool = True
    is_marked: bool = True

    def along_normal(self) -> float:
        """Return where the slice lies along its normal, in millimetres.

        Examples
        --------
        >>> axial = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
        >>> slice_ = Instance(PurePosixPath("a"), position_mm=(1, 2, 7.5), orientation=axial)
        >>> slice_.along_normal()
        7.5
        """
        (a, b, c), (d, e, f) = self.orientation[:3], self.orientation[3:]
        normal = (b * f - c * e, c * d - a * f, a * e - b * d)
        return sum(n * p for n, p in zip(normal, self.position_mm, strict=True))

    @property
    def has_place(self) -> bool:
        """True if the file says where its slice lies."""
        return len(self.position_mm) == 3 and len(self.orientation) == 6


def read_instances(
    root: Path, paths: Sequence[PurePosixPath], n_threads: int = 8
) -> list[Instance | FormatError]:
    """Read what each file says of itself, several at a time.

    Parameters
    ----------
    root : Path
        The raw folder.
    paths : sequence of PurePosixPath
        DICOM files, relative to it.
    n_threads : int
        How many are opened at a time where that takes more waiting than work, as on a network
        drive. Elsewhere threads would only stand in each other's way.

    Returns
    -------
    list of Instance or FormatError
        In the order of `paths`; an error for each file that cannot be read.
    """

    def read(path: PurePosixPath) -> Instance | FormatError:
        try:
            return read_instance(root, path)
        except FormatError as error:
            return error

    def read_some(some: Sequence[PurePosixPath]) -> list[Instance | FormatError]:
        return [read(path) for path in some]

    start_s, start_cpu_s = time.perf_counter(), time.thread_time()
    first = read_some(paths[:_BATCH])
    work_s = time.thread_time() - start_cpu_s
    if time.perf_counter() - start_s < _WAITS * work_s:
        return first + read_some(paths[_BATCH:])
    batches = [paths[start : start + _BATCH] for start in range(_BATCH, len(paths), _BATCH)]
    with ThreadPoolExecutor(n_threads) as pool:
        return first + [found for some in pool.map(read_some, batches) for found in some]


def read_instance(root: Path, path: PurePosixPath) -> Instance:
    """Read what a DICOM file says of itself; remembered as long as the file does not change.

    Raises
    ------
    FormatError
        FSC201 if it cannot be read, FSC203 if it is not DICOM.
    """
    try:
        info = (root / path).stat()
    except OSError as error:
        raise FormatError(
            "FSC201",
            f"Expected a DICOM file, got {type(error).__name__}.",
            "Check that the file is still there and that you may read it.",
        ) from error
    return _read_once(root, path, info.st_mtime_ns, info.st_size)


@lru_cache(maxsize=_REMEMBERED)
def _read_once(root: Path, path: PurePosixPath, _changed_ns: int, _n_bytes: int) -> Instance:
    """Read a file; a change of its time or size makes it another one."""
    tags = scan_tags(root / path, _WANTED, _LAST_OF_ALL)
    is_ge = tags.text(_MANUFACTURER).upper().startswith("GE")
    if is_ge or tags.text(_MODALITY) == "PT":
        tags = scan_tags(root / path, _WANTED, _LAST_OF_SOME)
    return _make(path, tags, is_ge=is_ge)


def _make(path: PurePosixPath, tags: Tags, *, is_ge: bool) -> Instance:
    """Return what the tags of a file say."""
    image_type = tuple(sys.intern(word.upper()) for word in tags.texts(_IMAGE_TYPE))
    return Instance(
        path=path,
        person=(sys.intern(tags.text(_PATIENT_ID)), sys.intern(tags.text(_PATIENT_NAME))),
        series=sys.intern(tags.text(_SERIES_UID) or f"folder {path.parent}"),
        uid=tags.text(_SOP_UID),
        sop_class=sys.intern(tags.text(_SOP_CLASS) or tags.text(_MEDIUM_CLASS)),
        modality=sys.intern(tags.text(_MODALITY).upper()),
        syntax=sys.intern(tags.syntax),
        image_type=image_type,
        sequences=tuple(sys.intern(word.upper()) for word in tags.texts(_SCANNING_SEQUENCE)),
        names=(sys.intern(tags.text(_SERIES_DESCRIPTION)), sys.intern(tags.text(_PROTOCOL))),
        part=_part(tags, image_type, is_ge=is_ge),
        echo_ms=_finite(tags.number(_ECHO_TIME)),
        echo=_whole(tags, _ECHO_NUMBER),
        acquisition=_whole(tags, _ACQUISITION),
        instance=_whole(tags, _INSTANCE),
        temporal=_whole(tags, _TEMPORAL),
        b_value=_b_value(tags, is_ge=is_ge),
        position_mm=_places(tags, _POSITION, 3),
        orientation=_places(tags, _ORIENTATION, 6),
        size=(_count(tags, _ROWS, 0), _count(tags, _COLUMNS, 0)),
        n_frames=1 if (stated := _whole(tags, _FRAMES)) is None else stated,
        n_samples=_count(tags, _SAMPLES, 1),
        time=tags.text(_ACQUISITION_TIME),
        frame_ms=_frame_ms(tags),
        has_burnt_in=tags.text(_BURNED_IN).upper() == "YES",
        is_whole=tags.is_whole,
        is_marked=tags.is_marked,
    )


def _part(tags: Tags, image_type: Sequence[str], *, is_ge: bool) -> str:
    """Return which part of a complex image the file holds."""
    if is_ge and tags.values.get(_PART_GE):
        code = int(tags.unpack(_PART_GE, "h")[0]) if len(tags.values[_PART_GE]) >= 2 else 0
        return _GE_PARTS[code] if 0 <= code < len(_GE_PARTS) else "mag"
    stated = tags.text(_COMPLEX_PART).upper()
    words = (stated, *image_type[2:])
    return next((_PARTS[word] for word in words if word in _PARTS), "mag")


def _b_value(tags: Tags, *, is_ge: bool) -> float | None:
    """Return the diffusion weighting, as the standard or the maker's own tag states it."""
    standard = tags.unpack(_B_VALUE, "d")
    if standard:
        return _finite(standard[0])
    if is_ge:
        found = tags.number(_B_VALUE_GE)
        # The maker adds a billion to b-values of scans with several.
        return found if found is None or not math.isfinite(found) else found % 1_000_000_000
    if tags.text(_MANUFACTURER).upper().startswith("SIEMENS"):
        return _finite(tags.number(_B_VALUE_SIEMENS))
    return None


def _places(tags: Tags, tag: int, n: int) -> tuple[float, ...]:
    """Return so many finite numbers, or none."""
    found = tags.numbers(tag)
    return found if len(found) == n and all(map(math.isfinite, found)) else ()


def _frame_ms(tags: Tags) -> tuple[float, ...]:
    """Return start and duration of a PET frame."""
    found = (tags.number(_FRAME_START), tags.number(_FRAME_MS))
    return tuple(n for n in found if n is not None and math.isfinite(n))


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _whole(tags: Tags, tag: int) -> int | None:
    """Return a counter; None if it is missing or no possible number."""
    number = _finite(tags.number(tag))
    return int(number) if number is not None and abs(number) < 1 << 31 else None


def _count(tags: Tags, tag: int, missing: int) -> int:
    """Return a binary count of 16 bits."""
    found = tags.unpack(tag, "H")
    return int(found[0]) if found else missing
