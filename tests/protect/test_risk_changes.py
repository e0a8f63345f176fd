"""Changes that lower the risk are the cheapest, do what they say, and leave the rest alone."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

from fascicle.maths import find_classes, lose_information, measure_records
from fascicle.protect import Kind, RiskColumn, Role, apply_change, classify_columns, find_changes
from fascicle.protect import _risk_changes as changes
from fascicle.protect._risk_columns import number_values


def make_columns(n=151, seed=8):
    rng = np.random.default_rng(seed)
    return {
        "participant_id": [f"sub-{i:03d}" for i in range(n)],
        "age": [*(str(age) for age in rng.integers(18, 60, n - 1)), "n/a"],
        "sex": list(rng.choice(["F", "M"], n)),
        "site": list(rng.choice(["one", "two", "three", "four"], n, p=[0.6, 0.3, 0.06, 0.04])),
    }


def column(name, kind):
    return RiskColumn(name, Role.QUASI, kind, "", 0, 0)


def test_ages_go_from_years_to_bands_to_nothing():
    cells = ["31.4", "31.9", "33", "47", "n/a", "62", "64"]

    ladder = changes.make_ladder(column("age", Kind.AGE), cells, min_size=1)

    assert [(step.what, step.cells) for step in ladder[1:]] == [
        ("age in whole numbers", ("31", "31", "33", "47", "n/a", "62", "64")),
        ("age in bands of 5", ("32", "32", "32", "47", "n/a", "62", "62")),
        ("age dropped", None),
    ]


def test_large_numbers_keep_their_figures():
    cells = ["1234567.5", "1234568", "7654321.25"]

    ladder = changes.make_ladder(column("income", Kind.NUMBER), cells, min_size=1)

    assert "1234568" not in {cell for step in ladder[1:] for cell in step.cells or ()}
    assert all("e" not in cell for step in ladder for cell in step.cells or ())


def test_pooled_ends_are_shared_by_as_many_as_asked_for():
    cells = [str(age) for age in np.random.default_rng(1).integers(18, 80, 200)]

    ladder = changes.make_ladder(column("age", Kind.AGE), cells, min_size=23)

    pooled = next(
        step.cells for step in ladder if step.what == "age in bands of 5, both ends pooled"
    )
    numbers = Counter(map(float, pooled))
    assert numbers[min(numbers)] >= 23
    assert numbers[max(numbers)] >= 23


def test_no_more_people_are_pooled_than_are_asked_for():
    pooled = changes._pool_ends(np.array([*np.arange(101.0)[::-1], np.nan]), 7)

    assert np.sum(pooled == 6) == np.sum(pooled == 94) == 7
    assert np.nanmin(pooled) == 6
    assert np.isnan(pooled[-1])


def test_small_sites_are_merged_and_dates_keep_the_year():
    sites = changes.make_ladder(column("site", Kind.SITE), ["a"] * 5 + ["b", "c", "c"], min_size=3)
    days = ["2019-03-04", "4.5.2019", "2020-01-01", "n/a"]
    dates = changes.make_ladder(column("day", Kind.DATE), days)

    assert sites[1].cells == ("a",) * 5 + ("other",) * 3
    assert dates[1].cells == ("2019", "2019", "2020", "n/a")


def test_each_step_loses_more_than_nothing_and_dropping_loses_all():
    columns = make_columns()

    for judged in classify_columns(columns)[1:]:
        ladder = changes.make_ladder(judged, columns[judged.name])
        codes = [number_values(step.cells or ["x"] * 151) for step in ladder]
        losses = [lose_information(codes[0], one) for one in codes]
        assert losses[0] == 0
        assert losses[-1] == 1
        assert all(loss > 0 for loss in losses[1:])


def brute_cheapest(columns, judged, goal):
    """The least loss of all combinations that bring the people in small classes to the goal."""
    ladders = [changes.make_ladder(c, columns[c.name]) for c in judged if c.role is Role.QUASI]
    best = np.inf
    for steps in product(*ladders):
        codes = [number_values(s.cells or ["x"] * len(columns["age"])) for s in steps]
        before = [number_values(ladder[0].cells) for ladder in ladders]
        loss = np.mean([lose_information(b, c) for b, c in zip(before, codes, strict=True)])
        risk = measure_records(find_classes(np.column_stack(codes)))
        if risk.share_small <= goal + 1e-12:
            best = min(best, loss)
    return best


def test_of_all_combinations_the_cheapest_are_found():
    columns = make_columns()
    judged = classify_columns(columns)

    found = find_changes(columns, judged)

    now = changes.find_classes(np.column_stack([number_values(columns[c]) for c in
                                                ("age", "sex", "site")]))  # fmt: skip
    start = measure_records(now).share_small
    for share in (0.75, 0.25, 0.0):
        reaching = [change.loss for change in found if change.share_small <= share * start]
        assert min(reaching) == pytest.approx(brute_cheapest(columns, judged, share * start))
    assert all(one.loss <= other.loss for one, other in pairwise(found))
    assert found[-1].k >= 11


def test_step_by_step_reaches_the_same_goals_and_at_little_more(monkeypatch):
    columns = make_columns()
    judged = classify_columns(columns)
    best = find_changes(columns, judged)

    monkeypatch.setattr(changes, "MOST_NODES", 1)
    greedy = find_changes(columns, judged)

    assert greedy[-1].share_small == best[-1].share_small == 0
    cheapest = min(change.loss for change in best if change.share_small == 0)
    assert min(change.loss for change in greedy if change.share_small == 0) <= 1.5 * cheapest


def test_an_applied_change_has_the_risk_that_it_promised():
    columns = make_columns()

    for change in find_changes(columns, classify_columns(columns)):
        table, _ = apply_change(columns, {}, change)
        left = [number_values(table[name]) for name in ("age", "sex", "site") if name in table]
        codes = np.column_stack(left) if left else np.zeros((151, 0), int)
        risk = measure_records(find_classes(codes))
        assert (risk.k, risk.share_small) == (change.k, change.share_small)
        assert table["participant_id"] == tuple(columns["participant_id"])


def test_the_dictionary_says_what_was_done_and_nothing_of_what_is_gone():
    columns = {"age": ["31", "33"], "sex": ["F", "M"], "site": ["a", "b"]}
    told = {"age": {"Description": "Age.", "Units": "year"}, "sex": {"Levels": {}},
            "site": {"Levels": {"a": "A", "b": "B"}}}  # fmt: skip
    steps = (
        changes.Step("age", "", ("32", "32"), "In bands of 5."),
        changes.Step("sex", "", None),
        changes.Step("site", "", ("a", "other"), "Merged."),
    )

    table, dictionary = apply_change(columns, told, changes.Change(steps, 0, 1, 1, 1, 1))

    assert table == {"age": ("32", "32"), "site": ("a", "other")}
    assert dictionary["age"] == {"Description": "Age. In bands of 5.", "Units": "year"}
    assert "sex" not in dictionary
    assert set(dictionary["site"]["Levels"]) == {"a", "other"}
    assert told["age"]["Description"] == "Age."


def test_where_nothing_can_be_changed_nothing_is_proposed():
    assert find_changes({"participant_id": ["a", "b"]}, ()) == ()
    safe = {"participant_id": list(map(str, range(44))), "sex": ["F", "M"] * 22}
    assert all(change.k >= 11 for change in find_changes(safe, classify_columns(safe)))


def test_the_words_of_a_change_name_columns_and_no_value():
    columns = make_columns()

    told = str([one.as_dict() for one in find_changes(columns, classify_columns(columns))])

    assert "three" not in told
    assert "site" in told


def test_an_end_that_is_pooled_already_stays_until_more_are_pooled_with_it():
    ages = [str(20 + n) for n in range(40)] + ["89+", "89+"]
    column = classify_columns({"age": ages})[0]

    ladder = changes.make_ladder(column, ages, min_size=5)

    assert column.kind is Kind.AGE
    assert [step.what for step in ladder if not step.what.endswith("dropped")] == [
        "", "age in bands of 5", "age in bands of 5, both ends pooled", "age in bands of 10",
        "age in bands of 10, both ends pooled",
    ]  # fmt: skip
    assert ladder[1].cells[-1] == "89+"
    assert ladder[2].cells[-1] == ladder[2].cells[-3] == "57"


def test_whatever_is_in_a_table_a_change_has_the_risk_that_it_promised():
    rng = np.random.default_rng(6)
    pool = np.array([
        "n/a",
        "",
        "31",
        "31.5",
        "89+",
        "F",
        "M",
        "2019-03-04",
        "1.2.2019",
        "Ulm",
        "1e308",
        "3,5",
    ])
    names = np.array(["age", "sex", "site", "dob", "weight", "iq", "x", "town"])
    n_checked = 0

    for _ in range(60):
        n = int(rng.choice([2, 7, 15, 40]))
        table = {"participant_id": [f"sub-{i}" for i in range(n)]}
        for name in rng.choice(names, 3, replace=False):
            table[str(name)] = rng.choice(rng.choice(pool, 4), n).tolist()
        found = find_changes(table, classify_columns(table), min_size=5)
        for change in found:
            after, _ = apply_change(table, {}, change)
            quasi = [one.name for one in classify_columns(after) if one.role is Role.QUASI]
            codes = [number_values(after[name]) for name in quasi] or [np.zeros(n, np.int64)]
            risk = measure_records(find_classes(np.column_stack(codes)), min_size=5)
            assert (risk.k, risk.n_unique) == (change.k, change.n_unique), change.words
            n_checked += 1

    assert n_checked > 60
