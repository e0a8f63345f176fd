"""One recording as the page shows it: words, numbers and pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from fascicle.core import Channel, Event, Family, Finding, Severity

from ._budget import Detail
from ._facts import list_facts, say_contents
from ._kinds import FAMILIES, say_kind_of
from ._layout import SENSOR_KINDS, find_layout
from ._pictures import EXPOSED, Drawn, draw_pictures
from ._sensors import draw_sensors
from ._shapes import ChannelResult, Quality
from ._spectrum import Spectrum, draw_spectrum
from ._story import RecordingStory
from ._svg import Array
from ._timeline import Timeline, draw_timeline, event_classes
from ._words import say_duration

VERDICT_WORDS = {
    "pass": "good",
    "warn": "look at it",
    "fail": "has faults",
    "skip": "not judged",
    "none": "not checked",
}
"""What a verdict means to a reader."""

COUNT_WORDS = {
    "pass": "good",
    "warn": "to look at",
    "fail": "with faults",
    "none": "not checked",
}
"""The same after a number of recordings."""

CHECKS = {
    "Flat": ("channel.flat",),
    "Clipped": ("channel.clipped",),
    "Noisy": ("channel.noisy", "channel.quiet", "recording.bad-channels"),
    "Mains": ("channel.line-noise",),
    "Samples": ("channel.not-finite", "recording.dropped-samples", "recording.unreadable"),
    "Gaps": ("recording.gaps", "recording.length"),
    "Metadata": (),
}
"""Columns of the overview, and the codes of findings that belong to each; others are metadata."""

_METRICS = {
    "amplitude": "Amplitude",
    "flat_share": "Flat",
    "clipped_share": "Clipped",
    "line_ratio": "Mains",
}
_MAX_LEGEND = 12
_DISPLAY = {"V": ("\N{MICRO SIGN}V", 1e6), "T": ("fT", 1e15), "T/m": ("fT/cm", 1e13)}
_GRAVITY = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A line of the channel table."""

    name: str
    kind: str
    verdict: str
    numbers: tuple[str, ...]
    reasons: str


@dataclass(frozen=True, slots=True)
class RecordingView:
    """What the template shows of one recording."""

    anchor: str
    name: str
    path: str
    kind: str
    is_signal: bool
    family: str
    contents: str
    verdict: str
    facts: tuple[tuple[str, str], ...]
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    spectrum: str
    sensors: str
    sensors_words: str
    timeline: str
    legend: tuple[tuple[str, str, int], ...]
    n_more_labels: int
    columns: tuple[str, ...]
    channels: tuple[ChannelRow, ...]
    n_channels_hidden: int
    raw_names: tuple[str, ...]
    n_marked: int
    duration: str
    n_channels: int
    pictures: tuple[Drawn, ...]
    picture_notes: tuple[str, ...]
    exposed: str


def view_recording(
    story: RecordingStory,
    anchor: str,
    detail: Detail,
    *,
    every_channel: bool,
    owner: bool = False,
) -> RecordingView:
    """Turn a recording into what the page shows.

    Parameters
    ----------
    story : RecordingStory
        The recording.
    anchor : str
        What links to it point to: ``"recording-1"``.
    detail : Detail
        How finely to draw.
    every_channel : bool
        False lists only channels with a problem.
    owner : bool
        False leaves out pictures in which a person can be recognised.
    """
    quality, header = story.quality, story.header
    results = {channel.name: channel for channel in quality.channels} if quality else {}
    verdicts = {name: channel.verdict for name, channel in results.items()}
    reasons = {name: "; ".join(channel.reasons) for name, channel in results.items()}
    layout = find_layout(header)
    # Points of a body and columns of a table are no channels that anybody judged.
    rows = [_row(channel, results.get(channel.name)) for channel in header.channels if results]
    shown = [row for row in rows if every_channel or row.verdict in {"warn", "fail"}]
    legend, n_more = _legend(header.events)
    pictures, notes = draw_pictures(quality.pictures if quality else (), detail, owner=owner)
    family = header.modality.family
    return RecordingView(
        anchor=anchor,
        name=PurePosixPath(story.bids_path).name.partition(".")[0],
        path=story.bids_path,
        kind=say_kind_of(header),
        is_signal=family is Family.SIGNAL,
        family=FAMILIES[family],
        contents=say_contents(header, quality),
        verdict=quality.verdict if quality else "none",
        facts=list_facts(header, quality),
        checks=_check_cells(quality),
        findings=_sorted_findings(quality),
        spectrum=_spectrum(story, detail),
        sensors=draw_sensors(layout, verdicts, reasons),
        sensors_words=("Sensors" if layout.has_head else "Contacts")
        + " from above, nose up"
        + ("." if layout.is_measured else "; nominal places, not measured."),
        timeline=_timeline(story, detail),
        legend=legend,
        n_more_labels=n_more,
        columns=tuple(_METRICS.values()),
        channels=tuple(shown),
        n_channels_hidden=len(rows) - len(shown),
        raw_names=story.raw_names,
        n_marked=sum(verdict in {"warn", "fail"} for verdict in verdicts.values()),
        duration=say_duration(header.duration_s),
        n_channels=len(header.channels),
        pictures=pictures,
        picture_notes=notes,
        exposed=EXPOSED.get(header.exposes, header.exposes and "somebody who can be recognised"),
    )


