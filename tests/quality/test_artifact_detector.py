"""From chapters to labels."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import Channel, Header, Label, Modality
from fascicle.quality._artifact_detector import (
    ArtifactDetector,
    find_flat_bins,
    find_mains,
    join_labels,
)
from fascicle.quality._artifact_networks import load_networks
from fascicle.quality._artifact_reading import ChapterMaker

from .test_artifact_eyes import BLINKS_S, NAMES, RATE, make_recording


def detect(samples, names=NAMES, *, unit="uV", rate=RATE, kinds=None):
    kinds = kinds or ["EEG"] * len(names)
    channels = tuple(
        Channel(name, kind, unit, rate) for name, kind in zip(names, kinds, strict=True)
    )
    header = Header(Modality.EEG, rate, samples.shape[1], channels)
    detector = ArtifactDetector(header, load_networks())
    maker = ChapterMaker(len(samples), rate, detector.take)
    for _ in maker.watch(iter(np.array_split(samples, 7, axis=1))):
        pass
    return detector


def labels_of(detector, kind):
    return [label for label in join_labels(detector.labels, 1e9) if label.kind == kind]


def test_blinks_and_muscle_are_labelled_with_what_speaks_for_them() -> None:
    samples, _ = make_recording()
    noise = np.random.default_rng(1).standard_normal((2, 500))
    samples[2:4, 6000:6500] += 20 * noise

    detector = detect(samples)

    blinks = labels_of(detector, "blink")
    assert [round(label.evidence["peak_s"], 1) for label in blinks] == [
        pytest.approx(at_s, abs=0.11) for at_s in BLINKS_S
    ]
    assert all({"Fp1", "Fp2"} & set(label.channels) for label in blinks)
    assert all(label.evidence["height_sd"] > 3 for label in blinks)
    muscle = labels_of(detector, "muscle")
    assert any(
        label.onset_s < 24.6 and label.onset_s + label.duration_s > 25.4 and "F7" in label.channels
        for label in muscle
    )


def test_labels_do_not_depend_on_the_unit() -> None:
    samples, _ = make_recording()

    first, second = detect(samples), detect(1e-6 * samples, unit="V")

    times = [[label.onset_s for label in join_labels(d.labels, 60.0)] for d in (first, second)]
    assert times[0] == pytest.approx(times[1], abs=1e-6)


def test_a_channel_that_stands_still_for_a_while_is_said_to() -> None:
    samples, _ = make_recording()
    samples[5, 2500:5000] = samples[5, 2500]
    samples[6] = 0.0

    flat = labels_of(detect(samples), "flat")

    spans = {label.channels[0]: (label.onset_s, label.duration_s) for label in flat}
    assert spans["C3"] == (10.0, 10.0)
    assert spans["C4"] == (0.0, 60.0)


def test_missing_values_stop_nothing() -> None:
    samples, _ = make_recording()
    samples[4] = np.nan
    samples[1, 3000:3050] = np.nan

    detector = detect(samples)

    assert len(labels_of(detector, "blink")) == pytest.approx(len(BLINKS_S), abs=1)


def test_what_chapters_cut_is_joined() -> None:
    parts = [
        Label("muscle", 0.8, 9.0, 1.0, ("T7",), {"fast_decades": 1.0}),
        Label("muscle", 0.6, 10.0, 3.0, ("T8",), {"fast_decades": 2.0}),
        Label("flat", 0.9, 1.0, 0.5, ("C3",)),
        Label("flat", 0.9, 3.0, 2.0, ("C3",)),
        Label("flat", 0.9, 5.0, 2.0, ("C4",)),
    ]

    joined = join_labels(parts, 6.0)

    assert [(label.kind, label.onset_s, label.duration_s) for label in joined] == [
        ("flat", 3.0, 2.0), ("flat", 5.0, 1.0), ("muscle", 9.0, 0.0),
    ]  # fmt: skip
    (muscle,) = [label for label in join_labels(parts, 99.0) if label.kind == "muscle"]
    assert muscle.channels == ("T7", "T8")
    assert muscle.confidence == pytest.approx(0.65)
    assert muscle.evidence == {"fast_decades": 2.0}


def test_sensors_of_fields_are_judged_by_their_kinds_and_blinks_need_a_channel_of_the_eyes() -> (
    None
):
    samples, _ = make_recording()
    names = [f"MEG{n}" for n in range(1, 12)]
    kinds = ["MEGMAG"] * 6 + ["MEGGRADPLANAR"] * 5
    samples[6:] *= 100  # gradiometers have numbers of their own
    samples[8, 6000:6500] += 3000 * np.random.default_rng(1).standard_normal(500)

    blind = detect(samples, names, kinds=kinds, unit="fT")
    seeing = detect(
        np.vstack([samples, make_recording()[0][:1]]), [*names, "EOG"], kinds=[*kinds, "EOG"]
    )

    assert not labels_of(blind, "blink")
    assert not labels_of(blind, "saccade")
    muscle = [label for label in labels_of(blind, "muscle") if 24 <= label.onset_s <= 25]
    assert [label.channels for label in muscle] == [("MEG9",)]
    found = {round(label.evidence["peak_s"]) for label in labels_of(seeing, "blink")}
    assert len(found & {round(at_s) for at_s in BLINKS_S}) >= len(BLINKS_S) - 1


@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_mains_is_seen(line_hz: float) -> None:
    samples, _ = make_recording()
    times_s = np.arange(samples.shape[1]) / RATE
    samples[3] += 10 * np.sin(2 * np.pi * line_hz * times_s)

    assert find_mains(samples, RATE) == line_hz
    assert find_mains(make_recording()[0], RATE) == 0.0
    assert find_mains(samples[:, :100], RATE) == 0.0


def test_rounding_is_no_movement() -> None:
    samples = np.random.default_rng(0).standard_normal((3, 1000))
    samples[1] = 7.0 + 1e-12 * samples[1]

    assert find_flat_bins(samples, RATE).mean(axis=1).tolist() == [0, 1, 0]
    assert find_flat_bins(np.zeros((2, 9)), RATE).all()
