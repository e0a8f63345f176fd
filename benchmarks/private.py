"""Private mean connectivity beside plain noise and a peer, and an audit of the claimed epsilon.

    python benchmarks/private.py [--repeats 5] [--opendp /path/to/a/python/with/opendp]

Figures are correlations, over all pairs of regions, with the mean of the same people without
privacy, at a delta of 1e-5; a mean of several draws of the noise. *Per entry*: each entry within
-1 and 1, and Gaussian noise for the longest vector of such entries. *OpenDP* (0.16): people clipped
in L2 to the median of their lengths, which it is given for free, and its Gaussian noise by its own
accounting; empty where it was not installed. *Fascicle*: what `fascicle protect release` does, its
bound paid for; *least*, the worst draw. *Foretold*: what it said beforehand.

People are *simulated*: short recordings drawn around mixtures of three of the real people, or
around the real mean; *real* rows are real people. Without the real data there is one simulated
source.

With a *prior*, people are drawn around twelve of the real people, and the mean of the twelve others
is public: what the prior says by itself, and with what the people add.

The audit tells one person's presence from absence by thresholds on a private sum, 50,000 draws of
each; a lower bound (Clopper-Pearson, 99.9 % for each of nine thresholds) above the claim would
prove it wrong. *As gaussian* is the same bound for noise that is known to be Gaussian, which is
nearly sharp; *broken* is the first with a third of the noise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

sys.path.insert(0, str(Path(__file__).parent))

from _results import write_results

from fascicle.core import Mechanism, Noise
from fascicle.govern import affordable_rho, tight_epsilon
from fascicle.maths import (
    RandomBits,
    add_privately,
    fold_matrices,
    project_correlation,
    proportion_interval,
)
from fascicle.protect import ConnectivityQuestion
from fascicle.workflows._private_inputs import read_connectivity

SEED = 4
DELTA = 1e-5
EPSILONS = (1.0, 3.0, 8.0)
PEOPLE = (100, 500, 2000)
N_TIMES = 150
N_AUDIT = 50_000
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
ABIDE = DATA / "signals" / "connectivity" / "abide_cc200_shared" / "rois_cc200.tar.xz"
ENIGMA = DATA / "signals" / "cohort" / "enigma_summary" / "matrices" / "hcp_connectivity"

OPENDP = """
import json, sys
import numpy as np
import opendp.prelude as dp
dp.enable_features("contrib", "idealized-numerics", "honest-but-curious")
size, bound, epsilon, delta, n_draws = json.load(sys.stdin)
space = dp.vector_domain(dp.atom_domain(T=float, nan=False), size=size), dp.l2_distance(T=float)
def make(scale):
    return dp.c.make_fix_delta(
        dp.c.make_zCDP_to_approxDP(dp.m.make_gaussian(*space, scale=scale)), delta)
scale = dp.binary_search_param(make, d_in=bound, d_out=(epsilon, delta), T=float)
noise = dp.m.make_gaussian(*space, scale=scale)
np.save(sys.argv[1], [noise([0.0] * size) for _ in range(n_draws)])
"""


def agreement(found: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Correlate two vectors; what is constant tells nothing."""
    return float(np.corrcoef(found, truth)[0, 1]) if found.std() > 0 else 0.0


def correlations(series: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.corrcoef(series.T))


