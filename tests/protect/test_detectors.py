"""What tells by its shape, and what only looks like it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.protect import POLICIES
from fascicle.protect._contents import Field, Number
from fascicle.protect._detectors import detect, detect_number, find_days

SAFE, SHIFTED = POLICIES["safe-harbour"], POLICIES["shifted"]


def codes(text: str) -> set[str]:
    return {d.code for d in detect(Field("line 1", text), SAFE) if d.is_error}


@given(
    st.dates(date(1900, 1, 1), date(2059, 12, 31)),
    st.sampled_from(
        ["%Y-%m-%d", "%Y-%m-%dT10:00:00", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y",
         "%B %d, %Y", "%Y%m%d%H%M%S", "%Y_%m_%d", "%d%b%Y"]
    ),
)  # fmt: skip
def test_every_full_date_is_seen(day: date, form: str) -> None:
    text = f"on {day.strftime(form)} they"

    assert day in find_days(text)
    assert ("proof.date" in codes(text)) is (find_days(text) != {date(day.year, 1, 1)})


@pytest.mark.parametrize(
    "text",
    ["2013-01-01", "2013-01-01T00:00:00", "01-JAN-2013", "01.01.13", "version 1.10.0", "0.1-40 Hz",
     "10.1109/TAU.1967.1161901", "https://doi.org/10.5281/zenodo.1234567",
     "https://bids.neuroimaging.io",
     "ds-4f53cda18c2b", "0000-0002-1825-0097", "12:34:56", "1204511 B", "-0.123456789",
     "DUO:0000042",
     "S  1", "sub-001", "50 Hz", "Fp1-Fp2", "1e-06", "7 min 30 s", "2013", "May",
     "3 of 20 channels",
     "45 CFR 164.514(b)(2)", "sub-001_task-rest_run-02_eeg.edf", "patients and controls"],
)  # fmt: skip
def test_ordinary_words_of_a_dataset_tell_nothing(text: str) -> None:
    assert codes(text) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [("a.b+c@d-e.co.uk", "proof.contact"), ("+49 (0)89 1234-567", "proof.contact"),
     ("Tel. 044 255 11 11", "proof.contact"), ("(044) 255 11 11", "proof.contact"),
     ("00-1b-44-11-3a-b7", "proof.contact"), ("/Users/doe/x", "proof.path"),
     ("D:\\Daten\\Roth", "proof.path"), ("\\\\server\\share", "proof.path"),
     ("Prof. Roth", "proof.person"),
     ("Frau Müller", "proof.person"), ("756.1234.5678.97", "proof.person"),
     ("DOB: 1.2.70", "proof.person"),
     ("geb. am 3. Mai", "proof.person"), ("Patient ID 8841", "proof.person")],
)  # fmt: skip
def test_contacts_paths_and_titles_tell(text: str, code: str) -> None:
    assert code in codes(text)


def test_a_long_number_asks_for_a_look_and_does_not_refuse() -> None:
    found = list(detect(Field("line 1", "code 88412093 here"), SAFE))

    assert [(d.code, d.is_error) for d in found] == [("proof.long_number", False)]


def test_days_that_a_person_permits_are_passed() -> None:
    field = Field("line 1", "made on 2026-11-20")

    assert list(detect(field, SAFE, permitted_days={date(2026, 11, 20)})) == []


def test_shifted_dates_pass_under_their_policy() -> None:
    assert list(detect(Field("line 1", "2003-05-12"), SHIFTED)) == []


@pytest.mark.parametrize("scale", [1, 10**3, 10**6])
def test_a_moment_in_a_number_tells_unless_it_is_a_new_year(scale: int) -> None:
    day = datetime(2013, 5, 12, 9, tzinfo=UTC).timestamp() * scale
    new_year = datetime(2013, 1, 1, tzinfo=UTC).timestamp() * scale

    assert detect_number(Number("x", day, "date"), SAFE) is not None
    assert detect_number(Number("x", new_year, "date"), SAFE) is None
    assert detect_number(Number("x", day, "size"), SAFE) is None
    assert detect_number(Number("x", day, "date"), SHIFTED) is None
