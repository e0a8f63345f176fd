"""BIDS sidecars of one recording: what MNE-BIDS writes, completed by what the header says.

MNE-BIDS describes an MNE object, and reading a long recording into one only to describe it costs
more than converting it. It is therefore given a *twin*: an object with the same channels and two
silent samples, in a scratch folder. What it writes about the channels and electrodes is kept; what
depends on the samples (duration, events, rates and filters of single channels) is filled in here.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fascicle.core import Event, Header, Modality

from ._names import BidsName

# BIDS channel types, by the channel types that MNE knows; others are written as "misc" in the twin
# and get their own type back in channels.tsv.
_MNE_TYPES = {
    "EEG": "eeg",
    "EOG": "eog",
    "VEOG": "eog",
    "HEOG": "eog",
    "ECG": "ecg",
    "EMG": "emg",
    "SEEG": "seeg",
    "ECOG": "ecog",
    "DBS": "dbs",
    "TRIG": "stim",
    "GSR": "gsr",
    "RESP": "resp",
    "TEMP": "temperature",
    "EYEGAZE": "eyegaze",
    "PUPIL": "pupil",
}

_SENSORS = frozenset({"electrodes", "optodes", "coordsystem"})
_CONTACTS = frozenset({"DBS", "ECOG", "SEEG"})

EVENT_COLUMNS = {
    "onset": {"Description": "Time of the event from the first sample.", "Units": "s"},
    "duration": {"Description": "How long the event lasts; 0 for a moment.", "Units": "s"},
    "sample": {"Description": "Index of the sample at the onset, counted from 0."},
    "value": {"Description": "Trigger code, where the marker has one."},
    "trial_type": {"Description": "Label of the marker."},
}


def make_sidecars(
    written: Path, name: BidsName, header: Header, *, line_hz: float | None
) -> dict[str, bytes]:
    """Describe a written recording as BIDS asks.

    Parameters
    ----------
    written : Path
        The recording as it will be released.
    name : BidsName
        Its name.
    header : Header
        What may be said about it.
    line_hz : float or None
        Power-line frequency in hertz; None if unknown.

    Returns
    -------
    dict of str to bytes
        Files by their path in the dataset, with forward slashes.
    """
    with TemporaryDirectory(prefix="fascicle-") as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice about the twin, which nobody will see
        root = Path(scratch)
        _write_twin(root, written, name, header, line_hz)
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and _is_sidecar(path, name)
        }
    stem = f"{name.folder}/{name.stem}"
    files |= _completed_json(files, f"{stem}_{name.datatype}.json", name, header, line_hz)
    files.setdefault(f"{stem}_channels.tsv", format_channels(header))
    if header.events:
        # What happened is the same however it was processed: BIDS has one table for all of them.
        stem = f"{name.folder}/{name.without('proc').stem}"
        files[f"{stem}_events.tsv"] = format_events(header.events, header.sfreq_hz)
        files[f"{stem}_events.json"] = format_json(EVENT_COLUMNS)
    if name.datatype in {"eeg", "ieeg"} and not _placed(files):
        # Positions in a frame that MNE-BIDS has no name for, or none at all.
        files = {path: text for path, text in files.items() if not _is_about_places(path)}
        files |= _plain_electrodes(name, header)
    return files


def _is_about_places(path: str) -> bool:
    return path.rpartition("_")[2].split(".")[0] in _SENSORS


def _placed(files: Mapping[str, bytes]) -> int:
    """Count the sensors to which MNE-BIDS gave a place."""
    tables = [text for path, text in files.items() if path.endswith("odes.tsv")]
    rows = [row.split("\t") for text in tables for row in text.decode().splitlines()[1:]]
    return sum("n/a" not in row[1:4] for row in rows)


def _is_sidecar(path: Path, name: BidsName) -> bool:
    suffix = path.stem.rpartition("_")[2]
    return path.suffix in {".tsv", ".json"} and (
        suffix in _SENSORS
        # The optical channels' sources, detectors and wavelengths are known to MNE alone.
        or (suffix == "channels" and name.datatype == "nirs")
        or (suffix == name.datatype and path.suffix == ".json")
    )


def _write_twin(
    root: Path, written: Path, name: BidsName, header: Header, line_hz: float | None
) -> None:
    import mne
    import mne_bids

    path = mne_bids.BIDSPath(
        root=root,
        subject=name.subject,
        session=name.session or None,
        task=name.task,
        acquisition=name.acquisition or None,
        run=name.run or None,
        processing=dict(name.further).get("proc"),
        datatype=name.datatype,
    )
    twin, form = _make_twin(written, header)
    twin.info["line_freq"] = line_hz
    options: dict[str, Any] = {"overwrite": True, "verbose": "ERROR"}
    if form is not None:
        options |= {"allow_preload": True, "format": form}
    refusals = (RuntimeError, ValueError, NotImplementedError)
    # MNE-BIDS writes of optodes on standard output, whatever it is told.
    with mne.use_log_level("ERROR"), redirect_stdout(io.StringIO()):
        try:
            mne_bids.write_raw_bids(twin, path, **options)
        except refusals:
            # Positions in a frame that MNE-BIDS has no name for: it describes the rest without
            # them, and they are written as they are. A recording without one channel of its own
            # modality (triggers alone) it does not describe at all: the header says what there is.
            with twin.info._unlock():  # noqa: SLF001 - MNE's way to take positions out
                twin.info["dig"] = None
            with suppress(*refusals):
                mne_bids.write_raw_bids(twin, path, **options)


def _make_twin(written: Path, header: Header) -> tuple[Any, str | None]:
    """Return an MNE object like the recording, and the format to write it in (None: as it is)."""
    import mne
    import numpy as np

    if written.suffix == ".snirf":
        return mne.io.read_raw_snirf(written, verbose="ERROR"), None
    if written.suffix == ".fif":
        info = mne.io.read_info(written, verbose="ERROR")
        info["bads"] = []
        form = "FIF" if header.modality is Modality.MEG else "BrainVision"
    else:
        info = mne.create_info(
            [channel.name for channel in header.channels],
            header.sfreq_hz,
            [_MNE_TYPES.get(channel.kind, "misc") for channel in header.channels],
            verbose="ERROR",
        )
        form = "BrainVision"
    with info._unlock():  # noqa: SLF001 - MNE's way to set what it guards
        info["projs"], info["comps"] = [], []
    return mne.io.RawArray(np.zeros((len(info["ch_names"]), 2)), info, verbose="ERROR"), form


def _completed_json(
    files: Mapping[str, bytes], path: str, name: BidsName, header: Header, line_hz: float | None
) -> dict[str, bytes]:
    sidecar: dict[str, Any] = json.loads(files.get(path, b"{}"))
    sidecar |= {
        "TaskName": name.task,
        "Manufacturer": header.manufacturer or "n/a",
        # Some programs write 0 for what nobody told them, which BIDS does not allow.
        "PowerLineFrequency": line_hz or "n/a",
        "SamplingFrequency": header.sfreq_hz,
        "RecordingDuration": round(header.duration_s, 6),
        "RecordingType": "continuous" if header.is_continuous else "discontinuous",
    }
    counts = count_channels([channel.kind for channel in header.channels])
    sidecar |= {key: n for key, n in counts.items() if key in sidecar or n}
    reference = {"eeg": "EEGReference", "ieeg": "iEEGReference"}.get(name.datatype)
    if reference:
        sidecar[reference] = header.reference or "n/a"
    if name.datatype in {"eeg", "ieeg"}:
        sidecar["SoftwareFilters"] = "n/a"
    return {path: format_json(sidecar)}


def count_channels(kinds: Sequence[str]) -> dict[str, int]:
    """Count channels by the fields of BIDS sidecars.

    Examples
    --------
    >>> count_channels(["EEG", "VEOG", "EEG"])["EOGChannelCount"]
    1
    """
    groups = {
        "EEGChannelCount": ("EEG",),
        "EOGChannelCount": ("EOG", "VEOG", "HEOG"),
        "ECGChannelCount": ("ECG",),
        "EMGChannelCount": ("EMG",),
        "ECOGChannelCount": ("ECOG",),
        "SEEGChannelCount": ("SEEG", "DBS"),
        "TriggerChannelCount": ("TRIG",),
        "MiscChannelCount": ("MISC", "OTHER"),
    }
    return {key: sum(map(kinds.count, names)) for key, names in groups.items()}


def format_json(content: Mapping[str, Any]) -> bytes:
    """Write JSON as people read it: indented, in its own order, UTF-8, one last line feed."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def format_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    r"""Write a BIDS table: tabs, line feeds, ``n/a`` for what is missing.

    Examples
    --------
    >>> format_table(["name", "age"], [["a", None], ["b", 3]])
    b'name\tage\na\tn/a\nb\t3\n'
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["n/a" if cell is None or cell == "" else cell for cell in row])
    return buffer.getvalue().encode("utf-8")


