"""MATLAB files, beside what scipy writes."""

from __future__ import annotations

import mmap
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_matlab import parse_matlab


def parse(path: Path, *, is_packed: bool = False, **values: object) -> Contents:
    scipy.io.savemat(path / "a.mat", dict(values), do_compression=is_packed)
    return parse_matlab((path / "a.mat").read_bytes(), Context("a.mat"))


@pytest.mark.parametrize("is_packed", [False, True])
def test_every_text_is_read_down_to_the_last_cell(tmp_path: Path, is_packed: bool) -> None:
    events = np.zeros(2, dtype=[("type", object), ("latency", "f8")])
    events["type"] = ["eyes open", "Ünsal"]
    value = {"subject": "Quandt", "inner": {"deep": ["a cell", "another cell"]}, "event": events}

    contents = parse(tmp_path, is_packed=is_packed, EEG=value)

    texts = {field.text for field in contents.fields}
    assert {"Quandt", "a cell", "another cell", "eyes open", "Ünsal", "subject", "deep"} <= {
        text.strip() for text in texts
    }
    assert contents.problems == []


def test_many_numbers_are_samples_and_few_are_numbers(tmp_path: Path) -> None:
    contents = parse(tmp_path, data=np.ones((7, 101)), birthday=22354.0)

    assert [stop - start for start, stop in contents.samples] == [7 * 101 * 8]
    assert [(n.value, n.hint) for n in contents.numbers] == [(22354.0, "date")]


def test_padding_and_tails_are_slack(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"x": "abc"})
    data = (tmp_path / "a.mat").read_bytes()

    tail = parse_matlab(data + b"hidden!!" * 2, Context("a.mat"))

    assert tail.problems
    assert any("hidden" in f.text for f in tail.fields)


def test_other_bytes_are_broken() -> None:
    contents = parse_matlab(b"hello somebody" * 20, Context("a.set"))

    assert [p.code for p in contents.problems] == ["proof.broken"]


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("n_times", [1, 5])
def test_a_text_that_is_kept_as_numbers_is_read(
    tmp_path: Path, is_packed: bool, n_times: int
) -> None:
    codes = np.array([float(ord(letter)) for letter in "Leonore "] * n_times)

    contents = parse(tmp_path, is_packed=is_packed, codes=codes, rates=codes + 0.5)

    assert [f.text for f in contents.fields if f.role == "name"] == ["Leonore " * n_times]


def test_arrays_are_not_copied(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"EEG": {"data": np.zeros((31, 100_003))}})
    data = (tmp_path / "a.mat").read_bytes()
    tracemalloc.start()

    contents = parse_matlab(data, Context("a.mat"))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [stop - start for start, stop in contents.samples] == [31 * 100_003 * 8]
    assert peak < len(data) / 10


def test_a_file_that_is_mapped_is_let_go(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"name": "Quandt", "data": np.zeros((31, 101))})
    with (tmp_path / "a.mat").open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    contents = parse_matlab(data, Context("a.mat"))  # type: ignore[arg-type]  # as the scan does
    data.close()

    assert "Quandt" in {field.text for field in contents.fields}
