"""Give recordings of a dataset to MATLAB and Octave."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Progress, ProgressHook
from fascicle.describe import find_recordings
from fascicle.errors import InputError
from fascicle.formats import read_blocks, read_written_header, tabulate_events, write_matlab

_SIGNALS = re.compile(r"_(eeg|ieeg|meg|nirs|ecephys)$")


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was exported.

    Attributes
    ----------
    files : tuple of Path
        The files that were written.
    passed_over : tuple of Path
        Recordings that are no channels over time, which is all that this export knows.
    """

    files: tuple[Path, ...]
    passed_over: tuple[Path, ...] = ()


def export(
    source: Path | str,
    target: Path | str,
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    on_progress: ProgressHook | None = None,
) -> ExportResult:
    """Write recordings as MATLAB files, which GNU Octave and MATLAB open with ``load``.

    Each file holds ``data`` (channels by samples, in the unit of each channel) and ``info`` with
    ``srate_hz``, ``labels``, ``types``, ``units``, ``start_s`` and ``events``.

    Parameters
    ----------
    source : Path or str
        A recording of a BIDS dataset (the file that a reader opens), or a whole dataset.
    target : Path or str
        The .mat; for a dataset, a folder.
    start_s, stop_s : float
        The part to take, in seconds from the beginning; None goes to the end.
    on_progress : callable or None
        Told of every recording.

    Returns
    -------
    ExportResult
        What was written.

    Raises
    ------
    InputError
        FSC117 if the part is empty, FSC118 if there is no recording to export.
    FormatError
        FSC273 if a part is too large for one MATLAB variable.

    Notes
    -----
    What was exported is not sealed: it holds what the dataset holds, and nothing proves it.
    """
    path, out = Path(source), Path(target)
    if not path.is_dir():
        _require_signal(path)
        return ExportResult((_export_one(path, _with_suffix(out), start_s, stop_s),))
    written, passed = [], []
    recordings = [recording.path for recording in find_recordings(path)]
    for done, recording in enumerate(recordings):
        if on_progress is not None:
            on_progress(Progress("export", done, len(recordings), recording.name))
        if not _is_signal(recording):
            passed.append(recording)
            continue
        name = re.sub(r"(\.ome)?\.[A-Za-z0-9]+$", ".mat", recording.name)
        place = out / recording.parent.relative_to(path) / name
        written.append(_export_one(recording, place, start_s, stop_s))
    if not written:
        raise _nothing_to_export()
    return ExportResult(tuple(written), tuple(passed))


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == ".mat" else path.with_name(f"{path.name}.mat")


def _is_signal(path: Path) -> bool:
    try:
        _require_signal(path)
    except InputError:
        return False
    return True


def _require_signal(path: Path) -> None:
    if not path.exists() or not _SIGNALS.search(path.name.partition(".")[0]):
        raise _nothing_to_export()


def _nothing_to_export() -> InputError:
    return InputError(
        "FSC118",
        "Expected a recording of channels over time (EEG, MEG, iEEG, NIRS, a probe), or a dataset "
        "with one, got none.",
        "Name the file that a reader opens (.edf, .vhdr, .fif, .nwb), or the dataset's top folder.",
    )


def _export_one(path: Path, target: Path, start_s: float, stop_s: float | None) -> Path:
    header = read_written_header(path)
    first = round(start_s * header.sfreq_hz)
    last = header.n_times if stop_s is None else round(stop_s * header.sfreq_hz)
    last = min(last, header.n_times)
    if not 0 <= first < last:
        raise InputError(
            "FSC117",
            f"Expected a part within {header.duration_s:g} s, got an empty one.",
            "Give --start and --stop in seconds from the beginning, the later one second.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shape = (len(header.channels), last - first)
    write_matlab(target, _describe(header, first), shape, _cut(path, first, last))
    return target


def _describe(header: Header, first: int) -> dict[str, Any]:
    """Return the fields of ``info``: what the recording's header says."""
    return {
        "srate_hz": float(header.sfreq_hz),
        "start_s": first / header.sfreq_hz,
        "labels": [channel.name for channel in header.channels],
        "types": [channel.kind for channel in header.channels],
        "units": [channel.unit for channel in header.channels],
        "positions_m": np.array([
            channel.position_m or (math.nan,) * 3 for channel in header.channels
        ]),
        "events": tabulate_events(header.events),
    }


def _cut(path: Path, first: int, last: int) -> Iterator[NDArray[np.float64]]:
    """Yield the samples between two indices, block by block."""
    at = 0
    for block in read_blocks(path):
        begin, end = max(first - at, 0), min(last - at, block.shape[1])
        if begin < end:
            yield block[:, begin:end]
        at += block.shape[1]
        if at >= last:
            return
