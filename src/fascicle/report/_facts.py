"""What a recording is, in a few words and numbers: by its family, with units that people read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeGuard

from fascicle.core import Family, Header, Modality, say_count

from ._shapes import Quality
from ._words import say_duration

TIMES, MICRO = " \N{MULTIPLICATION SIGN} ", "\N{MICRO SIGN}"
_MAX_MEASURES = 12
_CHANNEL_KINDS = MappingProxyType({
    "MEGGRADPLANAR": "planar gradiometers",
    "MEGGRADAXIAL": "axial gradiometers",
    "MEGMAG": "magnetometers",
    "MEGREFMAG": "reference magnetometers",
    "MEGREFGRADAXIAL": "reference gradiometers",
    "NIRSCWAMPLITUDE": "NIRS amplitudes",
    "NIRSCWOPTICALDENSITY": "NIRS optical densities",
    "TRIG": "trigger",
    "MISC": "other",
})


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that a header states or a check measures.

    Attributes
    ----------
    label : str
        As a reader calls it.
    field : str
        Name in `Header.metadata`.
    measure : str
        Name in the quality's ``extra``, which stands in for the field.
    unit : str
        To stand after the number.
    factor : float
        From the field's unit to `unit`; a measure is in `unit` already.
    by : str
        What stands between several numbers.
    """

    label: str
    field: str
    measure: str = ""
    unit: str = ""
    factor: float = 1.0
    by: str = ", "


_KNOWN: Mapping[Family, tuple[Known, ...]] = MappingProxyType({
    Family.SIGNAL: (),
    Family.VOLUME: (
        Known("Repetition time", "RepetitionTime", "tr_s", "s"),
        Known("Echo time", "EchoTime", "", "ms", 1e3, " / "),
        Known("First echo time", "EchoTime1", "", "ms", 1e3),
        Known("Second echo time", "EchoTime2", "", "ms", 1e3),
        Known("Inversion time", "InversionTime", "", "ms", 1e3, " / "),
        Known("Flip angle", "FlipAngle", "", "\N{DEGREE SIGN}"),
        Known("Field strength", "MagneticFieldStrength", "", "T"),
        Known("Phase encoding", "PhaseEncodingDirection"),
        Known("Slices at once", "MultibandAccelerationFactor"),
        Known("Readout time", "TotalReadoutTime", "", "ms", 1e3),
        Known("Labelling", "ArterialSpinLabelingType"),
        Known("Post-labelling delay", "PostLabelingDelay", "", "s", 1.0, " / "),
        Known("Tracer", "TracerName"),
        Known("Radionuclide", "TracerRadionuclide"),
        Known("Frames", "FrameDuration", "", "s long", 1.0),
    ),
    Family.NEURODATA: (
        Known("Units", "NumberOfUnits", "n_units"),
        Known("Spikes", "NumberOfSpikes", "n_spikes"),
        Known("Sweeps", "NumberOfSweeps", "n_sweeps"),
        Known("Probes", "ProbeCount", "n_probes"),
        Known("Frames", "NumberOfFrames", "n_frames"),
        Known("Frame rate", "FrameRate", "frame_rate_hz", "Hz"),
        Known("Planes", "NumberOfPlanes", "n_planes"),
        Known("Cells found", "NumberOfROIs", "n_rois"),
        Known("Keypoints", "NumberOfKeypoints", "n_keypoints"),
        Known("Trials", "NumberOfTrials", "n_trials"),
        Known("Excitation", "ExcitationWavelength", "", "nm"),
        Known("Emission", "EmissionWavelength", "", "nm"),
    ),
    Family.MICROGRAPH: (
        Known("Magnification", "Magnification", "", "\N{MULTIPLICATION SIGN}"),
        Known("Numerical aperture", "NumericalAperture"),
        Known("Technique", "MicroscopyTechnique"),
        Known("Levels", "NumberOfLevels", "n_levels"),
    ),
    Family.CELLS: (),
})
_SPOKEN = frozenset(
    {"n_times", "n_windows", "n_cells", "n_genes", "n_volumes", "n_channels", "duration_s"}
    | {"gap_count", "dropped_share", "dropped_longest_s"}
)
"""Measures that are told elsewhere, or found if there is anything to them."""

