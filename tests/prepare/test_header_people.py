from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from fascicle.core import PUBLISH_CONFIDENCE, Header, Modality, Subject
from fascicle.prepare._header_people import HeaderPeople, find_header_people

ANNA = {"name": "Müller^Anna", "birth": date(1987, 3, 12), "sex": "F"}
TOM = {"name": "Huber^Tom", "birth": date(1990, 6, 1), "sex": "M"}


def find(*rows: tuple[str, dict[str, object]], owned: dict[str, str] | None = None) -> HeaderPeople:
    return find_header_people(
        [PurePosixPath(f"{folder}/IM{at:04d}") for at, (folder, _) in enumerate(rows)],
        [Header(Modality.ANAT, subject=Subject(**facts)) for _, facts in rows],
        {PurePosixPath(folder): label for folder, label in (owned or {}).items()},
    )


def test_the_patient_number_says_who_it_is() -> None:
    found = find(("x", {"code": "4711"}), ("x", {"code": "0815"}), ("y", {"code": " 4711 "}))

    assert found.people.labels == ["4711", "0815", "4711"]
    assert min(found.people.confidence) >= PUBLISH_CONFIDENCE


def test_leading_zeros_tell_numbers_apart() -> None:
    found = find(("x", {"code": "0047"}), ("x", {"code": "47"}), ("x", {"code": "047"}))

    assert len(set(found.people.labels)) == 3


def test_two_people_under_one_number_are_kept_apart() -> None:
    found = find(("x", {"code": "7", **ANNA}), ("x", {"code": "7", **TOM}), ("x", {"code": "8"}))

    labels = found.people.labels
    assert len(set(labels)) == 3
    assert found.people.confidence[0] < PUBLISH_CONFIDENCE
    assert any("contradict" in sentence for sentence in found.people.evidence[0])
    assert found.people.doubts


def test_one_number_for_all_gives_way_to_folders() -> None:
    found = find(*((f"mri/S{n:02d}", {"code": "ANON"}) for n in (1, 1, 2, 3)))

    assert found.people.labels == ["S01", "S01", "S02", "S03"]


def test_one_person_alone_is_not_split_by_folders_of_series() -> None:
    found = find(*((f"export/SE{n:04d}", {"code": "4711", **ANNA}) for n in (1, 2, 3)))

    assert set(found.people.labels) == {"4711"}


def test_without_a_number_name_and_birth_are_one_person_and_a_name_alone_is_nobody() -> None:
    found = find(
        ("x", ANNA), ("x", ANNA), ("x", {"name": "Huber^Tom"}), ("x", {"name": "Huber^Tom"})
    )

    labels = found.people.labels
    assert labels[0] == labels[1]
    assert len({labels[0], *labels[2:]}) == 3


def test_one_person_under_two_numbers_is_kept_apart_and_told() -> None:
    found = find(("x", {"code": "4711", **ANNA}), ("x", {"code": "0815", **ANNA}))

    assert found.people.labels == ["4711", "0815"]
    assert any("two numbers" in doubt for doubt in found.people.doubts)


def test_folders_that_are_somebodys_hold_nobody_elses_images_under_that_name() -> None:
    rows = [("P01/mri", {"code": "4711"}), ("P02/mri", {"code": "4711"})]

    found = find(
        *rows, ("P03/mri", {"code": "9"}), owned={"P01": "P01", "P02": "P02", "P03": "P03"}
    )

    assert len(set(found.people.labels)) == 3
    assert max(found.people.confidence[:2]) < PUBLISH_CONFIDENCE


def test_a_folder_that_goes_with_one_number_is_another_name_for_the_person() -> None:
    found = find(*((f"MRT/NB{n}", {"code": f"00{n}512"}) for n in (101, 102, 103)))

    assert found.people.labels == ["00101512", "00102512", "00103512"]
    assert "NB101" in found.aliases["00101512"]


def test_exports_that_number_their_folders_anew_split_nobody() -> None:
    first = [(f"export1/PAT{n:05d}", {"code": f"00{n}412{n}"}) for n in range(1, 5)]
    second = [(f"export2/PAT{5 - n:05d}", {"code": f"00{n}412{n}"}) for n in range(1, 5)]

    found = find(*first, *second)

    assert found.people.labels[:4] == found.people.labels[4:]


def test_patient_number_one_is_a_number_where_patients_are_counted() -> None:
    counted = find(*(("x", {"code": str(n)}) for n in (1, 2, 3, 1)))
    default = find(("x", {"code": "1"}), ("x", {"code": "1"}))

    assert counted.people.labels == ["1", "2", "3", "1"]
    assert len(set(default.people.labels)) == 2


def test_initials_as_patient_number_join_only_what_facts_join() -> None:
    found = find(("x", {"code": "BL", **ANNA}), ("x", {"code": "BL", **TOM}), ("x", {"code": "BL"}),
                 ("x", {"code": "BL", **ANNA}), ("y", {"code": "CD"}))  # fmt: skip

    labels = found.people.labels
    assert labels[0] == labels[3]
    assert len(set(labels)) == 4
    assert found.people.confidence[2] < PUBLISH_CONFIDENCE


def test_running_numbers_of_two_sites_are_two_people() -> None:
    found = find(*((f"{site}/{n:02d}", {"code": f"{n:02d}", "name": f"{n:02d}"})
                   for site in "AB" for n in (1, 2, 3)))  # fmt: skip

    assert len(set(found.people.labels)) == 6
