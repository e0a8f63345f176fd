"""Commands on a commons: publish, find, get, show, verify, log."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fascicle.core import say_count

from ._app import App, print_json
from ._commands import FOLDER, PATH, debug_option, json_option
from ._progress import show_progress

commons_option = click.option(
    "--commons",
    type=PATH,
    help="Folder of the commons. Default: that of $FASCICLE_HOME, else of your user data.",
)
agent_option = click.option("--as", "agent", default="owner", help="Who asks; written to the log.")


def add_commons_commands(app: App) -> None:
    """Add the commands on a commons, in the order of a user's way."""
    for command in (publish, find, show, get, verify, log):
        app.add_command(command)


@click.command()
@click.argument("out", type=FOLDER)
@click.option(
    "--accept-key", is_flag=True, help="Sign with a new key from now on: the old vault is gone."
)
@commons_option
@agent_option
@json_option
@debug_option
def publish(
    out: Path, accept_key: bool, commons: Path | None, agent: str, as_json: bool, debug: bool
) -> int:
    """Publish a dataset that `share` made and proved.

    \b
    Example:
      fascicle publish dataset/ --commons /lab/commons
    """
    from fascicle.workflows import publish as run

    with show_progress(quiet=as_json) as watch:
        published = run(out, commons=commons, agent=agent, accept_key=accept_key, on_progress=watch)
    if as_json:
        print_json(asdict(published))
    else:
        click.echo(f"Published as {published}")
    return 0


@click.command()
@click.argument("words", nargs=-1)
@click.option("--modality", help="eeg, meg, anat, func, ecephys, ophys, micr, omics, ...")
@click.option("--task", help="Task name.")
@click.option("--species", help="Species, for example human.")
@click.option("--age", help="Age range in years, for example 20-40.")
@click.option("--sex", type=click.Choice(["F", "M", "O"]), help="Someone of this sex took part.")
@click.option(
    "-n", "--min-participants", type=click.IntRange(0), help="At least so many participants."
)
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many to show."
)
@commons_option
@agent_option
@json_option
@debug_option
def find(words: tuple[str, ...], **options: Any) -> int:  # noqa: ANN401 - click's options by name
    """Find datasets by words and filters, the best first.

    \b
    Examples:
      fascicle find resting state eeg
      fascicle find oddball --modality meg -n 20 --age 18-35
    """
    from fascicle.workflows import find as run

    options.pop("debug")
    as_json = options.pop("as_json")
    hits = run(*words, **options)
    from ._show import list_facts, show_hits

    if as_json:
        print_json([list_facts(hit.dataset) | {"score": round(hit.score, 3)} for hit in hits])
    else:
        show_hits(hits)
    return 0


@click.command()
@click.argument("dataset")
@click.option("--prov", is_flag=True, help="Print its lineage as W3C PROV-JSON.")
@commons_option
@agent_option
@json_option
@debug_option
def show(
    dataset: str, prov: bool, commons: Path | None, agent: str, as_json: bool, debug: bool
) -> int:  # fmt: skip
    """Say what is known of a dataset in a commons.

    \b
    Examples:
      fascicle show ds-4f53cda18c2b
      fascicle show ds-4f53cda18c2b@1 --prov > lineage.json
    """
    from fascicle.workflows import lineage
    from fascicle.workflows import show as run

    if prov:
        print_json(lineage(dataset, commons=commons, agent=agent))
        return 0
    from ._show import list_entry, show_entry

    entry = run(dataset, commons=commons, agent=agent)
    if as_json:
        print_json(list_entry(entry))
    else:
        show_entry(entry)
    return 0


@click.command()
@click.argument("dataset")
@click.argument("destination", type=PATH)
@click.option("--purpose", default="", help="DUO code of the use you intend, for example GRU.")
@click.option("--commercial", is_flag=True, help="The use is commercial.")
@click.option("--ai-training", is_flag=True, help="Models will be trained on it.")
@commons_option
@agent_option
@json_option
@debug_option
def get(dataset: str, destination: Path, commons: Path | None, **options: Any) -> int:  # noqa: ANN401 - click's options
    """Fetch a dataset, if its conditions allow the use you name.

    \b
    Examples:
      fascicle get ds-4f53cda18c2b copy/ --purpose GRU --as a.person@uni
      fascicle get ds-4f53cda18c2b@2 copy/ --purpose HMB
    """
    from fascicle.core import Request
    from fascicle.workflows import get as run

    options.pop("debug")
    as_json = options.pop("as_json")
    grant = run(dataset, destination, Request(**options), commons=commons)
    if as_json:
        name = {"id": grant.dataset.id, "version": grant.dataset.version}
        decision = {"reason": grant.decision.reason, "duties": list(grant.decision.obligations)}
        print_json(name | {"n_files": grant.n_files, "folder": str(destination)} | decision)
        return 0
    click.echo(f"{say_count(grant.n_files, 'file')} in {click.format_filename(destination)}")
    click.echo(grant.decision.reason)
    for duty in grant.decision.obligations:
        click.echo(f"  - {duty}")
    return 0


@click.command(short_help="Check a commons: objects, digests, the chain of the log.")
@commons_option
@agent_option
@json_option
@debug_option
def verify(commons: Path | None, agent: str, as_json: bool, debug: bool) -> int:
    """Check a commons: every object, every digest, the chain of the log.

    \b
    Example:
      fascicle verify --commons /lab/commons
    """
    from fascicle.workflows import verify as run

    result = run(commons=commons, agent=agent)
    if as_json:
        print_json(result.as_dict())
    else:
        from ._show import show_check

        show_check(result, fine="Every object, every table and the log are as they were written.")
    return result.exit_code


@click.command()
@click.argument("dataset", required=False)
@commons_option
@agent_option
@json_option
@debug_option
def log(dataset: str | None, commons: Path | None, agent: str, as_json: bool, debug: bool) -> int:
    """Print who did what, grants and refusals.

    \b
    Examples:
      fascicle log
      fascicle log ds-4f53cda18c2b --json
    """
    from fascicle.workflows import log as run

    from ._show import list_log, show_log

    entries = [list_log(entry) for entry in run(dataset, commons=commons, agent=agent)]
    if as_json:
        print_json(entries)
        return 0
    show_log(entries)
    return 0
