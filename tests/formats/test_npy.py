"""Arrays of objects in .npy files: read as NumPy reads them, without running what stands there."""

from __future__ import annotations

import datetime
import os
import pickle  # noqa: TID251 - the oracle, and the attacker
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._npy import read_npy

RNG = np.random.default_rng(5)


def assert_same(found: Any, expected: Any) -> None:
    """Compare, deep and with types."""
    if isinstance(expected, np.ndarray) and expected.dtype == object:
        assert found.shape == expected.shape
        for one, other in zip(found.ravel(), expected.ravel(), strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray | np.generic):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, list | tuple):
        assert type(found) is type(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected


STAT = np.array(
    [
        {
            "ypix": RNG.integers(0, 9, 7),
            "lam": RNG.random(5).astype(np.float32),
            "med": [3, 4.5],
            "skew": np.float32(0.25),
            "n": np.int64(-7),
            "flag": np.bool_(True),
            "image": np.asfortranarray(RNG.random((3, 5))),
            "big": RNG.integers(0, 9, 3).astype(">i2"),
            "words": np.array(["ab", "cde"]),
            "nested": {"a": (1, None, True), "b": np.array([[], []])},
            "empty": np.zeros(0),
        }
        for _ in range(3)
    ],
    dtype=object,
)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_objects_are_read_as_numpy_reads_them(tmp_path: Path, protocol: int) -> None:
    """Whatever the protocol of the pickle."""
    path = tmp_path / "stat.npy"
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "|O", "fortran_order": False, "shape": STAT.shape}
        )
        pickle.dump(STAT, stream, protocol=protocol)

    assert_same(read_npy(path), STAT)


def test_settings_are_read_as_a_dictionary_without_moments_and_paths(tmp_path: Path) -> None:
    """As Suite2p saves ops.npy."""
    ops = {
        "fs": 30.0, "filelist": ["a.tif"],
        "date_proc": datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
        "save_path": Path("/data"), "ordered": OrderedDict(a=1), "meanImg": RNG.random((3, 4)),
    }  # fmt: skip
    np.save(tmp_path / "ops.npy", np.array(ops, dtype=object), allow_pickle=True)

    found = read_npy(tmp_path / "ops.npy")

    assert found["fs"] == 30.0
    assert found["date_proc"] is None
    assert found["save_path"] is None
    assert found["ordered"] == {"a": 1}
    np.testing.assert_array_equal(found["meanImg"], ops["meanImg"])


def test_numbers_go_through_numpy(tmp_path: Path) -> None:
    """Mapped or not."""
    np.save(tmp_path / "F.npy", np.arange(15.0).reshape(3, 5))

    assert isinstance(read_npy(tmp_path / "F.npy", mapped=True), np.memmap)
    assert read_npy(tmp_path / "F.npy").shape == (3, 5)


class Attack:
    """Runs a command when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.target),)


class Sly:
    """Asks for a name of numpy that runs code."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return np.load, ("x.npy",)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_code_in_a_file_is_refused_and_never_run(tmp_path: Path, protocol: int) -> None:
    """What numpy.load with pickles allowed would run."""
    path, target = tmp_path / "stat.npy", tmp_path / "made"
    for attack in (Attack(target), Sly()):
        array = np.array([{"a": attack}], dtype=object)
        with path.open("wb") as stream:
            np.lib.format.write_array_header_1_0(
                stream, {"descr": "|O", "fortran_order": False, "shape": (1,)}
            )
            pickle.dump(array, stream, protocol=protocol)

        with pytest.raises(FormatError, match="FSC253"):
            read_npy(path)

    assert not target.exists()


def test_every_cut_and_flip_is_a_format_error_or_reads(tmp_path: Path) -> None:
    """Damaged files."""
    path = tmp_path / "stat.npy"
    np.save(path, STAT, allow_pickle=True)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    contents = [whole[:n] for n in range(0, len(whole), 61)]
    for _ in range(150):
        flipped = bytearray(whole)
        flipped[int(rng.integers(0, len(whole)))] ^= int(rng.integers(1, 256))
        contents.append(bytes(flipped))

    for content in contents:
        path.write_bytes(content)
        try:
            read_npy(path)
        except FormatError as error:
            assert error.code in {"FSC202", "FSC253"}
