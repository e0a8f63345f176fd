from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import PUBLISH_CONFIDENCE, Header, Modality, Subject
from fascicle.prepare import infer, make_table
from fascicle.testing import DEVELOPMENT_HABITS, make_layout


def header(day: str = "", **subject: object) -> Header:
    when = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC) if day else None
    return Header(Modality.EEG, 250.0, 1009, (), measured_at=when, subject=Subject(**subject))  # type: ignore[arg-type]


def who(names: list[str], headers: list[Header] | None = None):
    found = infer([PurePosixPath(f"{n}.edf") for n in names], headers or [header()] * len(names))
    return found.people


TASKS = ("rest", "oddball")
CODED = [f"S{i:02d}_{t}" for i in range(1, 8) for t in TASKS]


@pytest.mark.parametrize("habit", DEVELOPMENT_HABITS)
def test_no_two_people_are_ever_merged(habit: str) -> None:
    for seed in (3, 4, 5):
        layout = make_layout(seed, habit)
        table = make_table(layout.table) if layout.table else None

        people = infer(layout.paths, layout.headers, table).people

        merged = defaultdict(set)
        for label, truth in zip(people.labels, layout.truth, strict=True):
            merged[label].add(truth.person)
        assert all(len(persons) == 1 for persons in merged.values())


def test_codes_name_people_and_may_be_published() -> None:
    people = who(CODED)

    assert people.labels == [name[:3] for name in CODED]
    assert people.lowest >= PUBLISH_CONFIDENCE
    assert people.doubts == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"birth": date(1980, 1, 1)}, {"birth": date(1990, 1, 1)}),
        ({"name": "Anna Meier"}, {"name": "Ute Huber"}),
        ({"sex": "F"}, {"sex": "M"}),
        ({"code": "00417"}, {"code": "00923"}),
    ],
)
def test_headers_that_contradict_one_another_split_a_label(
    one: dict[str, object], other: dict[str, object]
) -> None:
    headers = [header(**one) for _ in CODED]
    headers[1] = header(**other)

    people = who(CODED, headers)

    assert people.labels[0] != people.labels[1]
    assert people.confidence[1] < PUBLISH_CONFIDENCE
    assert any("contradict" in sentence for sentence in people.evidence[1])


def test_one_name_under_two_labels_is_said_and_never_merged() -> None:
    headers = [header(name=f"Person {n[:3]}") for n in CODED]
    headers[2:4] = headers[0:2]

    people = who(CODED, headers)

    assert people.labels == [name[:3] for name in CODED]
    assert any("same name" in doubt for doubt in people.doubts)


def test_equal_initials_on_two_days_are_kept_apart_without_a_header() -> None:
    initials = ("AB", "MK", "CD", "XY", "JL", "PW")
    names = [f"{w}_2019-03-1{i}_{t}" for i, w in enumerate(initials) for t in TASKS]
    names += [f"AB_2019-09-01_{t}" for t in TASKS]

    people = who(names)

    assert people.labels[0] == people.labels[1] != people.labels[-1]
    assert people.lowest < PUBLISH_CONFIDENCE


def test_equal_initials_are_joined_where_headers_agree_on_the_person() -> None:
    initials = ("AB", "MK", "CD", "XY", "JL", "PW")
    names = [f"{w}_{d}_{t}" for w in initials for d in ("2019-03-11", "2019-09-01") for t in TASKS]
    headers = [header(birth=date(1970 + initials.index(n[:2]), 5, 5)) for n in names]

    people = who(names, headers)

    assert len(set(people.labels)) == 6
    assert people.lowest >= PUBLISH_CONFIDENCE


def test_without_any_participant_each_recording_is_its_own() -> None:
    people = who(["rest_1", "rest_2", "oddball_1"])

    assert len(set(people.labels)) == 3
    assert people.lowest == 1.0
    assert people.doubts


