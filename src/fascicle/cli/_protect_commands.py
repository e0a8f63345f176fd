"""The group of commands that protect people: each family of them adds its own."""

from __future__ import annotations

import click

from ._app import App
from ._deface_commands import add_deface_command
from ._release_commands import add_release_commands
from ._risk_commands import add_risk_command
from ._twin_commands import add_twin_command


def add_protect_commands(app: App) -> None:
    """Add the group and what stands in it."""
    app.add_command(protect)
    add_deface_command(protect)
    add_release_commands(app, protect)
    add_risk_command(protect)
    add_twin_command(protect)


@click.group(short_help="Take faces out; release figures that are private.")
def protect() -> None:
    """Protect the people in a dataset where data, or what is learnt from them, leave."""
