"""The whole story as the page shows it; the templates only lay it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fascicle.core import ENTITIES, Finding, Severity, say_count

from ._budget import TABLE_ROWS, Detail, choose_detail
from ._charts import draw_fair_ring, draw_verdicts
from ._kinds import say_kinds
from ._proof import group_to_read, split_limits
from ._recordings import (
    CHECKS,
    COUNT_WORDS,
    VERDICT_WORDS,
    RecordingView,
    view_recording,
)
from ._shapes import PolicyWords, Removed
from ._story import KIND, Decision, Outcome, RecordingStory, Story, hide_raw
from ._timing import view_alignments
from ._words import (
    TOO_SHORT,
    count_hits,
    say_briefly,
    say_bytes,
    say_confidence,
    say_duration,
    say_kind,
    say_participants,
    searched_for,
    summarise,
)

_ALL_OPEN = 12
"""Up to so many recordings are shown unfolded."""

_SECTIONS = (
    ("incoming", "What came in"),
    ("decisions", "What was decided"),
    ("recordings", "The recordings"),
    ("timing", "Timing between streams"),
    ("held", "Held back"),
    ("before", "Before and after"),
    ("findings", "Findings"),
    ("privacy", "The privacy proof"),
    ("fair", "FAIR score"),
    ("conditions", "Where it may go"),
    ("cite", "How to cite"),
)
_AFTER = {
    "name": "a made-up label such as sub-001",
    "id": "a made-up label such as sub-001",
    "label": "a neutral word: note for an event, CH001 for a channel",
    "path": "a name after the BIDS standard",
}
_DATES = {
    "year": "the year alone",
    "shift": "moved by a secret number of days for each person; intervals are kept",
    "keep": "as they were",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """One of the verdicts at the top of the page."""

    verdict: str
    title: str
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one code: the reason once, then where."""

    code: str
    reasons: tuple[str, ...]
    fix: str
    can_repair: bool
    places: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """Header fields of one kind: before and after."""

    kind: str
    count: int
    fields: tuple[tuple[str, int], ...]
    after: str


def view_story(told: Story) -> dict[str, Any]:
    """Return what the templates need, without anything that only the owner may see.

    Parameters
    ----------
    told : Story
        The story; raw names in it go no further than this function unless it is the owner's.
    """
    story = hide_raw(told)
    detail = _choose_detail(story)
    recordings = _recordings(story.recordings, "recording", detail, story)
    findings = _all_findings(story)
    return {
        "story": story,
        "dataset": story.dataset,
        "sentence": summarise(story),
        "stamps": _stamps(story, recordings),
        "figures": _figures(story),
        "species": ", ".join(story.dataset.species) or "not stated",
        "sections": _sections(story),
        "modalities": say_kinds(recording.header for recording in story.recordings),
        "entities": [e for e in (*ENTITIES, KIND) if any(e in d.labels for d in story.decisions)],
        "unsure": [d for d in story.decisions if _lowest(d) < 0.8],
        "recordings": recordings,
        "signals": tuple(item for item in recordings if item.is_signal),
        "others": _by_family(recordings),
        "held": _recordings(story.held, "held", detail, story),
        "alignments": view_alignments(story.alignments, detail),
        "checks": tuple(CHECKS),
        "is_long": len(recordings) > _ALL_OPEN,
        "verdict_bar": draw_verdicts(_count_verdicts(recordings)),
        "verdicts": _count_verdicts(recordings),
        "verdict_words": VERDICT_WORDS,
        "count_words": COUNT_WORDS,
        "findings": _group(findings),
        "n_findings": {s.value: sum(f.severity == s for f in findings) for s in Severity},
        "removed": _removed_rows(story.removed, story.policy),
        "n_removed": sum(item.count for item in story.removed),
        "searched": searched_for(story.proof) if story.proof else {},
        "n_too_short": story.proof.searched.get(TOO_SHORT, 0) if story.proof else 0,
        "to_read": group_to_read(story.proof.must_look) if story.proof else [],
        "limits": split_limits(story.proof.cannot_detect) if story.proof else ("", {}),
        "hits": count_hits(story.proof) if story.proof else None,
        "fair_ring": draw_fair_ring(story.fair.score, story.fair.letters) if story.fair else "",
        "say": {
            "bytes": say_bytes,
            "count": say_count,
            "duration": say_duration,
            "kind": say_kind,
            "confidence": say_confidence,
            "lowest": _lowest,
        },
    }


def _choose_detail(story: Story) -> Detail:
    """Share the page among all that is drawn on it."""
    told = story.recordings + story.held
    n_channels = max((len(item.header.channels) for item in told), default=0)
    n_pictures = sum(len(item.quality.pictures) for item in told if item.quality)
    return choose_detail(len(told), n_channels, n_pictures)


def _recordings(
    stories: tuple[RecordingStory, ...], name: str, detail: Detail, story: Story
) -> tuple[RecordingView, ...]:
    every = sum(len(item.header.channels) for item in story.recordings + story.held) <= TABLE_ROWS
    return tuple(
        view_recording(item, f"{name}-{k}", detail, every_channel=every, owner=story.owner)
        for k, item in enumerate(stories, start=1)
    )


def _by_family(recordings: Iterable[RecordingView]) -> dict[str, list[RecordingView]]:
    """Put recordings without channels in a BIDS format together by family."""
    groups: dict[str, list[RecordingView]] = defaultdict(list)
    for recording in recordings:
        if not recording.is_signal:
            groups[recording.family].append(recording)
    return dict(groups)


def _sections(story: Story) -> dict[str, tuple[int, str]]:
    """Return number and short title of each section of this page, by its anchor."""
    titles = dict(_SECTIONS)
    if not story.alignments:
        del titles["timing"]
    if not story.held:
        del titles["held"]
    return {name: (k, title) for k, (name, title) in enumerate(titles.items(), start=1)}


