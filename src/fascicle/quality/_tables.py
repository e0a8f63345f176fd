"""Tables and JSON files of a BIDS dataset, read forgivingly and written as BIDS has them."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fascicle.jobs import write_atomic

MISSING = "n/a"


@dataclass(slots=True)
class Table:
    """A TSV table: the names of its columns, and rows of as many cells."""

    columns: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column; none if it is not there."""
        if name not in self.columns:
            return []
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    def format(self) -> str:
        """Write the table as text, with line feeds and one at the end."""
        return "".join("\t".join(cells) + "\n" for cells in (self.columns, *self.rows))


def decode_text(data: bytes) -> str | None:
    """Return text in any encoding that says what it is; None for one that would be a guess."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decode(data, encoding)
    return _decode(data, "utf-8")


def _decode(data: bytes, encoding: str) -> str | None:
    """Return text; None if the bytes are not in this encoding."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def read_table(path: Path) -> Table | None:
    """Read a table, whatever its line ends; None if it is missing, no text or not rectangular."""
    text = decode_text(path.read_bytes()) if path.is_file() else None
    if not text:
        return None
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
    cells = [line.split("\t") for line in lines]
    if not cells or any(len(row) != len(cells[0]) for row in cells):
        return None
    return Table(cells[0], cells[1:])


def read_json(path: Path) -> dict[str, Any] | None:
    """Read the fields of a JSON file; None if there are none to read."""
    text = decode_text(path.read_bytes()) if path.is_file() else None
    if text is None:
        return None
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """Write fields as a JSON file, in their order."""
    write_atomic(path, json.dumps(fields, indent=2, ensure_ascii=False) + "\n")
