"""The group that protects people is there, with what stands in it."""

from __future__ import annotations

from click.testing import CliRunner

from fascicle.cli import app


def test_the_group_lists_its_commands():
    answer = CliRunner().invoke(app, ["protect", "--help"])

    assert answer.exit_code == 0
    assert "release" in answer.output
