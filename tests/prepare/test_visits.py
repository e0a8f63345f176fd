from __future__ import annotations

from datetime import UTC, datetime

from fascicle.core import Header, Inferred, Modality
from fascicle.prepare._groups import Group
from fascicle.prepare._visits import join_sessions


def sessions(*rows: tuple[str, str, str]) -> list[str]:
    """Settle the sessions of one person: kind, label and day of each recording."""
    kinds = list(dict.fromkeys(kind for kind, _, _ in rows))
    groups = [Group(k, tuple(i for i, row in enumerate(rows) if row[0] == k)) for k in kinds]
    entities = [{"participant": Inferred("p"), "session": Inferred(label)} for _, label, _ in rows]
    headers = [
        Header(Modality.EEG, measured_at=datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
               if day else None)
        for _, _, day in rows
    ]  # fmt: skip

    join_sessions(entities, groups, headers)

    return [one["session"].value for one in entities]


def test_one_label_is_one_session_however_it_is_written() -> None:
    found = sessions(("eeg", "pre", "2019-03-12"), ("eeg", "post", "2019-06-12"),
                     ("mri", "Pre", "2019-03-14"), ("mri", "post", "2019-06-13"))  # fmt: skip

    assert found == ["pre", "post", "pre", "post"]


def test_one_day_is_one_session() -> None:
    found = sessions(("eeg", "pre", "2019-03-12"), ("eeg", "post", "2019-06-12"),
                     ("mri", "", "2019-06-12"), ("mri", "2019-03-12", "2019-03-12"))  # fmt: skip

    assert found == ["pre", "post", "post", "pre"]


def test_labels_of_one_kind_hold_for_another_that_comes_first() -> None:
    assert sessions(("eeg", "", "2019-03-12"), ("mri", "pre", "2019-03-12"),
                    ("mri", "post", "2019-06-12")) == ["pre", "pre", "post"]  # fmt: skip


def test_a_day_of_its_own_is_a_session_of_its_own() -> None:
    words = sessions(("eeg", "pre", "2019-03-12"), ("eeg", "post", "2019-06-12"),
                     ("mri", "", "2019-09-01"))  # fmt: skip
    dates = sessions(("eeg", "2019-03-12", "2019-03-12"), ("eeg", "2019-06-12", "2019-06-12"),
                     ("mri", "", "2019-09-01"))  # fmt: skip
    bare = sessions(("eeg", "", "2019-03-12"), ("mri", "", "2019-03-19"))

    assert words == ["pre", "post", "mri"]
    assert dates[2] == "2019-09-01"
    assert bare == ["2019-03-12", "2019-03-19"]


def test_what_came_on_one_day_needs_no_session() -> None:
    assert sessions(("eeg", "", "2019-03-12"), ("mri", "", "2019-03-12")) == ["", ""]


def test_an_unknown_day_settles_nothing() -> None:
    assert sessions(("eeg", "", "2019-03-12"), ("micr", "", "")) == ["", ""]
    assert sessions(("eeg", "pre", "2019-03-12"), ("micr", "", "")) == ["pre", ""]
