from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from fascicle.core import PUBLISH_CONFIDENCE
from fascicle.prepare._groups import Group
from fascicle.prepare._identifiers import Weight
from fascicle.prepare._linking import Edge, Links, join_people
from fascicle.prepare._roster import Roster, Somebody

BIRTHS = [date(1980 + n, 3, 7 + n) for n in range(9)]


def person(group: int, label: str, *ids: str, **facts: object) -> Somebody:
    known = {
        name: frozenset({value}) if not isinstance(value, frozenset) else value
        for name, value in facts.items()
    }
    return Somebody(group, label, [], (label, *ids), **known)  # type: ignore[arg-type]  # by name


def join(*people: Somebody, stated: list[Edge] | None = None) -> tuple[list[set[str]], Links]:
    """Join, and return the sets of more than one as kind:label."""
    n = max(one.group for one in people) + 1
    roster = Roster([Group(f"g{at}", ()) for at in range(n)], list(people))
    links = join_people(roster, stated or [])
    named = [{f"{people[at].group}:{people[at].label}" for at in own} for own in links.sets]
    assert sorted(at for own in links.sets for at in own) == list(range(len(people)))
    return [own for own in named if len(own) > 1], links


def test_equal_codes_in_any_spelling_are_one_person() -> None:
    joined, links = join(person(0, "P01"), person(0, "P02"), person(1, "sub-p01"), person(1, "P3"))

    assert joined == [{"0:P01", "1:sub-p01"}]
    assert PUBLISH_CONFIDENCE <= min(links.sure) < 1.0
    assert any("the same identifier" in sentence for says in links.says for sentence in says)


def test_a_code_and_a_patient_number_are_never_joined_by_guess() -> None:
    joined, _ = join(person(0, "P01"), person(1, "4711"))

    assert joined == []


def test_equal_running_numbers_say_nothing() -> None:
    joined, links = join(*(person(g, str(n)) for g in (0, 1) for n in range(1, 6)))

    assert joined == []
    assert links.equal_numbers


def test_running_numbers_join_where_birth_agrees_and_only_there_if_others_differ() -> None:
    mine = [person(0, str(n), births=BIRTHS[n]) for n in range(1, 5)]
    theirs = [person(1, str(n), births=BIRTHS[n if n < 3 else 7 - n]) for n in range(1, 5)]

    joined, _ = join(*mine, *theirs, person(0, "5"), person(1, "5"))

    assert joined == [{"0:1", "1:1"}, {"0:2", "1:2"}]


def test_three_births_that_agree_and_none_that_differs_vouch_for_all_numbers() -> None:
    known = [person(g, str(n), births=BIRTHS[n]) for g in (0, 1) for n in (1, 2, 3)]

    joined, links = join(*known, person(0, "4"), person(1, "4"))

    assert {"0:4", "1:4"} in joined
    assert PUBLISH_CONFIDENCE <= min(links.sure) < 0.95


def test_one_folder_that_holds_both_joins_running_numbers() -> None:
    folder = frozenset({PurePosixPath("7")})

    joined, _ = join(person(0, "7", folders=folder), person(1, "7", own_folders=folder),
                     person(0, "8"), person(1, "8"))  # fmt: skip

    assert joined == [{"0:7", "1:7"}]


def test_equal_codes_against_birth_sex_or_name_are_kept_apart_and_found() -> None:
    for fact, one, other in (
        ("births", BIRTHS[0], BIRTHS[1]),
        ("sexes", "F", "M"),
        ("names", ("anna", "muller"), ("muller", "tom")),
    ):
        joined, links = join(person(0, "P01", **{fact: one}), person(1, "P01", **{fact: other}))

        assert joined == []
        assert [f.code for f in links.findings] == ["participant.link-contradiction"]
        assert "P01" not in links.findings[0].reason
        assert "P01" in links.findings[0].raw_place


def test_schemes_that_contradict_one_another_often_are_not_one_scheme() -> None:
    mine = [person(0, f"S{n}", births=BIRTHS[n]) for n in range(1, 5)]
    theirs = [person(1, f"S{n}", births=BIRTHS[5 - n]) for n in range(1, 5)]

    joined, _ = join(*mine, *theirs, person(0, "S9"), person(1, "S9"))

    assert joined == []


