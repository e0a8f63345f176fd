"""The sidecar of a recording that is no signal over channels: its metadata, and its events."""

from __future__ import annotations

from typing import Any, Final

from fascicle.core import Header, Modality

from ._names import BidsName
from ._sidecars import EVENT_COLUMNS, format_events, format_json

_WITH_TASK: Final = frozenset({Modality.FUNC, Modality.ECEPHYS, Modality.ICEPHYS, Modality.OPHYS,
                               Modality.BEH})  # fmt: skip

_POSITIVE: Final = frozenset({"EchoTime", "EchoTime1", "EchoTime2", "InversionTime",
                              "RepetitionTime", "SliceThickness"})  # fmt: skip
"""Fields in which scanners write 0 for what was not used; BIDS wants a number above 0 or none."""


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and value > 0


def make_metadata_sidecars(name: BidsName, header: Header) -> dict[str, bytes]:
    """Describe a written recording by its metadata.

    Parameters
    ----------
    name : BidsName
        Its name.
    header : Header
        What may be said about it.

    Returns
    -------
    dict of str to bytes
        Files by their path in the dataset, with forward slashes.

    Examples
    --------
    >>> name = BidsName("01", "", "", "", "", "anat", suffix="T1w")
    >>> header = Header(Modality.ANAT, metadata={"MagneticFieldStrength": 3})
    >>> list(make_metadata_sidecars(name, header))
    ['sub-01/anat/sub-01_T1w.json']
    """
    stem = f"{name.folder}/{name.stem}"
    about: dict[str, Any] = {}
    if header.modality in _WITH_TASK and name.task:
        about["TaskName"] = name.task
    if header.manufacturer:
        about["Manufacturer"] = header.manufacturer
    about |= {k: v for k, v in header.metadata.items() if k not in _POSITIVE or _is_positive(v)}
    files = {f"{stem}_{name.last_word}.json": format_json(about)} if about else {}
    if header.events:
        files[f"{stem}_events.tsv"] = format_events(header.events, header.sfreq_hz)
        files[f"{stem}_events.json"] = format_json(EVENT_COLUMNS)
    return files
