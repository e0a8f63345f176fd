"""Commands on the vault: who is behind a pseudonym, take it along, bring it back."""

from __future__ import annotations

from pathlib import Path

import click

from ._app import App, print_json
from ._commands import PATH, json_option

passphrase_option = click.option(
    "--passphrase", envvar="FASCICLE_VAULT_PASSPHRASE", help="Opens an encrypted vault."
)


def add_vault_commands(app: App) -> None:
    """Add the group of commands on the vault."""
    app.add_command(vault)


@click.group(short_help="Ask who is behind a pseudonym; export and import the vault.")
def vault() -> None:
    """Keep, export and ask the owner's vault: who is behind a pseudonym."""


@vault.command("find")
@click.argument("study")
@click.argument("who")
@passphrase_option
@json_option
def find_person(study: str, who: str, passphrase: str | None, as_json: bool) -> int:
    """Find the raw id of a pseudonym, or the pseudonym of a raw id.

    \b
    Examples:
      fascicle vault find mystudy sub-001
      fascicle vault find mystudy 4711
    """
    from fascicle.workflows import find_person as run

    answer = run(study, who, passphrase=passphrase)
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{answer['pseudonym']}  {answer['raw_id']}")
    return 0


@vault.command("export")
@click.argument("file", type=PATH)
@click.option(
    "--export-passphrase", prompt="Passphrase of the exported file", hide_input=True,
    confirmation_prompt=True, help="Encrypts the exported file; asked for if not given.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE if it is there already.")
@passphrase_option
@json_option
def export(
    file: Path, export_passphrase: str, force: bool, passphrase: str | None, as_json: bool
) -> int:
    """Write the vault, encrypted, to a file that can be kept elsewhere.

    \b
    Example:
      fascicle vault export /safe/place/vault.fascicle
    """
    from fascicle.workflows import export_vault as run

    run(file, export_passphrase, passphrase=passphrase, replace=force)
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo("Exported. Whoever has this file and its passphrase can name the participants.")
    return 0


@vault.command("import", short_help="Read an exported vault; overwrites no study.")
@click.argument("file", type=PATH)
@click.option(
    "--export-passphrase", prompt="Passphrase of the exported file", hide_input=True,
    help="Opens the exported file; asked for if not given.",
)  # fmt: skip
@passphrase_option
@json_option
def bring_back(file: Path, export_passphrase: str, passphrase: str | None, as_json: bool) -> int:
    """Read a vault that was exported, and add the studies that are not there yet.

    \b
    Example:
      fascicle vault import /safe/place/vault.fascicle
    """
    from fascicle.workflows import import_vault as run

    run(file, export_passphrase, passphrase=passphrase)
    if as_json:
        print_json({"file": str(file)})
    else:
        click.echo("The vault is back.")
    return 0
