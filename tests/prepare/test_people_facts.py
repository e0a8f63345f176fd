from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from fascicle.core import ENTITIES, Header, Inferred, Modality, PlannedRecording, Source, Subject
from fascicle.prepare import make_table
from fascicle.prepare._people_facts import fill_subject, plan_participants


def plan(*people: str, **facts: object) -> tuple[list[PlannedRecording], dict[str, Header]]:
    recordings = [
        PlannedRecording(
            f"rec-{at}", Source("edf", (PurePosixPath(f"{at}.edf"),), 1), Modality.EEG,
            {name: Inferred(person if name == "participant" else "") for name in ENTITIES},
        )
        for at, person in enumerate(people)
    ]  # fmt: skip
    header = Header(Modality.EEG, subject=Subject(**facts))  # type: ignore[arg-type]  # by name
    return recordings, {r.key: header for r in recordings}


def test_a_table_is_read_by_what_any_kind_of_recordings_calls_somebody() -> None:
    recordings, headers = plan("P01", "P02")
    table = make_table([("scan_id", "sex", "Gruppe"), ("4711", "w", "A"), ("0815", "m", "B")])

    found, paired = plan_participants(
        recordings, headers, table, {"P01": ("4711",), "P02": ("0815",)}
    )

    assert [(p.raw_id, p.subject.sex, p.aliases) for p in found] == [
        ("P01", "F", ("4711",)), ("P02", "M", ("0815",)),
    ]  # fmt: skip
    assert paired == {"P01": "4711", "P02": "0815"}


def test_the_raw_id_goes_before_an_alias() -> None:
    recordings, headers = plan("P01")
    table = make_table([("id", "sex"), ("P01", "w"), ("4711", "m")])

    found, _ = plan_participants(recordings, headers, table, {"P01": ("4711",)})

    assert found[0].subject.sex == "F"


def test_what_headers_say_fills_what_tables_do_not() -> None:
    recordings, headers = plan("P01", sex="M", hand="L", species="mouse")
    table = make_table([("id", "sex"), ("P01", "w"), ("P02", "m")])

    found, _ = plan_participants(recordings, headers, table, {})

    subject = found[0].subject
    assert (subject.sex, subject.hand, subject.species) == ("F", "L", "mouse")


def test_what_is_known_is_never_overwritten() -> None:
    known = Subject(code="a", birth=date(1990, 1, 2), age_years=0.0)

    filled = fill_subject(known, Subject(code="b", birth=date(1991, 1, 2), age_years=7.0, sex="F"))

    assert filled == Subject(code="a", birth=date(1990, 1, 2), age_years=0.0, sex="F")