def display_unit(unit: str) -> tuple[str, float]:
    """Return the unit in which people read a BIDS unit, and the factor to it.

    Examples
    --------
    >>> display_unit("T/m"), display_unit("n/a")
    (('fT/cm', 10000000000000.0), ('n/a', 1.0))
    """
    if unit in _DISPLAY:
        return _DISPLAY[unit]
    micro = unit.startswith("u") and len(unit) > 1
    return ("\N{MICRO SIGN}" + unit[1:] if micro else unit), 1.0


def _sorted_findings(quality: Quality | None) -> tuple[Finding, ...]:
    findings = quality.findings if quality else ()
    return tuple(sorted(findings, key=lambda finding: _GRAVITY[finding.severity]))


def _check_cells(quality: Quality | None) -> tuple[str, ...]:
    """Return one of ``pass``, ``note``, ``warn``, ``fail``, ``none`` for each of `CHECKS`."""
    if quality is None:
        return ("none",) * len(CHECKS)
    known = {code: column for column, codes in CHECKS.items() for code in codes}
    worst = dict.fromkeys(CHECKS, 0)
    rank = {Severity.NOTE: 1, Severity.WARNING: 2, Severity.ERROR: 3}
    for finding in quality.findings:
        column = known.get(finding.code, "Metadata")
        worst[column] = max(worst[column], rank[finding.severity])
    return tuple(("pass", "note", "warn", "fail")[level] for level in worst.values())


def _main_rows(channels: Sequence[Channel], results: Sequence[ChannelResult]) -> list[int]:
    """Rows of the judged channels that share the commonest kind and unit of brain channels."""
    if len(channels) != len(results):
        return []
    kinds = Counter((c.kind, c.unit) for c in channels if c.kind.upper() in SENSOR_KINDS)
    kinds = kinds or Counter((c.kind, c.unit) for c in channels)
    if not kinds:
        return []
    main = kinds.most_common(1)[0][0]
    return [
        i
        for i, channel in enumerate(channels)
        if (channel.kind, channel.unit) == main and results[i].verdict != "skip"
    ]


def _spectrum(story: RecordingStory, detail: Detail) -> str:
    quality, channels = story.quality, story.header.channels
    if quality is None:
        return ""
    rows = _main_rows(channels, quality.channels)
    power = np.asarray(quality.spectrum, dtype=np.float64)
    if not rows or power.ndim != 2 or len(power) != len(channels):
        return ""
    unit, factor = display_unit(channels[rows[0]].unit)
    return draw_spectrum(
        Spectrum(
            freqs_hz=np.asarray(quality.freqs_hz, dtype=np.float64),
            power=power[rows] * factor**2,
            names=[channels[i].name for i in rows],
            verdicts=[quality.channels[i].verdict for i in rows],
            unit=unit,
            line_hz=quality.line_hz,
        ),
        detail,
    )


def _timeline(story: RecordingStory, detail: Detail) -> str:
    quality, header = story.quality, story.header
    if quality is None:
        return ""
    rows = _main_rows(header.channels, quality.channels)
    preview = np.asarray(quality.preview, dtype=np.float64)
    if not rows or preview.ndim != 2 or len(preview) != len(header.channels):
        return ""
    unit, factor = display_unit(header.channels[rows[0]].unit)
    times_s, envelope = _pair_up(np.asarray(quality.preview_times_s, dtype=np.float64), preview)
    return draw_timeline(
        Timeline(
            times_s=times_s,
            envelope=envelope[rows] * factor,
            names=[header.channels[i].name for i in rows],
            verdicts=[quality.channels[i].verdict for i in rows],
            unit=unit,
            duration_s=header.duration_s,
            events=header.events,
            gaps_s=story.gaps_s,
        ),
        detail,
    )


def _pair_up(times_s: Array, preview: Array) -> tuple[Array, Array]:
    """Turn lowest and highest in turn into bins, shape (n_channels, 2, n_bins)."""
    n_bins = min(preview.shape[1], times_s.size) // 2
    pairs = preview[:, : 2 * n_bins].reshape(len(preview), n_bins, 2)
    starts = times_s[: 2 * n_bins : 2]
    half = float(starts[1] - starts[0]) / 2 if n_bins > 1 else 0.0
    return starts + half, np.moveaxis(pairs, 2, 1)


def _row(channel: Channel, result: ChannelResult | None) -> ChannelRow:
    if result is None:
        return ChannelRow(channel.name, channel.kind, "none", ("",) * len(_METRICS), "")
    numbers = tuple(_metric(result, name, channel.unit) for name in _METRICS)
    return ChannelRow(
        channel.name, channel.kind, result.verdict, numbers, "; ".join(result.reasons)
    )


def _metric(result: ChannelResult, name: str, unit: str) -> str:
    value = result.metrics.get(name)
    if value is None or not np.isfinite(value):
        return ""
    if name != "amplitude":
        # A tenth of a percent of clipped samples is worth a warning: it is not nothing.
        return f"{value:.0%}" if value == 0 or value >= 0.0995 else f"{value:.1%}"
    shown, factor = display_unit(unit)
    return f"{value * factor:.3g} {shown}"


def _legend(events: Sequence[Event]) -> tuple[tuple[tuple[str, str, int], ...], int]:
    """Return colour, label and count of the commonest event labels, and how many labels more."""
    counts = Counter(event.label for event in events)
    classes = event_classes(events)
    lines = [(classes[label], label or "(no label)", counts[label]) for label in classes]
    return tuple(lines[:_MAX_LEGEND]), max(len(lines) - _MAX_LEGEND, 0)
