"""A realistic story from generated signals: three people, two sessions each, 32 channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath

import numpy as np
import pytest
from tests.report.gallery import make_gallery

from fascicle.core import (
    Channel,
    Dataset,
    Event,
    Finding,
    Header,
    Inferred,
    Modality,
    Picture,
    Question,
    Severity,
    Tier,
)
from fascicle.report import Decision, Incoming, LeftOut, Outcome, RecordingStory, Story

NAMES = ["Fp1", "Fp2", "AF3", "AF4", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6",
         "T7", "C3", "Cz", "C4", "T8", "CP5", "CP1", "CP2", "CP6", "P7", "P3", "Pz", "P4", "P8",
         "PO3", "PO4", "O1", "Oz", "O2"]  # fmt: skip


@dataclass(frozen=True)
class ChannelStandIn:
    name: str
    verdict: str
    metrics: dict[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class QualityStandIn:
    verdict: str
    findings: tuple[Finding, ...]
    channels: tuple[ChannelStandIn, ...]
    freqs_hz: np.ndarray
    spectrum: np.ndarray
    preview: np.ndarray
    preview_times_s: np.ndarray
    line_hz: float | None
    extra: dict[str, float] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class ProofStandIn:
    findings: tuple[Finding, ...]
    searched: dict[str, int]
    n_files: int
    n_bytes: int
    permitted_labels: tuple[str, ...]
    cannot_detect: dict[str, str]
    must_look: tuple[str, ...]


@dataclass(frozen=True)
class FairTestStandIn:
    id: str
    principle: str
    title: str
    passed: bool
    points: float
    max_points: float
    reason: str
    fix: str


@dataclass(frozen=True)
class FairStandIn:
    score: float
    letters: dict[str, float]
    tests: tuple[FairTestStandIn, ...]


@dataclass(frozen=True)
class PolicyStandIn:
    title: str
    summary: str
    dates: str
    note: str = ""


@dataclass(frozen=True)
class RemovalStandIn:
    kind: str
    where: str
    count: int


def make_header(n_events: int, duration_s: float, *, names: list[str] = NAMES) -> Header:
    channels = [Channel(name, "EEG", "uV", 500.0) for name in names]
    channels += [Channel("VEOG", "VEOG", "uV", 500.0), Channel("Trigger", "TRIG", "n/a", 500.0)]
    onsets = np.linspace(8.0, duration_s - 8.0, n_events)
    labels = ("fixation", "target", "target", "standard", "response")
    events = tuple(Event(float(t), 0.0, labels[k % 5], k % 5) for k, t in enumerate(onsets))
    return Header(
        Modality.EEG, 500.0, round(500 * duration_s), tuple(channels), events, line_hz=50.0,
        reference="FCz",
    )  # fmt: skip


def make_quality(header: Header, bad: dict[str, tuple[str, str]], seed: int) -> QualityStandIn:
    rng = np.random.default_rng(seed)
    n = len(header.channels)
    freqs = np.arange(0.5, 125.25, 0.5)
    slope = rng.uniform(0.9, 1.3, (n, 1))
    alpha = rng.uniform(1.0, 9.0, (n, 1)) * np.exp(-0.5 * ((freqs - 10.1) / 1.1) ** 2)
    spectrum = 40.0 * freqs**-slope + alpha + 0.03
    spectrum += rng.uniform(0.3, 4.0, (n, 1)) * np.exp(-0.5 * ((freqs - 50) / 0.4) ** 2)
    spectrum *= rng.gamma(14.0, 1 / 14.0, spectrum.shape)
    n_bins = 500
    times = np.linspace(0, header.duration_s, n_bins, endpoint=False)
    drift = np.cumsum(rng.normal(0, 1.6, (n, n_bins)), axis=1)
    middle = drift - drift.mean(axis=1, keepdims=True) + rng.normal(0, 3000, (n, 1))
    half = rng.gamma(9.0, 2.2, (n, n_bins))
    verdicts = ["skip" if c.kind == "TRIG" else "pass" for c in header.channels]
    reasons = [""] * n
    for i, channel in enumerate(header.channels):
        if channel.name not in bad:
            continue
        verdicts[i], reasons[i] = bad[channel.name]
        if "flat" in reasons[i]:
            spectrum[i], half[i], middle[i] = 1e-6, 0.02, middle[i, 0]
        elif "mains" in reasons[i]:
            spectrum[i] += 900 * np.exp(-0.5 * ((freqs - 50) / 0.4) ** 2)
            half[i] *= 2.1
        else:
            spectrum[i] += 30.0
            half[i] *= 4.5
    low, high = middle - half, middle + half
    low[:, 300:318] = high[:, 300:318] = np.nan
    findings = tuple(
        Finding(
            f"channel.{code}", Severity.ERROR if verdict == "fail" else Severity.WARNING,
            "sub-01_ses-1_task-oddball_eeg.edf", f"Channel {name} is {why}.",
            "Look at the channel and mark it bad.", "quality",
        )
        for name, (verdict, why) in bad.items()
        for code in ("flat" if "flat" in why else "line-noise" if "mains" in why else "noisy",)
    )  # fmt: skip
    worst = "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "pass"
    channels = tuple(
        ChannelStandIn(
            c.name, verdicts[i],
            {"amplitude": float(np.nanmedian(half[i])), "flat_share": 0.0, "line_ratio": 0.031},
            (reasons[i],) if reasons[i] else (),
        )
        for i, c in enumerate(header.channels)
    )  # fmt: skip
    preview = np.stack([low, high], axis=-1).reshape(n, -1)
    return QualityStandIn(
        worst, findings, channels, freqs, spectrum, preview, np.repeat(times, 2), 50.0
    )


def make_recordings() -> tuple[RecordingStory, ...]:
    bad = {
        ("01", "2"): {"T8": ("fail", "flat for 62 % of the time"),
                      "O1": ("warn", "41 % of its power is mains")},
        ("02", "1"): {"Fp2": ("warn", "3.4 times as loud as its kind")},
        ("03", "2"): {"F7": ("fail", "8.2 times as loud as its kind"),
                      "T7": ("fail", "flat for 99 % of the time"),
                      "P8": ("warn", "37 % of its power is mains")},
    }  # fmt: skip
    stories = []
    for k, (person, session) in enumerate((p, s) for p in ("01", "02", "03") for s in ("1", "2")):
        header = make_header(61 + 13 * k, 437.0 + 61.5 * k)
        quality = make_quality(header, bad.get((person, session), {}), seed=k)
        path = f"sub-{person}/ses-{session}/eeg/sub-{person}_ses-{session}_task-oddball_eeg.edf"
        raw = f"Mustermann_Erika_{k:04d}.edf"
        stories.append(RecordingStory(path, header, quality, raw_names=(raw,)))
    return tuple(stories)


def make_decisions(recordings: tuple[RecordingStory, ...]) -> tuple[Decision, ...]:
    decisions = []
    for k, story in enumerate(recordings):
        name = PurePosixPath(story.bids_path).name
        labels = dict(
            zip(("participant", "session", "task"), (name[4:6], name[11], "oddball"), strict=True)
        )
        evidence = ("The second folder has one of 3 values, each with 2 files.",)
        entities = {
            "participant": Inferred("Mustermann_Erika", 0.98, evidence),
            "session": Inferred(
                "visite 2", 0.71 if k == 4 else 0.93, ("Dates in headers differ.",)
            ),
            "task": Inferred("oddball", 0.88, ("A word in every name.",)),
        }
        decisions.append(
            Decision(f"rec-{k + 1:04d}", name, labels, entities, story.raw_names)
        )  # fmt: skip
    return tuple(decisions)


def make_fair() -> FairStandIn:
    lines = (
        ("F1-01", "The dataset has a unique identifier", 1, 1, "It has an id.", ""),
        ("F1-02", "The identifier is persistent (a DOI)", 0, 2,
         "It has no persistent identifier yet; an archive gives one on publishing.",
         "Deposit it in an archive that gives DOIs."),
        ("F2-01", "It is described richly enough to be found", 2, 2, "7 of 7 core fields.", ""),
        ("A1-01", "It says who may have the data and how", 2, 2, "The tier is stated.", ""),
        ("I1-02", "The recordings are in open formats", 2, 2, "6 of 6 recordings.", ""),
        ("I3-01", "It points to what it belongs with", 0, 1, "It names no paper.",
         "Enter the paper's DOI under ReferencesAndLinks."),
        ("R1.1-01", "A licence is stated", 1, 1, "A licence is stated.", ""),
        ("R1-02", "The acquisition is described", 1.5, 2, "18 of 24 facts are known.",
         "Answer the questions of `fascicle look`."),
    )  # fmt: skip
    tests = tuple(
        FairTestStandIn(id_, id_.partition("-")[0], title, got >= most, got, most, why, fix)
        for id_, title, got, most, why, fix in lines
    )
    return FairStandIn(73.1, {"F": 60.0, "A": 100.0, "I": 66.7, "R": 83.3}, tests)


def make_proof() -> ProofStandIn:
    return ProofStandIn(
        findings=(),
        searched={"name": 9, "id": 6, "birthdate": 42, "date": 96, "operator": 8,
                  "institution": 5, "serial": 12, "path": 36},
        n_files=61,
        n_bytes=412_345_678,
        permitted_labels=("fixation", "response", "standard", "target", *NAMES),
        cannot_detect={
            "EDF": "A name in prose that nobody told us of; a voice in an audio channel.",
            "BrainVision": "Words in markers that are permitted labels.",
        },
        must_look=(
            "Read the permitted labels above: a name can hide in any word.",
            "Read README and the participants table once.",
            "Check whether a rare diagnosis, age or place makes someone stand out.",
        ),
    )  # fmt: skip


def make_story(*, owner: bool = False) -> Story:
    recordings = make_recordings()
    dataset = Dataset(
        "ds-4f53cda18c2b", "Auditory oddball in three listeners",
        "Scalp EEG of three listeners in two visits while they counted rare tones among frequent "
        "ones, recorded at 500 Hz with 32 electrodes.",
        authors=("Curie, Marie", "Noether, Emmy"), keywords=("EEG", "oddball"), licence="CC0",
        tier=Tier.CONTROLLED, species=("Homo sapiens",), tasks=("oddball",), modalities=("eeg",),
        n_participants=3, n_recordings=6, n_bytes=412_345_678,
        duration_s=sum(r.header.duration_s for r in recordings), ages_years=(23.0, 61.0),
        sexes={"F": 2, "M": 1},
    )  # fmt: skip
    findings = (
        Finding("bids.readme-short", Severity.WARNING, "README", "The README is very short.",
                "Write a paragraph on the study.", "bids-validator"),
        Finding("file.duplicate", Severity.NOTE, "rec-0007", "It has the bytes of rec-0003.",
                "Delete one of them.", "look", raw_place="alt/Mustermann_Erika_0002 (Kopie).edf"),
        Finding("participants.age-missing", Severity.WARNING, "participants.tsv",
                "The age of 1 of 3 participants is unknown.", "Add it to the table.", "look"),
    )  # fmt: skip
    return Story(
        dataset=dataset,
        outcome=Outcome.HELD,
        why_held="consent is missing",
        owner=owner,
        made_on=date(2026, 5, 4),
        incoming=(
            Incoming("European Data Format (EDF+)", 4, 4, 301_000_000, "EDF+", 4),
            Incoming("BrainVision", 2, 6, 131_000_000, "BrainVision", 2),
        ),
        left_out=(
            LeftOut("recording rec-0007", "It has the very bytes of rec-0003.",
                    "Delete one of them.", ("alt/Mustermann_Erika_0002 (Kopie).edf",)),
            LeftOut("4 files that are no recordings", "Notes and pictures are not shared."),
        ),
        decisions=make_decisions(recordings),
        recordings=recordings,
        questions=(
            Question("consent", "What do the participants allow?",
                     "Without it nothing may be published.", "I do not know", "--consent"),
            Question("line_hz", "What is the mains frequency?", "Filters need it.", "50",
                     "--line-hz", answer="50"),
        ),
        identity_confidence=0.97,
        n_bids_errors=0,
        n_bids_warnings=2,
        policy=PolicyStandIn(
            "Safe Harbor", "Of dates only the year stays, and ages over 89 are pooled.", "year"
        ),
        removed=(
            RemovalStandIn("name", "EDF header: patient", 6),
            RemovalStandIn("birthdate", "EDF header: patient", 6),
            RemovalStandIn("date", "EDF header: start", 6),
            RemovalStandIn("operator", "EDF header: recording", 4),
            RemovalStandIn("serial", "BrainVision: amplifier", 2),
            RemovalStandIn("label", "events", 17),
        ),
        findings=findings,
        proof=make_proof(),
        fair=make_fair(),
        conditions=("It may not be published: consent is missing for all 3 participants.",),
        citation="Curie, Marie; Noether, Emmy (unpublished). Auditory oddball in three listeners "
        "(version 1) [Data set]. ds-4f53cda18c2b",
        bibtex="@misc{ds-4f53cda18c2b,\n  author = {Curie, Marie and Noether, Emmy}\n}",
        made_with={"Fascicle": "0.1.0", "MNE-Python": "1.13.0", "Policy": "safe-harbour",
                   "BIDS": "1.10.1", "Seal": "3f5a9c0177e2b8d4"},
    )  # fmt: skip


def make_long_story(n_recordings: int) -> Story:
    """Many recordings, each with what the demo's third holds."""
    story = make_story()
    recordings = tuple(
        replace(
            story.recordings[k % 6],
            bids_path=f"sub-{k + 1:03d}/eeg/sub-{k + 1:03d}_task-oddball_eeg.edf",
        )
        for k in range(n_recordings)
    )
    return replace(story, recordings=recordings, decisions=make_decisions(recordings))


@pytest.fixture(scope="session")
def story() -> Story:
    return make_story()


@pytest.fixture(scope="session")
def owner_story() -> Story:
    return make_story(owner=True)


@pytest.fixture(scope="session")
def make_long() -> Callable[[int], Story]:
    return make_long_story


@pytest.fixture(scope="session")
def mixed_story() -> Story:
    return make_gallery(make_story())


@pytest.fixture(scope="session")
def mixed_owner_story() -> Story:
    return make_gallery(make_story(owner=True))
