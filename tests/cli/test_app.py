import json

import click
import pytest

from fascicle.cli._app import App, print_json
from fascicle.errors import InputError, Refusal


@pytest.fixture
def app():
    group = App("app")

    def add(name, error):
        @group.command(name)
        @click.option("--json", "as_json", is_flag=True)
        @click.option("--debug", is_flag=True)
        def _command(as_json, debug):
            if error is not None:
                raise error
            return 1

    add("refused", Refusal("FSC520", "Expected a purpose, got none.", "Name one."))
    add("wrong", InputError("FSC102", "Expected a folder, got a file.", "Name a folder."))
    add("stopped", KeyboardInterrupt())
    add("full", OSError(28, "No space left on device", "/home/anna/secret.edf"))
    add("returns-one", None)
    return group


def run(app, *words):
    with pytest.raises(SystemExit) as stop:
        app.main(args=list(words), prog_name="app")
    return stop.value.code


@pytest.mark.parametrize(
    ("command", "code"),
    [("refused", 1), ("wrong", 2), ("stopped", 130), ("full", 1), ("returns-one", 1)],
)
def test_exit_codes_keep_their_promise(app, command, code, capsys):
    assert run(app, command) == code


def test_a_message_says_what_is_wrong_and_what_to_do(app, capsys):
    run(app, "wrong")

    said = capsys.readouterr().err
    assert "[FSC102]" in said
    assert "Name a folder." in said


def test_what_the_system_says_is_told_without_the_path(app, capsys):
    run(app, "full")

    said = capsys.readouterr().err
    assert "disk is full" in said
    assert "anna" not in said


def test_machines_get_the_error_as_json(app, capsys):
    run(app, "refused", "--json")

    assert json.loads(capsys.readouterr().out)["error"]["code"] == "FSC520"


@pytest.mark.parametrize("words", [("refused", "--nonsense"), ("unheard",), ("refused", "x")])
def test_machines_are_told_of_wrong_use_as_json(app, words, capsys):
    assert run(app, *words, "--json") == 2

    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "FSC119"
    assert "Usage: " in said.err


def test_with_debug_the_traceback_is_not_hidden(app):
    with pytest.raises(Refusal):
        app.main(args=["refused", "--debug"], prog_name="app")


def test_commands_are_listed_in_the_order_of_their_making(app):
    assert app.list_commands(click.Context(app))[:2] == ["refused", "wrong"]


def test_json_is_one_document_with_its_letters(capsys):
    print_json({"b": "Ä", "a": [1]})

    assert json.loads(capsys.readouterr().out) == {"b": "Ä", "a": [1]}
