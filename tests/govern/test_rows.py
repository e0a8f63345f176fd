"""Tables over several people are taken apart so that joined they are the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.govern._rows import read_species, split_rows
from fascicle.govern._species import is_animal

LABELS = {"01", "02"}


@pytest.mark.parametrize(
    "content",
    [
        b"participant_id\tage\nsub-01\t3\nsub-02\t4\n",
        b"participant_id\tage\r\nsub-02\t3\r\nsub-01\t4",
        b"\xef\xbb\xbfparticipant_id\nsub-01\n",
        b"participant_id\n",
        b"participant_id\tnote\n01\t\xff\xfe\n",
    ],
)
def test_joined_lines_are_the_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_bytes(content)

    rows = split_rows(tmp_path / "participants.tsv", LABELS)

    assert b"".join(line for _, line in rows) == content
    assert rows[0][0] == ""
    assert {label for label, _ in rows[1:]} <= LABELS


@pytest.mark.parametrize(
    "content",
    [b"", b"name\tage\nsub-01\t3\n", b"participant_id\nsub-03\n", b"participant_id\nsub-01\n\n"],
)
def test_a_table_with_a_line_about_nobody_is_kept_whole(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(content)

    assert split_rows(tmp_path / "a.tsv", LABELS) is None


def test_only_tables_are_taken_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"participant_id\nsub-01\n")

    assert split_rows(tmp_path / "a.txt", LABELS) is None


def test_species_are_read_by_label(tmp_path: Path) -> None:
    table = tmp_path / "participants.tsv"
    table.write_text("participant_id\tage\tspecies\nsub-01\t3\tmus musculus\nsub-02\t4\n")

    assert read_species(table) == {"01": "mus musculus", "02": ""}
    assert read_species(tmp_path / "gone.tsv") == {}


@given(content=st.binary(max_size=200))
def test_whatever_the_bytes_are_nothing_is_lost(content: bytes, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.tsv"
    path.write_bytes(b"participant_id\n" + content)

    rows = split_rows(path, LABELS)

    assert rows is None or b"".join(line for _, line in rows) == path.read_bytes()


@pytest.mark.parametrize("end", ["\u2028", "\x0b", "\x0c", "\x85", "\x1e"])
def test_a_cell_that_looks_like_a_line_makes_nobody_an_animal(end: str, tmp_path: Path) -> None:
    table = tmp_path / "participants.tsv"
    lines = ["participant_id\tspecies\tnote", f"sub-01\thomo sapiens\tx{end}sub-01\tmus musculus"]
    table.write_bytes("\r\n".join([*lines, ""]).encode())

    assert read_species(table) == {"01": "homo sapiens"}


@pytest.mark.parametrize("other", ["mus musculus", "mus", ""])
def test_two_lines_that_differ_make_nobody_an_animal(other: str, tmp_path: Path) -> None:
    table = tmp_path / "participants.tsv"
    table.write_text(
        f"participant_id\tspecies\nsub-01\t{other}\nsub-01\thomo sapiens\nsub-01\t{other}\n"
    )

    (species,) = read_species(table).values()

    assert species == "unclear"
    assert not is_animal(species)
