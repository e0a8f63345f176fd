"""Make the header of a recording out of the headers of its DICOM files."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.core import Header, Modality, Subject
from fascicle.errors import FormatError

from ._dicom_echoes import find_echo_times
from ._dicom_identifiers import find_dicom_identifiers
from ._dicom_instances import Instance, read_instances
from ._dicom_pet import find_pet_metadata, find_tracer
from ._dicom_series import Classified, Series, classify, phase_direction
from ._dicom_values import Values, read_data_set
from ._volume_kinds import can_hold_face

_PHILIPS_TECHNIQUE: Final = (0x2001, 0x1020)
_PHILIPS_LABEL: Final = (0x2005, 0x1429)
_PHILIPS_ECHOES: Final = (0x2001, 0x1014)
_GE_SEQUENCE: Final = (0x0019, 0x109C)
_GE_ECHOES: Final = (0x0019, 0x107E)
_SIEMENS_MOSAIC: Final = (0x0019, 0x100A)
_CONTRASTS: Final = re.compile(r"[23]d(\d)")
"""Siemens writes the number of echoes behind the dimensions: ``tfl3d4_16ns``."""
_ECHO_PULSES: Final = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("SE", "GR")}
_OTHER_BODY_PARTS: Final = re.compile(
    r"KNEE|HIP|PELVIS|ABDOMEN|CHEST|THORAX|HEART|BREAST|LIVER|SHOULDER|ELBOW|WRIST|HAND|FOOT|ANKLE"
    r"|[LT]SPINE|LEG|ARM|PROSTATE|EXTREMITY"
)
_HEAD: Final = re.compile(r"HEAD|BRAIN|SKULL|FACE|NECK|NEURO|CEREB|HIRN|KOPF", re.IGNORECASE)
"""Protocols are copied from other parts of the body: one word of a head weighs more."""
_POSSIBLE_AGES_Y: Final = (0.0, 130.0)
_PER_YEAR: Final = {"Y": 1.0, "M": 12.0, "W": 365.25 / 7, "D": 365.25, "": 1.0}


def read_dicom_header(root: Path, files: Sequence[PurePosixPath]) -> Header:
    """Read what the DICOM files of one recording say together.

    Parameters
    ----------
    root : Path
        The raw folder.
    files : sequence of PurePosixPath
        The files of one recording, in the order of the scan.

    Returns
    -------
    Header
        All identifiers of the first file; what changes within a series are counters and UIDs.

    Raises
    ------
    FormatError
        FSC203 if a file is not DICOM, FSC221 if its frames are of several images, FSC224 if the
        files are not those of one person's one series.
    """
    instances = []
    for found in read_instances(root, files):
        if isinstance(found, FormatError):
            raise found
        instances.append(found)
    _require_one_series(instances)
    values = Values(read_data_set(root / files[0]))
    _require_one_image(values)
    n_slices, n_volumes = _count(instances, values)
    series = find_series(instances, values, n_volumes)
    header = _header(instances, values, series, classify(series), (n_slices, n_volumes))
    echoes = find_echo_times(root, instances[0]) if header.suffix == "phasediff" else None
    if echoes is None:
        return header
    times = {f"EchoTime{i}": _in_s(echo) for i, echo in enumerate(echoes, start=1)}
    return replace(header, metadata={**header.metadata, **times})


def find_series(instances: Sequence[Instance], values: Values, n_volumes: int) -> Series:
    """Return how a series was scanned.

    Parameters
    ----------
    instances : sequence of Instance
        Its files.
    values : Values
        Header of one of them.
    n_volumes : int
        How many volumes they hold.

    Returns
    -------
    Series
        What `classify` asks for.
    """
    first = instances[0]
    name = _sequence_name(values)
    weightings = {i.b_value for i in instances if i.b_value is not None} | _frame_b_values(values)
    number = values.number
    return Series(
        modality=first.modality,
        image_type=first.image_type or values.texts("FrameType"),
        sequences=_sequences(values),
        variants=_variants(values),
        sequence_name=name,
        names=tuple(name for name in first.names if name),
        part=_part(first, values),
        is_3d={"3D": True, "2D": False}.get(values.text("MRAcquisitionType")),
        echo_ms=number("EchoTime"),
        repetition_ms=number("RepetitionTime"),
        inversion_ms=number("InversionTime"),
        flip_deg=number("FlipAngle"),
        echo=max(1, first.echo or 1),
        n_echoes=_n_echoes(values, name),
        echo_train=int(number("EchoTrainLength") or 1),
        b_values=tuple(sorted(weightings)),
        n_volumes=n_volumes,
        has_labels=_has_labels(values, first),
        has_contrast=_has_contrast(values),
        direction=_direction(values, first),
        tracer=find_tracer(values) if first.modality == "PT" else "",
    )


def _require_one_series(instances: Sequence[Instance]) -> None:
    """Refuse files that changed since they were parted: they may be two people's now."""
    if len({(i.person, i.series, i.modality) for i in instances}) > 1:
        raise FormatError(
            "FSC224",
            f"Expected {len(instances)} files of one person's one series, got files of several.",
            "Look at the raw folder again: it has changed since the plan was made.",
        )
    if min(min(i.size) for i in instances) < 1:
        raise FormatError(
            "FSC204",
            "Expected images with rows and columns, got a file without them.",
            "Export the series again from the scanner or the archive.",
        )


