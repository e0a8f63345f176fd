"""Time alignment between the streams of one session: found, tested, told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Event, Finding, Header, Severity
from fascicle.maths import MIN_PULSES, Alignment, align_pulses
from fascicle.report import AlignmentStory

from ._clocks import IN_ONE_FILE, Claim, Stated, check_claim, find_stated, part_by_device
from ._headers import parse_header

_MAX_CLASSES = 6
_MAX_POINTS = 400
_WARN_S = 0.002
_REGULAR = 0.8
_CLAIMS = {"same": "agrees", "other": "contradicted", "untested": "untested"}


@dataclass(frozen=True, slots=True)
class Stream:
    """A recording of a session, as far as its time goes.

    Attributes
    ----------
    path : str
        In the dataset.
    header : Header
        What may leave: its events are the pulses.
    raw : Header or None
        As read: when it began, to the second or better, and what stamped it.
    device : str
        Which device of the recording it is; empty for all of it.
    """

    path: str
    header: Header
    raw: Header | None = None
    device: str = ""

    @property
    def kind(self) -> str:
        """The folder of its modality: recordings of one kind follow one another."""
        return PurePosixPath(self.path).parent.name

    def pulses(self) -> dict[str, NDArray[np.float64]]:
        """Return the times of each kind of event that is frequent enough, and of all together."""
        times: dict[str, list[float]] = {}
        for event in self.header.events:
            times.setdefault(_name(event), []).append(event.onset_s)
        frequent = sorted(times.items(), key=lambda item: (-len(item[1]), item[0]))
        kept = {k: np.unique(v) for k, v in frequent[:_MAX_CLASSES] if len(v) >= MIN_PULSES}
        everything = np.unique([event.onset_s for event in self.header.events])
        return kept | ({"": everything} if len(everything) >= MIN_PULSES else {})


@dataclass(frozen=True, slots=True)
class Timing:
    """How two streams of a session lie on one clock.

    Attributes
    ----------
    session : str
        Folder of the session: ``"sub-001/ses-01"``.
    first, second : str
        Paths; the clock of the first is kept.
    method : str
        ``"shared clock"`` (headers say so), ``"TTL pulses"`` or ``"timestamps"`` (the clocks of
        computers).
    offset_s : float
        What has to be added to a time of the second stream, in seconds: what pulses say goes
        before what is stated.
    alignment : Alignment or None
        What the pulses say; None where only the clocks of computers tell.
    times_s : ndarray of float64, shape (n_matched,)
        Matched pulses on the clock that is kept, in seconds.
    claim : Claim or None
        What the headers say of a shared clock, and whether it was borne out.
    devices : tuple of (str, str)
        Which devices of one recording they are; empty texts for whole recordings.
    """

    session: str
    first: str
    second: str
    method: str
    offset_s: float
    alignment: Alignment | None = None
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    claim: Claim | None = None
    devices: tuple[str, str] = ("", "")

    @property
    def drift_ppm(self) -> float:
        """How much faster the second clock runs than the one that is kept."""
        slower = self.alignment.drift_ppm if self.alignment else 0.0
        return 1e6 * (1 / (1 + slower * 1e-6) - 1)

    @property
    def residuals_s(self) -> NDArray[np.float64]:
        """What is left of each matched pulse, in seconds."""
        return self.alignment.residuals_s if self.alignment else np.zeros(0)


def find_timings(
    entries: Mapping[str, Mapping[str, Any]], headers: Mapping[str, Header]
) -> tuple[Timing, ...]:
    """Lay the streams of each session on the clock of the one with most pulses.

    Recordings of one kind follow one another: they are compared only if their headers say that one
    clock stamped both. Devices of one recording are compared by the lines that each has.

    Parameters
    ----------
    entries : mapping of str to mapping
        Journal entries by path in the dataset.
    headers : mapping of str to Header
        Raw headers by the recordings' keys.

    Returns
    -------
    tuple of Timing
        By session and path.
    """
    sessions: dict[str, list[Stream]] = {}
    for path, entry in sorted(entries.items()):
        stream = Stream(path, parse_header(entry["header"]), headers.get(entry["recording"]))
        session = PurePosixPath(path).parent.parent.as_posix()
        sessions.setdefault(session, []).append(stream)
    return tuple(
        timing for session, streams in sessions.items() for timing in _compare(session, streams)
    )


def _compare(session: str, streams: Sequence[Stream]) -> Iterator[Timing]:
    """Yield a timing for each pair of streams that ran together or share pulses."""
    streams = sorted(streams, key=lambda stream: -len(stream.header.events))
    for at, second in enumerate(streams):
        yield from _compare_devices(session, second)
        stated = [(first, find_stated(first.raw, second.raw)) for first in streams[:at]]
        # Who shares a clock with it goes before who shares pulses.
        for first, claim in sorted(stated, key=lambda pair: pair[1] is None):
            if first.kind == second.kind and claim is None:
                continue
            timing = _align(session, first, second, claim)
            if timing is not None:
                yield timing
                break  # it is on a clock of the session now


def _compare_devices(session: str, stream: Stream) -> Iterator[Timing]:
    """Yield what pulses say of the clocks of a recording's devices, where they say anything."""
    parts = [
        Stream(stream.path, header, None, device)
        for device, header in part_by_device(stream.header).items()
    ]
    parts.sort(key=lambda part: (-len(part.header.events), part.device))
    for second in parts[1:]:
        timing = _test(session, parts[0], second, Stated(0.0, IN_ONE_FILE))
        if timing.alignment is not None:
            yield timing


