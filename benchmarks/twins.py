"""Synthetic twins: how well they stand for people, and what attacks tell of who they are made from.

    python benchmarks/twins.py [--only table]

A quarter of the people is held out and never learnt from. *Gaussian* is the plain way, a Gaussian
for each class with a shrunk covariance; *GAN* and *VAE* are what `fascicle protect synthesize`
offers, with its own settings; *by heart* is a network without any of what keeps it from learning
people by heart, trained on a hundred of them, which the audit must catch; *themselves* are the
people trained on, as the best that utility can be, and the worst that privacy can. *Fresh* people
of the same law, where people are simulated, are what a perfect twin would be.

Attacks are areas under the curve with 95 % intervals, one half being chance: by the *nearest*
synthetic row, by *density*, and by the generator's own *loss*, which only who has the generator can
try; of singling out, linkability and inference the *worst*: its success on people trained on beyond
that on people held out. The verdict is on the *rows*; the *generator* leaves only if it is said of
it. Below one half is as telling as above: codecs that were fitted to people show them, and not
others, as they are.

Utility is measured against the people held out: means and spreads of edges, of logarithmic spectra,
of blocks of voxels; distances of columns, and of how they hang together; *told*, how many people
held out are put into the right class by who learnt from the twin.

With *privacy*, columns, of which range or words are public, are counted under noise, and so are the
moments and the gradients that a generator is trained by; *spent* is what an accountant says of all
of it at a delta of 1e-5, and *AUC allowed* what no attack can exceed but for that delta.

What it shows: a GAN is no better than the Gaussian here, and a VAE a little better in tables. Twins
of connectivity keep the mean of people and hardly what makes them differ, so that nothing is told
from them; those of EEG and tables keep some. Few people with many numbers are told by their mean
alone, whichever model made the twin. With 400 people even a perfect twin is often not established.

What is called *real* is of real people; others are simulated: tables of a law that is known,
connectivity around mixtures of three of the real people with one network stronger in one class, EEG
from the spectra and correlations of one real recording with a stronger alpha rhythm in one class,
coarse heads from a generator.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from _results import write_results
from _twin_kinds import (
    COLUMNS,
    Kind,
    MatrixKind,
    SeriesKind,
    TableKind,
    VolumeKind,
)
from private import ABIDE, correlations, draw_series, made_up_mean, read_abide

from fascicle.core import Mechanism, Noise
from fascicle.govern import affordable_rho, tight_epsilon
from fascicle.maths import (
    RandomBits,
    teach_and_test,
)
from fascicle.protect import (
    PublicColumn,
    TwinAudit,
    TwinSettings,
    Verdict,
    audit_twin,
    fit_generator,
    fit_private_table_codec,
    plan_twin_noise,
)
from fascicle.testing import make_head

SEED = 5
N_SIMULATED = 400
N_HEADS = 100
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
PHENOTYPES = DATA / "signals" / "cohort" / "abide_pheno" / "Phenotypic_V1_0b_preprocessed1.csv"
EEG = DATA / "signals" / "eeg" / "eegmmidb_edf" / "demo" / "S018R02.edf"
PUBLIC = {
    "SITE_ID": PublicColumn(levels=("A", "B", "C", "D", "E")),
    "AGE_AT_SCAN": PublicColumn(8.0, 35.0, decimals=2),
    "SEX": PublicColumn(levels=("1", "2")),
    "HANDEDNESS_CATEGORY": PublicColumn(levels=("R", "L", "Ambi")),
    "FIQ": PublicColumn(60.0, 150.0),
    "VIQ": PublicColumn(60.0, 150.0),
    "PIQ": PublicColumn(60.0, 150.0),
    "EYE_STATUS_AT_SCAN": PublicColumn(levels=("1", "2")),
    "BMI": PublicColumn(12.0, 35.0, decimals=1),
}
EPSILONS = (3.0, 8.0)
DELTA = 1e-5
CODEC_SHARE = 0.3
SFREQ_HZ = 160.0
N_CHANNELS = 8

MODELS = {
    "Gaussian": TwinSettings("gaussian"),
    "GAN": TwinSettings("gan"),
    "VAE": TwinSettings("vae"),
}
BY_HEART = TwinSettings("vae", n_steps=1500, batch=64, latent=32, smoothing=0.0, width=96)
N_BY_HEART = 100


def split(n_people: int, seed: int = SEED) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Deal people to those trained on and those held out."""
    order = np.random.default_rng(seed).permutation(n_people)
    n_held = max(2, n_people // 4)
    return order[n_held:], order[:n_held]


@dataclass
class Trial:
    """A twin, with what its generator makes of people."""

    people: Sequence[Any]
    labels: NDArray[np.int64]
    losses: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    seconds: float
    mechanisms: tuple[Mechanism, ...] = ()


def make_twin(
    kind: Kind,
    sets: Sequence[tuple[Sequence[Any], NDArray[np.int64]]],
    codec: Any,
    settings: TwinSettings,
    bits: RandomBits | None = None,
) -> Trial:
    """Learn from the first set, and make as many people of the same classes."""
    rng = np.random.default_rng(SEED)
    (known, labels), (others, other_labels) = sets
    started = time.perf_counter()
    vectors = codec.encode(known)
    generator = fit_generator(vectors, labels, settings, bits=bits)
    twin = codec.decode(generator.sample(len(known), labels, rng), rng)
    seconds = time.perf_counter() - started
    losses = (
        generator.losses(vectors, labels),
        generator.losses(codec.encode(others), other_labels),
    )
    return Trial(kind.label(twin, labels), labels, losses, seconds, generator.mechanisms)


def attack(kind: Kind, known: Sequence[Any], others: Sequence[Any], trial: Trial) -> TwinAudit:
    rows = kind.rows(known, others, trial.people)
    return audit_twin(*rows, columns=kind.columns, losses=trial.losses, seed=SEED)


def show_attacks(name: str, audit: TwinAudit) -> dict[str, Any]:
    """Return one line of the table of attacks."""
    near, _, density = audit.membership
    shown: dict[str, Any] = {"twin": name}
    for word, one in (("nearest", near), ("density", density), ("loss", audit.loss)):
        shown[word] = round(one.auc, 3) if one else ""
        shown[f"{word}_interval"] = [round(end, 3) for end in one.interval()] if one else ""
    worst = max(audit.linkage[1:], key=lambda one: one.advantage)
    return shown | {
        "copies": audit.linkage[0].n_hits,
        "worst": worst.name,
        "worst_advantage": round(worst.advantage, 3),
        "worst_interval": [round(end, 3) for end in worst.interval()],
        "rows": str(audit.verdict),
        "generator": str(audit.generator_verdict) if audit.loss else "",
    }


def show_utility(
    name: str, kind: Kind, held: tuple[Sequence[Any], NDArray[np.int64]], trial: Trial
) -> dict[str, Any]:
    """Return one line of the table of utility."""
    others, labels = held
    figures = {
        key: round(float(value), 3) for key, value in kind.utility(others, trial.people).items()
    }
    told = {}
    if np.unique(labels).size > 1:
        taught, tested = kind.features(trial.people, others)
        score = teach_and_test((taught, trial.labels), (tested, labels))
        told = {"told": round(score.accuracy, 3), "told_auc": round(score.auc, 3)}
    return {"twin": name, **figures, **told, "seconds": round(trial.seconds, 1)}


def measure(name: str, kind: Kind) -> dict[str, Any]:
    """Return the tables of one kind of data."""
    trained, held = split(len(kind.people))
    people = kind.label(kind.people, kind.labels)
    sets = [([people[at] for at in part], kind.labels[part]) for part in (trained, held)]
    codec = kind.fit(sets[0][0])
    trials = {model: make_twin(kind, sets, codec, settings) for model, settings in MODELS.items()}
    few = sets[0][0][:N_BY_HEART], sets[0][1][:N_BY_HEART]
    wide = kind.fit(few[0], len(few[0]) // 3)
    trials["by heart"] = make_twin(kind, [few, sets[1]], wide, BY_HEART)
    trials["themselves"] = Trial(*sets[0], None, 0.0)
    if kind.fresh:
        fresh = kind.label(*kind.fresh), kind.fresh[1]
        trials["fresh"] = Trial(*fresh, None, 0.0)
    attacks, utility = [], []
    for model, trial in trials.items():
        learnt_from = few[0] if model == "by heart" else sets[0][0]
        audit = attack(kind, learnt_from, sets[1][0], trial)
        attacks.append(show_attacks(model, audit))
        utility.append(show_utility(model, kind, sets[1], trial))
        print(name, attacks[-1], utility[-1], audit.words, flush=True)
        if model == "themselves":
            assert audit.verdict is Verdict.REFUSED, "the audit cannot see"
        if model == "by heart":
            assert audit.generator_verdict is Verdict.REFUSED, "the audit cannot see"
    return {
        "people": {"trained_on": len(trained), "held_out": len(held)},
        "attacks": attacks,
        "utility": utility,
    }


def read_phenotypes() -> tuple[list[dict[str, str]], NDArray[np.int64]]:
    """Read the real table; what it calls -9999 is missing."""
    with PHENOTYPES.open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [{name: row[name].replace("-9999", "") for name in COLUMNS} for row in rows]
    return kept, np.array([int(row["DX_GROUP"]) - 1 for row in rows])


def draw_phenotypes(
    n: int, rng: np.random.Generator
) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Draw people of the same columns, of a law that is known."""
    labels = rng.integers(0, 2, n)
    level = rng.normal(size=n) - 0.5 * labels
    sites = rng.choice(["A", "B", "C", "D", "E"], n, p=[0.4, 0.25, 0.15, 0.1, 0.1])
    rows = []
    for one, site, label in zip(level, sites, labels, strict=True):
        verbal, skilled = 106 + 11 * one + rng.normal(0, 8, 2)
        rows.append({
            "SITE_ID": str(site),
            "AGE_AT_SCAN": round(float(8 + rng.gamma(3, 3)), 2),
            "SEX": "1" if rng.random() < 0.75 + 0.12 * label else "2",
            "HANDEDNESS_CATEGORY": str(rng.choice(["R", "L", "Ambi"], p=[0.88, 0.1, 0.02])),
            "FIQ": round((verbal + skilled) / 2),
            "VIQ": round(verbal),
            "PIQ": round(skilled) if rng.random() < 0.8 else None,
            "EYE_STATUS_AT_SCAN": "2" if site == "B" else "1",
            "BMI": round(float(rng.normal(22, 3)), 1) if site in "AC" else None,
        })
    return rows, labels


def draw_matrices(
    real: NDArray[np.float64], n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw people around mixtures of three real ones; one class has a stronger network."""
    labels = rng.integers(0, 2, n)
    network = np.zeros(real.shape[1])
    network[: real.shape[1] // 10] = 1.0
    found = np.empty((n, *real.shape[1:]))
    for place, label in enumerate(labels):
        chosen = real[rng.choice(len(real), 3, replace=False)]
        mean = np.tensordot(rng.dirichlet(np.full(3, 2.0)), chosen, 1)
        strength = 0.15 * label * rng.gamma(4, 0.25)
        found[place] = correlations(draw_series(mean + strength * np.outer(network, network), rng))
    return found, labels


def read_eeg() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a real recording's power by frequency (n_channels, n_freqs), and correlations."""
    import mne

    raw = mne.io.read_raw_edf(EEG, verbose="error")
    values = raw.get_data()[:: len(raw.ch_names) // N_CHANNELS][:N_CHANNELS] * 1e6
    return describe_eeg(values)


def make_up_eeg(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    freqs = np.arange(SFREQ_HZ / 2 + 1)
    power = 100 / (1 + freqs) + 8 * np.exp(-((freqs - 10) ** 2) / 4)
    return np.tile(power, (N_CHANNELS, 1)), correlations(rng.normal(size=(40, N_CHANNELS)))


def describe_eeg(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n_window = int(SFREQ_HZ)
    n_windows = values.shape[1] // n_window
    windows = values[:, : n_windows * n_window].reshape(len(values), n_windows, n_window)
    centred = windows - windows.mean(axis=2, keepdims=True)
    taper = np.hanning(n_window)
    power = np.square(np.abs(np.fft.rfft(centred * taper))).mean(axis=1)
    return power / np.square(taper).sum(), np.corrcoef(values)


def draw_eeg(
    spectra: NDArray[np.float64],
    pairs: NDArray[np.float64],
    n: int,
    rng: np.random.Generator,
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Draw people of twenty seconds each; one class has a stronger alpha rhythm."""
    labels = rng.integers(0, 2, n)
    n_times = int(20 * SFREQ_HZ)
    freqs = np.fft.rfftfreq(n_times, 1 / SFREQ_HZ)
    coarse = np.arange(spectra.shape[1])
    smooth = np.array([np.interp(freqs, coarse, np.log(one)) for one in spectra])
    found = []
    for label in labels:
        alpha = np.exp(-((freqs - rng.normal(10, 0.8)) ** 2) / 2)
        slope = rng.normal(0, 0.2) * np.log1p(freqs)
        gains = rng.normal(0, 0.25, (len(spectra), 1))
        logs = smooth + gains + slope + (0.8 * label + rng.normal(0, 0.5)) * alpha
        own = 0.3 * rng.normal(size=(len(spectra), 3))
        root = np.linalg.cholesky(correlation_of(pairs + own @ own.T))
        white = np.fft.rfft(root @ rng.normal(size=(len(spectra), n_times)))
        shaped = np.fft.irfft(white * np.exp(logs / 2), n_times)
        found.append(shaped.T)
    return found, labels


def correlation_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = np.sqrt(np.diag(matrix) + 1e-3)
    return (matrix + 1e-3 * np.eye(len(matrix))) / np.outer(scale, scale)


def draw_heads(n: int) -> list[NDArray[np.float64]]:
    """Return coarse heads of people who do not exist, of one mean intensity."""
    heads = [make_head(seed, voxel=10.0)[0].astype(np.float64) for seed in range(n)]
    return [head / head.mean() for head in heads]


def table_kinds(rng: np.random.Generator) -> Iterator[tuple[str, Kind]]:
    if PHENOTYPES.is_file():
        yield "table_real", TableKind(*read_phenotypes())
    people, labels = draw_phenotypes(2 * N_SIMULATED, rng)
    half = N_SIMULATED
    fresh = people[half:][: half - half // 4], labels[half:][: half - half // 4]
    yield "table_simulated", TableKind(people[:half], labels[:half], fresh)


def matrix_kinds(rng: np.random.Generator) -> Iterator[tuple[str, Kind]]:
    if ABIDE.is_file():
        real = read_abide()[:, ::2, ::2]
        nobody = np.zeros(len(real), dtype=np.int64)
        yield "connectivity_real", MatrixKind(list(real), nobody)
    else:
        real = np.array([made_up_mean(60, rng) for _ in range(24)])
    yield "connectivity_simulated", simulate(MatrixKind, lambda n: draw_matrices(real, n, rng))


def series_kinds(rng: np.random.Generator) -> Iterator[tuple[str, Kind]]:
    if ABIDE.is_file():
        series = read_series()
        nobody = np.zeros(len(series), dtype=np.int64)
        yield "fmri_real", SeriesKind(series, nobody, sfreq_hz=0.5)
    source = read_eeg() if EEG.is_file() else make_up_eeg(rng)
    eeg = simulate(SeriesKind, lambda n: draw_eeg(*source, n, rng))
    eeg.sfreq_hz = SFREQ_HZ
    yield "eeg_simulated", eeg


def volume_kinds(rng: np.random.Generator) -> Iterator[tuple[str, Kind]]:
    yield "heads_simulated", VolumeKind(draw_heads(N_HEADS), np.zeros(N_HEADS, dtype=np.int64))


def simulate(kind: type[Kind], draw: Callable[[int], tuple[Any, NDArray[np.int64]]]) -> Kind:
    """Return simulated people, and as many fresh ones as are trained on."""
    people, labels = draw(N_SIMULATED)
    return kind(list(people), labels, draw(N_SIMULATED - N_SIMULATED // 4))


def read_series() -> list[NDArray[np.float64]]:
    """Read the time series of the real people, of every fifth region, of the shortest length."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(ABIDE) as tar:
        tar.extractall(folder, filter="data")
        paths = sorted(Path(folder).rglob("*.1D"))
        found = [np.loadtxt(path)[:, ::5] for path in paths]
    # A region outside of somebody's field of view has no signal.
    kept = np.all([series.std(axis=0) > 0 for series in found], axis=0)
    shortest = min(len(series) for series in found)
    return [series[:shortest, kept] for series in found]


def measure_private() -> list[dict[str, Any]]:
    """Return what a simulated table is worth, and gives away, under differential privacy."""
    people, labels = draw_phenotypes(N_SIMULATED, np.random.default_rng(SEED))
    kind = TableKind(people, labels)
    trained, held = split(N_SIMULATED)
    people = kind.label(people, labels)
    sets = [([people[at] for at in part], labels[part]) for part in (trained, held)]
    rows = []
    for epsilon in EPSILONS:
        rho = affordable_rho(epsilon, DELTA)
        for name, model in (("Gaussian", "gaussian"), ("GAN", "gan"), ("VAE", "vae")):
            bits = RandomBits(np.random.default_rng(SEED).bytes)
            noise = Mechanism(Noise.DISCRETE_GAUSSIAN, (2 * CODEC_SHARE * rho) ** -0.5)
            columns = {key: [row[key] for row in sets[0][0]] for key in PUBLIC}
            codec = fit_private_table_codec(columns, PUBLIC, noise, bits)
            settings = TwinSettings(model, noise=plan_twin_noise((1 - CODEC_SHARE) * rho, model))
            trial = make_twin(kind, sets, codec, settings, bits)
            audit = attack(kind, sets[0][0], sets[1][0], trial)
            spent = tight_epsilon([*codec.mechanisms, *trial.mechanisms], DELTA)
            assert spent <= epsilon, "more was spent than is claimed"
            privacy = {"epsilon": epsilon, "spent": round(spent, 3)}
            # What nobody can exceed who guesses whether a person was in it.
            privacy["auc_allowed"] = round(float(1 / (1 + np.exp(-epsilon))), 4)
            attacks, utility = show_attacks(name, audit), show_utility(name, kind, sets[1], trial)
            kept = ("nearest", "density", "loss", "loss_interval", "rows", "generator")
            rows.append({"twin": name, **privacy, **{key: attacks[key] for key in kept}, **utility})
            print(rows[-1], flush=True)
    return rows


KINDS = {
    "table": table_kinds,
    "connectivity": matrix_kinds,
    "series": series_kinds,
    "heads": volume_kinds,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=sorted(KINDS), help="one kind of data; nothing is kept")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name, kinds in KINDS.items():
        if options.only in {None, name}:
            for kind_name, kind in kinds(np.random.default_rng(SEED)):
                results[kind_name] = measure(kind_name, kind)
            if name == "table":
                results["table_simulated_private"] = measure_private()
    if options.only is None:
        print(write_results("twins", results, seed=SEED))


if __name__ == "__main__":
    main()