def format_number(value: float | None) -> str | None:
    """Write a number without noise in its last digits; None stays None."""
    return None if value is None else f"{value:.12g}"


def format_channels(header: Header) -> bytes:
    """Write ``channels.tsv``: one row for each channel, in file order."""
    columns = ("name", "type", "units", "low_cutoff", "high_cutoff", "sampling_frequency")
    rows = [
        (
            channel.name,
            channel.kind,
            channel.unit,
            format_number(channel.low_cutoff_hz),
            format_number(channel.high_cutoff_hz),
            format_number(channel.sfreq_hz),
        )
        for channel in header.channels
    ]
    return format_table(columns, rows)


def format_events(events: Iterable[Event], sfreq_hz: float) -> bytes:
    """Write ``events.tsv``: one row for each event, by onset."""
    rows = [
        (
            format_number(event.onset_s),
            format_number(event.duration_s),
            round(event.onset_s * sfreq_hz),
            event.value,
            event.label,
        )
        for event in events
    ]
    return format_table(tuple(EVENT_COLUMNS), rows)


def _plain_electrodes(name: BidsName, header: Header) -> dict[str, bytes]:
    """Write positions whose frame has no BIDS name, and say so; for iEEG, unknown ones too.

    BIDS wants a table of electrodes for every intracranial recording, with the size of contacts,
    which no header states.
    """
    is_inside = name.datatype == "ieeg"
    contacts = [
        channel
        for channel in header.channels
        if channel.position_m is not None or (is_inside and channel.kind in _CONTACTS)
    ]
    if not contacts:
        return {}
    is_placed = any(channel.position_m is not None for channel in contacts)
    field = {"eeg": "EEGCoordinate", "ieeg": "iEEGCoordinate"}[name.datatype]
    size = ("size",) if is_inside else ()
    rows = [
        (
            channel.name,
            *map(format_number, channel.position_m or (None,) * 3),
            *(None for _ in size),
        )
        for channel in contacts
    ]
    described = {
        f"{field}System": "Other",
        f"{field}Units": "m" if is_placed else "n/a",
        f"{field}SystemDescription": "As stored in the header of the recording, which names no "
        "coordinate system."
        if is_placed
        else "The recording does not say where the electrodes are.",
    }
    base = f"{name.folder}/{replace(name, task='', run='', further=()).stem}"
    return {
        f"{base}_electrodes.tsv": format_table(("name", "x", "y", "z", *size), rows),
        f"{base}_coordsystem.json": format_json(described),
    }
