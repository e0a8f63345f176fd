from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from fascicle.cli import app
from fascicle.cli._commands import Interview
from fascicle.cli._progress import Watch
from fascicle.core import Plan, Question


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


def test_short_helps_are_whole_sentences_on_eighty_columns():
    answer = CliRunner().invoke(app, ["--help"], standalone_mode=True, terminal_width=80)

    assert "..." not in answer.output.split("Commands:")[1].split("Exit codes")[0]


def test_the_plan_is_shown_once_before_its_questions():
    questions = (
        Question("consent", "What?", "Why.", "unknown", "--consent"),
        Question("line_hz", "Which?", "Why.", "50", "--line-hz", ("50", "60")),
    )
    plan = Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), (), questions=questions)
    interview = Interview(Watch(is_watched=False))
    answers = []

    @click.command()
    def ask():
        answers.extend(interview(question, plan) for question in questions)

    said = CliRunner().invoke(ask, input="\n60\n").output

    assert answers == ["unknown", "60"]
    assert said.count("0 recordings of 0 participants") == 1
    assert said.index("0 recordings") < said.index("What?") < said.index("Which?")
