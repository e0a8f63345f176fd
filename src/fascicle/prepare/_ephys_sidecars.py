"""Sidecars of probes, as the BIDS extension proposal 32 has them: channels, electrodes, probes.

https://bids.neuroimaging.io/bep032 is a proposal: its files are listed in ``.bidsignore``, and the
NWB file beside them holds all that they say.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from fascicle.core import Channel, Header

from ._names import BidsName
from ._sidecars import EVENT_COLUMNS, format_events, format_json, format_number, format_table

ELECTRODES: Final = frozenset({"EXT", "LFP"})
"""Types of channel that an electrode of a probe makes."""

_PROBE = re.compile(r"-P(\d+)$")
_MODELS: Final = (("neuropixels", "silicon probe"), ("", "n/a"))


def make_ephys_sidecars(
    name: BidsName, header: Header, *, line_hz: float | None = None
) -> dict[str, bytes]:
    """Describe a written recording of extracellular electrodes.

    Parameters
    ----------
    name : BidsName
        Its name.
    header : Header
        What may be said about it.
    line_hz : float or None
        Power-line frequency in hertz; None if unknown.

    Returns
    -------
    dict of str to bytes
        ``_ecephys.json``; of what has channels ``_channels.tsv``, and of what has electrodes
        ``_electrodes.tsv`` and ``_probes.tsv``; ``_events.tsv`` and its description if there are
        events. By their path in the dataset, with forward slashes.

    Examples
    --------
    >>> name = BidsName("01", "", "", "", "", "ecephys")
    >>> from fascicle.core import Modality
    >>> header = Header(Modality.ECEPHYS, 30000.0, 9, (Channel("AP0", "EXT", "uV", 30000.0),))
    >>> [path.rpartition("_")[2] for path in make_ephys_sidecars(name, header)]
    ['ecephys.json', 'channels.tsv', 'electrodes.tsv', 'probes.tsv']
    """
    stem = f"{name.folder}/{name.stem}"
    contacts = [channel for channel in header.channels if channel.kind in ELECTRODES]
    files = {f"{stem}_{name.last_word}.json": format_json(_describe(name, header, line_hz))}
    if header.channels:
        files[f"{stem}_channels.tsv"] = _format_channels(header)
    if contacts:
        files[f"{stem}_electrodes.tsv"] = _format_electrodes(contacts)
        files[f"{stem}_probes.tsv"] = _format_probes(header, contacts)
    if header.events:
        files[f"{stem}_events.tsv"] = format_events(header.events, header.sfreq_hz)
        files[f"{stem}_events.json"] = format_json(EVENT_COLUMNS)
    return files


def _describe(name: BidsName, header: Header, line_hz: float | None) -> dict[str, Any]:
    """Return the fields of the recording."""
    about: dict[str, Any] = {"TaskName": name.task} if name.task else {}
    return (
        about
        | {
            "Manufacturer": header.manufacturer or "n/a",
            "PowerLineFrequency": line_hz or header.line_hz or "n/a",
            "SamplingFrequency": header.sfreq_hz,
            "SoftwareFilters": "n/a",
            "RecordingDuration": round(header.duration_s, 6),
            "RecordingType": "continuous" if header.is_continuous else "discontinuous",
        }
        | dict(header.metadata)
    )


def _format_channels(header: Header) -> bytes:
    """Write one row for each channel, in file order."""
    columns = ("name", "electrode_name", "type", "units", "sampling_frequency", "low_cutoff",
               "high_cutoff")  # fmt: skip
    rows = [
        (
            channel.name,
            channel.name if channel.kind in ELECTRODES else None,
            channel.kind,
            channel.unit,
            format_number(channel.sfreq_hz),
            format_number(channel.low_cutoff_hz),
            format_number(channel.high_cutoff_hz),
        )
        for channel in header.channels
    ]
    return format_table(columns, rows)


def _format_electrodes(contacts: list[Channel]) -> bytes:
    """Write one row for each electrode; places are on the probe, in micrometres."""
    rows = [
        (channel.name, _probe_of(channel), *(_micrometres(channel, axis) for axis in range(3)))
        for channel in contacts
    ]
    return format_table(("name", "probe_name", "x", "y", "z"), rows)


def _format_probes(header: Header, contacts: list[Channel]) -> bytes:
    """Write one row for each probe."""
    counts = Counter(_probe_of(channel) for channel in contacts)
    model = str(header.metadata.get("ManufacturersModelName") or "")
    kind = next(kind for word, kind in _MODELS if model.casefold().startswith(word))
    rows = [
        (probe, kind, header.manufacturer, model, count) for probe, count in sorted(counts.items())
    ]
    return format_table(("probe_name", "type", "manufacturer", "model", "contact_count"), rows)


def _probe_of(channel: Channel) -> str:
    """Return the probe that a channel's name tells: AP7-P2 is of the second."""
    found = _PROBE.search(channel.name)
    return f"probe{int(found[1]):02d}" if found else "probe01"


def _micrometres(channel: Channel, axis: int) -> str | None:
    """Return a coordinate in micrometres."""
    place = channel.position_m
    return None if place is None else format_number(round(place[axis] * 1e6, 6))
