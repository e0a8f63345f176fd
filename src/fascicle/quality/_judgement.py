"""From measures to verdicts: each channel on its own, then among its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Channel, Finding, Header, Severity, say_count
from fascicle.maths import high_frequency_ratio, line_noise_ratio, robust_z

from . import _thresholds as limits
from ._kinds import BRAIN, COMPARED, POTENTIALS, find_range, split_unit
from ._measures import Measures, is_slower
from ._metadata import make_finding, name_some
from ._results import ChannelQuality, Verdict


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one channel: its code, how bad, and in words for a table."""

    code: str
    verdict: Verdict
    reason: str


FAULTS = {
    "channel.not-finite": (
        "holds values that are not numbers",
        "hold values that are not numbers",
        "Find out where they come from; mark the channels bad, or export the recording again.",
    ),
    "channel.flat": (
        "does not change for part or all of the time",
        "do not change for part or all of the time",
        "Mark the channels bad: an electrode was off, or the channel was not connected.",
    ),
    "channel.clipped": (
        "runs into the limit of the amplifier",
        "run into the limit of the amplifier",
        "Mark the channels or stretches bad; record with a larger range next time.",
    ),
    "channel.noisy": (
        "is far noisier or louder than the others of its kind",
        "are far noisier or louder than the others of their kind",
        "Look at them and mark them bad; interpolate them before any average reference.",
    ),
    "channel.quiet": (
        "records next to nothing",
        "record next to nothing",
        "Check whether they were connected or are the reference; mark them bad if not.",
    ),
    "channel.line-noise": (
        "carries more mains noise than signal",
        "carry more mains noise than signal",
        "Remove the power line with a notch or a regression before analysis.",
    ),
}
"""For each code: what one channel does, what several do, and the fix."""


def find_line_hz(measures: Measures, stated_hz: float | None) -> float | None:
    """Return the stated mains frequency, or the one of 50 and 60 Hz that stands out, or None."""
    if stated_hz or not measures.density.size:
        return stated_hz or None
    strongest = {}
    for candidate in (50.0, 60.0):
        ratios = line_noise_ratio(measures.density, measures.freqs_hz, line_hz=candidate)
        finite = ratios[np.isfinite(ratios)]
        strongest[candidate] = float(finite.max()) if finite.size else 0.0
    best = max(strongest, key=lambda candidate: strongest[candidate])
    return best if strongest[best] > limits.LINE_SEEN_RATIO else None


def judge_channels(
    measures: Measures, header: Header, line_hz: float | None
) -> tuple[ChannelQuality, ...]:
    """Judge every channel; return them in file order."""
    metrics = _tabulate(measures, header, line_hz)
    results = []
    rows = {int(index): row for row, index in enumerate(measures.rows)}
    for index, channel in enumerate(header.channels):
        if index not in rows:
            results.append(
                ChannelQuality(channel.name, "skip", kind=channel.kind, unit=channel.unit)
            )
            continue
        values = {name: float(column[rows[index]]) for name, column in metrics.items()}
        found = list(_find_faults(channel, values))
        results.append(
            ChannelQuality(
                name=channel.name,
                verdict=worst(fault.verdict for fault in found),
                metrics={name: value for name, value in values.items() if np.isfinite(value)},
                reasons=tuple(fault.reason for fault in found),
                kind=channel.kind,
                unit=channel.unit,
                codes=tuple(fault.code for fault in found),
            )
        )
    return tuple(results)


def worst(verdicts: Iterator[Verdict] | Sequence[Verdict]) -> Verdict:
    """Return the worst of some verdicts; ``"pass"`` of none."""
    present = set(verdicts)
    return "fail" if "fail" in present else "warn" if "warn" in present else "pass"


def _tabulate(
    measures: Measures, header: Header, line_hz: float | None
) -> dict[str, NDArray[np.float64]]:
    """Return each metric for all judged channels, NaN where it could not be taken."""
    n_times = max(measures.n_times, 1)
    channels = [header.channels[int(index)] for index in measures.rows]
    nothing = np.full(len(channels), np.nan)
    noise = line = nothing
    if measures.n_windows >= limits.MIN_WINDOWS:
        freqs_hz, density = measures.freqs_hz, measures.density
        noise = high_frequency_ratio(density, freqs_hz, line_hz=line_hz)
        noise[[is_slower(channel, header) for channel in channels]] = np.nan
        if line_hz:
            line = line_noise_ratio(density, freqs_hz, line_hz=line_hz)
    enough = measures.n_windows >= limits.MIN_WINDOWS
    alive = np.where(enough & (measures.amplitude > 0), measures.amplitude, np.nan)
    loudness = np.array([split_unit(c.unit)[1] for c in channels]) * alive
    return {
        "flat_share": measures.flat / n_times,
        "clipped_share": measures.clipped / n_times,
        "not_finite_share": measures.not_finite / n_times,
        "amplitude": measures.amplitude,
        "amplitude_z": _within_kind(channels, loudness, robust_z),
        "amplitude_ratio": _within_kind(channels, loudness, _to_median),
        "line_ratio": line,
        "high_frequency_ratio": noise,
        "high_frequency_z": _within_kind(channels, noise, robust_z),
        "high_frequency_to_median": _within_kind(channels, noise, _to_median),
    }


