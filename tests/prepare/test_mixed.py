from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import PurePosixPath

import pytest

from fascicle.core import PUBLISH_CONFIDENCE, Header, Modality, Subject
from fascicle.prepare import Evidence, Mixed, infer, infer_mixed, make_table
from fascicle.testing import (
    MIXED_DEVELOPMENT_HABITS,
    MixedLayout,
    make_layout,
    make_mixed_layout,
)

CLEAR_HABITS = [habit for habit in MIXED_DEVELOPMENT_HABITS if habit != "any_lab"]
EEG = Header(Modality.EEG, 250.0, 1009)


def scan(code: str, **facts: object) -> Header:
    subject = Subject(code=code, **facts)  # type: ignore[arg-type]  # fields by name
    return Header(Modality.ANAT, suffix="T1w", subject=subject)


def mix(*rows: tuple[str, Header], **more: object) -> Mixed:
    kinds = {Modality.EEG: "edf", Modality.ANAT: "dicom"}
    seen = Evidence(
        [PurePosixPath(path) for path, _ in rows],
        [kinds[header.modality] for _, header in rows],
        [header for _, header in rows],
    )
    return infer_mixed(seen, **more)  # type: ignore[arg-type]  # options by name


def answer(layout: MixedLayout) -> Mixed:
    seen = Evidence(layout.paths, layout.formats, layout.headers)
    return infer_mixed(seen, [make_table(lines) for lines in layout.tables])


def count_merges(layout: MixedLayout, mixed: Mixed) -> int:
    people = defaultdict(set)
    for label, truth in zip(mixed.found.people.labels, layout.truth, strict=True):
        people[label].add(truth.person)
    return sum(len(own) > 1 for own in people.values())


@pytest.mark.parametrize("seed", range(40))
def test_nobody_is_merged_with_another_in_any_lab(seed: int) -> None:
    layout = make_mixed_layout(seed, "any_lab")

    assert count_merges(layout, answer(layout)) == 0


@pytest.mark.parametrize("habit", CLEAR_HABITS)
def test_nobody_is_merged_with_another_and_who_can_be_known_is_known(habit: str) -> None:
    for seed in (31, 32, 33):
        layout = make_mixed_layout(seed, habit)

        mixed = answer(layout)

        parts = defaultdict(set)
        for label, truth in zip(mixed.found.people.labels, layout.truth, strict=True):
            parts[truth.person, truth.part].add(label)
        assert count_merges(layout, mixed) == 0
        assert sum(len(own) > 1 for own in parts.values()) == 0


@pytest.mark.parametrize("habit", CLEAR_HABITS)
def test_it_is_asked_who_is_who_just_where_nothing_tells(habit: str) -> None:
    layout = make_mixed_layout(34, habit)

    mixed = answer(layout)

    assert bool(mixed.open_groups) == any(truth.part for truth in layout.truth)


@pytest.mark.parametrize("habit", ["flat_codes", "siblings", "groups_equal_codes"])
def test_a_folder_of_one_kind_is_inferred_as_ever(habit: str) -> None:
    layout = make_layout(8, habit)
    plain = infer(layout.paths, layout.headers)

    mixed = infer_mixed(Evidence(layout.paths, ["edf"] * len(layout.paths), layout.headers))

    assert mixed.found.people.labels == plain.people.labels
    assert mixed.found.entities == plain.entities
    assert mixed.aliases == {}
    assert mixed.open_groups == ()


def test_who_was_joined_has_one_name_and_keeps_the_others() -> None:
    table = make_table([("eeg", "mri"), ("P1", "4711"), ("P2", "0815")])

    mixed = mix(("eeg/P1_rest.edf", EEG), ("eeg/P2_rest.edf", EEG), ("dicom/IM1", scan("4711")),
                ("dicom/IM2", scan("0815")), link=table)  # fmt: skip

    assert mixed.found.people.labels == ["P1", "P2", "P1", "P2"]
    assert mixed.aliases == {"P1": ("4711",), "P2": ("0815",)}
    assert mixed.open_groups == ()
    evidence = mixed.found.entities[2]["participant"].evidence
    assert "a row of a linking table names both" in evidence


