from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.errors import InputError
from fascicle.prepare import make_table, read_table
from fascicle.prepare._tables import match_ids, parse_birth, read_subject

LINES = [["VP-Nr", "Geschlecht", "Alter", "Geburtsdatum", "Händigkeit", "BDI"],
         ["VP03", "w", "34,5", "12.03.1987", "rechts", "7"],
         ["VP11", "m", "k.A.", "", "links", ""]]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found_out(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in line] for line in LINES]
    path = tmp_path / "people.csv"
    path.write_bytes("\r\n".join(delimiter.join(line) for line in quoted).encode(encoding))

    table = read_table(path)

    assert table.columns == tuple(LINES[0])
    assert [row["Händigkeit"] for row in table.rows] == ["rechts", "links"]
    assert table.ids == ("VP03", "VP11")


def test_a_spreadsheet_is_read_as_its_first_sheet(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in (["sujet", "sexe", "date de naissance"], [7, "F", date(1990, 5, 6)]):
        book.active.append(line)
    book.save(tmp_path / "sujets.xlsx")

    table = read_table(tmp_path / "sujets.xlsx")

    assert table.ids == ("7",)
    assert read_subject(table, table.rows[0]).birth == date(1990, 5, 6)


def test_a_row_says_who_somebody_is() -> None:
    table = make_table(LINES)

    subject = read_subject(table, table.rows[0])
    other = read_subject(table, table.rows[1])

    assert (subject.sex, subject.age_years, subject.hand) == ("F", 34.5, "R")
    assert subject.birth == date(1987, 3, 12)
    assert (other.age_years, other.birth, other.hand) == (None, None, "L")


def test_columns_that_nobody_understands_are_named() -> None:
    assert make_table(LINES).unknown == ("BDI",)


def test_the_first_column_is_the_id_if_its_values_differ() -> None:
    table = make_table([["who", "x"], ["a", "1"], ["b", "1"]])

    assert table.ids == ("a", "b")


@pytest.mark.parametrize(
    ("paths", "ids", "pairs"),
    [
        (["sub-01", "sub-02"], ["sub-01", "sub-02"], 2),
        (["S1", "S2"], ["s01", "S02"], 2),
        (["VP_03", "VP_11"], ["3", "11"], 2),
        (["01", "02"], ["sub-01", "sub-02"], 2),
        (["S1", "S01"], ["S01"], 1),
        (["AB", "CD"], ["3", "4"], 0),
        (["P01", "C01"], ["1"], 0),
    ],
)
def test_ids_are_paired_one_to_one_or_not_at_all(
    paths: list[str], ids: list[str], pairs: int
) -> None:
    found = match_ids(paths, ids)

    assert len(found) == pairs
    assert len(set(found.values())) == len(found)


def test_a_file_that_is_no_table_is_told_without_its_content(tmp_path: Path) -> None:
    damaged = {"a.xlsx": (b"PK\x03\x04secret", "FSC115"), "b.csv": (b"\0\1secret\0", "FSC111")}
    for name, (content, code) in damaged.items():
        path = tmp_path / name
        path.write_bytes(content)

        with pytest.raises(InputError) as raised:
            read_table(path)

        assert raised.value.code == code
        assert "secret" not in str(raised.value)


def test_a_path_at_which_nothing_is_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file by that name") as raised:
        read_table(tmp_path / "gone.csv")

    assert raised.value.code == "FSC111"


def test_a_table_without_rows_is_none() -> None:
    with pytest.raises(InputError, match="FSC112"):
        make_table([["id", "age"]])


@pytest.mark.parametrize(
    ("text", "day"),
    [("1987-03-12", date(1987, 3, 12)), ("12/03/1987", date(1987, 3, 12)),
     ("03/14/1987", date(1987, 3, 14)), ("12.3.87", date(1987, 3, 12)), ("1987", None),
     ("unknown", None), ("31.02.1987", None)],
)  # fmt: skip
def test_births_are_read_in_the_orders_of_three_countries(text: str, day: date | None) -> None:
    assert parse_birth(text) == day


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_clear_error(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("t") / "x.tsv"
    path.write_bytes(data)

    try:
        table = read_table(path)
    except InputError:
        return

    assert table.rows
