"""Big arrays into HDF5 datasets, chunk by chunk: packed in threads, written without a copy.

HDF5 packs one chunk after the other with zlib. Here a chunk is shuffled by numpy, packed by ISA-L
(which lets go of the interpreter) in one of several threads, and stored as it is. What is in the
file is what HDF5 itself would write, gzip behind shuffle: every reader opens it without a plug-in.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import product
from math import ceil, prod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fascicle.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Compression = Literal["gzip", "zstd"]
"""``"gzip"`` behind shuffle is read by everything that reads HDF5. ``"zstd"`` behind bit shuffle is
smaller and faster to read, and costs that every reader needs HDF5's plug-ins (``hdf5plugin``)."""

COMPRESSION: ContextVar[Compression] = ContextVar("compression", default="gzip")
"""What the recording that is being written is packed with, where its writer is not told."""

CHUNK_BYTES = 2 << 20
"""Size of a chunk before it is packed: one request over a network, one step of a viewer."""

MAX_CHUNK_CHANNELS = 64
"""Channels in one chunk of a recording: who wants one probe's shank does not fetch the others."""

_GZIP_LEVEL = 1
"""ISA-L's levels 1 and 2 pack neural samples alike; 3 is slower and packs no better."""

_MOST_THREADS = 4


@dataclass(frozen=True, slots=True)
class Filters:
    """How a dataset is packed, as h5py and H5DataIO take it.

    Attributes
    ----------
    compression : str or int
        Name or number of the filter.
    options : int or tuple of int
        Its options.
    shuffle : bool
        Whether HDF5's own shuffle stands before it.
    """

    compression: str | int
    options: int | tuple[int, ...]
    shuffle: bool


def choose_filters(compression: Compression) -> Filters:
    """Return the filters of a compression.

    Examples
    --------
    >>> choose_filters("gzip")
    Filters(compression='gzip', options=1, shuffle=True)
    """
    if compression == "gzip":
        return Filters("gzip", _GZIP_LEVEL, shuffle=True)
    import hdf5plugin

    packed = hdf5plugin.Blosc2(cname="zstd", clevel=1, filters=hdf5plugin.Blosc2.BITSHUFFLE)
    return Filters(packed.filter_id, tuple(packed.filter_options), shuffle=False)


def choose_chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Return the shape of a chunk: about 2 MB, the first axis (time) as long as that allows.

    Parameters
    ----------
    shape : tuple of int
        Of the dataset, time first: ``(n_times,)``, ``(n_times, n_channels)``,
        ``(n_frames, height, width)``.
    itemsize : int
        Bytes of a value.

    Returns
    -------
    tuple of int
        No axis longer than the dataset's; of two axes the second is at most 64. An image stays
        whole up to 2 MB, then its rows are parted.

    Examples
    --------
    >>> choose_chunks((30_000_000, 384), 2), choose_chunks((1000, 512, 512), 2)
    ((16384, 64), (4, 512, 512))
    """
    rest = list(shape[1:])
    if len(rest) == 1:
        rest[0] = min(rest[0], MAX_CHUNK_CHANNELS)
    n_values = max(1, CHUNK_BYTES // itemsize)
    for axis, length in enumerate(rest):
        others = prod(rest[:axis]) * prod(rest[axis + 1 :])
        rest[axis] = max(1, min(length, n_values // max(1, others)))
    first = max(1, min(shape[0], n_values // max(1, prod(rest))))
    return (first, *(max(1, length) for length in rest))


def write_blocks(dataset: Any, blocks: Iterable[NDArray[Any]]) -> None:  # noqa: ANN401 - an h5py.Dataset
    """Fill a dataset from blocks; no more than a few chunks are in memory.

    Parameters
    ----------
    dataset : h5py.Dataset
        Chunked, packed by `choose_filters` or not at all, time first.
    blocks : iterable of ndarray, shape (n_block, ...)
        In order, of any lengths, which add up to the dataset's.

    Raises
    ------
    FormatError
        FSC263 if more or fewer values come than the dataset has room for.
    """
    rows = _gather_rows(dataset, blocks)
    if dataset.compression == "gzip" and dataset.shuffle and not dataset.fletcher32:
        _write_direct(dataset, rows)
        return
    for start, row in rows:
        dataset[start : start + len(row)] = row


def _gather_rows(
    dataset: Any,  # noqa: ANN401
    blocks: Iterable[NDArray[Any]],
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the values of whole rows of chunks with their start, each in an array of its own."""
    n_row, n_all = dataset.chunks[0], dataset.shape[0]
    start = filled = 0
    row = np.empty((min(n_row, n_all), *dataset.shape[1:]), dataset.dtype)
    for block in blocks:
        if block.shape[1:] != dataset.shape[1:] or start + filled + len(block) > n_all:
            raise _wrong_size(dataset, block)
        taken = 0
        while taken < len(block):
            part = block[taken : taken + len(row) - filled]
            row[filled : filled + len(part)] = part
            filled, taken = filled + len(part), taken + len(part)
            if filled == len(row):
                yield start, row
                start, filled = start + filled, 0
                row = np.empty((min(n_row, n_all - start), *dataset.shape[1:]), dataset.dtype)
    if start + filled != n_all:
        raise FormatError(
            "FSC263",
            f"Expected {n_all} samples to write, got {start + filled}.",
            "The recording changed while it was read, or is cut off: copy it again.",
        )