def test_without_a_table_a_code_and_a_patient_number_are_two_and_it_is_asked() -> None:
    mixed = mix(("eeg/P1_rest.edf", EEG), ("eeg/P2_rest.edf", EEG), ("dicom/IM1", scan("4711")))

    assert mixed.found.people.labels == ["P1", "P2", "4711"]
    assert mixed.open_groups == ("eeg", "mri")


def test_equal_numbers_that_are_kept_apart_say_of_which_kind_they_are() -> None:
    numbers = range(1, 7)
    rows = [(f"eeg/{n:02d}/rest.edf", EEG) for n in numbers]

    mixed = mix(*rows, *((f"dicom/IM{n}", scan(f"{n:02d}")) for n in numbers))

    names = [f"{n:02d}" for n in numbers]
    assert mixed.found.people.labels == [*names, *(f"{name} (mri)" for name in names)]
    assert mixed.aliases == {}


def test_a_persons_folder_joins_whatever_the_patient_number_is() -> None:
    numbers = range(1, 7)
    rows = [(f"{n:02d}/eeg/rest.edf", EEG) for n in numbers]

    mixed = mix(*rows, *((f"{n:02d}/mri/IM1", scan(f"0{n}4123{n}")) for n in numbers))

    assert mixed.found.people.labels == [f"{n:02d}" for n in numbers] * 2
    assert mixed.found.people.lowest >= PUBLISH_CONFIDENCE


def test_a_join_against_birth_is_a_finding_and_no_join() -> None:
    born = Header(Modality.EEG, 250.0, 1009, subject=Subject(birth=date(1980, 3, 7)))
    other = Header(Modality.EEG, 250.0, 1009, subject=Subject(birth=date(1990, 8, 1)))

    mixed = mix(("eeg/P1_rest.edf", born), ("eeg/P2_rest.edf", other),
                ("dicom/IM1", scan("P1", birth=date(1970, 5, 5))),
                ("dicom/IM2", scan("P2", birth=date(1990, 8, 1))))  # fmt: skip

    assert mixed.found.people.labels == ["P1", "P2", "P1 (mri)", "P2"]
    assert [f.code for f in mixed.findings] == [
        "participant.link-contradiction", "participant.joined",
    ]  # fmt: skip


def test_people_beside_animals_are_told_by_their_species() -> None:
    probe = Header(Modality.ECEPHYS, 30_000.0, 9, subject=Subject(species="mouse"))
    seen = Evidence(
        [PurePosixPath(p) for p in ("eeg/3_rest.edf", "eeg/4_rest.edf", "probe/mouse3_run1.bin")],
        ["edf", "edf", "spikeglx"],
        [EEG, EEG, probe],
    )

    mixed = infer_mixed(seen)

    assert set(mixed.species.values()) == {"homo sapiens", "mus musculus"}
    assert len(set(mixed.found.people.labels)) == 3
    assert mixed.open_groups == ()


def test_a_word_for_an_animal_in_some_paths_says_nothing_of_the_others() -> None:
    probe = Header(Modality.ECEPHYS, 30_000.0, 9)

    def tell(*paths: str) -> dict[str, str]:
        files = [PurePosixPath(path) for path in paths]
        return infer_mixed(Evidence(files, ["nwb"] * len(paths), [probe] * len(paths))).species

    some = tell("data/mouse01/a.nwb", "data/mouse02/a.nwb", "data/P01/a.nwb")

    assert sorted(some.values()) == ["mus musculus", "mus musculus"]
    assert tell("mice/m01/a.nwb", "mice/m02/a.nwb") == {}


def test_a_surname_in_a_path_is_nobodys_identifier() -> None:
    mixed = mix(("eeg/Schmidt_Anna_rest.edf", EEG), ("eeg/Huber_Tom_rest.edf", EEG),
                ("eeg/Vogel_Ida_rest.edf", EEG), ("eeg/Roux_Max_rest.edf", EEG),
                ("dicom/IM1", scan("4711", name="Schmidt^Anna")),
                ("dicom/IM2", scan("0815", name="Huber^Tom")))  # fmt: skip

    assert mixed.found.people.labels[4:] == ["4711", "0815"]
    assert mixed.open_groups == ("eeg", "mri")


