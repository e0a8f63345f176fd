"""HDF5 (SNIRF, .set of version 7.3): every name, attribute and dataset, and what lies between."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ._contents import Contents, Context, Number, Unpacked, hint_of
from ._strings import add_printable

_MAGIC = b"\x89HDF\r\n\x1a\n"
_FEW = 16
_MAX_STRINGS = 1 << 20
_MAX_DATASET = 1 << 29


def parse_hdf5(data: bytes, context: Context) -> Contents:
    """Take an HDF5 file apart; bytes outside of its datasets are searched as text."""
    import h5py

    contents = Contents("snirf" if context.name.lower().endswith(".snirf") else "hdf5")
    base = next((b for b in (0, 512, 1024, 2048) if data[b : b + 8] == _MAGIC), None)
    if base is None:
        contents.broken("header", "Expected an HDF5 file, got other bytes.")
        add_printable(contents, data, "file")
        return contents
    if base:
        add_printable(contents, data[:base], "user block")
    try:
        source: Any = context.path if context.path is not None else io.BytesIO(data)
        with h5py.File(source, "r") as file:
            _take_group(contents, file, h5py)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        contents.broken("structure", "Expected an HDF5 structure, got one that cannot be followed.")
    end = _end_of_file(data, base)
    if end is not None and end < len(data):
        contents.slack(
            "end", f"Expected the file to end at its mark, got {len(data) - end} bytes more"
        )
    _search_between(data, contents)
    return contents


def _end_of_file(data: bytes, base: int) -> int | None:
    """Return where the superblock says that the file ends."""
    if len(data) < base + 48:
        return None
    version = data[base + 8]
    at = {0: 40, 1: 44, 2: 28, 3: 28}.get(version)
    if at is None:
        return None
    return base + int.from_bytes(data[base + at : base + at + 8], "little") - (base if base else 0)


def _take_group(contents: Contents, file: Any, h5py: Any) -> None:  # noqa: ANN401 - untyped library
    """Visit every object once, links by their names."""
    queue = [(file, "/", "")]
    seen: set[tuple[int, int]] = set()
    while queue:
        node, place, name = queue.pop()
        address = h5py.h5o.get_info(node.id)
        if (address.fileno, address.addr) in seen:
            continue
        seen.add((address.fileno, address.addr))
        for position, key in enumerate(node.attrs, start=1):
            contents.add(f"{place} attribute {position}: name", key, "key")
            _take_value(contents, node.attrs[key], key, f"{place} attribute {position}")
        if isinstance(node, h5py.Dataset):
            _take_dataset(contents, node, name, place, h5py)
            continue
        for position, key in enumerate(node, start=1):
            contents.add(f"{place} name {position}", key, "key")
            link = node.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                contents.broken(f"{place} name {position}", "Expected an object, got a link.")
                contents.add(f"{place} link {position}", str(getattr(link, "path", "")))
                contents.add(f"{place} link {position}", str(getattr(link, "filename", "")))
                continue
            queue.append((node[key], f"{place.rstrip('/')}/{position}", key))


def _take_dataset(contents: Contents, node: Any, name: str, place: str, h5py: Any) -> None:  # noqa: ANN401
    """Note texts and few numbers; spans of many numbers are samples."""
    if node.shape is None:
        return
    is_packed = node.compression is not None or node.shuffle or node.scaleoffset is not None
    if node.external:
        contents.broken(place, "Expected samples in the file, got an external file.")
        return
    if node.dtype.kind in "OSUV" or node.size <= _FEW or h5py.check_dtype(vlen=node.dtype):
        if node.size <= _MAX_STRINGS:
            _take_value(contents, node[()], name, place, matlab=_matlab_class(node))
        else:
            contents.broken(place, "Expected a table of a usual size, got a larger one.")
        return
    if _matlab_class(node) == "char" or node.dtype.itemsize == 1:
        _take_value(contents, node[()], name, place, matlab="char")
        return
    if is_packed:
        if node.nbytes <= _MAX_DATASET:
            contents.unpacked.append(Unpacked(place, "", np.ascontiguousarray(node[()]).tobytes()))
        else:
            contents.broken(place, "Expected a packed dataset of a usual size, got a larger one.")
    contents.samples.extend(_spans(node))


def _spans(node: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    """Return where the bytes of a dataset lie in the file."""
    if node.chunks is None:
        offset = node.id.get_offset()
        return [] if offset is None else [(offset, offset + node.id.get_storage_size())]
    chunks = (node.id.get_chunk_info(i) for i in range(node.id.get_num_chunks()))
    return [(chunk.byte_offset, chunk.byte_offset + chunk.size) for chunk in chunks]


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
        for item in set(map(_as_text, array.ravel().tolist())):
            contents.add(place, item)
        return
    if matlab == "char" or (array.dtype.itemsize == 1 and array.size > 1):
        codes = array.ravel(order="F").astype(np.int64).tolist()
        contents.add(place, "".join(chr(c) for c in codes if 0 < c < 0x110000))
        return
    for number in array.ravel()[:_FEW].tolist():
        if isinstance(number, int | float):
            contents.numbers.append(Number(place, float(number), hint_of(name)))


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
