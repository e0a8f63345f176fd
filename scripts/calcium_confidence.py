"""Fit the numbers that turn the height of a calcium event into a confidence.

Traces are simulated (`fascicle.testing.simulate_calcium`) over rates of frames, decays, noise and
rates of firing; an event is true if a spike was within 0.1 s or 1.5 frames of it. Prints the
numbers for ``CONFIDENCE`` in ``maths/_calcium_spikes.py``, and how well they hold on seeds that
were not fitted::

    python scripts/calcium_confidence.py
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fascicle.maths import event_features, infer_spikes
from fascicle.testing import simulate_calcium

RATES_HZ = (7.8, 15.0, 30.0, 60.0)
DECAYS_S = (0.3, 0.7, 1.5)
NOISES = (0.05, 0.1, 0.2, 0.4)
SPIKES_HZ = (0.05, 0.2, 0.6, 1.2)


def main() -> None:
    """Fit on some seeds, judge on others, print both."""
    features, is_spike = gather(seeds=range(1000, 1002))
    unseen, was_spike = gather(seeds=range(2000, 2001))

    def loss(numbers: NDArray[np.float64]) -> float:
        score = features @ numbers
        return float(np.mean(np.logaddexp(0, score) - is_spike * score)) + 1e-4 * float(
            numbers @ numbers
        )

    numbers = minimize(loss, np.zeros(6)).x
    print("CONFIDENCE =", tuple(round(float(number), 2) for number in numbers))
    told = 1 / (1 + np.exp(-(unseen @ numbers)))
    for low in np.arange(0, 1, 0.1):
        inside = (told >= low) & (told < low + 0.1)
        if inside.any():
            print(f"{low:.1f}: {inside.sum():6d} events, {was_spike[inside].mean():.2f} are spikes")


def gather(seeds: range) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


if __name__ == "__main__":
    main()
