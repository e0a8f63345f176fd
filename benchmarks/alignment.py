"""Time alignment by pulses: how exact, how often missed, how often made up.

Sessions are simulated: intervals of tasks, clocks that drift up to 300 ppm, jitter of 0.2 ms, and
pulses that one of the two recordings missed or had besides. Beside it the plain way: cross-
correlation of the two pulse trains in bins of 2 ms, which gives a shift and no drift.
"""

from __future__ import annotations

import argparse

import numpy as np
from _results import write_results

from fascicle.maths import align_pulses, proportion_interval

N_SESSIONS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=71)
    seed = parser.parse_args().seed
    rng = np.random.default_rng(seed)
    errors_ms, plain_ms, drifts, right, false = [], [], [], 0, 0
    for _ in range(N_SESSIONS):
        first, second, offset_s, drift_ppm = simulate(rng)
        found = align_pulses(first, second)
        if found.verdict == "aligned":
            middle = float(np.median(first))
            truth = offset_s + (1 + drift_ppm * 1e-6) * middle
            told = found.offset_s + (1 + found.drift_ppm * 1e-6) * middle
            errors_ms.append(1e3 * abs(told - truth))
            drifts.append(abs(found.drift_ppm - drift_ppm))
            right += errors_ms[-1] < 1.0
        plain_ms.append(1e3 * abs(correlate(first, second) - offset_s))
        other = simulate(rng)[0]
        false += align_pulses(first, other).verdict == "aligned"
    low, high = proportion_interval(right, N_SESSIONS)
    bound = proportion_interval(false, N_SESSIONS)[1]
    print(f"aligned within 1 ms: {right} of {N_SESSIONS} [{low:.3f}, {high:.3f}]")
    print(f"error in the middle: median {np.median(errors_ms):.3f} ms, worst {max(errors_ms):.3f}")
    print(f"error of drift: median {np.median(drifts):.2f} ppm, worst {max(drifts):.2f}")
    print(f"unrelated pulses called aligned: {false} of {N_SESSIONS} [0, {bound:.3f}]")
    print(f"plain way (cross-correlation): offset wrong by {np.median(plain_ms):.1f} ms (median)")
    write_results(
        "alignment",
        {
            "n_sessions": N_SESSIONS,
            "n_within_1_ms": right,
            "interval": [low, high],
            "error_ms_median": float(np.median(errors_ms)),
            "error_ms_worst": max(errors_ms),
            "drift_error_ppm_median": float(np.median(drifts)),
            "n_false": false,
            "false_bound": bound,
            "plain_error_ms_median": float(np.median(plain_ms)),
        },
        seed=seed,
    )


def simulate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return pulses on two clocks, with the truth between them."""
    n = int(rng.integers(40, 600))
    truth = np.cumsum(rng.uniform(0.3, rng.uniform(1.0, 6.0), n))
    offset_s, drift_ppm = float(rng.uniform(-600, 600)), float(rng.uniform(-300, 300))
    first = truth[rng.random(n) > rng.uniform(0, 0.2)]
    kept = truth[rng.random(n) > rng.uniform(0, 0.2)]
    second = offset_s + (1 + drift_ppm * 1e-6) * kept + rng.normal(0, 2e-4, len(kept))
    extra = rng.uniform(second[0], second[-1], int(rng.integers(0, 1 + len(second) // 5)))
    return first, np.sort(np.append(second, extra)), offset_s, drift_ppm


def correlate(first: np.ndarray, second: np.ndarray, bin_s: float = 0.002) -> float:
    """Return the shift at which two pulse trains have most pulses in common bins."""
    from scipy.signal import correlate as correlate_trains

    trains = []
    for times in (first, second):
        train = np.zeros(int((times[-1] - times[0]) / bin_s) + 1)
        train[((times - times[0]) / bin_s).astype(int)] = 1.0
        trains.append(train)
    lags = correlate_trains(trains[1], trains[0], mode="full", method="fft")
    best = int(np.argmax(lags)) - (len(trains[0]) - 1)
    return best * bin_s + second[0] - first[0]


if __name__ == "__main__":
    main()
