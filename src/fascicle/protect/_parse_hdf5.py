"""HDF5 (SNIRF, NWB, .set of version 7.3): every name, attribute, dataset, and what is between."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ._contents import Contents, Context, Decoded, Number, hint_of
from ._nwb_schema import is_schema
from ._strings import add_printable

_MAGIC = b"\x89HDF\r\n\x1a\n"
_FEW = 16
_MAX_STRINGS = 1 << 20
_MAX_LETTERS = 1 << 16
"""Bytes of one dataset that may be letters; more are pixels, and searched as samples are."""

_SMALLEST_FRAME = 8
_BLOCK_BYTES = 1 << 24
_SCHEMA = ".specloc"
"""The attribute by which NWB says where its schema stands."""


def parse_hdf5(data: bytes, context: Context) -> Contents:
    """Take an HDF5 file apart; bytes outside of its datasets are searched as text."""
    import h5py

    with suppress(ImportError):
        import hdf5plugin  # noqa: F401 - importing it makes its filters known
    name = context.name.lower()
    known = (kind for kind in ("snirf", "nwb", "h5ad") if name.endswith(f".{kind}"))
    contents = Contents(next(known, "hdf5"))
    base = next((b for b in (0, 512, 1024, 2048) if data[b : b + 8] == _MAGIC), None)
    if base is None:
        contents.broken("header", "Expected an HDF5 file, got other bytes.")
        add_printable(contents, data, "file")
        return contents
    if base:
        add_printable(contents, data[:base], "user block")
    source: Any = context.path if context.path is not None else data
    try:
        with _open(source) as file:
            _Taker(contents, source, h5py).take(file)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        contents.broken("structure", "Expected an HDF5 structure, got one that cannot be followed.")
    end = _end_of_file(data, base)
    if end is not None and end < len(data):
        contents.slack(
            "end", f"Expected the file to end at its mark, got {len(data) - end} bytes more"
        )
    _search_between(data, contents)
    return contents


def _open(source: Path | bytes) -> Any:  # noqa: ANN401 - untyped library
    import h5py

    return h5py.File(source if isinstance(source, Path) else io.BytesIO(source), "r")


def _end_of_file(data: bytes, base: int) -> int | None:
    """Return where the superblock says that the file ends."""
    if len(data) < base + 48:
        return None
    version = data[base + 8]
    at = {0: 40, 1: 44, 2: 28, 3: 28}.get(version)
    if at is None:
        return None
    return base + int.from_bytes(data[base + at : base + at + 8], "little") - (base if base else 0)


class _Taker:
    """Takes a file apart, object by object."""

    def __init__(self, contents: Contents, source: Path | bytes, h5py: Any) -> None:  # noqa: ANN401
        self._contents = contents
        self._source = source
        self._h5py = h5py

    def take(self, file: Any) -> None:  # noqa: ANN401
        """Visit every object once, links by their names."""
        contents = self._contents
        queue = [(file, "/", "")]
        seen: set[tuple[int, int]] = set()
        schema = _schema_of(file)
        while queue:
            node, place, name = queue.pop()
            address = self._h5py.h5o.get_info(node.id)
            if (address.fileno, address.addr) in seen:
                continue
            seen.add((address.fileno, address.addr))
            for position, key in enumerate(node.attrs, start=1):
                contents.add(f"{place} attribute {position}: name", key, "key")
                _take_value(contents, node.attrs[key], key, f"{place} attribute {position}")
            if isinstance(node, self._h5py.Dataset):
                if schema and node.name.startswith(schema) and _is_schema_text(node):
                    contents.samples.extend(_spans(node))
                else:
                    self._take_dataset(node, name, place)
                continue
            for position, key in enumerate(node, start=1):
                contents.add(f"{place} name {position}", key, "key")
                if self._is_followed(file, node, key, f"{place} name {position}"):
                    queue.append((node[key], f"{place.rstrip('/')}/{position}", key))

    def _is_followed(self, file: Any, node: Any, key: str, place: str) -> bool:  # noqa: ANN401
        """Tell whether an object hangs here; a link to one of the same file is noted."""
        link = node.get(key, getlink=True)
        if isinstance(link, self._h5py.HardLink):
            return True
        contents = self._contents
        if isinstance(link, self._h5py.SoftLink) and (link.path in node or link.path in file):
            # The object that it leads to hangs elsewhere in the file, and is visited there.
            contents.add(f"{place}: link", link.path, "key")
            return False
        contents.broken(place, "Expected an object, got a link that leads out of the file.")
        contents.add(f"{place}: link", str(getattr(link, "path", "")))
        contents.add(f"{place}: link", str(getattr(link, "filename", "")))
        return False

    def _take_dataset(self, node: Any, name: str, place: str) -> None:  # noqa: ANN401
        """Note texts and few numbers; spans of many numbers are samples."""
        contents = self._contents
        if node.shape is None:
            return
        if node.external:
            contents.broken(place, "Expected samples in the file, got an external file.")
            return
        if self._h5py.check_ref_dtype(node.dtype) is not None:
            contents.samples.extend(_spans(node))  # addresses of objects that are visited anyway
            return
        is_text = node.dtype.kind in "OSUV" or self._h5py.check_vlen_dtype(node.dtype) is not None
        if is_text or node.size <= _FEW:
            if node.size <= _MAX_STRINGS:
                _take_value(contents, node[()], name, place, matlab=_matlab_class(node))
            else:
                contents.broken(place, "Expected a table of a usual size, got a larger one.")
            if not is_text and node.dtype.itemsize > 1:
                contents.samples.extend(_spans(node))  # every one of them was read as a number
            return
        is_letters = node.dtype.itemsize == 1 and node.size <= _MAX_LETTERS
        is_letters = is_letters and not _is_film(node)
        is_letters = is_letters and not _only_rises(node)
        if _matlab_class(node) == "char" or is_letters:
            _take_value(contents, node[()], name, place, matlab="char")
            return
        if node.chunks is not None:
            contents.decoded.append(Decoded(place, _reader(self._source, node.name)))
        contents.samples.extend(_spans(node))


def _reader(source: Path | bytes, name: str) -> Callable[[], Iterator[bytes]]:
    """Return a function that decodes a dataset in blocks, whatever its size."""

    def read() -> Iterator[bytes]:
        with _open(source) as file:
            node = file[name]
            row = max(1, node.nbytes // max(1, node.shape[0]))
            step = node.chunks[0] * max(1, _BLOCK_BYTES // (row * node.chunks[0]))
            for start in range(0, node.shape[0], step):
                yield np.ascontiguousarray(node[start : start + step]).tobytes()

    return read


def _is_film(node: Any) -> bool:  # noqa: ANN401
    """Tell whether numbers are frames: their pixels read like an address by chance.

    Names among them are searched for all the same, as among other samples.
    """
    return bool(node.ndim > 2 and min(node.shape[-2:]) >= _SMALLEST_FRAME)


def _only_rises(node: Any) -> bool:  # noqa: ANN401
    """Tell whether numbers of 8 bits count up, as the ends of rows of a table do: no text does."""
    return node.ndim == 1 and bool((np.diff(node[()].astype(np.int16)) >= 0).all())


def _spans(node: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    """Return where the bytes of a dataset lie in the file."""
    if node.chunks is None:
        offset = node.id.get_offset()
        return [] if offset is None else [(offset, offset + node.id.get_storage_size())]
    spans: list[tuple[int, int]] = []
    # Asked one by one, each chunk costs a walk over all of them.
    node.id.chunk_iter(lambda chunk: spans.append((chunk.byte_offset, chunk.size)))
    return [(start, start + size) for start, size in spans]


def _schema_of(file: Any) -> str:  # noqa: ANN401
    """Return where an NWB file keeps its schema; empty where there is none."""
    reference = file.attrs.get(_SCHEMA)
    return str(file[reference].name) + "/" if reference else ""


def _is_schema_text(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a dataset holds the published schema, letter by letter, and nothing else."""
    if node.size != 1 or node.dtype.kind not in "OS":
        return False
    value = np.asarray(node[()]).ravel()[0]
    return is_schema(value if isinstance(value, bytes) else str(value).encode())


