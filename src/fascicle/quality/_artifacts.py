"""The annotator of EEG and MEG: blinks, glances, muscle, heart, mains, pops, bridges and more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Annotation, Finding, Header, Label, Measure, Severity, Source
from fascicle.errors import FormatError, JobError
from fascicle.formats import is_risky, read_blocks, read_written_header
from fascicle.jobs import run_apart
from fascicle.maths import BIN_S

from ._artifact_detector import ArtifactDetector, join_labels
from ._artifact_layout import SENSORS
from ._artifact_networks import load_networks
from ._artifact_pictures import draw_artifacts
from ._artifact_reading import ChapterMaker
from ._artifact_spans import LASTING
from ._folder import SUFFIXES, apply_table, is_later_part, read_line_hz
from ._judgement import find_line_hz, judge_channels
from ._measures import Measures, choose_block_s, measure_blocks
from ._metadata import make_finding
from ._results import ChannelQuality

KINDS: Final = {
    "blink": "The eyelids close and open; the front of the head moves up or down for a third of a "
    "second.",
    "saccade": "The eyes turn to a side; the left and right of the face step apart.",
    "muscle": "Muscles of jaw, face or neck are tense: fast activity above 20 Hz.",
    "heart": "The heart is seen in the channels, all along.",
    "line-noise": "More than half of a channel's power is mains.",
    "pop": "The contact of one electrode changes abruptly.",
    "bridge": "Gel joins two electrodes: they record the same.",
    "drift": "A channel wanders slowly, for seconds, far beyond what it does else.",
    "movement": "The head or the cables move: most channels swing at once.",
    "flat": "A channel does not change.",
    "noisy": "A channel is far noisier than the others, or than it is else.",
}
_TIMEOUT_S: Final = 3600.0
_WHOLE_SHARE: Final = 0.8
"""Share of the recording from which a noisy channel is noisy in all of it."""
_MIN_S: Final = 10.0
"""Shorter recordings have no level of their own that anything could stand out from."""
_BRIDGE_RATIO: Final = 0.02
_MIN_BRIDGE_CHANNELS: Final = 6
_HEART_SCORE: Final = 0.18
_HEART_SHOWS: Final = 1.0
_FAULTS: Final = {
    "channel.flat": ("flat", 0.99), "channel.noisy": ("noisy", 0.95),
    "channel.line-noise": ("line-noise", 0.95),
}  # fmt: skip
"""What each fault of the check is called as a label, and how sure it is (see the card)."""


class ArtifactAnnotator:
    """Labels artefacts in recordings of the scalp and of the head's magnetic field.

    Networks that were taught with simulated EEG judge blinks and glances as events, and muscle,
    pops, drifts, movements and noise in quarters of a second; whole channels are judged as the
    quality check does. Memory does not depend on the length of the recording.

    Examples
    --------
    >>> annotator = ArtifactAnnotator()
    >>> annotator.accepts(PurePosixPath("sub-01/eeg/sub-01_task-rest_eeg.vhdr"))
    True
    >>> annotator.accepts(PurePosixPath("sub-01/anat/sub-01_T1w.nii.gz"))
    False
    """

    name = "artifacts"
    title = "Blinks, glances, muscle, heart, mains, pops, bridges, drift, movement, bad channels"
    version = "1"
    kinds: Mapping[str, str] = KINDS
    card = "explanations/artifacts.md"
    requires = ""

    def accepts(self, place: PurePosixPath) -> bool:
        """Tell whether a file is a recording of EEG or MEG, or the first part of a split one."""
        word = place.stem.rsplit("_", 1)[-1]
        known = place.suffix in SUFFIXES and word in {"eeg", "meg"}
        return known and not is_later_part(place)

    def annotate(self, dataset: Path, place: PurePosixPath) -> Annotation:
        """Label one recording.

        Parameters
        ----------
        dataset : Path
            Top folder of a BIDS dataset.
        place : PurePosixPath
            The recording in it.

        Returns
        -------
        Annotation
            Labels by onset, pictures, chances for each second; findings where it cannot be read.
        """
        path = dataset / place
        try:
            source = Source(path.suffix, (PurePosixPath(path.name),), path.stat().st_size)
            if is_risky(path.parent, source):
                return run_apart(_annotate_one, path, str(place), timeout_s=_TIMEOUT_S)
            return _annotate_one(path, str(place))
        except (OSError, JobError) as error:
            code = error.code if isinstance(error, JobError) else type(error).__name__
            return _empty(_unreadable(str(place), code))


def _annotate_one(path: Path, place: str) -> Annotation:
    """Label a recording in this process."""
    try:
        header = apply_table(read_written_header(path), path)
        if not _has_sensors(header) or header.duration_s < _MIN_S:
            return _empty(_too_little(place))
        detector = ArtifactDetector(header, load_networks(), read_line_hz(path) or header.line_hz)
        maker = ChapterMaker(len(header.channels), header.sfreq_hz, detector.take)
        blocks = maker.watch(read_blocks(path, block_s=choose_block_s(header)))
        measures = measure_blocks(blocks, header)
    except FormatError as error:
        return _empty(_unreadable(place, error.code))
    return conclude(detector, measures)


# Bytes that are no samples become infinite; that is said in findings, not in the log.
@np.errstate(over="ignore", invalid="ignore")
def conclude(detector: ArtifactDetector, measures: Measures) -> Annotation:
    """Put together what chapters and whole channels showed.

    Parameters
    ----------
    detector : ArtifactDetector
        Which has taken all chapters.
    measures : Measures
        Of the whole recording.

    Returns
    -------
    Annotation
        Of the recording.
    """
    header = detector.header
    line_hz = find_line_hz(measures, detector.line_hz)
    end_s = measures.n_times / header.sfreq_hz
    channels = judge_channels(measures, header, line_hz)
    whole = list(_whole_labels(detector, channels))
    parts = _without_whole(join_labels(detector.labels, end_s), whole, end_s)
    labels = sorted([*whole, *parts], key=lambda label: (label.onset_s, label.kind, label.channels))
    group = detector.groups[0]
    return Annotation(
        ArtifactAnnotator.name,
        ArtifactAnnotator.version,
        tuple(labels),
        _measure(detector, labels, end_s),
        _series(detector, labels),
        draw_artifacts(detector.facts, group),
        settings={
            "line_hz": line_hz, "weights": "simulated EEG, version 1",
            "least_confidence": 0.5,
        },
    )  # fmt: skip


def _whole_labels(
    detector: ArtifactDetector, channels: Sequence[ChannelQuality]
) -> Iterator[Label]:
    """Yield what is said of channels for all of the recording."""
    for channel in channels:
        if channel.kind not in SENSORS:
            continue
        for code in channel.codes:
            if code == "channel.flat" and channel.verdict != "fail":
                continue  # Stretches that stand still have labels of their own.
            if code in _FAULTS:
                kind, confidence = _FAULTS[code]
                yield Label(kind, confidence, channels=(channel.name,), evidence=channel.metrics)
    yield from _bridge_labels(detector)
    yield from _heart_labels(detector)


def _bridge_labels(detector: ArtifactDetector) -> Iterator[Label]:
    """Yield a label for each pair of electrodes that gel joins."""
    group = detector.groups[0]
    if group.kind != "EEG" or len(group.rows) < _MIN_BRIDGE_CHANNELS or not detector.facts:
        return
    ratios = np.median([facts.bridges for facts in detector.facts], axis=0)
    for first, second in np.argwhere(np.triu(ratios < _BRIDGE_RATIO, 1)).tolist():
        ratio = float(ratios[first, second])
        yield Label(
            "bridge", float(1 / (1 + ratio / _BRIDGE_RATIO)),
            channels=(group.names[first], group.names[second]),
            evidence={"distance_ratio": ratio},
        )  # fmt: skip


def _heart_labels(detector: ArtifactDetector) -> Iterator[Label]:
    """Yield one label for the heart, if it beats in the sensors."""
    scores = [facts.heart for facts in detector.facts if facts.heart[0] > 0]
    if not scores:
        return
    score = float(np.median([beat[0] for beat in scores]))
    if score < _HEART_SCORE:
        return
    period_s = float(np.median([beat[1] for beat in scores]))
    heights = np.median([beat[2] for beat in scores], axis=0)
    group = detector.groups[0]
    names = tuple(
        name for name, height in zip(group.names, heights, strict=True) if height > _HEART_SHOWS
    )
    yield Label(
        "heart", score / (score + 0.25 * _HEART_SCORE), channels=names,
        evidence={"score": score, "per_minute": 60 / period_s},
    )  # fmt: skip


def _without_whole(
    labels: Sequence[Label], whole: Sequence[Label], end_s: float
) -> Iterator[Label]:
    """Yield stretches whose channels are not called so for all of the recording."""
    said = {(label.kind, name) for label in whole for name in label.channels}
    for label in labels:
        rest = tuple(name for name in label.channels if (label.kind, name) not in said)
        if label.channels and not rest:
            continue
        if label.kind == "noisy" and label.duration_s >= _WHOLE_SHARE * end_s:
            yield replace(label, onset_s=0.0, duration_s=math.inf, channels=rest)
        else:
            yield replace(label, channels=rest)


def _measure(
    detector: ArtifactDetector, labels: Sequence[Label], end_s: float
) -> dict[str, Measure]:
    """Return numbers of the whole recording."""
    n_blinks = sum(label.kind == "blink" for label in labels)
    bad = {
        n for label in labels if label.is_whole and label.kind != "heart" for n in label.channels
    }
    minutes = end_s / 60
    return {
        "blinks_per_minute": Measure(
            n_blinks / minutes if minutes else math.nan, "1/min", "Labels of blinks by time."
        ),
        "labelled_share": Measure(
            float(_labelled(detector, labels).mean()), "",
            "Share of quarters of a second that a label of limited time touches.",
        ),
        "bad_channels": Measure(
            float(len(bad)), "", "Channels that are flat, noisy, bridged or full of mains."
        ),
    }  # fmt: skip


def _labelled(detector: ArtifactDetector, labels: Sequence[Label]) -> NDArray[np.bool_]:
    """Return which bins a label of limited time touches."""
    touched = np.zeros(max(1, sum(len(facts.chances) for facts in detector.facts)), dtype=bool)
    for label in labels:
        if not label.is_whole:
            first = int(label.onset_s / BIN_S)
            touched[first : math.ceil((label.onset_s + label.duration_s) / BIN_S)] = True
    return touched


def _series(detector: ArtifactDetector, labels: Sequence[Label]) -> dict[str, tuple[float, ...]]:
    """Return the highest chance of each kind in each second."""
    if not detector.facts:
        return {}
    chances = np.vstack([facts.chances for facts in detector.facts])
    n_join = round(1 / BIN_S)
    cuts = np.arange(0, len(chances), n_join)
    seconds = np.maximum.reduceat(chances, cuts, axis=0)
    series = {
        kind: tuple(round(float(value), 3) for value in seconds[:, place])
        for place, kind in enumerate(LASTING)
    }
    for kind in ("blink", "saccade"):
        highest = np.zeros(len(seconds))
        for label in labels:
            if label.kind == kind:
                second = min(int(label.onset_s), len(seconds) - 1)
                highest[second] = max(highest[second], label.confidence)
        series[kind] = tuple(round(float(value), 3) for value in highest)
    return series


def _has_sensors(header: Header) -> bool:
    """Tell whether a recording has channels that this labels."""
    return header.sfreq_hz > 0 and any(channel.kind in SENSORS for channel in header.channels)


def _empty(finding: Finding) -> Annotation:
    """Return an annotation that only says why there is none."""
    return Annotation(ArtifactAnnotator.name, ArtifactAnnotator.version, findings=(finding,))


def _unreadable(place: str, code: str) -> Finding:
    """Say that a recording cannot be read."""
    return make_finding(
        "recording.unreadable", Severity.ERROR, place,
        f"The recording could not be read ({code}), so nothing in it is labelled.",
        "Replace the file by a whole one, or leave it out.",
    )  # fmt: skip


def _too_little(place: str) -> Finding:
    """Say that there is nothing to label."""
    return make_finding(
        "recording.short", Severity.NOTE, place,
        "The recording has no channel of EEG or MEG, or is shorter than ten seconds: nothing in "
        "it is labelled.",
        "Look at it yourself if it matters; correct the channel types if they are wrong.",
    )  # fmt: skip
