"""The check of calcium imaging: movies in one pass, traces, and what the file leaves unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Finding, Header, Picture, Severity, say_count

from ._metadata import make_finding
from ._ophys_cells import (
    CellTable,
    TraceMeasures,
    find_outline,
    list_traces,
    measure_traces,
    read_tables,
    shorten,
)
from ._ophys_movies import MovieMeasures, measure_movie
from ._results import RecordingQuality

MAX_BLEACHING = 0.2
"""Share of brightness that may be lost from the first tenth to the last."""

MAX_SATURATED = 1e-4
"""Share of values at full scale that may be."""

MAX_MOTION = 0.02
"""Movement, as a share of the shorter side of a frame, below which 95 % of frames should be."""

_MIN_MOTION_PX = 2.0
_MIN_COMPARED = 10
_DARK = 0.5
_STRETCH = (1.0, 99.7)
_MAX_SIDE = 480
_MAX_POINTS = 3000
_MAX_COLUMNS = 1000
_MAX_MOVIES = 4
_SERIES = frozenset({"TwoPhotonSeries", "OnePhotonSeries"})


@dataclass(frozen=True, slots=True)
class _Movie:
    """A movie of the file with its measures."""

    name: str
    rate_hz: float
    measures: MovieMeasures


def check_ophys(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written recording of calcium imaging.

    All frames are read once. Brightness, blank and repeated frames and values at full scale are
    counted in every frame. Movement is found by phase correlation of up to 128 frames, spread
    evenly, with their mean, in the middle 256 by 256 pixels and to whole pixels; of volumes in the
    mean over planes. Frames too noisy for a sharp correlation tell nothing of movement.

    Parameters
    ----------
    path : Path
        A written ``.nwb`` file.
    header : Header
        What may be said about it.

    Returns
    -------
    RecordingQuality
        With mean image, deviation and traces as pictures.
    """
    import h5py

    with h5py.File(path, "r") as file:
        movies = [
            _Movie(name, header.sfreq_hz, measure_movie(series["data"]))
            for name, series in _list_movies(file)[:_MAX_MOVIES]
        ]
        tables = list(read_tables(file))
        traces = [(measure_traces(name, data), data) for name, data in list_traces(file)]
        findings = [
            *_judge_header(header, path.name, is_movie=bool(movies)),
            *(finding for movie in movies for finding in _judge_movie(movie, path.name)),
            *_judge_traces([measured for measured, _ in traces], path.name),
        ]
        pictures = [
            *_draw_images(file, movies, tables),
            *(_draw_brightness(movie) for movie in movies[:1] if len(movie.measures.trace) > 1),
            *_draw_traces(traces, header.sfreq_hz),
        ]
        if not movies and not traces and not tables:
            findings.append(
                make_finding(
                    "recording.empty", Severity.ERROR, path.name,
                    "The recording holds neither frames nor cells.",
                    "Export it again, or leave it out.",
                )
            )  # fmt: skip
    extra = {**_count(header, tables), **(_summarise(movies[0].measures) if movies else {})}
    return RecordingQuality.of_content(findings, pictures, extra)


