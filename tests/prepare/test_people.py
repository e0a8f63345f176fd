from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject
from fascicle.prepare._columns import make_columns
from fascicle.prepare._facts import gather_facts
from fascicle.prepare._people import (
    MIN_SCORE,
    follows_days,
    join_listed,
    may_identify,
    rank_candidates,
    stands_above,
)


def rank(names: list[str], codes: list[str] | None = None, ids: tuple[str, ...] = ()):
    columns = make_columns([PurePosixPath(f"{n}.edf") for n in names])
    headers = [Header(Modality.EEG, 250.0, 1009, (), subject=Subject(name=c))
               for c in codes or [""] * len(names)]  # fmt: skip
    return rank_candidates(columns, gather_facts(headers), ids, np.arange(len(names)))


def test_the_number_behind_a_word_for_participants_wins() -> None:
    ranked = rank([f"T{s}/VP{i:02d}_{r}" for s in (1, 2) for i in range(1, 8) for r in (1, 2)])

    assert ranked[0].column.key == "vp"


def test_headers_can_turn_the_order() -> None:
    names = [f"{a}_{b}_x" for a in range(11, 18) for b in range(21, 28)]
    by_second = [f"person {n.split('_')[1]}" for n in names]

    plain, told = rank(names), rank(names, by_second)

    assert plain[0].column.order == 100
    assert told[0].column.order == 101


def test_a_table_can_turn_the_order() -> None:
    names = [f"{a}_{b}_x" for a in range(11, 18) for b in range(21, 28)]

    told = rank(names, ids=tuple(str(b) for b in range(21, 28)))

    assert told[0].column.order == 101


def test_years_are_no_participants() -> None:
    names = [f"P20{y}_{i:02d}_{t}" for y in (18, 19) for i in range(1, 7) for t in ("rest", "EO")]

    ranked = rank(names)

    assert ranked[0].column.kind == "number"


def test_a_counter_is_no_part_of_a_person() -> None:
    columns = make_columns([PurePosixPath(f"{i:03d}_VP{i % 3:02d}_rest.edf") for i in range(9)])
    counter, person = columns[0], columns[1]

    assert not may_identify(counter, 9)
    assert may_identify(person, 9)
    assert stands_above(counter, person)
    assert not stands_above(person, counter)


def test_two_words_are_one_id_only_where_a_table_lists_them_so() -> None:
    people = ("Meier_Anna", "Meier_Beat", "Roth_Urs")
    columns = make_columns([PurePosixPath(f"{p}/oddball_{i}.edf") for p in people for i in (1, 2)])

    listed = join_listed(columns, ("Meier, Anna", "MEIER_BEAT", "Roth_Urs", "Vogt_Eva"))

    assert [c.texts for c in listed if c.kind == "code"] == [
        [person for person in people for _ in range(2)]
    ]
    assert join_listed(columns, ()) == columns
    assert join_listed(columns, ("Anna", "Beat", "Urs")) == columns
    assert join_listed(columns, ("Meier_Anna", "Keller_Urs", "Roth_Eva")) == columns


@pytest.mark.parametrize(
    ("folders", "days"),
    [
        (("m03", "m04"), ("2019-03-04", "2019-04-02")),
        (("03", "11"), ("2019-03-04", "2019-11-12")),
        (("04", "12"), ("2019-03-04", "2019-03-12")),
        (("kw10", "kw14"), ("2019-03-04", "2019-04-02")),
    ],
)
def test_folders_that_follow_the_calendar_are_told(folders, days) -> None:
    def do_follow(days: tuple[str, ...]) -> bool:
        names = [f"{folder}/{day}_{letter}.edf" for folder, day in zip(folders, days, strict=True)
                 for letter in "ab"]  # fmt: skip
        columns = make_columns([PurePosixPath(n) for n in names])
        facts = gather_facts([Header(Modality.EEG, 250.0, 1009, ())] * len(names))
        return follows_days(columns[0], columns, facts, np.arange(len(names)))

    assert do_follow(days)
    assert not do_follow(("2018-05-21", "2018-09-22"))
    assert not do_follow((days[0], "2018-09-22"))


@pytest.mark.parametrize("word", ["room", "Kabine", "amp", "cage", "scanner", "recorder"])
def test_places_and_devices_are_nobody(word) -> None:
    ranked = rank([f"{word}{n}/rec{r}" for n in (1, 2) for r in (1, 2)])

    assert not [c for c in ranked if c.score >= MIN_SCORE]
