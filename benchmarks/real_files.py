"""Every real recording through `share`, alone and in its folder, beside what other readers see.

Each recording under ``signals/eeg``, ``ieeg``, ``meg`` and ``nirs`` of the test data is shared on
its own, then each of these folders as a whole, then each folder in them that is BIDS already. What
was written is read back with MNE-BIDS and held against the source as its format's usual reader
sees it (`benchmarks/_oracles.py`). Writes ``benchmarks/results/real_files.json``::

    python benchmarks/real_files.py [--data FOLDER] [--only WORD]

The results name the collection that a recording is from and its format, and nothing that stands in
the recording. The page "Real recordings" of the documentation is made from them.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from _oracles import WRITTEN, compare, read_source, read_written
from _results import write_results

from fascicle.core import Severity, Source
from fascicle.errors import FascicleError, InputError
from fascicle.formats import read_header, read_written_header, recognise, registry
from fascicle.jobs import Journal
from fascicle.workflows import ShareOptions, ShareResult, share

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("eeg", "ieeg", "meg", "nirs")
LARGEST_DIFFERENCE = 1e-6
LARGEST_RATE = 1e-9
OPTIONS = ShareOptions(
    publish=False, consent="GRU", participants="confirmed", name="Real recordings", n_jobs=1
)

EXCEPTIONS: dict[str, tuple[str, float, float]] = {
    # By format: why, the largest difference of a sample, the largest relative difference of rates.
    "ant": ("the vendor's export, which serves as the oracle, rounds to 0.01 µV", 1e-4, 1e-9),
    "muse": ("no rate is stated: the usual one nearest to the time stamps is written", 1e-6, 0.03),
    "xdf": ("the rate is the measured one where it differs from the nominal one", 1e-6, 0.1),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording of the test data."""

    kind: str
    root: Path
    source: Source

    @property
    def collection(self) -> str:
        """Folder of the test data that it is from."""
        return f"{self.kind}/{self.source.primary.parts[0]}"


def find_samples(signals: Path) -> Iterator[Sample]:
    for kind in KINDS:
        root = signals / kind
        if root.is_dir():
            yield from (Sample(kind, root, source) for source in recognise(root).sources)


def copy_alone(sample: Sample, raw: Path) -> None:
    """Copy the files of one recording, each to its place below the raw folder."""
    for path in sample.source.files:
        target = raw / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if (sample.root / path).is_dir():
            shutil.copytree(sample.root / path, target)
        else:
            shutil.copyfile(sample.root / path, target)


def share_alone(sample: Sample, folder: Path) -> dict[str, Any]:
    """Share one recording; return the row of it."""
    raw, out = folder / "raw", folder / "out"
    copy_alone(sample, raw)
    row: dict[str, Any] = {
        "from": sample.collection,
        "format": registry()[sample.source.format].title,
    }
    start = time.perf_counter()
    try:
        result = share(raw, out, OPTIONS)
    except InputError:
        seconds = time.perf_counter() - start
        return row | {"outcome": "finding", "code": why_not(sample), "seconds": round(seconds, 1)}
    row["seconds"] = round(time.perf_counter() - start, 1)
    row |= judge(result)
    if result.refused or not result.n_recordings:
        return row
    written = next(p for p in out.glob("sub-*/**/*") if p.suffix in WRITTEN)
    (entry,) = Journal(out.with_name("out.private") / "journal").entries().values()
    header = read_written_header(written)
    return row | {
        "modality": written.parent.name,
        "n_channels": len(header.channels),
        "rate_hz": round(header.sfreq_hz, 3),
        "duration_s": round(header.duration_s, 2),
        "n_events": count_events(written),
        "written_as": registry()[entry["written_as"]].title,
        "copied": entry["copied"],
        "oracle": ask_oracle(sample, out, written),
    }


def judge(result: ShareResult) -> dict[str, Any]:
    """Return what validator and proof said."""
    bids = [finding for finding in result.findings if finding.origin == "bids-validator"]
    proof = [finding for finding in result.findings if finding.origin == "scan"]
    lost = [finding for finding in result.findings if finding.code == "recording.failed"]
    return {
        "outcome": "refused" if result.refused else "written" if result.n_recordings else "finding",
        "code": ", ".join(sorted({finding.code for finding in lost})),
        "n_bids_errors": sum(finding.severity is Severity.ERROR for finding in bids),
        "n_bids_warnings": len({f.code for f in bids if f.severity is Severity.WARNING}),
        "proof": "refused" if result.refused else "passed",
        "proof_findings": sorted({finding.code for finding in proof}),
    }


