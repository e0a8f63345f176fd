from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from fascicle.cli._show import (
    list_facts,
    show_check,
    show_findings,
    show_hits,
    show_mapping,
    show_plan,
)
from fascicle.core import (
    ENTITIES,
    Dataset,
    Finding,
    Inferred,
    Modality,
    Plan,
    PlannedRecording,
    Severity,
    Source,
)
from fascicle.govern import Hit
from fascicle.workflows import CheckResult


def make_finding(code="a.b", severity=Severity.WARNING, place="dataset", repair=""):
    return Finding(code, severity, place, "It was seen.", "Do this.", repair=repair)


def make_plan(n):
    def entities(number):
        values = {"participant": f"P{number}", "task": "rest"}
        return {name: Inferred(values.get(name, ""), 0.5) for name in ENTITIES}

    recordings = tuple(
        PlannedRecording(f"rec-{k}", Source("edf", (PurePosixPath(f"a/{k}.edf"),), 10),
                         Modality.EEG, entities(k), 60.0, 32)
        for k in range(n)
    )  # fmt: skip
    return Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), recordings)


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


def test_a_plan_shows_who_was_recorded_and_no_empty_columns(capsys):
    show_plan(make_plan(3))

    said = capsys.readouterr().out
    assert "3 recordings of 3 participants" in said
    assert "rest" in said
    assert "acquisition" not in said


def test_a_long_plan_is_cut_and_says_so(capsys):
    show_plan(make_plan(40))

    assert "and 16 more" in capsys.readouterr().out


def test_equal_findings_are_shown_once_with_their_places(capsys):
    show_findings([make_finding(place=f"sub-{k:03d}") for k in range(7)])

    said = capsys.readouterr().out
    assert said.count("It was seen.") == 1
    assert "sub-000" in said
    assert "and 4 more" in said


def test_the_gravest_findings_come_first(capsys):
    show_findings([make_finding("n", Severity.NOTE), make_finding("e", Severity.ERROR)])

    said = capsys.readouterr().out
    assert said.index("e  It was seen") < said.index("n  It was seen")


def test_raw_places_are_shown_to_the_owner_alone(capsys):
    finding = Finding("a", Severity.NOTE, "rec-1", "Seen.", "Do.", raw_place="Meier.edf")

    show_findings([finding])
    shared = capsys.readouterr().out
    show_findings([finding], owner=True)

    assert "Meier" not in shared
    assert "Meier.edf" in capsys.readouterr().out


def test_findings_of_a_check_carry_the_numbers_that_fix_takes(capsys):
    findings = (make_finding("x"), make_finding("y", repair="write-readme"))

    show_check(CheckResult(Path("d"), findings, sealed=False))

    said = capsys.readouterr().out
    assert "1 x" in said
    assert "2 y" in said
    assert "fascicle fix mends this" in said
    assert "changed since it was proven" in said


def test_brackets_in_a_reason_are_shown_as_they_are(capsys):
    show_findings([Finding("a", Severity.NOTE, "[bold]x", "Got [red] in it.", "Do [this].")])

    said = capsys.readouterr().out
    assert "Got [red] in it." in said
    assert "[bold]x" in said


def test_empty_values_are_a_dash(capsys):
    show_mapping({"licence": "", "tasks": ["rest", "go"]})

    assert capsys.readouterr().out.split("\n")[:2] == ["licence  -", "tasks    rest, go"]


def test_facts_are_plain_values():
    assert list_facts(Dataset("ds-1", "Rest"))["tier"] == "controlled"


def test_many_hits_are_counted_by_what_they_are(capsys):
    hits = [Hit(Dataset(f"ds-{k}", "Rest", modalities=("eeg",)), 1.0) for k in range(7)]

    show_hits(hits)
    many = capsys.readouterr().out
    show_hits(hits[:2])

    assert "modality: eeg 7" in many
    assert "modality: eeg" not in capsys.readouterr().out


def test_no_hit_is_told_with_a_way_on(capsys):
    show_hits([])

    assert "Nothing found" in capsys.readouterr().out
