from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fascicle.core import Header, Identifier, Modality, Plan, PlannedParticipant, Subject
from fascicle.protect import POLICIES
from fascicle.workflows import ShareOptions
from fascicle.workflows._headers import format_header
from fascicle.workflows._proving import find_animal_days, prove
from fascicle.workflows._settle import settle

DAY, OTHER = "2019-11-03", "2020-02-29"
DAYS = [Identifier("date", day, "header") for day in (DAY, OTHER)]
MOUSE = PlannedParticipant("m", Subject(species="mouse"), species_from="table")
PERSON = PlannedParticipant("P")


def decide(*people, **options):
    plan = Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), (), people)
    earlier = {one.raw_id: one.subject.species or "homo sapiens" for one in people}
    return settle(plan, ShareOptions(**options), None, default_name="out", earlier=earlier)


def entry(name):
    header = Header(Modality.EEG, measured_at=datetime.fromisoformat(f"{DAY}T09:30:00+00:00"))
    return {"raw_id": name, "label": f"{name}1", "header": format_header(header)}


@pytest.fixture
def folder(tmp_path):
    """Tables of a mouse and of a person, one of them about all."""
    for name in ("m1", "P1"):
        (tmp_path / f"sub-{name}").mkdir()
    (tmp_path / "sub-m1" / "sub-m1_scans.tsv").write_text(f"acq_time\n{DAY}T09:30:00\n")
    (tmp_path / "sub-P1" / "sub-P1_scans.tsv").write_text("acq_time\n2019-01-01T00:00:00\n")
    return tmp_path


def check(folder, animals):
    policy = POLICIES["safe-harbour"]
    return prove(folder, DAYS, policy, permitted=(), animals=animals)


def test_only_animals_among_people_may_tell_their_days():
    entries = {name: entry(name) for name in ("m", "P")}

    assert find_animal_days(entries, decide(MOUSE, PERSON)) == {"m1": [DAY]}
    assert find_animal_days({"m": entry("m")}, decide(MOUSE, species="mouse")) == {}
    assert find_animal_days(entries, decide(MOUSE, PERSON, policy="shifted")) == {}


def test_a_day_of_an_animal_stands_in_its_own_files_and_is_nothing_to_read(folder):
    proof = check(folder, {"m1": [DAY]})

    assert proof.passed
    assert not any(DAY in text for text in proof.must_look)
    assert set(proof.digests) == {"sub-m1/sub-m1_scans.tsv", "sub-P1/sub-P1_scans.tsv"}


@pytest.mark.parametrize(
    ("path", "day"),
    [("sub-m1/sub-m1_notes.tsv", OTHER), ("sub-P1/sub-P1_notes.tsv", DAY), ("notes.tsv", DAY),
     ("sub-m1_notes.tsv", DAY)],
)  # fmt: skip
def test_a_day_of_a_person_and_one_that_stands_elsewhere_refuse_the_dataset(folder, path, day):
    (folder / path).write_text(f"seen\n{day}\n")

    assert not check(folder, {"m1": [DAY]}).passed


def test_a_text_with_a_day_in_it_is_still_to_be_read(folder):
    (folder / "sub-m1" / "sub-m1_notes.tsv").write_text(f"seen\nKelvarin on {DAY}\n")

    proof = check(folder, {"m1": [DAY]})

    assert any("Kelvarin" in text for text in proof.must_look)


def test_a_birthday_of_a_person_is_searched_for_in_the_files_of_animals_that_day(folder):
    born = [Identifier("birthdate", DAY, "table")]

    proof = prove(folder, born, POLICIES["safe-harbour"], permitted=(), animals={"m1": [DAY]})

    assert not proof.passed
    assert replace(proof, findings=()).passed