def _list_movies(file: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - an h5py.File
    """Return the series of frames by name."""
    found = []
    for name, node in sorted(file.get("acquisition", {}).items()):
        kind = node.attrs.get("neurodata_type", "")
        kind = kind.decode() if isinstance(kind, bytes) else kind
        if kind in _SERIES and len(node["data"].shape) in {3, 4} and node["data"].size:
            found.append((name, node))
    return found


def _count(header: Header, tables: list[CellTable]) -> dict[str, float]:
    """Return counts of frames and cells."""
    counts = {"n_frames": float(header.n_times), "frame_rate_hz": header.sfreq_hz}
    if header.sfreq_hz > 0:
        counts["duration_s"] = header.duration_s
    if tables:
        counts["n_rois"] = float(sum(len(table.is_cell) for table in tables))
        if any(table.is_judged for table in tables):
            counts["n_cells"] = float(sum(np.count_nonzero(table.is_cell) for table in tables))
    return counts


def _summarise(measures: MovieMeasures) -> dict[str, float]:
    """Return the measures of a movie as numbers."""
    summary = {
        "mean_brightness": float(measures.mean.mean()),
        "bleaching_share": _bleaching(measures.trace),
        "saturated_share": measures.saturated_share,
        "n_blank_frames": float(measures.n_blank),
        "n_repeated_frames": float(measures.n_repeated),
        "n_frames_compared": float(len(measures.shifts_px)),
    }
    if len(measures.shifts_px):
        summary["motion_px"] = _motion(measures)
    return summary


def _bleaching(trace: NDArray[np.float64]) -> float:
    """Return the share of brightness that is lost from the first tenth to the last."""
    n = max(1, len(trace) // 10)
    first, last = float(np.median(trace[:n])), float(np.median(trace[-n:]))
    return (first - last) / abs(first) if first else 0.0


def _motion(measures: MovieMeasures) -> float:
    """Return the distance from the middle place that 95 % of compared frames stay within."""
    apart = measures.shifts_px - np.median(measures.shifts_px, axis=0)
    return float(np.percentile(np.hypot(apart[:, 0], apart[:, 1]), 95))


def _judge_header(header: Header, place: str, *, is_movie: bool) -> Iterator[Finding]:
    """Say what the recording does not tell, and how the lab can."""
    said = header.metadata
    if not header.sfreq_hz > 0:
        yield make_finding(
            "ophys.frame-rate", Severity.WARNING, place,
            "The recording does not tell its frame rate: its times count frames, not seconds.",
            'Put {"FrameRate": 30.0} with your rate into a file ophys.json beside it, and share '
            "again.",
        )  # fmt: skip
    missing = [
        name
        for name in ("Indicator", "ExcitationWavelength", "BrainRegion")
        if not said.get(name) and not (name == "Indicator" and said.get("IndicatorName"))
    ]
    if is_movie and "ImagingType" not in said:
        missing.append("ImagingType")
    if missing:
        kind = (
            " It is written as a series of two photons, as most are."
            if "ImagingType" in missing
            else ""
        )
        yield make_finding(
            "ophys.optics", Severity.NOTE, place,
            f"The recording does not tell {', '.join(missing)}; archives ask for them.{kind}",
            "Put them under these names into a file ophys.json beside it: Indicator as GCaMP6f, "
            "wavelengths in nm, ImagingType one-photon or two-photon.",
        )  # fmt: skip


def _judge_movie(movie: _Movie, place: str) -> Iterator[Finding]:
    """Judge the frames of one channel."""
    measures = movie.measures
    n = len(measures.trace)
    if measures.n_blank == n or (n > 1 and not measures.deviation.max() > 0):
        yield make_finding(
            "ophys.no-signal", Severity.ERROR, place,
            f"In {movie.name} nothing changes from frame to frame.",
            "Look whether the detector was on; leave the recording out if it was not.",
        )  # fmt: skip
        return
    yield from _judge_frames(movie, place)
    if measures.saturated_share > MAX_SATURATED:
        yield make_finding(
            "ophys.saturated", Severity.WARNING, place,
            f"{100 * measures.saturated_share:.2g} % of the values of {movie.name} are at full "
            "scale: brighter cells are cut off.",
            "Leave saturated cells out of analyses; next time lower the gain or the laser.",
        )  # fmt: skip
    lost = _bleaching(measures.trace)
    if n >= _MIN_COMPARED and lost > MAX_BLEACHING:
        yield make_finding(
            "ophys.bleaching", Severity.WARNING, place,
            f"{movie.name} lost {100 * lost:.0f} % of its brightness from the first tenth to the "
            "last.",
            "Correct traces by a running baseline; look whether the focus drifted.",
        )  # fmt: skip
    if measures.n_missing:
        yield make_finding(
            "ophys.not-finite", Severity.WARNING, place,
            f"{say_count(measures.n_missing, 'value')} of {movie.name} are no numbers.",
            "Look at how the movie was exported; they count as 0 here.",
        )  # fmt: skip
    yield from _judge_motion(movie, place)


def _judge_frames(movie: _Movie, place: str) -> Iterator[Finding]:
    """Judge frames that are missing in one way or another."""
    measures = movie.measures
    trace = measures.trace
    n_dark = int(np.count_nonzero(trace < _DARK * np.median(trace))) if trace.min() >= 0 else 0
    for code, count, what in (
        ("ophys.blank-frames", measures.n_blank, "hold one value in all pixels"),
        ("ophys.repeated-frames", measures.n_repeated, "repeat the one before in every pixel"),
        ("ophys.dark-frames", max(0, n_dark - measures.n_blank), "have less than half of the "
         "usual brightness"),
    ):  # fmt: skip
        if count:
            yield make_finding(
                code, Severity.WARNING, place,
                f"{count} of {len(trace)} frames of {movie.name} {what}.",
                "Frames may have been dropped: compare with the times of the trigger, and leave "
                "these frames out.",
            )  # fmt: skip


def _judge_motion(movie: _Movie, place: str) -> Iterator[Finding]:
    """Judge how far frames are moved."""
    measures = movie.measures
    n_told = len(measures.shifts_px)
    if measures.n_compared >= _MIN_COMPARED and n_told < measures.n_compared / 2:
        yield make_finding(
            "ophys.motion-unknown", Severity.NOTE, place,
            f"Only {n_told} of {measures.n_compared} frames of {movie.name} are sharp enough to "
            "tell movement.",
            "Nothing needs to be done; look at the movie itself before cells are marked.",
        )  # fmt: skip
        return
    if n_told < _MIN_COMPARED:
        return
    moved = _motion(measures)
    allowed = max(_MIN_MOTION_PX, MAX_MOTION * min(measures.mean.shape))
    if moved > allowed:
        yield make_finding(
            "ophys.motion", Severity.WARNING, place,
            f"Of {n_told} frames of {movie.name} that were compared with their mean, one in twenty "
            f"is moved by more than {moved:.0f} pixels.",
            "Register the frames before cells are marked (Suite2p, CaImAn or NoRMCorre do it).",
        )  # fmt: skip


def _judge_traces(measured: list[TraceMeasures], place: str) -> Iterator[Finding]:
    """Judge the traces of cells."""
    for traces in measured:
        if traces.n_missing:
            share = traces.n_missing / max(1, traces.n_frames * traces.n_cells)
            yield make_finding(
                "ophys.traces-missing", Severity.WARNING, place,
                f"{100 * share:.2g} % of the values of {traces.name} are no numbers.",
                "Nothing needs to be done if cells were recorded for different times; else export "
                "the traces again.",
            )  # fmt: skip
        if traces.n_flat:
            yield make_finding(
                "ophys.traces-flat", Severity.WARNING, place,
                f"The trace of {say_count(traces.n_flat, 'cell')} of {traces.n_cells} in "
                f"{traces.name} never changes.",
                "Leave these cells out.",
            )  # fmt: skip


def _draw_images(
    file: Any,  # noqa: ANN401
    movies: list[_Movie],
    tables: list[CellTable],
) -> Iterator[Picture]:
    """Draw mean and deviation of each movie, or the mean that an analysis kept."""
    images: list[tuple[str, NDArray[np.float64], NDArray[np.float64] | None]] = [
        (movie.name, movie.measures.mean, movie.measures.deviation) for movie in movies
    ]
    if not images:
        kept = [
            (name, node)
            for name, node in sorted(file.get("processing/ophys", {}).items())
            if name.startswith("SummaryImages") and "mean" in node
        ]
        images += [(name, node["mean"][()].T, None) for name, node in kept[:_MAX_MOVIES]]
    for i, (name, mean, deviation) in enumerate(images):
        table = tables[i] if i < len(tables) and len(tables) in {1, len(images)} else None
        points, classes = _outlines(table, mean.shape)
        arrays: dict[str, NDArray[Any]] = {"pixels": _stretch(mean)}
        if len(points):
            arrays |= {"points": points, "classes": classes}
        yield Picture(
            Drawing.IMAGE,
            f"Mean image: {name}",
            "Mean of all frames, its contrast stretched from the 1st to the 99.7th percentile"
            + ("; outlines of cells." if len(points) else "."),
            arrays,
            legend=("rejected", "cell") if len(points) else (),
        )
        if deviation is not None and deviation.max() > 0:
            yield Picture(
                Drawing.IMAGE,
                f"What changes: {name}",
                "Standard deviation of each pixel over time, its contrast stretched: cells that "
                "flash are bright.",
                {"pixels": _stretch(deviation)},
            )


def _stretch(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return an image of at most 480 pixels a side, from black to white."""
    step = _step(image.shape)
    rows, columns = (n - n % step for n in image.shape)
    small = image[:rows, :columns].reshape(rows // step, step, columns // step, step)
    shrunk = small.mean(axis=(1, 3))
    low, high = np.percentile(shrunk, _STRETCH)
    scaled = (shrunk - low) / (high - low) if high > low else np.zeros_like(shrunk)
    grey: NDArray[np.uint8] = (np.clip(scaled, 0, 1) * 255).round().astype(np.uint8)
    return grey


def _step(shape: tuple[int, ...]) -> int:
    """Return how many pixels of a side become one."""
    return max(1, -(-max(shape) // _MAX_SIDE))


def _outlines(
    table: CellTable | None, shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the outlines of cells in pixels of the drawn image, and whether each is a cell."""
    if table is None:
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    edges = [find_outline(mask) for mask in table.masks]
    if not sum(map(len, edges)):
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    points = np.concatenate(edges)
    classes = np.repeat(table.is_cell.astype(np.int64), [len(edge) for edge in edges])
    every = -(-len(points) // _MAX_POINTS)
    return points[::every] / _step(shape), classes[::every]


def _draw_brightness(movie: _Movie) -> Picture:
    """Draw the mean of each frame."""
    trace = movie.measures.trace
    n_stretch = -(-len(trace) // _MAX_COLUMNS)
    starts = np.arange(0, len(trace), n_stretch)
    means = np.add.reduceat(trace, starts) / np.diff(np.append(starts, len(trace)))
    return Picture(
        Drawing.LINES,
        f"Brightness: {movie.name}",
        "Mean of each frame over time: a slope is bleaching, a notch is a frame without light.",
        {
            "x": (starts / (movie.rate_hz or 1.0)).astype(np.float64),
            "y": means[np.newaxis].astype(np.float32),
        },
        x_label="Time (s)" if movie.rate_hz else "Frame",
        y_label="Mean (counts)",
    )


def _draw_traces(traces: list[tuple[TraceMeasures, Any]], rate_hz: float) -> Iterator[Picture]:
    """Draw the traces of the cells that stand out most, of the first series that has any."""
    for measured, data in traces:
        if not len(measured.lively) or measured.name.startswith(("Neuropil", "Spikes")):
            continue
        lines = shorten(data, measured.lively)
        n_stretch = -(-measured.n_frames // lines.shape[1])
        yield Picture(
            Drawing.LINES,
            f"Traces: {measured.name}",
            f"{len(lines)} of {measured.n_cells} cells, those whose highest value stands out most; "
            "each in its own standard deviations.",
            {
                "x": np.arange(lines.shape[1]) * n_stretch / (rate_hz or 1.0),
                "y": lines,
            },
            x_label="Time (s)" if rate_hz else "Frame",
            y_label="Cell",
            legend=tuple(str(i) for i in measured.lively),
        )
        return
