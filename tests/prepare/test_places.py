import json

import pytest

from fascicle.prepare import merge_places

TABLE = "sub-001/ieeg/sub-001_electrodes.tsv"
SYSTEM = "sub-001/ieeg/sub-001_coordsystem.json"


def table(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in ("name x y", *rows)).replace(" ", "\t").encode()


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (("A1 1 2",), ("B1 3 4",), ("A1 1 2", "B1 3 4")),
        (("A1 n/a n/a", "B1 3 4"), ("A1 1 2",), ("A1 1 2", "B1 3 4")),
        (("A1 1 2",), ("A1 n/a n/a",), ("A1 1 2",)),
    ],
)
def test_tables_of_one_session_are_joined_by_name(first, second, joined):
    assert merge_places(TABLE, table(*first), table(*second)) == table(*joined)


def test_two_places_of_one_electrode_are_a_contradiction():
    assert merge_places(TABLE, table("A1 1 2"), table("A1 1 3")) is None
    assert merge_places(TABLE, table("A1 1 2"), b"name\tx\nA1\t1\n") is None


def test_a_coordinate_system_in_which_nothing_lies_gives_way():
    empty, known, other = (
        json.dumps({"iEEGCoordinateSystem": name, "iEEGCoordinateUnits": unit}).encode()
        for name, unit in (("Other", "n/a"), ("ACPC", "m"), ("Talairach", "m"))
    )

    assert merge_places(SYSTEM, empty, known) == known
    assert merge_places(SYSTEM, known, empty) == known
    assert merge_places(SYSTEM, known, other) is None


def test_events_of_versions_of_a_recording_are_the_same_or_a_contradiction():
    path = "sub-001/meg/sub-001_task-rest_events.tsv"

    assert merge_places(path, table("0.5 0 1"), table("0.5 0 1")) == table("0.5 0 1")
    assert merge_places(path, table("0.5 0 1"), table("0.7 0 1")) is None