def test_the_order_of_the_files_changes_nothing() -> None:
    layout = make_mixed_layout(36, "table_of_three")
    order = list(range(len(layout.paths)))[::-1]
    turned = MixedLayout(
        layout.habit, 0, *(tuple(values[at] for at in order) for values in (
            layout.paths, layout.formats, layout.headers, layout.truth)), layout.tables,
    )  # fmt: skip

    labels = answer(turned).found.people.labels

    assert [labels[at] for at in order] == answer(layout).found.people.labels


def test_no_folder_is_no_trouble() -> None:
    assert infer_mixed(Evidence([], [], [])).found.entities == []


def test_recordings_that_nobody_is_named_by_are_joined_with_none() -> None:
    rows = [(f"eeg/P{n:02d}_rest.edf", EEG) for n in range(1, 6)]

    mixed = mix(*rows, ("dicom/P01/IM1", scan("")), ("dicom/export/IM2", scan("")))

    assert len(set(mixed.found.people.labels)) == 7 or "P01" in mixed.found.people.labels[5:]
    assert mixed.found.people.labels[6] not in {f"P{n:02d}" for n in range(1, 6)}


def test_codes_of_one_kind_tell_where_another_kind_names_people() -> None:
    images = Header(Modality.MICR)
    rows = [(f"probe/M{n:02d}_g0_t0.imec0.ap.bin", Header(Modality.ECEPHYS)) for n in range(1, 7)]
    slides = [(f"histology/M{n:02d}_{k}.tif", images) for n in range(1, 7) for k in (1, 2)]
    paths = [PurePosixPath(path) for path, _ in (*rows, *slides)]
    seen = Evidence(paths, ["spikeglx"] * 6 + ["tiff"] * 12, [h for _, h in (*rows, *slides)])

    labels = infer_mixed(seen).found.people.labels

    assert labels[6:] == [f"M{n:02d}" for n in range(1, 7) for _ in (1, 2)]


def test_like_codes_of_another_scheme_tell_nothing() -> None:
    cells = Header(Modality.OMICS)
    rows = [(f"eeg/P{n:02d}_rest.edf", EEG) for n in range(1, 6)]
    tubes = [(f"rna/{name}_cells.h5ad", cells) for name in ("2019_01", "2020_01", "2020_02")]
    paths = [PurePosixPath(path) for path, _ in (*rows, *tubes)]
    seen = Evidence(paths, ["edf"] * 5 + ["h5ad"] * 3, [h for _, h in (*rows, *tubes)])

    labels = infer_mixed(seen).found.people.labels

    assert len(set(labels)) == 8


def test_who_is_named_by_nothing_is_named_by_the_whole_path() -> None:
    image = Header(Modality.ANAT, suffix="T1w")
    seen = Evidence(
        [PurePosixPath(p) for p in ("head_T1w.nii", "brain_T2w.nii", "head_T2w.nii", "x/IM1")],
        ["nifti", "nifti", "nifti", "dicom"],
        [image, Header(Modality.ANAT, suffix="T2w"), image, scan("")],
    )

    people = infer_mixed(seen).found.people

    assert people.labels == ["head_T1w.nii", "brain_T2w.nii", "head_T1w.nii", "x/IM1"]
    assert people.lowest < PUBLISH_CONFIDENCE


def test_columns_of_a_linking_table_are_known_for_what_they_are() -> None:
    table = make_table([("VP", "scan_id", "Gruppe"), *((f"P{n}", f"00412{n}", "a") for n in
                                                       range(1, 6))])  # fmt: skip
    rows = [(f"eeg/P{n}_rest.edf", EEG) for n in range(1, 6)]

    mixed = mix(*rows, *((f"dicom/IM{n}", scan(f"00412{n}")) for n in range(1, 6)), tables=[table])

    assert mixed.table is not None
    assert mixed.table.meaning["id"] == "VP"
    assert "scan_id" not in mixed.table.unknown


def test_it_is_told_how_many_were_joined_and_why_and_nobody_is_named() -> None:
    rows = [(f"eeg/P{n:02d}_rest.edf", EEG) for n in range(1, 6)]

    mixed = mix(*rows, *((f"dicom/IM{n}", scan(f"p{n:02d}")) for n in range(1, 5)))

    (told,) = mixed.findings
    assert (told.code, told.severity.value) == ("participant.joined", "note")
    assert "4 participants" in told.reason
    assert "same identifier" in told.reason
    assert "P0" not in told.reason + told.fix
