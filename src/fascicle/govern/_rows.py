"""Tables over several people, taken apart into lines so that each person's line can go."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

_HEADER = b"participant_id"
_MAX_BYTES = 64 * 1024 * 1024


def split_rows(path: Path, labels: Collection[str]) -> list[tuple[str, bytes]] | None:
    r"""Return the lines of a table with the participant whom each is about.

    Joined again they are the very bytes of the file.

    Parameters
    ----------
    path : Path
        A file.
    labels : collection of str
        Labels of the release's participants.

    Returns
    -------
    list of tuple of str and bytes, or None
        The label (empty for the header) and the line with its end. None if the file is no table
        whose first column is ``participant_id``, or a line names nobody of the release: such a
        file is kept whole.

    Examples
    --------
    >>> folder = getfixture("tmp_path")
    >>> table = folder / "participants.tsv"
    >>> _ = table.write_bytes(b"participant_id\tage\nsub-01\t31\n")
    >>> split_rows(table, {"01"})
    [('', b'participant_id\tage\n'), ('01', b'sub-01\t31\n')]
    """
    if path.suffix != ".tsv" or path.stat().st_size > _MAX_BYTES:
        return None
    lines = path.read_bytes().splitlines(keepends=True)
    if not lines or re.split(rb"[\t\r\n]", lines[0])[0].removeprefix(b"\xef\xbb\xbf") != _HEADER:
        return None
    rows = [("", lines[0])]
    for line in lines[1:]:
        label = _first_cell(line).removeprefix("sub-")
        if label not in labels:
            return None
        rows.append((label, line))
    return rows


def read_species(path: Path) -> dict[str, str]:
    """Return the species of each participant from a participants table, as far as it says so.

    Where two lines about one participant differ the species is ``"unclear"``: nobody becomes an
    animal by a line that somebody added.
    """
    if not path.is_file():
        return {}
    # As for the lines that are stored: other signs that end a line may stand within a cell.
    lines = re.split(r"\r\n|\n|\r", path.read_bytes().decode("utf-8-sig", errors="replace"))
    cells = [line.split("\t") for line in lines if line.strip()]
    if not cells or cells[0][0] != _HEADER.decode():
        return {}
    column = cells[0].index("species") if "species" in cells[0] else None
    found: dict[str, str] = {}
    for row in cells[1:]:
        label = row[0].removeprefix("sub-")
        species = row[column] if column is not None and column < len(row) else ""
        if found.setdefault(label, species) != species:
            found[label] = "unclear"
    return found


def _first_cell(line: bytes) -> str:
    return re.split(rb"[\t\r\n]", line)[0].decode("utf-8", errors="replace")
