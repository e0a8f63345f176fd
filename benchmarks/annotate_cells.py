"""Cells in calcium movies and spikes in their traces, against truths that are known.

1. Spikes inferred from the fluorescence of cells whose spikes an electrode recorded
   (``signals/calcium/spikefinder_4``), in bins of 40 ms as in the spikefinder challenge, beside a
   smoothed derivative and a threshold. Time constants come from each trace; nothing is fitted here.
2. Cells, traces, movement and spikes in simulated movies of unseen seeds, beside the connected
   parts of the correlation image. Suite2p cannot be installed beside this environment.
3. Movement of a real movie (``signals/calcium/sima_2p``) beside the displacements stored with it.
4. False alarms: noise alone, neuropil without cells, traces of noise.

Simulated and real rows are never averaged. Writes ``benchmarks/results/annotate_cells.json``::

    OMP_NUM_THREADS=1 python benchmarks/annotate_cells.py [--data FOLDER]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _results import write_results
from scipy import ndimage, stats

from fascicle.formats._trace_tables import read_table
from fascicle.maths import bin_frames, find_motion, infer_spikes
from fascicle.quality._cell_inference import infer_from_movie
from fascicle.testing import MovieDraft, MovieTruth, simulate_calcium_movie

ROOT = Path(__file__).resolve().parent.parent
SEED = 9000
BIN = 4  # of 100 Hz: 25 Hz
FLOOR_S = 0.05
N_BOOT = 1000

# Frames, rows, columns, radius, photons: odd and unequal, from noisy to clear.
MOVIES = (
    ((601, 83, 101), 3.5, 3.0),
    ((601, 83, 101), 3.5, 12.0),
    ((601, 83, 101), 3.5, 50.0),
    ((801, 97, 89), 6.0, 12.0),
)


def main() -> None:
    """Run all four parts, print their rows and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("FASCICLE_TEST_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    signals = parser.parse_args().data / "signals" / "calcium"
    values: dict[str, Any] = {
        "peers": {"suite2p": "cannot be installed beside this environment: not compared"}
    }
    for name, part in (
        ("real_spikes", partial(judge_spikes, signals / "spikefinder_4" / "truth")),
        ("real_motion", partial(judge_stored_motion, signals / "sima_2p")),
        ("false_alarms", judge_false_alarms),
        ("simulated_movies", judge_movies),
    ):
        values[name] = part()
        print(name, values[name], flush=True)
    write_results("annotate_cells", values, seed=SEED)


def judge_spikes(folder: Path) -> dict[str, Any]:
    """Return the correlation of inferred and recorded spikes, method by method, cell by cell."""
    traces = read_table(folder / "4.train.calcium.csv.gz").T
    spikes = read_table(folder / "4.train.spikes.csv.gz").T
    n_bins = traces.shape[1] // BIN
    truth = spikes[:, : n_bins * BIN].reshape(len(spikes), n_bins, BIN).sum(axis=2)
    middles_s = (np.arange(n_bins) * BIN + (BIN - 1) / 2) / 100.0
    decays: list[float] = []

    def ours(trace: np.ndarray) -> np.ndarray:
        found = infer_spikes(trace, 100.0)
        decays.append(found.decay_s)
        return found.activity_at(middles_s)

    def derivative(trace: np.ndarray, sigma_s: float) -> np.ndarray:
        rise = np.gradient(ndimage.gaussian_filter1d(trace, sigma_s * 100))
        return _bin(np.maximum(rise, 0), n_bins)

    def threshold(trace: np.ndarray) -> np.ndarray:
        return _bin((trace > trace.mean() + 2 * trace.std()).astype(float), n_bins)

    methods: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "fascicle": ours,
        "smoothed_derivative_50_ms": partial(derivative, sigma_s=FLOOR_S),
        "smoothed_derivative_200_ms_best_in_hindsight": partial(derivative, sigma_s=0.2),
        "threshold_2_sd": threshold,
    }
    rows = {}
    for name, method in methods.items():
        start = time.process_time()
        guesses = [method(trace) for trace in traces]
        cpu_s = time.process_time() - start
        rows[name] = _score(guesses, truth) | {
            "cpu_s_per_recorded_minute": round(cpu_s / (traces.size / 100 / 60), 4)
        }
    return rows | {
        "decays_s": [round(decay, 2) for decay in decays],
        "difference_to_floor": _paired(rows["fascicle"], rows["smoothed_derivative_50_ms"]),
        "difference_to_best_derivative": _paired(
            rows["fascicle"], rows["smoothed_derivative_200_ms_best_in_hindsight"]
        ),
    }


def _bin(values: np.ndarray, n_bins: int) -> np.ndarray:
    return np.asarray(values[: n_bins * BIN].reshape(n_bins, BIN).sum(axis=1))