def _test(session: str, first: Stream, second: Stream, stated: Stated) -> Timing:
    """Return what headers say of a shared clock, tested by pulses where there are any."""
    claim, test, times_s = check_claim(first.pulses(), second.pulses(), stated)
    alignment = test.alignment if test else None
    offset_s = alignment.offset_s if alignment and claim.verdict == "other" else stated.offset_s
    return Timing(
        session,
        first.path,
        second.path,
        "shared clock",
        offset_s,
        alignment,
        times_s,
        claim,
        (first.device, second.device),
    )


def _align(
    session: str, first: Stream, second: Stream, stated: Stated | None = None
) -> Timing | None:
    """Lay the second stream on the first one's clock; None if nothing says that they belong."""
    if stated is not None:
        # What a sorter found has no length of its own: it has that of what was sorted.
        has_lengths = first.header.duration_s > 0 and second.header.duration_s > 0
        ran_together = not has_lengths or _overlap(first, second, stated.offset_s)
        return _test(session, first, second, stated) if ran_together else None
    between_s = _start_difference(first, second)
    overlaps = between_s is not None and _overlap(first, second, between_s)
    if between_s is not None and not overlaps:
        return None  # one after the other
    best, times_s = _best_alignment(first, second)
    paths = session, first.path, second.path
    if best is not None and best.verdict in {"aligned", "ambiguous"}:
        return Timing(*paths, "TTL pulses", best.offset_s, best, times_s)
    return None if between_s is None else Timing(*paths, "timestamps", between_s, best)


def _best_alignment(first: Stream, second: Stream) -> tuple[Alignment | None, NDArray[np.float64]]:
    """Return the alignment of the two kinds of events that match most pulses, and their times."""
    found = [
        (align_pulses(b, a), a)
        for a, b in product(first.pulses().values(), second.pulses().values())
    ]
    if not found:
        return None, np.zeros(0)
    rank = {"aligned": 2, "ambiguous": 1}
    best, times = max(found, key=lambda one: (rank.get(one[0].verdict, 0), len(one[0].pairs)))
    return best, times[best.pairs[:, 1]]


def _start_difference(first: Stream, second: Stream) -> float | None:
    """Return how much later the second stream began, in seconds; None if nobody knows."""
    if first.raw is None or second.raw is None:
        return None
    if first.raw.measured_at is None or second.raw.measured_at is None:
        return None
    return (second.raw.measured_at - first.raw.measured_at) / timedelta(seconds=1)


def _overlap(first: Stream, second: Stream, between_s: float) -> bool:
    return -second.header.duration_s < between_s < first.header.duration_s


def _name(event: Event) -> str:
    return f"{event.label} {'' if event.value is None else event.value}".strip()


def describe_timings(timings: Sequence[Timing]) -> tuple[Finding, ...]:
    """Return a finding for each pair of streams."""
    return tuple(_describe(timing) for timing in timings)


def _describe(timing: Timing) -> Finding:
    code, severity, fix = "timing.aligned", Severity.NOTE, "Nothing to do."
    if timing.claim is not None:
        code = "timing.shared" if timing.claim.verdict == "same" else "timing.shared-untested"
        if timing.claim.verdict == "other":
            code, severity = "timing.contradicted", Severity.WARNING
            fix = (
                "Use the offset and the drift of the pulses, unless they come later in one of the "
                "streams or samples of it were lost: look which of these it is."
            )
    elif timing.method == "timestamps":
        code, severity = "timing.untested", Severity.NOTE
        fix = "Record a pulse in both streams, so that their clocks can be compared."
        if timing.alignment is not None and timing.alignment.verdict == "apart":
            code, severity = "timing.apart", Severity.WARNING
            fix = "Look whether both recordings are of this session, and whether pulses are lost."
    elif timing.alignment is not None and timing.alignment.verdict == "ambiguous":
        code, severity = "timing.ambiguous", Severity.WARNING
        fix = "Send pulses at intervals that differ: regular ones fit at every period."
    return Finding(code, severity, timing.second, _say(timing), fix, "timing")


