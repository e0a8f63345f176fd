"""Time alignment by pulses: how exact, how often missed, how often made up.

Sessions are simulated: intervals of tasks, clocks that drift up to 300 ppm, jitter of 0.2 ms, and
pulses that one of the two recordings missed or had besides. Beside it the plain way: cross-
correlation of the two pulse trains in bins of 2 ms, which gives a shift and no drift.

Then the claim of headers that two streams are on one clock, tested by pulses of both: on pairs for
which it is true, on pairs for which it is not (a clock that drifts 4 ms or more away until the end;
a start that is wrong by 4 ms or more; both), and on pairs whose pulses are of other things. Half of
them pulse at a regular step, as lines of synchronisation do.
"""

from __future__ import annotations

import argparse

import numpy as np
from _results import write_results

from fascicle.maths import align_pulses, compare_clocks, proportion_interval

N_SESSIONS = 300
N_PAIRS = 400
TOLERANCE_S = 0.002


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
    clocks = judge_claims(rng)
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
            "shared_clock": clocks,
        },
        seed=seed,
    )


def judge_claims(rng: np.random.Generator) -> dict[str, object]:
    """Test claims that are true, wrong and untestable; return how often each was judged how."""
    counts = {
        kind: dict.fromkeys(("same", "other", "untested"), 0)
        for kind in ("true", "wrong", "unrelated")
    }
    drift_errors, offset_errors_ms = [], []
    for number in range(N_PAIRS):
        is_regular = bool(number % 2)
        claim_s = float(rng.uniform(-600, 600))
        first, second = simulate_streams(rng, is_regular, claim_s, 0.0)
        counts["true"][compare_clocks(first, second, offset_s=claim_s).verdict] += 1
        truth = draw_wrong(rng, claim_s, n_pulses := int(rng.integers(60, 900)), is_regular)
        first, second = simulate_streams(rng, is_regular, *truth, n_pulses)
        found = compare_clocks(first, second, offset_s=claim_s)
        counts["wrong"][found.verdict] += 1
        if found.verdict == "other":
            middle = float(np.median(first))
            told_s = found.alignment.offset_s + found.alignment.drift_ppm * 1e-6 * middle
            offset_errors_ms.append(1e3 * abs(told_s - truth[0] - truth[1] * 1e-6 * middle))
            drift_errors.append(abs(found.alignment.drift_ppm - truth[1]))
        other = simulate_streams(rng, False, claim_s, 0.0)[1]
        counts["unrelated"][compare_clocks(first, other, offset_s=claim_s).verdict] += 1
    n_false = counts["wrong"]["same"] + counts["unrelated"]["same"]
    n_alarms = counts["true"]["other"] + counts["unrelated"]["other"]
    for kind, verdicts in counts.items():
        print(f"claim of one clock, {kind}: {verdicts}")
    print(f"offset where contradicted: wrong by {np.median(offset_errors_ms):.3f} ms (median), "
          f"{max(offset_errors_ms):.3f} (worst)")  # fmt: skip
    return {
        "n_pairs_of_each": N_PAIRS,
        "tolerance_s": TOLERANCE_S,
        "verdicts": counts,
        "n_false_claims": n_false,
        "false_claim_bound": proportion_interval(n_false, 2 * N_PAIRS)[1],
        "n_false_alarms": n_alarms,
        "false_alarm_bound": proportion_interval(n_alarms, 2 * N_PAIRS)[1],
        "offset_error_ms_median": float(np.median(offset_errors_ms)),
        "offset_error_ms_worst": max(offset_errors_ms),
        "drift_error_ppm_median": float(np.median(drift_errors)),
    }


def draw_wrong(
    rng: np.random.Generator, claim_s: float, n_pulses: int, is_regular: bool
) -> tuple[float, float]:
    """Return the true offset and drift of a pair of which the claim is wrong by 4 ms or more."""
    # Regular pulses cannot show a shift by half a step or more.
    reach_s = 0.2 if is_regular else 2.0
    start_s = float(
        rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(2 * TOLERANCE_S), np.log(reach_s)))
    )
    shortest_s = 0.6 * n_pulses
    least_ppm = 2 * TOLERANCE_S / shortest_s * 1e6
    drift_ppm = float(np.sign(start_s) * rng.uniform(least_ppm, least_ppm + 300))
    kind = rng.integers(3)
    return claim_s + start_s * (kind != 0), drift_ppm * (kind != 1)


def simulate_streams(
    rng: np.random.Generator,
    is_regular: bool,
    offset_s: float,
    drift_ppm: float,
    n_pulses: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pulses of two streams of one device; each misses some, and one has others besides."""
    n = n_pulses or int(rng.integers(60, 900))
    steps = np.ones(n) if is_regular else rng.uniform(0.3, rng.uniform(1.0, 4.0), n)
    truth = np.cumsum(steps)
    first = truth[rng.random(n) > rng.uniform(0, 0.1)]
    kept = truth[rng.random(n) > rng.uniform(0, 0.1)]
    second = offset_s + (1 + drift_ppm * 1e-6) * kept + rng.normal(0, 2e-4, len(kept))
    extra = rng.uniform(second[0], second[-1], int(rng.integers(0, 1 + n // 10)))
    return first, np.sort(np.append(second, extra))


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
