"""Results of any shape become tables, and none of their figures is lost."""

from __future__ import annotations

import benchmark_tables


def test_numbers_stand_in_one_table_and_groups_of_equal_shape_in_another() -> None:
    results = {"n": 3, "find": {"median_ms": 1.5}, "scan": {"median_ms": 30.25, "p95_ms": 41}}

    numbers, groups = benchmark_tables.render_value(results, level=3)

    assert "| N | 3 |" in numbers
    assert "| Find | 1.5 |  |" in groups
    assert "| Scan | 30.25 | 41 |" in groups


def test_an_interval_is_read_as_from_and_to() -> None:
    (table,) = benchmark_tables.render_value([{"share": 0.5, "interval_95": [0.25, 0.75]}], 3)

    assert "| 0.5 | 0.25 to 0.75 |" in table


def test_deeper_results_get_headings_of_their_own() -> None:
    results = {"edf": {"speed": {"median_s": 2.0}, "fixed": {"median_s": 3.0}, "n": 7}}

    parts = benchmark_tables.render_value(results, level=3)

    assert parts[0] == "### Edf\n"
    assert "| N | 7 |" in parts[1]
    assert "| Speed | 2 |" in parts[2]


def test_the_page_tells_origin_and_explanation_of_each_result() -> None:
    page = benchmark_tables.render_benchmarks()

    for path in (benchmark_tables.BENCHMARKS / "results").glob("*.json"):
        assert f"## {benchmark_tables.title_of(path.stem)}\n" in page
    assert "*Commit " in page
