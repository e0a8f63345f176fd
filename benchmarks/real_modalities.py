"""Every real image, probe, movie, behaviour, micrograph and table of cells through `share`.

Each collection of the test data under ``signals/mri``, ``ephys``, ``patch_clamp``, ``calcium``,
``behaviour``, ``microscopy`` and ``singlecell`` is shared as a folder (packed series are unpacked
first), with all checks. Writes ``benchmarks/results/real_modalities.json``::

    python benchmarks/real_modalities.py [--data FOLDER] [--only WORD]

The results name the collection that a recording is from, its format and what it became, and
nothing that stands in it. The page "Real images, probes and cells" is made from them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from _results import write_results

from fascicle.core import Severity
from fascicle.errors import FascicleError, InputError
from fascicle.formats import recognise, registry
from fascicle.jobs import Journal
from fascicle.workflows import ShareOptions, ShareResult, share

ROOT = Path(__file__).resolve().parent.parent
HUMAN = frozenset({"mri"})
KINDS = ("mri", "ephys", "patch_clamp", "calcium", "behaviour", "microscopy", "singlecell")
NOTES = {
    # What the publications say and the files do not; a lab writes it in such a note.
    "brainreg_mouse": {"PixelSize": [50, 50, 50], "PixelSizeUnits": "um"},
    "isbi2012_em": {"PixelSize": [4, 4, 50], "PixelSizeUnits": "nm"},
}
PUBLIC = {"publish": False, "participants": "confirmed", "name": "Collection", "n_jobs": 1}


def main() -> None:
    """Share all collections, print a line for each, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("FASCICLE_TEST_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--only", default="", help="collections whose path holds this word")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fascicle-real-") as scratch:
        os.environ["FASCICLE_HOME"] = str(Path(scratch) / "home")
        rows = [
            share_collection(kind, folder, Path(scratch) / "work")
            for kind, folder in find_collections(chosen.data / "signals")
            if chosen.only in f"{kind}/{folder.name}"
        ]
    totals = {
        "n_collections": len(rows),
        "n_recordings": sum(row["n_recordings"] for row in rows),
        "n_written": sum(row["n_written"] for row in rows),
        "n_left_out": sum(row["n_left_out"] for row in rows),
        "n_bids_errors": sum(row["n_bids_errors"] for row in rows),
        "n_nwb_errors": sum(row["n_nwb_errors"] for row in rows),
        "n_refused": sum(row["outcome"] == "refused" for row in rows),
    }
    print(totals)
    if not chosen.only:
        write_results("real_modalities", {**totals, "collections": rows}, seed=None)


def find_collections(signals: Path) -> Iterator[tuple[str, Path]]:
    for kind in KINDS:
        for folder in sorted((signals / kind).glob("*")):
            if folder.is_dir():
                yield kind, folder


def share_collection(kind: str, folder: Path, work: Path) -> dict[str, Any]:
    """Share one collection as a lab would; return the row of it."""
    shutil.rmtree(work, ignore_errors=True)
    raw, out = work / "raw", work / "out"
    shutil.copytree(folder, raw / folder.name)
    for archive in sorted(raw.rglob("*.tar.xz")):
        with tarfile.open(archive) as packed:
            packed.extractall(
                archive.with_name(archive.name.removesuffix(".tar.xz")), filter="data"
            )
        archive.unlink()
    if folder.name in NOTES:
        note = raw / folder.name / "micrograph.json"
        note.write_text(json.dumps(NOTES[folder.name]), encoding="utf-8")
    row: dict[str, Any] = {"from": f"{kind}/{folder.name}"}
    about = (
        {"species": "homo sapiens", "consent": "GRU", "signed_by": "nobody: a measurement"}
        if kind in HUMAN
        else {"species": "mus musculus", "protocol": "none: a measurement"}
    )
    start = time.perf_counter()
    try:
        result = share(raw, out, ShareOptions(**PUBLIC, **about))
    except InputError as error:
        row |= nothing(raw, error)
    else:
        row |= judge(result, out)
    row["seconds"] = round(time.perf_counter() - start, 1)
    print(
        f"{row['from']:36} {row['outcome']:8} {row['n_written']:3} of {row['n_recordings']:3} "
        f"BIDS {row['n_bids_errors']} NWB {row['n_nwb_errors']} {row['seconds']:6.1f} s "
        f"{row['became']} {row['codes']}",
        flush=True,
    )
    return row


def nothing(raw: Path, error: FascicleError) -> dict[str, Any]:
    """Return the row of a folder of which nothing can be written."""
    seen = recognise(raw)
    return {
        "outcome": "finding",
        "n_recordings": len(seen.sources),
        "n_written": 0,
        "n_left_out": len(seen.sources),
        "n_bids_errors": 0,
        "n_nwb_errors": 0,
        "became": {},
        "codes": dict(Counter([error.code, *(f.code for f in seen.findings)])),
    }


def judge(result: ShareResult, out: Path) -> dict[str, Any]:
    """Return what became of the recordings, and what validator, inspector and proof said."""
    entries = Journal(out.with_name("out.private") / "journal").entries().values()
    became = Counter(
        f"{registry()[entry['format']].title} -> {_kind(entry['bids_path'])}" for entry in entries
    )
    errors = [finding for finding in result.findings if finding.severity is Severity.ERROR]
    told = Counter(f.code for f in result.findings if f.severity is not Severity.NOTE)
    notes = Counter(f.code for f in result.findings if f.code.startswith("file."))
    return {
        "outcome": "refused" if result.refused else "written" if result.n_recordings else "finding",
        "n_recordings": result.n_recordings + len(result.left_out),
        "n_written": result.n_recordings,
        "n_left_out": len(result.left_out),
        "n_bids_errors": sum(finding.origin == "bids-validator" for finding in errors),
        "n_nwb_errors": sum(finding.origin == "nwb-inspector" for finding in errors),
        "became": dict(sorted(became.items())),
        "codes": dict(sorted((told | notes).items())),
    }


def _kind(path: str) -> str:
    """Return folder and suffix of a name: ``func/bold``."""
    place = PurePosixPath(path)
    return f"{place.parent.name}/{place.name.partition('.')[0].rpartition('_')[2]}"


if __name__ == "__main__":
    main()
