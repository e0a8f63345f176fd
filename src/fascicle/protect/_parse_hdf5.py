"""HDF5 (SNIRF, NWB, .set of version 7.3): every name, attribute, dataset, and what is between."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._contents import Contents, Context, Decoded, Number, Unpacked, hint_of
from ._nwb_schema import is_schema
from ._strings import add_printable, spell

_MAGIC = b"\x89HDF\r\n\x1a\n"
_FEW = 16
_TEXTS_AT_ONCE = 1 << 16
_MAX_LETTERS = 1 << 16
"""Bytes of one dataset that may be letters; more are pixels, and searched as samples are."""

_SMALLEST_FRAME = 8
_BLOCK_BYTES = 1 << 24
_MAX_SLAB_BYTES = 1 << 28
_MATLAB_HEADER = 128
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ZSTD = b"\x28\xb5\x2f\xfd"
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
    _take_user_block(bytes(data[:base]), contents)
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
    return int.from_bytes(data[base + at : base + at + 8], "little")


def _take_user_block(block: bytes, contents: Contents) -> None:
    """Search what stands before the structure: nothing, but for the header of MATLAB 7.3."""
    add_printable(contents, block, "user block")
    if any(block[_MATLAB_HEADER if block.startswith(b"MATLAB 7.3") else 0 :]):
        contents.slack("user block", "Expected no bytes before the structure, got some.")


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
                _take_names(contents, node.attrs.get_id(key).dtype, f"{place} attribute {position}")
                _take_value(contents, node.attrs[key], key, f"{place} attribute {position}")
            if not isinstance(node, self._h5py.Group):
                _take_names(contents, node.dtype, place)
            if isinstance(node, self._h5py.Datatype):
                continue
            if isinstance(node, self._h5py.Dataset):
                if schema and node.name.startswith(schema) and _is_schema_text(node):
                    contents.samples.extend(_spans(node))
                else:
                    self._take_safely(node, name, place)
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

    def _take_safely(self, node: Any, name: str, place: str) -> None:  # noqa: ANN401
        """Take a dataset; one that cannot be unpacked does not hide those behind it."""
        try:
            self._take_dataset(node, name, place)
        except OSError:
            self._contents.broken(place, "Expected values that can be unpacked, got others.")

    def _take_dataset(self, node: Any, name: str, place: str) -> None:  # noqa: ANN401
        """Note texts and few numbers; spans of many numbers are samples."""
        contents = self._contents
        if node.shape is None:
            return
        if node.external or node.is_virtual:
            contents.broken(place, "Expected samples in the file, got those of another one.")
            return
        if self._h5py.check_ref_dtype(node.dtype) is not None:
            contents.samples.extend(_spans(node))  # addresses of objects that are visited anyway
            return
        is_text = node.dtype.kind in "OSUV" or self._h5py.check_vlen_dtype(node.dtype) is not None
        is_letters = not is_text and _holds_letters(node)
        is_packed = node.id.get_create_plist().get_nfilters() > 0
        if is_packed or not (is_text or is_letters):
            contents.samples.extend(_spans(node))  # first: values may turn out to be damaged
        if is_text:
            self._take_texts(node, name, place)
        elif is_letters or node.size <= _FEW:
            _take_value(contents, node[()], name, place, is_letters=is_letters)
        elif node.size <= _MAX_LETTERS:
            contents.add(place, spell(node[()]), "name")
        if node.chunks is not None and not node.dtype.hasobject:
            contents.decoded.append(Decoded(place, _reader(self._source, node.name), is_text))

    def _take_texts(self, node: Any, name: str, place: str) -> None:  # noqa: ANN401
        """Note texts, some rows at a time: there may be one for each of millions of cells."""
        if self._h5py.check_string_dtype(node.dtype) is not None:
            _take_value(self._contents, node.fillvalue, name, f"{place}: fill value")
        if not node.ndim:
            _take_value(self._contents, node[()], name, place)
            return
        n_rows = max(1, _TEXTS_AT_ONCE // max(1, node.size // max(1, node.shape[0])))
        for start in range(0, node.shape[0], n_rows):
            _take_value(self._contents, node[start : start + n_rows], name, place)


def _holds_letters(node: Any) -> bool:  # noqa: ANN401
    """Tell whether numbers are taken for the letters of a text."""
    if _matlab_class(node) == "char":
        return True
    if node.dtype not in (np.int8, np.uint8) or not 1 < node.size <= _MAX_LETTERS:
        return False
    return node.size <= _FEW or not (_is_film(node) or _only_rises(node))


def _reader(source: Path | bytes, name: str) -> Callable[[], Iterator[bytes]]:
    """Return a function that decodes a dataset in blocks, whatever its size."""

    def read() -> Iterator[bytes]:
        with _open(source) as file:
            node = file[name]
            for part in _parts(node):
                yield np.ascontiguousarray(node[part]).tobytes()

    return read


def _parts(node: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield rows that fit into a block, or the chunks where a row of chunks is too large."""
    row = max(1, node.nbytes // max(1, node.shape[0]))
    if row * node.chunks[0] > _MAX_SLAB_BYTES:
        yield from node.iter_chunks()
        return
    step = node.chunks[0] * max(1, _BLOCK_BYTES // (row * node.chunks[0]))
    for start in range(0, node.shape[0], step):
        yield slice(start, start + step)


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
    is_letters: bool = False,
) -> None:
    """Note a value that was read: texts, numbers, or rows of both."""
    array = np.asarray(value)
    if array.dtype.names:
        for position, column in enumerate(array.dtype.names, start=1):
            _take_value(contents, array[column], column, f"{place}, column {position}")
    elif array.dtype.kind in "OSUV":
        _take_items(contents, array, name, place)
    elif is_letters or (array.dtype.itemsize == 1 and array.dtype.kind in "iu" and array.size > 1):
        # MATLAB's texts stand column by column, all others row by row.
        for order in {array.tobytes("F"): array.T, array.tobytes(): array}.values():
            contents.add(place, "".join(chr(c) for c in order.ravel().tolist() if 0 < c < 0x110000))
    else:
        for number in array.ravel()[:_FEW].tolist():
            if isinstance(number, int | float):
                contents.numbers.append(Number(place, float(number), hint_of(name)))
        contents.add(place, spell(array), "name")


def _take_items(contents: Contents, array: NDArray[Any], name: str, place: str) -> None:
    """Note the texts of an array, and its items that are arrays themselves."""
    items = [item for item in array.ravel().tolist() if not _is_address(item)]
    for text in {_as_text(item) for item in items if not isinstance(item, np.ndarray)}:
        contents.add(place, text)
    for item in items:
        if isinstance(item, np.ndarray):
            _take_value(contents, item, name, place)


def _take_names(contents: Contents, dtype: np.dtype[Any], place: str) -> None:
    """Note the names that a type gives to its columns and values."""
    import h5py

    for name in h5py.check_enum_dtype(dtype) or ():
        contents.add(f"{place}: name of a value", name, "key")
    for position, name in enumerate(dtype.names or (), start=1):
        contents.add(f"{place}: column {position}", name, "key")
        _take_names(contents, dtype[name], f"{place}, column {position}")


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
    """Search what lies outside of the datasets for words, and for what was deleted."""
    end, is_packed = 0, False
    # Texts of any length stand in heaps, outside of the dataset that was read.
    known = {field.text for field in contents.fields if field.role == "text"}
    for start, stop in (*sorted(contents.samples), (len(data), len(data))):
        for first in range(end, start, _BLOCK_BYTES):
            piece = bytes(data[first : min(start, first + _BLOCK_BYTES)])
            add_printable(contents, piece, "between datasets", known)
            unpacked = [Unpacked("between datasets", "", p) for p in _find_packed(piece)]
            contents.unpacked.extend(unpacked)
            is_packed = is_packed or bool(unpacked) or _ZSTD in piece
        end = max(end, stop)
    if is_packed:
        contents.slack("between datasets", "Expected no packed bytes without a dataset, got some.")


def _find_packed(piece: bytes) -> Iterator[bytes]:
    """Yield what is packed in bytes that belong to no dataset: deleted ones stay in the file."""
    at = 0
    while match := _DEFLATED.search(piece, at):
        at = match.start() + 1
        engine = zlib.decompressobj()
        try:
            plain = engine.decompress(memoryview(piece)[match.start() :], _BLOCK_BYTES)
        except zlib.error:
            continue
        # Its checksum fits, or it is too long for a chance likeness.
        if plain and (engine.eof or engine.unconsumed_tail):
            yield plain
            at = len(piece) - len(engine.unused_data) - len(engine.unconsumed_tail)
