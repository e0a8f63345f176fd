"""The whole check of a folder that holds a BIDS dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from fascicle.core import Finding, Header, Progress, ProgressHook, Severity, Source
from fascicle.errors import FascicleError, FormatError, InputError, JobError
from fascicle.formats import is_risky, read_written_header
from fascicle.jobs import run_apart

from ._bids import validate_bids
from ._metadata import make_finding
from ._recording import check_recording
from ._results import RecordingQuality
from ._tables import read_json, read_table

SUFFIXES = (".edf", ".bdf", ".vhdr", ".fif", ".set", ".snirf")
_TIMEOUT_S = 3600.0
"""Longer than any check takes on a busy machine."""
_NOT_READ = ("*_eeg.*", "*_ieeg.*", "*_meg.*", "*_nirs.*")


def check_folder(
    dataset: Path, *, line_hz: float | None = None, on_progress: ProgressHook | None = None
) -> tuple[Finding, ...]:
    """Validate a BIDS dataset and check every recording in it; nothing is written.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    line_hz : float or None
        Mains frequency, in hertz; None takes what each recording says or shows.
    on_progress : callable or None
        Called after each recording.

    Returns
    -------
    tuple of Finding
        Those of the official validator, then those of the recordings, by path.

    Raises
    ------
    InputError
        FSC125 if there is no such folder.
    """
    if not dataset.is_dir():
        raise InputError(
            "FSC125", "Expected the folder of a dataset, found none there.",
            "Name a folder that holds a BIDS dataset.",
        )  # fmt: skip
    findings = list(validate_bids(dataset))
    for _, quality in check_recordings(dataset, line_hz=line_hz, on_progress=on_progress):
        findings.extend(quality.findings)
    return tuple(findings)


def check_recordings(
    dataset: Path, *, line_hz: float | None = None, on_progress: ProgressHook | None = None
) -> Iterator[tuple[PurePosixPath, RecordingQuality]]:
    """Check the recordings of a BIDS dataset, one after the other; nothing is written.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset.
    line_hz : float or None
        Mains frequency, in hertz; None takes what each recording says or shows.
    on_progress : callable or None
        Called after each recording.

    Yields
    ------
    tuple of PurePosixPath and RecordingQuality
        The path in the dataset, which is the place of each finding too, in order of paths.
    """
    recordings = find_recordings(dataset)
    for done, path in enumerate(recordings, start=1):
        quality = _check_safely(dataset / path, line_hz)
        placed = tuple(replace(finding, place=str(path)) for finding in quality.findings)
        yield path, replace(quality, findings=placed)
        if on_progress is not None:
            on_progress(Progress("check", done, len(recordings), path.name))


def find_recordings(dataset: Path) -> list[PurePosixPath]:
    """Return the recordings of a dataset that can be read, without derivatives and source data."""
    found = {
        PurePosixPath(path.relative_to(dataset).as_posix())
        for folder in dataset.glob("sub-*")
        for pattern in _NOT_READ
        for path in folder.rglob(pattern)
        if path.suffix in SUFFIXES and path.is_file()
    }
    return sorted(path for path in found if not is_later_part(path))


def is_later_part(path: PurePosixPath) -> bool:
    """Tell whether a file is the second or a later part of a split recording."""
    parts = dict(part.split("-", 1) for part in path.stem.split("_") if "-" in part)
    return parts.get("split", "1").lstrip("0") != "1"


def _check_safely(path: Path, line_hz: float | None) -> RecordingQuality:
    """Check a recording where it can do no harm: damaged HDF5 crashes the library that reads it."""
    source = Source(path.suffix, (PurePosixPath(path.name),), path.stat().st_size)
    if not is_risky(path.parent, source):
        return _check_one(path, line_hz)
    try:
        return run_apart(_check_one, path, line_hz, timeout_s=_TIMEOUT_S)
    except JobError as error:
        return _unreadable(path, error)


def _unreadable(path: Path, error: FascicleError) -> RecordingQuality:
    """Return what is known of a recording that cannot be read: that it cannot."""
    return RecordingQuality.unreadable(
        make_finding(
            "recording.unreadable", Severity.ERROR, path.name,
            f"The recording could not be read ({error.code}).",
            "Replace the file by a whole one, or leave it out.",
        )
    )  # fmt: skip


def _check_one(path: Path, line_hz: float | None) -> RecordingQuality:
    """Check a recording; one whose header cannot be read fails with a finding."""
    try:
        header = read_written_header(path)
    except FormatError as error:
        return _unreadable(path, error)
    header = apply_table(header, path)
    return check_recording(path, header, line_hz=line_hz or read_line_hz(path))


def apply_table(header: Header, path: Path) -> Header:
    """Take the types of channels from channels.tsv: a person may have corrected them there."""
    stem = path.name.rsplit("_", 1)[0]
    table = read_table(path.parent / f"{stem}_channels.tsv")
    if table is None or not {"name", "type"} <= set(table.columns):
        return header
    kinds = dict(zip(table.column("name"), table.column("type"), strict=True))
    return replace(
        header,
        channels=tuple(
            replace(channel, kind=kinds.get(channel.name, channel.kind).upper())
            for channel in header.channels
        ),
    )


def read_line_hz(path: Path) -> float | None:
    """Return the mains frequency that the JSON file beside a recording states, if it can be."""
    stated = (read_json(path.with_suffix(".json")) or {}).get("PowerLineFrequency")
    return float(stated) if isinstance(stated, int | float) and stated > 0 else None