_UNITS = MappingProxyType(
    {
        "hz": ("Hz", 1.0), "s": ("s", 1.0), "ms": ("ms", 1.0), "mm": ("mm", 1.0),
        "um": (f"{MICRO}m", 1.0), "nm": ("nm", 1.0), "uv": (f"{MICRO}V", 1.0), "mv": ("mV", 1.0),
        "pa": ("pA", 1.0), "mohm": (f"M{chr(0x2126)}", 1.0), "ppm": ("ppm", 1.0), "db": ("dB", 1.0),
        "px": ("px", 1.0), "deg": ("\N{DEGREE SIGN}", 1.0), "share": ("%", 100.0),
        "percent": ("%", 1.0),
    }
)  # fmt: skip
_CALLED = MappingProxyType({
    "anisotropy": "Longest to shortest edge of a voxel",
    "bleaching_share": "Loss of brightness",
    "brightness": "Mean brightness",
    "empty_share": "Empty squares",
    "faces_share": "Frames with a face",
    "fall_off_share": "Darker in the corners",
    "focus_share": "Fine detail (noise: 100 %)",
    "frozen_share": "Frames that stand still",
    "jump_share": "Jumps of keypoints",
    "mean": "Mean intensity",
    "missing_share": "Keypoints missing",
    "n_different_slices": "Slices unlike their neighbours",
    "n_frames_compared": "Frames compared for motion",
    "not_finite_share": "Values that are no numbers",
    "outside_share": "Keypoints outside of the frame",
    "saturated_share": "At the highest value",
    "unlikely_share": "Keypoints that are unlikely",
})
"""Measures whose name alone would tell a reader little."""
_STATISTICS = MappingProxyType({
    "mean": "mean",
    "median": "median",
    "max": "largest",
    "min": "smallest",
    "total": "total",
})
_ACRONYMS = MappingProxyType(
    {
        "snr": "SNR", "tsnr": "tSNR", "cnr": "CNR", "fwhm": "FWHM", "efc": "EFC", "isi": "ISI",
        "umi": "UMI", "umis": "UMIs", "roi": "ROI", "rois": "ROIs", "fd": "FD", "dvars": "DVARS",
        "tr": "TR", "te": "TE", "b0": "b0", "dff": "dF/F", "std": "SD", "lfp": "LFP",
    }
)  # fmt: skip


def list_facts(header: Header, quality: Quality | None) -> tuple[tuple[str, str], ...]:
    """Return the facts of a recording, each as its name and its words; nothing empty.

    Parameters
    ----------
    header : Header
        As released.
    quality : Quality or None
        What was measured.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> dict(list_facts(Header(Modality.OMICS, shape=(2700,)), None))
    {'Size': '2,700 cells'}
    """
    facts = [("Size", say_size(header, quality)), ("Voxel size", _voxel(header, quality))]
    facts += [("Field of view", _view(header, quality)), ("Pixel size", _pixel(header))]
    facts += list(_time_facts(header, quality))
    extra = quality.extra if quality else {}
    for known in _KNOWN[header.modality.family]:
        facts.append((known.label, _say_known(known, header, extra)))
    facts.append(("Injected", _injected(header)))
    facts.append(("Recorded with", _maker(header)))
    told = {known.measure for known in _KNOWN[header.modality.family]} | _SPOKEN
    if header.modality.family is not Family.SIGNAL:
        rest = [n for n in extra if n not in told and not n.startswith(("voxel_", "fov_"))]
        known_labels = {name for name, words in facts if words}
        measured = [say_measure(name, extra[name]) for name in rest]
        facts += [one for one in measured if one[0] not in known_labels][:_MAX_MEASURES]
    return tuple((name, words) for name, words in facts if words)


