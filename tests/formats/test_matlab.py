"""MATLAB files."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.formats._matlab import (
    Matrix,
    _read_trials,
    first_variable,
    is_matlab,
    load_struct,
)
from fascicle.testing._mat_files import write_mat


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("EEG", {"srate": 5.0}, True), ("EEG", np.arange(7.0), False), ("a_longer_name", "x", False)],
)
def test_the_first_variable_is_told_from_the_head(tmp_path, name, value, expected, compressed):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {name: value}, do_compression=compressed)
    head = (tmp_path / "a.mat").read_bytes()[:4096]

    assert is_matlab(head)
    assert first_variable(head) == (name, expected)


def test_values_come_as_plain_python(tmp_path):
    from scipy.io import savemat

    fields = {
        "text": "abc", "number": 3.0, "none": np.zeros((0, 0)),
        "cells": np.array([1.0, "b"], object),
        "inner": {"deep": "x"}, "data": np.arange(12.0).reshape(3, 4),
    }  # fmt: skip
    savemat(tmp_path / "a.mat", {"EEG": fields})

    found = load_struct(tmp_path / "a.mat", "EEG", "data")

    assert (found["text"], found["number"], found["none"]) == ("abc", 3.0, None)
    assert found["inner"] == {"deep": "x"}
    assert isinstance(found["data"], Matrix)
    np.testing.assert_array_equal(found["data"].read(1, 3), fields["data"][:, 1:3])


def test_a_small_file_that_unpacks_to_much_is_unpacked_in_part(tmp_path):
    import struct
    import zlib

    bomb = zlib.compress(struct.pack("<II", 14, 1 << 30) + bytes(50_000_000))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(bomb))

    assert first_variable((head + bomb)[:4096]) == ("", False)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("kind", [0, 14, 61])
def test_a_type_that_no_number_has_is_refused_before_scipy_looks_it_up(tmp_path, kind, is_packed):
    import struct
    import zlib

    write_mat(tmp_path / "a.mat", {"EEG": {"inner": {"number": 3.0}}})
    content = (tmp_path / "a.mat").read_bytes()
    assert load_struct(tmp_path / "a.mat", "EEG", "data")["inner"] == {"number": 3.0}
    tag = struct.pack("<IId", 9, 8, 3.0)
    assert content.count(tag) == 1
    body = content[128:].replace(tag, struct.pack("<IId", kind, 8, 3.0))
    if is_packed:
        packed = zlib.compress(body)
        body = struct.pack("<II", 15, len(packed)) + packed
    (tmp_path / "a.mat").write_bytes(content[:128] + body)

    with pytest.raises(ValueError, match="no type of an element"):
        load_struct(tmp_path / "a.mat", "EEG", "data")


class Trials:
    """Seven trials of 13 times and 3 channels that know what was read of them."""

    def __init__(self) -> None:
        self.values = np.arange(7 * 13 * 3).reshape(7, 13, 3)
        self.shape = self.values.shape
        self.n_read = 0

    def __getitem__(self, key):
        self.n_read += len(self.values[key])
        return self.values[key]


@pytest.mark.parametrize(
    ("start", "stop", "n_read"), [(0, 91, 7), (5, 6, 1), (12, 14, 2), (26, 39, 1), (40, 91, 4)]
)
def test_of_trials_only_those_that_are_asked_for_are_read(start, stop, n_read):
    trials = Trials()

    found = _read_trials(trials, start, stop)

    np.testing.assert_array_equal(found, trials.values.reshape(-1, 3).T[:, start:stop])
    assert trials.n_read == n_read
