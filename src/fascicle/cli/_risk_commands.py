"""The command that measures how easily the people of a dataset are found again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import say_count

from ._app import print_json
from ._commands import PATH, debug_option, json_option
from ._commons_commands import agent_option, commons_option
from ._progress import show_progress

if TYPE_CHECKING:
    from rich.console import Console

    from fascicle.protect import Linkage, TableRisk, TraitTold
    from fascicle.workflows import AppliedChange, RiskResult

_COLOURS = {"low": "green", "moderate": "yellow", "high": "red", "very high": "bold red"}


def add_risk_command(protect: click.Group) -> None:
    """Add the command to the group of those that protect people."""
    protect.add_command(risk)


@click.command(short_help="Measure how easily people are found again.")
@click.argument("dataset", type=click.Path(exists=True, path_type=Path))
@click.option("--quasi", multiple=True, metavar="COLUMN", help="Others know it; may be repeated.")
@click.option(
    "--sensitive", multiple=True, metavar="COLUMN", help="Worth knowing; may be repeated."
)
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Neither; may be repeated.")
@click.option(
    "--population", "n_population", type=click.IntRange(1),
    help="How many people could have taken part. Default: 100000 are assumed.",
)  # fmt: skip
@click.option(
    "--k", "min_size", type=click.IntRange(2), default=11, show_default=True,
    help="How many people should share the same values.",
)  # fmt: skip
@click.option(
    "--timeseries", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a time series (times by regions) of each person.",
)  # fmt: skip
@click.option("--no-signals", is_flag=True, help="Look at the table alone.")
@click.option("--report", type=PATH, help="HTML file for a report to a data steward.")
@click.option("--apply", "number", type=click.IntRange(1), help="Make this change, in a copy.")
@click.option("--out", type=PATH, help="Folder for the copy.")
@commons_option
@agent_option
@json_option
@debug_option
def risk(
    dataset: Path, number: int | None, out: Path | None, as_json: bool, **words: Any  # noqa: ANN401 - click's options by name
) -> int:  # fmt: skip
    """Measure how easily the people of DATASET are found again: table, signals, context.

    DATASET is a BIDS dataset, or a table of participants. What is printed names columns and counts
    and never a value. The changes that would lower the risk are numbered: --apply makes one in a
    copy.

    \b
    Examples:
      fascicle protect risk dataset --report risk.html
      fascicle protect risk dataset --population 1800000 --ignore run
      fascicle protect risk dataset --apply 2 --out coarser
    """
    from fascicle.workflows import RiskOptions, apply_risk_change, measure_risk

    words.pop("debug")
    commons, agent, report = words.pop("commons"), words.pop("agent"), words.pop("report")
    options = RiskOptions(signals=not words.pop("no_signals"), **words)
    if (number is None) != (out is None):
        raise click.UsageError("--apply NUMBER and --out DIR go together.")
    if number is not None and report is not None:
        raise click.UsageError("--report goes without --apply: measure the copy.")
    if number is not None and out is not None:
        done = apply_risk_change(dataset, out, number, options)
        if as_json:
            print_json(done.as_dict())
        else:
            _show_applied(done)
        return 0
    with show_progress(quiet=as_json) as hook:
        result = measure_risk(
            dataset, options, commons=commons, agent=agent, report=report, on_progress=hook
        )
    if as_json:
        print_json(result.as_dict())
    else:
        _show_risk(result)
        if report is not None:
            click.echo(f"Report: {click.format_filename(report)}")
    return 0


def _show_applied(done: AppliedChange) -> None:
    click.echo(f"Made: {done.change.words}.")
    click.echo(
        f"In {click.format_filename(done.out)}: a copy; {done.change.n_unique} people are alone "
        f"with their values, {done.change.share_small:.0%} are in classes that are too small."
    )
    if done.was_sealed:
        click.echo(
            "The original is proven and sealed, the copy is not: its seal would not hold. Make the "
            "same change in the raw table and run `fascicle share` again, to have it proven."
        )
    if done.n_absent:
        click.echo(
            f"Not in the copy: {say_count(done.n_absent, 'link')} without the file behind it."
        )
    for path in done.repeats:
        click.echo(f"Not changed, and it tells the same column: {click.format_filename(path)}")


def _show_risk(result: RiskResult) -> None:
    """Print level, reasons, figures and changes."""
    from rich.console import Console

    from fascicle.protect import MIN_TOLD

    console = Console(highlight=False)
    level = str(result.level)
    console.print(f"\nRisk that somebody is found again: [{_COLOURS[level]}]{level}[/]")
    for reason in result.reasons:
        _say(console, f"  {reason.level}: {reason.words}")
    if result.table is not None:
        _show_table(console, result.table, is_assumed=result.is_assumed)
    for one in result.linkages:
        _say(console, _say_linkage(one))
    for told in result.traits:
        if told.is_established:
            _say(console, _say_trait(told))
    if untold := [told for told in result.traits if not told.is_established]:
        most = say_count(max(told.n_people for told in untold), "person", "people")
        names = ", ".join(dict.fromkeys(told.column for told in untold))
        _say(
            console,
            f"Told from signals: not established for {names} ({most}, fewer than {MIN_TOLD}).",
        )
    if result.n_unread:
        _say(
            console,
            f"{say_count(result.n_unread, 'recording')} not compared with another person's: too "
            "short, too slow, damaged, or without the channels of the others.",
        )
    if result.n_left_out:
        _say(console, f"{say_count(result.n_left_out, 'row')} of people who have a row already: "
             "not looked at.")  # fmt: skip
    _show_context(console, result)
    _show_changes(console, result)


def _say(console: Console, words: str) -> None:
    """Print words as they are: brackets in the name of a column are no markup."""
    console.print(words, markup=False)


def _show_table(console: Console, table: TableRisk, *, is_assumed: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("column", "taken for", "why"):
        grid.add_column(name)
    counted = [column for column in table.columns if column.role != "not counted"]
    for column in counted:
        grid.add_row(escape(column.name), str(column.role), escape(column.reason))
    console.print()
    console.print(grid)
    if n_rest := len(table.columns) - len(counted):
        console.print(f"{say_count(n_rest, 'column')} not counted (--json names them).")
    found, n_people = table.records, table.records.n_records
    low, high = found.unique_interval
    said = "assumed" if is_assumed else "given"
    lines = [
        f"Classes: {found.n_classes} of {n_people} people, the smallest of {found.k}; "
        f"{found.n_unique} people unique ({_share(found.n_unique, n_people)}, 95 % interval "
        f"{low:.0%} to {high:.0%}).",
        f"Prosecutor (knows who took part): at most {found.max_risk:.2g}, mean "
        f"{found.mean_risk:.2g}; {found.share_small:.0%} of people share their values with fewer "
        f"than {table.min_size - 1} others.",
        f"Journalist (population of {table.n_population:,}, {said}): at most "
        f"{table.journalist_max:.2g}; marketer {table.marketer:.2g}.",
        f"Attack by the table: {table.n_hits} of {n_people} named "
        f"({table.hits_interval[0]:.0%} to {table.hits_interval[1]:.0%}), predicted "
        f"{table.predicted:.0%}.",
    ]
    lines += [
        f"{one.name}: l-diversity {one.l_distinct} (entropy {one.l_entropy:.2g}), t-closeness "
        f"{one.t:.2f}; {say_count(one.n_rare_people, 'person', 'people')} with a rare value."
        for one in table.sensitive
    ]
    console.print()
    for line in lines:
        _say(console, line)


def _share(n: int, n_all: int) -> str:
    return f"{n / n_all:.0%}" if n_all else "0%"


def _say_linkage(found: Linkage) -> str:
    from fascicle.protect import MIN_LINKED

    rate = (
        f"{found.n_hits} of {found.n_people} people named by another recording "
        f"({found.interval[0]:.0%} to {found.interval[1]:.0%}; chance {found.chance:.1%})"
    )
    doubt = "" if found.is_established else f"; not established: fewer than {MIN_LINKED} people"
    return f"{found.what}: {rate}{doubt}."


def _say_trait(told: TraitTold) -> str:
    how = (
        f"correlation {told.score:.2f}"
        if told.is_number
        else f"{told.score:.0%} right, majority {told.baseline:.0%}"
    )
    return f"{told.column} from the {told.what}: {how}, p = {told.p:.3f}, {told.n_people} people."


def _show_context(console: Console, result: RiskResult) -> None:
    about = result.context
    known = [
        f"data types {', '.join(about.modalities)}" if about.modalities else "",
        f"policy {about.policy}" if about.policy else "",
        "dates shifted" if about.are_dates_shifted else "",
        f"{about.n_defaced} of {about.n_heads} images of heads defaced" if about.n_heads else "",
    ]
    if any(known):
        _say(console, f"Context: {'; '.join(word for word in known if word)}.")


def _show_changes(console: Console, result: RiskResult) -> None:
    if not result.changes:
        return
    console.print("\nCheapest changes of the table:")
    for number, change in enumerate(result.changes, start=1):
        _say(
            console,
            f"{number:3}  {change.words}\n"
            f"     unique {change.n_unique}, smallest class {change.k}, mean risk "
            f"{change.mean_risk:.2g}, in small classes {change.share_small:.0%}; "
            f"{change.loss:.0%} of the information lost",
        )
    console.print("Make one in a copy: fascicle protect risk DATASET --apply NUMBER --out DIR")
