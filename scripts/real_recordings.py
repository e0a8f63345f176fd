"""The page of real recordings, made from what ``benchmarks/real_files.py`` left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results" / "real_files.json"
Row = Mapping[str, Any]


def render_real_files() -> str:
    """Return the page: what came out, format by format, recording by recording, in folders."""
    document = json.loads(RESULTS.read_text("utf-8"))
    results = document["results"]
    rows = results["recordings"]
    parts = [
        "<!-- Made by scripts/reference.py; do not edit. -->\n",
        "# Real recordings\n",
        summary_of(results),
        "Whoever has such recordings in a folder `signals` runs all of it again with\n"
        "`python benchmarks/real_files.py --data FOLDER`.\n",
        "## Format by format\n",
        table(
            "format|recordings|written|written as|samples|read back|largest difference",
            (format_row(title, own) for title, own in by_format(rows)),
        ),
        "*Largest difference*: between a sample of the source and the written one, as a share of\n"
        "the largest amplitude of its channel, both as the oracle reads them. 32-bit floats\n"
        "resolve 6e-8.\n",
        notes_of(rows),
        "## Recording by recording\n",
        "*Validator*: errors / kinds of warnings, as of the official BIDS validator. *Samples*:\n"
        "copied byte by byte, or decoded and written anew.\n",
        table(
            "from|format|kind|channels|rate (Hz)|length (s)|events|written as|samples|validator"
            "|proof|equal to its source|time (s)",
            map(recording_row, rows),
        ),
        "## Whole folders\n",
        table(
            "folder|recordings|left out|validator|proof|time (s)",
            map(folder_row, results["folders"]),
        ),
    ]
    return "\n".join(parts)


def summary_of(results: Row) -> str:
    """Say in sentences what came out."""
    return (
        f"{results['n_recordings']} public recordings in {results['n_formats']} formats go through "
        "`fascicle share`, each alone and\n"
        "then in its folder. "
        f"{results['n_written']} are written; of {results['n_findings']} that cannot be read a "
        "finding says why. The official BIDS\n"
        f"validator reports {results['n_bids_errors']} errors, the privacy proof refuses "
        f"{results['n_refused']}. "
        f"{results['n_compared']} are read back with MNE-BIDS and held against\n"
        "the source as the usual reader of its format sees it (MNE-Python where there is one): "
        f"{results['n_that_differ']}\ndiffer in channels, length, rate or samples.\n"
    )


def by_format(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Group recordings by format, by title."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["format"], []).append(row)
    return sorted(groups.items(), key=lambda item: item[0].casefold())


def format_row(title: str, rows: Sequence[Row]) -> list[str]:
    """Return what came out of all recordings of one format."""
    written = [row for row in rows if row["outcome"] == "written"]
    oracles = [row["oracle"] for row in written]
    differences = [oracle["difference"] for oracle in oracles if oracle["difference"] is not None]
    return [
        title,
        str(len(rows)),
        str(len(written)),
        listed(row["written_as"] for row in written),
        listed(say_samples(row) for row in written),
        listed(f"`{oracle['reader']}`" for oracle in oracles),
        f"{max(differences):.1g}" if differences else "",
    ]


def recording_row(row: Row) -> list[str]:
    """Return what came out of one recording."""
    if row["outcome"] != "written":
        why = f"`{row['code']}`" if row["code"] else row["outcome"]
        return [row["from"], row["format"], *[""] * 5, f"finding {why}", *[""] * 4, say(row)]
    oracle = row["oracle"]
    return [
        row["from"],
        row["format"],
        row["modality"],
        str(row["n_channels"]),
        f"{row['rate_hz']:g}",
        f"{row['duration_s']:g}",
        str(row["n_events"]),
        row["written_as"],
        say_samples(row),
        say_validator(row),
        row["proof"],
        ("yes" if oracle["agrees"] else "no") + (" *" if oracle["exception"] else ""),
        say(row),
    ]


def folder_row(row: Row) -> list[str]:
    """Return what came out of a whole folder."""
    counts = [str(row["n_recordings"]), str(row["n_left_out"])]
    return [row["folder"], *counts, say_validator(row), row["proof"], say(row)]


def say(row: Row) -> str:
    """Write how long it took."""
    return f"{row['seconds']:.1f}"


def say_samples(row: Row) -> str:
    """Say whether the stored bytes are those of the source."""
    return "copied" if row["copied"] else "decoded"


def say_validator(row: Row) -> str:
    """Say how many errors and how many kinds of warnings the validator has."""
    return f"{row['n_bids_errors']} / {row['n_bids_warnings']}"


def notes_of(rows: Iterable[Row]) -> str:
    """List the exceptions that hold, each with its format."""
    found = {
        (row["format"], row["oracle"]["exception"])
        for row in rows
        if row.get("oracle", {}).get("exception")
    }
    return "".join(f"- \\* {title}: {why}.\n" for title, why in sorted(found))


def listed(words: Iterable[str]) -> str:
    """Join what differs."""
    return ", ".join(sorted(set(words)))


def table(columns: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a table; columns are separated by ``|``."""
    names = columns.split("|")
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    lines += [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join(lines) + "\n"
