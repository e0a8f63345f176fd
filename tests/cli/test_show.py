from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from fascicle.cli._show import (
    list_facts,
    show_check,
    show_entry,
    show_findings,
    show_hits,
    show_log,
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
from fascicle.govern import CatalogueEntry, Conditions, Hit
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


def test_of_many_tables_the_first_are_named(capsys):
    show_plan(replace(make_plan(3), tables=tuple(f"log_{n}.csv" for n in range(300))))

    said = " ".join(capsys.readouterr().out.split())
    assert "Tables read: log_0.csv, log_1.csv" in said
    assert "and 292 more" in said
    assert "log_250" not in said


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


def test_a_repair_that_mended_nothing_says_so(capsys):
    left = (make_finding("a.x"),)

    show_check(CheckResult(Path("d"), left), is_repair=True)
    assert "Nothing was mended" in capsys.readouterr().out
    show_check(CheckResult(Path("d"), left, repaired=("Two columns.",)), is_repair=True)
    assert "Nothing was mended" not in capsys.readouterr().out
    show_check(CheckResult(Path("d"), left))
    assert "Nothing was mended" not in capsys.readouterr().out


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


def test_one_is_not_several(capsys):
    show_plan(make_plan(1))

    assert "1 recording of 1 participant, 1 min" in capsys.readouterr().out


def test_on_a_narrow_terminal_only_names_give_way(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    plan = make_plan(2)
    long = Source("brainvision", (PurePosixPath("a/" + "long" * 30 + ".vhdr"),), 10)
    plan = replace(plan, recordings=(replace(plan.recordings[0], source=long),))

    show_plan(plan)

    lines = [line for line in capsys.readouterr().out.split("\n") if "brainvision" in line]
    assert len(lines) == 1
    assert lines[0].rstrip().endswith("0.50")
    assert "P0" in lines[0]


def test_a_plan_shows_the_kind_of_an_image_and_how_sure_it_is(capsys):
    plan = make_plan(2)
    sure = {name: Inferred("1", 0.9) for name in plan.recordings[0].entities}
    taken = replace(
        plan.recordings[0], modality=Modality.FUNC, entities=sure, suffix=Inferred("bold", 0.37)
    )

    show_plan(replace(plan, recordings=(taken, plan.recordings[1])))

    said = {line.split()[0]: line.split() for line in capsys.readouterr().out.split("\n") if line}
    assert said["a/0.edf"][2] == "bold"
    assert said["a/0.edf"][-1] == "0.37"
    assert said["a/1.edf"][2] == "eeg"


def test_what_the_plan_leaves_out_stands_in_brackets(capsys):
    plan = make_plan(2)
    left_out = replace(plan.recordings[1], include=False)

    show_plan(replace(plan, recordings=(plan.recordings[0], left_out)))

    said = capsys.readouterr().out
    assert "(a/1.edf)" in said
    assert "(a/0.edf)" not in said
    assert "1 recording in brackets" in said


def test_findings_of_one_kind_with_other_words_each_say_theirs(capsys):
    one = make_finding(place="x")
    other = replace(make_finding(place="y"), reason="Another thing.")

    show_findings([one, other])

    said = capsys.readouterr().out
    assert "It was seen." in said
    assert "Another thing." in said
    assert said.count("Do this.") == 1


def test_findings_shown_together_keep_their_numbers(capsys):
    findings = tuple(make_finding(place=f"sub-{k}", repair="tidy-json") for k in range(5))

    show_check(CheckResult(PurePosixPath("d"), findings))

    said = " ".join(capsys.readouterr().out.split())
    assert "1: sub-0, 2: sub-1, 3: sub-2 and 2 more (4, 5)" in said


def test_the_log_stands_on_one_line_each_where_nobody_watches(capsys):
    show_log(
        [
            {"at": "2026-01-02T03:04:05+00:00", "action": "refuse", "dataset": "ds-1",
             "agent": "a@b", "reason": "word " * 60},
        ]
    )  # fmt: skip

    said = capsys.readouterr().out
    assert said.startswith("2026-01-02 03:04:05  refuse   ds-1  a@b  word word")
    assert said.count("\n") == 1


def test_an_entry_is_told_in_a_readers_words(capsys):
    dataset = Dataset(
        "ds-1", "Rest", n_participants=3, n_recordings=1, n_bytes=3_700_000, duration_s=360.0,
        ages_years=(35.0, 89.0), sexes={"F": 2, "M": 1},
    )  # fmt: skip
    published_at = datetime(2026, 1, 1, tzinfo=UTC)

    show_entry(
        CatalogueEntry(dataset, ("1",), Conditions(), "owner", published_at, "", (), n_files=9)
    )

    said = capsys.readouterr().out
    assert "3 participants, 2 F, 1 M, 35 to 89 years" in said
    assert "9, 3.7 MB" in said
    assert "2026-01-01 by owner" in said


def test_an_unknown_age_or_sex_is_not_told(capsys):
    published_at = datetime(2026, 1, 1, tzinfo=UTC)

    show_entry(
        CatalogueEntry(Dataset("ds-1", "Rest", n_participants=1), ("1",), Conditions(), "owner",
                       published_at, "", (), n_files=9)
    )  # fmt: skip

    assert "1 participant\n" in capsys.readouterr().out
