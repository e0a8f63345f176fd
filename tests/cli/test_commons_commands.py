import pytest
from click.testing import CliRunner

from fascicle.cli import app


@pytest.mark.parametrize("command", ["publish", "find", "show", "get", "verify", "log"])
def test_every_command_shows_an_example_and_takes_json(command):
    answer = CliRunner().invoke(app, [command, "--help"], standalone_mode=True)

    assert f"fascicle {command}" in answer.output
    assert "--json" in answer.output
    assert "--commons" in answer.output


def test_a_commons_that_is_not_there_is_told_so(tmp_path):
    answer = CliRunner().invoke(app, ["find", "eeg", "--commons", str(tmp_path / "none")])

    assert answer.exit_code == 1
    assert "FSC600" in answer.output


@pytest.mark.parametrize("option", [["--limit", "0"], ["--limit", "-1"], ["-n", "-3"]])
def test_a_number_that_finds_nothing_is_wrong_use_and_not_an_empty_answer(option, tmp_path):
    answer = CliRunner().invoke(app, ["find", "eeg", *option, "--commons", str(tmp_path)])

    assert answer.exit_code == 2
    assert "is not in the range" in answer.output