def test_an_animal_is_no_person_of_the_same_code() -> None:
    joined, links = join(person(0, "M01", species="homo sapiens"),
                         person(1, "M01", species="mus musculus"))  # fmt: skip

    assert joined == []
    assert links.findings == []


def test_who_may_be_either_of_two_that_differ_is_joined_with_neither() -> None:
    joined, links = join(person(0, "M01", species="homo sapiens"),
                         person(1, "M01", species="mus musculus"), person(2, "M01"))  # fmt: skip

    assert joined == []
    assert {f.code for f in links.findings} == {"participant.link-unclear"}


def test_codes_that_differ_in_zeros_join_only_one_to_one() -> None:
    plain, _ = join(person(0, "412345"), person(0, "7001"), person(1, "00412345"))
    twice, _ = join(person(0, "412345"), person(1, "00412345"), person(1, "0412345"))

    assert plain == [{"0:412345", "1:00412345"}]
    assert twice == []


def test_a_full_name_in_a_path_is_that_of_a_header_but_not_a_siblings() -> None:
    anna = ("anna", "schmidt")

    joined, links = join(
        person(0, "Schmidt_Anna"), person(0, "Schmidt_Tom"),
        person(1, "4711", names=anna), person(1, "4712", names=("anna", "huber")),
    )  # fmt: skip

    assert joined == [{"0:Schmidt_Anna", "1:4711"}]
    assert min(links.sure) < PUBLISH_CONFIDENCE


def test_somebody_with_two_candidates_is_joined_with_none() -> None:
    joined, _ = join(person(0, "P01", "X7K2"), person(1, "P01"), person(1, "X7K2"))

    assert joined == []


def test_a_table_joins_and_running_numbers_then_mean_nothing() -> None:
    people = [person(g, str(n)) for g in (0, 1) for n in (1, 2)]
    stated = [Edge(0, 3, Weight.CODE, 0.95, "a row"), Edge(1, 2, Weight.CODE, 0.95, "a row")]

    joined, _ = join(*people, stated=stated)

    assert joined == [{"0:1", "1:2"}, {"0:2", "1:1"}]


def test_a_table_against_equal_codes_joins_neither() -> None:
    people = [person(0, "P01"), person(0, "P02"), person(1, "P01"), person(1, "P02")]

    joined, links = join(*people, stated=[Edge(0, 3, Weight.CODE, 0.95, "a row")])

    assert joined == []
    assert "participant.link-unclear" in {f.code for f in links.findings}


def test_two_people_of_one_kind_are_never_made_one() -> None:
    people = [person(0, "P01"), person(0, "P14"), person(1, "4711")]
    stated = [Edge(0, 2, Weight.CODE, 0.95, "a row"), Edge(1, 2, Weight.CODE, 0.95, "a row")]

    joined, links = join(*people, stated=stated)

    assert joined == [{"0:P01", "1:4711"}]
    assert links.doubts


def test_three_kinds_are_joined_through_one_another_but_not_against_facts() -> None:
    chain, _ = join(person(0, "P01"), person(1, "P01", "X7K2"), person(2, "X7K2"))
    torn, _ = join(person(0, "P01", births=BIRTHS[0]), person(1, "P01", "X7K2"),
                   person(2, "X7K2", births=BIRTHS[1]))  # fmt: skip

    assert chain == [{"0:P01", "1:P01", "2:X7K2"}]
    assert all(len(own) < 3 for own in torn)


def test_the_order_in_which_people_are_listed_changes_nothing() -> None:
    people = [person(g, f"P{n}", births=BIRTHS[n]) for g in (0, 1, 2) for n in range(5)]

    straight, _ = join(*people)
    turned, _ = join(*reversed(people))

    assert {frozenset(own) for own in straight} == {frozenset(own) for own in turned}
    assert len(straight) == 5


def test_what_a_person_decided_in_the_plan_is_not_asked_again() -> None:
    people = [person(0, "P01"), person(0, "P02"), person(1, "P01"), person(1, "P02")]
    roster = Roster([Group("g0", ()), Group("g1", ())], people)

    links = join_people(roster, [], [(1, 3)])

    assert links.sets == [[0], [1, 3], [2]]
