"""The command line: errors become one message, exit codes keep their promise."""

from __future__ import annotations

import io
import json
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

from fascicle.errors import FascicleError, InputError, JobError, PlanError
from fascicle.jobs import translate_os_error

EXIT_REFUSED = 1
EXIT_WRONG_USE = 2
EXIT_STOPPED = 130

_INDENT = " " * len("[FSC000] ")
_UNBROKEN = 100_000

EPILOG = (
    "Exit codes: 0 done; 1 refused, partial or failed checks; 2 wrong use; 130 stopped. "
    "Every command but completion takes --json. Documentation: docs/ in the source, or "
    "fascicle COMMAND --help."
)


class App(click.Group):
    """The group of all commands; turns what goes wrong into one message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the commands in the order of a user's way, not of the alphabet."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own signature
        """Run a command and exit."""
        words = list(kwargs.get("args") or (args[0] if args and args[0] else sys.argv[1:]))
        debug, as_json = "--debug" in words, "--json" in words
        kwargs["standalone_mode"] = False
        _accept_any_name()
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Exit as stop:
            sys.exit(stop.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("\nStopped. Run the same command again: it goes on from there.", err=True)
            sys.exit(EXIT_STOPPED)
        except click.ClickException as error:
            _fail_misused(error, as_json=as_json)
        except FascicleError as error:
            if debug:
                raise
            _fail(error, as_json=as_json)
        except OSError as error:
            if debug:
                raise
            _fail(translate_os_error(error), as_json=as_json)
        except Exception as error:
            if debug:
                raise
            _fail(_fault(error), as_json=as_json)
        sys.exit(code if isinstance(code, int) else 0)


def _accept_any_name() -> None:
    """Let names be printed that the terminal's encoding does not know: with backslashes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _fault(error: Exception) -> FascicleError:
    """Say where the program failed; the words of a foreign error may hold raw values."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return JobError(
        "FSC708",
        f"Expected this command to end, got {type(error).__name__} in "
        f"{Path(where.filename).name}, line {where.lineno}.",
        "This is a fault of the program: please report it with these words (--debug shows more).",
    )


def _fail_misused(error: click.ClickException, *, as_json: bool) -> NoReturn:
    """Show the usage of the command, and to machines what an error has."""
    if as_json:
        problem = f"Expected a command that can be followed, got another. {error.format_message()}"
        remedy = "fascicle COMMAND --help says what it takes."
        _print_error(InputError("FSC119", problem, remedy))
    error.show()
    sys.exit(error.exit_code)


def _print_error(error: FascicleError) -> None:
    told = {"code": error.code, "problem": error.problem, "remedy": error.remedy}
    click.echo(json.dumps({"error": told}))


def _fail(error: FascicleError, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_error(error)
    said = [wrap(words, _INDENT) for words in (error.problem, error.remedy)]
    click.secho(f"[{error.code}] ", fg="red", bold=True, nl=False, err=True)
    click.echo("\n".join(said).lstrip(), err=True)
    wrong_use = isinstance(error, (InputError, PlanError))
    sys.exit(EXIT_WRONG_USE if wrong_use else EXIT_REFUSED)


def wrap(words: str, indent: str = "") -> str:
    """Break lines between words where a terminal would break them within."""
    width = shutil.get_terminal_size().columns - 1 if sys.stderr.isatty() else _UNBROKEN
    return click.wrap_text(words, max(width, 40), initial_indent=indent, subsequent_indent=indent)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Write one JSON document to standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False))
