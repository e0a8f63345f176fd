"""EDF, EDF+ and BDF: every header field, every annotation, every byte of the records."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ._contents import Contents, Context

_FIXED = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
_FIXED_NAMES = (
    "version", "patient", "recording", "start date", "start time", "header size", "reserved",
    "number of records", "record duration", "number of signals",
)  # fmt: skip
_SIGNAL = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
_SIGNAL_NAMES = (
    "label", "transducer", "unit", "physical minimum", "physical maximum", "digital minimum",
    "digital maximum", "prefilter", "samples per record", "reserved",
)  # fmt: skip
_NUMBERS = frozenset(_SIGNAL_NAMES[3:7]) | {"samples per record"}
_ANNOTATIONS = ("EDF Annotations", "BDF Annotations")
_TAL = re.compile(rb"[+-]\d+(?:\.\d*)?(?:\x15\d+(?:\.\d*)?)?\x14((?:[^\x00\x14]*\x14)*)\x00")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where records and signals lie."""

    header: int
    n_records: int
    sizes: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def record(self) -> int:
        return sum(self.sizes)


def parse_edf(data: bytes, context: Context) -> Contents:
    """Take an EDF or BDF file apart, and account for every byte."""
    is_bdf = data[:8] == b"\xffBIOSEMI"
    contents = Contents("bdf" if is_bdf else "edf")
    fixed = _split(data[:256], _FIXED)
    if len(data) < 256 or not (is_bdf or fixed[0].strip() == b"0"):
        contents.broken("header", "Expected an EDF header, got other bytes.")
        return contents
    for name, raw in zip(_FIXED_NAMES[1:], fixed[1:], strict=True):
        contents.add(f"header: {name}", raw.decode("latin-1"))
    layout = _read_layout(data, fixed, contents, 3 if is_bdf else 2)
    if layout is not None:
        _account(data, layout, contents)
    return contents


def _split(raw: bytes, widths: tuple[int, ...]) -> list[bytes]:
    """Cut bytes into fields."""
    ends = np.cumsum(widths).tolist()
    return [raw[end - width : end] for end, width in zip(ends, widths, strict=True)]


def _read_layout(data: bytes, fixed: list[bytes], contents: Contents, width: int) -> _Layout | None:
    """Read the signal headers; None if they cannot be followed."""
    try:
        header, n_records, n_signals = int(fixed[5]), int(fixed[7]), int(fixed[9])
        float(fixed[8])
    except ValueError:
        contents.broken("header", "Expected numbers in the number fields, got text.")
        return None
    if header != 256 * (n_signals + 1) or n_records < 0 or len(data) < header:
        contents.broken("header", "Expected a header of the declared size, got another.")
        return None
    table: dict[str, list[bytes]] = {}
    start = 256
    for name, size in zip(_SIGNAL_NAMES, _SIGNAL, strict=True):
        table[name] = [data[start + i * size : start + (i + 1) * size] for i in range(n_signals)]
        start += size * n_signals
    for name, cells in table.items():
        _add_cells(contents, name, cells)
    try:
        sizes = tuple(width * int(cell) for cell in table["samples per record"])
    except ValueError:
        contents.broken("header", "Expected a number of samples per record, got text.")
        return None
    labels = tuple(cell.decode("latin-1").strip() for cell in table["label"])
    return _Layout(header, n_records, sizes, labels)


def _add_cells(contents: Contents, name: str, cells: list[bytes]) -> None:
    """Note the cells of one field of all signals; number fields must hold numbers."""
    for position, cell in enumerate(cells, start=1):
        text = cell.decode("latin-1").strip(" \x00")
        place = f"header: {name} of signal {position}"
        if name not in _NUMBERS:
            contents.add(place, text, "label" if name == "label" else "text")
            continue
        try:
            float(text)
        except ValueError:
            contents.broken(place, "Expected a number, got text.")
            contents.add(place, text)


def _account(data: bytes, layout: _Layout, contents: Contents) -> None:
    """Show that the records fill the file, as samples or annotations."""
    expected = layout.header + layout.n_records * layout.record
    if len(data) > expected:
        n_more = len(data) - expected
        contents.slack(
            "end", f"Expected the file to end after its records, got {n_more} bytes more"
        )
        contents.add("after the last record", data[expected:].decode("latin-1"))
    if len(data) < expected:
        contents.broken("records", "Expected as many records as declared, got fewer.")
        return
    starts = np.cumsum((0, *layout.sizes)).tolist()
    notes = [i for i, label in enumerate(layout.labels) if label in _ANNOTATIONS]
    for i in notes:
        _take_annotations(data, layout, starts[i], layout.sizes[i], contents)
    if not notes:
        contents.samples.append((layout.header, expected))
        return
    spans = _signal_spans(layout, starts, notes)
    for record in range(layout.n_records):
        base = layout.header + record * layout.record
        contents.samples.extend((base + first, base + last) for first, last in spans)


def _signal_spans(layout: _Layout, starts: list[int], notes: list[int]) -> list[tuple[int, int]]:
    """Return the spans of one record that are samples."""
    spans: list[tuple[int, int]] = []
    for i, size in enumerate(layout.sizes):
        if i in notes or not size:
            continue
        if spans and spans[-1][1] == starts[i]:
            spans[-1] = (spans[-1][0], starts[i] + size)
        else:
            spans.append((starts[i], starts[i] + size))
    return spans


def _take_annotations(
    data: bytes, layout: _Layout, start: int, size: int, contents: Contents
) -> None:
    """Note the text of every annotation, and what is no annotation."""
    if not layout.n_records or not size:
        return
    n_bytes = layout.n_records * layout.record
    records = np.frombuffer(data, dtype=np.uint8, count=n_bytes, offset=layout.header)
    lists = records.reshape(layout.n_records, layout.record)[:, start : start + size].tobytes()
    texts = {text for match in _TAL.finditer(lists) for text in match[1].split(b"\x14") if text}
    for position, text in enumerate(sorted(texts), start=1):
        contents.add(f"annotation {position}", _decode(text), "label")
    rest = _TAL.sub(b"", lists).strip(b"\x00")
    if rest:
        contents.slack("annotations", "Expected annotations and zero bytes, got other bytes.")
        contents.add("between annotations", rest.decode("latin-1"))


def _decode(text: bytes) -> str:
    """Decode an annotation: UTF-8 by the standard, Latin-1 by habit."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
