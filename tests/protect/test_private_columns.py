"""Figures of a column: right within their error, and no person moves them by more than paid."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import RandomBits, clip_to_grid
from fascicle.protect import CountQuestion, HistogramQuestion, MeanQuestion, QuantileQuestion
from fascicle.protect import _private_columns as columns

RHO = 0.2242  # epsilon 3 at a delta of 1e-5


def seeded(seed: int = 0) -> RandomBits:
    return RandomBits(np.random.default_rng(seed).bytes)


def table(n_people: int, seed: int = 0) -> dict[str, list[dict[str, str]]]:
    """People with one to three rows each; some ages are missing."""
    rng = np.random.default_rng(seed)
    return {
        f"P{number}": [
            {"age": "n/a" if rng.random() < 0.1 else f"{age:.1f}", "sex": sex}
            for _ in range(rng.integers(1, 4))
        ]
        for number, (age, sex) in enumerate(
            zip(rng.normal(40, 9, n_people), rng.choice(["F", "M"], n_people), strict=True)
        )
    }


QUESTIONS = [
    CountQuestion("sex", "F"),
    MeanQuestion("age", 18, 90),
    HistogramQuestion("sex", values=("F", "M")),
    HistogramQuestion("age", edges=(18, 30, 45, 60, 90)),
    QuantileQuestion("age", 18, 90),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.statistic)
def test_by_brute_force_no_person_moves_what_is_added_by_more_than_the_bound(
    question, monkeypatch
) -> None:
    """Every person of small tables is blanked in turn; extreme values are among them."""
    seen: list[tuple[np.ndarray, float]] = []
    real = columns.add_privately

    def watch(contributions, bound, multiplier, bits):
        seen.append((clip_to_grid(contributions, bound).sum(axis=0), bound))
        # What a person adds is within the bound before it is clipped: nothing is lost.
        assert (np.linalg.norm(np.nan_to_num(contributions), axis=1) <= bound + 1e-12).all()
        return real(contributions, bound, multiplier, bits)

    monkeypatch.setattr(columns, "add_privately", watch)
    people = table(9)
    people["P3"] = [{"age": "1e308", "sex": "F"}, {"age": "-inf", "sex": ""}]
    people["P4"] = [{"age": "nan", "sex": "M"}] * 5
    question.answer(people, RHO, seeded())
    whole, _ = seen[0]

    for label in people:
        blanked = people | {label: [{"age": "n/a", "sex": "n/a"}]}
        question.answer(blanked, RHO, seeded())
        change = whole - seen[-1][0]
        assert sum(int(step) ** 2 for step in change) <= 2**40


def test_rows_of_one_person_are_one_person(monkeypatch) -> None:
    once = {"a": [{"age": "30", "sex": "F"}], "b": [{"age": "50", "sex": "M"}]}
    many = once | {"a": once["a"] * 1000}

    for question in QUESTIONS:
        assert (
            question.answer(once, RHO, seeded()).values
            == question.answer(many, RHO, seeded()).values
        )


def test_the_count_is_within_its_interval_as_often_as_it_says() -> None:
    people = table(301)
    truth = sum(mine[0]["sex"] == "F" for mine in people.values())
    bits = seeded()

    found = [CountQuestion("sex", "F").answer(people, RHO, bits).values for _ in range(300)]

    n_held = sum(low <= truth <= high for low, high in (one["interval_95"] for one in found))
    assert 272 <= n_held <= 298
    assert np.mean([one["count"] for one in found]) == pytest.approx(truth, abs=0.5)


def test_the_mean_errs_by_its_noise_and_the_spread_of_people_is_told() -> None:
    people = table(301)
    ages = columns.read_numbers(people, "age")
    bits = seeded()

    found = [MeanQuestion("age", 18, 90).answer(people, RHO, bits).values for _ in range(300)]

    means = np.array([one["mean"] for one in found])
    assert means.mean() == pytest.approx(np.nanmean(ages), abs=0.2)
    assert means.std() == pytest.approx(np.mean([one["noise_sd"] for one in found]), rel=0.15)
    assert np.mean([one["sd"] for one in found]) == pytest.approx(np.nanstd(ages), rel=0.15)


def test_the_interval_of_a_mean_holds_that_of_the_population_as_often_as_it_says() -> None:
    n_held = 0
    bits = seeded()
    for seed in range(150):
        people = {
            f"P{n}": [{"age": f"{age}"}]
            for n, age in enumerate(np.random.default_rng(seed).normal(45, 11, 97))
        }
        low, high = MeanQuestion("age", 10, 100).answer(people, RHO, bits).values["interval_95"]
        n_held += low <= 45 <= high

    assert n_held >= 136


def test_histograms_of_values_and_of_bins_count_each_person_once() -> None:
    people = table(301)
    ages = columns.read_numbers({k: v for k, v in people.items() if len(v) == 1}, "age")
    single = {k: v for k, v in people.items() if len(v) == 1}

    bins = HistogramQuestion("age", edges=(0, 30, 45, 100)).answer(single, 1e6, seeded())
    sexes = HistogramQuestion("sex", values=("F", "M", "O")).answer(people, 1e6, seeded())

    known = ages[np.isfinite(ages)]
    assert bins.values["counts"] == pytest.approx(np.histogram(known, (0, 30, 45, 100))[0], abs=0.1)
    assert sum(sexes.values["counts"]) == pytest.approx(301, abs=0.1)
    assert bins.values["bins"] == ["0 to 30", "30 to 45", "45 to 100"]


def test_quantiles_are_those_of_the_people() -> None:
    people = table(1009)
    truth = np.nanquantile(columns.read_numbers(people, "age"), [0.25, 0.5, 0.75])

    found = QuantileQuestion("age", 18, 90).answer(people, RHO, seeded()).values["quantiles"]

    assert [one["value"] for one in found] == pytest.approx(truth, abs=1.5)
    assert all(one["interval_95"][0] <= one["value"] <= one["interval_95"][1] for one in found)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.statistic)
def test_more_people_and_more_loss_are_foretold_to_be_better(question) -> None:
    few, many = (question.foretell(n, RHO).excess for n in (20, 2000))
    strict, loose = (question.foretell(200, rho).excess for rho in (0.001, 0.2))

    assert many < few
    assert loose < strict
    # So many times more people, or the square of it times the loss, is just of use.
    assert question.foretell(round(200 * strict), 0.001).excess == pytest.approx(1, rel=0.1)
    assert question.foretell(200, 0.001 * strict**2).excess == pytest.approx(1, rel=0.1)


def test_the_forecast_looks_at_no_data_and_the_mean_errs_as_foretold() -> None:
    people = {f"P{n}": [{"age": f"{20 + n % 60}"}] for n in range(400)}
    question = MeanQuestion("age", 18, 90)
    told = question.foretell(400, RHO).figures["half_width"] / 1.96
    bits = seeded()

    seen = np.std([question.answer(people, RHO, bits).values["mean"] for _ in range(200)])

    assert seen == pytest.approx(told, rel=0.2)


@pytest.mark.parametrize(
    ("low", "high"), [(1, 1), (5, 1), (float("nan"), 2), (0, float("inf")), (1e307, 1.7e308)]
)
def test_bounds_that_are_none_are_refused(low: float, high: float) -> None:
    for kind in (MeanQuestion, QuantileQuestion):
        with pytest.raises(InputError, match="FSC174"):
            kind("age", low, high)


def test_bins_and_shares_that_are_none_are_refused() -> None:
    for options in itertools.chain([{}, {"values": ("F",), "edges": (0, 1)}, {"edges": (1, 0)}]):
        with pytest.raises(InputError, match="FSC175"):
            HistogramQuestion("age", **options)
    for shares in [(), (0.0,), (1.0,), (0.5, 2.0)]:
        with pytest.raises(InputError, match="FSC176"):
            QuantileQuestion("age", 0, 1, shares)


def test_nobody_at_all_is_no_fault() -> None:
    for question in QUESTIONS:
        assert question.answer({}, RHO, seeded()).words
        assert question.foretell(0, RHO).words


def test_a_value_that_is_named_twice_would_be_counted_wrongly_and_is_refused() -> None:
    with pytest.raises(InputError, match=r"FSC175.*twice"):
        HistogramQuestion("sex", ("F", "M", "F"))


@pytest.mark.parametrize("edges", [(0.0, math.inf), (-math.inf, 0.0)])
def test_bins_have_two_ends_that_json_can_write(edges) -> None:
    with pytest.raises(InputError, match="FSC175"):
        HistogramQuestion("age", edges=edges)


def test_numbers_are_read_as_tables_write_them() -> None:
    cells = ["89+", "16,5", ".5", "7.", "1e1", "n/a", "inf", "nan", "old", "-999"]

    found = columns.read_numbers({str(n): [{"x": cell}] for n, cell in enumerate(cells)}, "x")

    assert found[:5].tolist() == [89.0, 16.5, 0.5, 7.0, 10.0]
    assert np.isnan(found[5:]).all()
