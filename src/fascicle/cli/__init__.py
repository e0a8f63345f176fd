"""The command line of Fascicle: parse, call one workflow, show."""

from __future__ import annotations

from ._annotate_commands import add_annotate_commands
from ._commands import app
from ._commons_commands import add_commons_commands
from ._keys_commands import add_keys_commands
from ._protect_commands import add_protect_commands
from ._vault_commands import add_vault_commands

__all__ = ["app", "main"]

add_annotate_commands(app)
add_commons_commands(app)
add_protect_commands(app)
add_keys_commands(app)
add_vault_commands(app)


def main() -> None:
    """Run the command ``fascicle``."""
    app(prog_name="fascicle")
