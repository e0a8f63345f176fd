"""The check of recordings of pipettes: sweep by sweep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Finding, Header, Picture, Severity, say_count

from ._metadata import make_finding
from ._results import RecordingQuality

MAX_HOLDING_PA = 200.0
"""More current than this to hold a cell speaks of a leak."""

MAX_ACCESS_MOHM = 30.0
"""A pipette of more resistance than this clamps badly."""

CLIPPED_SHARE = 0.001

_VOLTAGE, _CURRENT = "VoltageClampSeries", "CurrentClampSeries"
_MAX_SWEEPS = 400
_MAX_SAMPLES = 2_000_000
_BASELINE_SHARE = 1 / 64
_MAX_LINES = 20
_MAX_POINTS = 1000
_PEAK_S = 0.001
_MIN_STEP_S = 0.005
_STEPS_MV = (2.0, 20.0)
"""Test pulses: what is smaller drowns in noise, what is larger opens channels."""


@dataclass(frozen=True, slots=True)
class MeasuredSweep:
    """What was measured in one sweep of one pipette.

    Attributes
    ----------
    kind : str
        Type of its series.
    baseline : float
        Median at its beginning, in picoamperes or millivolts.
    clipped_share : float
        Share of samples at the end of the converter's range.
    n_not_finite : int
        Samples that are no numbers.
    is_flat : bool
        True if all samples are equal.
    access_mohm, input_mohm : float
        Resistances in megaohms, from a step of the command; NaN where there is none that fits.
    shown, told : ndarray of float32, shape (n_points,)
        The sweep and its command, thinned for a picture; the command may be empty.
    times_ms : ndarray of float32, shape (n_points,)
        Times of what is shown, in milliseconds.
    """

    kind: str
    baseline: float
    clipped_share: float
    n_not_finite: int
    is_flat: bool
    access_mohm: float
    input_mohm: float
    shown: NDArray[np.float32]
    told: NDArray[np.float32]
    times_ms: NDArray[np.float32]


def check_icephys(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written recording of pipettes.

    Up to 400 sweeps are measured, spread evenly, each up to two million samples. Resistances are
    computed only where the command is known and holds a step that fits: access resistance from the
    peak of the current within a millisecond of a step of 2 to 20 mV, input resistance from the
    last fifth of a step.

    Parameters
    ----------
    path : Path
        A written ``.nwb`` file.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        With sweeps and commands drawn over one another.
    """
    sweeps = list(measure_sweeps(path))
    if not sweeps:
        finding = make_finding(
            "icephys.no-clamp", Severity.WARNING, path.name,
            "None of the channels is a current or a voltage of a pipette, by its unit.",
            "Correct the units in the acquisition program (pA, mV), or share it as what it is.",
        )  # fmt: skip
        return RecordingQuality.of_content([finding])
    held = [s for s in sweeps if s.kind == _VOLTAGE]
    free = [s for s in sweeps if s.kind == _CURRENT]
    extra = {"n_sweeps_measured": float(len(sweeps))}
    if held:
        extra["holding_current_median_pa"] = float(np.median([s.baseline for s in held]))
    if free:
        extra["baseline_median_mv"] = float(np.median([s.baseline for s in free]))
    for name, values in (
        ("access_resistance_median_mohm", [s.access_mohm for s in sweeps]),
        ("input_resistance_median_mohm", [s.input_mohm for s in sweeps]),
    ):
        finite = [value for value in values if np.isfinite(value)]
        if finite:
            extra[name] = float(np.median(finite))
    findings = [*_check_samples(sweeps, path.name), *_check_clamp(extra, path.name)]
    pictures = [p for some, unit in ((held, "pA"), (free, "mV")) for p in _draw(some, unit)]
    return RecordingQuality.of_content(findings, pictures, extra)


def measure_sweeps(path: Path) -> Iterator[MeasuredSweep]:
    """Yield what was measured in the sweeps of a written file, in their order."""
    import h5py

    with h5py.File(path, "r") as file:
        responses = [
            node
            for name in sorted(file.get("acquisition", {}))
            if _is_sweep(node := file["acquisition"][name])
        ]
        picked = np.linspace(0, len(responses) - 1, min(len(responses), _MAX_SWEEPS)).astype(int)
        stimuli = file.get("stimulus/presentation", {})
        for i in picked:
            node = responses[int(i)]
            name = node.name.rpartition("/")[2]
            own = name.replace("ClampSeries", "ClampStimulusSeries")
            yield _measure(node, stimuli.get(own))