def say_size(header: Header, quality: Quality | None) -> str:
    """Say how large a recording without channels is; empty for channels over time.

    Examples
    --------
    >>> say_size(Header(Modality.FUNC, 0.5, 180, shape=(64, 64, 36, 180)), None).split(", ")[1]
    '180 volumes'
    """
    family = header.modality.family
    shape = header.shape
    if family is Family.VOLUME and len(shape) >= 3:
        volumes = math.prod(shape[3:])
        more = f", {say_count(volumes, 'volume')}" if volumes > 1 else ""
        return f"{_cross(shape[:3])} voxels{more}"
    if family is Family.CELLS:
        cells = _count(header, quality, "NumberOfCells", "n_cells", shape[0] if shape else 0)
        genes = _count(header, quality, "NumberOfGenes", "n_genes", shape[1] if shape[1:] else 0)
        parts = [say_count(cells, "cell")] * bool(cells) + [say_count(genes, "gene")] * bool(genes)
        return TIMES.join(parts)
    wide, high = (header.metadata.get(name) for name in ("ImageWidth", "ImageHeight"))
    if _is_number(wide) and _is_number(high):
        return f"{_cross((int(wide), int(high)))} pixels"
    if family is Family.MICROGRAPH and shape:
        return f"{_cross(shape)} pixels"
    return ""


def say_contents(header: Header, quality: Quality | None) -> str:
    """Say in one line what a recording holds, for a table of many.

    Examples
    --------
    >>> say_contents(Header(Modality.ECEPHYS, metadata={"NumberOfUnits": 52}), None)
    '52 units'
    """
    extra = quality.extra if quality else {}
    parts = [say_size(header, quality), _voxel(header, quality) or _pixel(header)]
    if header.channels and not _are_told_otherwise(header):
        parts.append(say_count(len(header.channels), "channel"))
    for known in _KNOWN[Family.NEURODATA] if header.modality.family is Family.NEURODATA else ():
        value = header.metadata.get(known.field, extra.get(known.measure))
        if not known.unit and _is_number(value):
            one = known.label.lower().removesuffix("s").replace("cells found", "cell")
            parts.append(say_count(int(value), one, known.label.lower().replace(" found", "")))
    parts.append(say_duration(header.duration_s) if header.duration_s else "")
    return ", ".join(part for part in parts if part)


def say_measure(name: str, value: float) -> tuple[str, str]:
    """Turn the name of a measure, which ends in its unit, into words.

    Examples
    --------
    >>> say_measure("displacement_mean_mm", 0.21), say_measure("missing_share", 0.034)
    (('Mean displacement', '0.21 mm'), ('Keypoints missing', '3.4 %'))
    >>> say_measure("n_spikes", 10214.0), say_measure("tsnr", 48.2)
    (('Spikes', '10,214'), ('tSNR', '48.2'))
    """
    words = name.removeprefix("n_").removesuffix("_count").split("_")
    unit, factor = "", 1.0
    if len(words) > 1 and words[-1] in _UNITS:
        unit, factor = _UNITS[words.pop()]
    if len(words) > 1 and words[-1] in _STATISTICS:
        words.insert(0, _STATISTICS[words.pop()])
    spoken = " ".join(_ACRONYMS.get(word, word) for word in words)
    label = spoken if words[0] in _ACRONYMS else spoken[:1].upper() + spoken[1:]
    label = _CALLED.get(name, label)
    if not math.isfinite(value):
        return label, "not known"
    return label, _with_unit(say_number(value * factor), unit)


def say_number(value: float) -> str:
    """Write a number with three figures, whole ones in full.

    Examples
    --------
    >>> say_number(0.00123), say_number(12.345), say_number(32738.0), say_number(2.0)
    ('0.00123', '12.3', '32,738', '2')
    """
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}", 1)


def _time_facts(header: Header, quality: Quality | None) -> Iterator[tuple[str, str]]:
    """Length, sampling and channels, where there are any."""
    family = header.modality.family
    if header.duration_s:
        yield "Length", say_duration(header.duration_s)
    # The rate of volumes is told as repetition time, that of frames with the frames.
    told = "FrameRate" in header.metadata or family in {Family.VOLUME, Family.MICROGRAPH}
    if header.sfreq_hz and not told:
        yield "Sampling", f"{header.sfreq_hz:,g} Hz"
    if header.channels and not _are_told_otherwise(header):
        yield "Channels", _channels(header)
    if header.events or family is Family.SIGNAL:
        yield "Events", f"{len(header.events):,}"
    # Light knows no mains; only electrodes have a reference.
    line = quality.line_hz if quality else header.line_hz
    if family is Family.SIGNAL and header.modality is not Modality.NIRS:
        yield "Mains", f"{line:g} Hz" if line else "unknown"
    elif line and family is not Family.SIGNAL:
        yield "Mains", f"{line:g} Hz"
    if header.modality in {Modality.EEG, Modality.IEEG}:
        yield "Reference", header.reference or "not stated"


