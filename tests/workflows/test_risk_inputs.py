"""The table of people, what repeats it, and what a commons knows of the same people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.errors import InputError
from fascicle.govern import open_commons
from fascicle.protect import RiskContext
from fascicle.testing import ReleaseShape, make_release
from fascicle.workflows import publish
from fascicle.workflows._risk_inputs import (
    describe_context,
    find_repeats,
    read_people_table,
)


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_dataset_gives_its_table_and_its_dictionary(tmp_path):
    write(tmp_path / "participants.tsv", "participant_id\tage", "sub-01\t31", "sub-02\tn/a")
    write(tmp_path / "participants.json", json.dumps({"age": {"Units": "year"}}))

    people = read_people_table(tmp_path)

    assert people.columns == {"participant_id": ("sub-01", "sub-02"), "age": ("31", "n/a")}
    assert people.labels() == ("01", "02")
    assert people.dictionary == {"age": {"Units": "year"}}


def test_a_broken_dictionary_says_nothing(tmp_path):
    write(tmp_path / "participants.tsv", "participant_id\tage", "sub-01\t31")
    write(tmp_path / "participants.json", "[1, 2")

    assert read_people_table(tmp_path).dictionary == {}


def test_a_table_by_itself_may_call_its_people_as_it_likes(tmp_path):
    table = write(tmp_path / "people.csv", "age,subject_id", "31,7", "33,8", "34,8")

    people = read_people_table(table)

    assert (people.key, people.n_left_out) == ("subject_id", 1)
    assert people.columns["age"] == ("31", "33")


def test_a_folder_without_a_table_has_none_and_a_broken_one_is_refused(tmp_path):
    assert read_people_table(tmp_path) is None
    write(tmp_path / "participants.tsv", "")
    with pytest.raises(InputError, match="FSC11"):
        read_people_table(tmp_path)


def test_a_table_that_names_nobody_is_refused(tmp_path):
    named = write(tmp_path / "a.csv", "region,d", "hippocampus,0.1", "thalamus,0.1")
    unnamed = write(tmp_path / "b.csv", "region,d", "hippocampus,0.1", "hippocampus,0.2")

    assert read_people_table(named).key == "region"
    with pytest.raises(InputError, match="FSC180"):
        read_people_table(unnamed)


def test_other_tables_that_tell_the_same_are_found(tmp_path):
    write(tmp_path / "participants.tsv", "participant_id\tage", "sub-01\t31")
    found = write(tmp_path / "phenotype" / "scores.tsv", "participant_id\tage\tx", "sub-01\t31\t2")
    write(tmp_path / "sub-01" / "eeg" / "sub-01_task-a_events.tsv", "onset\tage", "1\t31")
    write(tmp_path / "sub-01" / "sub-01_scans.tsv", "filename\tacq_time", "a\tb")

    assert find_repeats(tmp_path, {"age"}) == (found,)


@pytest.mark.parametrize(("when", "n_dated"), [("2019-03-04T10:11:12", 1), ("2019-01-01", 0)])
def test_days_in_tables_of_scans_are_found(tmp_path, when, n_dated):
    write(tmp_path / "dataset_description.json", json.dumps({"Name": "x", "BIDSVersion": "1.9"}))
    write(tmp_path / "sub-01" / "sub-01_scans.tsv", "filename\tacq_time", f"a.edf\t{when}")
    write(tmp_path / "sub-01" / "eeg" / "sub-01_task-a_events.tsv", "onset\twhen", f"1\t{when}")

    assert describe_context(tmp_path, None, None, "").n_dated == n_dated


def test_of_a_table_by_itself_nothing_more_is_known(tmp_path):
    table = write(tmp_path / "people.csv", "id,age", "7,31")

    assert describe_context(table, read_people_table(table), None, "") == RiskContext()


def test_the_context_of_a_shared_dataset_is_told(shared):
    context = describe_context(shared.out, read_people_table(shared.out), None, "")

    assert context.modalities == ("eeg",)
    assert context.policy == "safe-harbour"
    assert not context.are_dates_shifted
    assert (context.n_heads, context.n_kin) == (0, 0)


def test_heads_count_until_their_sidecar_says_that_the_face_is_gone(tmp_path):
    write(tmp_path / "dataset_description.json", json.dumps({"Name": "x", "BIDSVersion": "1.9"}))
    for label, told in (("01", {}), ("02", {"DeidentificationMethod": ["Face removed"]})):
        stem = tmp_path / f"sub-{label}" / "anat" / f"sub-{label}_T1w"
        write(Path(f"{stem}.nii.gz"), "")
        write(Path(f"{stem}.json"), json.dumps(told))

    context = describe_context(tmp_path, None, None, "")

    assert (context.n_heads, context.n_defaced) == (2, 1)


@pytest.mark.parametrize(
    ("labels", "author", "n_kin", "n_same"),
    [
        (("AB12x", "CD34x"), "Ada", 1, 1),  # the labels of two datasets, which are no numbers
        (("01", "02"), "Ada", 0, 1),  # every dataset has these
        (("EF56x", "GH78x"), "Bea", 1, 1),  # the same lab
        (("EF56x", "GH78x"), "Ada", 0, 1),
    ],
)
def test_other_datasets_of_the_same_people_are_found_in_a_commons(
    tmp_path, monkeypatch, labels, author, n_kin, n_same
):
    there = ReleaseShape().dataset
    there = replace(there, authors=("Bea",), ages_years=(20.0, 40.0))
    shape = ReleaseShape(labels=("AB12x", "01", "02"), dataset=there)
    made = make_release(tmp_path / "there", shape)
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)
    about = {"Name": "here", "BIDSVersion": "1.9.0", "Authors": [author]}
    folder = tmp_path / "here"
    write(folder / "dataset_description.json", json.dumps(about))
    rows = [f"sub-{label}\t{25 + at}" for at, label in enumerate(labels)]
    write(folder / "participants.tsv", "participant_id\tage", *rows)

    found = describe_context(folder, read_people_table(folder), tmp_path / "commons", "")

    assert (found.n_kin, found.n_same_quasi) == (n_kin, n_same)
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path / "home"))
    none = describe_context(folder, read_people_table(folder), None, "")
    assert (none.n_kin, none.n_same_quasi) == (0, 0)


def test_a_dataset_is_not_its_own_kin(shared, tmp_path):
    publish(shared.out, commons=tmp_path / "commons")

    context = describe_context(shared.out, read_people_table(shared.out), tmp_path / "commons", "")

    assert (context.n_kin, context.n_same_quasi) == (0, 0)
