from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

import pytest

from fascicle.core import (
    ENTITIES,
    Header,
    Inferred,
    Modality,
    PlannedParticipant,
    PlannedRecording,
    Source,
    Subject,
)
from fascicle.prepare import make_table
from fascicle.prepare._people_facts import (
    fill_subject,
    find_doubtful_species,
    join_species,
    plan_participants,
    state_species,
)


def plan(*people: str, **facts: object) -> tuple[list[PlannedRecording], dict[str, Header]]:
    recordings = [
        PlannedRecording(
            f"rec-{at}", Source("edf", (PurePosixPath(f"{at}.edf"),), 1), Modality.EEG,
            {name: Inferred(person if name == "participant" else "") for name in ENTITIES},
        )
        for at, person in enumerate(people)
    ]  # fmt: skip
    header = Header(Modality.EEG, subject=Subject(**facts))  # type: ignore[arg-type]  # by name
    return recordings, {r.key: header for r in recordings}


def test_a_table_is_read_by_what_any_kind_of_recordings_calls_somebody() -> None:
    recordings, headers = plan("P01", "P02")
    table = make_table([("scan_id", "sex", "Gruppe"), ("4711", "w", "A"), ("0815", "m", "B")])

    found, paired = plan_participants(
        recordings, headers, table, {"P01": ("4711",), "P02": ("0815",)}
    )

    assert [(p.raw_id, p.subject.sex, p.aliases) for p in found] == [
        ("P01", "F", ("4711",)), ("P02", "M", ("0815",)),
    ]  # fmt: skip
    assert paired == {"P01": "4711", "P02": "0815"}


def test_the_raw_id_goes_before_an_alias() -> None:
    recordings, headers = plan("P01")
    table = make_table([("id", "sex"), ("P01", "w"), ("4711", "m")])

    found, _ = plan_participants(recordings, headers, table, {"P01": ("4711",)})

    assert found[0].subject.sex == "F"


def test_what_headers_say_fills_what_tables_do_not() -> None:
    recordings, headers = plan("P01", sex="M", hand="L", species="mouse")
    table = make_table([("id", "sex"), ("P01", "w"), ("P02", "m")])

    found, _ = plan_participants(recordings, headers, table, {})

    subject = found[0].subject
    assert (subject.sex, subject.hand, subject.species) == ("F", "L", "mouse")


def test_what_is_known_is_never_overwritten() -> None:
    known = Subject(code="a", birth=date(1990, 1, 2), age_years=0.0)

    filled = fill_subject(known, Subject(code="b", birth=date(1991, 1, 2), age_years=7.0, sex="F"))

    assert filled == Subject(code="a", birth=date(1990, 1, 2), age_years=0.0, sex="F")


@pytest.mark.parametrize(
    ("listed", "headers", "expected"),
    [
        ("Mus musculus", [""], ("Mus musculus", "table")),
        ("Muss musculus", [""], ("homo sapiens", "table")),
        ("Mus musculus", ["Homo sapiens"], ("homo sapiens", "headers")),
        ("Mus musculus", ["Human patient"], ("homo sapiens", "headers")),
        ("", ["Mus musculus", "Mus musculus - House mouse"], ("Mus musculus", "headers")),
        ("", ["Mus musculus", ""], ("", "")),
        ("", ["Mus musculus", "Homo sapiens"], ("homo sapiens", "headers")),
        ("", ["C57BL/6"], ("", "")),
        ("", [], ("", "")),
    ],
)
def test_an_animal_needs_the_table_or_every_header_and_a_person_one(
    listed: str, headers: list[str], expected: tuple[str, str]
) -> None:
    found = [Header(Modality.BEH, subject=Subject(species=species)) for species in headers]

    assert state_species(listed, found) == expected


def test_the_species_of_a_table_is_read_and_a_strain_is_none() -> None:
    recordings, headers = plan("m1", "m2")
    table = make_table([("id", "species", "strain"), ("m1", "mouse", "C57BL/6"), ("m2", "", "B")])
    strains = make_table([("id", "strain"), ("m1", "C57BL/6"), ("m2", "BALB/c")])

    found, _ = plan_participants(recordings, headers, table, {})
    silent, _ = plan_participants(recordings, headers, strains, {})

    assert [(p.subject.species, p.species_from) for p in found] == [("mouse", "table"), ("", "")]
    assert [p.subject.species for p in silent] == ["", ""]


def test_whose_species_is_doubtful_is_said_without_names() -> None:
    people = [
        PlannedParticipant("Meier", Subject(species="homo sapiens"), species_from="headers"),
        PlannedParticipant("m2", Subject(species="mouse"), species_from="headers"),
        PlannedParticipant("m3", Subject(species="mouse"), species_from="table"),
    ]

    found = find_doubtful_species(people, {"Meier": "Mus musculus"})

    assert [finding.code for finding in found] == ["species.differ", "species.claimed"]
    assert not any("Meier" in finding.reason for finding in found)
    assert find_doubtful_species(people[2:], {}) == []


def test_two_who_are_one_are_a_person_if_either_is() -> None:
    mouse = PlannedParticipant("m", Subject(species="mouse"), species_from="table")
    person = PlannedParticipant("P", Subject(species="homo sapiens"), species_from="paths")

    assert join_species(mouse, person) == join_species(person, mouse) == ("homo sapiens", "paths")
    assert join_species(PlannedParticipant("x"), mouse) == ("mouse", "table")
