"""Sidecars of an NWB file of electrodes, as the BIDS extension proposal 32 has them.

The columns are those of the proposal's text and schema in the repository of the BIDS specification
(``microelectrode-electrophysiology.md`` and ``rules/tabular_data/microephys.yaml``, read in
November 2026, while BIDS 1.11.2 did not have them yet). Its files are listed in ``.bidsignore``.

Each row says what in the NWB file it describes: a probe has the name of a device, an electrode the
id of its row in the table of electrodes, a channel the name of its series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from fascicle.core import Channel, Header
from fascicle.formats import NwbContents, NwbElectrode

from ._names import BidsName
from ._sidecars import EVENT_COLUMNS, format_events, format_json, format_number, format_table

ELECTRODES: Final = frozenset({"EXT", "LFP"})
"""Types of channel that an electrode of a probe makes."""

ELECTRODE_COLUMNS: Final = {
    "nwb_id": {"Description": "Id of the row in the table of electrodes of the NWB file."},
    "shank_id": {"Description": "Name of the group of electrodes in the NWB file."},
}
"""What the columns are that the proposal does not know, or does not explain enough."""

_SPIKES_HZ: Final = 100.0
"""A high-pass filter above this leaves spikes alone; one below leaves field potentials, too."""

_UBERON: Final = "http://purl.obolibrary.org/obo/uberon.owl"


def make_ephys_sidecars(
    name: BidsName, header: Header, contents: NwbContents, *, line_hz: float | None = None
) -> dict[str, bytes]:
    """Describe a written recording of extracellular electrodes.

    Parameters
    ----------
    name : BidsName
        Its name.
    header : Header
        What may be said about it.
    contents : NwbContents
        What the NWB file holds.
    line_hz : float or None
        Power-line frequency in hertz; None if unknown.

    Returns
    -------
    dict of str to bytes
        ``_ecephys.json``; of what has channels ``_channels.tsv``, and of what has electrodes
        ``_electrodes.tsv`` with its description and ``_probes.tsv``; ``_events.tsv`` and its
        description if there are events. By their path in the dataset, with forward slashes.

    Examples
    --------
    >>> name = BidsName("01", "", "", "", "", "ecephys")
    >>> from fascicle.core import Modality
    >>> header = Header(Modality.ECEPHYS, 30000.0, 9, (Channel("AP0", "EXT", "uV", 30000.0),))
    >>> contents = NwbContents(
    ...     "an id", {"ElectricalSeries": 1}, (NwbElectrode(0, "AP0", "probe01", "Group0"),),
    ...     {"AP0": "ElectricalSeriesAP"}, {"AP0": 0},
    ... )
    >>> files = make_ephys_sidecars(name, header, contents)
    >>> [path.rpartition("_")[2] for path in files]
    ['ecephys.json', 'channels.tsv', 'electrodes.tsv', 'electrodes.json', 'probes.tsv']
    """
    stem = f"{name.folder}/{name.stem}"
    files = {f"{stem}_{name.last_word}.json": format_json(describe_ephys(name, header, line_hz))}
    if header.channels:
        files[f"{stem}_channels.tsv"] = _format_channels(header, contents)
    if contents.electrodes:
        files[f"{stem}_electrodes.tsv"] = _format_electrodes(contents.electrodes)
        files[f"{stem}_electrodes.json"] = format_json(ELECTRODE_COLUMNS)
        files[f"{stem}_probes.tsv"] = _format_probes(header, contents)
    if header.events:
        files[f"{stem}_events.tsv"] = format_events(header.events, header.sfreq_hz)
        files[f"{stem}_events.json"] = format_json(EVENT_COLUMNS)
    return files


def describe_ephys(name: BidsName, header: Header, line_hz: float | None) -> dict[str, Any]:
    """Return the fields of a recording by probes or by pipettes: the proposal asks for the same."""
    about: dict[str, Any] = {"TaskName": name.task} if name.task else {}
    about |= {
        "Manufacturer": header.manufacturer or "n/a",
        "PowerLineFrequency": line_hz or header.line_hz or "n/a",
        "SamplingFrequency": header.sfreq_hz,
        "SoftwareFilters": "n/a",
        "RecordingDuration": round(header.duration_s, 6),
        "RecordingType": "continuous" if header.is_continuous else "discontinuous",
    }
    metadata = dict(header.metadata)
    region = metadata.pop("BrainRegion", None)
    if region:
        about["BodyPartDetails"] = region if isinstance(region, str) else ", ".join(region)
        if any(term.curie.startswith("UBERON:") for term in header.terms):
            about["BodyPartDetailsOntology"] = _UBERON
    return about | metadata


def _format_channels(header: Header, contents: NwbContents) -> bytes:
    """Write one row for each channel, in file order."""
    columns = ("name", "electrode_name", "type", "units", "sampling_frequency", "low_cutoff",
               "high_cutoff", "stream_id")  # fmt: skip
    names = {electrode.id: electrode.name for electrode in contents.electrodes}
    rows = [
        (
            channel.name,
            names.get(contents.sites.get(channel.name, -1)),
            _type_of(channel),
            channel.unit,
            format_number(channel.sfreq_hz),
            format_number(channel.low_cutoff_hz),
            format_number(channel.high_cutoff_hz),
            contents.series.get(channel.name),
        )
        for channel in header.channels
    ]
    return format_table(columns, rows)


def _type_of(channel: Channel) -> str | None:
    """Return the proposal's type of a channel; None where its filter, which decides, is unknown."""
    if channel.kind != "EXT":
        return channel.kind
    if channel.low_cutoff_hz is None:
        return None
    return "HP" if channel.low_cutoff_hz >= _SPIKES_HZ else "BB"


def _format_electrodes(electrodes: Sequence[NwbElectrode]) -> bytes:
    """Write one row for each electrode; places are on the probe, in micrometres."""
    rows = [
        (
            electrode.name,
            electrode.probe,
            *(None if um is None else format_number(round(um, 6)) for um in electrode.place_um),
            electrode.group,
            electrode.id,
        )
        for electrode in electrodes
    ]
    return format_table(("name", "probe_name", "x", "y", "z", "shank_id", "nwb_id"), rows)


def _format_probes(header: Header, contents: NwbContents) -> bytes:
    """Write one row for each probe."""
    kinds = {channel.name: channel.kind for channel in header.channels}
    shown = {site: kinds.get(channel, "") for channel, site in contents.sites.items()}
    # Spikes and field potentials of one contact are two rows of the table of electrodes.
    counts = {row.probe: Counter[str]() for row in contents.electrodes}
    for row in contents.electrodes:
        counts[row.probe][shown.get(row.id, "")] += 1
    model = str(header.metadata.get("ManufacturersModelName") or "")
    kind = "silicon-probe" if model.casefold().startswith("neuropixels") else None
    rows = [
        (
            probe,
            kind,
            header.manufacturer,
            model,
            own[""] + max((n for shows, n in own.items() if shows), default=0),
        )
        for probe, own in sorted(counts.items())
        if probe
    ]
    return format_table(("probe_name", "type", "manufacturer", "model", "electrode_count"), rows)
