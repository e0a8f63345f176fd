"""Quality as BIDS derivatives: tables and files beside the raw data, never in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.errors import InputError
from fascicle.jobs import write_atomic

from . import _thresholds as limits
from ._results import ChannelQuality, RecordingQuality
from ._tables import MISSING, Table, read_json, read_table, write_json

FOLDER: Final = "derivatives/fascicle-quality"
BIDS_VERSION: Final = "1.11.1"

_METRICS: Final[dict[str, dict[str, str]]] = {
    "flat_share": {"Description": "Share of the time without any change"},
    "clipped_share": {"Description": "Share of samples in runs at the channel's own extremes"},
    "not_finite_share": {"Description": "Share of samples that are no number"},
    "amplitude": {
        "Description": "Robust standard deviation (1.4826 x median absolute deviation), in the "
        "unit of the channel"
    },
    "amplitude_z": {"Description": "Robust z of the amplitude among channels of one type"},
    "line_ratio": {"Description": "Share of the power above 1 Hz at the mains frequency"},
    "high_frequency_ratio": {"Description": "Amplitude above 50 Hz beside that below"},
    "high_frequency_z": {"Description": "Robust z of that ratio among channels of one type"},
}
_ASKED: Final = {
    "ieeg": ("low_cutoff", "high_cutoff"),
    "nirs": ("source", "detector", "wavelength_nominal"),
}
"""Columns that every table of channels must have, by datatype."""
_COLUMNS: Final = {
    "status": {"Description": "Verdict of the automatic check; the raw data are not changed"},
    "status_description": {"Description": "What speaks against the channel"},
}


def write_derivatives(
    dataset: Path, results: Mapping[str | PurePosixPath, RecordingQuality]
) -> tuple[Path, ...]:
    """Write the quality of recordings as the BIDS derivative ``derivatives/fascicle-quality``.

    Write it after the dataset's own dataset_description.json, whose authors and licence it takes.
    For each recording: ``<name>_desc-quality_channels.tsv`` with a row for each channel, its data
    dictionary ``.json``, and ``<name>_desc-quality_qc.json`` with the verdict, the findings and
    the thresholds (BIDS has no name for such a file: it is listed in ``.bidsignore``).

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset; nothing outside the derivative is touched.
    results : mapping of str or PurePosixPath to RecordingQuality
        By the recording's path in the dataset.

    Returns
    -------
    tuple of Path
        The files, in order of their paths. The same results give the same bytes.

    Raises
    ------
    InputError
        FSC126 if a path is not that of a recording in a BIDS dataset.
    """
    folder = dataset / FOLDER
    written = [*_write_head(dataset, folder)]
    for place, quality in sorted(results.items(), key=lambda item: str(item[0])):
        written.extend(_write_one(dataset, PurePosixPath(place), quality))
    return tuple(sorted(written))


def status_columns(quality: RecordingQuality) -> dict[str, list[str]]:
    """Return ``status`` and ``status_description`` for a recording's channels.tsv.

    Parameters
    ----------
    quality : RecordingQuality
        Its channels, in file order, become the cells.

    Returns
    -------
    dict of str to list of str
        ``"good"``, ``"bad"`` or ``"n/a"`` (not judged) for each channel; and why, or ``"n/a"``.
    """
    return {
        "status": [_find_status(channel) for channel in quality.channels],
        "status_description": [
            "; ".join(channel.reasons) or MISSING for channel in quality.channels
        ],
    }


def _find_status(channel: ChannelQuality) -> str:
    """Return the BIDS word for a verdict."""
    if channel.verdict == "skip":
        return MISSING
    return "bad" if channel.is_bad else "good"


def _write_head(dataset: Path, folder: Path) -> Iterable[Path]:
    """Write what describes the derivative as a whole."""
    generated = {
        "Name": "Fascicle",
        "Version": version("fascicle"),
        "Description": "Automatic quality checks of the raw recordings",
    }
    readme = (
        "# Signal quality\n\n"
        "Automatic checks of the raw recordings by Fascicle: for each recording one table of\n"
        "channels and one file with the verdict. The raw data are not changed. A verdict is a\n"
        "measurement against the thresholds that each file states, not a person's judgement.\n"
    )
    described = describe_derivative(dataset, folder, "Signal quality", [generated], readme)
    write_atomic(folder / ".bidsignore", "*_qc.json\n")
    return [*described, folder / ".bidsignore"]


def describe_derivative(
    dataset: Path,
    folder: Path,
    name: str,
    generated_by: Sequence[Mapping[str, str]],
    readme: str,
) -> tuple[Path, ...]:
    """Write dataset_description.json and README.md of a derivative.

    Parameters
    ----------
    dataset : Path
        Top folder of the raw dataset, whose authors and licence the derivative takes.
    folder : Path
        Top folder of the derivative, two levels below.
    name : str
        Its title.
    generated_by : sequence of mapping
        Name, version and description of each program.
    readme : str
        What a reader should know.

    Returns
    -------
    tuple of Path
        The two files.
    """
    raw = read_json(dataset / "dataset_description.json") or {}
    description = {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "DatasetLinks": {"raw": "../.."},
        **{field: raw[field] for field in ("Authors", "License") if raw.get(field)},
        "GeneratedBy": list(generated_by),
        "SourceDatasets": [{"URL": "bids:raw:."}],
    }
    write_json(folder / "dataset_description.json", description)
    write_atomic(folder / "README.md", readme)
    return folder / "dataset_description.json", folder / "README.md"


def _write_one(dataset: Path, place: PurePosixPath, quality: RecordingQuality) -> Iterable[Path]:
    """Write the three files of one recording."""
    if len(place.parts) < 3 or not place.name.startswith("sub-") or ".." in place.parts:
        raise InputError(
            "FSC126", "Expected the path of a recording in a BIDS dataset, got another.",
            "Name recordings as sub-<label>/[ses-<label>/]<datatype>/<name>.",
        )  # fmt: skip
    # The tables describe the whole recording: the parts of a split one share them.
    stem = re.sub(r"_split-\d+", "", place.name.split(".")[0].rsplit("_", 1)[0])
    base = dataset / FOLDER / place.parent / f"{stem}_desc-quality"
    table, dictionary, verdict = (
        base.with_name(base.name + end) for end in ("_channels.tsv", "_channels.json", "_qc.json")
    )
    source = f"bids:raw:{place}"
    if not quality.channels:
        base = base.with_name(f"{place.name.split('.')[0]}_desc-quality")
        verdict = base.with_name(f"{base.name}_qc.json")
        write_json(verdict, _summarise(quality, source))
        return [verdict]
    raw = read_table(dataset / place.parent / f"{stem}_channels.tsv")
    write_atomic(table, _tabulate(quality, raw, place.parent.name).format())
    write_json(
        dictionary,
        {"Description": "Quality of each channel", "Sources": [source], **_COLUMNS, **_METRICS},
    )
    write_json(verdict, _summarise(quality, source))
    return [table, dictionary, verdict]


def _tabulate(quality: RecordingQuality, raw: Table | None, datatype: str) -> Table:
    """Return the table of channels; what BIDS asks for besides comes from the raw table."""
    asked = _ASKED.get(datatype, ())
    status = status_columns(quality)
    known = {row[0]: dict(zip(raw.columns, row, strict=True)) for row in raw.rows} if raw else {}
    rows = [
        [
            channel.name,
            channel.kind or MISSING,
            *(known.get(channel.name, {}).get(name, MISSING) for name in asked),
            channel.unit or MISSING,
            *(cells[index] for cells in status.values()),
            *(
                f"{channel.metrics[name]:.4g}" if name in channel.metrics else MISSING
                for name in _METRICS
            ),
        ]
        for index, channel in enumerate(quality.channels)
    ]
    columns = ["name", "type", *asked, "units", *status, *_METRICS]
    if datatype == "ieeg":
        # There, BIDS wants the units before the filter edges.
        order = [0, 1, 4, 2, 3, *range(5, len(columns))]
        columns, rows = [columns[i] for i in order], [[row[i] for i in order] for row in rows]
    return Table(columns, rows)


def _summarise(quality: RecordingQuality, source: str) -> dict[str, Any]:
    """Return verdict, findings, counts and thresholds of a recording."""
    verdicts = [channel.verdict for channel in quality.channels]
    thresholds = {
        name.lower(): getattr(limits, name)
        for name in sorted(vars(limits))
        if name.isupper() and isinstance(getattr(limits, name), int | float)
    }
    return {
        "Sources": [source],
        "Verdict": quality.verdict,
        "Findings": [
            {"code": f.code, "severity": f.severity.value, "reason": f.reason, "fix": f.fix}
            for f in quality.findings
        ],
        "ChannelVerdicts": {
            word: verdicts.count(word) for word in ("pass", "warn", "fail", "skip")
        },
        "PowerLineFrequency": quality.line_hz if quality.line_hz else MISSING,
        "Measures": {name: float(f"{value:.6g}") for name, value in sorted(quality.extra.items())},
        "Thresholds": thresholds,
    }