def _require_one_image(values: Values) -> None:
    """Refuse frames of several echoes or parts: the converter may stack them into one image."""
    echoes, parts = set(), set()
    for frame in values.data_set.get("PerFrameFunctionalGroupsSequence") or ():
        for echo in frame.get("MREchoSequence") or ():
            echoes.add(echo.get("EffectiveEchoTime"))
        for kind in frame.get("MRImageFrameTypeSequence") or ():
            parts.add(str(kind.get("ComplexImageComponent", "")))
    if max(len(echoes), len(parts)) > 1:
        raise FormatError(
            "FSC221",
            f"Expected the frames of one image in a file, got frames of {max(1, len(echoes))} "
            f"echo times and {max(1, len(parts))} parts of the signal.",
            "Export the series as classic DICOM with one frame in a file: that is parted.",
        )


def _header(
    instances: Sequence[Instance],
    values: Values,
    series: Series,
    classified: Classified,
    counts: tuple[int, int],
) -> Header:
    """Put the header together."""
    first, (n_slices, n_volumes) = instances[0], counts
    rows, columns = _slice_size(first, n_slices)
    is_repeated = n_volumes > 1 and classified.modality in {Modality.FUNC, Modality.PERF}
    repetition_s = (series.repetition_ms or 0.0) / 1000
    stated = values.number("NumberOfTemporalPositions")
    return Header(
        modality=classified.modality,
        sfreq_hz=1 / repetition_s if is_repeated and repetition_s > 0 else 0.0,
        n_times=n_volumes,
        measured_at=_moment(values),
        subject=_subject(values, first),
        identifiers=find_dicom_identifiers(values.data_set),
        manufacturer=values.text("Manufacturer"),
        is_as_stated=stated is None or stated <= 1 or int(stated) == n_volumes,
        suffix=classified.suffix,
        certainty=classified.certainty,
        evidence=classified.evidence,
        entities=classified.entities,
        shape=(columns, rows, n_slices, n_volumes)[: 4 if n_volumes > 1 else 3],
        metadata=_metadata(values, series, instances),
        exposes=_exposes(instances, classified, values),
    )


