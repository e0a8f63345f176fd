"""What a PET series says of its tracer and its frames, by the names of BIDS."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from ._dicom_instances import Instance
from ._dicom_values import Values
from ._tracers import name_tracer

_BECQUEREL_PER_MBQ: Final = 1e6
_DAY_S: Final = 86400.0
_NUCLIDE: Final = re.compile(r"\^?(\d{1,3})m?\^?[ -]?([A-Z][a-z]*)|([A-Z][a-z]*)[ -]?\^?(\d{1,3})")
_SYMBOLS: Final = {
    "Fluorine": "F", "Carbon": "C", "Nitrogen": "N", "Oxygen": "O", "Gallium": "Ga",
    "Copper": "Cu", "Zirconium": "Zr", "Rubidium": "Rb", "Iodine": "I",
}  # fmt: skip
_UNITS: Final = {"BQML": "Bq/mL", "GML": "SUV", "CNTS": "arbitrary", "PROPCNTS": "arbitrary"}
_NOT_STATED: Final = {
    "TracerName": "n/a", "TracerRadionuclide": "n/a", "InjectedRadioactivity": "n/a",
    "InjectedRadioactivityUnits": "n/a", "InjectedMass": "n/a", "InjectedMassUnits": "n/a",
    "SpecificRadioactivity": "n/a", "SpecificRadioactivityUnits": "n/a",
    "ModeOfAdministration": "n/a", "AcquisitionMode": "n/a", "ReconMethodName": "n/a",
    "ReconFilterType": "none", "AttenuationCorrection": "n/a",
}  # fmt: skip
"""Fields that BIDS asks for, and what it writes where nobody knows."""
TIME_ZERO: Final = "00:00:00"
"""All times count from the start of the scan; the clock it showed would tell the day's hour."""


def find_pet_metadata(values: Values, instances: Sequence[Instance]) -> dict[str, Any]:
    """Return what a PET series says of its tracer, its frames and its reconstruction.

    Every field that BIDS requires is there; where the header does not say, as ``"n/a"``. All times
    count from the start of the scan, which is put at 00:00:00: of an image that was made of the end
    of a long scan, the first frame begins late.

    Parameters
    ----------
    values : Values
        Header of one of its files.
    instances : sequence of Instance
        All of its files.

    Returns
    -------
    dict
        JSON values by the names of BIDS; times in seconds.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> header = Dataset()
    >>> header.Units, header.DecayCorrection = "BQML", "START"
    >>> found = find_pet_metadata(Values(header), ())
    >>> found["Units"], found["ImageDecayCorrected"], found["TracerName"], found["TimeZero"]
    ('Bq/mL', True, 'n/a', '00:00:00')
    """
    found: dict[str, Any] = dict(_NOT_STATED)
    found |= {
        "Units": _UNITS.get(values.text("Units"), "arbitrary"),
        "TimeZero": TIME_ZERO,
        "ScanStart": 0,
        "ImageDecayCorrected": values.text("DecayCorrection") in {"START", "ADMIN"},
        "ImageDecayCorrectionTime": 0,
        "ReconMethodParameterLabels": ["none"],
        "AcquisitionMode": _mode(values),
        "AttenuationCorrection": values.text("AttenuationCorrectionMethod") or "n/a",
    }
    zero_s = _zero_s(values, instances)
    found |= _tracer_fields(values, zero_s)
    if values.text("DecayCorrection") == "ADMIN":
        found["ImageDecayCorrectionTime"] = found["InjectionStart"]
    return found | _frame_fields(instances, zero_s) | _reconstruction_fields(values)


def find_tracer(values: Values) -> str:
    """Return a short code for the tracer; empty if it is not stated or not known."""
    item = _item(values)
    name = str(item.get("Radiopharmaceutical", "") or "").strip() if item is not None else ""
    return name_tracer(name)


def _item(values: Values) -> Any:  # noqa: ANN401 - pydicom has no types
    """Return the first item that describes the tracer; None if there is none."""
    sequence = values.get("RadiopharmaceuticalInformationSequence")
    return sequence[0] if sequence else None


def _tracer_fields(values: Values, zero_s: float | None) -> dict[str, Any]:
    """Return what was injected, how much and when."""
    item = _item(values)
    found: dict[str, Any] = {"InjectionStart": 0}
    if item is None:
        return found
    tracer = Values(item)
    if code := find_tracer(values):
        found["TracerName"] = code
    if nuclide := _nuclide(tracer):
        found["TracerRadionuclide"] = nuclide
    dose_bq = tracer.number("RadionuclideTotalDose")
    if dose_bq is not None and dose_bq > 0:
        # The standard counts in becquerel; some makers wrote megabecquerel.
        dose_mbq = dose_bq / _BECQUEREL_PER_MBQ if dose_bq > 1e5 else dose_bq
        found |= {"InjectedRadioactivity": dose_mbq, "InjectedRadioactivityUnits": "MBq"}
    start, stop = (
        _clock_s(tracer.text(f"Radiopharmaceutical{end}Time")) for end in ("Start", "Stop")
    )
    if start is not None and zero_s is not None:
        found["InjectionStart"] = _after(start, zero_s)
    if start is not None and stop is not None:
        found["ModeOfAdministration"] = "bolus" if _after(stop, start) < 60 else "infusion"
    return found


