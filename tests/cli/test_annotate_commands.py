"""`fascicle annotate` and `fascicle review` on the terminal."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from tests.workflows.labelling import LoudestSecond

from fascicle.cli import app
from fascicle.cli._annotate_commands import _say_when
from fascicle.core import Label
from fascicle.workflows import ShareOptions, share
from fascicle.workflows._demo import make_lab_folder


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proven")
    make_lab_folder(folder / "raw", duration_s=3.0)
    options = ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(folder / "home"))
        share(folder / "raw", folder / "out", options)
    return folder / "out"


@pytest.fixture
def dataset(proven, tmp_path, monkeypatch):
    for module in ("_annotate", "_review"):
        monkeypatch.setattr(f"fascicle.workflows.{module}.ANNOTATORS", (LoudestSecond(),))
    shutil.copytree(proven, tmp_path / "dataset")
    return tmp_path / "dataset"


def run(*words, code=0):
    answer = CliRunner().invoke(app, [str(word) for word in words])
    assert answer.exit_code == code, answer.output
    return answer.output


def test_what_was_labelled_is_shown_and_said_to_machines(dataset):
    shown = run("annotate", dataset, "--jobs", 1)
    told = json.loads(run("annotate", dataset, "--again", "--jobs", 1, "--json"))

    assert "1 loud" in shown
    assert "fascicle review" in shown
    assert {one["method"] for one in told["labelled"]} == {"loudest"}
    assert "Nothing to label" in run("annotate", dataset)


def test_where_nothing_could_be_labelled_only_that_is_said(dataset, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(LoudestSecond, "annotate", fail)

    shown = run("annotate", dataset, "--jobs", 1, code=1)

    assert "label.failed" in shown
    assert "recording " not in shown.split("Findings")[0]
    assert "fascicle review" not in shown


def test_help_fits_into_a_terminal_of_eighty_columns():
    for command in ("annotate", "review"):
        assert max(map(len, run(command, "--help").splitlines())) <= 80


def test_labels_are_listed_decided_about_and_listed_as_decided(dataset):
    run("annotate", dataset, "--jobs", 1)
    labels = json.loads(run("review", dataset, "--json"))["labels"]

    assert labels[0]["evidence"]["spread"] > 0
    first, second = (one["label"] for one in labels[:2])
    run("review", dataset, first, "--reject", "--by", "A")
    run("review", dataset, second, "--change", "muscle", "--by", "A")

    shown = run("review", dataset)
    assert f"{len(labels)} labels, 2 decided about." in shown
    assert first not in shown


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (Label("flat", 1.0), "all of it"),
        (Label("drift", 1.0, 12.0, 125.0), "12.0 s, for 125 s"),
        (Label("blink", 1.0, 3.25, 0.4), "3.2 s, for 0.4 s"),
    ],
)
def test_times_are_said_without_powers_of_ten(label, said):
    assert _say_when(label) == said


def test_a_table_with_decisions_is_taken_as_it_is(dataset, tmp_path):
    run("annotate", dataset, "--jobs", 1)
    table = next(dataset.rglob("*_desc-loudest_events.tsv"))
    filled = tmp_path / "reviewed.tsv"
    columns, row = (line.split("\t") for line in table.read_text("utf-8").splitlines())
    row[columns.index("decision")] = "accept"
    filled.write_text("\t".join(columns) + "\n" + "\t".join(row) + "\n", "utf-8")

    assert "1 decision kept." in run("review", dataset, "--file", filled, "--by", "A")

    assert "accept" in table.read_text("utf-8")
    assert "decides nothing" in run("review", dataset, "--file", filled, "--by", "B")


def test_labels_and_a_table_at_once_are_wrong_use(dataset, tmp_path):
    run("annotate", dataset, "--jobs", 1)
    table = next(dataset.rglob("*_desc-loudest_events.tsv"))

    run("review", dataset, "label-1", "--accept", "--file", table, "--by", "A", code=2)


@pytest.mark.parametrize("content", ["a\tb\n1\t2\n", "label_id\tdecision\nlabel-1\tperhaps\n", ""])
def test_a_table_without_decisions_is_refused(dataset, tmp_path, content):
    (tmp_path / "odd.tsv").write_text(content, "utf-8")

    output = run("review", dataset, "--file", tmp_path / "odd.tsv", "--by", "A", code=2)

    assert "FSC100" in output


@pytest.mark.parametrize(
    "words", [("label-1",), ("--accept",), ("label-1", "--accept", "--change", "muscle")]
)
def test_half_a_decision_is_wrong_use(dataset, words):
    run("review", dataset, *words, "--by", "A", code=2)


def test_without_labels_the_way_to_make_some_is_shown(dataset):
    assert "fascicle annotate" in run("review", dataset)