def _are_told_otherwise(header: Header) -> bool:
    """Tell whether what is listed as channels are points of a body, or columns of a table."""
    return "NumberOfKeypoints" in header.metadata or not header.sfreq_hz


def _channels(header: Header) -> str:
    kinds = Counter(channel.kind for channel in header.channels)
    if header.modality.family is not Family.SIGNAL and len(kinds) == 1:
        return f"{len(header.channels):,}"
    words = ", ".join(f"{n} {_CHANNEL_KINDS.get(kind, kind)}" for kind, n in kinds.most_common(4))
    more = len(kinds) - 4
    return words + (f" and {more} more kinds" if more > 0 else "")


def _say_known(known: Known, header: Header, extra: Mapping[str, float]) -> str:
    value = header.metadata.get(known.field)
    factor = known.factor
    if value is None and known.measure in extra:
        value, factor = extra[known.measure], 1.0
    if isinstance(value, str):
        return value
    numbers = [value] if _is_number(value) else value
    if not isinstance(numbers, Sequence) or not numbers or not all(map(_is_number, numbers)):
        return ""
    scaled = [float(number) * factor for number in numbers]
    if len(set(scaled)) == 1 and len(scaled) > 6:
        words = f"{len(scaled)}{TIMES}{say_number(scaled[0])}"
    elif len(scaled) > 6:
        words = f"{len(scaled)}, from {say_number(min(scaled))} to {say_number(max(scaled))}"
    else:
        words = known.by.join(say_number(number) for number in scaled)
    return _with_unit(words, known.unit)


def _voxel(header: Header, quality: Quality | None) -> str:
    if header.modality.family is not Family.VOLUME:
        return ""
    extra = quality.extra if quality else {}
    sizes: Any = [extra.get(f"voxel_{axis}_mm") for axis in "xyz"]
    if not all(map(_is_number, sizes)):
        sizes = header.metadata.get("AcquisitionVoxelSize")
    return _sizes(sizes, "mm")


def _view(header: Header, quality: Quality | None) -> str:
    """Say how far an image reaches along its three axes."""
    if header.modality.family is not Family.VOLUME or quality is None:
        return ""
    return _sizes([quality.extra.get(f"fov_{axis}_mm") for axis in "xyz"], "mm")


def _pixel(header: Header) -> str:
    unit = header.metadata.get("PixelSizeUnits", "um")
    sizes = header.metadata.get("PixelSize")
    if sizes is None:
        sizes = header.metadata.get("PixelSizeMicrometres")
        unit = "um"
    return _sizes([sizes] if _is_number(sizes) else sizes, str(unit).replace("um", f"{MICRO}m"))


def _sizes(sizes: object, unit: str) -> str:
    if not isinstance(sizes, Sequence) or not sizes or not all(map(_is_number, sizes)):
        return ""
    return f"{TIMES.join(say_number(float(size)) for size in sizes)} {unit}"


def _injected(header: Header) -> str:
    amount = header.metadata.get("InjectedRadioactivity")
    unit = header.metadata.get("InjectedRadioactivityUnits", "")
    return f"{say_number(float(amount))} {unit}".strip() if _is_number(amount) else ""


def _maker(header: Header) -> str:
    """Maker and model, once each; channels over time name them in the dataset's sidecars."""
    if header.modality.family is Family.SIGNAL:
        return ""
    maker = header.metadata.get("Manufacturer") or header.manufacturer
    model = header.metadata.get("ManufacturersModelName", "")
    words = [word for word in (maker, model) if isinstance(word, str) and word]
    return " ".join(dict.fromkeys(words))


def _count(
    header: Header, quality: Quality | None, field: str, measure: str, otherwise: int
) -> int:
    value = header.metadata.get(field, (quality.extra if quality else {}).get(measure))
    return int(value) if _is_number(value) else otherwise


def _cross(shape: Sequence[int]) -> str:
    return TIMES.join(f"{n:,}" for n in shape)


def _with_unit(words: str, unit: str) -> str:
    tight = unit in {"\N{DEGREE SIGN}", "\N{MULTIPLICATION SIGN}"}
    return f"{words}{'' if tight or not unit else ' '}{unit}"


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
