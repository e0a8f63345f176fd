"""Regressions: near those without privacy where there are enough people, and honest elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import RandomBits, clip_to_grid
from fascicle.protect import BoundedColumn, LinearQuestion, LogisticQuestion
from fascicle.protect import _private_models as models

RHO = 0.2242  # epsilon 3 at a delta of 1e-5
AGE = BoundedColumn("age", 20, 80)
SCORE = BoundedColumn("score", -3, 3)
THICKNESS = BoundedColumn("thickness", 1.5, 3.5)


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def table(n_people: int, seed: int = 1) -> dict[str, list[dict[str, str]]]:
    rng = np.random.default_rng(seed)
    age = rng.uniform(22, 78, n_people)
    score = rng.uniform(-2.5, 2.5, n_people)
    thickness = 3.0 - 0.01 * (age - 50) + 0.05 * score + rng.normal(0, 0.1, n_people)
    is_ill = rng.random(n_people) < 1 / (1 + np.exp(-(0.05 * (age - 50) - 0.6 * score)))
    people = {
        f"P{i}": [{"age": f"{age[i]}", "score": f"{score[i]}", "thickness": f"{thickness[i]}",
                   "ill": "yes" if is_ill[i] else "no"}]
        for i in range(n_people)
    }  # fmt: skip
    people["P0"][0]["age"] = people["P1"][0]["ill"] = "n/a"
    return people


LINEAR = LinearQuestion((AGE, SCORE), THICKNESS)
LOGISTIC = LogisticQuestion((AGE, SCORE), "ill", "yes")


@pytest.mark.parametrize("question", [LINEAR, LOGISTIC], ids=["linear", "logistic"])
def test_by_brute_force_no_person_adds_more_than_the_bound_in_any_step(
    question, monkeypatch
) -> None:
    real = models.add_privately
    n_looks = 0

    def watch(contributions, bound, multiplier, bits):
        nonlocal n_looks
        n_looks += 1
        assert (np.linalg.norm(np.nan_to_num(contributions), axis=1) <= bound + 1e-9).all()
        steps = clip_to_grid(contributions, bound)
        assert (steps.astype(object) ** 2).sum(axis=1).max() <= 2**40
        return real(contributions, bound, multiplier, bits)

    monkeypatch.setattr(models, "add_privately", watch)
    people = table(23)
    people["P5"][0] |= {"age": "1e300", "score": "-inf", "thickness": "nan"}

    question.answer(people, RHO, seeded())

    # Every look at the data is one that was charged.
    assert n_looks == sum(one.steps for one in question.mechanisms(RHO))


@pytest.mark.parametrize("question", [LINEAR, LOGISTIC], ids=["linear", "logistic"])
def test_what_is_charged_is_what_was_granted(question) -> None:
    spent = sum(one.steps / (2 * one.multiplier**2) for one in question.mechanisms(RHO))

    assert spent == pytest.approx(RHO)


def test_the_linear_fit_finds_slopes_in_the_units_of_the_columns() -> None:
    told = LINEAR.answer(table(20_011), RHO, seeded()).values["coefficients"]

    by_name = {one["name"]: one for one in told}
    assert by_name["age"]["value"] == pytest.approx(-0.01, abs=0.001)
    assert by_name["score"]["value"] == pytest.approx(0.05, abs=0.01)
    assert by_name["intercept"]["value"] == pytest.approx(3.5, abs=0.1)


def test_the_logistic_fit_finds_slopes_in_the_units_of_the_columns() -> None:
    told = LOGISTIC.answer(table(20_011), RHO, seeded()).values["coefficients"]

    by_name = {one["name"]: one for one in told}
    assert by_name["age"]["value"] == pytest.approx(0.05, abs=0.01)
    assert by_name["score"]["value"] == pytest.approx(-0.6, abs=0.1)


@pytest.mark.parametrize(
    ("question", "truth"),
    [(LINEAR, {"age": -0.01, "score": 0.05}), (LOGISTIC, {"age": 0.05, "score": -0.6})],
    ids=["linear", "logistic"],
)
def test_slopes_err_as_much_as_they_say(question, truth: dict[str, float]) -> None:
    bits = seeded()
    scores = []
    for seed in range(40):
        told = question.answer(table(2003, seed), RHO, bits).values["coefficients"]
        scores += [(one["value"] - truth[one["name"]]) / one["standard_error"] for one in told[1:]]

    assert 0.6 < np.std(scores) < 1.5


def test_few_people_are_foretold_to_be_too_few() -> None:
    for question in (LINEAR, LOGISTIC):
        assert not question.foretell(30, RHO).is_useful
        assert question.foretell(20_000, RHO).is_useful


def test_bounds_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="FSC174"):
        BoundedColumn("age", 80, 20)


def test_with_nobody_the_forecast_is_of_no_use_and_no_fault() -> None:
    age = BoundedColumn("age", 18.0, 90.0)

    for question in (LinearQuestion((age,), age), LogisticQuestion((age,), "ill", "yes")):
        assert not question.foretell(0, 0.05).is_useful