def _wrong_size(dataset: Any, block: NDArray[Any]) -> FormatError:  # noqa: ANN401
    return FormatError(
        "FSC263",
        f"Expected blocks that fill an array of shape {dataset.shape}, got one of shape "
        f"{block.shape} too many.",
        "The recording changed while it was read, or is damaged: copy it again.",
    )


def _write_direct(dataset: Any, rows: Iterator[tuple[int, NDArray[Any]]]) -> None:  # noqa: ANN401
    """Pack chunks in threads and store them in their order."""
    n_threads = min(_MOST_THREADS, _n_cores())
    waiting: deque[tuple[tuple[int, ...], Future[bytes]]] = deque()

    def store_first() -> None:
        offset, packed = waiting.popleft()
        dataset.id.write_direct_chunk(offset, packed.result())

    with ThreadPoolExecutor(n_threads) as pool:
        for start, row in rows:
            for offset, values in _cut(row, dataset.chunks):
                waiting.append(((start, *offset), pool.submit(_pack, values, dataset.chunks)))
                if len(waiting) > 2 * n_threads:
                    store_first()
        while waiting:
            store_first()


def _cut(
    row: NDArray[Any], chunks: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], NDArray[Any]]]:
    """Yield the chunks of a row of chunks, with their offsets along all axes but the first."""
    counts = [range(ceil(n / size)) for n, size in zip(row.shape[1:], chunks[1:], strict=True)]
    for place in product(*counts):
        offset = tuple(i * size for i, size in zip(place, chunks[1:], strict=True))
        parts = (slice(o, o + size) for o, size in zip(offset, chunks[1:], strict=True))
        yield offset, row[(slice(None), *parts)]


def _pack(values: NDArray[Any], chunks: tuple[int, ...]) -> bytes:
    """Return one chunk as HDF5 stores it: filled up with zeros, shuffled, packed."""
    from isal import isal_zlib

    if values.shape != chunks:
        whole = np.zeros(chunks, values.dtype)
        whole[tuple(map(slice, values.shape))] = values
        values = whole
    packed: bytes = isal_zlib.compress(shuffle(values), _GZIP_LEVEL)
    return packed


def shuffle(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the first bytes of all values, then the second ones, and so on.

    Examples
    --------
    >>> shuffle(np.array([0x0102, 0x0304], "<i2")).tobytes().hex()
    '02040103'
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    itemsize = flat.dtype.itemsize
    planes = np.empty((itemsize, flat.size), np.uint8)
    if itemsize == 2 and flat.dtype.isnative:
        # Arithmetic on whole words is five times as fast as picking every second byte.
        words = flat.view(np.uint16)
        planes[0] = words
        planes[1] = words >> 8
        return planes.reshape(-1)
    by_value = flat.view(np.uint8).reshape(-1, itemsize)
    for i in range(itemsize):
        planes[i] = by_value[:, i]
    return planes.reshape(-1)


def _n_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