def _count_verdicts(recordings: Iterable[RecordingView]) -> dict[str, int]:
    counts = dict.fromkeys(("pass", "warn", "fail", "none"), 0)
    for recording in recordings:
        counts[recording.verdict if recording.verdict in counts else "none"] += 1
    return counts


def _lowest(decision: Decision) -> float:
    """Confidence of the least sure entity that is in the name."""
    named = [item.confidence for key, item in decision.entities.items() if key in decision.labels]
    return min(named, default=1.0)


def _all_findings(story: Story) -> list[Finding]:
    """Collect those of the run and of each recording, each once."""
    found = list(story.findings)
    for recording in story.recordings + story.held:
        found += list(recording.quality.findings) if recording.quality else []
    found += list(story.proof.findings) if story.proof else []
    return list(dict.fromkeys(found))


def _group(findings: Iterable[Finding]) -> dict[str, list[FindingGroup]]:
    """Sort by severity, then put those of one code and fix together."""
    piles: dict[tuple[Severity, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        piles[finding.severity, finding.code, finding.fix].append(finding)
    groups: dict[str, list[FindingGroup]] = {"error": [], "warning": [], "note": []}
    for (severity, code, fix), pile in piles.items():
        places = tuple(dict.fromkeys(_place(finding) for finding in pile))
        groups[Severity(severity).value].append(
            FindingGroup(
                code=code,
                reasons=tuple(dict.fromkeys(finding.reason for finding in pile)),
                fix=fix,
                can_repair=any(finding.repair for finding in pile),
                places=places,
                lines=tuple((_place(finding), finding.reason) for finding in pile),
            )
        )
    return groups


def _place(finding: Finding) -> str:
    return f"{finding.place} ({finding.raw_place})" if finding.raw_place else finding.place


def _removed_rows(removed: Iterable[Removed], policy: PolicyWords | None) -> list[RemovedRow]:
    fields: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item in removed:
        fields[item.kind][item.where] += item.count
    dates = _DATES.get(policy.dates, "gone") if policy else "gone"
    after = _AFTER | {"date": dates, "birthdate": "gone; the age in years, if it was known"}
    rows = [
        RemovedRow(
            kind=say_kind(kind),
            count=sum(places.values()),
            fields=tuple(sorted(places.items(), key=lambda pair: (-pair[1], pair[0]))),
            after=after.get(kind) or "gone",
        )
        for kind, places in fields.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.kind))


def _figures(story: Story) -> list[tuple[str, str]]:
    """Return the numbers at the top."""
    data = story.dataset
    n, _, people = say_participants(story).partition(" ")
    figures = [
        (f"{data.n_recordings:,}", "recording" if data.n_recordings == 1 else "recordings"),
        (n, people),
        *([(say_duration(data.duration_s), "recorded")] if data.duration_s else []),
        (say_bytes(data.n_bytes), "in the dataset"),
    ]
    if story.fair:
        figures.append((f"{story.fair.score:.0f} %", "FAIR score"))
    return figures


def _stamps(story: Story, recordings: tuple[RecordingView, ...]) -> list[Stamp]:
    return [
        _stamp_standard(story),
        _stamp_quality(recordings),
        _stamp_privacy(story),
        _stamp_outcome(story),
    ]


def _stamp_standard(story: Story) -> Stamp:
    errors, warnings = story.n_bids_errors, story.n_bids_warnings or 0
    if errors is None:
        return Stamp("none", "Standard", "Not checked by the BIDS validator", "findings")
    if errors:
        words = f"{say_count(errors, 'error')} from the BIDS validator"
        return Stamp("fail", "Standard", words, "findings")
    words = "Valid BIDS" + (f", {say_count(warnings, 'warning')}" if warnings else "")
    return Stamp("pass", "Standard", words, "findings")


def _stamp_quality(recordings: tuple[RecordingView, ...]) -> Stamp:
    counts = _count_verdicts(recordings)
    checked = len(recordings) - counts["none"]
    if not checked:
        return Stamp("none", "Quality", "Not checked", "recordings")
    words = f"{counts['pass']} of {checked} good"
    words += f", {counts['warn']} to look at" if counts["warn"] else ""
    words += f", {counts['fail']} with faults" if counts["fail"] else ""
    verdict = "fail" if counts["fail"] else "warn" if counts["warn"] else "pass"
    return Stamp(verdict, "Quality", words, "recordings")


def _stamp_privacy(story: Story) -> Stamp:
    if story.proof is None:
        return Stamp("none", "Privacy", "Not searched", "privacy")
    hits = count_hits(story.proof)
    if hits:
        return Stamp(
            "fail", "Privacy", f"{say_count(hits, 'place')} may identify someone", "privacy"
        )
    n_look = len(group_to_read(story.proof.must_look))
    words = "No known identifier found"
    words += f"; {say_count(n_look, 'thing')} for you to read" if n_look else ""
    return Stamp("pass", "Privacy", words, "privacy")


def _stamp_outcome(story: Story) -> Stamp:
    if story.outcome is Outcome.PUBLISHED:
        return Stamp("pass", "Sharing", "Published in the commons", "conditions")
    if story.outcome is Outcome.READY:
        return Stamp("pass", "Sharing", "Nothing stands against publishing", "conditions")
    why = say_briefly(story.why_held)
    if story.outcome is Outcome.REFUSED:
        return Stamp("fail", "Sharing", f"Refused: {why}" if why else "Refused", "conditions")
    words = f"Not published: {why}" if why else "Not published"
    return Stamp("warn", "Sharing", words, "conditions")
