"""What people see on the terminal: plans, findings, results, hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import ENTITIES, Dataset, Finding, Plan, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from fascicle.govern import CatalogueEntry, Hit, LogEntry
    from fascicle.workflows import CheckResult, ShareResult

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_MAX_ROWS = 24
_MAX_GROUPS = 14
_MIN_FOR_FACETS = 6


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def _plain(words: object) -> str:
    """Return words as they are: brackets in the name of a file are no markup."""
    from rich.markup import escape

    return escape(str(words))


def _path(path: Path) -> str:
    """Return a path as a terminal can show it."""
    return _plain(click.format_filename(path))


def show_plan(plan: Plan) -> None:
    """Print a plan as the owner wants to see it: raw files, what they were taken for, how sure."""
    from rich.table import Table

    console = _console()
    people = {r.entities["participant"].value for r in plan.recordings}
    hours = sum(r.duration_s for r in plan.recordings) / 3600
    console.print(
        f"\n[bold]{len(plan.recordings)} recordings[/] of [bold]{len(people)} participants[/], "
        f"{hours:.2f} hours, {_format_bytes(sum(r.source.n_bytes for r in plan.recordings))}"
    )
    used = [n for n in ENTITIES if any(r.entities[n].value for r in plan.recordings)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("raw file", overflow="ellipsis", no_wrap=True, ratio=1)
    for column in ("format", *used, "sure"):
        table.add_column(column, no_wrap=True, justify="right" if column == "sure" else "left")
    for recording in plan.recordings[:_MAX_ROWS]:
        cells = [_plain(recording.entities[name].value) or "[dim]-[/]" for name in used]
        sure = min(recording.entities[name].confidence for name in ENTITIES)
        colour = "green" if sure >= 0.9 else "yellow" if sure >= 0.6 else "red"
        table.add_row(
            _plain(recording.source.primary),
            recording.source.format,
            *cells,
            f"[{colour}]{sure:.2f}[/]",
        )
    console.print(table)
    if len(plan.recordings) > _MAX_ROWS:
        console.print(f"[dim]... and {len(plan.recordings) - _MAX_ROWS} more (see the plan)[/]")
    if plan.ignored:
        console.print(f"[dim]{len(plan.ignored)} other files are left alone.[/]")
    show_findings(plan.findings, owner=True)
    for question in plan.questions:
        console.print(f"\n[bold]?[/] {_plain(question.ask)}")
        console.print(f"  [dim]{_plain(question.why)}[/]")
        console.print(f"  default: [bold]{_plain(question.settled)}[/]   option: {question.flag}")


def show_findings(
    findings: Sequence[Finding], *, owner: bool = False, numbered: bool = False
) -> None:
    """Print findings, the gravest first; equal ones together."""
    if not findings:
        return
    console = _console()
    counts = Counter(finding.severity for finding in findings)
    said = ", ".join(
        f"[{_COLOURS[severity]}]{counts[severity]} {severity.value}{'s'[: counts[severity] - 1]}[/]"
        for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        if counts[severity]
    )
    console.print(f"\n[bold]Findings:[/] {said}")
    grid = _grid()
    if numbered:
        for number, finding in enumerate(findings, 1):
            _add_finding(grid, str(number), finding, [_place(finding, owner=owner)])
        console.print(grid)
        return
    groups: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.severity, finding.fix), []).append(finding)
    order = list(Severity)[::-1]
    ranked = sorted(groups.items(), key=lambda item: order.index(item[0][1]))
    for _, group in ranked[:_MAX_GROUPS]:
        _add_finding(grid, "-", group[0], [_place(finding, owner=owner) for finding in group])
    console.print(grid)
    if len(ranked) > _MAX_GROUPS:
        console.print(f"[dim]... and {len(ranked) - _MAX_GROUPS} more kinds: see the report.[/]")


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _place(finding: Finding, *, owner: bool) -> str:
    return (finding.raw_place if owner else "") or finding.place


def _add_finding(grid: Table, mark: str, finding: Finding, places: list[str]) -> None:
    colour = _COLOURS[finding.severity]
    known = list(dict.fromkeys(places))
    shown = ", ".join(known[:3]) + (f" and {len(known) - 3} more" if len(known) > 3 else "")
    repair = "  [green](fascicle fix mends this)[/]" if finding.repair else ""
    times = f"  [dim]({len(places)} times)[/]" if len(places) > 1 else ""
    grid.add_row(mark, f"[{colour}]{finding.code}[/]  {_plain(finding.reason)}{times}{repair}")
    grid.add_row("", f"[dim]{_plain(shown)}[/]")
    grid.add_row("", f"[dim]> {_plain(finding.fix)}[/]")


def show_share(result: ShareResult) -> None:
    """Print what became of a run, and where to look."""
    console = _console()
    show_findings([f for f in result.findings if f.severity is not Severity.NOTE])
    console.print()
    if result.refused:
        console.print(
            "[bold red]Refused.[/] An identifier was found in what was written: nothing left."
        )
    else:
        console.print(
            f"[bold green]{result.n_recordings} recordings of {result.n_participants} "
            f"participants[/] stand in [bold]{_path(result.out)}[/]"
        )
    if result.left_out:
        console.print(f"[yellow]{len(result.left_out)} left out[/] (partial result):")
        for key, reason in sorted(result.left_out.items()):
            console.print(f"  - {key}: {_plain(reason)}")
    if result.published:
        console.print(f"Published as [bold]{result.published}[/]")
    elif result.not_published:
        console.print(f"[yellow]Not published:[/] {_plain(result.not_published)}")
    if result.fair_score is not None:
        within = f"{result.fair_within_reach:.0f} % within reach before publishing"
        console.print(f"FAIR score {result.fair_score:.0f} % [dim]({within}: see the report)[/]")
    console.print("\nLook at:")
    if result.report:
        console.print(f"  report to share   {_path(result.report)}")
    console.print(f"  your own report   {_path(result.owner_report)}  [dim](raw names)[/]")
    console.print(f"  plan              {_path(result.plan_path)}")


def show_check(result: CheckResult) -> None:
    """Print what a check or repair saw."""
    console = _console()
    for sentence in result.repaired:
        console.print(f"[green]mended[/] {_plain(sentence)}")
    show_findings(result.findings, numbered=True)
    if not result.findings:
        console.print("[green]Nothing to complain about.[/]")
    if result.sealed is not None:
        text = "as it was proven" if result.sealed else "[red]changed since it was proven[/]"
        console.print(f"\nSeal: every byte is {text}.")


def list_facts(dataset: Dataset) -> dict[str, Any]:
    """Return the facts of a dataset as plain values."""
    return asdict(dataset) | {"tier": dataset.tier.value}


def list_entry(entry: CatalogueEntry) -> dict[str, Any]:
    """Return an entry of the catalogue as plain values."""
    return list_facts(entry.dataset) | {
        "versions": list(entry.versions),
        "conditions": list(entry.conditions.explain()),
        "published_at": entry.published_at.isoformat(),
        "publisher": entry.publisher,
        "protocol": entry.protocol,
        "n_files": entry.n_files,
        "made_by": [f"{step.name} ({step.tool} {step.version})" for step in entry.activities],
    }


def list_log(entry: LogEntry) -> dict[str, Any]:
    """Return a line of the log as plain values."""
    details = entry.details
    return {
        "number": entry.number,
        "at": entry.at,
        "action": entry.event,
        "agent": str(details.get("agent", entry.agent)),
        "dataset": str(details.get("dataset", "")),
        "reason": str(details.get("reason") or details.get("clause") or ""),
        "digest": entry.digest,
    }


def show_hits(hits: Sequence[Hit]) -> None:
    """Print what a search found."""
    from rich.table import Table

    console = _console()
    if not hits:
        console.print("Nothing found. Fewer words, or no filters, find more.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("dataset", "name", "modality", "task", "n", "species", "access"):
        table.add_column(column, overflow="fold", no_wrap=column == "dataset")
    for dataset in (hit.dataset for hit in hits):
        table.add_row(
            f"{dataset.id}@{dataset.version}",
            _plain(dataset.name),
            " ".join(dataset.modalities),
            " ".join(dataset.tasks),
            str(dataset.n_participants),
            " ".join(dataset.species),
            dataset.tier.value,
        )
    console.print(table)
    if len(hits) >= _MIN_FOR_FACETS:
        from fascicle.discover import count_facets

        console.print()
        for facet, counts in count_facets(hits).items():
            said = ", ".join(f"{_plain(value)} {n}" for value, n in list(counts.items())[:6])
            console.print(f"[dim]{facet}: {said}[/]")
    console.print(
        "\n[dim]fascicle show DATASET says more; fascicle get DATASET DEST fetches it.[/]"
    )


def show_mapping(values: Mapping[str, Any]) -> None:
    """Print names and values below one another."""
    console = _console()
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        shown = "[dim]-[/]" if said in {"", None} else _plain(said)
        console.print(f"[bold]{key:<{width}}[/]  {shown}")


def _format_bytes(n_bytes: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"
