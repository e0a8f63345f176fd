"""Private releases and budgets on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from fascicle.cli import app
from fascicle.cli._release_commands import STATISTICS
from fascicle.workflows import STATISTICS as KNOWN

pytest.importorskip("dp_accounting")

MEAN = ["--statistic", "mean", "--column", "age", "--bounds", "18", "90", "--account", "ds-1"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"sub-{number:03d}\t{30 + number % 20}" for number in range(201)]
    (tmp_path / "people.tsv").write_text("\n".join(["participant_id\tage", *lines]) + "\n")
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [*words, "--commons", str(tmp_path / "commons")])


def test_the_statistics_are_those_of_the_workflow():
    assert STATISTICS == KNOWN


@pytest.mark.parametrize(
    "command", [["protect", "release"], ["budget", "show"], ["budget", "set"]]
)  # fmt: skip
def test_every_command_shows_an_example_and_takes_json(command):
    answer = CliRunner().invoke(app, [*command, "--help"])

    assert f"fascicle {' '.join(command)}" in answer.output
    assert "--json" in answer.output


def test_set_release_and_show_tell_what_was_spent_and_what_is_left(run):
    assert run("budget", "set", "ds-1", "--epsilon", "1.5").exit_code == 0
    released = run("protect", "release", "people.tsv", "out", *MEAN, "--epsilon", "1")
    shown = run("budget", "show", "ds-1")

    assert released.exit_code == shown.exit_code == 0, released.output
    assert "Foretold: Noise moves the mean" in released.output
    assert "Released: The mean is" in released.output
    assert "47.0% is spent (epsilon 1;" in shown.output
    assert "settled    owner  mean of age at epsilon 1, delta 1e-06, 201 people" in shown.output
    assert "more is left" not in shown.output


def test_who_is_new_to_an_account_and_who_has_more_left_is_counted(run, tmp_path):
    run("budget", "set", "ds-1", "--epsilon", "1.5")
    run("protect", "release", "people.tsv", "one", *MEAN, "--epsilon", "0.5")
    lines = (tmp_path / "people.tsv").read_text().replace("sub-00", "sub-P0")
    (tmp_path / "people.tsv").write_text(lines)

    released = run("protect", "release", "people.tsv", "two", *MEAN, "--epsilon", "0.5")

    assert "10 people of 201 had not been charged by this account before" in released.output
    assert "That is for 191 of 211 people; of the others more is left." in released.output


def test_without_a_folder_only_the_worth_is_told(run):
    run("budget", "set", "ds-1", "--epsilon", "1.5")

    answer = run("protect", "release", "people.tsv", *MEAN, "--epsilon", "0.05")

    assert answer.exit_code == 0
    assert "It would be of use with" in answer.output
    assert "nothing charged" in answer.output
    assert "0.0% is spent" in run("budget", "show", "ds-1").output


def test_over_budget_is_refused_with_both_figures(run):
    run("budget", "set", "ds-1", "--epsilon", "0.5")

    answer = run("protect", "release", "people.tsv", "out", *MEAN, "--epsilon", "1", "--json")

    assert answer.exit_code == 1
    error = json.loads(answer.stdout)["error"]
    assert error["code"] == "FSC530"
    assert "epsilon 1 where 0.5 is left" in error["problem"]


def test_json_holds_result_and_ledger(run):
    run("budget", "set", "ds-1", "--epsilon", "1.5")

    released = run("protect", "release", "people.tsv", "out", *MEAN, "--epsilon", "1", "--json")
    shown = run("budget", "show", "ds-1", "--json")

    assert json.loads(released.stdout)["result"]["mean"] == pytest.approx(39.5, abs=5)
    assert json.loads(shown.stdout)["spends"][0]["state"] == "settled"


@pytest.mark.parametrize("option", [["--edges", "0,x"], ["--quantiles", "half"]])
def test_what_is_no_list_of_numbers_is_wrong_use(run, option):
    answer = run("protect", "release", "people.tsv", *MEAN, "--epsilon", "1", *option)

    assert answer.exit_code == 2
    assert "numbers with commas" in answer.output
