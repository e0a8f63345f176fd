"""Cells and spikes out of an NWB file: from its movie, or from the traces that it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import CellEvents, InferredCells
from fascicle.maths import (
    Footprint,
    InferredSpikes,
    bin_frames,
    extract_traces,
    find_footprints,
    find_motion,
    infer_spikes,
    measure_dff,
    move_back,
)

from ._ophys_cells import list_traces, read_tables
from ._ophys_movies import BLOCK_BYTES

SHARP = 8.0
"""Median sharpness of a movie's correlation from which its movement is believed."""

MIN_FRAMES = 80
"""A shorter movie or trace tells no cells."""

_BIN_S = 0.5
_MIN_BINS = 60
_MAX_BINS = 3000
_SEEN = (1.0, 99.0)
_MAX_TRACES = 5000
_ELSEWHERE = ("Neuropil", "Deconvolved", "Denoised", "Spikes")
_MOVIES = frozenset({"TwoPhotonSeries", "OnePhotonSeries"})
_NO_RATE = "Times count frames"


@dataclass(frozen=True, slots=True)
class CellStory:
    """What was found in a recording, and how.

    Attributes
    ----------
    source : str
        ``"movie"``, ``"traces"``, or ``""`` where there is neither.
    problem : str
        Why nothing could be found: ``"nothing"``, ``"rate"``, ``"short"``, ``"volume"``; or empty.
    found : InferredCells or None
        The cells; None where there are none.
    spikes : tuple of InferredSpikes
        Of each cell.
    footprints : tuple of Footprint
        Of each cell that was found in a movie.
    shifts_px : ndarray of float64, shape (n_frames, 2)
        By how much frames were moved; no rows where that is not known.
    """

    source: str
    problem: str = ""
    found: InferredCells | None = None
    spikes: tuple[InferredSpikes, ...] = ()
    footprints: tuple[Footprint, ...] = ()
    shifts_px: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))


def infer_cells(path: Path) -> CellStory:
    """Find cells in an NWB file of calcium imaging, and infer their spikes.

    Traces that are there are taken as they are (less 0.7 of the neuropil, where it is told);
    without any, cells are looked for in the first movie of one plane.

    Parameters
    ----------
    path : Path
        An ``.nwb`` file; it is only read.

    Returns
    -------
    CellStory
        ``found`` is what `fascicle.formats.write_cells` takes.
    """
    import h5py

    with suppress(ImportError):
        import hdf5plugin  # noqa: F401 - importing it makes its filters known
    with h5py.File(path, "r") as file:
        traces = {name: data for name, data in list_traces(file) if data.shape[1]}
        own = [name for name in traces if not name.startswith(_ELSEWHERE)]
        if own:
            return _from_traces(file, traces, own[0])
        movies = [node for _, node in sorted(file.get("acquisition", {}).items()) if _shows(node)]
        if not movies:
            return CellStory("", "nothing")
        if len(movies[0]["data"].shape) != 3:
            return CellStory("movie", "volume")
        rate_hz = _rate_of(movies[0])
        if rate_hz <= 0:
            return CellStory("movie", "rate")
        return infer_from_movie(movies[0]["data"], rate_hz)


