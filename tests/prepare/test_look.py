from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import PUBLISH_CONFIDENCE, Header, Modality, PlannedParticipant, Subject
from fascicle.errors import InputError
from fascicle.prepare import assign_names, look, read_plan, write_plan
from fascicle.prepare._look import _gather_words
from fascicle.prepare._people_facts import add_age
from fascicle.protect import collect_identifiers
from fascicle.testing import Shape, make_bdf, make_brainvision, make_edf, make_neuralynx

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three people, two tasks, two formats, a table in German."""
    root = tmp_path / "study"
    root.mkdir()
    seed = 0
    for person in ("VP01", "VP02", "VP07"):
        for task in ("Ruhe", "Oddball"):
            seed += 1
            folder = root / person
            folder.mkdir(exist_ok=True)
            if task == "Ruhe":
                make_edf(folder / f"{person}_{task}.edf", seed=seed)
            else:
                make_brainvision(folder / f"{person}_{task}.vhdr", seed=seed)
    (root / "Probanden.csv").write_bytes(
        "VP;Geschlecht;Alter;Gruppe\n1;w;31;A\n2;m;44;B\n3;w;29;A\n".encode("cp1252")
    )
    return root


def test_a_plan_says_who_did_what(study: Path) -> None:
    plan = look(study, made_at=NOW).plan

    found = [(r.entities["participant"].value, r.entities["task"].value, r.source.format)
             for r in plan.recordings]  # fmt: skip
    assert found == [(p, t, f) for p in ("VP01", "VP02", "VP07")
                     for t, f in (("oddball", "brainvision"), ("rest", "edf"))]  # fmt: skip
    assert plan.identity_confidence >= PUBLISH_CONFIDENCE
    assert plan.study == "study"
    assert plan.made_at == NOW
    assert all(r.n_channels and r.duration_s for r in plan.recordings)


def test_the_table_says_who_people_are_and_what_is_missing(study: Path) -> None:
    plan = look(study, made_at=NOW).plan

    people = {p.raw_id: p for p in plan.participants}
    assert (people["VP01"].subject.sex, people["VP01"].subject.age_years) == ("F", 31.0)
    assert people["VP02"].columns == {"Gruppe": "B"}
    assert plan.tables == ("Probanden.csv",)
    codes = {f.code for f in plan.findings}
    assert {"participant.without-recording", "participant.without-row"} <= codes


def test_a_table_may_lie_elsewhere(study: Path, tmp_path: Path) -> None:
    table = tmp_path / "elsewhere.tsv"
    table.write_text("id\tsex\nVP01\tM\nVP02\tF\nVP07\tF\n", "utf-8")

    plan = look(study, made_at=NOW, table=table).plan

    assert {p.raw_id: p.subject.sex for p in plan.participants} == {
        "VP01": "M", "VP02": "F", "VP07": "F",
    }  # fmt: skip


def test_looking_changes_nothing_in_the_folder(study: Path) -> None:
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in study.rglob("*")}

    look(study, made_at=NOW)

    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in study.rglob("*")} == before


def test_the_same_folder_gives_the_same_plan_and_the_plan_its_headers(study: Path) -> None:
    first, second = look(study, made_at=NOW), look(study, made_at=NOW)

    assert first == second
    assert set(first.headers) == {r.key for r in first.plan.recordings}


def test_a_plan_survives_its_file_and_names_all_recordings(study: Path, tmp_path: Path) -> None:
    plan = look(study, made_at=NOW).plan

    write_plan(plan, tmp_path / "plan.yaml")
    again = read_plan(tmp_path / "plan.yaml")

    assert again == plan
    names = assign_names(again, {p.raw_id: f"{i:02d}" for i, p in enumerate(again.participants)})
    assert len({n.stem for n in names.values()}) == len(plan.recordings)


def test_files_that_are_named_after_channels_name_no_person(tmp_path: Path) -> None:
    for seed, person in enumerate(("XQ11", "XQ12", "XQ17")):
        (tmp_path / person).mkdir()
        make_neuralynx(tmp_path / person / "LA1.ncs", seed=seed)
        micro = Shape(rates_hz=(2003,), labels=("uLA1",))
        make_neuralynx(tmp_path / person / "uLA1.ncs", seed=seed + 7, shape=micro)

    found = look(tmp_path, made_at=NOW)

    people = [r.entities["participant"].value for r in found.plan.recordings]
    runs = [r.entities["run"].value for r in found.plan.recordings]
    assert people == ["XQ11", "XQ11", "XQ12", "XQ12", "XQ17", "XQ17"]
    assert len(set(zip(people, runs, strict=True))) == 6
    searched = {i.value for i in collect_identifiers(tmp_path, found.plan, found.headers)}
    assert {"XQ11", "XQ12", "XQ17"} <= searched
    assert not {"LA1", "uLA1", "LA7"} & searched


def test_a_folder_without_neural_data_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", "utf-8")

    with pytest.raises(InputError) as raised:
        look(tmp_path, made_at=NOW)

    assert raised.value.code == "FSC113"


def test_a_folder_of_broken_recordings_is_told_so(tmp_path: Path) -> None:
    whole = make_edf(tmp_path / "a.edf").read_bytes()
    (tmp_path / "a.edf").write_bytes(whole[:300])

    with pytest.raises(InputError) as raised:
        look(tmp_path, made_at=NOW)

    assert raised.value.code == "FSC114"
    assert "[FSC20" in raised.value.problem


def test_an_exact_duplicate_of_the_same_person_stays_out(study: Path) -> None:
    original = study / "VP01" / "VP01_Ruhe.edf"
    (study / "VP01" / "VP01_Ruhe - Kopie.edf").write_bytes(original.read_bytes())

    plan = look(study, made_at=NOW).plan

    left_out = [str(r.source.primary) for r in plan.recordings if not r.include]
    assert len(left_out) == 1
    assert "file.copy" in {f.code for f in plan.findings}


def test_a_bids_folder_keeps_its_names(tmp_path: Path) -> None:
    (tmp_path / "dataset_description.json").write_text(
        json.dumps({"Name": "x", "BIDSVersion": "1.9.0"}), "utf-8"
    )
    for person in ("01", "AB"):
        folder = tmp_path / f"sub-{person}" / "eeg"
        folder.mkdir(parents=True)
        make_bdf(
            folder / f"sub-{person}_task-zorg_run-01_eeg.bdf", seed=len(person) + ord(person[0])
        )
    (tmp_path / "participants.tsv").write_text(
        "participant_id\tage\nsub-01\t30\nsub-AB\t41\n", "utf-8"
    )

    plan = look(tmp_path, made_at=NOW).plan

    assert plan.bids_input
    assert plan.identity_confidence == 1.0
    assert {p.raw_id: p.subject.age_years for p in plan.participants} == {"01": 30.0, "AB": 41.0}
    assert sorted(n.stem for n in assign_names(plan, {"01": "01", "AB": "AB"}).values()) == [
        "sub-01_task-zorg_run-01", "sub-AB_task-zorg_run-01",
    ]  # fmt: skip


def test_the_study_that_is_given_stands_in_the_plan_beside_the_species(study: Path) -> None:
    plan = look(study, made_at=NOW, study="other").plan

    assert plan.study == "other"
    assert plan.settings["species"] == "homo sapiens"


def test_findings_hide_raw_names_from_all_but_the_owner(study: Path) -> None:
    plan = look(study, made_at=NOW).plan

    shared = " ".join(f.reason + f.place + f.fix for f in plan.findings)
    assert plan.findings
    assert "VP0" not in shared


@pytest.mark.data
def test_real_recordings_are_looked_at_without_a_wrong_merge(signals: Path) -> None:
    plan = look(signals / "eeg" / "muse_neurotechx", made_at=NOW).plan

    found = {(r.entities["participant"].value, r.entities["session"].value,
              r.entities["task"].value) for r in plan.recordings}  # fmt: skip
    assert found == {
        ("subject1", "1", "n170"),
        ("subject1", "1", "p300"),
        ("subject2", "1", "p300"),
    }
    assert date(2026, 1, 31) == plan.made_at.date()


def test_an_age_is_worked_out_from_the_day_of_birth_and_the_first_recording():
    def header(day):
        return Header(Modality.EEG, 250.0, 1, (), measured_at=day)

    born = Subject(birth=date(1990, 3, 14))
    headers = [header(datetime(2021, 3, 13, tzinfo=UTC)), header(datetime(2020, 9, 14, tzinfo=UTC))]

    assert add_age(born, headers).age_years == pytest.approx(30.5, abs=0.01)
    assert add_age(Subject(birth=date(1990, 3, 14), age_years=31.0), headers).age_years == 31.0
    assert add_age(Subject(), headers).age_years is None
    assert add_age(Subject(birth=date(2030, 1, 1)), headers).age_years is None


@pytest.mark.parametrize(
    ("species", "expected"),
    [
        ({"A": ("mouse", "table"), "B": ("Mus musculus", "table")}, ["mouse"]),
        ({"A": ("mouse", "table"), "B": ("", "")}, ["rat"]),
        ({"A": ("mouse", "table"), "B": ("homo sapiens", "table")}, []),
        ({"A": ("mouse", "headers"), "B": ("mouse", "headers")}, ["rat"]),
    ],
)
def test_a_table_speaks_for_all_only_if_it_lists_all(
    species: dict[str, tuple[str, str]], expected: list[str]
) -> None:
    people = [PlannedParticipant(name, Subject(species=text), species_from=said_by)
              for name, (text, said_by) in species.items()]  # fmt: skip

    assert _gather_words([PurePosixPath("rat/1.edf")], people) == (
        ["edf", "rat"] if expected == ["rat"] else expected
    )
