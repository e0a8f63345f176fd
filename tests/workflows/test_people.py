from datetime import UTC, datetime
from pathlib import PurePosixPath

from fascicle.core import (
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Source,
    Subject,
)
from fascicle.protect import Person
from fascicle.workflows import ShareOptions
from fascicle.workflows._people import list_people, release_inside, release_people
from fascicle.workflows._settle import settle
from fascicle.workflows._workspace import Workspace

PEOPLE = {
    "m": Subject(species="mouse", age_years=0.251, sex="F"),
    "P": Subject(age_years=92.4, sex="F"),
    "Q": Subject(age_years=41.9),
}
ENTRIES = {name: {"label": f"{name}1", "raw_id": name} for name in PEOPLE}


def record(name, modality):
    source = Source("nwb", (PurePosixPath(f"{name}.nwb"),), 1)
    return PlannedRecording(f"rec-{name}", source, modality, {"participant": Inferred(name)})


def decide(groups=None):
    people = tuple(
        PlannedParticipant(name, subject, {"group": (groups or {}).get(name, "")},
                           species_from="table" if subject.species else "")
        for name, subject in PEOPLE.items()
    )  # fmt: skip
    recordings = tuple(record(name, Modality.BEH) for name in PEOPLE)
    plan = Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), recordings, people)
    return settle(plan, ShareOptions(), None, default_name="out")


def release(tmp_path, **options):
    people = {name: Person(f"{name}1") for name in PEOPLE}
    return release_people(ENTRIES, decide(**options), people, Workspace(tmp_path / "out"))


def test_each_participant_leaves_with_its_own_species_and_age(tmp_path):
    released = release(tmp_path)

    assert {label: (one.species, one.age) for label, one in released.items()} == {
        "m1": ("mus musculus", "0.251"), "P1": ("homo sapiens", "89"), "Q1": ("homo sapiens", "41"),
    }  # fmt: skip
    assert list_people(ENTRIES) == {"m1": "m", "P1": "P", "Q1": "Q"}


def test_a_group_that_a_person_shares_with_a_mouse_alone_does_not_leave(tmp_path):
    released = release(tmp_path, groups={"m": "Progeria", "P": "Progeria", "Q": "control"})

    assert [released[label].group for label in ("P1", "Q1")] == ["n/a", "control"]
    assert released["m1"].group == "Progeria"


def test_only_files_that_describe_their_subject_are_told_of_it():
    inside = release_inside(record("m", Modality.BEH), decide(), Person("m1"))

    assert inside is not None
    assert (inside.species, inside.age) == ("mus musculus", "0.251")
    assert release_inside(record("m", Modality.EEG), decide(), Person("m1")) is None