def infer_from_movie(data: Any, rate_hz: float) -> CellStory:  # noqa: ANN401 - an h5py.Dataset
    """Find cells in a movie as NWB keeps it, block after block.

    Parameters
    ----------
    data : h5py.Dataset or ndarray, shape (n_frames, width, height)
        Numbers of any type.
    rate_hz : float
        Frames in a second.

    Returns
    -------
    CellStory
        Movement, cells and their spikes.
    """
    n_frames = data.shape[0]
    if n_frames < MIN_FRAMES or min(data.shape[1:]) < 16:
        return CellStory("movie", "short")

    def blocks() -> Iterator[NDArray[np.float64]]:
        n_block = max(1, BLOCK_BYTES // (8 * prod(data.shape[1:])))
        for start in range(0, n_frames, n_block):
            block = np.asarray(data[start : start + n_block], dtype=np.float64)
            yield np.nan_to_num(block).transpose(0, 2, 1)

    motion = find_motion(blocks)
    is_told = float(np.median(motion.sharpness)) >= SHARP
    shifts = motion.shifts_px if is_told else np.zeros((n_frames, 2))

    def still() -> Iterator[NDArray[np.float64]]:
        frame = 0
        for block in blocks():
            yield move_back(block, shifts[frame : frame + len(block)])
            frame += len(block)

    wanted = max(n_frames / rate_hz / _BIN_S, _MIN_BINS)
    binned = bin_frames(still, n_frames, int(min(wanted, n_frames, _MAX_BINS)))
    mean = binned.mean(axis=0)
    cells = _find_inside(binned, shifts)
    del binned
    told = shifts if is_told else np.zeros((0, 2))
    if not cells:
        return CellStory("movie", shifts_px=told)
    traces = extract_traces(still, cells, (data.shape[2], data.shape[1]))
    dff = measure_dff(traces, rate_hz)
    spikes = tuple(infer_spikes(trace, rate_hz) for trace in dff)
    found = InferredCells(
        rate_hz,
        tuple((cell.columns, cell.rows, cell.weights) for cell in cells),
        np.array([cell.confidence for cell in cells]),
        {
            "fluorescence": traces.fluorescence.T,
            "neuropil": traces.neuropil.T,
            "dff": dff.T,
            "deconvolved": _on_frames(spikes, n_frames, rate_hz),
        },
        gather_events(spikes),
        {"mean": mean},
    )
    return CellStory("movie", "", found, spikes, cells, told)


def _find_inside(
    binned: NDArray[np.float32], shifts_px: NDArray[np.float64]
) -> tuple[Footprint, ...]:
    """Return the cells in the part of the plane that nearly all frames show."""
    low = np.ceil(np.maximum(-np.percentile(shifts_px, _SEEN[0], axis=0), 0)).astype(int)
    high = np.ceil(np.maximum(np.percentile(shifts_px, _SEEN[1], axis=0), 0)).astype(int)
    height, width = binned.shape[1:]
    inner = binned[:, low[0] : height - high[0], low[1] : width - high[1]]
    if min(inner.shape) < 16:
        return ()
    return tuple(
        replace(cell, rows=cell.rows + low[0], columns=cell.columns + low[1])
        for cell in find_footprints(inner)
    )


def _from_traces(file: Any, traces: dict[str, Any], name: str) -> CellStory:  # noqa: ANN401
    """Infer spikes from the traces of a file."""
    data = traces[name]
    holder = data.parent
    rate_hz = _rate_of(holder)
    if rate_hz <= 0:
        return CellStory("traces", "rate")
    if data.shape[0] < MIN_FRAMES:
        return CellStory("traces", "short")
    values = np.asarray(data[:, :_MAX_TRACES], dtype=np.float64)
    ring = traces.get(name.replace("RoiResponseSeries", "Neuropil"))
    if ring is not None and ring is not data and ring.shape == data.shape:
        around = np.asarray(ring[:, :_MAX_TRACES], dtype=np.float64)
        values = values - 0.7 * (around - np.nanmean(around, axis=0))
    told = np.isfinite(values).sum(axis=0) >= MIN_FRAMES
    spikes = tuple(
        infer_spikes(trace if is_told else np.zeros(len(trace)), rate_hz)
        for trace, is_told in zip(values.T, told, strict=True)
    )
    found = InferredCells(
        rate_hz,
        _masks_of(file, len(spikes)),
        np.array([float(one.confidences.max(initial=0.0)) for one in spikes]),
        {"fluorescence": values, "deconvolved": _on_frames(spikes, len(values), rate_hz)},
        gather_events(spikes),
    )
    return CellStory("traces", "", found, spikes)


def gather_events(spikes: tuple[InferredSpikes, ...]) -> CellEvents:
    """Return the events of all cells in order of their times."""
    cells = np.repeat(np.arange(len(spikes)), [len(one.times_s) for one in spikes])
    none = np.zeros(0)
    times, sizes, confidences = (
        np.concatenate([none, *(getattr(one, name) for one in spikes)])
        for name in ("times_s", "sizes", "confidences")
    )
    order = np.lexsort((cells, times))
    return CellEvents(times[order], sizes[order], confidences[order], cells[order])


def _on_frames(
    spikes: tuple[InferredSpikes, ...], n_frames: int, rate_hz: float
) -> NDArray[np.float64]:
    """Return the activity of all cells in the frames of the recording."""
    times_s = np.arange(n_frames) / rate_hz
    return np.stack([one.activity_at(times_s) for one in spikes], axis=1)


def _masks_of(file: Any, n_cells: int) -> tuple[Any, ...]:  # noqa: ANN401
    """Return the pixels of the cells, if the file tells them of just these cells."""
    tables = list(read_tables(file))
    if len(tables) != 1 or len(tables[0].masks) != n_cells:
        return ()
    masks = tables[0].masks
    if not all(len(mask) for mask in masks):
        return ()
    return tuple((mask[:, 0], mask[:, 1], np.ones(len(mask))) for mask in masks)


def _shows(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a series of a file is a movie."""
    kind = node.attrs.get("neurodata_type", "")
    kind = kind.decode() if isinstance(kind, bytes) else kind
    return kind in _MOVIES and "data" in node and len(node["data"].shape) in {3, 4}


def _rate_of(node: Any) -> float:  # noqa: ANN401
    """Return the frames in a second of a series; 0 where nobody knows."""
    said = node.attrs.get("comments", "")
    if str(said.decode() if isinstance(said, bytes) else said).startswith(_NO_RATE):
        return 0.0
    if "starting_time" in node:
        return float(node["starting_time"].attrs.get("rate", 0.0))
    if "timestamps" in node and node["timestamps"].shape[0] > 1:
        step = float(np.median(np.diff(node["timestamps"][:10_000])))
        return 1 / step if step > 0 else 0.0
    return 0.0
