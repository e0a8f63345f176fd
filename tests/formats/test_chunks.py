"""Chunks packed by us are what HDF5 would have packed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._chunks import (
    CHUNK_BYTES,
    choose_chunks,
    choose_filters,
    shuffle,
    write_blocks,
)

SHAPES = [((10007, 7), (1000, 3)), ((1009,), (100,)), ((53, 17, 31), (5, 8, 31)), ((1, 1), (1, 1))]
DTYPES = ["<i2", "<f4", "<f8", "u1", "<u2", "<i8", "?"]


def make_values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    return np.random.default_rng(7).integers(-99, 99, shape).astype(dtype)


def in_blocks(values: np.ndarray, n_block: int) -> Iterator[np.ndarray]:
    return (values[i : i + n_block] for i in range(0, len(values), n_block))


def make_dataset(file: h5py.File, values: np.ndarray, chunks: tuple[int, ...], **kinds: Any) -> Any:
    filters = choose_filters(kinds.get("compression", "gzip"))
    return file.create_dataset(
        "data", values.shape, values.dtype, chunks=chunks, compression=filters.compression,
        compression_opts=filters.options, shuffle=filters.shuffle,
    )  # fmt: skip


@pytest.mark.parametrize(("shape", "chunks"), SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_was_written_in_blocks_of_any_length_reads_back_equal(
    tmp_path: Path, shape: tuple[int, ...], chunks: tuple[int, ...], dtype: str
) -> None:
    values = make_values(shape, dtype)

    with h5py.File(tmp_path / "a.h5", "w") as file:
        write_blocks(make_dataset(file, values, chunks), in_blocks(values, 37))

    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["data"][:], values)


def test_blocks_with_bit_shuffle_and_zstd_read_back_equal(tmp_path: Path) -> None:
    values = make_values((10007, 7), "<i2")

    with h5py.File(tmp_path / "a.h5", "w") as file:
        write_blocks(make_dataset(file, values, (1000, 3), compression="zstd"),
                     in_blocks(values, 333))  # fmt: skip

    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["data"][:], values)


@pytest.mark.parametrize("n_short", [1, 5000, 10007])
def test_too_few_samples_are_refused(tmp_path: Path, n_short: int) -> None:
    values = make_values((10007, 7), "<i2")

    with h5py.File(tmp_path / "a.h5", "w") as file, pytest.raises(FormatError, match="FSC263"):
        write_blocks(make_dataset(file, values, (1000, 3)), in_blocks(values[:-n_short], 500))


def test_too_many_samples_and_other_channels_are_refused(tmp_path: Path) -> None:
    values = make_values((10007, 7), "<i2")

    for name, blocks in (("a", [values, values[:1]]), ("b", [values[:, :6]])):
        with h5py.File(tmp_path / name, "w") as file, pytest.raises(FormatError, match="FSC263"):
            write_blocks(make_dataset(file, values, (1000, 3)), blocks)


@pytest.mark.parametrize("dtype", ["<i2", "<u2", ">i2", "<f4", "<f8", "u1"])
def test_shuffled_bytes_are_those_of_a_transposed_table(dtype: str) -> None:
    values = make_values((101, 7), dtype)

    shuffled = shuffle(values)

    oracle = values.reshape(-1).view(np.uint8).reshape(values.size, -1).T
    np.testing.assert_array_equal(shuffled, oracle.reshape(-1))


@pytest.mark.parametrize(
    "shape", [(30_000_000, 384), (1000, 512, 512), (7, 4000, 5000), (10**9,), (3, 2), (0, 5)]
)
def test_chunks_are_about_two_megabytes_and_never_larger_than_the_array(
    shape: tuple[int, ...],
) -> None:
    chunks = choose_chunks(shape, 2)

    size = 2 * int(np.prod(chunks))
    assert len(chunks) == len(shape)
    assert all(1 <= c <= max(1, n) for c, n in zip(chunks, shape, strict=True))
    assert size <= CHUNK_BYTES
    assert size > CHUNK_BYTES / 3 or chunks == tuple(max(1, n) for n in shape)