def _nuclide(tracer: Values) -> str:
    """Return the radionuclide as BIDS writes it: ``"18F"``."""
    sequence = tracer.get("RadionuclideCodeSequence")
    meaning = str(sequence[0].get("CodeMeaning", "") or "") if sequence else ""
    match = _NUCLIDE.search(meaning)
    if match is None:
        return ""
    mass, element = (match[1], match[2]) if match[1] else (match[4], match[3])
    return f"{mass}{_SYMBOLS.get(element, element[:2])}"


def _mode(values: Values) -> str:
    """Return how events were collected."""
    kinds = values.texts("SeriesType")
    if "DYNAMIC" in kinds:
        return "dynamic"
    if "GATED" in kinds:
        return "gated"
    return "static" if kinds else "n/a"


def _zero_s(values: Values, instances: Sequence[Instance]) -> float | None:
    """Return the time of day at which the scan began, in seconds.

    A series has the time at which its scan began, unless a program made it anew: then that is later
    than what it was made of, and the first frame counts.
    """
    series = _clock_s(values.text("SeriesTime"))
    clocks = [clock for i in instances if (clock := _clock_s(i.time)) is not None]
    clocks = clocks or [c for c in (_clock_s(values.text("AcquisitionTime")),) if c is not None]
    if not clocks:
        return series
    near = clocks[0] if series is None else series
    first = min(clocks, key=lambda clock: _after(clock, near))
    return first if series is None or _after(first, series) < 0 else series


def _frame_fields(instances: Sequence[Instance], zero_s: float | None) -> dict[str, Any]:
    """Return when frames began, after the start of the scan, and how long they took."""
    clocks: dict[tuple[float, ...], list[float]] = {}
    for instance in instances:
        if len(instance.frame_ms) == 2:
            clock = _clock_s(instance.time)
            clocks.setdefault(instance.frame_ms, []).extend([] if clock is None else [clock])
    frames = sorted(clocks)
    if not frames:
        return {}
    durations = [duration / 1000 for _, duration in frames]
    starts = [
        min(_after(clock, zero_s) for clock in clocks[frame])
        for frame in frames
        if clocks[frame] and zero_s is not None
    ]
    if len(starts) < len(frames) or len(set(starts)) < len(starts) or sorted(starts) != starts:
        starts = _starts_by_reference(frames)
    return {"FrameTimesStart": [round(start, 4) for start in starts], "FrameDuration": durations}


def _starts_by_reference(frames: Sequence[tuple[float, ...]]) -> list[float]:
    """Return when frames began after the first one, where no clock tells.

    Makers give a moment of each frame: its middle, the mean of its decay, or its start. The one
    counts by which each frame begins where the last one ended.
    """
    durations = [duration / 1000 for _, duration in frames]
    stated = [moment / 1000 for moment, _ in frames]
    middles = [moment - duration / 2 for moment, duration in zip(stated, durations, strict=True)]

    def gaps(starts: list[float]) -> float:
        ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
        return sum(abs(b - a) for a, b in zip(ends, starts[1:], strict=False))

    starts = stated if middles[0] < 0 or gaps(stated) < gaps(middles) else middles
    return [start - starts[0] for start in starts]


def _reconstruction_fields(values: Values) -> dict[str, Any]:
    """Return how images were reconstructed and smoothed."""
    found: dict[str, Any] = {}
    method = values.text("ReconstructionMethod").upper()
    for word, name in (("OSEM", "OSEM"), ("OP-OSEM", "OSEM"), ("FBP", "FBP"), ("BSREM", "BSREM"),
                       ("VPFX", "OSEM"), ("QCFX", "BSREM"), ("LOR", "RAMLA")):  # fmt: skip
        if word in method:
            found["ReconMethodName"] = name
            break
    counts = re.search(r"(\d{1,3})I\D{0,2}(\d{1,3})S", method)
    if counts is not None:
        found |= {
            "ReconMethodParameterLabels": ["iterations", "subsets"],
            "ReconMethodParameterUnits": ["none", "none"],
            "ReconMethodParameterValues": [int(counts[1]), int(counts[2])],
        }
    kernel = re.search(r"(GAUSS\w*)\s*(\d+(?:\.\d+)?)?", values.text("ConvolutionKernel").upper())
    if kernel is not None:
        found["ReconFilterType"] = "Gaussian"
        found["ReconFilterSize"] = float(kernel[2] or 0)
    return found


def _clock_s(text: str) -> float | None:
    """Return a time of day in seconds."""
    match = re.fullmatch(r"(\d{2}):?(\d{2}):?(\d{2}(?:\.\d*)?)", text.strip())
    if match is None:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _after(moment_s: float, start_s: float) -> float:
    """Return a time of day as seconds from the start of the scan, over midnight if need be."""
    difference = moment_s - start_s
    if abs(difference) > _DAY_S / 2:
        difference -= math.copysign(_DAY_S, difference)
    return round(difference, 3)
