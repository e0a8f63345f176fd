"""Generators make people who are like those trained on, and none of them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from fascicle.errors import DependencyError, InputError
from fascicle.protect import TwinSettings, fit_generator, fit_table_codec

MODELS = ["gaussian", "gan", "vae"]
QUICK = {"n_steps": 40, "smoothing": 0.5}


def make_people(n_people: int, n_features: int = 7, seed: int = 0) -> np.ndarray:
    """People of two kinds, with correlations, each number in a unit of its own."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(n_features, n_features)) / 3
    rows = rng.normal(size=(n_people, n_features)) @ (mixing + np.eye(n_features))
    rows[:, 1] += 2 * (rng.random(n_people) < 0.5)
    return rows * np.geomspace(0.01, 100, n_features) + 5


def auc(known: np.ndarray, others: np.ndarray) -> float:
    """Odds that somebody trained on has a smaller figure than somebody who was not."""
    return float(mannwhitneyu(others, known).statistic / known.size / others.size)


def interval(value: float, n_known: int, n_others: int) -> tuple[float, float]:
    """Hanley and McNeil's interval of such odds, 95 %."""
    one, other = value / (2 - value), 2 * value**2 / (1 + value)
    spread = (
        value * (1 - value) + (n_known - 1) * (one - value**2) + (n_others - 1) * (other - value**2)
    ) / (n_known * n_others)
    return value - 1.96 * math.sqrt(spread), value + 1.96 * math.sqrt(spread)


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.zeros((3, 5)), None),
        (np.zeros(9), None),
        (np.full((9, 5), np.nan), None),
        (np.zeros((9, 5)), np.zeros(8)),
    ],
)
def test_people_that_cannot_be_learnt_are_refused(vectors, labels) -> None:
    with pytest.raises(InputError, match="FSC14"):
        fit_generator(vectors, labels, TwinSettings("gaussian"))


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_makes_the_same_people(model: str) -> None:
    people = make_people(31)
    settings = TwinSettings(model, **QUICK, seed=3)

    one, other = (
        fit_generator(people, None, settings).sample(11, None, np.random.default_rng(0))
        for _ in range(2)
    )

    assert (one == other).all()


@pytest.mark.parametrize("model", ["gan", "vae"])
def test_another_seed_makes_others(model: str) -> None:
    people = make_people(31)

    one, other = (
        fit_generator(people, None, TwinSettings(model, **QUICK, seed=seed)).sample(
            11, None, np.random.default_rng(0)
        )
        for seed in (1, 2)
    )

    assert (one != other).all()


@pytest.mark.parametrize("model", MODELS)
def test_people_are_made_in_their_own_units(model: str) -> None:
    people = make_people(203)

    drawn = fit_generator(people, None, TwinSettings(model, n_steps=150)).sample(
        1009, None, np.random.default_rng(0)
    )

    error = np.abs(drawn.mean(axis=0) - people.mean(axis=0)) / people.std(axis=0)
    assert error.max() < 0.35
    assert drawn.std(axis=0) == pytest.approx(people.std(axis=0), rel=0.45)


@pytest.mark.parametrize("model", MODELS)
def test_five_people_of_more_features_than_people_are_learnt(model: str) -> None:
    people = make_people(5, n_features=31)
    people[:, 3] = 1.5

    generator = fit_generator(people, np.array(list("aabab")), TwinSettings(model, n_steps=20))

    drawn = generator.sample(7, None, np.random.default_rng(0))
    assert drawn.shape == (7, 31)
    assert np.isfinite(drawn).all()
    assert np.isfinite(generator.losses(people, np.array(list("aabab")))).all()


@pytest.mark.parametrize("model", MODELS)
def test_people_without_features_are_made_without_features(model: str) -> None:
    generator = fit_generator(np.zeros((9, 0)), None, TwinSettings(model))

    assert generator.sample(3, None, np.random.default_rng(0)).shape == (3, 0)


@pytest.mark.parametrize("model", MODELS)
def test_a_class_that_was_not_learnt_is_not_made(model: str) -> None:
    people, labels = make_people(31), np.arange(31) % 3
    generator = fit_generator(people, labels, TwinSettings(model, **QUICK))

    with pytest.raises(InputError, match="FSC140"):
        generator.sample(2, np.array([0, 7]), np.random.default_rng(0))


def test_without_torch_a_network_is_not_trained_but_a_gaussian_is(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)

    assert fit_generator(make_people(9), None, TwinSettings("gaussian"))
    with pytest.raises(DependencyError, match="FSC805"):
        fit_generator(make_people(9), None, TwinSettings("gan"))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_as_shipped_neither_loss_nor_distance_tells_who_was_trained_on(model: str) -> None:
    people, others = make_people(75), make_people(25, seed=1)

    generator = fit_generator(people, None, TwinSettings(model))

    drawn = generator.sample(503, None, np.random.default_rng(0)) / people.std(axis=0)
    near = [cdist(rows / people.std(axis=0), drawn).min(axis=1) for rows in (people, others)]
    for known, unknown in [(generator.losses(people), generator.losses(others)), near]:
        low, high = interval(auc(known, unknown), 75, 25)
        assert low <= 0.5 <= high


@pytest.mark.slow
@pytest.mark.parametrize("model", ["gan", "vae"])
def test_a_network_that_learns_people_by_heart_is_caught_by_its_loss(model: str) -> None:
    people, others = make_people(41), make_people(203, seed=1)

    generator = fit_generator(
        people, None, TwinSettings(model, n_steps=1500, smoothing=0.0, width=64, latent=7)
    )

    found = auc(generator.losses(people), generator.losses(others))
    assert interval(found, 41, 203)[0] > 0.6


@pytest.mark.data
@pytest.mark.parametrize("model", ["gaussian", pytest.param("gan", marks=pytest.mark.slow)])
def test_of_real_phenotypes_neither_loss_nor_distance_tells_who_was_trained_on(
    model: str, signals: Path
) -> None:
    path = signals / "cohort" / "abide_pheno" / "Phenotypic_V1_0b_preprocessed1.csv"
    names = ["DX_GROUP", "AGE_AT_SCAN", "SEX", "FIQ", "VIQ", "PIQ", "EYE_STATUS_AT_SCAN", "BMI"]
    with path.open(encoding="utf-8") as handle:
        rows = [{name: row[name] for name in names} for row in csv.DictReader(handle)]
    chosen = np.random.default_rng(0).permutation(len(rows))
    people, others = ([rows[place] for place in part] for part in np.split(chosen[:400], [300]))
    codec = fit_table_codec({name: [row[name] for row in people] for name in names})
    known, unknown = codec.encode(people), codec.encode(others)

    generator = fit_generator(known, None, TwinSettings(model))

    rng = np.random.default_rng(0)
    drawn = codec.encode(codec.decode(generator.sample(903, None, rng), rng))
    near = [cdist(vectors, drawn).min(axis=1) for vectors in (known, unknown)]
    for own, other in [(generator.losses(known), generator.losses(unknown)), near]:
        low, high = interval(auc(own, other), 300, 100)
        assert low <= 0.5 <= high