def _score(guesses: list[np.ndarray], truth: np.ndarray) -> dict[str, Any]:
    """Return Pearson and Spearman of each cell with intervals over blocks of 30 s."""
    rng = np.random.default_rng(SEED)
    n_block = 25 * 30
    pearson, spearman, intervals = [], [], []
    for guess, counts in zip(guesses, truth, strict=True):
        pearson.append(float(np.corrcoef(guess, counts)[0, 1]))
        spearman.append(float(stats.spearmanr(guess, counts).statistic))
        n_blocks = len(counts) // n_block
        pairs = np.stack([guess, counts])[:, : n_blocks * n_block].reshape(2, n_blocks, n_block)
        drawn = []
        for _ in range(N_BOOT):
            one, two = pairs[:, rng.integers(0, n_blocks, n_blocks)].reshape(2, -1)
            drawn.append(float(np.corrcoef(one, two)[0, 1]) if one.any() else 0.0)
        intervals.append([round(float(q), 3) for q in np.percentile(drawn, [2.5, 97.5])])
    low, high = _interval(np.array(pearson))
    return {
        "pearson": [round(value, 3) for value in pearson],
        "pearson_95_blocks": intervals,
        "spearman": [round(value, 3) for value in spearman],
        "mean_pearson": round(float(np.mean(pearson)), 3),
        "mean_pearson_95_cells": [low, high],
        "mean_spearman": round(float(np.mean(spearman)), 3),
    }


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean over cells, by Student's t."""
    half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    mean = float(values.mean())
    return round(mean - half, 3), round(mean + half, 3)


