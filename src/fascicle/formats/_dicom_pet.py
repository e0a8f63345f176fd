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

    Every field that BIDS requires is there; where the header does not say, as ``"n/a"``. Times
    count from the start of the scan, which is put at 00:00:00.

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
    found |= _tracer_fields(values)
    if values.text("DecayCorrection") == "ADMIN":
        found["ImageDecayCorrectionTime"] = found["InjectionStart"]
    return found | _frame_fields(instances) | _reconstruction_fields(values)


def find_tracer(values: Values) -> str:
    """Return a short code for the tracer; empty if it is not stated or not known."""
    item = _item(values)
    name = str(item.get("Radiopharmaceutical", "") or "").strip() if item is not None else ""
    return name_tracer(name)


def _item(values: Values) -> Any:  # noqa: ANN401 - pydicom has no types
    """Return the first item that describes the tracer; None if there is none."""
    sequence = values.get("RadiopharmaceuticalInformationSequence")
    return sequence[0] if sequence else None


def _tracer_fields(values: Values) -> dict[str, Any]:
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
    scan = _clock_s(values.text("SeriesTime") or values.text("AcquisitionTime"))
    if start is not None and scan is not None:
        found["InjectionStart"] = _after(start, scan)
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


def _frame_fields(instances: Sequence[Instance]) -> dict[str, Any]:
    """Return when frames began and how long they took, from the times in their middle."""
    frames = sorted({instance.frame_ms for instance in instances if len(instance.frame_ms) == 2})
    if not frames:
        return {}
    starts = [(middle - duration / 2) / 1000 for middle, duration in frames]
    # Some makers give the start, not the middle: then the second frame would begin too early.
    if starts[0] < 0:
        starts = [start / 1000 for start, _ in frames]
    return {
        "FrameTimesStart": [round(start - starts[0], 4) for start in starts],
        "FrameDuration": [duration / 1000 for _, duration in frames],
    }


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
