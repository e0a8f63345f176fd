"""Commands that label recordings, and that take a person's word on labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import say_count

from ._app import App, print_json
from ._commands import FOLDER, PATH, debug_option, json_option
from ._progress import show_progress

if TYPE_CHECKING:
    from fascicle.core import Decision, Label
    from fascicle.workflows import AnnotateResult, ReviewedLabel

_MOST_ROWS = 40


def add_annotate_commands(app: App) -> None:
    """Add the commands on labels."""
    app.add_command(annotate)
    app.add_command(review)


@click.command(short_help="Label recordings: artefacts, image quality, cells.")
@click.argument("dataset", type=FOLDER)
@click.argument("what", nargs=-1)
@click.option("--again", is_flag=True, help="Label again what is labelled already.")
@click.option(
    "--report", type=PATH, metavar="FILE",
    help="Write a page with pictures of what made the labels; outside the dataset, for you alone.",
)  # fmt: skip
@click.option("--jobs", "n_jobs", type=click.IntRange(1), help="Processes. Default: all cores.")
@json_option
@debug_option
def annotate(dataset: Path, what: tuple[str, ...], **words: Any) -> int:  # noqa: ANN401 - click's options by name
    """Label the recordings of a BIDS dataset, each label with a confidence and what speaks for it.

    WHAT names methods: artifacts (EEG, MEG), images (MRI, fMRI), cells (calcium movies). None
    means all. Labels lie in derivatives/fascicle-annotate; recordings are not changed. What was
    labelled by the same version of a method is left as it is.

    \b
    Examples:
      fascicle annotate dataset
      fascicle annotate dataset artifacts --report labels.html
      fascicle annotate dataset images --again --jobs 1
    """
    from fascicle.workflows import annotate as run

    as_json = words.pop("as_json")
    words.pop("debug")
    with show_progress(quiet=as_json) as watch:
        result = run(dataset, what, **words, on_progress=watch)
    if as_json:
        print_json(result.as_dict())
    else:
        _show(result, words["report"])
    return result.exit_code


def _show(result: AnnotateResult, report: Path | None) -> None:
    """Say what was labelled."""
    from ._show import show_findings

    if not result.labelled and not result.findings:
        kept = say_count(result.n_kept, "recording")
        click.echo(
            f"Nothing to label: {kept} {'has' if result.n_kept == 1 else 'have'} labels of the "
            "present methods.\n--again makes them anew."
            if result.n_kept
            else "Nothing here that these methods can label."
        )
        return
    if result.labelled:
        _show_labelled(result)
    if result.findings:
        show_findings(result.findings)
    if not result.labelled:
        return
    click.echo("\nLabels are in derivatives/fascicle-annotate.")
    if report is not None:
        click.echo(f"What made them is on {click.format_filename(report)}.")
    click.echo(f"\n  fascicle review {click.format_filename(result.dataset)}")


@click.command(short_help="Accept, change or reject labels; who and when is kept.")
@click.argument("dataset", type=FOLDER)
@click.argument("labels", nargs=-1)
@click.option("--accept", "verdict", flag_value="accept", help="They are right.")
@click.option("--reject", "verdict", flag_value="reject", help="They are wrong.")
@click.option("--change", "kind", metavar="KIND", help="Something is there, but it is a KIND.")
@click.option(
    "--file", "table", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take decisions from a table of labels that you filled in.",
)  # fmt: skip
@click.option("--by", default="", help="Who decides; only you can read it.")
@json_option
@debug_option
def review(dataset: Path, labels: tuple[str, ...], by: str, as_json: bool, **words: Any) -> int:  # noqa: ANN401 - click's options by name
    """Show the labels that nobody decided about, the least certain first; or decide about LABELS.

    A label is never overwritten: a decision stands beside it, and a later one about the same label
    counts instead. Who decided and when is kept in a log that only the owner of the dataset has.
    With --file, a table of labels is taken as it is, in which decision (accept, change, reject)
    and, for changes, decided_type were filled in with any spreadsheet. A dataset that was proven
    is proven again each time: decide about many labels at once.

    \b
    Examples:
      fascicle review dataset
      fascicle review dataset label-4f53cda18c2b --accept --by MH
      fascicle review dataset label-4f53cda18c2b --change muscle --by MH
      fascicle review dataset --file reviewed.tsv --by MH
    """
    from fascicle.workflows import list_labels, read_decision_table
    from fascicle.workflows import review as run

    table = words["table"]
    decisions = _decide(labels, words["verdict"], words["kind"])
    if table is not None:
        if decisions:
            raise click.UsageError("Name labels, or a table with --file; not both.")
        decisions = read_decision_table(dataset, table)
    if decisions:
        with show_progress(quiet=as_json) as watch:
            found = run(dataset, decisions, by=by, on_progress=watch)
    else:
        found = () if table else list_labels(dataset)
    if as_json:
        print_json({"labels": [one.as_dict() for one in found]})
    elif decisions:
        click.echo(f"{say_count(len(found), 'decision')} kept.")
    elif table:
        click.echo("The table decides nothing that does not stand there already.")
    else:
        _list(found)
    return 0


def _decide(labels: tuple[str, ...], verdict: str | None, kind: str | None) -> dict[str, Decision]:
    """Return the decision that the options state, for each label."""
    from fascicle.core import Decision

    if bool(labels) != bool(verdict or kind) or (verdict and kind):
        raise click.UsageError(
            "Name labels and one of --accept, --reject and --change KIND; or nothing, to see them."
        )
    if kind:
        return {label: Decision("change", kind) for label in labels}
    return {label: Decision("accept" if verdict == "accept" else "reject") for label in labels}


def _list(found: tuple[ReviewedLabel, ...]) -> None:
    """Print labels that nobody decided about."""
    left = [one for one in found if one.decision is None]
    if not found:
        click.echo("There are no labels: make them with `fascicle annotate DATASET`.")
        return
    n_decided = len(found) - len(left)
    click.echo(f"{say_count(len(found), 'label')}, {n_decided} decided about.")
    _show_labels(left[:_MOST_ROWS])
    if len(left) > _MOST_ROWS:
        click.echo(f"... and {len(left) - _MOST_ROWS:,} more (--json prints all).")


def _show_labelled(result: AnnotateResult) -> None:
    """Print a row for each recording and method."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("recording", "method", "labels"):
        table.add_column(name, overflow="fold")
    for one in result.labelled[:_MOST_ROWS]:
        kinds = one.as_dict()["labels"]
        said = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        if not said:
            said = f"{say_count(len(one.annotation.measures), 'measure')}, no label"
        table.add_row(escape(Path(one.place).name), one.annotation.method, escape(said))
    Console(highlight=False).print(table)
    if len(result.labelled) > _MOST_ROWS:
        click.echo(f"... and {len(result.labelled) - _MOST_ROWS:,} more.")
    if result.n_kept:
        click.echo(f"{say_count(result.n_kept, 'recording')} had their labels already.")


def _show_labels(labels: Sequence[ReviewedLabel]) -> None:
    """Print a row for each label."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("label", no_wrap=True)
    table.add_column("what")
    table.add_column("sure", justify="right")
    table.add_column("where", overflow="fold")
    for one in labels:
        label = one.label
        channels = f", {', '.join(label.channels[:4])}" if label.channels else ""
        more = " ..." if len(label.channels) > 4 else ""
        table.add_row(
            one.key,
            escape(label.kind),
            f"{label.confidence:.0%}",
            escape(f"{Path(one.place).name}: {_say_when(label)}{channels}{more}"),
        )
    Console(highlight=False).print(table)


def _say_when(label: Label) -> str:
    """Return when a label begins and how long it lasts."""
    if label.is_whole:
        return "all of it"
    lasts = label.duration_s
    return f"{label.onset_s:.1f} s, for {f'{lasts:.0f}' if lasts >= 10 else f'{lasts:.2g}'} s"
