"""Consent is read from codes or tables, and nothing is allowed that was not said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import Consent
from fascicle.errors import InputError
from fascicle.govern import DUO, parse_codes, parse_consent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GRU", Consent(("DUO:0000042",))),
        ("DUO:0000042, ai-training", Consent(("DUO:0000042",), ai_training=True)),
        ("hmb;NPUNCU", Consent(("DUO:0000006", "DUO:0000018"))),
        ("NRES commercial no-ai-training", Consent(("DUO:0000004",), commercial=True)),
        ("DS MONDO:0005027", Consent(("DUO:0000007 MONDO:0005027",))),
        ("DS[MONDO:0005027], IRB", Consent(("DUO:0000007 MONDO:0005027", "DUO:0000021"))),
        ("NPUNCU/NCU GRU", Consent(("DUO:0000018", "DUO:0000046", "DUO:0000042"))),
        ("GRU GRU", Consent(("DUO:0000042",))),
        ("GRU NCU commercial", Consent(("DUO:0000042", "DUO:0000046"))),
    ],
)
def test_codes_become_consent(text: str, expected: Consent) -> None:
    assert parse_codes(text) == expected


@pytest.mark.parametrize(
    "text", ["I do not know", "unknown", "", " ", "n/a", "I don't know.", "No"]
)
def test_not_knowing_allows_nothing(text: str) -> None:
    assert not parse_consent(text).lookup("anybody").is_given


@pytest.mark.parametrize("text", ["ai-training", "commercial no-reidentification"])
def test_words_without_a_permission_allow_nothing(text: str) -> None:
    assert not parse_codes(text).is_given


@pytest.mark.parametrize("text", ["yes", "GRU please", "DS", "DS epilepsy", "MONDO:0005027 GRU"])
def test_a_word_that_is_no_code_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError, match="FSC150") as caught:
        parse_codes(text)

    assert "please" not in str(caught.value)
    assert "epilepsy" not in str(caught.value)


@pytest.mark.parametrize("text", ["NPUNCU", "NCU IRB commercial", "US"])
def test_limits_of_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="FSC150"):
        parse_codes(text)


@pytest.mark.parametrize("text", ["GRU DUO:0000038", "DUO:0000031"])
def test_a_purpose_of_requests_is_no_consent(text: str) -> None:
    with pytest.raises(InputError, match="for requests only"):
        parse_codes(text)


@given(st.text(max_size=40))
def test_nothing_that_is_typed_is_taken_for_consent_by_chance(text: str) -> None:
    try:
        consent = parse_codes(text)
    except InputError:
        return

    known = {word for term in DUO.values() for word in (term.short, term.id) if word}
    spelt = text.upper().replace("_", ":")
    assert consent.is_given <= any(word in spelt for word in known)


TABLE = (
    ("participant_id", "duo", "AI training", "commercial", "no_reidentification", "since", "form",
     "attested_by", "withdrawn"),
    ("MRN-77", "GRU", "yes", "no", "", "2024-05-17", "v2", "Dr. Test", ""),
    ("sub-02", "HMB NPU", "", "yes", "no", "", "", "", ""),
    ("P 3", "unknown", "yes", "yes", "yes", "", "", "", ""),
    ("", "", "", "", "", "", "", "", ""),
    ("P4", "GRU", "", "", "", "", "", "", "2025-01-02"),
)  # fmt: skip


def write_table(path: Path) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in TABLE:
            book.active.append(row)
        book.active["F2"] = date(2024, 5, 17)
        book.save(path)
        return path
    separator = {".tsv": "\t", ".csv": ",", ".txt": ";"}[path.suffix]
    path.write_text("\ufeff" + "\n".join(separator.join(row) for row in TABLE), "utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".xlsx"])
def test_a_table_says_it_for_each_by_raw_id(suffix: str, tmp_path: Path) -> None:
    table = parse_consent(str(write_table(tmp_path / f"consent{suffix}")))

    assert table.lookup("MRN-77") == Consent(
        ("DUO:0000042",), ai_training=True, since=date(2024, 5, 17), form="v2",
        attested_by="Dr. Test",
    )  # fmt: skip
    # Not-for-profit weighs more than the yes in the column for commercial use.
    assert table.lookup("02") == Consent(("DUO:0000006", "DUO:0000045"), no_reidentification=False)
    assert not table.lookup("P 3").is_given
    assert table.lookup("P4").withdrawn == date(2025, 1, 2)
    assert not table.lookup("P4").is_given


def test_who_has_no_row_allows_nothing(tmp_path: Path) -> None:
    table = parse_consent(write_table(tmp_path / "consent.csv"))

    assert not table.lookup("P5").is_given
    assert not table.lookup("2").is_given  # "02" is somebody else
    assert not table.lookup("").is_given
    assert table.unmatched(["MRN-77", "sub-02"]) == 2


def test_a_label_that_is_another_ones_raw_id_gives_no_consent_away(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("participant_id,duo\n001,GRU\n003,HMB\n")
    table = parse_consent(tmp_path / "c.csv")

    assert not table.lookup("002").is_given  # 002 was not asked; 001 was
    assert not table.lookup("").is_given
    assert table.lookup("001").duo == ("DUO:0000042",)
    assert table.lookup("003").duo == ("DUO:0000006",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("participant_id,consent\n01,GRU\n", "FSC152"),
        ("name,duo\n01,GRU\n", "FSC152"),
        ("participant_id,duo\n01,SECRETNAME\n", "FSC152"),
        ("participant_id,duo,ai_training\n01,GRU,SECRETNAME\n", "FSC152"),
        ("participant_id,duo,since\n01,GRU,SECRETNAME\n", "FSC152"),
        ("participant_id,duo\n01,GRU\n01,HMB\n", "FSC152"),
    ],
)
def test_a_table_that_is_not_clear_is_refused_by_place_and_not_by_value(
    text: str, code: str, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text(text)

    with pytest.raises(InputError, match=code) as caught:
        parse_consent(tmp_path / "c.csv")

    assert "SECRETNAME" not in str(caught.value)


def test_a_table_that_is_not_there_or_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(b"no workbook")
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00participant")

    for name in ("gone.csv", "c.xlsx", "c.csv"):
        with pytest.raises(InputError, match="FSC151"):
            parse_consent(str(tmp_path / name))


def test_an_empty_table_allows_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.tsv").write_text("")

    assert not parse_consent(tmp_path / "c.tsv").lookup("01").is_given


def test_a_row_by_any_of_somebodys_names_counts_and_rows_that_differ_allow_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "consent.csv"
    path.write_text("participant_id,duo\nP01,GRU\n4711,HMB\n0815,GRU\nP02,GRU\n", "utf-8")

    table = parse_consent(path)

    assert table.lookup("P03", "0815").duo == ("DUO:0000042",)
    assert table.lookup("P02", "0815").duo == ("DUO:0000042",)
    assert not table.lookup("P01", "4711").is_given
    assert not table.lookup("P04", "9999").is_given