def _say(timing: Timing) -> str:
    """Say in one sentence what ties two streams together."""
    if timing.claim is not None:
        return _say_claim(timing, timing.claim)
    first = PurePosixPath(timing.first).parent.name
    if timing.method == "timestamps":
        apart = timing.alignment is not None and timing.alignment.verdict == "apart"
        pulses = "their pulses do not match" if apart else "no pulses are there to compare"
        return (
            f"It ran together with the {first} recording by the clocks of their computers, which "
            f"may differ by seconds; {pulses}."
        )
    assert timing.alignment is not None  # noqa: S101 - pulses were matched
    left_ms = 1e3 * float(np.median(np.abs(timing.residuals_s)))
    return (
        f"{len(timing.alignment.pairs)} pulses match those of the {first} recording: offset "
        f"{timing.offset_s:.4f} s, drift {timing.drift_ppm:.1f} ppm, residual "
        f"{left_ms:.2f} ms (median)"
        + ("." if timing.alignment.verdict == "aligned" else "; other shifts fit nearly as well.")
    )


def _say_claim(timing: Timing, claim: Claim) -> str:
    """Say what the headers claim and what the pulses say to it."""
    what = " and ".join(timing.devices) if any(timing.devices) else ""
    first = what or f"It and the {PurePosixPath(timing.first).parent.name} recording"
    if timing.alignment is None:
        return (
            f"{first} are on one clock ({claim.evidence}); there are no pulses of both that could "
            "test it."
        )
    n_pulses, error_ms = len(timing.alignment.pairs), 1e3 * claim.error_s
    if claim.verdict == "other":
        return (
            f"{first} should be on one clock ({claim.evidence}), and {n_pulses} pulses contradict "
            f"it: they lie up to {error_ms:.1f} ms apart, and drift {timing.drift_ppm:.1f} ppm."
        )
    step = "; a shift by whole steps of these regular pulses would not be seen"
    return (
        f"{first} are on one clock ({claim.evidence}), and {n_pulses} pulses agree: at most "
        f"{error_ms:.2f} ms apart{step if timing.alignment.rival >= _REGULAR else ''}."
    )


def format_timings(timings: Sequence[Timing]) -> dict[str, str]:
    """Return a file for each session that says how its streams lie on one clock, as JSON."""
    sessions: dict[str, list[dict[str, Any]]] = {}
    for timing in timings:
        sessions.setdefault(timing.session, []).append(_format(timing))
    return {
        f"derivatives/fascicle-quality/{session}/{'_'.join(PurePosixPath(session).parts)}"
        "_desc-timing_qc.json": json.dumps({"Streams": rows}, indent=2) + "\n"
        for session, rows in sessions.items()
    }


def _format(timing: Timing) -> dict[str, Any]:
    about: dict[str, Any] = {
        "Clock": f"bids:raw:{timing.first}",
        "Stream": f"bids:raw:{timing.second}",
        "Method": timing.method,
        "Offset": round(timing.offset_s, 6),
    }
    if any(timing.devices):
        about |= {"ClockDevice": timing.devices[0], "StreamDevice": timing.devices[1]}
    if timing.claim is not None:
        about |= {
            "OffsetStated": round(timing.claim.stated_s, 6),
            "Verdict": _CLAIMS[timing.claim.verdict],
        }
    if timing.alignment is not None and len(timing.residuals_s):
        residuals_s = np.abs(timing.residuals_s)
        about |= {
            "Verdict": about.get("Verdict", timing.alignment.verdict),
            "DriftPartsPerMillion": round(timing.drift_ppm, 3),
            "MatchedPulses": len(residuals_s),
            "ResidualMedian": round(float(np.median(residuals_s)), 7),
            "ResidualMax": round(float(residuals_s.max()), 7),
        }
    return about


def tell_timings(timings: Sequence[Timing]) -> tuple[AlignmentStory, ...]:
    """Return what the report shows of each pair of streams."""
    return tuple(_tell(timing) for timing in timings)


def _tell(timing: Timing) -> AlignmentStory:
    finding = _describe(timing)
    step = max(1, len(timing.residuals_s) // _MAX_POINTS)
    is_tested = len(timing.residuals_s) > 0
    largest = float(np.abs(timing.residuals_s).max()) if is_tested else 0.0
    is_doubtful = finding.severity is Severity.WARNING or largest > _WARN_S
    verdict: Literal["pass", "warn", "fail", "none"]
    verdict = "warn" if is_doubtful else "pass" if is_tested else "none"
    if timing.claim is not None and timing.claim.verdict == "other":
        verdict = "fail"
    return AlignmentStory(
        session=", ".join(PurePosixPath(timing.session).parts),
        streams=(
            f"{PurePosixPath(timing.first).name} {timing.devices[0]}".strip(),
            f"{PurePosixPath(timing.second).name} {timing.devices[1]}".strip(),
        ),
        method=timing.method,
        verdict=verdict,
        reason=finding.reason,
        n_pulses=len(timing.residuals_s) if is_tested else None,
        offset_s=timing.offset_s,
        drift_ppm=timing.drift_ppm if is_tested else None,
        residual_median_ms=1e3 * float(np.median(np.abs(timing.residuals_s)))
        if is_tested
        else None,
        residual_max_ms=1e3 * largest if is_tested else None,
        times_s=timing.times_s[::step],
        residuals_ms=1e3 * timing.residuals_s[::step],
    )