def _matlab_class(node: Any) -> str:  # noqa: ANN401
    """Return the MATLAB class of a dataset of a .mat file of version 7.3."""
    value = node.attrs.get("MATLAB_class", b"")
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _take_value(
    contents: Contents,
    value: Any,  # noqa: ANN401 - whatever h5py reads
    name: str,
    place: str,
    *,
    matlab: str = "",
) -> None:
    """Note a value that was read: texts, numbers, or rows of both."""
    array = np.asarray(value)
    if array.dtype.names:
        for position, column in enumerate(array.dtype.names, start=1):
            contents.add(f"{place}: column {position}", column, "key")
            _take_value(contents, array[column], column, f"{place}, column {position}")
        return
    if array.dtype.kind in "OSUV":
        for item in {_as_text(item) for item in array.ravel().tolist() if not _is_address(item)}:
            contents.add(place, item)
        return
    if matlab == "char" or (array.dtype.itemsize == 1 and array.size > 1):
        codes = array.ravel(order="F").astype(np.int64).tolist()
        contents.add(place, "".join(chr(c) for c in codes if 0 < c < 0x110000))
        return
    for number in array.ravel()[:_FEW].tolist():
        if isinstance(number, int | float):
            contents.numbers.append(Number(place, float(number), hint_of(name)))


def _is_address(item: Any) -> bool:  # noqa: ANN401
    """Tell whether an item is the address of another object of the file."""
    import h5py

    return isinstance(item, h5py.Reference | h5py.RegionReference)


def _as_text(item: Any) -> str:  # noqa: ANN401
    """Return one item of an array of objects as text."""
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace").rstrip("\x00")
    return str(item)


def _search_between(data: bytes, contents: Contents) -> None:
    """Search what lies outside of the datasets for words."""
    end = 0
    for start, stop in (*sorted(contents.samples), (len(data), len(data))):
        if start > end:
            add_printable(contents, data[end:start], "between datasets")
        end = max(end, stop)
