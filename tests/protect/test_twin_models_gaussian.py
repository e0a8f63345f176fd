"""A shrunk Gaussian: near the truth with many people, near independence with few."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from fascicle.errors import InputError
from fascicle.protect._twin_models_gaussian import fit_gaussian

COVARIANCE = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])


def test_with_many_people_the_covariance_is_the_true_one() -> None:
    rng = np.random.default_rng(0)
    people = rng.multivariate_normal([1, 2, 3], COVARIANCE, 2003)

    generator = fit_gaussian(people)

    drawn = generator.sample(20011, None, rng)
    assert drawn.mean(axis=0) == pytest.approx([1, 2, 3], abs=0.1)
    assert np.cov(drawn.T) == pytest.approx(COVARIANCE, abs=0.1)


def test_with_few_people_correlations_are_hardly_believed() -> None:
    rng = np.random.default_rng(0)
    people = rng.normal(size=(11, 31))

    root = fit_gaussian(people).root

    found = root @ root.T / np.outer(np.diag(root @ root.T) ** 0.5, np.diag(root @ root.T) ** 0.5)
    assert np.abs(found - np.eye(31)).max() < 0.1


def test_the_loss_is_the_negative_log_density_of_scipy() -> None:
    rng = np.random.default_rng(0)
    people = rng.multivariate_normal([0, 0, 0], COVARIANCE, 101)
    generator = fit_gaussian(people)

    losses = generator.losses(people)

    oracle = multivariate_normal(generator.means[0], generator.root @ generator.root.T)
    assert losses == pytest.approx(-oracle.logpdf(people))


def test_classes_keep_their_means_and_their_shares() -> None:
    rng = np.random.default_rng(0)
    labels = np.array(["patient"] * 60 + ["control"] * 140)
    people = rng.normal(size=(200, 5)) + (labels == "patient")[:, None] * 2
    generator = fit_gaussian(people, labels)

    patients = generator.sample(501, np.array(["patient"] * 501), rng)
    drawn = generator.classes.draw(5003, None, rng)

    assert patients.mean(axis=0) == pytest.approx(2.0, abs=0.5)
    assert generator.classes.names == ("control", "patient")
    assert drawn.mean() == pytest.approx(0.3, abs=0.03)


def test_the_mean_of_a_class_of_two_is_drawn_to_all() -> None:
    people = np.vstack([np.zeros((98, 3)), np.full((2, 3), 10.0)])
    labels = np.array([0] * 98 + [1] * 2)

    generator = fit_gaussian(people, labels)

    assert generator.means[1].max() < 4


def test_rows_that_never_change_are_drawn_as_they_are() -> None:
    people = np.column_stack([np.zeros(9), np.arange(9.0)])

    drawn = fit_gaussian(people).sample(31, None, np.random.default_rng(0))

    assert np.abs(drawn[:, 0]).max() < 0.05


@pytest.mark.parametrize("labels", [None, np.array(["x"] * 7), np.array(["a"] * 6)])
def test_labels_that_were_not_learnt_are_refused(labels: np.ndarray | None) -> None:
    generator = fit_gaussian(np.eye(9), np.array(["a", "b", "c"] * 3))

    with pytest.raises(InputError, match="FSC140"):
        generator.losses(np.eye(9)[:7], labels)
