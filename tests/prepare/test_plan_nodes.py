from __future__ import annotations

import gc

import pytest

from fascicle.errors import PlanError
from fascicle.prepare._plan_nodes import Entry, parse_yaml, paused_collector


def entry(text: str) -> Entry:
    return Entry(parse_yaml(text), "plan")


def test_a_number_of_digits_stays_as_it_is_written() -> None:
    assert entry("a: 007").get("a").text() == "007"
    assert entry("a: ~").get("a").text() == ""
    assert entry('a: "~"').get("a").text() == "~"


def test_references_are_refused_before_they_can_multiply() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

    with pytest.raises(PlanError, match="FSC301"):
        parse_yaml(bomb)


def test_no_tag_builds_an_object() -> None:
    found = entry("a: !!python/object/apply:os.getcwd []")

    with pytest.raises(PlanError, match="FSC303"):
        found.get("a").value()


def test_errors_name_field_and_line() -> None:
    found = entry("a: 1\nb:\n  - x\n")

    with pytest.raises(PlanError, match="'b' in line 3"):
        found.get("b").number()
    with pytest.raises(PlanError, match="'c'"):
        found.get("c")


def test_flags_and_shares_are_held_to_their_range() -> None:
    found = entry("a: Yes\nb: 1.5\nc: 0.5")

    assert found.get("a").flag() is True
    assert found.get("c").share() == 0.5
    with pytest.raises(PlanError, match="between 0 and 1"):
        found.get("b").share()


def test_values_are_what_yaml_understands() -> None:
    assert entry("a: {x: [1, 2.5, true, null]}").get("a").value() == {"x": [1, 2.5, True, None]}


def test_the_collector_runs_again_after_a_mistake() -> None:
    with pytest.raises(PlanError), paused_collector():
        assert not gc.isenabled()
        parse_yaml("")

    assert gc.isenabled()


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 900, "{a: " * 400 + "1" + "}" * 400])
def test_a_nest_that_could_end_the_interpreter_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match=r"FSC301.* deep"):
        parse_yaml(text)


@pytest.mark.parametrize("text", [".inf", "nan", "1e999", "-inf"])
def test_numbers_end(text: str) -> None:
    with pytest.raises(PlanError, match="FSC303"):
        entry(f"n: {text}").get("n").number()


@pytest.mark.parametrize("text", ["../a.edf", "/etc/passwd", "a/../../b.edf", '"a\\0b"'])
def test_paths_stay_within_the_raw_folder(text: str) -> None:
    with pytest.raises(PlanError, match=r"FSC303.*within the raw folder"):
        entry(f"p: {text}").get("p").path()


def test_paths_may_have_any_other_name() -> None:
    assert entry('p: "a/..b/c...edf"').get("p").path() == "a/..b/c...edf"
