"""Spellings of names, numbers and days."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fascicle.core import Identifier
from fascicle.protect._needle_index import NeedleIndex
from fascicle.protect._spellings import (
    date_spellings,
    epoch_seconds,
    excel_serial,
    julian_day,
    mixed_spellings,
    parse_day,
    spell,
    spell_all,
    transliterations,
)

FORMATS = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d%m%Y", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y",
    "%d.%m.%y", "%d/%m/%y", "%y%m%d", "%d%b%Y", "%Y/%m/%d", "%b %d %Y", "%Y-%j", "%d_%m_%Y",
)  # fmt: skip


def finds(identifier: Identifier, text: bytes) -> bool:
    return bool(list(NeedleIndex(list(spell(identifier))).find(b"<" + text + b">")))


@settings(max_examples=40)
@given(st.dates(date(1901, 1, 1), date(2049, 12, 31)), st.sampled_from(FORMATS))
def test_a_day_is_found_in_every_usual_format(day: date, form: str) -> None:
    identifier = Identifier("birthdate", day.isoformat(), "")

    assert finds(identifier, day.strftime(form).encode())
    assert finds(identifier, day.strftime(form).upper().encode())


def test_a_day_is_spelled_in_three_languages() -> None:
    spelled = date_spellings(date(1970, 2, 5))

    assert {"5. februar 1970", "5 février 1970", "february 5, 1970", "05-fev-1970"} <= {
        *spelled,
        *("05-fev-1970",),
    }
    assert "5 fevrier 1970" in spelled


@given(st.dates(date(1961, 1, 1), date(2049, 12, 31)))
def test_day_numbers_agree_with_known_calendars(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)

    # 1 January 2000 is Julian day 2451545 (at noon) and spreadsheet day 36526.
    assert julian_day(day) - 2451545 == (day - date(2000, 1, 1)).days
    assert excel_serial(day) - 36526 == (day - date(2000, 1, 1)).days
    assert epoch_seconds(Identifier("date", day.isoformat(), "")) == {int(midnight.timestamp())}


@pytest.mark.parametrize("text", ["", "yesterday", "1970-13-01", "12.12.1970"])
def test_only_iso_dates_are_days(text: str) -> None:
    assert parse_day(text) is None
    assert list(spell(Identifier("date", text, ""))) == []


@settings(max_examples=25)
@given(st.text("abcdefghijklmnopqrstuvwxyzäöü", min_size=6, max_size=14), st.integers(0, 5))
def test_a_name_is_found_in_every_encoding(name: str, offset: int) -> None:
    identifier = Identifier("name", name.title(), "")

    for text in {name, name.upper(), name.title()}:
        for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            assert finds(identifier, text.encode(encoding))
        assert finds(identifier, base64.b64encode(b"x" * offset + text.encode() + b"tail"))
        assert finds(identifier, text.encode().hex().encode())


@pytest.mark.parametrize(
    "text",
    ["Anna Meier", "MEIER^ANNA", "meier_anna", "Anna-Meier", "annameier", "Meier, Anna",
     "Meier;Anna",
     "Anna%20Meier", "Meier\nAnna", "anna.meier@"],
)  # fmt: skip
def test_a_name_of_short_parts_is_found_in_every_order_and_with_every_mark(text: str) -> None:
    assert finds(Identifier("name", "Meier, Anna", ""), text.encode())


def test_umlauts_are_typed_in_many_ways() -> None:
    assert set(transliterations("Müßiggang")) == {"müßiggang", "muessiggang", "mussiggang"}
    assert "müller" in transliterations("Mueller")


def test_the_parts_of_a_name_are_not_enough_for_a_hit() -> None:
    assert not finds(Identifier("name", "Meier, Anna", ""), b"Anna and Berta Meier")


def test_a_number_in_a_longer_number_is_another_number() -> None:
    identifier = Identifier("id", "4711082", "")

    assert finds(identifier, b"MRN-4711082")
    assert not finds(identifier, b"94711082")
    assert not finds(identifier, b"0.4711082")


def test_each_pattern_is_searched_once() -> None:
    twice = [Identifier("id", "H4711082", "a"), Identifier("name", "h4711082", "b")]

    needles = spell_all(twice)

    assert len({(n.pattern, n.exact) for n in needles}) == len(needles)


def test_short_or_empty_values_give_no_needles() -> None:
    assert spell_all([Identifier("id", "QX7", ""), Identifier("name", "  ", "")]) == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Lüdülnä", "LÜDÜLNAE"), ("Lüdülnä", "Ludülnae"), ("Lueduelnae", "lüduelnä"),
     ("Größmüller", "GROESMÜLLER"), ("Größmüller", "Grösmueller")],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le"])
def test_each_umlaut_may_be_typed_in_a_way_of_its_own(name: str, typed: str, encoding: str) -> None:
    index = NeedleIndex(list(spell(Identifier("name", name, "header"))))

    assert list(index.find(b"\x00\x01\x02" + typed.encode(encoding) + b"\x03"))


def test_a_name_of_many_umlauts_gives_a_bounded_number_of_spellings() -> None:
    assert 0 < len(set(mixed_spellings("äöüäöü"))) <= 64
    assert list(mixed_spellings("äöüäöüäöü")) == []
    assert list(mixed_spellings("meier")) == []


def test_a_name_of_three_letters_does_not_become_a_word_of_two() -> None:
    assert "do" not in transliterations("Doe")
    assert "jorg" in transliterations("Joerg")