def why_not(sample: Sample) -> str:
    """Return the code of the error that keeps a recording from being read."""
    try:
        read_header(sample.root, sample.source)
    except FascicleError as error:
        return error.code
    return ""


def count_events(written: Path) -> int:
    """Count the rows of a recording's table of events."""
    table = written.with_name(f"{written.stem.rpartition('_')[0]}_events.tsv")
    if not table.exists():
        return 0
    with table.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream, delimiter="\t")) - 1


def ask_oracle(sample: Sample, out: Path, written: Path) -> dict[str, Any]:
    """Hold what was written against the source, both as other programs read them."""
    before = read_source(sample.root, sample.source)
    after = read_written(out, written)
    agreement = compare(before, after)
    why, difference, rate = EXCEPTIONS.get(
        sample.source.format, ("", LARGEST_DIFFERENCE, LARGEST_RATE)
    )
    rates = abs(before.sfreq_hz / after.sfreq_hz - 1)
    is_exact = agreement.difference <= LARGEST_DIFFERENCE and rates <= LARGEST_RATE
    agrees = (
        agreement.same_channels
        and agreement.same_times
        and agreement.difference <= difference
        and rates <= rate
    )
    return {
        "reader": before.reader,
        "agrees": agrees,
        "difference": None if math.isnan(agreement.difference) else agreement.difference,
        "exception": "" if is_exact else why,
    }


def share_folder(name: str, raw: Path, out: Path) -> dict[str, Any]:
    """Share a folder as it lies there."""
    start = time.perf_counter()
    result = share(raw, out, OPTIONS)
    seconds = time.perf_counter() - start
    return {
        "folder": name,
        "n_recordings": result.n_recordings,
        "n_left_out": len(result.left_out),
        **judge(result),
        "seconds": round(seconds, 1),
    }


def find_bids(signals: Path) -> list[Path]:
    """Return the folders that are BIDS already."""
    return [
        path.parent
        for kind in KINDS
        for path in signals.glob(f"{kind}/**/dataset_description.json")
    ]


def share_all(signals: Path, only: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, folders = [], []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["FASCICLE_HOME"] = str(Path(scratch) / "home")
        for number, sample in enumerate(find_samples(signals)):
            if only in f"{sample.collection} {sample.source.format}":
                rows.append(share_alone(sample, Path(scratch) / f"{number:03d}"))
                print(rows[-1], flush=True)
        whole = [(signals / kind) for kind in KINDS if (signals / kind).is_dir()]
        for number, raw in enumerate([*whole, *find_bids(signals)]):
            name = PurePosixPath(raw.relative_to(signals)).as_posix()
            if only in name:
                folders.append(share_folder(name, raw, Path(scratch) / f"folder-{number}"))
                print(folders[-1], flush=True)
    return rows, folders


def summarise(rows: list[dict[str, Any]], folders: list[dict[str, Any]]) -> dict[str, Any]:
    oracles = [row["oracle"] for row in rows if "oracle" in row]
    differences = [o["difference"] for o in oracles if o["difference"] is not None]
    everything = [*rows, *folders]
    return {
        "n_recordings": len(rows),
        "n_formats": len({row["format"] for row in rows}),
        "n_written": sum(row["outcome"] == "written" for row in rows),
        "n_findings": sum(row["outcome"] == "finding" for row in rows),
        "n_folders": len(folders),
        "n_bids_errors": sum(row.get("n_bids_errors", 0) for row in everything),
        "n_refused": sum(row["outcome"] == "refused" for row in everything),
        "n_compared": len(oracles),
        "n_that_differ": sum(not oracle["agrees"] for oracle in oracles),
        "n_with_exception": sum(bool(oracle["exception"]) for oracle in oracles),
        "median_difference": float(np.median(differences)) if differences else None,
        "median_seconds": float(np.median([row["seconds"] for row in rows])) if rows else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("FASCICLE_TEST_DATA", ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    signals = args.data / "signals"
    if not signals.is_dir():
        print(f"No real recordings in {signals}: set FASCICLE_TEST_DATA. Nothing was measured.")
        return
    rows, folders = share_all(signals, args.only)
    summary = summarise(rows, folders)
    print(summary)
    if not args.only:
        write_results("real_files", summary | {"recordings": rows, "folders": folders}, seed=0)


if __name__ == "__main__":
    main()
