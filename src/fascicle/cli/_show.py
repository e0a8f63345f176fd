"""What people see on the terminal: plans, findings, results, hits."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import ENTITIES, Dataset, Finding, Plan, PlannedRecording, Severity, say_count

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, RenderableType
    from rich.table import Table

    from fascicle.govern import CatalogueEntry, Hit, LogEntry
    from fascicle.workflows import CheckResult, ShareResult

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_MAX_ROWS = 24
_MAX_GROUPS = 14
_MAX_REASONS = 3
_MAX_NAMES = 8
_MAX_ENTITY = 16
_MIN_NAME = 12
_UNBROKEN = 100_000
_MAX_PLACES = 3
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


def show_plan(plan: Plan, *, with_questions: bool = True) -> None:
    """Print a plan as the owner wants to see it: raw files, what they were taken for, how sure."""
    console = _console()
    people = {r.entities["participant"].value for r in plan.recordings} - {""}
    console.print(
        f"\n[bold]{say_count(len(plan.recordings), 'recording')}[/] of "
        f"[bold]{say_count(len(people), 'participant')}[/], "
        f"{_format_time(sum(r.duration_s for r in plan.recordings))}, "
        f"{_format_bytes(sum(r.source.n_bytes for r in plan.recordings))}"
    )
    if plan.tables:
        console.print(f"Tables read: {_plain(_say_some(plan.tables))}")
    console.print(_plan_table(plan))
    if len(plan.recordings) > _MAX_ROWS:
        console.print(f"[dim]... and {len(plan.recordings) - _MAX_ROWS} more (see the plan)[/]")
    if n_out := sum(not recording.include for recording in plan.recordings):
        console.print(f"[dim]{say_count(n_out, 'recording')} in brackets: left out by the plan.[/]")
    if n := len(plan.ignored):
        console.print(
            f"[dim]{say_count(n, 'other file')} {'is' if n == 1 else 'are'} left alone.[/]"
        )
    show_findings(plan.findings, owner=True)
    for question in plan.questions if with_questions else ():
        console.print(f"\n[bold]?[/] {_plain(question.ask)}")
        console.print(_indented(f"[dim]{_plain(question.why)}[/]"))
        console.print(f"  default: [bold]{_plain(question.settled)}[/]   option: {question.flag}")


def _plan_table(plan: Plan) -> Table:
    """Return recordings and what they were taken for; only names give way on narrow terminals."""
    from rich.table import Table

    used = [
        name for name in ENTITIES
        if name == "task" or any(r.entities[name].value for r in plan.recordings)
    ]  # fmt: skip
    shown = plan.recordings[:_MAX_ROWS]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("raw file", overflow="ellipsis", no_wrap=True)
    width = max((len(recording.source.format) for recording in shown), default=0)
    table.add_column("format", no_wrap=True, min_width=max(width, len("format")))
    width = max((len(_kind(recording)) for recording in shown), default=0)
    table.add_column("kind", no_wrap=True, min_width=max(width, len("kind")))
    for name in used:
        width = max((len(recording.entities[name].value) for recording in shown), default=0)
        width = min(max(width, len(name)), _MAX_ENTITY)
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=width, max_width=width)
    table.add_column("sure", no_wrap=True, justify="right", min_width=len("sure"))
    others = sum(column.min_width or 0 for column in table.columns) + 2 * len(used) + 6
    table.columns[0].max_width = max(_MIN_NAME, _console().width - others)
    for recording in shown:
        cells = [_plain(recording.entities[name].value) or "[dim]-[/]" for name in used]
        judged = *(recording.entities[name] for name in ENTITIES), recording.suffix
        sure = min(inferred.confidence for inferred in judged)
        colour = "green" if sure >= 0.9 else "yellow" if sure >= 0.6 else "red"
        name = str(recording.source.primary)
        table.add_row(
            _plain(name if recording.include else f"({name})"),
            recording.source.format,
            _kind(recording),
            *cells,
            f"[{colour}]{sure:.2f}[/]",
        )
    return table


def _kind(recording: PlannedRecording) -> str:
    """Return the last word of the name in the dataset: eeg, T1w, ecephys."""
    return recording.suffix.value or recording.modality.value


def _indented(markup: str) -> RenderableType:
    from rich.padding import Padding

    return Padding(markup, (0, 0, 0, 2))


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
    groups: dict[tuple[str, Severity, str], list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings, 1):
        key = (finding.code, finding.severity, finding.fix)
        groups.setdefault(key, []).append((number, finding))
    order = list(Severity)[::-1]
    ranked = sorted(groups.items(), key=lambda item: order.index(item[0][1]))
    n_shown = len(ranked) if numbered else _MAX_GROUPS
    for _, group in ranked[:n_shown]:
        _add_group(grid, group, owner=owner, numbered=numbered)
    console.print(grid)
    if len(ranked) > n_shown:
        console.print(f"[dim]... and {len(ranked) - _MAX_GROUPS} more kinds: see the report.[/]")


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _place(finding: Finding, *, owner: bool) -> str:
    """Name the place; what lies in the raw folder by its raw name, if only the owner watches."""
    in_raw = finding.place == "raw folder" and sys.stdout.isatty()
    return (finding.raw_place if owner or in_raw else "") or finding.place


def _add_group(
    grid: Table, group: Sequence[tuple[int, Finding]], *, owner: bool, numbered: bool
) -> None:
    """Add findings of one code and fix: each reason with its places, the fix once."""
    first = group[0][1]
    colour = _COLOURS[first.severity]
    reasons: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in group:
        reasons.setdefault(finding.reason, []).append((number, finding))
    for k, (reason, found) in enumerate(list(reasons.items())[:_MAX_REASONS]):
        code = f"[{colour}]{first.code}[/]  " if not k else ""
        times = f"  [dim]({len(found)} times)[/]" if len(found) > 1 else ""
        repair = "  [green](fascicle fix mends this)[/]" if any(f.repair for _, f in found) else ""
        mark = str(found[0][0]) if numbered else "-" if not k else ""
        grid.add_row(mark, f"{code}{_plain(reason)}{times}{repair}")
        grid.add_row("", f"[dim]{_plain(_say_places(found, owner=owner, numbered=numbered))}[/]")
    if len(reasons) > _MAX_REASONS:
        rest = [number for found in list(reasons.values())[_MAX_REASONS:] for number, _ in found]
        which = f" (numbers {', '.join(map(str, rest[:12]))}{' ...' * (len(rest) > 12)})"
        grid.add_row("", f"[dim]... and {len(rest)} more like it{which if numbered else ''}[/]")
    grid.add_row("", f"[dim]> {_plain(first.fix)}[/]")


def _say_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return f"{', '.join(names[:_MAX_NAMES])}{more}"


def _say_places(found: Sequence[tuple[int, Finding]], *, owner: bool, numbered: bool) -> str:
    """List the first places; with the numbers that `fix` takes where there are several."""
    known: dict[str, int] = {}
    for number, finding in found:
        known.setdefault(_place(finding, owner=owner), number)
    several = numbered and len(known) > 1
    shown = [
        f"{number}: {place}" if several else place
        for place, number in list(known.items())[:_MAX_PLACES]
    ]
    more = list(known.values())[_MAX_PLACES:]
    if not more:
        return ", ".join(shown)
    which = f" ({', '.join(map(str, more[:12]))}{' ...' * (len(more) > 12)})" if several else ""
    return f"{', '.join(shown)} and {len(more)} more{which}"


def show_share(result: ShareResult) -> None:
    """Print what became of a run, and where to look."""
    console = _console()
    show_findings([f for f in result.findings if f.severity is not Severity.NOTE])
    console.print()
    if result.refused:
        console.print(
            "[bold red]Refused.[/] What was written holds an identifier: no dataset was made."
        )
    else:
        console.print(
            f"[bold green]{say_count(result.n_recordings, 'recording')} of "
            f"{say_count(result.n_participants, 'participant')}[/] in "
            f"[bold]{_path(result.out)}[/]"
        )
    if n_copies := sum(finding.code == "file.copy" for finding in result.findings):
        console.print(
            f"{say_count(n_copies, 'copy', 'copies')} of other recordings left out: see the plan"
        )
    if result.left_out:
        console.print(f"[yellow]{len(result.left_out)} left out[/] (partial result):")
        for reason in dict.fromkeys(result.left_out.values()):
            keys = sorted(key for key, why in result.left_out.items() if why == reason)
            console.print(_indented(f"- {_plain(reason)} [dim]({_say_some(keys)} in the plan)[/]"))
    if result.refused:
        console.print("What was found, and where, stands under Findings and in your own report.")
    elif result.published:
        console.print(f"Published as [bold]{result.published}[/]")
    elif result.not_published:
        console.print(f"[yellow]Not published:[/] {_plain(result.not_published)}")
    if result.fair_score is not None and not result.refused:
        within = f"{result.fair_within_reach:.0f} % within reach before publishing"
        console.print(f"FAIR score {result.fair_score:.0f} % [dim]({within}: see the report)[/]")
    console.print("\nLook at:")
    if result.report:
        console.print(f"  report to share   {_path(result.report)}")
    console.print(f"  your own report   {_path(result.owner_report)}  [dim](raw names)[/]")
    console.print(f"  plan              {_path(result.plan_path)}")


def show_check(
    result: CheckResult, *, fine: str = "Nothing to complain about.", is_repair: bool = False
) -> None:
    """Print what a check or repair saw and did, and `fine` if it saw nothing."""
    console = _console()
    for sentence in result.repaired:
        console.print(f"[green]mended[/] {_plain(sentence)}")
    show_findings(result.findings, numbered=True)
    if not result.findings:
        console.print(f"[green]{fine}[/]")
    elif is_repair and not result.repaired:
        console.print("\nNothing was mended: what is left needs a person.")
    if result.sealed is not None:
        intact = "every byte is as it was proven."
        broken = "[red]changed since it was proven[/]: `fascicle share` again proves it anew."
        console.print(f"\nSeal: {intact if result.sealed else broken}")


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


def show_log(entries: Sequence[Mapping[str, Any]]) -> None:
    """Print lines of the log, the oldest first; each on one line where nobody watches."""
    wide = 0 if sys.stdout.isatty() else _UNBROKEN
    dataset, agent = (
        max((len(str(entry[name])) for entry in entries), default=0)
        for name in ("dataset", "agent")
    )
    for entry in entries:
        head = (
            f"{entry['at'][:19].replace('T', ' ')}  {entry['action']:<7}  "
            f"{entry['dataset']:<{dataset}}  {entry['agent']:<{agent}}  "
        )
        lines = _wrap(str(entry["reason"]), len(head), wide or _console().width)
        sys.stdout.write(f"{head}{lines}".rstrip() + "\n")


def show_entry(entry: CatalogueEntry) -> None:
    """Print what is known of a dataset, in a reader's words."""
    dataset = entry.dataset
    sexes = ", ".join(f"{n} {sex}" for sex, n in dataset.sexes.items())
    ages = " to ".join(f"{age:g}" for age in dict.fromkeys(dataset.ages_years))
    people = [say_count(dataset.n_participants, "participant"), sexes, ages and f"{ages} years"]
    steps = [f"{step.name} ({step.tool} {step.version})" for step in entry.activities]
    show_mapping({
        "dataset": f"{dataset.id}@{dataset.version}",
        "name": dataset.name,
        "about": dataset.description,
        "authors": dataset.authors,
        "who": ", ".join(filter(None, people)),
        "species": dataset.species,
        "recordings": f"{dataset.n_recordings:,} ({', '.join(dataset.modalities)}), "
        f"{_format_time(dataset.duration_s)}",
        "tasks": dataset.tasks,
        "keywords": dataset.keywords,
        "files": f"{entry.n_files:,}, {_format_bytes(dataset.n_bytes)}",
        "licence": dataset.licence,
        "access": dataset.tier.value,
        "protocol": entry.protocol,
        "published": f"{entry.published_at:%Y-%m-%d} by {entry.publisher}",
        "versions": entry.versions,
        "made by": list(dict.fromkeys(steps)),
    })
    console = _console()
    console.print("[bold]conditions[/]")
    for sentence in entry.conditions.explain():
        console.print(_indented(_plain(sentence)))


def show_mapping(values: Mapping[str, Any]) -> None:
    """Print names and values below one another."""
    console = _console()
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
        shown = _plain(_wrap(said, width + 2, console.width)) if said else "[dim]-[/]"
        console.print(f"[bold]{key:<{width}}[/]  {shown}", soft_wrap=True)


def _wrap(words: str, indent: int, width: int) -> str:
    """Break lines between words; the second and further ones begin where the first does."""
    lines = textwrap.wrap(words, max(width - indent, 20), break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines)


def _format_time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _format_bytes(n_bytes: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"
