import zipfile

import pytest

from fascicle.errors import InputError
from fascicle.formats import read_sheet


def write_book(path, rows, *, extent=None):
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    if extent is not None:
        rewrite(path, lambda name, data: data.replace(b"A1:C3", extent))


def rewrite(path, change):
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, change(name, data))


ROWS = [["id", "sex", "age"], ["P01", "F", 31], ["P02", "M", 44.5]]


def test_the_rows_of_the_first_sheet_come_as_they_are(tmp_path):
    write_book(tmp_path / "a.xlsx", ROWS)

    assert read_sheet(tmp_path / "a.xlsx") == ROWS


def test_a_sheet_that_claims_all_cells_there_can_be_has_those_that_it_has(tmp_path):
    write_book(tmp_path / "a.xlsx", ROWS, extent=b"A1:XFD1048576")

    assert read_sheet(tmp_path / "a.xlsx") == ROWS


def test_a_formula_is_never_taken_for_a_value(tmp_path):
    write_book(tmp_path / "a.xlsx", [["id"], ['=HYPERLINK("http://example.org","P01")']])

    assert read_sheet(tmp_path / "a.xlsx") == [["id"], []]


def test_what_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path):
    write_book(tmp_path / "a.xlsx", ROWS)
    rewrite(
        tmp_path / "a.xlsx",
        lambda name, data: bytes(80_000_000) if name.endswith("sheet1.xml") else data,
    )
    assert (tmp_path / "a.xlsx").stat().st_size < 200_000

    with pytest.raises(InputError, match="FSC115"):
        read_sheet(tmp_path / "a.xlsx")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no workbook at all", bytes(999)])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)

    with pytest.raises(InputError, match="FSC115"):
        read_sheet(tmp_path / "a.xlsx")


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path):
    write_book(tmp_path / "a.xlsx", ROWS)
    whole = (tmp_path / "a.xlsx").read_bytes()

    for n_bytes in range(1, len(whole) - 1, 397):
        (tmp_path / "a.xlsx").write_bytes(whole[:n_bytes])
        with pytest.raises(InputError, match="FSC115"):
            read_sheet(tmp_path / "a.xlsx")