def test_the_header_alone_names_people_only_if_two_facts_agree() -> None:
    names = [f"{i:04d}" for i in range(1, 13)]
    two = [header(code=f"C{i // 3}", birth=date(1960 + i // 3, 1, 1)) for i in range(12)]
    one = [header(code=f"C{i // 3}") for i in range(12)]

    assert len(set(who(names, two).labels)) == 4
    assert len(set(who(names, one).labels)) == 12


@pytest.mark.parametrize("spelled", ["m{:02d}", "m{}", "M{}", "r{:02d}", "R{}"])
def test_a_letter_and_a_number_are_an_animal_where_nothing_else_is(spelled: str) -> None:
    animals = [spelled.format(number) for number in (1, 7, 12)]

    people = who([f"probe/{one}/{day}/rec_g0" for one in animals for day in (20210304, 20210305)])

    assert people.labels == [one for one in animals for _ in range(2)]
    assert people.lowest < PUBLISH_CONFIDENCE
    assert people.doubts == ["Folders of a letter and a number were taken for one animal each."]


@pytest.mark.parametrize(
    "names",
    [
        [f"data/{year}/m{month:02d}/d{day:02d}/rec" for year in (2021, 2022)
         for month in (1, 12) for day in (3, 17)],
        [f"data/m{month:02d}/d{day:02d}/rec" for month in (1, 12) for day in (3, 17)],
        [f"data/sub{one}/m{month:02d}/rec" for one in (1, 2, 3) for month in (1, 6, 12)],
        [f"data/sub{one}/r{run:02d}/rec" for one in (1, 2, 3) for run in (1, 2, 3)],
    ],
)  # fmt: skip
def test_beside_a_day_or_a_participant_a_letter_and_a_number_are_no_animal(
    names: list[str],
) -> None:
    people = who(names)

    assert not any(label[0] in "mr" and label[1:].isdecimal() for label in people.labels)
    assert len(set(people.labels)) in {3, len(names)}


def test_headers_that_name_people_outweigh_a_letter_and_a_number() -> None:
    persons = [("C1", "Anna Meier"), ("C2", "Ute Huber")]
    headers = [header(code=code, name=name) for _ in (1, 2) for code, name in persons]

    people = who([f"data/r{run}/rec" for run in (1, 2, 3, 4)], headers)

    assert people.labels == ["c1", "c2", "c1", "c2"]


@pytest.mark.parametrize(
    "names",
    [
        ["03/20190304", "03/20190312", "04/20190402", "04/20190403"],
        ["m03/20190304", "m03/20190312", "m04/20190402"],
    ],
)
def test_who_was_recorded_in_one_month_is_asked_for(names) -> None:
    people = who(names)

    assert max(people.confidence) < PUBLISH_CONFIDENCE
    assert any("calendar" in doubt for doubt in people.doubts)


def test_participants_who_came_one_in_a_month_are_sure() -> None:
    people = who([f"VP{n:02d}/2019{n:02d}1{t}" for n in (1, 2, 3) for t in (1, 2)])

    assert len(set(people.labels)) == 3
    assert min(people.confidence) >= PUBLISH_CONFIDENCE


@pytest.mark.parametrize(
    ("names", "n_people"),
    [
        (["room1/20190304", "room1/20190312", "room2/20190402"], 3),
        (["amp1/rec1", "amp1/rec2", "amp2/rec1", "amp2/rec2"], 4),
        ([f"room{r}/{n:02d}_{t}" for r in (1, 2) for n in (1, 2, 3) for t in TASKS], 6),
        ([f"VP{n:02d}/amp{a}_{t}" for a in (1, 2) for n in (1, 2, 3) for t in TASKS], 3),
    ],
)
def test_who_was_recorded_in_one_room_is_not_one_person(names, n_people) -> None:
    assert len(set(who(names).labels)) == n_people


def test_padded_and_plain_numbers_are_one_scheme_only_in_a_clear_order() -> None:
    clear = [f"pre/S{i}_{t}" for i in range(1, 6) for t in TASKS]
    clear += [f"post/S{i:02d}_{t}" for i in range(1, 6) for t in TASKS]
    muddled = ["S1_rest", "S01_oddball", "S2_rest", "S02_oddball", "S03_rest", "S3_rest_b"]

    assert len(set(who(clear).labels)) == 5
    apart = who(muddled)
    assert len(set(apart.labels)) == 6


def test_a_file_in_another_ones_folder_is_doubted() -> None:
    names = [f"S{i:02d}/S{i:02d}_{t}" for i in range(1, 12) for t in TASKS]
    names[4] = "S03/S04_rest"

    people = who(names)

    assert people.labels.count(people.labels[4]) == 1
    assert people.confidence[4] < PUBLISH_CONFIDENCE


def test_the_order_of_files_changes_nothing() -> None:
    layout = make_layout(11, "groups_equal_codes")
    order = np.random.default_rng(7).permutation(len(layout.paths))

    straight = infer(layout.paths, layout.headers).people.labels
    mixed = infer([layout.paths[i] for i in order], [layout.headers[i] for i in order]).people

    assert [straight[i] for i in order] == mixed.labels


def test_two_sites_are_not_two_people() -> None:
    names = [f"{s}/{i:02d}/{t}_run{r}" for s in ("Berlin", "Lyon") for i in range(1, 6)
             for t in ("EO", "motor", "stroop") for r in (1, 2)]  # fmt: skip

    assert len(set(who(names).labels)) == 10


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"),
                         min_size=1, max_size=12), min_size=1, max_size=3),
        min_size=1, max_size=9,
    )
)  # fmt: skip
def test_no_folder_is_too_strange(parts: list[list[str]]) -> None:
    names = sorted({"/".join(p for p in path if p.strip(". ")) or "x" for path in parts})

    people = who(names)

    assert len(people.labels) == len(people.confidence) == len(names)
    assert all(people.labels)
