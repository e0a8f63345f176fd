"""BrainVision: header and markers line by line, the data file as whole samples."""

from __future__ import annotations

import re

import numpy as np

from ._contents import Contents, Context, Problem
from ._parse_text import decode_text, parse_plain

_WIDTHS = {"INT_16": 2, "INT_32": 4, "UINT_16": 2, "IEEE_FLOAT_32": 4, "IEEE_FLOAT_64": 8}
_STAMP = re.compile(r"(?<!\d)((?:18|19|20)\d\d)([01]\d)([0-3]\d)\d{6,12}(?!\d)")
_LARGEST = 1e12
_BLOCK = 1 << 22


def parse_header(data: bytes, context: Context) -> Contents:
    """Take a .vhdr or .vmrk file, its moments made readable."""
    text, is_utf8 = decode_text(bytes(data))
    contents = Contents("brainvision")
    if not is_utf8:
        contents.broken("text", "Expected UTF-8 text, got another encoding.")
    for position, line in enumerate(text.splitlines(), start=1):
        key, _, value = line.partition("=")
        is_entry = bool(re.fullmatch(r"(?:Ch|Mk)\d+", key.strip()))
        cells = value.split(",") if is_entry else [line]
        for number, cell in enumerate(cells, start=1):
            stamp = _STAMP.fullmatch(cell.strip())
            readable = "-".join(stamp.groups()) if stamp else cell
            place = f"line {position}, part {number}" if is_entry else f"line {position}"
            contents.add(place, readable, "label" if is_entry else "text")
    return contents


def parse_samples(data: bytes, context: Context) -> Contents:
    """Show that a .eeg file is whole samples of the size that its header declares."""
    contents = Contents("brainvision")
    header = context.sibling(".vhdr")
    if header is None:
        contents.broken("file", "Expected a header beside the samples, got none.")
        return contents
    text = decode_text(header)[0]
    n_channels = re.search(r"^NumberOfChannels=(\d+)\s*$", text, re.MULTILINE)
    binary = re.search(r"^BinaryFormat=(\w+)\s*$", text, re.MULTILINE)
    width = _WIDTHS.get(binary[1].upper()) if binary else None
    if n_channels is None or width is None:
        # Samples as text are read as text.
        return parse_plain(data, context)
    frame = max(1, int(n_channels[1])) * width
    whole = len(data) - len(data) % frame
    contents.samples.append((0, whole))
    if whole < len(data):
        n_more = len(data) - whole
        contents.slack("end", f"Expected whole samples of all channels, got {n_more} bytes more.")
    if binary and "FLOAT" in binary[1].upper():
        judge_floats(data, 0, whole, f"<f{width}", contents)
    return contents


def judge_floats(data: bytes, start: int, stop: int, dtype: str, contents: Contents) -> None:
    """Note numbers of a size that no amplifier gives: four letters make such a number."""
    width = np.dtype(dtype).itemsize
    for first in range(start, stop, _BLOCK):
        count = (min(first + _BLOCK, stop) - first) // width
        values = np.frombuffer(data, dtype=dtype, count=count, offset=first)
        with np.errstate(invalid="ignore", over="ignore"):
            is_odd = bool((np.abs(values) > _LARGEST).any())
        if is_odd:
            contents.problems.append(
                Problem(
                    "proof.odd_samples",
                    f"bytes {first} to {first + count * width}",
                    "Expected amplitudes, got numbers of a size that no amplifier gives.",
                    is_error=False,
                )
            )
            return
