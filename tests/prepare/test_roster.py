from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from fascicle.core import Header, Modality, Subject
from fascicle.prepare._groups import Group
from fascicle.prepare._roster import (
    Roster,
    Somebody,
    compare,
    find_person_folders,
    forget_defaults,
    make_somebody,
    settle_species,
)

BORN = date(1987, 3, 12)


def somebody(modality: Modality = Modality.EEG, path: str = "a.edf", **facts: object) -> Somebody:
    header = Header(modality, subject=Subject(**facts))  # type: ignore[arg-type]  # fields by name
    return make_somebody(0, "P01", [0], ([PurePosixPath(path)], [header]))


def test_facts_that_differ_speak_against_one_person() -> None:
    one = somebody(birth=BORN, sex="F", name="Müller^Anna")

    assert compare(one, somebody(birth=date(1987, 3, 13))).differing == ("birth",)
    assert compare(one, somebody(sex="M")).differing == ("sex",)
    assert compare(one, somebody(name="Müller Tom")).differing == ("name",)
    assert compare(one, somebody()).differing == ()


def test_birth_and_name_vouch_and_sex_alone_does_not() -> None:
    one = somebody(birth=BORN, sex="F", name="Müller^Anna")

    assert compare(one, somebody(birth=BORN)).vouches
    assert compare(one, somebody(name="Anna Mueller")).vouches
    assert not compare(one, somebody(sex="F")).vouches
    assert not compare(one, somebody(birth=BORN, sex="M")).vouches


def test_a_birth_that_was_cut_to_the_year_contradicts_other_years_and_vouches_for_nobody() -> None:
    cut = somebody(birth=date(1987, 1, 1))

    assert compare(cut, somebody(birth=BORN)) == compare(cut, somebody())
    assert compare(cut, somebody(birth=date(1986, 3, 12))).differing == ("birth",)


def test_who_names_no_species_records_people_except_in_probes_and_slides() -> None:
    mouse = somebody(Modality.ECEPHYS, species="Mus musculus")

    assert compare(mouse, somebody()).differing == ("species",)
    assert compare(mouse, somebody(Modality.MICR)).differing == ()
    assert compare(mouse, somebody(Modality.MICR, "mice/P01.tif")).differing == ()
    assert compare(mouse, somebody(Modality.EEG, "mouse_7/eeg.edf")).differing == ()


def test_species_are_known_by_their_common_words() -> None:
    assert settle_species("Mouse") == settle_species("Mus musculus") == "mus musculus"
    assert settle_species("Octopus vulgaris") == "octopus vulgaris"


def test_codes_of_headers_are_identifiers_and_words_for_nobody_are_not() -> None:
    assert somebody(code="4711", name="anonymous").ids == ("P01", "4711")
    assert somebody(code="X", name="NEU101").ids == ("P01", "NEU101")


def test_a_folder_is_somebodys_if_it_holds_nobody_else_and_bears_the_name() -> None:
    paths = [PurePosixPath(p) for p in ("P01/eeg/a.edf", "P02/eeg/a.edf", "both/P01_b.edf",
                                        "both/P02_b.edf")]  # fmt: skip
    people = [Somebody(0, "P01", [0, 2], ("P01",)), Somebody(0, "P02", [1, 3], ("P02",))]

    find_person_folders(people, paths)

    assert [one.folders for one in people] == [{PurePosixPath("P01")}, {PurePosixPath("P02")}]


def test_a_site_that_holds_one_person_of_each_kind_is_no_persons_folder() -> None:
    paths = [PurePosixPath(p) for p in ("A/04/ephys/x.bin", "A/02/mri/IM1", "A/04/mri/IM2")]
    mouse, scan = Somebody(0, "04", [0], ("04", "A")), Somebody(1, "QB3", [1], ("QB3", "A", "02"))
    same = Somebody(1, "QB4", [2], ("QB4", "04"))

    find_person_folders([mouse], paths)
    find_person_folders([scan, same], paths)

    assert not mouse.shares_folder(scan)
    assert mouse.shares_folder(same)


def test_a_label_of_two_parts_is_borne_by_both_folders() -> None:
    paths = [PurePosixPath(p) for p in ("A/04/x.bin", "B/04/x.bin")]
    people = [Somebody(0, "A/04", [0], ("A/04",)), Somebody(0, "B/04", [1], ("B/04",))]

    find_person_folders(people, paths)

    assert [one.folders for one in people] == [{PurePosixPath("A/04")}, {PurePosixPath("B/04")}]


def test_what_all_share_is_a_machines_default() -> None:
    people = [Somebody(0, str(n), [n], births=frozenset({BORN})) for n in range(3)]

    forget_defaults(people)

    assert all(not one.births for one in people)


def test_one_person_alone_keeps_the_birth() -> None:
    people = [Somebody(0, "P01", [0], births=frozenset({BORN}))]

    forget_defaults(people)

    assert people[0].births == {BORN}


def test_a_roster_lists_each_group() -> None:
    roster = Roster([Group("eeg", (0,)), Group("mri", (1,))],
                    [Somebody(0, "a", [0]), Somebody(1, "b", [1])])  # fmt: skip

    assert [one.label for one in roster.of(1)] == ["b"]