def _paired(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Return the mean difference of Pearson over the same cells, and its interval."""
    apart = np.array(one["pearson"]) - np.array(two["pearson"])
    return {"mean": round(float(apart.mean()), 3), "interval_95": list(_interval(apart))}


def judge_stored_motion(folder: Path) -> dict[str, Any]:
    """Return the distance of found movement from what is stored with a real movie."""
    import h5py

    with h5py.File(folder / "example.h5", "r") as file:
        frames = np.asarray(file["imaging"], dtype=np.float64).transpose(2, 0, 1)
    data = (folder / "example.sima" / "displacements.pkl").read_bytes()
    n_bytes = 8 * 2 * frames.shape[0] * frames.shape[1]
    place = data.index(b"T" + n_bytes.to_bytes(4, "little")) + 5
    stored = np.frombuffer(data, "<i8", n_bytes // 8, place).reshape(*frames.shape[:2], 2)
    # A displacement says where a line belongs: it was moved the other way.
    moved = -stored.mean(axis=1)
    start = time.process_time()
    found = find_motion(lambda: [frames])
    cpu_s = time.process_time() - start
    centred = moved - np.median(moved, axis=0)
    error = np.hypot(*(found.shifts_px - centred).T)
    still = np.hypot(*centred.T)
    return {
        "n_frames": len(frames),
        "median_error_px": round(float(np.median(error)), 3),
        "p95_error_px": round(float(np.percentile(error, 95)), 3),
        "median_error_if_nothing_moved_px": round(float(np.median(still)), 3),
        "p95_error_if_nothing_moved_px": round(float(np.percentile(still, 95)), 3),
        "correlation_down_right": [
            round(float(np.corrcoef(found.shifts_px[:, axis], moved[:, axis])[0, 1]), 3)
            for axis in (0, 1)
        ],
        "median_sharpness": round(float(np.median(found.sharpness)), 1),
        "cpu_s": round(cpu_s, 2),
        "note": "stored displacements are whole pixels, line by line; frames are compared",
    }


def judge_false_alarms() -> dict[str, Any]:
    """Return what is found where there is nothing."""
    rng = np.random.default_rng(SEED)
    noise = [
        infer_from_movie(rng.poisson(mean, (601, 89, 83)).astype(np.uint16), 15.0)
        for mean in (2, 50)
    ]
    neuropil = [
        infer_from_movie(_nwb(simulate_calcium_movie(
            SEED + 50 + i, MovieDraft((601, 83, 101), 0, photons=photons, motion_px=motion))), 15.0)
        for i, (photons, motion) in enumerate(((12.0, 0.0), (50.0, 2.0)))
    ]  # fmt: skip
    traces = [infer_spikes(rng.normal(0, 0.2, 3600), 30.0) for _ in range(10)]
    sure = [np.count_nonzero(trace.confidences >= 0.5) for trace in traces]
    return {
        "cells_in_noise": [len(story.footprints) for story in noise],
        "cells_in_neuropil": [len(story.footprints) for story in neuropil],
        "sure_cells_in_neuropil": [
            sum(cell.confidence >= 0.5 for cell in story.footprints) for story in neuropil
        ],
        "sure_events_per_minute_of_noise": round(float(np.mean(sure)) / 2, 3),
    }


def judge_movies() -> list[dict[str, Any]]:
    """Return a row for each kind of movie: two seeds each, one moving."""
    rows = []
    for i, (shape, radius_px, photons) in enumerate(MOVIES):
        for motion_px in (0.0, 2.0):
            draft = MovieDraft(shape, 12, photons=photons, radius_px=radius_px, motion_px=motion_px)
            truth = simulate_calcium_movie(SEED + 2 * i + int(motion_px > 0), draft)
            row = {"shape": shape, "radius_px": radius_px, "photons": photons,
                   "motion_px": motion_px} | judge_movie(truth)  # fmt: skip
            print(row, flush=True)
            rows.append(row)
    return rows


def _nwb(truth: MovieTruth) -> np.ndarray:
    """Return a movie with columns before rows, as NWB keeps it."""
    return truth.movie.transpose(0, 2, 1)


def judge_movie(truth: MovieTruth) -> dict[str, Any]:
    """Return how well movement, cells, traces and spikes of one movie are found."""
    start = time.process_time()
    story = infer_from_movie(_nwb(truth), truth.rate_hz)
    cpu_s = time.process_time() - start
    true_px = truth.shifts_px - np.median(truth.shifts_px, axis=0)
    found_px = story.shifts_px if len(story.shifts_px) else np.zeros_like(true_px)
    # Cells are found where the median frame has them.
    offset = np.round(np.median(truth.shifts_px, axis=0)).astype(int)
    masks = np.roll(truth.masks, offset, axis=(1, 2))
    shape = masks.shape[1:]
    found = [_mask(cell.rows, cell.columns, shape) for cell in story.footprints]
    pairs = _match(found, masks)
    sure = [i for i, cell in enumerate(story.footprints) if cell.confidence >= 0.5]
    traces = story.found.traces["dff"].T if story.found else np.zeros((0, len(truth.movie)))
    plain = _plain_cells(truth)
    return {
        "n_cells": len(masks),
        **_counts("", found, masks, pairs),
        **_counts("sure_", [found[i] for i in sure], masks, {i for i in pairs if i in sure}),
        **_counts("plain_", plain, masks, _match(plain, masks)),
        "median_trace_correlation": _median([
            np.corrcoef(traces[i], truth.traces[j])[0, 1] for i, j in pairs.items()
        ]),
        "median_spike_correlation_25_hz": _median([
            _spike_correlation(story.spikes[i], truth.spikes_s[j], len(truth.movie) / truth.rate_hz)
            for i, j in pairs.items()
        ]),
        "median_motion_error_px": _median(np.hypot(*(found_px - true_px).T)),
        "p95_motion_error_px": round(
            float(np.percentile(np.hypot(*(found_px - true_px).T), 95)), 3
        ),
        "median_motion_px": _median(np.hypot(*true_px.T)),
        "cpu_s_per_recorded_minute": round(cpu_s / (len(truth.movie) / truth.rate_hz / 60), 2),
    }


def _counts(prefix: str, found: list[Any], masks: np.ndarray, pairs: Any) -> dict[str, Any]:
    """Return precision and recall."""
    return {
        f"{prefix}n_found": len(found),
        f"{prefix}precision": round(len(pairs) / len(found), 3) if found else None,
        f"{prefix}recall": round(len(pairs) / len(masks), 3),
    }


def _mask(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def _match(found: list[np.ndarray], masks: np.ndarray) -> dict[int, int]:
    """Return which found cell is which true one: at least 0.4 of their union is shared."""
    pairs: dict[int, int] = {}
    for i, mask in enumerate(found):
        both = (masks & mask).sum(axis=(1, 2)) / (masks | mask).sum(axis=(1, 2))
        best = int(np.argmax(both))
        if both[best] >= 0.4 and best not in pairs.values():
            pairs[i] = best
    return pairs


def _plain_cells(truth: MovieTruth) -> list[np.ndarray]:
    """Return the plain way: connected parts of the correlation image, without registration."""
    binned = bin_frames(partial(iter, [truth.movie.astype(np.float64)]), len(truth.movie), 120)
    binned -= binned.mean(axis=0)
    binned -= ndimage.uniform_filter(binned, (0, 31, 31))  # what a whole neighbourhood does
    around = (ndimage.uniform_filter(binned, (0, 3, 3)) * 9 - binned) / 8
    size = np.sqrt((binned**2).sum(axis=0) * (around**2).sum(axis=0))
    image = (binned * around).sum(axis=0) / np.maximum(size, 1e-12)
    pieces, n = ndimage.label(image > image.mean() + 1.5 * image.std())
    return [pieces == i for i in range(1, n + 1) if (pieces == i).sum() >= 12]


def _spike_correlation(spikes: Any, times_s: np.ndarray, duration_s: float) -> float:
    edges_s = np.arange(0, duration_s, 0.04)
    counts, _ = np.histogram(times_s, edges_s)
    return float(np.corrcoef(spikes.activity_at(edges_s[:-1] + 0.02), counts)[0, 1])


def _median(values: Any) -> float | None:
    return round(float(np.median(values)), 3) if len(values) else None


if __name__ == "__main__":
    main()
