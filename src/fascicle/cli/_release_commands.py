"""Commands on private releases: ask a figure, set and show the budget that pays for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fascicle.core import say_at_least, say_count

from ._app import App, print_json
from ._commands import PATH, debug_option, json_option
from ._commons_commands import agent_option, commons_option

if TYPE_CHECKING:
    from fascicle.govern import Budget
    from fascicle.workflows import PrivateRelease

STATISTICS = ("count", "mean", "histogram", "quantile", "linear", "logistic", "connectivity")


def add_release_commands(app: App, protect: click.Group) -> None:
    """Add the commands on private releases."""
    protect.add_command(release)
    app.add_command(budget)


def _split_numbers(
    _ctx: click.Context, _param: click.Parameter, text: str | None
) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in (text or "").split(",") if part.strip())
    except ValueError as error:
        raise click.BadParameter("expected numbers with commas between them") from error


def _split_words(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


@click.command(short_help="Release a differentially private figure or mean matrix.")
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=PATH, required=False)
@click.option("--statistic", type=click.Choice(STATISTICS), required=True, help="What is asked.")
@click.option("--column", "columns", multiple=True, help="Column; several for a regression.")
@click.option(
    "--bounds", nargs=2, type=float, multiple=True, metavar="LOW HIGH",
    help="Public bounds of each column in order, of a linear outcome last.",
)  # fmt: skip
@click.option("--values", callback=_split_words, help="What is counted, with commas between.")
@click.option("--edges", callback=_split_numbers, help="Edges of bins, with commas between.")
@click.option(
    "--quantiles", callback=_split_numbers, default="0.25,0.5,0.75", show_default=True,
    help="Which quantiles, as shares.",
)  # fmt: skip
@click.option("--outcome", default="", help="Column that a regression explains.")
@click.option("--clip", type=float, help="Most that one person's matrix counts (Frobenius norm).")
@click.option("--prior", type=PATH, help="Public mean matrix; what differs from it is asked for.")
@click.option("--epsilon", type=float, required=True, help="The most it may cost each person.")
@click.option("--delta", type=float, default=1e-6, show_default=True, help="At which delta.")
@click.option("--account", default="", help="Dataset whose budget pays; default: that of DATA.")
@click.option("--accept-noise", is_flag=True, help="Ask although it will be little but noise.")
@commons_option
@agent_option
@json_option
@debug_option
def release(
    data: Path, out: Path | None, commons: Path | None, agent: str, as_json: bool, **words: Any  # noqa: ANN401 - click's options by name
) -> int:  # fmt: skip
    """Release a differentially private figure of DATA, paid from the budget of its people.

    DATA is a BIDS dataset or a table; for connectivity a folder with a matrix or a time series for
    each person. Without OUT nothing is asked and nothing charged: it is said what an answer would
    be worth.

    \b
    Examples:
      fascicle protect release dataset out --statistic count --column sex --values F --epsilon 1
      fascicle protect release timeseries --account ds-1 --statistic connectivity --epsilon 3
    """
    from fascicle.workflows import PrivateOptions, release_private

    words.pop("debug")
    done = release_private(data, out, PrivateOptions(**words), commons=commons, agent=agent)
    if as_json:
        print_json(done.as_dict())
        return 0
    _show_release(done, out)
    return 0


def _show_release(done: PrivateRelease, out: Path | None) -> None:
    click.echo(f"Foretold: {done.forecast.words}")
    if not done.forecast.is_useful:
        click.echo(
            f"It would be of use with {done.n_needed} people, or at epsilon "
            f"{done.epsilon_needed:.3g}."
        )
    if done.answer is None or done.budget is None or out is None:
        click.echo("Nothing was asked and nothing charged: name a folder OUT to release it.")
        return
    click.echo(f"Released: {done.answer.words}")
    click.echo(f"In {click.format_filename(out)}: the figures, and a statement to go with them.")
    if done.n_new:
        click.echo(
            f"{say_count(done.n_new, 'person', 'people')} of {done.n_people} had not been charged "
            "by this account before. Somebody whom it knows by another label is counted twice: "
            "use one label for each person."
        )
    click.echo(_say_left(done.budget))


@click.group(short_help="Set and show what may be learnt of each person of a dataset.")
def budget() -> None:
    """Set and show the privacy budget of a dataset: spent, on what, by whom, what is left."""


@budget.command("show")
@click.argument("dataset")
@commons_option
@agent_option
@json_option
@debug_option
def show_budget(dataset: str, commons: Path | None, agent: str, as_json: bool, debug: bool) -> int:
    """Show what was spent on the people of a dataset, and what is left.

    \b
    Example:
      fascicle budget show ds-4f53cda18c2b
    """
    from fascicle.workflows import budget as run

    found = run(dataset, commons=commons, agent=agent)
    if as_json:
        print_json(found.as_dict())
        return 0
    click.echo(_say_left(found))
    for spend in found.spends:
        click.echo(
            f"  {spend.at[:10]}  {spend.share:6.1%}  {spend.state:<9}  {spend.agent}  "
            f"{spend.what}, {say_count(spend.n_people, 'person', 'people')}"
        )
    return 0


@budget.command("set")
@click.argument("dataset")
@click.option("--epsilon", type=float, required=True, help="The most for each person, in all.")
@click.option("--delta", type=float, default=1e-6, show_default=True, help="At which delta.")
@commons_option
@agent_option
@json_option
@debug_option
def set_budget(dataset: str, as_json: bool, **words: Any) -> int:  # noqa: ANN401 - click's options by name
    """Set the most that may be learnt of each person, over everything that is ever released.

    DATASET is an id or a folder. Setting it again changes it; what was spent stays spent.

    \b
    Example:
      fascicle budget set ds-4f53cda18c2b --epsilon 3 --delta 1e-6 --as steward
    """
    from fascicle.workflows import set_budget as run

    words.pop("debug")
    found = run(dataset, **words)
    if as_json:
        print_json(found.as_dict())
    else:
        click.echo(_say_left(found))
    return 0


def _say_left(found: Budget) -> str:
    """Say what was spent and what is left, of the people on whom most was spent."""
    shares = found.share_by_person.values()
    n_most = sum(share == found.share_spent for share in shares)
    others = (
        f" That is for {n_most} of {found.n_people} people; of the others more is left."
        if 0 < n_most < found.n_people
        else ""
    )
    return (
        f"Budget of {found.dataset}: epsilon {found.epsilon:g} at delta {found.delta:g} for each "
        f"person; {found.share_spent:.1%} is spent (epsilon {found.epsilon_spent:.3g}; exactly "
        f"accounted {found.epsilon_tight:.3g}), epsilon {say_at_least(found.epsilon_left)} is left."
        f"{others}"
    )
