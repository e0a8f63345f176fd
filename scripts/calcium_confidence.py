"""Fit the numbers that turn the evidence for a calcium event, or for a cell, into a confidence.

Traces are simulated (`fascicle.testing.simulate_calcium`) over rates of frames, decays, noise and
rates of firing; an event is true if a spike was within 0.1 s or 1.5 frames of it. Movies
are simulated over sizes of cells and counts of photons; a footprint is a cell if it shares 0.4 of
the union of their pixels with one. Prints the numbers for ``CONFIDENCE`` in
``maths/_calcium_spikes.py`` and ``CELL_CONFIDENCE`` in ``maths/_cell_footprints.py``, and how well
they hold on seeds that were not fitted::

    python scripts/calcium_confidence.py
"""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fascicle.maths import bin_frames, event_features, find_footprints, infer_spikes
from fascicle.testing import MovieDraft, simulate_calcium, simulate_calcium_movie

RATES_HZ = (7.8, 15.0, 30.0, 60.0)
DECAYS_S = (0.3, 0.7, 1.5)
NOISES = (0.05, 0.1, 0.2, 0.4)
SPIKES_HZ = (0.05, 0.2, 0.6, 1.2)

Evidence = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Features, and 1 where what they are of is right."""


def main() -> None:
    """Fit on some seeds, judge on others, print both."""
    report("CONFIDENCE", gather(seeds=range(1000, 1002)), gather(seeds=range(2000, 2001)))
    report(
        "CELL_CONFIDENCE",
        gather_cells(seeds=range(3000, 3002)),
        gather_cells(seeds=range(4000, 4001)),
    )


def report(name: str, seen: Evidence, unseen: Evidence) -> None:
    """Fit a logistic to what was seen, and judge it on what was not."""
    features, is_right = seen

    def loss(numbers: NDArray[np.float64]) -> float:
        score = features @ numbers
        loss = float(np.mean(np.logaddexp(0, score) - is_right * score))
        return loss + 1e-4 * float(numbers @ numbers)

    numbers = minimize(loss, np.zeros(features.shape[1])).x
    print(f"{name} =", tuple(round(float(number), 2) for number in numbers))
    told = 1 / (1 + np.exp(-(unseen[0] @ numbers)))
    for low in np.arange(0, 1, 0.1):
        inside = (told >= low) & (told < low + 0.1)
        if inside.any():
            print(f"{low:.1f}: {inside.sum():6d}, {unseen[1][inside].mean():.2f} are right")


def gather(seeds: range) -> Evidence:
    """Return features of events, and whether a spike was there."""
    rows, answers = [], []
    for seed, rate_hz, decay_s, noise, spikes_hz in product(
        seeds, RATES_HZ, DECAYS_S, NOISES, SPIKES_HZ
    ):
        duration_s = float(np.random.default_rng(seed).choice([61, 150, 240]))
        truth = simulate_calcium(
            seed + 7 * round(100 * (rate_hz + decay_s + noise + spikes_hz)),
            n_frames=int(duration_s * rate_hz), rate_hz=rate_hz, decay_s=decay_s, noise=noise,
            spikes_hz=spikes_hz,
        )  # fmt: skip
        found = infer_spikes(truth.trace, rate_hz)
        spikes_s = np.append(truth.spikes_s, np.inf)
        apart = np.abs(found.times_s[:, None] - spikes_s).min(axis=1)
        answers.append(apart <= max(0.1, 1.5 / rate_hz))
        rows.append(event_features(found.heights, found.sizes, duration_s))
    return np.concatenate(rows), np.concatenate(answers).astype(float)


def gather_cells(seeds: range) -> Evidence:
    """Return features of footprints, and whether a cell was there."""
    rows, answers = [], []
    for seed, photons, radius_px, n_cells in product(
        seeds, (3.0, 20.0, 100.0), (3.0, 5.0, 7.0), (0, 12)
    ):
        draft = MovieDraft(
            (901, 83, 101), n_cells, photons=photons, radius_px=radius_px, decay_s=0.7
        )
        truth = simulate_calcium_movie(seed + round(photons * 10 + radius_px), draft)
        binned = bin_frames(partial(iter, [truth.movie.astype(np.float64)]), 901, 128)
        for cell in find_footprints(binned):
            mask = np.zeros(truth.masks.shape[1:], bool)
            mask[cell.rows, cell.columns] = True
            both = (truth.masks & mask).sum(axis=(1, 2)) / (truth.masks | mask).sum(axis=(1, 2))
            rows.append([1.0, cell.skewness, np.log(cell.z)])
            answers.append(float(both.max(initial=0.0) >= 0.4))
    return np.array(rows), np.array(answers)


if __name__ == "__main__":
    main()
