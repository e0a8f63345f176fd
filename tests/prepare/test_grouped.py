from __future__ import annotations

from pathlib import PurePosixPath

from fascicle.core import Header, Modality, Subject
from fascicle.prepare import Evidence, make_table
from fascicle.prepare._grouped import choose_table, infer_best, infer_groups, list_people
from fascicle.prepare._groups import find_groups

EEG = Header(Modality.EEG, 250.0, 1009)


def see(*rows: tuple[str, str, Header], twins: tuple[str, ...] = ()) -> Evidence:
    return Evidence(
        [PurePosixPath(path) for path, _, _ in rows],
        [kind for _, kind, _ in rows],
        [header for _, _, header in rows],
        {PurePosixPath(path) for path in twins},
    )


def parts_of(seen: Evidence):
    groups = find_groups(seen.paths, seen.formats, seen.headers)
    return groups, infer_groups(groups, seen, [])


def test_each_group_follows_its_own_habit() -> None:
    scan = [Header(Modality.ANAT, subject=Subject(code=c)) for c in ("4711", "0815")]
    seen = see(
        *(
            (f"eeg/VP{n:02d}_{task}.edf", "edf", EEG)
            for n in range(1, 5)
            for task in ("rest", "EO")
        ),
        *((f"dicom/IM{n}", "dicom", header) for n, header in enumerate(scan)),
    )

    _, (signals, images) = parts_of(seen)

    assert signals.found.people.labels == [f"VP{n:02d}" for n in range(1, 5) for _ in (1, 2)]
    assert [one["task"].value for one in signals.found.entities[:2]] == ["rest", "eyesopen"]
    assert images.found.people.labels == ["4711", "0815"]


def test_folders_of_people_are_known_to_groups_that_cannot_read_them() -> None:
    names = ("anna", "ben", "clara", "david", "emma")
    slides = [(f"{name}/micr/{at}.tif", "tiff", Header(Modality.MICR))
              for name in names for at in (1, 2)]  # fmt: skip
    seen = see(*((f"{name}/eeg/{task}.edf", "edf", EEG) for name in names
                 for task in ("rest", "EO", "oddball")), *slides)  # fmt: skip

    _, (signals, images) = parts_of(seen)

    assert set(images.found.people.labels) == set(signals.found.people.labels) == set(names)


def test_a_copy_is_known_though_its_name_lost_the_word_for_its_kind() -> None:
    image = Header(Modality.ANAT, suffix="T1w", shape=(9, 9, 9))
    seen = see(
        *((f"nii/P{n:02d}_T1w.nii", "nifti", image) for n in range(1, 5)),
        ("nii/P01_T1w_copy.nii", "nifti", image),
        twins=("nii/P01_T1w_copy.nii",),
    )

    _, (part,) = parts_of(seen)

    assert part.found.copies == {4}


def test_the_table_that_lists_most_people_is_taken_and_none_if_it_lists_too_few() -> None:
    people = ["P1", "P2", "P3", "P4"]
    few, many = (make_table([("id", "sex"), *((p, "f") for p in own)]) for own in
                 (["X1", "X2", "P1"], ["P1", "P2", "P3"]))  # fmt: skip

    assert choose_table(people, [(people, few), (people, many)]) is many
    assert choose_table(people, []) is None
    assert choose_table([f"P{n}" for n in range(40)], [(people[:2], few)]) is None


def test_a_table_may_tell_which_part_names_people() -> None:
    seen = see(*((f"{a}_{n}.edf", "edf", EEG) for n in range(1, 7) for a in ("10", "11")))
    table = make_table([("VP", "sex"), *((str(n), "f") for n in range(1, 7))])

    used, found = infer_best(seen, [table])

    assert used is table
    assert len(set(found.people.labels)) >= 6


def test_people_are_listed_with_all_that_recordings_call_them() -> None:
    headers = [Header(Modality.EEG, subject=Subject(code=c)) for c in ("771", "771", "802", "802")]
    seen = see(*((f"VP{n // 2}_X{n // 2}K7/{n}.edf", "edf", h) for n, h in enumerate(headers)))
    groups, (part,) = parts_of(seen)

    people = list_people(0, groups[0].members, part, seen)

    assert [one.members for one in people] == [[0, 1], [2, 3]]
    assert all("771" in one.ids or "802" in one.ids for one in people)
