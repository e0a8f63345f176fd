"""The risk on the command line: words, JSON, and a copy on request."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests.workflows.test_risk import write_table
from tests.workflows.test_risk_prints import write_series

from fascicle.cli import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    write_table(tmp_path / "people.tsv", group=["a"] * 58 + ["Zed"] * 3)
    return lambda *words: CliRunner().invoke(app, ["protect", "risk", *words])


def test_level_reasons_figures_and_changes_are_told_and_no_value(run):
    answer = run("people.tsv")

    assert answer.exit_code == 0, answer.output
    for words in (
        "found again: high",
        "of 61 people alone with their values",
        "quasi-identifier",
        "Prosecutor",
        "population of 100,000, assumed",
        "l-diversity",
        "Attack by the table",
        "Cheapest changes of the table:",
        "age in bands of 5",
    ):
        assert words in answer.output
    assert "Xanten" not in answer.output
    assert "Zed" not in answer.output


def test_signals_are_told_with_what_is_not_established(run, tmp_path):
    folder = write_series(tmp_path / "series", n=17)
    (folder / "sub-99_timeseries.tsv").write_text("1 2\n3 4\n")

    answer = run("people.tsv", "--timeseries", "series", "--population", "5000")

    assert "population of 5,000, given" in answer.output
    assert "17 of 17 people named by another recording" in answer.output
    assert "1 recording not compared with another person's" in answer.output
    assert "not established: fewer than 20 people" in answer.output
    assert "not established for age, sex, site" in answer.output


def test_a_trait_that_is_told_is_said(run, tmp_path):
    write_series(tmp_path / "series", n=43)

    answer = run("people.tsv", "--timeseries", "series")

    assert "43 people named by another recording" in answer.output
    assert "majority" in answer.output
    assert "correlation" in answer.output


def test_json_is_json(run):
    told = json.loads(run("people.tsv", "--json", "--ignore", "site").output)

    assert told["level"] == "high"
    assert told["table"]["columns"][3]["role"] == "not counted"


def test_a_change_is_made_in_a_copy(run, tmp_path):
    said = run("people.tsv", "--apply", "1", "--out", "out")
    as_json = run("people.tsv", "--apply", "1", "--out", "other", "--json")

    assert said.exit_code == as_json.exit_code == 0, said.output
    assert said.output.startswith("Made: ")
    assert (tmp_path / "out" / "people.tsv").is_file()
    assert json.loads(as_json.output)["was_sealed"] is False


@pytest.mark.parametrize("words", [["--apply", "1"], ["--out", "out"]])
def test_a_change_and_a_folder_go_together(run, words):
    answer = run("people.tsv", *words)

    assert answer.exit_code == 2
    assert "go together" in answer.output


def test_a_column_that_is_not_there_is_told(run):
    answer = run("people.tsv", "--quasi", "sexx")

    assert answer.exit_code != 0
    assert "FSC195" in answer.output


def test_help_shows_examples():
    answer = CliRunner().invoke(app, ["protect", "risk", "--help"])

    assert "fascicle protect risk dataset --apply 2 --out coarser" in answer.output


def test_a_page_is_written_on_request_and_goes_not_with_a_change(run, tmp_path):
    answer = run("people.tsv", "--report", "risk.html")

    assert answer.exit_code == 0, answer.output
    assert "Report: risk.html" in answer.output
    assert (tmp_path / "risk.html").read_text("utf-8").startswith("<!doctype html>")
    refused = run("people.tsv", "--apply", "1", "--out", "out", "--report", "other.html")
    assert refused.exit_code == 2
    assert not (tmp_path / "out").exists()
