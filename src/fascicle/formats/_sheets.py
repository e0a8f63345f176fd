"""Rows of a spreadsheet file, as far as a sheet of participants can go."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

from fascicle.errors import InputError

MAX_SHEET_ROWS = 100_000
"""Rows of a table that are read; participants do not fill more."""

MAX_SHEET_COLUMNS = 16_384
"""As many as a sheet of Excel has."""

_MAX_CELLS = 2_000_000
_MAX_UNPACKED_BYTES = 64 << 20
_MAX_MEMBERS = 10_000


def read_sheet(path: Path) -> list[list[object]]:
    """Return the rows of the first sheet of an XLSX workbook.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    list of list of object
        Values of the cells (of a formula the value that was last computed, never the formula);
        empty cells at the end of a row are left out.

    Raises
    ------
    InputError
        FSC115 if it is no workbook, is damaged, or unpacks to more than 64 MiB: a few bytes can
        unpack to gigabytes, and the size is judged before anything is unpacked.
    """
    try:
        _require_modest(path)
        return _read_rows(path)
    except InputError:
        raise
    except Exception as error:
        raise _unreadable(type(error).__name__) from error


def _require_modest(path: Path) -> None:
    """Refuse a workbook by the sizes that it states; nothing beyond these is ever unpacked."""
    with zipfile.ZipFile(path) as packed:
        members = packed.infolist()
    n_bytes = sum(member.file_size for member in members)
    if n_bytes > _MAX_UNPACKED_BYTES or len(members) > _MAX_MEMBERS:
        raise _unreadable(f"{n_bytes / 1e6:.0f} MB when unpacked")


def _read_rows(path: Path) -> list[list[object]]:
    import openpyxl

    rows: list[list[object]] = []
    n_cells = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out concerns how cells look
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            if not book.worksheets:
                return []
            sheet = book.worksheets[0]
            # A stated extent of all cells there can be would fill every row up to it.
            sheet.reset_dimensions()
            for row in sheet.iter_rows(max_row=MAX_SHEET_ROWS, values_only=True):
                rows.append(_without_tail(row))
                n_cells += 1 + len(rows[-1])
                if n_cells > _MAX_CELLS:
                    raise _unreadable(f"more than {_MAX_CELLS} cells")
        finally:
            book.close()
    return rows


def _without_tail(row: tuple[object, ...]) -> list[object]:
    """Return a row up to its last cell that holds something."""
    filled = [i for i, cell in enumerate(row) if cell is not None]
    return list(row[: filled[-1] + 1]) if filled else []


def _unreadable(what: str) -> InputError:
    return InputError(
        "FSC115",
        f"Expected a workbook with a small sheet of participants, got another file ({what}).",
        "Save the sheet as CSV in UTF-8 and name it with --table.",
    )
