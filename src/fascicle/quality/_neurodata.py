"""The check of what is written as NWB: by modality, and by the inspector of the standard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from fascicle.core import Header, Modality, Severity
from fascicle.errors import FascicleError

from ._metadata import make_finding
from ._nwb_checks import inspect_nwb
from ._results import RecordingQuality, find_verdict

Check = Callable[[Path, Header], RecordingQuality]

_CHECKS: Final[dict[Modality, str]] = {
    Modality.ECEPHYS: "_ecephys_quality:check_ecephys",
    Modality.ICEPHYS: "_icephys_quality:check_icephys",
    Modality.OPHYS: "_ophys_quality:check_ophys",
    Modality.BEH: "_beh_quality:check_behaviour",
}
"""Module and function of each modality's check; one without has that of the inspector alone."""

_UNITS: Final = "_units_quality:check_units"
"""The check of a recording of probes that holds no channels, but what a sorter found in them."""


_UNREADABLE = (OSError, LookupError, RuntimeError, ValueError, TypeError, AttributeError)
"""What h5py raises on a file that is damaged, and the arithmetic on one that holds what nobody
foresaw; what is ours is said one floor above."""


def check_neurodata(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written file of neurodata by the check of its modality.

    Parameters
    ----------
    path : Path
        The file as it was written; what is no ``.nwb`` the inspector does not see.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        The modality's measures and pictures, with the inspector's findings after its own.
    """
    quality = RecordingQuality.of_content()
    target = _CHECKS.get(header.modality)
    if header.modality is Modality.ECEPHYS and not header.channels:
        target = _UNITS
    if target is not None:
        module, _, name = target.partition(":")
        check = cast(Check, getattr(import_module(f"fascicle.quality.{module}"), name))
        try:
            quality = check(path, header)
        except FascicleError:
            raise
        except _UNREADABLE as error:
            return RecordingQuality.unreadable(
                make_finding(
                    "recording.unreadable", Severity.ERROR, path.name,
                    f"What was written could not be read again ({type(error).__name__}).",
                    "Look at the source file; leave the recording out if it is broken.",
                )
            )  # fmt: skip
    if path.suffix.casefold() != ".nwb":
        return quality
    findings = (*quality.findings, *inspect_nwb(path))
    return replace(quality, findings=findings, verdict=find_verdict(findings))
