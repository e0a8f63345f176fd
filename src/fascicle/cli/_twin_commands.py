"""The command that makes a twin of a dataset: people who never were."""

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
    from fascicle.workflows import TwinPrivacy, TwinResult

_COLOURS = {"shareable": "green", "not established": "yellow", "do not share": "red"}


def add_twin_command(protect: click.Group) -> None:
    """Add the command to the group of those that protect people."""
    protect.add_command(synthesize)


@click.command(short_help="Make a dataset of people who never were, and attack it.")
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=PATH)
@click.option(
    "--model", type=click.Choice(["gaussian", "gan", "vae"]),
    help="What generates. Default: a Gaussian copula for a table alone, else a GAN.",
)  # fmt: skip
@click.option("--people", "n_people", type=int, help="How many. Default: as many as there are.")
@click.option("--label", default="", metavar="COLUMN", help="Class that the generator is told.")
@click.option(
    "--secret", "secrets", multiple=True, metavar="COLUMN",
    help="What an attacker would like to learn; may be repeated.",
)  # fmt: skip
@click.option(
    "--held-out", type=float, default=0.25, show_default=True,
    help="Share of the people that the generator never sees.",
)  # fmt: skip
@click.option(
    "--accept-unproven", is_flag=True,
    help="Write it although too few people were there to establish that it is safe.",
)  # fmt: skip
@click.option("--seed", type=int, help="Repeats a run. Default: another one each time.")
@click.option("--epsilon", type=float, help="Train privately: the most it may cost each person.")
@click.option("--delta", type=float, default=1e-6, show_default=True, help="At which delta.")
@click.option(
    "--bounds", nargs=3, type=(str, float, float), multiple=True, metavar="COLUMN LOW HIGH",
    help="Public range of a column, for --epsilon; may be repeated.",
)  # fmt: skip
@click.option(
    "--levels", nargs=2, type=(str, str), multiple=True, metavar="COLUMN A,B,C",
    help="Public categories of a column, for --epsilon; may be repeated.",
)  # fmt: skip
@click.option("--account", default="", help="Dataset whose budget pays; default: that of DATA.")
@commons_option
@agent_option
@json_option
@debug_option
def synthesize(data: Path, out: Path, as_json: bool, **words: Any) -> int:  # noqa: ANN401 - click's options by name
    """Make a twin of DATA: a dataset of people who never were, that may leave where DATA may not.

    DATA is a BIDS dataset, a folder with a matrix or a time series for each person, or a table. OUT
    has its layout: code written against the one runs on the other. Before it may leave, the twin is
    attacked: people whom the generator saw must be no easier to find in it than people whom it
    never saw. The generator itself never leaves.

    \b
    Examples:
      fascicle protect synthesize dataset twin
      fascicle protect synthesize participants.tsv twin --label group --secret iq
      fascicle protect synthesize timeseries twin --model vae --people 200
      fascicle protect synthesize cohort twin --epsilon 2 --bounds age 18 90 --levels sex F,M
    """
    from fascicle.workflows import TwinOptions
    from fascicle.workflows import synthesize as run

    words.pop("debug")
    words["privacy"] = _make_privacy(words)
    with show_progress(quiet=as_json) as hook:
        result = run(data, out, TwinOptions(**words), on_progress=hook)
    if as_json:
        print_json(result.as_dict() | {"target": str(out), "exit_code": result.exit_code})
    else:
        _show(result, out)
    return result.exit_code


def _make_privacy(words: dict[str, Any]) -> TwinPrivacy | None:
    """Take what is said of privacy out of the options; None if no epsilon is."""
    from fascicle.protect import PublicColumn
    from fascicle.workflows import TwinPrivacy

    told = {name: words.pop(name) for name in ("epsilon", "delta", "account", "commons", "agent")}
    bounds, levels = words.pop("bounds"), words.pop("levels")
    if told["epsilon"] is None:
        if bounds or levels or told["account"]:
            raise click.UsageError("--bounds, --levels and --account need --epsilon.")
        return None
    public = {
        name: PublicColumn(low, high, _count_decimals(low, high)) for name, low, high in bounds
    }
    for name, text in levels:
        public[name] = PublicColumn(levels=tuple(part.strip() for part in text.split(",")))
    return TwinPrivacy(**told, public=public)


def _count_decimals(*bounds: float) -> int:
    """Return how many decimals are written: 0 for whole bounds, else 2."""
    return 0 if all(bound.is_integer() for bound in bounds) else 2


def _show(result: TwinResult, out: Path) -> None:
    from fascicle.protect import Verdict

    verdict = str(result.verdict)
    if result.privacy:
        click.echo(
            f"Private: epsilon {result.privacy['epsilon']:g} for each person. What attacks found "
            "follows for you alone: it was measured on people, and is not in the twin."
        )
    click.secho(verdict.capitalize(), fg=_COLOURS[verdict], bold=True)
    click.echo(result.words)
    for name, audit in result.audits.items():
        click.echo(f"  {name}: {audit.verdict}")
        for reason in audit.reasons:
            if reason.verdict is not Verdict.SHAREABLE:
                click.echo(f"    {reason.words}")
    for finding in result.findings:
        click.echo(f"  {finding.reason}")
    if result.is_written:
        people = say_count(result.n_twin, "synthetic person", "synthetic people")
        click.echo(
            f"In {click.format_filename(out)}: {people}; README.md says what they are worth."
        )
    elif result.verdict is Verdict.OPEN:
        click.echo("Nothing was written: --accept-unproven writes it all the same.")
    else:
        click.echo("Nothing was written: make fewer people, or take another --model.")
