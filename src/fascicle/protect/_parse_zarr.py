"""Chunks of Zarr 2: shown to be numbers by the description of their array."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from ._contents import Contents, Context, Decoded
from ._parse_text import parse_json
from ._strings import add_printable

_DESCRIPTIONS: Final = frozenset({".zgroup", ".zattrs", ".zarray", ".zmetadata"})
_CHUNK: Final = re.compile(r"\d+(?:[./]\d+)*")
_MAX_CHUNK: Final = 1 << 29
_MAX_DEPTH: Final = 8


def is_in_zarr(context: Context) -> bool:
    """Tell whether a file lies in a folder of Zarr.

    Examples
    --------
    >>> is_in_zarr(Context("0", path=Path("a.ome.zarr/0/0"))), is_in_zarr(Context("0"))
    (True, False)
    """
    path = context.path
    return path is not None and any(part.endswith(".zarr") for part in path.parts[:-1])


def parse_zarr(data: bytes, context: Context) -> Contents:
    """Take one file of a Zarr folder: a description as JSON, anything else as a chunk."""
    if context.name in _DESCRIPTIONS:
        contents = parse_json(data, context)
        contents.format = "ome-zarr"
        return contents
    contents = Contents("ome-zarr")
    found = _find_array(context.path) if context.path is not None else None
    if found is None:
        contents.broken("file", "Expected a chunk of an array that is described, got another file.")
        add_printable(contents, data, "file")
        return contents
    about, key = found
    try:
        index = tuple(int(part) for part in re.split(r"[./]", key))
        shape, chunks = tuple(map(int, about["shape"])), tuple(map(int, about["chunks"]))
        dtype = np.dtype(about["dtype"])
        n_bytes = math.prod(chunks) * dtype.itemsize
        packer = _packer(about)
        is_inside = len(index) == len(shape) == len(chunks) and all(
            i * n < size for i, n, size in zip(index, chunks, shape, strict=True)
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        contents.broken("array", "Expected an array whose description can be read, got another.")
        return contents
    if not is_inside or dtype.kind not in "iufb" or not 0 < n_bytes <= _MAX_CHUNK:
        contents.broken("chunk", "Expected a chunk of numbers within its array, got another.")
        add_printable(contents, data, "chunk")
        return contents
    contents.samples.append((0, len(data)))
    read = _decoder(data, packer, n_bytes)
    contents.decoded.append(Decoded("chunk", read, is_bytes=dtype.itemsize == 1))
    return contents


def _find_array(path: Path) -> tuple[dict[str, Any], str] | None:
    """Return the description of the array that a chunk belongs to, and the chunk's key."""
    folder = path.parent
    for _ in range(_MAX_DEPTH):
        described = folder / ".zarray"
        if described.is_file():
            key = path.relative_to(folder).as_posix()
            try:
                about = json.loads(described.read_text("utf-8"))
            except (OSError, ValueError):
                return None
            return (about, key) if isinstance(about, dict) and _CHUNK.fullmatch(key) else None
        if folder.name.endswith(".zarr"):
            return None
        folder = folder.parent
    return None


def _packer(about: dict[str, Any]) -> Any:  # noqa: ANN401 - numcodecs has no types
    """Return what unpacks the chunks of an array; None where they are plain."""
    if about.get("filters"):
        raise ValueError("no filters are written")
    config = about.get("compressor")
    if config is None:
        return None
    if config.get("id") != "blosc":
        raise ValueError("a packing that is not written")
    import numcodecs

    return numcodecs.get_codec(config)


def _decoder(
    data: bytes,
    packer: Any,  # noqa: ANN401 - as above
    n_bytes: int,
) -> Callable[[], Iterator[bytes]]:
    """Return a function that unpacks a chunk."""

    def read() -> Iterator[bytes]:
        raw = bytes(data)
        # Blosc states the size that it unpacks to: what is made to fill the memory is refused.
        if packer is not None:
            if len(raw) < 16 or int.from_bytes(raw[4:8], "little") != n_bytes:
                raise ValueError("a chunk of another size")
            if int.from_bytes(raw[12:16], "little") != len(raw):
                raise ValueError("a chunk with bytes behind its end")
        plain = raw if packer is None else bytes(packer.decode(raw))
        if len(plain) != n_bytes:
            raise ValueError("a chunk of another size")
        yield plain

    return read
