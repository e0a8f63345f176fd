"""The annotator of EEG and MEG on datasets."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import edfio
import numpy as np
import pytest

from fascicle.core import Annotation
from fascicle.quality._artifacts import KINDS, ArtifactAnnotator

from .makers import write_tsv
from .test_artifact_eyes import BLINKS_S, NAMES, RATE, make_recording

PLACE = PurePosixPath("sub-01/eeg/sub-01_task-rest_eeg.edf")


def write_dataset(root: Path, samples, names=NAMES, *, kinds=None) -> Path:
    path = root / PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    edfio.Edf([
        edfio.EdfSignal(row, RATE, label=name, physical_dimension="uV",
                        physical_range=(-3276.8, 3276.7))
        for row, name in zip(samples, names, strict=True)
    ]).write(path)  # fmt: skip
    kinds = kinds or ["EEG"] * len(names)
    rows = [f"{name}\t{kind}\tuV" for name, kind in zip(names, kinds, strict=True)]
    write_tsv(path.with_name("sub-01_task-rest_channels.tsv"), ["name\ttype\tunits", *rows])
    return root


def annotate(root: Path, samples, names=NAMES, **more) -> Annotation:
    return ArtifactAnnotator().annotate(write_dataset(root, samples, names, **more), PLACE)


def of_kind(annotation, kind):
    return [label for label in annotation.labels if label.kind == kind]


@pytest.mark.parametrize(
    ("place", "accepted"),
    [
        ("sub-1/eeg/sub-1_task-a_eeg.set", True), ("sub-1/meg/sub-1_task-a_meg.fif", True),
        ("sub-1/ieeg/sub-1_task-a_ieeg.edf", False), ("sub-1/eeg/sub-1_task-a_channels.tsv", False),
        ("sub-1/func/sub-1_bold.nii.gz", False),
        ("sub-1/meg/sub-1_task-a_split-01_meg.fif", True),
        ("sub-1/meg/sub-1_task-a_split-02_meg.fif", False),
    ],
)  # fmt: skip
def test_it_takes_recordings_of_eeg_and_meg(place: str, accepted: bool) -> None:
    assert ArtifactAnnotator().accepts(PurePosixPath(place)) is accepted


def test_a_dataset_is_labelled_and_not_touched(tmp_path: Path) -> None:
    samples, _ = make_recording()
    before = write_dataset(tmp_path, samples) and (tmp_path / PLACE).read_bytes()

    annotation = ArtifactAnnotator().annotate(tmp_path, PLACE)

    found = [label.evidence["peak_s"] for label in of_kind(annotation, "blink")]
    np.testing.assert_allclose(found, BLINKS_S, atol=0.1)
    assert not annotation.findings
    assert {label.kind for label in annotation.labels} <= set(KINDS)
    assert {len(values) for values in annotation.series.values()} == {60}
    assert annotation.measures["blinks_per_minute"].value == pytest.approx(len(BLINKS_S))
    assert (tmp_path / PLACE).read_bytes() == before


def test_the_same_recording_has_the_same_labels(tmp_path: Path) -> None:
    samples, _ = make_recording(seed=3)

    first, second = annotate(tmp_path, samples), annotate(tmp_path, samples)

    assert first.labels == second.labels


def test_whole_channels_are_judged_as_by_the_check(tmp_path: Path) -> None:
    samples, _ = make_recording()
    rng = np.random.default_rng(2)
    times_s = np.arange(samples.shape[1]) / RATE
    samples[5] = 0.0
    samples[6] += 150 * rng.standard_normal(samples.shape[1])
    samples[7] += 80 * np.sin(2 * np.pi * 50 * times_s)

    annotation = annotate(tmp_path, samples)

    whole = {(label.kind, label.channels) for label in annotation.labels if label.is_whole}
    assert {("flat", ("C3",)), ("noisy", ("C4",)), ("line-noise", ("P3",))} <= whole
    assert not any("C3" in label.channels and not label.is_whole and label.kind == "flat"
                   for label in annotation.labels)  # fmt: skip
    assert annotation.settings["line_hz"] == 50.0
    assert annotation.measures["bad_channels"].value >= 3


def test_electrodes_that_record_the_same_are_bridged(tmp_path: Path) -> None:
    samples, _ = make_recording()
    samples[8] = samples[7] + 0.2 * np.random.default_rng(0).standard_normal(samples.shape[1])

    bridges = of_kind(annotate(tmp_path, samples), "bridge")

    assert [label.channels for label in bridges] == [("P3", "P4")]
    assert bridges[0].confidence > 0.5


def test_a_heart_is_labelled_with_its_rate(tmp_path: Path) -> None:
    samples, places = make_recording(height=0.0)
    beat = np.array([-5.0, 10, 40, 40, 10, -8, -4])
    for start in range(40, samples.shape[1] - 8, 215):
        samples[:, start : start + 7] += 2 * places[:, :1] * beat

    (heart,) = of_kind(annotate(tmp_path, samples), "heart")

    assert heart.is_whole
    assert heart.evidence["per_minute"] == pytest.approx(60 * RATE / 215, abs=1.5)
    assert "Cz" not in heart.channels


def test_channel_types_come_from_the_table(tmp_path: Path) -> None:
    samples, _ = make_recording()
    kinds = ["EOG", *["EEG"] * (len(NAMES) - 1)]

    annotation = annotate(tmp_path, samples, kinds=kinds)

    assert len(of_kind(annotation, "blink")) == len(BLINKS_S)
    assert all("Fp1" not in label.channels for label in of_kind(annotation, "blink"))


def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / PLACE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"0       nothing of the kind")

    annotation = ArtifactAnnotator().annotate(tmp_path, PLACE)
    absent = ArtifactAnnotator().annotate(tmp_path, PurePosixPath("sub-02/eeg/sub-02_eeg.edf"))

    for each in (annotation, absent):
        assert [finding.code for finding in each.findings] == ["recording.unreadable"]
        assert each.labels == ()
    assert str(tmp_path) not in absent.findings[0].reason


@pytest.mark.parametrize("seconds", [1, 2, 9, 10, 11])
def test_very_short_recordings_stop_nothing(tmp_path: Path, seconds: int) -> None:
    samples, _ = make_recording(seconds=60)

    annotation = annotate(tmp_path, samples[:, : round(seconds * RATE)])

    assert bool(annotation.findings) == (seconds < 10)


def test_a_recording_of_other_channels_has_nothing_to_label(tmp_path: Path) -> None:
    samples, _ = make_recording()

    annotation = annotate(tmp_path, samples[:2], ("T1", "T2"), kinds=["MISC", "TRIG"])

    assert [finding.code for finding in annotation.findings] == ["recording.short"]


def test_all_channels_dead_is_said_and_nothing_else(tmp_path: Path) -> None:
    annotation = annotate(tmp_path, np.zeros((11, 15_000)))

    assert {label.kind for label in annotation.labels} == {"flat"}
    assert len(annotation.labels) == 11


@pytest.mark.data
def test_blinks_of_a_real_recording_are_found() -> None:
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("FASCICLE_TEST_DATA", default)) / "signals/eeg/eeglab_sample"
    if not folder.is_dir():
        pytest.skip("FASCICLE_TEST_DATA has no EEGLAB sample")
    from fascicle.quality._artifacts import _annotate_one

    annotation = _annotate_one(folder / "eeglab_data.set", "eeglab_data.set")

    peaks = np.array([label.evidence["peak_s"] for label in of_kind(annotation, "blink")])
    for at_s in (4.1, 24.9, 42.9):  # by its channel below the eye
        assert np.abs(peaks - at_s).min() < 0.2
