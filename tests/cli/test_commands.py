import pytest
from click.testing import CliRunner

from fascicle.cli import app


@pytest.mark.parametrize("command", ["look", "share", "check", "fix", "demo", "completion"])
def test_every_command_shows_an_example(command):
    answer = CliRunner().invoke(app, [command, "--help"], standalone_mode=True)

    assert answer.exit_code == 0
    assert f"fascicle {command}" in answer.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(shell):
    answer = CliRunner().invoke(app, ["completion", shell])

    assert "_FASCICLE_COMPLETE" in answer.output


def test_commands_stand_in_the_order_of_a_users_way():
    names = list(app.commands)

    assert names[:2] == ["look", "share"]
    assert names.index("publish") < names.index("find") < names.index("get")
