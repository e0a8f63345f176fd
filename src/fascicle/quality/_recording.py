"""The check of one recording: reads it once, in blocks, and judges it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, Finding, Header, Severity
from fascicle.errors import FormatError
from fascicle.formats import read_blocks

from . import _thresholds as limits
from ._families import check_content
from ._judgement import check_scale, find_line_hz, gather_findings, judge_channels
from ._kinds import BODY, BRAIN
from ._measures import Measures, choose_block_s, measure_blocks
from ._metadata import check_header, is_gap, make_finding
from ._results import ChannelQuality, RecordingQuality, find_verdict


def check_recording(path: Path, header: Header, *, line_hz: float | None) -> RecordingQuality:
    """Measure and judge one written recording.

    The samples are read once, in blocks; memory does not depend on the length. Flat, clipped,
    dropped and missing samples are counted over the whole recording; spectrum and amplitude come
    from up to 120 windows of 2 s that are spread evenly over it, so that a night costs little more
    than an hour. Thresholds and their sources stand in ``quality/_thresholds.py``.

    Parameters
    ----------
    path : Path
        A recording in a BIDS dataset, as `fascicle.formats.read_blocks` takes it.
    header : Header
        Its header: channels in the order of the samples.
    line_hz : float or None
        Mains frequency, in hertz; None takes the header's, else the one of 50 and 60 Hz that
        stands out.

    Returns
    -------
    RecordingQuality
        Verdict, findings, measures per channel, spectrum and preview. A recording that cannot be
        read fails with a finding; nothing is raised for bad data.

    Notes
    -----
    Only channels that record brain or body are judged; triggers, clocks and unknown channels get
    the verdict ``"skip"``. A channel whose label or type is wrong in the header is judged wrongly.
    """
    if header.modality.family is not Family.SIGNAL:
        return check_content(path, header)
    place = path.name
    findings = check_header(header, place)
    judged = any(channel.kind in BRAIN | BODY for channel in header.channels)
    if not judged or header.n_times <= 0 or not header.sfreq_hz > 0:
        return _conclude(findings, _skip_all(header), None, header, line_hz)
    try:
        measures = measure_blocks(read_blocks(path, block_s=choose_block_s(header)), header)
    except FormatError as error:
        findings.append(
            make_finding(
                "recording.unreadable", Severity.ERROR, place,
                f"The samples could not be read ({error.code}).",
                "Look at the source file; leave the recording out if it is broken.",
            )
        )  # fmt: skip
        return _conclude(findings, _skip_all(header), None, header, line_hz)
    return judge_recording(measures, header, place, line_hz=line_hz, findings=findings)


# Bytes that are no samples become infinite; that is said in findings, not in the log.
@np.errstate(over="ignore", invalid="ignore")
def judge_recording(
    measures: Measures,
    header: Header,
    place: str,
    *,
    line_hz: float | None,
    findings: list[Finding],
) -> RecordingQuality:
    """Turn measures into verdicts and findings."""
    line_hz = find_line_hz(measures, line_hz or header.line_hz)
    channels = judge_channels(measures, header, line_hz)
    findings = [
        *findings,
        *_check_length(measures, header, place),
        *_check_dropped(measures, header, place),
        *check_scale(measures, header, place),
        *gather_findings(channels, place),
    ]
    return _conclude(findings, channels, measures, header, line_hz)


def _check_length(measures: Measures, header: Header, place: str) -> Iterator[Finding]:
    """Yield a finding if samples are missing, and one if they are too few to judge."""
    if measures.n_times != header.n_times:
        yield make_finding(
            "recording.length", Severity.ERROR, place,
            f"The header promises {header.n_times} samples, {measures.n_times} came.",
            "The file was cut off or changed: convert it again from the source.",
        )  # fmt: skip
    if measures.n_windows < limits.MIN_WINDOWS:
        yield make_finding(
            "recording.short", Severity.NOTE, place,
            f"With {header.duration_s:.3g} s the recording is too short to judge noise and mains.",
            "Look at it yourself if it matters.",
        )  # fmt: skip


def _check_dropped(measures: Measures, header: Header, place: str) -> Iterator[Finding]:
    """Yield a finding if all channels stood still together."""
    if measures.held:
        share = measures.held / max(measures.n_times, 1)
        failed = share >= limits.DROPPED_FAIL_SHARE
        yield make_finding(
            "recording.dropped-samples", Severity.ERROR if failed else Severity.WARNING, place,
            f"All channels stand still together for {measures.held / header.sfreq_hz:.3g} s in all "
            f"(longest {measures.held_longest / header.sfreq_hz:.3g} s): samples were lost and "
            "filled in.",
            "Mark these stretches bad; check the connection of the amplifier.",
        )  # fmt: skip


def _skip_all(header: Header) -> tuple[ChannelQuality, ...]:
    """Return a verdict for channels that nobody could look at."""
    return tuple(
        ChannelQuality(channel.name, "skip", kind=channel.kind, unit=channel.unit)
        for channel in header.channels
    )


def _conclude(
    findings: list[Finding],
    channels: tuple[ChannelQuality, ...],
    measures: Measures | None,
    header: Header,
    line_hz: float | None,
) -> RecordingQuality:
    """Put the parts together; the worst finding decides."""
    verdict = find_verdict(findings)
    extra = {
        "duration_s": header.duration_s,
        "n_times": float(header.n_times),
        "gap_count": float(sum(is_gap(event.label) for event in header.events)),
    }
    none = np.zeros((len(header.channels), 0), dtype=np.float32)
    freqs_hz, spectrum, preview, times_s = none[:0].ravel(), none, none, none[:0].ravel()
    if measures is not None:
        extra["dropped_share"] = measures.held / max(measures.n_times, 1)
        extra["dropped_longest_s"] = measures.held_longest / header.sfreq_hz
        extra["n_windows"] = float(measures.n_windows)
        freqs_hz, spectrum = _draw_spectrum(measures, header)
        preview, times_s = _draw_preview(measures, header)
    return RecordingQuality(
        verdict, tuple(findings), channels, freqs_hz, spectrum, preview, times_s, line_hz, extra
    )


def _draw_spectrum(
    measures: Measures, header: Header
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the part of the spectrum that is kept, with a row for every channel."""
    kept = measures.freqs_hz <= limits.SPECTRUM_TOP_HZ
    spectrum = np.full((len(header.channels), int(kept.sum())), np.nan, dtype=np.float32)
    spectrum[measures.rows] = measures.density[:, kept]
    return measures.freqs_hz[kept].astype(np.float32), spectrum


def _draw_preview(
    measures: Measures, header: Header
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return lowest and highest values in turn, and when each stretch begins."""
    pairs = np.stack([measures.low, measures.high], axis=-1)  # (n_channels, n_bins, 2)
    preview = pairs.reshape(len(header.channels), -1).astype(np.float32)
    times_s = np.repeat(measures.bin_starts / header.sfreq_hz, 2).astype(np.float32)
    return preview, times_s
