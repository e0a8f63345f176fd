"""Commands on the keys of a commons: look, rotate, destroy, take them along, bring them back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fascicle.core import say_count

from ._app import App, print_json
from ._commands import PATH, debug_option, json_option
from ._commons_commands import agent_option, commons_option


def add_keys_commands(app: App) -> None:
    """Add the group of commands on keys."""
    app.add_command(keys)


@click.group(short_help="Look after the keys of encrypted data: rotate, destroy, export, import.")
def keys() -> None:
    """Look after the keys of data in the controlled tier, which are stored encrypted.

    FASCICLE_KEYS names the folder of the keys (default: `keys` in the commons), and
    FASCICLE_KEYS_PASSPHRASE opens them where a passphrase protects them.
    """


@keys.command("show")
@commons_option
@agent_option
@json_option
@debug_option
def show_keys(commons: Path | None, agent: str, as_json: bool, debug: bool) -> int:
    """Say what is encrypted, and where its keys are.

    \b
    Example:
      fascicle keys show --commons /lab/commons
    """
    from fascicle.workflows import key_state as run

    state = run(commons=commons, agent=agent)
    if as_json:
        print_json(asdict(state))
        return 0
    click.echo(f"{say_count(state.n_objects, 'encrypted object')}, keys of {state.n_people} owners")
    if state.n_destroyed:
        click.echo(f"{say_count(state.n_destroyed, 'key')} destroyed")
    click.echo(f"Keys: {click.format_filename(state.path)}")
    click.echo("A passphrase protects them." if state.is_locked else "No passphrase protects them.")
    return 0


@keys.command("rotate", short_help="Draw new keys for a dataset, or a new master key.")
@click.argument("dataset", required=False, default="")
@click.option("--encrypt-anew", is_flag=True, help="Write the objects of the dataset again, too.")
@click.option(
    "--new-passphrase", prompt="New passphrase", prompt_required=False, hide_input=True,
    confirmation_prompt=True,
    help="Protects the new master key; asked for if none is given ('' takes it away).",
)  # fmt: skip
@commons_option
@agent_option
@json_option
@debug_option
def rotate(dataset: str, as_json: bool, debug: bool, **options: Any) -> int:  # noqa: ANN401 - click's options
    """Draw new keys: for the participants of DATASET, or the master key if none is named.

    \b
    Examples:
      fascicle keys rotate
      fascicle keys rotate ds-4f53cda18c2b --encrypt-anew
    """
    from fascicle.workflows import rotate_keys as run

    if dataset and options["new_passphrase"] is not None:
        raise click.UsageError("--new-passphrase is for the master key: name no dataset.")
    if options["encrypt_anew"] and not dataset:
        raise click.UsageError("--encrypt-anew needs a dataset.")
    n_objects = run(dataset, **options)
    if as_json:
        print_json({"dataset": dataset, "n_objects": n_objects})
    elif dataset:
        click.echo(f"New keys open {say_count(n_objects, 'object')}.")
    else:
        click.echo("A new master key protects the keys of all participants.")
        if options["new_passphrase"]:
            click.echo("From now on FASCICLE_KEYS_PASSPHRASE has to be the new passphrase.")
    return 0


@keys.command("destroy", short_help="Destroy a participant's key: the data are gone for ever.")
@click.argument("dataset")
@click.argument("participant")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@commons_option
@agent_option
@json_option
@debug_option
def destroy(
    dataset: str, participant: str, yes: bool, as_json: bool, debug: bool, **where: Any,  # noqa: ANN401 - click's options
) -> int:  # fmt: skip
    """Destroy a participant's key, so that nobody can read any encrypted copy of the data again.

    Files about several people go with the first of them.

    \b
    Example:
      fascicle keys destroy ds-4f53cda18c2b sub-007
    """
    from fascicle.workflows import destroy_key as run

    if not yes:
        click.confirm(
            f"Destroy the key of {participant}? Nobody can ever read what it opens again",
            abort=True, err=True,
        )  # fmt: skip
    gone = run(dataset, participant, **where)
    if as_json:
        print_json({"dataset": dataset, **asdict(gone)})
        return 0
    click.echo(f"{say_count(gone.n_keys, 'key')} destroyed.")
    if gone.n_clear_files:
        click.echo(
            f"{say_count(gone.n_clear_files, 'file')} about {participant} were published under a "
            "tier that is not encrypted: they still lie in the commons as they are."
        )
    click.echo("Destroy older exports and backups of the keys, too; then export them anew.")
    return 0


@keys.command("export")
@click.argument("file", type=PATH)
@click.option(
    "--export-passphrase", prompt="Passphrase of the exported file", hide_input=True,
    confirmation_prompt=True, help="Encrypts the exported file; asked for if not given.",
)  # fmt: skip
@commons_option
@agent_option
@json_option
@debug_option
def export(
    file: Path, export_passphrase: str, commons: Path | None, agent: str, as_json: bool, debug: bool
) -> int:
    """Write the keys, encrypted, to a file that can be kept elsewhere.

    \b
    Example:
      fascicle keys export /safe/place/keys.fascicle
    """
    from fascicle.workflows import export_keys as run

    run(file, export_passphrase, commons=commons, agent=agent)
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo("Exported. Whoever has this file, its passphrase and the commons reads all.")
    return 0


@keys.command("import", short_help="Bring back keys that were exported; what is gone stays gone.")
@click.argument("file", type=PATH)
@click.option(
    "--export-passphrase", prompt="Passphrase of the exported file", hide_input=True,
    help="Opens the exported file; asked for if not given.",
)  # fmt: skip
@commons_option
@agent_option
@json_option
@debug_option
def bring_back(
    file: Path, export_passphrase: str, commons: Path | None, agent: str, as_json: bool, debug: bool
) -> int:
    """Bring back the keys that are missing; those that were destroyed stay destroyed.

    \b
    Example:
      fascicle keys import /safe/place/keys.fascicle
    """
    from fascicle.workflows import import_keys as run

    n_people = run(file, export_passphrase, commons=commons, agent=agent)
    if as_json:
        print_json({"file": str(file), "n_people": n_people})
    else:
        click.echo(f"{say_count(n_people, 'key')} brought back.")
    return 0
