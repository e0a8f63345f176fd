"""Which check a recording gets that is not channels over time in a BIDS format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from fascicle.core import Family, Header, Severity
from fascicle.errors import DependencyError, FascicleError

from ._metadata import make_finding
from ._results import RecordingQuality

Check = Callable[[Path, Header], RecordingQuality]

_CHECKS: Final[dict[Family, str]] = {
    Family.VOLUME: "_volumes:check_volume",
    Family.NEURODATA: "_neurodata:check_neurodata",
    Family.MICROGRAPH: "_micrographs:check_micrograph",
    Family.CELLS: "_cells:check_cells",
}
"""Module and function of each family's check; loaded when the first recording of it is checked."""


def check_content(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written recording by the check of its family.

    Parameters
    ----------
    path : Path
        The file as it was written.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        A recording that cannot be read fails with a finding; nothing is raised for bad data.
    """
    module, _, name = _CHECKS[header.modality.family].partition(":")
    check = cast(Check, getattr(import_module(f"fascicle.quality.{module}"), name))
    try:
        return check(path, header)
    except DependencyError:
        raise
    except FascicleError as error:
        finding = make_finding(
            "recording.unreadable", Severity.ERROR, path.name,
            f"What was written could not be read again ({error.code}).",
            "Look at the source file; leave the recording out if it is broken.",
        )  # fmt: skip
        return RecordingQuality.unreadable(finding)
