"""BrainVision recordings whose samples are written as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import FormatError

from ._brainvision_text import Vhdr
from ._files import open_source


def count_points(path: Path, vhdr: Vhdr) -> int:
    """Return how many samples a text holds, by its lines (or by its first line)."""
    with open_source(path) as stream:
        lines = _lines(stream, vhdr)
        if vhdr.is_vectorised:
            first = next(lines, b"")
            return len(_numbers(first, vhdr)) if first.strip() else 0
        return sum(1 for line in lines if line.strip())


def iterate_ascii(stream: BinaryIO, vhdr: Vhdr, n_block: int) -> Iterator[NDArray[np.float64]]:
    """Yield values of shape (n_channels, n_block)."""
    if vhdr.is_vectorised:
        rows = (_numbers(line, vhdr) for line in _lines(stream, vhdr) if line.strip())
        yield np.stack([_sized(row, vhdr.n_points) for row in rows])
        return
    rows_of_block: list[NDArray[np.float64]] = []
    for line in _lines(stream, vhdr):
        if line.strip():
            rows_of_block.append(_sized(_numbers(line, vhdr), len(vhdr.channels)))
        if len(rows_of_block) == n_block:
            yield np.stack(rows_of_block, axis=1)
            rows_of_block = []
    if rows_of_block:
        yield np.stack(rows_of_block, axis=1)


def _lines(stream: BinaryIO, vhdr: Vhdr) -> Iterator[bytes]:
    """Yield the lines that hold samples."""
    for i, line in enumerate(stream):
        if i >= vhdr.skip_lines:
            yield line


def _numbers(line: bytes, vhdr: Vhdr) -> NDArray[np.float64]:
    """Read the numbers of a line; a comma is a separator unless it is the decimal sign."""
    if vhdr.decimal_symbol == ",":
        words = line.replace(b",", b".").replace(b";", b" ").split()
    else:
        words = line.replace(b",", b" ").replace(b";", b" ").split()
    try:
        return np.array([float(word) for word in words[vhdr.skip_columns :]])
    except ValueError as error:
        raise FormatError(
            "FSC203",
            "Expected numbers on every line of the samples, got something else.",
            "Check SkipLines and SkipColumns in the header, or export the recording as binary.",
        ) from error


def _sized(values: NDArray[np.float64], n_expected: int) -> NDArray[np.float64]:
    """Return a row of the right length, or say that it is not."""
    if values.shape != (n_expected,):
        raise FormatError(
            "FSC203",
            f"Expected {n_expected} numbers on a line of samples, got {len(values)}.",
            "The file is cut off or not of this header: export the recording again.",
        )
    return values
