"""The risk of a table, against counting by hand and its own attack."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fascicle.maths import expect_match
from fascicle.protect import Role, classify_columns, measure_table
from fascicle.protect._risk_table import RARE, encode_columns


def make_columns(n=231, seed=3):
    rng = np.random.default_rng(seed)
    return {
        "participant_id": [f"sub-{i:03d}" for i in range(n)],
        "age": [str(age) for age in rng.integers(18, 40, n)],
        "sex": list(rng.choice(["F", "M", "n/a"], n, p=[0.5, 0.45, 0.05])),
        "site": list(rng.choice(["one", "two", "three"], n, p=[0.6, 0.38, 0.02])),
        "town": list(rng.choice(["Xanten", "Ulm"], n)),
        "acq_time": [f"2020-01-{1 + i % 28:02d}" for i in range(n)],
        "diagnosis": [*(["rare"] * 2), *rng.choice(["none", "some"], n - 2)],
    }


@pytest.fixture
def columns():
    return make_columns()


def test_classes_are_those_of_the_quasi_identifiers_alone(columns):
    judged = classify_columns(columns, chosen={"acq_time": Role.OTHER})

    found = measure_table(columns, judged, n_population=10_000, min_size=3)

    rows = list(zip(*(columns[name] for name in ("age", "sex", "site", "town")), strict=True))
    counts = Counter(rows)
    assert found.records.k == min(counts.values())
    assert found.records.n_unique == sum(count == 1 for count in counts.values())
    assert found.records.share_small == pytest.approx(
        sum(counts[row] < 3 for row in rows) / len(rows)
    )
    sizes = np.array([counts[row] for row in rows])
    assert found.marketer == pytest.approx(expect_match(sizes, 10_000).mean())
    assert found.journalist_max == pytest.approx(expect_match(sizes, 10_000).max())


def test_what_points_to_people_beside_the_classes_is_counted(columns):
    found = measure_table(columns, classify_columns(columns), n_population=10_000)

    counts = Counter(columns["site"])
    assert (found.n_exact_dates, found.n_places, found.n_direct) == (1, 1, 0)
    assert found.n_small_sites == sum(count < 11 for count in counts.values()) == 1
    (diagnosis,) = found.sensitive
    assert (diagnosis.n_rare_values, diagnosis.n_rare_people) == (1, 2)
    assert RARE > 2


def test_the_attack_reaches_what_was_predicted(columns):
    judged = classify_columns(columns, chosen={"acq_time": Role.OTHER, "town": Role.OTHER})

    found = measure_table(columns, judged, n_population=10_000)

    assert found.hits_interval[0] < found.predicted < found.hits_interval[1]
    assert 0.1 < found.predicted < 0.9


def test_without_quasi_identifiers_nobody_is_told_from_another(columns):
    judged = classify_columns({"participant_id": columns["participant_id"]})

    found = measure_table(columns, judged, n_population=10_000)

    assert found.records.k == 231
    assert encode_columns(columns, ()).shape == (231, 0)


def test_an_empty_table_has_no_risk():
    found = measure_table({"participant_id": []}, (), n_population=10)

    assert found.records.n_records == found.n_hits == 0
    assert found.marketer == 0


def test_nothing_that_is_told_is_a_value_of_the_table(columns):
    found = measure_table(columns, classify_columns(columns), n_population=10_000)

    told = str(found.as_dict())
    assert "Xanten" not in told
    assert "three" not in told
    assert "sub-001" not in told


def test_years_that_are_written_as_dates_are_no_exact_dates(columns):
    columns["acq_time"] = ["2019-01-01", "2020-01-01", "2021-01-01"] * 77

    found = measure_table(columns, classify_columns(columns), n_population=10_000)

    assert found.n_exact_dates == 0


def test_ages_that_are_sensitive_are_near_one_another():
    ages = [str(age) for age in (20, 21, 60, 61)]
    table = {"participant_id": list("abcd"), "sex": ["F", "F", "M", "M"], "age": ages}
    judged = classify_columns(table, chosen={"age": Role.SENSITIVE, "sex": Role.QUASI})

    found = measure_table(table, judged, n_population=100)

    # Earth mover's distance over ranks, by hand: (1/4 + 2/4 + 1/4) / 3.
    assert found.sensitive[0].t == pytest.approx(1 / 3)
