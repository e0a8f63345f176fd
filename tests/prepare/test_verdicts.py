from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath

import pytest

from fascicle.core import PUBLISH_CONFIDENCE, Header, Modality, Subject
from fascicle.prepare import infer, make_table


def who(names: Sequence[str], births: Sequence[date | None] = (), table=None):
    headers = [
        Header(Modality.EEG, 250.0, 1009, (), subject=Subject(birth=birth))
        for birth in births or [None] * len(names)
    ]
    return infer([PurePosixPath(f"{n}.edf") for n in names], headers, table).people


TASKS = ("rest", "oddball")


@pytest.mark.parametrize(
    "pair",
    [("patients", "controls"), ("MDD", "HC"), ("Berlin", "Lyon"), ("site1", "site2"),
     ("old", "young"), ("1", "2"), ("lab_x", "lab_y")],
)  # fmt: skip
def test_equal_codes_in_two_groups_are_two_people(pair: tuple[str, str]) -> None:
    names = [f"{g}/{i:02d}_{t}" for g in pair for i in range(1, 7) for t in TASKS]

    people = who(names)

    assert len(set(people.labels)) == 12
    assert all(
        name.split("/")[0].endswith(label.split("/")[0])
        for label, name in zip(people.labels, names, strict=True)
    )


def test_headers_that_agree_join_what_unknown_folders_part() -> None:
    names = [f"{g}/{i:02d}_{t}" for g in ("xu", "yo") for i in range(1, 7) for t in TASKS]
    births = [date(1980 + int(n[3:5]), 1, 1) for n in names]

    people = who(names, births)

    assert len(set(people.labels)) == 6
    assert people.lowest >= PUBLISH_CONFIDENCE


def test_a_table_that_lists_each_code_once_joins_what_unknown_folders_part() -> None:
    names = [f"{g}/{i:02d}_{t}" for g in ("xu", "yo") for i in range(1, 7) for t in TASKS]
    table = make_table([["id", "age"], *([f"{i:02d}", str(20 + i)] for i in range(1, 7))])

    people = who(names, table=table)

    assert len(set(people.labels)) == 6


def test_sessions_above_equal_codes_are_visits_of_one_person() -> None:
    people = who([f"{s}/S{i:02d}_{t}" for s in ("pre", "post") for i in range(1, 7) for t in TASKS])

    assert len(set(people.labels)) == 6
    assert people.lowest >= PUBLISH_CONFIDENCE


@pytest.mark.parametrize("gap", ["_", "/"])
def test_treatments_may_be_groups_so_that_nothing_is_published_unasked(gap: str) -> None:
    arms = ("sham", "active")
    names = [f"{s}/S{i:02d}{gap}{t}" for s in arms for i in range(1, 7) for t in TASKS]

    people = who(names)

    assert people.lowest < PUBLISH_CONFIDENCE
    assert people.doubts


@pytest.mark.parametrize("gap", ["_", "/"])
def test_numbers_that_begin_anew_every_day_are_counters_of_the_day(gap: str) -> None:
    days, numbers = (11, 12, 13, 14), (1, 2, 3, 4)
    names = [f"2019-03-{d}/{i}{gap}{t}" for d in days for i in numbers for t in TASKS]

    people = who(names)

    assert len(set(people.labels)) == 16


def test_members_of_a_family_are_not_merged() -> None:
    for members in (("mother", "child"), ("A", "B"), ("zed", "yot")):
        names = [f"fam{i:02d}_{m}_{t}" for i in range(1, 6) for m in members for t in TASKS]

        people = who(names)

        by_label: dict[str, set[str]] = {}
        for label, name in zip(people.labels, names, strict=True):
            by_label.setdefault(label, set()).add(name.rpartition("_")[0])
        assert all(len(own) == 1 for own in by_label.values())


def test_unknown_words_behind_an_id_are_asked_about() -> None:
    people = who([f"S{i:02d}_{w}" for i in range(1, 7) for w in ("zorg", "blim", "quux")])

    assert len(set(people.labels)) == 6
    assert people.lowest < PUBLISH_CONFIDENCE


@pytest.mark.parametrize(
    "people",
    [("Meier_Anna", "Meier_Beat", "Roth_Urs"), ("Meier_Anna", "Roth_Anna", "Keller_Urs"),
     ("Anna_Meier", "Beat_Meier", "Urs_Roth", "Eva_Roth")],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{0}/{1}", "{0}/{0}_{1}", "{0}-{1}", "eeg/{0}/{1}"])
def test_few_people_who_share_a_surname_or_a_first_name_are_not_merged(
    people: tuple[str, ...], form: str
) -> None:
    names = [form.format(one, task) for one in people for task in ("rest", "oddball")]

    found = who(names)

    labels = {person: {found.labels[2 * i], found.labels[2 * i + 1]}
              for i, person in enumerate(people)}  # fmt: skip
    for one in people:
        for other in people:
            assert one == other or not labels[one] & labels[other]


def test_tasks_beside_a_name_that_nobody_knows_do_not_part_a_person() -> None:
    found = who([f"{one}_{task}" for one in ("Meier", "Roth", "Keller", "Vogt", "Quandt")
                 for task in ("Gambling", "Juggling")])  # fmt: skip

    assert len(set(found.labels)) == 5
