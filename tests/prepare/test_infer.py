from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from time import process_time

import pytest

from fascicle.core import ENTITIES, Header, Modality
from fascicle.prepare import infer, make_table
from fascicle.testing import DEVELOPMENT_HABITS, make_layout

START = datetime(2019, 3, 12, 9, tzinfo=UTC)


def header(minutes: float = 0, n_times: int = 1009) -> Header:
    return Header(Modality.EEG, 250.0, n_times, (), measured_at=START + timedelta(minutes=minutes))


def settle(names: list[str], headers: list[Header] | None = None, **more):
    plain = Header(Modality.EEG, 250.0, 1009, ())
    return infer(
        [PurePosixPath(f"{n}.edf") for n in names], headers or [plain] * len(names), **more
    )


def values(found, entity: str) -> list[str]:
    return [one[entity].value for one in found.entities]


@pytest.mark.parametrize("habit", sorted(set(DEVELOPMENT_HABITS) - {"counters"}))
def test_sessions_tasks_and_runs_of_known_habits_are_found(habit: str) -> None:
    right: Counter[str] = Counter()
    total = 0
    for seed in (21, 22):
        layout = make_layout(seed, habit)
        table = make_table(layout.table) if layout.table else None

        found = infer(layout.paths, layout.headers, table)

        for at, truth in enumerate(layout.truth):
            if truth.is_copy:
                assert at in found.copies
                continue
            entities = found.entities[at]
            total += 1
            right["session"] += entities["session"].value.lower() == truth.session
            right["task"] += entities["task"].value.lower() == truth.task
            right["run"] += int(entities["run"].value or 1) == truth.run
            right["acquisition"] += entities["acquisition"].value == truth.acquisition

    assert all(right[entity] >= 0.95 * total for entity in ENTITIES[1:])


def test_every_value_has_its_evidence() -> None:
    found = settle(["S1_pre_rest_run1", "S2_pre_rest_run1", "S1_post_rest_run2", "S2_post_EO_run1"])

    for one in found.entities:
        assert set(one) == set(ENTITIES)
        assert all(e.evidence for e in one.values() if e.value)
        assert all(0.0 <= e.confidence <= 1.0 for e in one.values())


def test_a_copy_stays_out_only_if_its_header_is_the_same() -> None:
    names = ["S1_rest", "S1_rest (1)", "S2_rest", "S2_rest (1)"]
    headers = [header(0, 1009), header(0, 1009), header(9, 1009), header(30, 2003)]

    found = settle(names, headers)

    assert found.copies == {1}
    assert values(found, "run")[3] != values(found, "run")[2]


def test_a_duplicate_of_the_same_person_stays_out() -> None:
    names = ["S1_rest", "S1_ruhe", "S2_rest"]
    headers = [header(0), header(0), header(9)]

    found = settle(names, headers, duplicates=[PurePosixPath("S1_ruhe.edf")])

    assert found.copies == {1}


def test_recordings_days_apart_are_sessions_without_any_word() -> None:
    names = ["S1_rest", "S1_oddball", "S2_rest", "S2_oddball"]
    headers = [header(0), header(14 * 1440), header(5), header(20)]

    found = settle(names, headers)

    assert values(found, "session") == ["2019-03-12", "2019-03-26", "", ""]


def test_recordings_that_nothing_tells_apart_are_counted_by_the_clock() -> None:
    names = ["S1/zz_2019-03-12_15.30.01", "S1/zz_2019-03-12_09.30.01", "S2/zz_2019-03-12_10.00.00"]

    found = settle(names)

    assert values(found, "run") == ["2", "1", ""]


def test_the_day_in_the_path_is_held_against_the_header() -> None:
    names = [f"2019-03-12/S{i}_rest" for i in range(1, 6)]
    names[3] = "2019-04-01/S4_rest"

    found = settle(names, [header(i) for i in range(5)])

    assert set(found.disagreements) == {3}


def test_the_name_of_the_study_is_no_task() -> None:
    found = settle([f"motor_S{i}_{t}" for i in range(1, 6) for t in ("rest", "oddball")])

    assert set(values(found, "task")) == {"rest", "oddball"}


def test_one_recording_is_enough() -> None:
    found = settle(["S018R02"])

    assert values(found, "participant") == ["S018"]
    assert values(found, "run") == ["2"]


def test_nothing_gives_nothing() -> None:
    assert infer([], []).entities == []


@pytest.mark.slow
def test_ten_thousand_paths_take_seconds() -> None:
    names = [f"S{i:03d}/ses{s}/S{i:03d}_ses{s}_{t}_run{r}" for i in range(500) for s in (1, 2)
             for t in ("rest", "EO", "oddball", "nback", "faces") for r in (1, 2)]  # fmt: skip
    headers = [header(at) for at in range(len(names))]

    start = process_time()
    found = settle(names, headers)
    took_s = process_time() - start

    assert len(set(values(found, "participant"))) == 500
    assert took_s < 4.0


@pytest.mark.parametrize("form", ["{0}/{1}.edf", "{0}/{0}_{1}.edf", "{0}_{1}.edf"])
def test_full_names_that_a_table_lists_are_whole_labels(form: str) -> None:
    people = ("Meier_Anna", "Meier_Beat", "Roth_Urs")
    paths = [PurePosixPath(form.format(p, t)) for p in people for t in ("rest", "oddball")]
    table = make_table([["id", "age"], *([p, "31"] for p in people)])

    found = infer(paths, [Header(Modality.EEG, 250.0, 1009, ())] * 6, table)

    assert found.people.labels == [p for p in people for _ in range(2)]
    assert [e["task"].value for e in found.entities] == ["rest", "oddball"] * 3
