"""What a header says that cannot be, or that should be there and is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fascicle.core import Channel, Finding, Header, Severity, say_count

from ._kinds import BODY, BRAIN, expects_other_unit

GAP_LABEL = "BAD_ACQ_SKIP"
"""MNE-Python's name for a stretch that was not recorded."""

MAX_NAMES = 10


def make_finding(code: str, severity: Severity, place: str, reason: str, fix: str) -> Finding:
    """Make a finding of this room."""
    return Finding(code, severity, place, reason, fix, origin="quality")


def name_some(names: list[str]) -> str:
    """Write channel names as a list, cut after the tenth."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def is_gap(label: str) -> bool:
    """Tell whether an event marks a stretch that was not recorded."""
    return label.strip().upper().startswith(GAP_LABEL)


def check_header(header: Header, place: str) -> list[Finding]:
    """Return what is missing or impossible in a header."""
    return [
        *_check_sampling(header, place),
        *_check_channels(header, place),
        *_check_filters(header, place),
        *_check_events(header, place),
    ]


def _check_sampling(header: Header, place: str) -> Iterator[Finding]:
    """Judge rate and length."""
    if not header.sfreq_hz > 0:
        yield make_finding(
            "recording.sampling-rate", Severity.ERROR, place,
            "The header states no sampling rate above zero.",
            "Export the recording again, or leave it out.",
        )  # fmt: skip
    if header.n_times <= 0:
        yield make_finding(
            "recording.empty", Severity.ERROR, place, "The recording holds no samples.",
            "Export the recording again, or leave it out.",
        )  # fmt: skip


def _check_channels(header: Header, place: str) -> Iterator[Finding]:
    """Judge which channels there are and what they are called."""
    names = Counter(channel.name for channel in header.channels)
    repeated = sorted(name for name, count in names.items() if count > 1)
    unknown = [c.name for c in header.channels if expects_other_unit(c.kind, c.unit)]
    if not any(channel.kind in BRAIN | BODY for channel in header.channels):
        yield make_finding(
            "recording.no-signal", Severity.ERROR, place,
            f"None of the {len(header.channels)} channels records the brain or the body.",
            "Correct the channel types, or leave the recording out.",
        )  # fmt: skip
    if repeated:
        yield make_finding(
            "recording.repeated-names", Severity.ERROR, place,
            f"{len(repeated)} channel names occur more than once: {name_some(repeated)}.",
            "Give every channel a name of its own.",
        )  # fmt: skip
    if unknown:
        yield make_finding(
            "recording.unit", Severity.WARNING, place,
            f"The unit of {len(unknown)} channels is missing or does not fit their type: "
            f"{name_some(unknown)}.",
            "State the unit in channels.tsv; amplitudes of these channels were not judged.",
        )  # fmt: skip


def _check_filters(header: Header, place: str) -> Iterator[Finding]:
    """Judge filter edges against one another and the sampling rate."""
    wrong = [channel.name for channel in header.channels if _has_impossible_filter(channel)]
    if wrong:
        yield make_finding(
            "recording.filter", Severity.WARNING, place,
            f"The filter of {len(wrong)} channels cannot be as stated (its edges are reversed or "
            f"negative): {name_some(wrong)}.",
            "Correct low_cutoff and high_cutoff in channels.tsv, or write n/a.",
        )  # fmt: skip
    if header.line_hz is not None and not 45 <= header.line_hz <= 65:
        yield make_finding(
            "recording.line-frequency", Severity.WARNING, place,
            "The stated power-line frequency is neither 50 nor 60 Hz.",
            "Correct PowerLineFrequency in the sidecar.",
        )  # fmt: skip


def _has_impossible_filter(channel: Channel) -> bool:
    """Tell whether a channel's pass band is empty or negative."""
    low, high = channel.low_cutoff_hz, channel.high_cutoff_hz
    if (low is not None and low < 0) or (high is not None and high < 0):
        return True
    return low is not None and high is not None and 0 < high <= low


def _check_events(header: Header, place: str) -> Iterator[Finding]:
    """Judge gaps, and events outside the recording."""
    gaps = [event for event in header.events if is_gap(event.label)]
    if gaps or not header.is_continuous:
        lost_s = sum(event.duration_s for event in gaps)
        yield make_finding(
            "recording.gaps", Severity.WARNING, place,
            f"The recording was interrupted ({say_count(len(gaps), 'marked gap')}, {lost_s:.3g} s)."
            if gaps else "The header says that the recording was interrupted.",
            "Analyse the stretches apart; filters must not run over a gap.",
        )  # fmt: skip
    if header.duration_s > 0:
        # One sample of grace: an event may stand at the very end.
        end_s = header.duration_s + 1 / header.sfreq_hz
        outside = sum(not 0 <= event.onset_s <= end_s for event in header.events)
        if outside:
            yield make_finding(
                "recording.events-outside", Severity.WARNING, place,
                f"{outside} of {len(header.events)} events lie before the start or after the end.",
                "Check the event times against the recording; it may have been cut.",
            )  # fmt: skip
