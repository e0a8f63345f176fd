"""Labels as tables of events: what is written is what is read, and stays what a method said."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Annotation, Decision, Finding, Label, Measure, Severity
from fascicle.errors import InputError
from fascicle.quality import (
    LABELS,
    UNVALIDATED,
    find_valid_labels,
    mark_decisions,
    read_label_version,
    read_labels,
    read_marked,
    validate_bids,
    write_annotation,
    write_label_head,
)
from fascicle.quality._tables import read_table

PLACE = PurePosixPath("sub-01/ses-a/eeg/sub-01_ses-a_task-rest_eeg.edf")
BLINK = Label("blink", 0.8765, onset_s=12.3456, duration_s=0.4, evidence={"peak_uv": 143.25})
FLAT = Label("flat", 1.0, channels=("T7", "Cz"))
SAID = Annotation("artifacts", "3", (BLINK, FLAT), {"seconds": Measure(61.0, "s", "Length.")})
KINDS = {"blink": "The eyes close.", "flat": "Nothing is recorded."}


class Method:
    def __init__(self, name: str) -> None:
        self.name, self.title, self.version = name, f"Finds {name}.", "2"
        self.card = f"explanations/{name}.md"


def write(folder: Path, said: Annotation = SAID, place: PurePosixPath = PLACE, **decisions):
    return write_annotation(folder, place, said, kinds=KINDS, decisions=decisions)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    write(tmp_path)

    first, second = read_labels(tmp_path, PLACE, "artifacts").values()

    assert first == FLAT  # what is said of all of it stands before what begins later
    assert (second.kind, second.onset_s, second.duration_s) == ("blink", 12.346, 0.4)
    assert second.confidence == pytest.approx(BLINK.confidence, abs=5e-4)
    assert dict(second.evidence) == {"peak_uv": 143.25}
    assert second.key == BLINK.key


def test_labels_have_a_name_of_their_own_in_each_recording(tmp_path: Path) -> None:
    other = PurePosixPath("sub-02/eeg/sub-02_task-rest_eeg.edf")
    write(tmp_path)
    write(tmp_path, place=other)

    names = [*read_labels(tmp_path, PLACE, "artifacts"), *read_labels(tmp_path, other, "artifacts")]

    assert len(set(names)) == 4


def test_the_table_opens_as_annotations_in_mne(tmp_path: Path) -> None:
    mne = pytest.importorskip("mne")
    events, *_ = write(tmp_path)

    table = read_table(events)
    assert table is not None
    onset, duration = (
        np.array([math.inf if cell == "n/a" else float(cell) for cell in table.column(name)])
        for name in ("onset", "duration")
    )
    annotations = mne.Annotations(
        onset, np.where(np.isinf(duration), 61.0, duration), table.column("trial_type")
    )

    assert annotations.description.tolist() == ["flat", "blink"]


def test_nothing_found_is_said_by_an_empty_table(tmp_path: Path) -> None:
    events, *_ = write(tmp_path, Annotation("artifacts", "3"))

    assert events.read_text("utf-8").splitlines() == [
        "onset\tduration\ttrial_type\tchannel\tconfidence\tlabel_id\tdecision\tdecided_type"
    ]
    assert read_labels(tmp_path, PLACE, "artifacts") == {}
    assert read_labels(tmp_path, PLACE, "images") == {}


def test_every_column_is_explained_and_the_same_labels_give_the_same_bytes(tmp_path: Path) -> None:
    written = write(tmp_path / "a")
    again = write(tmp_path / "b", Annotation("artifacts", "3", (FLAT, BLINK), SAID.measures))

    events, dictionary, summary = written
    table = read_table(events)
    explained = json.loads(dictionary.read_text("utf-8"))
    assert table is not None
    assert set(table.columns) - {"onset", "duration"} <= set(explained)
    assert explained["trial_type"]["Levels"] == KINDS
    assert json.loads(summary.read_text("utf-8"))["Labels"] == {"blink": 1, "flat": 1}
    assert [p.read_bytes() for p in written] == [p.read_bytes() for p in again]


def test_a_decision_stands_beside_the_label_and_changes_nothing_else(tmp_path: Path) -> None:
    events, *_ = write(tmp_path)
    before = read_table(events)

    mark_decisions(tmp_path, PLACE, "artifacts", {BLINK.key: Decision("change", "saccade")})

    after = read_table(events)
    assert before and after
    assert after.column("decision") == ["n/a", "change"]
    assert after.column("decided_type") == ["n/a", "saccade"]
    kept = [name for name in before.columns if not name.startswith("deci")]
    assert [after.column(name) for name in kept] == [before.column(name) for name in kept]
    assert (
        events.read_bytes()
        == write(tmp_path / "anew", **{BLINK.key: Decision("change", "saccade")})[0].read_bytes()
    )


def test_decisions_are_read_from_where_they_stand(tmp_path: Path) -> None:
    said = Decision("change", "saccade")
    write(tmp_path, **{BLINK.key: said})

    (one,) = read_marked(tmp_path, PLACE, "artifacts")

    assert (one.label.key, one.decision) == (BLINK.key, said)
    assert read_marked(tmp_path, PLACE, "images") == ()


@pytest.mark.parametrize(("severity", "version"), [("error", ""), ("warning", "3"), ("note", "3")])
def test_what_could_not_be_labelled_is_not_taken_for_labelled(
    tmp_path: Path, severity: str, version: str
) -> None:
    found = Finding("x.unreadable", Severity(severity), "x", "It cannot be read.", "Copy it again.")

    write(tmp_path, replace(SAID, labels=(), findings=(found,)))

    assert read_label_version(tmp_path, PLACE, "artifacts") == version


def test_labels_hold_where_the_recording_is_as_it_was(tmp_path: Path) -> None:
    other = PLACE.with_name("sub-01_ses-a_task-other_eeg.edf")
    for name, content in (("a", "1"), ("b", "2")):
        for place in (PLACE, other):
            (tmp_path / name / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / place).write_text("1" if place == PLACE else content)
    write_label_head(tmp_path / "a", [Method("artifacts")])  # type: ignore[list-item]
    kept = write(tmp_path / "a", replace(SAID, series={"fd": (0.5,)}))
    write(tmp_path / "a", place=other)

    found = find_valid_labels(tmp_path / "a", tmp_path / "b")

    head = {f"{LABELS}/{name}" for name in (".bidsignore", "README.md", "dataset_description.json")}
    assert found == head | {path.relative_to(tmp_path / "a").as_posix() for path in kept}
    assert find_valid_labels(tmp_path / "a", tmp_path / "none") == set()


def test_series_are_a_table_of_their_own(tmp_path: Path) -> None:
    place = PurePosixPath("sub-01/func/sub-01_task-rest_bold.nii.gz")
    said = Annotation(
        "images", "1", measures={"fd": Measure(0.2, "mm", "Framewise displacement.")},
        series={"fd": (math.nan, 0.1, 0.3), "dvars": (math.nan, 1.5, 2.5)},
    )  # fmt: skip

    names = [path.name for path in write(tmp_path, said, place)]

    assert names == [
        "sub-01_task-rest_desc-images_events.tsv",
        "sub-01_task-rest_desc-images_events.json",
        "sub-01_task-rest_desc-images_timeseries.tsv",
        "sub-01_task-rest_desc-images_timeseries.json",
        "sub-01_task-rest_bold_desc-images_qc.json",
    ]
    table = read_table(tmp_path / LABELS / place.parent / names[2])
    assert table is not None
    assert (table.column("fd"), table.column("dvars")) == (
        ["n/a", "0.1", "0.3"],
        ["n/a", "1.5", "2.5"],
    )


def test_the_version_is_that_of_the_method_unless_the_recording_changed(tmp_path: Path) -> None:
    import os
    import shutil

    recording = tmp_path / PLACE
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"0")
    assert read_label_version(tmp_path, PLACE, "artifacts") == ""

    events, *_ = write(tmp_path)

    assert read_label_version(tmp_path, PLACE, "artifacts") == "3"
    os.utime(recording, ns=(1, 1 << 62))  # as a copy has it
    assert read_label_version(tmp_path, PLACE, "artifacts") == "3"
    recording.write_bytes(b"1")
    os.utime(recording, ns=(1, 1))
    assert read_label_version(tmp_path, PLACE, "artifacts") == ""
    recording.write_bytes(b"0")
    shutil.move(events, tmp_path / "away")
    assert read_label_version(tmp_path, PLACE, "artifacts") == ""


def test_series_that_another_version_had_do_not_stay(tmp_path: Path) -> None:
    *_, table, _, _ = write(tmp_path, replace(SAID, series={"fd": (0.5,)}))
    assert table.name.endswith("_timeseries.tsv")

    write(tmp_path)

    assert not list(tmp_path.rglob("*_timeseries.*"))


def test_names_of_channels_with_commas_are_read_as_they_were(tmp_path: Path) -> None:
    odd = Label("flat", 1.0, channels=("Fp1,A1", "T7;A2", "Cz"))
    _, dictionary, _ = write(tmp_path, replace(SAID, labels=(odd, BLINK)))

    first, second = read_labels(tmp_path, PLACE, "artifacts").values()

    assert (first.channels, second.channels) == (odd.channels, ())
    assert json.loads(dictionary.read_text("utf-8"))["channel"]["Delimiter"] == "|"


def test_channels_are_kept_whatever_was_recorded(tmp_path: Path) -> None:
    place = PurePosixPath("sub-01/ophys/sub-01_task-rest_ophys.nwb")
    write(tmp_path, place=place)

    first, _ = read_labels(tmp_path, place, "artifacts").values()

    assert first == FLAT


def test_the_official_validator_accepts_labels_of_every_kind_of_recording(tmp_path: Path) -> None:
    about = {"Name": "x", "BIDSVersion": "1.11.1", "Authors": ["A", "B"], "License": "CC0"}
    (tmp_path / "dataset_description.json").write_text(json.dumps(about))
    write_label_head(tmp_path, [Method("artifacts")])  # type: ignore[list-item]

    for place in (
        "sub-01/anat/sub-01_T1w.nii.gz", "sub-01/ses-a/anat/sub-01_ses-a_T2w.nii.gz",
        "sub-01/func/sub-01_task-a_bold.nii.gz", "sub-01/micr/sub-01_sample-a_SPIM.ome.zarr",
        "sub-01/ecephys/sub-01_task-a_ecephys.nwb", "sub-01/ses-a/ophys/sub-01_ses-a_ophys.nwb",
        "sub-01/meg/sub-01_task-a_meg.fif", "sub-01/ieeg/sub-01_task-a_ieeg.edf",
        "sub-01/nirs/sub-01_task-a_nirs.snirf", "sub-01/eeg/sub-01_task-a_eeg.edf",
    ):  # fmt: skip
        write(tmp_path, replace(SAID, series={"fd": (0.5,)}), PurePosixPath(place))

    findings = validate_bids(tmp_path / LABELS)
    assert [f.place for f in findings if f.severity == "error"] == []
    assert not UNVALIDATED & {f.code for f in findings}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("label_id", "id"),
        ("12.346", "soon"),
        ("0.876", "7"),
        ("\tblink", "\tblink\t"),
        ("change", "so"),
    ],
)
def test_a_table_that_was_changed_is_told_not_guessed(tmp_path: Path, old: str, new: str) -> None:
    events, *_ = write(tmp_path, **{BLINK.key: Decision("change", "saccade")})
    assert old in events.read_text("utf-8")
    events.write_text(events.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(InputError, match="FSC133"):
        read_labels(tmp_path, PLACE, "artifacts")
    with pytest.raises(InputError, match="FSC133"):
        mark_decisions(tmp_path, PLACE, "artifacts", {})


def test_the_description_keeps_the_methods_of_earlier_runs(tmp_path: Path) -> None:
    (tmp_path / "dataset_description.json").write_text('{"Authors": ["A"], "License": "CC0"}')

    write_label_head(tmp_path, [Method("images")])  # type: ignore[list-item]
    write_label_head(tmp_path, [Method("artifacts")])  # type: ignore[list-item]

    about = json.loads((tmp_path / LABELS / "dataset_description.json").read_text("utf-8"))
    assert [entry["Name"] for entry in about["GeneratedBy"]] == [
        "Fascicle artifacts", "Fascicle images",
    ]  # fmt: skip
    assert about["GeneratedBy"][0]["Description"] == (
        "Finds artifacts. How it decides, and where it fails: "
        "https://fascicle.readthedocs.io/en/latest/explanations/artifacts.html"
    )
    assert (about["DatasetType"], about["License"]) == ("derivative", "CC0")
