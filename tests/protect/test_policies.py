"""The three policies, on days and ages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.errors import PrivacyError
from fascicle.protect import POLICIES, release_age, release_time, require_policy
from fascicle.protect._policies import Person, permits_day

SAFE, SHIFTED, ANIMAL = (POLICIES[name] for name in ("safe-harbour", "shifted", "animal"))
MOMENTS = st.integers(0, 40_000).map(
    lambda days: datetime(1960, 1, 1, 7, 31, 5, tzinfo=UTC) + timedelta(days=days, hours=days % 24)
)


def test_an_unknown_policy_is_refused_without_repeating_the_word() -> None:
    with pytest.raises(PrivacyError, match="FSC400") as caught:
        require_policy("xylander")

    assert "xylander" not in str(caught.value)


@given(MOMENTS)
def test_safe_harbour_keeps_the_year_alone(when: datetime) -> None:
    released = release_time(when, SAFE)

    assert released == datetime(when.year, 1, 1, tzinfo=UTC)


@given(
    MOMENTS,
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900)),
    st.integers(-7305, -3653),
)
def test_shifted_dates_keep_intervals_and_time_of_day(
    when: datetime, later: timedelta, days: int
) -> None:
    first, second = when, when + later

    a, b = release_time(first, SHIFTED, days), release_time(second, SHIFTED, days)

    assert a is not None
    assert b is not None
    assert b - a == later
    assert a.time() == first.time()
    assert a.date() != first.date()


def test_the_year_is_that_of_the_labs_calendar() -> None:
    new_year_in_tokyo = datetime(2020, 1, 1, 3, tzinfo=timezone(timedelta(hours=9)))

    assert release_time(new_year_in_tokyo, SAFE) == datetime(2020, 1, 1, tzinfo=UTC)
    assert release_time(new_year_in_tokyo, ANIMAL) == datetime(2019, 12, 31, 18, tzinfo=UTC)


def test_a_missing_moment_stays_missing() -> None:
    assert release_time(None, SAFE) is None


@pytest.mark.parametrize(
    ("age", "released"),
    [(89.0, "89"), (90.0, "89"), (104.2, "89"), (88.99, "88"), (2.96, "2.9"), (0.0, "0"),
     (3.0, "3"), (-1.0, "n/a"), (float("nan"), "n/a"), (430.0, "n/a"), (None, "n/a")],
)  # fmt: skip
def test_ages_over_89_are_pooled_and_impossible_ones_unknown(
    age: float | None, released: str
) -> None:
    assert release_age(age, SAFE) == released


def test_animals_keep_their_age() -> None:
    assert release_age(0.2468, ANIMAL) == "0.247"


def test_a_day_is_permitted_where_the_policy_could_have_written_it() -> None:
    assert permits_day(date(2013, 1, 1), SAFE)
    assert not permits_day(date(2013, 1, 2), SAFE)
    assert permits_day(date(2013, 5, 2), SHIFTED)


def test_a_person_does_not_show_the_key_or_the_shift() -> None:
    assert repr(Person("003", -4242, b"key")) == "Person(label='003')"


def test_the_shifted_policy_says_that_it_needs_an_expert() -> None:
    assert "expert determination" in SHIFTED.note
