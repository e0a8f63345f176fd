"""The page of real images, probes and cells, from what ``benchmarks/real_modalities.py`` left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from real_recordings import table

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results" / "real_modalities.json"
Row = Mapping[str, Any]

QUIET = frozenset({"bids.no-authors", "exposed.signed"})
"""Findings that say how the collections were shared, and nothing of them."""


def render_real_modalities() -> str:
    """Return the page: what came out, format by format and collection by collection."""
    results = json.loads(RESULTS.read_text("utf-8"))["results"]
    rows = results["collections"]
    return "\n".join([
        "<!-- Made by scripts/reference.py; do not edit. -->\n",
        "# Real images, probes and cells\n",
        summary_of(results),
        "Whoever has such recordings in a folder `signals` runs all of it again with\n"
        "`python benchmarks/real_modalities.py --data FOLDER`. Human heads were released on a\n"
        "signature, to see what becomes of them.\n",
        "## Format by format\n",
        table("format|becomes|recordings", by_format(rows)),
        "## Collection by collection\n",
        "*Findings*: what was told of the recordings, by code and how often; notes that do not\n"
        "concern files are left out.\n",
        table(
            "from|written|left out|BIDS validator|NWB Inspector|proof|findings|time (s)",
            map(collection_row, rows),
        ),
    ])


def summary_of(results: Row) -> str:
    """Say in sentences what came out."""
    return (
        f"{results['n_recordings']} recordings of {results['n_collections']} public collections "
        "go through `fascicle share`:\n"
        f"{results['n_written']} are written, {results['n_left_out']} are left out with a finding. "
        "The official BIDS validator\n"
        f"reports {results['n_bids_errors']} errors, the NWB Inspector (DANDI configuration) "
        f"{results['n_nwb_errors']}; the privacy proof\nrefuses {results['n_refused']} of the "
        "datasets.\n"
    )


def by_format(rows: list[Row]) -> list[list[str]]:
    """Return how many recordings of each format became what."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        for way, n in row["became"].items():
            title, _, kind = way.partition(" -> ")
            counts[title, kind] = counts.get((title, kind), 0) + n
    return [[title, f"`{kind}`", str(n)] for (title, kind), n in sorted(counts.items())]


def collection_row(row: Row) -> list[str]:
    """Return what came out of one collection."""
    codes = [f"`{code}` {n}" for code, n in row["codes"].items() if code not in QUIET]
    return [
        row["from"],
        str(row["n_written"]),
        str(row["n_left_out"]),
        f"{row['n_bids_errors']} errors",
        f"{row['n_nwb_errors']} errors",
        "refused" if row["outcome"] == "refused" else "passed" if row["n_written"] else "-",
        ", ".join(codes) or "-",
        f"{row['seconds']:.0f}",
    ]