def _within_kind(
    channels: Sequence[Channel],
    values: NDArray[np.float64],
    compare: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Compare channels with those of their own kind; NaN for small groups and the rest."""
    groups = defaultdict(list)
    for row, channel in enumerate(channels):
        if channel.kind in COMPARED:
            groups[channel.kind, split_unit(channel.unit)[0]].append(row)
    compared = np.full(values.shape, np.nan)
    for rows in groups.values():
        if np.isfinite(values[rows]).sum() >= limits.MIN_GROUP:
            compared[rows] = compare(values[rows])
    return compared


def _to_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values as multiples of their median."""
    median = float(np.median(values[np.isfinite(values)]))
    return values / median if median > 0 else np.full(values.shape, np.nan)


def _find_faults(channel: Channel, values: dict[str, float]) -> Iterator[Fault]:
    """Yield what is wrong with a channel; comparisons with NaN are false, so nothing is guessed."""
    share = values["not_finite_share"]
    if share > 0:
        verdict: Verdict = "fail" if share >= limits.NOT_FINITE_FAIL_SHARE else "warn"
        yield Fault("channel.not-finite", verdict, f"not a number for {share:.2%} of the time")
    share = values["flat_share"]
    if share >= limits.FLAT_WARN_SHARE:
        verdict = "fail" if share >= limits.FLAT_FAIL_SHARE else "warn"
        yield Fault("channel.flat", verdict, f"flat for {share:.0%} of the time")
        if verdict == "fail":
            return  # What else is measured in a dead channel has no meaning.
    share = values["clipped_share"]
    if share >= max(limits.CLIPPED_WARN_SHARE, values["flat_share"]):
        verdict = "fail" if share >= limits.CLIPPED_FAIL_SHARE else "warn"
        yield Fault("channel.clipped", verdict, f"at its limit for {share:.2%} of the time")
    yield from _find_noise(channel, values)


def _find_noise(channel: Channel, values: dict[str, float]) -> Iterator[Fault]:
    """Yield what is wrong with the signal of a channel that works."""
    scale = find_range(channel.kind, channel.unit)
    amplitude = values["amplitude"] * split_unit(channel.unit)[1]
    loud, noisy = values["amplitude_ratio"], values["high_frequency_to_median"]
    if (scale and amplitude < scale.silent) or loud <= limits.QUIET_RATIO:
        # What little there is, is the amplifier's noise: nothing else to be said.
        yield Fault("channel.quiet", "warn", "next to no signal")
        return
    if values["amplitude_z"] > limits.DEVIATION_Z and loud >= limits.LOUD_RATIO:
        yield Fault("channel.noisy", "warn", f"{loud:.2g} times as loud as its kind")
    elif values["high_frequency_z"] > limits.DEVIATION_Z and noisy >= limits.NOISE_RATIO:
        yield Fault("channel.noisy", "warn", f"{noisy:.2g} times the high frequencies of its kind")
    elif channel.kind in POTENTIALS and values["high_frequency_ratio"] > limits.NOISE_MAX:
        yield Fault("channel.noisy", "warn", "more above 50 Hz than below")
    if channel.kind in BRAIN and values["line_ratio"] > limits.LINE_WARN_RATIO:
        ratio = values["line_ratio"]
        yield Fault("channel.line-noise", "warn", f"{ratio:.0%} of its power is mains")


def gather_findings(channels: Sequence[ChannelQuality], place: str) -> Iterator[Finding]:
    """Yield one finding for each kind of fault, and one if too many channels are bad."""
    judged = [channel for channel in channels if channel.verdict != "skip"]
    for code, (one, many, fix) in FAULTS.items():
        names = [channel.name for channel in judged if code in channel.codes]
        if names:
            what = one if len(names) == 1 else many
            yield make_finding(
                code, Severity.WARNING, place,
                f"{len(names)} of {say_count(len(judged), 'channel')} {what}: {name_some(names)}.",
                fix,
            )  # fmt: skip
    n_bad = sum(channel.is_bad for channel in judged)
    if n_bad and n_bad / len(judged) >= limits.BAD_CHANNELS_FAIL_SHARE:
        yield make_finding(
            "recording.bad-channels", Severity.ERROR, place,
            f"{n_bad} of {say_count(len(judged), 'channel')} "
            f"{'is' if n_bad == 1 else 'are'} unusable.",
            "Look at the recording; leave it out unless the rest is enough.",
        )  # fmt: skip


def check_scale(measures: Measures, header: Header, place: str) -> Iterator[Finding]:
    """Yield a finding for each kind of channel whose median amplitude no body can make."""
    groups = defaultdict(list)
    for row, index in enumerate(measures.rows):
        channel = header.channels[int(index)]
        if find_range(channel.kind, channel.unit):
            amplitude = float(measures.amplitude[row]) * split_unit(channel.unit)[1]
            groups[channel.kind, split_unit(channel.unit)[0]].append(amplitude)
    for (kind, base), amplitudes in sorted(groups.items()):
        alive = [amplitude for amplitude in amplitudes if amplitude > 0]
        scale = find_range(kind, base)
        if not alive or scale is None:
            continue
        middle = float(np.median(alive))
        if not scale.lowest <= middle <= scale.highest:
            yield make_finding(
                "recording.scale", Severity.ERROR, place,
                f"The {kind} channels have a typical amplitude of {middle:.1g} {base}; "
                f"{scale.lowest:.0g} to {scale.highest:.0g} {base} can be.",
                "The unit or the scaling is wrong: correct it where the recording was exported.",
            )  # fmt: skip