def _type(node: Any) -> str:  # noqa: ANN401 - h5py
    value = node.attrs.get("neurodata_type", "")
    return value.decode() if isinstance(value, bytes) else str(value)


def _is_sweep(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a series is a sweep of one pipette, as numbers over regular time."""
    if _type(node) not in {_VOLTAGE, _CURRENT} or "data" not in node:
        return False
    data = node["data"]
    return data.ndim == 1 and data.shape[0] > 0 and data.dtype.kind in "iuf" and _rate(node) > 0


def _rate(node: Any) -> float:  # noqa: ANN401
    """Return the rate of a series in hertz; 0 where it has none."""
    if "starting_time" in node:
        return float(node["starting_time"].attrs.get("rate", 0.0))
    times = node["timestamps"][:1000] if "timestamps" in node else np.zeros(0)
    step = float(np.median(np.diff(times))) if times.size > 1 else 0.0
    return 1.0 / step if step > 0 else 0.0


def _measure(node: Any, stimulus: Any) -> MeasuredSweep:  # noqa: ANN401
    """Return what is measured in one series."""
    kind = _type(node)
    counts = node["data"][:_MAX_SAMPLES]
    rate_hz = _rate(node)
    scale = 1e12 if kind == _VOLTAGE else 1e3
    values = _in_unit(node, counts, scale)
    command = np.zeros(0)
    if stimulus is not None and "data" in stimulus and stimulus["data"].shape[0] >= len(values):
        told = stimulus["data"][: len(values)]
        command = _in_unit(stimulus, told, 1e3 if kind == _VOLTAGE else 1e12)
    finite = np.isfinite(values)
    values = np.where(finite, values, 0.0)
    n_baseline = max(1, round(_BASELINE_SHARE * len(values)))
    access, resistance = find_resistances(values, command, rate_hz, kind == _VOLTAGE)
    shown = np.linspace(0, len(values) - 1, min(len(values), _MAX_POINTS)).astype(int)
    return MeasuredSweep(
        kind,
        float(np.median(values[:n_baseline])),
        _clipped(counts),
        int((~finite).sum()),
        bool(counts.size and (counts == counts[0]).all()),
        access,
        resistance,
        values[shown].astype(np.float32),
        command[shown].astype(np.float32) if command.size else command.astype(np.float32),
        (shown / rate_hz * 1e3).astype(np.float32),
    )


def _in_unit(node: Any, counts: NDArray[Any], scale: float) -> NDArray[np.float64]:  # noqa: ANN401
    """Return stored numbers in picoamperes or millivolts."""
    attributes = node["data"].attrs
    factor, offset = (float(attributes.get(n, d)) for n, d in (("conversion", 1), ("offset", 0)))
    values: NDArray[np.float64] = (counts.astype(np.float64) * factor + offset) * scale
    return values


def _clipped(counts: NDArray[Any]) -> float:
    """Return the share of samples at the end of the converter's range."""
    if counts.dtype.kind != "i" or not counts.size:
        return 0.0
    limits = np.iinfo(counts.dtype)
    return float(np.mean((counts == limits.min) | (counts == limits.max)))


def find_resistances(
    values: NDArray[np.float64],
    command: NDArray[np.float64],
    rate_hz: float,
    is_voltage: bool,
) -> tuple[float, float]:
    r"""Return access and input resistance from the first step of a command that fits.

    .. math:: R_a = \Delta V / I_{peak}, \quad R_{in} = \Delta V / \Delta I

    Parameters
    ----------
    values : ndarray of float64, shape (n_times,)
        What was measured, in picoamperes or millivolts.
    command : ndarray of float64, shape (n_times,)
        What was told, in millivolts or picoamperes; empty if it is not known.
    rate_hz : float
        Sampling rate, in hertz.
    is_voltage : bool
        True if the voltage was held.

    Returns
    -------
    float, float
        In megaohms; NaN for what cannot be computed. Access resistance is that of the pipette
        while the voltage is held; input resistance then includes it.
    """
    step = _find_step(command, rate_hz, _STEPS_MV if is_voltage else (5.0, 1e5))
    if step is None:
        return np.nan, np.nan
    start, stop = step
    n_before = max(1, min(start, round(0.005 * rate_hz)))
    before = values[start - n_before : start]
    last = values[stop - max(1, (stop - start) // 5) : stop]
    told = command[start] - command[start - 1]
    change = float(np.median(last) - np.median(before))
    noise = float(np.std(before))
    if not is_voltage:  # millivolts for picoamperes; only what does not make the cell fire
        is_clear = told < 0 and change < -3 * noise
        return np.nan, change / told * 1e3 if is_clear else np.nan
    resistance = told / change * 1e3 if change * told > 0 else np.nan
    window = values[start : start + max(2, round(_PEAK_S * rate_hz))] - np.median(before)
    peak = float(window.max() if told > 0 else window.min())
    is_peak = peak * told > 0 and abs(peak) > max(5 * noise, 1.5 * abs(change))
    return (told / peak * 1e3 if is_peak else np.nan), resistance


def _find_step(
    command: NDArray[np.float64], rate_hz: float, sizes: tuple[float, float]
) -> tuple[int, int] | None:
    """Return first and last sample of the first step of a fitting size that is held long enough."""
    if command.size < 3:
        return None
    # In one go: a command that was recorded with its noise changes at every sample.
    steps = np.diff(command)
    starts = np.flatnonzero(steps) + 1
    stops = np.append(starts[1:], command.size)
    heights = np.abs(steps[starts - 1])
    is_step = (sizes[0] <= heights) & (heights <= sizes[1])
    fitting = np.flatnonzero(is_step & (stops - starts >= _MIN_STEP_S * rate_hz))
    return (int(starts[fitting[0]]), int(stops[fitting[0]])) if fitting.size else None


def _check_samples(sweeps: list[MeasuredSweep], place: str) -> Iterator[Finding]:
    """Yield what is wrong with the samples."""
    for code, severity, bad, what, fix in (
        ("icephys.not-finite", Severity.ERROR, [s.n_not_finite > 0 for s in sweeps],
         "hold samples that are no numbers", "Export the recording again."),
        ("icephys.clipped", Severity.WARNING, [s.clipped_share > CLIPPED_SHARE for s in sweeps],
         "reach the end of the converter's range", "Lower the gain of the amplifier next time; "
         "leave these sweeps out of amplitudes."),
        ("icephys.flat", Severity.WARNING, [s.is_flat for s in sweeps],
         "stand still from the first sample to the last", "Look whether the pipette was connected; "
         "leave the sweeps out if not."),
    ):  # fmt: skip
        if any(bad):
            yield make_finding(
                code, severity, place,
                f"{say_count(sum(bad), 'sweep')} of {len(sweeps)} {what}.", fix,
            )  # fmt: skip


def _check_clamp(extra: dict[str, float], place: str) -> Iterator[Finding]:
    """Yield what speaks of a leak or a bad seal."""
    holding = extra.get("holding_current_median_pa", 0.0)
    if abs(holding) > MAX_HOLDING_PA:
        yield make_finding(
            "icephys.leak", Severity.WARNING, place,
            f"Holding the cell takes {abs(holding):.0f} pA, more than {MAX_HOLDING_PA:.0f}.",
            "Look whether the seal held; say the criterion by which cells were kept.",
        )  # fmt: skip
    access = extra.get("access_resistance_median_mohm", 0.0)
    if access > MAX_ACCESS_MOHM:
        yield make_finding(
            "icephys.access", Severity.WARNING, place,
            f"The access resistance is {access:.0f} megaohms, more than {MAX_ACCESS_MOHM:.0f}.",
            "Say how it was compensated; the voltage at the cell is not the one that was told.",
        )  # fmt: skip


def _draw(sweeps: list[MeasuredSweep], unit: str) -> Iterator[Picture]:
    """Yield sweeps of one kind over one another, and their commands."""
    if not sweeps:
        return
    n_points = len(sweeps[0].shown)
    alike = [s for s in sweeps if len(s.shown) == n_points]
    picked = [alike[int(i)] for i in np.linspace(0, len(alike) - 1, min(len(alike), _MAX_LINES))]
    other = "mV" if unit == "pA" else "pA"
    what = "Current at a held voltage" if unit == "pA" else "Voltage at a held current"
    for title, name, rows in (
        (what, unit, [s.shown for s in picked]),
        ("Command", other, [s.told for s in picked if len(s.told) == n_points]),
    ):
        if rows:
            yield Picture(
                Drawing.OVERLAY,
                f"Sweeps: {title}",
                f"{len(rows)} of {say_count(len(sweeps), 'sweep')}, thinned to {n_points} points.",
                {"x": picked[0].times_ms, "y": np.stack(rows)},
                "Time (ms)",
                f"{title.split(' ')[0]} ({name})",
            )
