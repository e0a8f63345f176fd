"""The check of sorted units: how well they were told apart, by their spikes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Finding, Header, Picture, Severity, say_count
from fascicle.maths import REFRACTORY_S, isi_violations, presence_ratio

from ._metadata import make_finding
from ._results import RecordingQuality

MAX_VIOLATIONS = 0.5
"""Ratio of violations above which the Allen Institute leaves a unit out by default."""

MIN_PRESENCE = 0.9
"""Presence below which it does."""

_MAX_ROWS = 60
_MAX_TICKS = 5000
_MAX_WAVES = 8
_MIN_SPIKES = 50


@dataclass(frozen=True, slots=True)
class WrittenUnits:
    """Units of a written file.

    Attributes
    ----------
    times_s : list of ndarray of float64
        Spikes of each unit, in seconds.
    labels : list of str
        How well each was told apart.
    waveforms : ndarray of float32, shape (n_units, n_times), or None
        Mean waveform on the contact on which it is largest.
    rate_hz : float
        Rate of the waveforms, in hertz.
    """

    times_s: list[NDArray[np.float64]]
    labels: list[str]
    waveforms: NDArray[np.float32] | None
    rate_hz: float


def check_units(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge the units of a written file.

    The recording is taken to last from the first to the last spike of all units, as the Allen
    Institute takes it (doi:10.1038/s41586-020-03171-x): the clock of a session may start earlier.

    Parameters
    ----------
    path : Path
        A written ``.nwb`` file with a table of units.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        With the raster and mean waveforms.
    """
    units = read_units(path)
    if not units.times_s or not any(times.size for times in units.times_s):
        finding = make_finding(
            "units.none", Severity.ERROR, path.name,
            "Expected units with spikes, got none.",
            "Look at the results of the sorter; leave the recording out if it found nothing.",
        )  # fmt: skip
        return RecordingQuality.unreadable(finding)
    start_s = min(float(times[0]) for times in units.times_s if times.size)
    duration_s = max(float(times[-1]) for times in units.times_s if times.size) - start_s
    violations = [isi_violations(times, duration_s) for times in units.times_s]
    presence = [presence_ratio(times - start_s, duration_s) for times in units.times_s]
    rates_hz = [times.size / max(duration_s, 1e-9) for times in units.times_s]
    findings = [
        *_check_times(units, path.name),
        *_check_apart(units, [ratio for _, ratio in violations], presence, path.name),
    ]
    extra = {
        "n_units": float(len(units.times_s)),
        "n_good_units": float(units.labels.count("good")),
        "n_spikes": float(sum(times.size for times in units.times_s)),
        "duration_s": duration_s,
        "firing_rate_median_hz": float(np.median(rates_hz)),
        "isi_violation_ratio_median": float(np.median([ratio for _, ratio in violations])),
        "presence_ratio_median": float(np.median(presence)),
    }
    if units.waveforms is not None:
        spread = np.ptp(units.waveforms, axis=1)
        if np.isfinite(spread).any():  # a unit may come without a waveform
            extra["template_amplitude_median"] = float(np.median(spread[np.isfinite(spread)]))
    return RecordingQuality.of_content(findings, list(_draw(units, duration_s)), extra)


def read_units(path: Path) -> WrittenUnits:
    """Read the table of units of a written file."""
    import h5py

    with h5py.File(path, "r") as file:
        table = file.get("units")
        if table is None or not {"spike_times", "spike_times_index"} <= set(table):
            return WrittenUnits([], [], None, 0.0)
        ends = table["spike_times_index"][()].astype(np.int64)
        spikes = np.split(table["spike_times"][()].astype(np.float64), ends[:-1])
        times = [np.sort(own[np.isfinite(own)]) for own in spikes]
        labels = [_text(value) for value in table["quality"][()]] if "quality" in table else []
        labels = labels if len(labels) == len(times) else ["unsorted"] * len(times)
        waveforms, rate_hz = None, 0.0
        node = table.get("waveform_mean")
        if node is not None and node.ndim in {2, 3} and node.shape[0] == len(times):
            rate_hz = float(node.attrs.get("sampling_rate", 0.0))
            waveforms = np.stack([_largest(node[i]) for i in range(node.shape[0])])
    return WrittenUnits(times, labels, waveforms, rate_hz)