def _count(instances: Sequence[Instance], values: Values) -> tuple[int, int]:
    """Return the number of slices and of volumes."""
    first = instances[0]
    if "MOSAIC" in first.image_type:
        stated = values.private_text(_SIEMENS_MOSAIC)
        return (int(stated) if stated.isdigit() else 1), len(instances)
    if first.n_frames > 1:
        n_slices = _n_frame_places(values) or first.n_frames
        n_frames = sum(instance.n_frames for instance in instances)
        return n_slices, max(1, n_frames // n_slices)
    places = {round(i.along_normal(), 2) for i in instances if i.has_place}
    n_slices = len(places) or len(instances)
    return n_slices, max(1, len(instances) // n_slices)


def _n_frame_places(values: Values) -> int:
    """Return at how many places the frames of a file lie."""
    places = {
        tuple(round(float(x), 2) for x in position[0].ImagePositionPatient)
        for frame in values.data_set.get("PerFrameFunctionalGroupsSequence") or ()
        if (position := frame.get("PlanePositionSequence"))
        and position[0].get("ImagePositionPatient") is not None
    }
    return len(places)


def _frame_b_values(values: Values) -> set[float]:
    """Return the diffusion weightings of the frames of a file."""
    return {
        float(diffusion[0].DiffusionBValue)
        for frame in values.data_set.get("PerFrameFunctionalGroupsSequence") or ()
        if (diffusion := frame.get("MRDiffusionSequence"))
        and diffusion[0].get("DiffusionBValue") is not None
    }


def _slice_size(first: Instance, n_slices: int) -> tuple[int, int]:
    """Return rows and columns of a slice; a mosaic holds a square of them."""
    rows, columns = first.size
    if "MOSAIC" not in first.image_type:
        return rows, columns
    side = math.ceil(math.sqrt(n_slices))
    return rows // side, columns // side


def _sequence_name(values: Values) -> str:
    """Return the maker's own name of the pulse sequence."""
    standard = values.text("SequenceName")
    return standard or next(
        (text for tag in (_PHILIPS_TECHNIQUE, _GE_SEQUENCE) if (text := values.private_text(tag))),
        "",
    )


def _sequences(values: Values) -> tuple[str, ...]:
    """Return ScanningSequence, or what files with many frames say instead."""
    stated = values.texts("ScanningSequence")
    if stated:
        return stated
    planar = ("EP",) if values.text("EchoPlanarPulseSequence") == "YES" else ()
    inverted = ("IR",) if values.text("InversionRecovery") == "YES" else ()
    return (*planar, *_ECHO_PULSES.get(values.text("EchoPulseSequence"), ()), *inverted)


def _variants(values: Values) -> tuple[str, ...]:
    """Return SequenceVariant, with what files with many frames say instead."""
    flow = ("TOF",) if values.text("TimeOfFlightContrast") == "YES" else ()
    return (*values.texts("SequenceVariant"), *flow)


def _part(first: Instance, values: Values) -> str:
    """Return the part of the complex signal; frames say it where the file does not."""
    stated = values.text("ComplexImageComponent").upper()
    of_frames = {"PHASE": "phase", "REAL": "real", "IMAGINARY": "imag"}.get(stated, "mag")
    return of_frames if first.part == "mag" else first.part


def _n_echoes(values: Values, sequence_name: str) -> int:
    """Return how many echoes the scan took, as far as the maker says."""
    for tag in (_PHILIPS_ECHOES, _GE_ECHOES):
        stated = values.private_text(tag)
        if stated.isdigit() and 0 < int(stated) < 1000:
            return int(stated)
    named = _CONTRASTS.search(sequence_name)
    return max(1, int(named[1])) if named else 1


def _has_labels(values: Values, first: Instance) -> bool:
    """Tell whether the header says that blood was labelled."""
    stated = (
        values.text("ArterialSpinLabelingContrast"),
        values.text("MRArterialSpinLabelingSequence"),
        values.private_text(_PHILIPS_LABEL) in {"LABEL", "CONTROL"},
    )
    return any(stated) or "PERFUSION" in first.image_type[:3]


def _has_contrast(values: Values) -> bool:
    """Tell whether a contrast agent was given: forms are often filled in with a no."""
    agent = values.text("ContrastBolusAgent").casefold()
    return bool(agent) and agent not in {"no", "none", "n", "0", "nein", "non", "without", "-"}


def _direction(values: Values, first: Instance) -> str:
    """Return the phase-encoding direction; a name tells the sign where the header has the axis."""
    axis = {"COLUMN": "COL"}.get(
        stated := values.text("InPlanePhaseEncodingDirection").upper(), stated
    )
    orientation = first.orientation or tuple(values.get("ImageOrientationPatient") or ())
    forth = phase_direction(orientation, axis, True)
    polarity = values.phase_is_positive()
    if not forth or polarity is not None:
        return phase_direction(orientation, axis, polarity)
    back = phase_direction(orientation, axis, False)
    called = {
        word
        for name in first.names
        for word in re.split(r"[^A-Za-z]+", name.upper())
        if word in {forth, back}
    }
    return called.pop() if len(called) == 1 else ""


def _subject(values: Values, first: Instance) -> Subject:
    """Return what the header says of the person or the animal."""
    birth = _day(values.text("PatientBirthDate"))
    age_years = _age(values.text("PatientAge"))
    moment = _moment(values)
    if age_years is None and birth is not None and moment is not None:
        age_years = (moment.date() - birth).days // 365.25
    sex = values.text("PatientSex").upper()[:1]
    return Subject(
        code=first.person[0],
        name=" ".join(re.split(r"[\^=\s]+", values.text("PatientName"))).strip(),
        birth=birth,
        age_years=age_years,
        sex=sex if sex in set("FMO") else "",
        species=values.text("PatientSpeciesDescription"),
    )


def _age(text: str) -> float | None:
    """Return an age in years: ``"068Y"``, ``"18M"``, ``"42"``."""
    match = re.fullmatch(r"(\d{1,4})([DWMY]?)", text.strip().upper())
    if match is None:
        return None
    years = round(int(match[1]) / _PER_YEAR[match[2]], 2)
    low, high = _POSSIBLE_AGES_Y
    return years if low <= years <= high else None


def _day(text: str) -> date | None:
    """Return a day; None if it is none."""
    try:
        return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _moment(values: Values) -> datetime | None:
    """Return when the scan began."""
    both = values.text("AcquisitionDateTime")
    candidates = [(both[:8], both[8:])] if len(both) >= 8 else []
    candidates += [
        (values.text(f"{what}Date"), values.text(f"{what}Time"))
        for what in ("Acquisition", "Series", "Content", "Study")
    ]
    for day, clock in candidates:
        digits = re.sub(r"\D", "", clock.split(".")[0])[:6].ljust(6, "0")
        try:
            return datetime.strptime(day[:8] + digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _metadata(values: Values, series: Series, instances: Sequence[Instance]) -> dict[str, Any]:
    """Return how it was acquired; the converter adds what it finds."""
    found: dict[str, Any] = {
        "Modality": series.modality,
        "Manufacturer": values.text("Manufacturer"),
        "ManufacturersModelName": values.text("ManufacturerModelName"),
        # What was done, and what came first: never released as they are.
        "SeriesDescription": values.text("SeriesDescription"),
        "ProtocolName": values.text("ProtocolName"),
        "SeriesNumber": values.number("SeriesNumber"),
    }
    if series.modality == "PT":
        return found | find_pet_metadata(values, instances)
    if series.modality == "MR":
        found |= {
            "MagneticFieldStrength": values.number("MagneticFieldStrength"),
            "EchoTime": _in_s(series.echo_ms),
            "RepetitionTime": _in_s(series.repetition_ms),
            "InversionTime": _in_s(series.inversion_ms),
            "FlipAngle": series.flip_deg,
        }
    return {name: value for name, value in found.items() if value not in {None, ""}}


def _in_s(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 9)


def _exposes(instances: Sequence[Instance], classified: Classified, values: Values) -> str:
    """Return what of a person can be seen: burnt-in text, or the head in images of it."""
    if any(instance.has_burnt_in for instance in instances):
        return "text"
    part = values.text("BodyPartExamined").upper()
    if _OTHER_BODY_PARTS.search(part) and not _HEAD.search(" ".join((part, *instances[0].names))):
        return ""
    if classified.modality in {Modality.ANAT, Modality.PET}:
        return "head"
    first = instances[0]
    is_fast = "EP" in _sequences(values) or "MOSAIC" in first.image_type
    return "head" if not is_fast and can_hold_face(first.size, _edges_mm(values)) else ""


def _edges_mm(values: Values) -> tuple[float, ...]:
    """Return the size of a voxel along rows, columns and slices; 0 where it is not stated."""
    try:
        spacing_mm = tuple(float(edge) for edge in values.texts("PixelSpacing"))
    except ValueError:
        spacing_mm = ()
    spacing_mm = spacing_mm if len(spacing_mm) == 2 else (0.0, 0.0)
    return (*spacing_mm, values.number("SliceThickness") or 0.0)
