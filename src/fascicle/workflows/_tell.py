"""The story of a run, for the report that goes with the dataset and for the owner's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle import __version__
from fascicle.core import (
    Consent,
    Event,
    Finding,
    Inferred,
    PlannedRecording,
    Severity,
    say_count,
)
from fascicle.describe import (
    FairScore,
    describe_conditions,
    describe_dataset,
    format_citation,
    make_bibtex,
)
from fascicle.formats import registry
from fascicle.protect import Removal, ScanResult
from fascicle.quality import UNVALIDATED, RecordingQuality
from fascicle.report import (
    KIND,
    Decision,
    Incoming,
    LeftOut,
    Outcome,
    RecordingStory,
    Story,
    write_report,
)

from ._faces import tell_faces
from ._headers import parse_header
from ._options import Published
from ._settle import Decisions
from ._stage import Staged
from ._timing import tell_timings
from ._video_told import tell_masked
from ._workspace import Workspace


@dataclass(frozen=True, slots=True)
class Telling:
    """What there is to tell.

    Attributes
    ----------
    decisions, staged, consents, space
        The run.
    bids : tuple of Finding
        What the official validator said.
    fair : FairScore or None
        The FAIR score.
    proof : ScanResult or None
        What the scan did.
    """

    decisions: Decisions
    staged: Staged
    consents: Mapping[str, Consent]
    bids: tuple[Finding, ...]
    fair: FairScore | None
    proof: ScanResult | None
    space: Workspace

    def findings(self) -> tuple[Finding, ...]:
        """Return everything that was seen, in the order in which it was seen."""
        recorded = [
            Finding(**(finding | {"severity": Severity(finding["severity"])}))
            for entry in self.staged.entries.values()
            for finding in entry["findings"]
        ]
        quality = [
            finding
            for entry in self.staged.entries.values()
            for finding in RecordingQuality.from_dict(entry["quality"]).findings
        ]
        proof = self.proof.findings if self.proof else ()
        plan = self.decisions.plan.findings
        return (*plan, *self.staged.findings, *recorded, *quality, *self.bids, *proof)


def tell(
    telling: Telling,
    path: Path,
    *,
    owner: bool = False,
    held: Sequence[str] = (),
    refused: bool = False,
    published: Published | None = None,
) -> None:
    """Write a report.

    Parameters
    ----------
    telling : Telling
        What there is to tell.
    path : Path
        Where.
    owner : bool
        True shows raw names.
    held : sequence of str
        Why it is not published.
    refused : bool
        True if the proof found an identifier.
    published : Published or None
        Its name in a commons.
    """
    write_report(path, make_story(telling, owner=owner, held=held, refused=refused,
                                  published=published))  # fmt: skip


def make_story(
    telling: Telling,
    *,
    owner: bool,
    held: Sequence[str],
    refused: bool,
    published: Published | None,
) -> Story:
    """Return the story that a report tells."""
    decisions, staged = telling.decisions, telling.staged
    folder = telling.space.stage if telling.space.stage.exists() else telling.space.out
    dataset = describe_dataset(folder, tier=decisions.about.tier)
    outcome = Outcome.REFUSED if refused else Outcome.HELD if held else Outcome.READY
    outcome = Outcome.PUBLISHED if published else outcome
    planned = {recording.key: recording for recording in decisions.plan.recordings}
    severities = Counter(finding.severity for finding in telling.bids)
    is_validated = not UNVALIDATED & {finding.code for finding in telling.bids}
    return Story(
        dataset=dataset,
        outcome=outcome,
        why_held="; ".join(held),
        owner=owner,
        # A full date in what is shared would be told apart from a participant's by nobody.
        made_on=decisions.plan.made_at.date() if owner else None,
        incoming=_incoming(staged),
        left_out=_left_out(telling, planned),
        decisions=tuple(
            _decision(path, entry, planned.get(entry["recording"]))
            for path, entry in staged.entries.items()
        ),
        recordings=tuple(
            _recording(path, entry, planned.get(entry["recording"]))
            for path, entry in staged.entries.items()
        ),
        held=_held(telling, planned) if owner else (),
        alignments=tell_timings(staged.timings),
        questions=decisions.plan.questions,
        identity_confidence=decisions.plan.identity_confidence,
        n_bids_errors=severities[Severity.ERROR] if is_validated else None,
        n_bids_warnings=severities[Severity.WARNING],
        policy=replace(decisions.policy, summary=decisions.about.policy),
        removed=_removed(staged),
        findings=_beside_quality(telling),
        proof=telling.proof,
        faces=(
            *tell_faces((*staged.entries.values(), *staged.held.values())),
            *tell_masked(staged.entries.values()),
        ),
        fair=telling.fair,
        conditions=describe_conditions(
            telling.consents, decisions.about.tier, species=dataset.species
        ),
        citation=format_citation(dataset),
        bibtex=make_bibtex(dataset),
        made_with=_made_with(telling, published),
    )


def _incoming(staged: Staged) -> tuple[Incoming, ...]:
    titles = {name: plugin.title for name, plugin in registry().items()}
    rows = []
    for name in sorted({entry["format"] for entry in staged.entries.values()}):
        entries = [entry for entry in staged.entries.values() if entry["format"] == name]
        written = sorted({entry["written_as"] for entry in entries})
        rows.append(
            Incoming(
                format=titles.get(name, name),
                n_recordings=len(entries),
                n_files=sum(entry["n_source_files"] for entry in entries),
                n_bytes=sum(entry["n_bytes"] for entry in entries),
                written_as=", ".join(titles.get(word, word) for word in written),
                n_copied=sum(entry["copied"] for entry in entries),
            )
        )
    return tuple(rows)


def _left_out(telling: Telling, planned: Mapping[str, PlannedRecording]) -> tuple[LeftOut, ...]:
    fixes = {f.place: f.fix for f in telling.staged.findings if f.code == "recording.failed"}
    rows = [
        LeftOut(
            what=f"recording {key}",
            reason=reason,
            fix=fixes.get(key, ""),
            raw_names=_raw_names(planned.get(key)),
        )
        for key, reason in sorted(telling.staged.left_out.items())
    ]
    excluded = [r for r in telling.decisions.plan.recordings if not r.include]
    if excluded:
        names = tuple(str(recording.source.primary) for recording in excluded)
        what = say_count(len(excluded), "recording")
        rows.append(
            LeftOut(what, "Left out by the plan: copies of others, or by choice.", "", names)
        )
    ignored = telling.decisions.plan.ignored
    if ignored:
        rows.append(
            LeftOut(
                say_count(len(ignored), "other file"),
                "Neither recordings nor tables of participants.",
                "",
                tuple(ignored),
            )
        )
    return tuple(rows)


def _raw_names(recording: PlannedRecording | None) -> tuple[str, ...]:
    return tuple(str(path) for path in recording.source.files) if recording else ()


def _decision(path: str, entry: Mapping[str, Any], planned: PlannedRecording | None) -> Decision:
    name = PurePosixPath(path).name
    pairs = [part.partition("-") for part in name.split("_") if "-" in part]
    words = {"sub": "participant", "ses": "session", "acq": "acquisition"}
    labels = {words.get(key, key): value.split(".")[0] for key, _, value in pairs}
    kind = name.partition(".")[0].rpartition("_")[2]
    entities = {"participant": Inferred("", 1.0)}
    return Decision(
        key=entry["recording"],
        bids_name=name,
        labels=labels | {KIND: kind},
        entities={**planned.entities, KIND: planned.suffix} if planned else entities,
        raw_names=_raw_names(planned),
    )


def _recording(
    path: str, entry: Mapping[str, Any], planned: PlannedRecording | None
) -> RecordingStory:
    header = parse_header(entry["header"])
    return RecordingStory(
        bids_path=path,
        header=header,
        quality=RecordingQuality.from_dict(entry["quality"]),
        gaps_s=tuple(_gap(event) for event in header.events if _is_gap(event)),
        raw_names=_raw_names(planned),
    )


def _held(telling: Telling, planned: Mapping[str, PlannedRecording]) -> tuple[RecordingStory, ...]:
    """Return what was held back, for its owner alone."""
    return tuple(
        _recording(path, entry, planned.get(entry["recording"]))
        for path, entry in telling.staged.held.items()
    )


def _is_gap(event: Event) -> bool:
    return event.label.upper().startswith("BAD_ACQ_SKIP") and event.duration_s > 0


def _gap(event: Event) -> tuple[float, float]:
    return (event.onset_s, event.onset_s + event.duration_s)


def _removed(staged: Staged) -> tuple[Removal, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for entry in staged.entries.values():
        for kind, where, count in entry["removed"]:
            counts[kind, where] += count
    return tuple(Removal(kind, where, n) for (kind, where), n in sorted(counts.items()))


def _beside_quality(telling: Telling) -> tuple[Finding, ...]:
    """Return the findings without those of the recordings' quality, which stand with them."""
    return tuple(finding for finding in telling.findings() if finding.origin != "quality")


def _made_with(telling: Telling, published: Published | None) -> dict[str, str]:
    made = {
        "Fascicle": __version__,
        "MNE-BIDS": version("mne-bids"),
        "MNE-Python": version("mne"),
        "Policy": telling.decisions.policy.name,
    }
    if published:
        made["Published as"] = str(published)
    return made