def _largest(waveform: NDArray[Any]) -> NDArray[np.float32]:
    """Return the waveform on the contact on which it is largest; time stands first."""
    if waveform.ndim == 1:
        return waveform.astype(np.float32)
    # Contacts on which a unit is not seen may be no numbers.
    spread = np.nan_to_num(np.ptp(waveform, axis=0), nan=-1.0)
    column: NDArray[np.float32] = waveform[:, int(np.argmax(spread))].astype(np.float32)
    return column


def _text(value: Any) -> str:  # noqa: ANN401 - whatever h5py reads
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _check_times(units: WrittenUnits, place: str) -> Iterator[Finding]:
    """Yield what is wrong with the times of spikes."""
    twice = sum(int(np.count_nonzero(np.diff(times) == 0)) for times in units.times_s)
    if twice:
        yield make_finding(
            "units.duplicate-spikes", Severity.WARNING, place,
            f"{say_count(twice, 'spike')} stand at the same sample as another of their unit.",
            "Remove duplicates in the sorter; they count as violations of the refractory period.",
        )  # fmt: skip


def _check_apart(
    units: WrittenUnits, ratios: list[float], presence: list[float], place: str
) -> Iterator[Finding]:
    """Yield how well units that are called good were told apart."""
    good = [i for i, label in enumerate(units.labels) if label == "good"]
    if not good:
        yield make_finding(
            "units.not-curated", Severity.NOTE, place,
            "None of the units is labelled good: nobody looked at them, or none is.",
            "Look at them in Phy, and share the folder again with the labels.",
        )  # fmt: skip
    mixed = [i for i in good if ratios[i] > MAX_VIOLATIONS]
    if mixed:
        yield make_finding(
            "units.violations", Severity.WARNING, place,
            f"{say_count(len(mixed), 'unit')} of {len(good)} that are labelled good fire within "
            f"{REFRACTORY_S * 1e3:g} ms too often (ratio above {MAX_VIOLATIONS:g}).",
            "Look at them again: they hold spikes of other neurons.",
        )  # fmt: skip
    rare = [i for i in good if presence[i] < MIN_PRESENCE and units.times_s[i].size >= _MIN_SPIKES]
    if rare:
        yield make_finding(
            "units.presence", Severity.NOTE, place,
            f"{say_count(len(rare), 'unit')} of {len(good)} that are labelled good are silent in "
            f"more than {1 - MIN_PRESENCE:.0%} of the recording.",
            "Look whether the probe moved, before rates are compared over time.",
        )  # fmt: skip


def _draw(units: WrittenUnits, duration_s: float) -> Iterator[Picture]:
    """Yield the raster of some units, and mean waveforms of those with most spikes."""
    rows = np.linspace(0, len(units.times_s) - 1, min(_MAX_ROWS, len(units.times_s))).astype(int)
    times = np.concatenate([units.times_s[i] for i in rows])
    lines = np.concatenate([np.full(units.times_s[i].size, n) for n, i in enumerate(rows)])
    step = max(1, -(-times.size // _MAX_TICKS))
    yield Picture(
        Drawing.RASTER,
        "Spikes of sorted units",
        f"{len(rows)} of {say_count(len(units.times_s), 'unit')} over {duration_s:.4g} s"
        + (f"; each {step}th spike is drawn." if step > 1 else "."),
        {"times": times[::step].astype(np.float32), "rows": lines[::step].astype(np.int32)},
        "Time (s)",
        "Unit",
    )
    if units.waveforms is None or units.rate_hz <= 0:
        return
    counts = np.array([t.size for t in units.times_s])
    busiest = [int(i) for i in np.argsort(-counts, kind="stable")[:_MAX_WAVES]]
    n_times = units.waveforms.shape[1]
    yield Picture(
        Drawing.OVERLAY,
        "Mean waveforms",
        "Templates of the units with most spikes, on the contact on which each is largest, in the "
        "sorter's own unit.",
        {
            "x": (np.arange(n_times) / units.rate_hz * 1e3).astype(np.float32),
            "y": units.waveforms[busiest],
        },
        "Time (ms)",
        "Template",
        tuple(f"unit {i + 1} ({units.labels[i]})" for i in busiest),
    )
