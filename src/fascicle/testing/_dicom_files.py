"""DICOM series as scanners export them: one file for each slice, identifiers in every field."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._planted import Planted

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MR = "1.2.840.10008.5.1.4.1.1.4"
_CT = "1.2.840.10008.5.1.4.1.1.2"
_PET = "1.2.840.10008.5.1.4.1.1.128"
_ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
_SYNTAX = "1.2.840.10008.1.2.1"
_BANDWIDTH_HZ = 50.0
"""Of a pixel along the phase: echoes of a train of 20 are a millisecond apart then."""
_ROOT = "1.2.826.0.1.3680043.8.498."


@dataclass(frozen=True, slots=True)
class Protocol:
    """A kind of series.

    Attributes
    ----------
    name : str
        What people call it.
    tags : mapping of str to object
        DICOM keywords with their values, over those of a plain MR image.
    shape : tuple of int
        Columns, rows, slices and volumes.
    each : mapping of str to tuple
        Keywords whose value changes from volume to volume.
    """

    name: str
    tags: Mapping[str, Any]
    shape: tuple[int, int, int, int] = (24, 20, 9, 1)
    each: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


_EPI: dict[str, Any] = {
    "ScanningSequence": "EP", "SequenceVariant": "SK", "MRAcquisitionType": "2D",
    "RepetitionTime": "2000", "EchoTime": "30", "FlipAngle": "77", "EchoTrainLength": "20",
    "SequenceName": "*epfid2d1_20", "InPlanePhaseEncodingDirection": "COL",
}  # fmt: skip
_SPIN_EPI: dict[str, Any] = _EPI | {
    "ScanningSequence": ["EP", "SE"], "SequenceName": "*epse2d1_20", "FlipAngle": "90",
    "EchoTime": "66", "RepetitionTime": "7000",
}  # fmt: skip
_GRE: dict[str, Any] = {
    "ScanningSequence": "GR", "SequenceVariant": "SP", "MRAcquisitionType": "2D",
    "RepetitionTime": "488", "FlipAngle": "60", "SequenceName": "*fm2d2r",
}  # fmt: skip
_TSE: dict[str, Any] = {
    "ScanningSequence": "SE", "SequenceVariant": ["SK", "SP"], "MRAcquisitionType": "2D",
    "RepetitionTime": "6000", "EchoTime": "95", "FlipAngle": "150", "EchoTrainLength": "17",
    "SequenceName": "*tse2d1_17",
}  # fmt: skip

PROTOCOLS: dict[str, Protocol] = {
    "T1w": Protocol("anatomy", {
        "ScanningSequence": ["GR", "IR"], "SequenceVariant": ["SK", "SP", "MP"],
        "MRAcquisitionType": "3D", "RepetitionTime": "2300", "EchoTime": "2.98",
        "InversionTime": "900", "FlipAngle": "9", "SequenceName": "*tfl3d1_16ns",
    }, (24, 20, 17, 1)),
    "T2w": Protocol("t2 tse", _TSE),
    "FLAIR": Protocol("dark fluid", _TSE | {"ScanningSequence": ["SE", "IR"],
                                            "InversionTime": "2500", "RepetitionTime": "9000"}),
    "T2starw": Protocol("hemo", _GRE | {"SequenceName": "*fl2d1", "EchoTime": "20",
                                        "FlipAngle": "20"}),
    "bold": Protocol("task rest", _EPI, (24, 20, 9, 11)),
    "dwi": Protocol("diffusion", _SPIN_EPI | {
        "ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE", "ND"],
        "SequenceName": "*ep_b1000",
    }, (24, 20, 9, 7), {
        "DiffusionBValue": (0.0, 1000.0, 1000.0, 1000.0, 2000.0, 2000.0, 2000.0),
        "DiffusionGradientOrientation": ([0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0],
                                         [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0],
                                         [0.0, 0.0, 1.0]),
    }),
    "epi": Protocol("fieldmap_AP", _SPIN_EPI),
    "magnitude1": Protocol("gre field mapping", _GRE | {"EchoTime": "4.92", "EchoNumbers": "1"}),
    "magnitude2": Protocol("gre field mapping", _GRE | {"EchoTime": "7.38", "EchoNumbers": "2"}),
    "phasediff": Protocol("gre field mapping", _GRE | {
        "EchoTime": "7.38", "EchoNumbers": "2", "ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}),
    "localizer": Protocol("localizer", _GRE | {
        "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER", "M"], "SequenceName": "*fl2d1"}),
    "ADC": Protocol("diffusion_ADC", _SPIN_EPI | {
        "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND"]}),
    "ct": Protocol("head ct", {
        "SOPClassUID": _CT, "Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "KVP": "120", "RescaleIntercept": "-1024", "RescaleSlope": "1", "BodyPartExamined": "HEAD",
    }),
    "pet": Protocol("brain pet", {
        "SOPClassUID": _PET, "Modality": "PT", "ImageType": ["ORIGINAL", "PRIMARY"],
        "Units": "BQML", "DecayCorrection": "START", "SeriesType": ["DYNAMIC", "IMAGE"],
        "AttenuationCorrectionMethod": "CT-based", "ReconstructionMethod": "OSEM3D 4i21s",
        "ConvolutionKernel": "XYZ Gauss 5.00", "RescaleIntercept": "0", "RescaleSlope": "2.5",
        "BodyPartExamined": "BRAIN", "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "SeriesTime": "143107.000000",
    }, (24, 20, 9, 5), {
        "FrameReferenceTime": ("5000", "20000", "45000", "90000", "180000"),
        "ActualFrameDuration": ("10000", "20000", "30000", "60000", "120000"),
        "AcquisitionTime": ("143107.000000", "143117.000000", "143137.000000", "143207.000000",
                            "143307.000000"),
    }),
    "capture": Protocol("screen", {
        "SOPClassUID": _CAPTURE, "Modality": "OT", "ConversionType": "WSD",
        "ImageType": ["DERIVED", "SECONDARY"]}, (24, 20, 1, 1)),
    "report": Protocol("report", {"SOPClassUID": _REPORT, "Modality": "SR"}, (0, 0, 1, 1)),
}  # fmt: skip
"""Kinds of series, by the BIDS suffix that they become or by what they are."""

_PLAIN: dict[str, Any] = {
    "SOPClassUID": _MR, "Modality": "MR", "Manufacturer": "SIEMENS",
    "ManufacturerModelName": "Prisma", "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
    "MagneticFieldStrength": "3", "EchoTime": "4.92", "EchoNumbers": "1", "PatientPosition": "HFS",
    "PixelBandwidth": "220", "SoftwareVersions": "syngo MR E11", "BodyPartExamined": "BRAIN",
}  # fmt: skip
_ONLY_MR = ("MagneticFieldStrength", "EchoTime", "EchoNumbers", "PixelBandwidth")


def make_dicom(
    folder: Path,
    kind: str = "T1w",
    *,
    seed: int = 7,
    planted: Planted | None = None,
    changes: Mapping[str, Any] | None = None,
    n_volumes: int | None = None,
) -> tuple[Path, ...]:
    """Write a series of DICOM files.

    Parameters
    ----------
    folder : Path
        Is made if it is not there; files are named after kind and seed.
    kind : str
        One of `PROTOCOLS`.
    seed : int
        Of the voxels, and of all UIDs.
    planted : Planted, optional
        Identifiers to put into every field that can hold one.
    changes : mapping of str to object, optional
        DICOM keywords with values that this series has instead.
    n_volumes : int, optional
        How many volumes, where the kind has one for each time.

    Returns
    -------
    tuple of Path
        In the order of the scan.

    Examples
    --------
    >>> import tempfile
    >>> len(make_dicom(Path(tempfile.mkdtemp()), "bold"))
    99
    """
    protocol = PROTOCOLS[kind]
    voxels = make_voxels(kind, seed=seed, n_volumes=n_volumes)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    _, _, n_slices, n_times = voxels.shape
    for volume in range(n_times):
        for z in range(n_slices):
            data_set = _slice(kind, protocol, planted or Planted(), seed)
            _place(data_set, volume, z, n_slices, n_times)
            for keyword, values in protocol.each.items():
                setattr(data_set, keyword, values[volume % len(values)])
            for keyword, value in (changes or {}).items():
                setattr(data_set, keyword, value)
            if voxels.size:
                _draw(data_set, voxels[:, :, z, volume])
            path = folder / f"{kind}-{seed}-{volume * n_slices + z:05d}.dcm"
            data_set.save_as(path, enforce_file_format=True)
            paths.append(path)
    return tuple(paths)


def make_enhanced_dicom(
    path: Path, kind: str = "bold", *, seed: int = 7, planted: Planted | None = None
) -> Path:
    """Write a series of MR as one file of many frames, as newer scanners do.

    Parameters
    ----------
    path : Path
        Of the file; its folder is made if it is not there.
    kind : str
        One of `PROTOCOLS`, of MR.
    seed, planted
        As in `make_dicom`; the voxels are those of `make_voxels`.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> make_enhanced_dicom(Path(tempfile.mkdtemp()) / "a.dcm", "T2w").name
    'a.dcm'
    """
    protocol = PROTOCOLS[kind]
    voxels = make_voxels(kind, seed=seed)
    _, _, n_slices, n_times = voxels.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = _slice(kind, protocol, planted or Planted(), seed)
    _place(whole, 0, 0, n_slices, n_times)
    _draw(whole, voxels[:, :, 0, 0])
    frames = []
    for number in range(n_slices * n_times):
        volume, z = divmod(number, n_slices)
        classic = _slice(kind, protocol, planted or Planted(), seed)
        _place(classic, volume, z, n_slices, n_times)
        for keyword, values in protocol.each.items():
            setattr(classic, keyword, values[volume % len(values)])
        frames.append(_frame(classic, volume, z))
    _make_enhanced(whole, frames)
    pixels = voxels.transpose(3, 2, 1, 0).astype("<u2")  # (volumes, slices, rows, columns)
    whole.PixelData = pixels.tobytes()
    whole.save_as(path, enforce_file_format=True)
    return path


def _frame(classic: Dataset, volume: int, z: int) -> Dataset:
    """Return the groups of one frame."""
    frame = _item(
        FrameContentSequence={
            "StackID": "1", "InStackPositionNumber": z + 1, "TemporalPositionIndex": volume + 1,
            "DimensionIndexValues": [z + 1, volume + 1],
        },
        PlanePositionSequence={"ImagePositionPatient": classic.ImagePositionPatient},
        MREchoSequence={"EffectiveEchoTime": float(classic.EchoTime)},
    )  # fmt: skip
    b_value = classic.get("DiffusionBValue")
    if b_value is not None:
        frame.MRDiffusionSequence = [
            _dataset(
                DiffusionBValue=b_value,
                DiffusionDirectionality="DIRECTIONAL" if b_value else "NONE",
                DiffusionGradientDirectionSequence=[
                    _dataset(DiffusionGradientOrientation=classic.DiffusionGradientOrientation)
                ],
            )
        ]
    return frame


def _make_enhanced(whole: Dataset, frames: list[Dataset]) -> None:
    """Turn the header of one slice into that of a file of many frames."""
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = _ENHANCED
    whole.Manufacturer = "Philips Medical Systems"
    sequences = whole.ScanningSequence
    is_spin = "SE" in sequences
    whole.EchoPulseSequence = "SPIN" if is_spin else "GRADIENT"
    whole.EchoPlanarPulseSequence = "YES" if "EP" in sequences else "NO"
    whole.InversionRecovery = "YES" if "IR" in sequences else "NO"
    timing = {"RepetitionTime": float(whole.RepetitionTime), "FlipAngle": float(whole.FlipAngle)}
    shared = _item(
        PlaneOrientationSequence={"ImageOrientationPatient": whole.ImageOrientationPatient},
        PixelMeasuresSequence={
            "PixelSpacing": whole.PixelSpacing, "SliceThickness": whole.SliceThickness,
            "SpacingBetweenSlices": whole.SpacingBetweenSlices,
        },
        MRTimingAndRelatedParametersSequence=timing,
        MRImageFrameTypeSequence={"FrameType": whole.ImageType},
    )  # fmt: skip
    whole.SharedFunctionalGroupsSequence = [shared]
    whole.PerFrameFunctionalGroupsSequence = frames
    whole.NumberOfFrames = len(frames)
    whole.DimensionIndexSequence = [
        _dataset(DimensionIndexPointer=tag, FunctionalGroupPointer=0x00209111)
        for tag in (0x00209057, 0x00209128)
    ]
    for keyword in (
        "EchoTime", "EchoNumbers", "RepetitionTime", "FlipAngle", "ScanningSequence",
        "SequenceVariant", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
        "SliceThickness", "SpacingBetweenSlices", "TemporalPositionIdentifier",
    ):  # fmt: skip
        if keyword in whole:
            delattr(whole, keyword)


def _item(**groups: Mapping[str, Any]) -> Dataset:
    """Return an item whose elements are sequences of one item each."""
    return _dataset(**{keyword: [_dataset(**values)] for keyword, values in groups.items()})


def _dataset(**values: Any) -> Dataset:  # noqa: ANN401 - values of any element
    from pydicom.dataset import Dataset

    data_set = Dataset()
    for keyword, value in values.items():
        setattr(data_set, keyword, value)
    return data_set


def make_voxels(kind: str, *, seed: int = 7, n_volumes: int | None = None) -> NDArray[np.uint16]:
    """Return what `make_dicom` stores: a bright head in noise, no two slices alike.

    Returns
    -------
    ndarray of uint16, shape (columns, rows, slices, volumes)
        Rows from the front to the back, slices from the feet to the head.
    """
    nx, ny, nz, nt = PROTOCOLS[kind].shape
    nt = n_volumes or nt
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in (nx, ny, nz)), indexing="ij"))
    head = 900 * (np.square(grid).sum(axis=0) < 0.8) * (1.2 + 0.2 * grid[1])
    noise = rng.integers(0, 60, (nx, ny, nz, nt))
    voxels: NDArray[np.uint16] = (head[..., None] + noise).astype(np.uint16)
    return voxels


def _slice(kind: str, protocol: Protocol, planted: Planted, seed: int) -> Dataset:
    """Return the header that all slices of a series share."""
    from pydicom.dataset import Dataset, FileMetaDataset

    data_set = Dataset()
    plain = {k: v for k, v in _PLAIN.items() if k not in _ONLY_MR} if (
        protocol.tags.get("Modality", "MR") != "MR"
    ) else _PLAIN  # fmt: skip
    for keyword, value in (plain | dict(protocol.tags)).items():
        setattr(data_set, keyword, value)
    data_set.SpecificCharacterSet = "ISO_IR 100"
    data_set.SeriesDescription = data_set.ProtocolName = protocol.name
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID"):
        setattr(data_set, keyword, make_uid(f"{keyword} {planted.code}"))
    data_set.SeriesInstanceUID = make_uid(f"{kind} {planted.code} {seed}")
    data_set.SeriesNumber = str(seed)
    _plant(data_set, planted)
    if data_set.Modality == "PT":
        data_set.RadiopharmaceuticalInformationSequence = [_tracer()]
    if "InPlanePhaseEncodingDirection" in data_set and data_set.Manufacturer == "SIEMENS":
        own = data_set.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        own.add_new(0x28, "FD", _BANDWIDTH_HZ)
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = _SYNTAX
    data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    return data_set


def _plant(data_set: Dataset, planted: Planted) -> None:
    """Put identifiers wherever there is room for one."""
    day, clock = planted.start.strftime("%Y%m%d"), planted.start.strftime("%H%M%S.000000")
    for keyword, value in (
        ("PatientName", planted.name.replace("-", "^")), ("PatientID", planted.code),
        ("PatientBirthDate", planted.birth.strftime("%Y%m%d")), ("PatientSex", "F"),
        ("PatientAge", "068Y"), ("PatientWeight", "61.5"), ("PatientAddress", planted.place),
        ("PatientComments", f"{planted.name}, {planted.text}"),
        ("OtherPatientIDs", planted.code), ("ReferringPhysicianName", planted.operator),
        ("OperatorsName", planted.operator), ("PerformingPhysicianName", planted.operator),
        ("InstitutionName", planted.institution), ("InstitutionAddress", planted.place),
        ("StationName", planted.serial), ("DeviceSerialNumber", planted.serial),
        ("StudyDescription", planted.text), ("ImageComments", f"of {planted.name}"),
        ("StudyID", planted.code), ("AccessionNumber", planted.code), ("StudyDate", day),
        ("SeriesDate", day), ("AcquisitionDate", day), ("ContentDate", day),
        ("StudyTime", clock), ("AcquisitionTime", clock), ("ContentTime", clock),
    ):  # fmt: skip
        setattr(data_set, keyword, value)
    block = data_set.private_block(0x0009, "QUORN HEADER", create=True)
    block.add_new(0x01, "LO", f"{planted.name} {planted.serial}")


def _tracer() -> Dataset:
    """Return what a PET series says of its tracer."""
    from pydicom.dataset import Dataset

    nuclide = Dataset()
    nuclide.CodeMeaning = "^18^Fluorine"
    nuclide.CodeValue = "C-111A1"
    nuclide.CodingSchemeDesignator = "SRT"
    tracer = Dataset()
    tracer.Radiopharmaceutical = "FDG"
    tracer.RadiopharmaceuticalStartTime = "143007.000000"
    tracer.RadionuclideTotalDose = "185000000"
    tracer.RadionuclideHalfLife = "6586.2"
    tracer.RadionuclideCodeSequence = [nuclide]
    return tracer


def _place(data_set: Dataset, volume: int, z: int, n_slices: int, n_times: int) -> None:
    """Say which slice of which volume it is, and where it lies."""
    number = volume * n_slices + z + 1
    data_set.SOPInstanceUID = make_uid(f"{data_set.SeriesInstanceUID} {number}")
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.InstanceNumber = str(number)
    data_set.AcquisitionNumber = str(volume + 1)
    if n_times > 1:
        data_set.TemporalPositionIdentifier = str(volume + 1)
        data_set.NumberOfTemporalPositions = str(n_times)
    data_set.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    data_set.ImagePositionPatient = ["-27.5", "-31.1", f"{2.5 * z - 11:.1f}"]
    data_set.PixelSpacing = ["2.2", "2.1"]
    data_set.SliceThickness = "2.5"
    data_set.SpacingBetweenSlices = "2.5"


def _draw(data_set: Dataset, pixels: NDArray[np.uint16]) -> None:
    """Store one slice."""
    data_set.Columns, data_set.Rows = pixels.shape
    data_set.SamplesPerPixel = 1
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.BitsAllocated = 16
    data_set.BitsStored = 12
    data_set.HighBit = 11
    data_set.PixelRepresentation = 0
    data_set.PixelData = pixels.T.astype("<u2").tobytes()


def make_uid(words: str) -> str:
    """Return the same UID for the same words."""
    return _ROOT + str(int(hashlib.sha256(words.encode()).hexdigest()[:24], 16))
