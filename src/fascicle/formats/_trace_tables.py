"""Tables of traces: a column for each cell, a row for each frame, in CSV or packed CSV.

The benchmark `spikefinder <https://github.com/codeneuro/spikefinder>`_ gives fluorescence in
``N.train.calcium.csv`` and the spikes of the same cells, recorded with an electrode, in
``N.train.spikes.csv``.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Modality
from fascicle.errors import FormatError

from ._ophys import Cells, OpenedOphys, OphysFormat, require_traces

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GZIP = b"\x1f\x8b"
_NAME = re.compile(r"(.*?)(calcium|fluorescence|dff)((?:\.csv)(?:\.gz)?)", re.IGNORECASE)
_NUMBERS = re.compile(r"[-+0-9.eE]*|nan|NaN")


class TraceTable(OphysFormat):
    """Tables of the fluorescence of cells."""

    name = "trace-table"
    title = "Traces of cells in CSV (spikefinder)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for columns that are numbered from 0, then for numbers alone."""
        if head.is_folder or not _NAME.fullmatch(head.path.name):
            return False
        lines = _first_lines(head.head)
        if len(lines) < 2 or lines[0] != ",".join(map(str, range(lines[0].count(",") + 1))):
            return False
        return all(_is_row(line, lines[0].count(",")) for line in lines[1:])

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the table of spikes of the same cells."""
        spikes = _spikes_of(head.path)
        return (spikes,) if (root / spikes).is_file() else ()

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Read the tables; a value that is missing is NaN."""
        kind = "dff" if "dff" in files[0].name.casefold() else "fluorescence"
        traces = {kind: read_table(root / files[0])}
        if len(files) > 1:
            traces["spikes"] = read_table(root / files[1])
        cells = require_traces(Cells((), traces))
        header = Header(
            modality=Modality.OPHYS,
            certainty=0.9,
            evidence=("Its name says calcium, its columns are numbered, its values are numbers.",),
        )
        return OpenedOphys(header, (), (cells,))


def _spikes_of(path: PurePosixPath) -> PurePosixPath:
    found = _NAME.fullmatch(path.name)
    return path.with_name(f"{found[1]}spikes{found[3]}") if found else path


def _first_lines(head: bytes) -> list[str]:
    """Return the whole lines at the beginning of a file, unpacked."""
    data = head
    if head.startswith(_GZIP):
        try:
            data = zlib.decompressobj(31).decompress(head, 1 << 16)
        except zlib.error:
            return []
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return []
    return [line.strip() for line in text.splitlines()[:-1]][:50]


def _is_row(line: str, n_commas: int) -> bool:
    return line.count(",") == n_commas and all(map(_NUMBERS.fullmatch, line.split(",")))


def read_table(path: Path) -> NDArray[np.float64]:
    """Read a table of numbers, shape (n_frames, n_cells).

    Raises
    ------
    FormatError
        FSC251 if rows differ in length or hold words, FSC202 if a packed table is cut off.
    """
    rows: list[NDArray[np.float64]] = []
    try:
        with _open_text(path) as stream:
            n_cells = stream.readline().count(",") + 1
            while lines := stream.readlines(1 << 20):
                rows.append(_parse(lines, n_cells))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            "FSC202",
            "Expected a whole packed table, got one that ends early.",
            "The file is cut off: copy it again.",
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise FormatError(
            "FSC251",
            "Expected rows of numbers of one length in a table of traces, got others.",
            "The table is damaged, or was edited: export it again.",
        ) from error
    return np.concatenate(rows) if rows else np.zeros((0, n_cells), np.float64)


def _open_text(path: Path) -> IO[str]:
    """Open a table, packed or not."""
    with path.open("rb") as stream:
        is_packed = stream.read(2) == _GZIP
    if is_packed:
        return gzip.open(path, "rt", encoding="ascii")
    return path.open(encoding="ascii")


def _parse(lines: list[str], n_cells: int) -> NDArray[np.float64]:
    """Return rows of numbers; what is missing is NaN."""
    cells: list[list[Any]] = [line.strip().split(",") for line in lines if line.strip()]
    if any(len(row) != n_cells for row in cells):
        raise ValueError("rows differ in length")
    numbers = [[float(cell) if cell else np.nan for cell in row] for row in cells]
    return np.array(numbers, np.float64).reshape(-1, n_cells)