def draw_series(covariance: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    root = np.linalg.cholesky(covariance + 1e-3 * np.eye(len(covariance)))
    return np.asarray(rng.normal(size=(N_TIMES, len(covariance))) @ root.T)


def mix(real: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw people around mixtures of three real ones."""
    people = np.empty((n, *real.shape[1:]))
    for place in range(n):
        chosen = real[rng.choice(len(real), 3, replace=False)]
        mean = np.tensordot(rng.dirichlet(np.full(3, 2.0)), chosen, 1)
        np.fill_diagonal(mean, 1.0)
        people[place] = correlations(draw_series(mean, rng))
    return people


def around(mean: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw people around one mean, each with some networks of their own."""
    people = np.empty((n, *mean.shape))
    for place in range(n):
        own = rng.normal(size=(len(mean), 5)) * 0.25
        people[place] = correlations(draw_series(mean + own @ own.T, rng))
    return people


def made_up_mean(n_regions: int, rng: np.random.Generator) -> NDArray[np.float64]:
    loads = rng.normal(size=(n_regions, 15)) * np.exp(-np.arange(15) / 6)
    return correlations(loads.T + 0.7 * rng.normal(size=(15, n_regions)))


def read_abide() -> NDArray[np.float64]:
    """Read the matrices of the real people."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(ABIDE) as tar:
        tar.extractall(folder, filter="data")
        return np.array(list(read_connectivity(Path(folder)).values()))


def sources(rng: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield name and people; sets of several sizes are the first of the largest."""
    if ABIDE.is_file():
        real = read_abide()
        yield "abide_200_regions_real", real
        yield "abide_200_regions_simulated", mix(real, max(PEOPLE), rng)
    if (ENIGMA / "funcMatrix_ctx.csv").is_file():
        mean = np.loadtxt(ENIGMA / "funcMatrix_ctx.csv", delimiter=",")
        yield "hcp_68_regions_simulated", around(project_correlation(mean), max(PEOPLE), rng)
    else:
        yield "made_up_200_regions_simulated", around(made_up_mean(200, rng), max(PEOPLE), rng)


def measure(
    people: NDArray[np.float64], epsilon: float, repeats: int, opendp: str | None
) -> dict[str, float | int | str]:
    """Return the agreement of each way with the mean without privacy."""
    rng = np.random.default_rng(SEED)
    rho = affordable_rho(epsilon, DELTA)
    vectors = fold_matrices(people)
    truth = vectors.mean(axis=0)
    question = ConnectivityQuestion(people.shape[1])
    edges = np.triu_indices(people.shape[1], 1)
    bits = RandomBits(rng.bytes)
    ours = [
        agreement(answer.matrix[edges], truth)
        for answer in (question.answer(people, rho, bits) for _ in range(repeats))
        if answer.matrix is not None
    ]
    # An entry is sqrt(2) times as large in a folded vector: the longest is sqrt(2 d) long.
    sd = (2 * rho) ** -0.5 * np.sqrt(2.0 * len(truth)) / len(people)
    plain = [agreement(truth + rng.normal(0, sd, truth.shape), truth) for _ in range(repeats)]
    return {
        "n": len(people),
        "epsilon": epsilon,
        "per_entry": round(float(np.mean(plain)), 3),
        "opendp": ask_opendp(vectors, epsilon, opendp) if opendp else "",
        "fascicle": round(float(np.mean(ours)), 3),
        "fascicle_least": round(min(ours), 3),
        "foretold": round(question.foretell(len(people), rho).figures["expected_correlation"], 3),
    }


def measure_prior(
    people: NDArray[np.float64], prior: NDArray[np.float64], epsilon: float, repeats: int
) -> dict[str, float | int]:
    """Return the agreement of a public prior, and of what people add to it, with their mean."""
    edges = np.triu_indices(people.shape[1], 1)
    truth = people.mean(axis=0)[edges]
    bits = RandomBits(np.random.default_rng(SEED).bytes)
    question = ConnectivityQuestion(people.shape[1], prior=prior)
    rho = affordable_rho(epsilon, DELTA)
    found = [question.answer(people, rho, bits).matrix for _ in range(repeats)]
    seen = [agreement(matrix[edges], truth) for matrix in found if matrix is not None]
    return {
        "n": len(people),
        "epsilon": epsilon,
        "prior_alone": round(agreement(prior[edges], truth), 3),
        "with_people": round(float(np.mean(seen)), 3),
    }


def ask_opendp(vectors: NDArray[np.float64], epsilon: float, python: str) -> float:
    """Clip, add up, and let OpenDP add the noise."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bound = float(np.median(lengths))
    clipped = (vectors * np.minimum(1.0, bound / lengths)).sum(axis=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "noise.npy"
        asked = json.dumps([len(clipped), bound, epsilon, DELTA, 2])
        subprocess.run([python, "-c", OPENDP, path], input=asked, text=True, check=True)
        noise = np.load(path)
    truth = vectors.mean(axis=0)
    return round(float(np.mean([agreement(clipped + one, truth) for one in noise])), 3)


def audit(multiplier: float) -> tuple[float, float]:
    """Return lower bounds of epsilon from draws with a person and without.

    The second takes the noise for Gaussian: hits and alarms then bound how far the two lie apart.
    """
    bits = RandomBits(np.random.default_rng(SEED).bytes)
    # Many sums in one: each column is a release of its own.
    here, blank = (
        np.concatenate([
            add_privately(np.full((1, 1), value), 1.0, multiplier, bits).values
            for _ in range(N_AUDIT)
        ])
        for value in (1.0, np.nan)
    )
    best, apart = 0.0, 1e-6
    for threshold in np.linspace(0.5, 0.5 + 2.5 * multiplier, 9):
        hits = int((here > threshold).sum())
        alarms = int((blank > threshold).sum())
        sure = proportion_interval(hits, N_AUDIT, confidence=0.999)[0]
        doubt = proportion_interval(alarms, N_AUDIT, confidence=0.999)[1]
        best = max(best, float(np.log(max(sure - DELTA, 1e-12) / doubt)))
        apart = max(apart, float(ndtri(sure) - ndtri(doubt)))
    return best, tight_epsilon([Mechanism(Noise.GAUSSIAN, 1 / apart)], DELTA)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--opendp", help="a Python that has OpenDP")
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    results: dict[str, object] = {}
    for name, people in sources(rng):
        sizes = [n for n in PEOPLE if n <= len(people)] or [len(people)]
        rows = []
        for n in sizes:
            for epsilon in EPSILONS:
                rows.append(measure(people[:n], epsilon, options.repeats, options.opendp))
                print(name, rows[-1], flush=True)
        results[name] = rows
    if ABIDE.is_file():
        real = read_abide()
        people, prior = mix(real[1::2], max(PEOPLE), rng), real[::2].mean(axis=0)
        results["abide_with_prior_simulated"] = [
            measure_prior(people[:n], prior, epsilon, options.repeats)
            for n in PEOPLE
            for epsilon in EPSILONS
        ]
        print(results["abide_with_prior_simulated"], flush=True)
    results["audit"] = audit_all()
    print(write_results("private", results, seed=SEED))


def audit_all() -> list[dict[str, float]]:
    """Audit each epsilon, and the same with noise that is broken on purpose."""
    rows = []
    for epsilon in EPSILONS:
        multiplier = (2 * affordable_rho(epsilon, DELTA)) ** -0.5
        lower, sharp = audit(multiplier)
        broken, _ = audit(multiplier / 3)
        rows.append({
            "claimed_epsilon": epsilon,
            "audit_lower_bound": round(lower, 3),
            "as_gaussian": round(sharp, 3),
            "broken_lower_bound": round(broken, 3),
        })
        print(rows[-1], flush=True)
        assert max(lower, sharp) < epsilon < broken, (
            "the claim does not hold, or the audit cannot see"
        )
    return rows


if __name__ == "__main__":
    main()
