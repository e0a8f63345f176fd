"""MATLAB files that SciPy and GNU Octave read as they were meant."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from scipy.io import loadmat

from fascicle.core import Event
from fascicle.errors import FormatError
from fascicle.formats import tabulate_events, write_matlab

ABOUT = {"srate_hz": 250.0, "labels": ["Cz", "Pz", "stim"], "events": {"onset_s": np.arange(3.0)}}


def cut(samples: np.ndarray, *sizes: int) -> list[np.ndarray]:
    return np.split(samples, np.cumsum(sizes), axis=1)


@pytest.mark.parametrize("dtype", ["<f8", "<f4", "<i2", "<i4", "<u1"])
def test_scipy_reads_what_was_written_in_blocks(tmp_path, dtype) -> None:
    samples = np.random.default_rng(3).integers(0, 200, (3, 1001)).astype(dtype)

    write_matlab(tmp_path / "a.mat", ABOUT, samples.shape, cut(samples, 300, 7, 500), dtype)

    found = loadmat(tmp_path / "a.mat", squeeze_me=True, struct_as_record=False)
    np.testing.assert_array_equal(found["data"], samples)
    assert found["data"].dtype == np.dtype(dtype)
    assert found["info"].srate_hz == 250.0
    assert list(found["info"].labels) == ["Cz", "Pz", "stim"]
    np.testing.assert_array_equal(found["info"].events.onset_s, [0, 1, 2])


def test_the_same_content_gives_the_same_bytes(tmp_path) -> None:
    samples = np.random.default_rng(3).normal(size=(3, 101))

    write_matlab(tmp_path / "a.mat", ABOUT, samples.shape, [samples])
    write_matlab(tmp_path / "b.mat", ABOUT, samples.shape, cut(samples, 13, 50))

    assert (tmp_path / "a.mat").read_bytes() == (tmp_path / "b.mat").read_bytes()


def test_blocks_that_are_too_short_leave_no_file(tmp_path) -> None:
    with pytest.raises(FormatError, match="FSC231"):
        write_matlab(tmp_path / "a.mat", ABOUT, (3, 100), [np.zeros((3, 99))])

    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_for_a_variable_is_refused_before_anything_is_written(tmp_path) -> None:
    with pytest.raises(FormatError, match="FSC273"):
        write_matlab(tmp_path / "a.mat", ABOUT, (64, 5_000_000), [])

    assert list(tmp_path.iterdir()) == []


def test_events_stand_in_columns_and_a_missing_code_is_nan() -> None:
    columns = tabulate_events([Event(0.5, 0.0, "go", 3), Event(1.5, 2.0, "stop")])

    np.testing.assert_array_equal(columns["onset_s"], [0.5, 1.5])
    np.testing.assert_array_equal(columns["value"], [3, np.nan])
    assert columns["label"] == ["go", "stop"]


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="GNU Octave is not installed")
def test_octave_reads_every_number_and_every_label(tmp_path) -> None:
    samples = np.random.default_rng(3).normal(size=(3, 1001))
    write_matlab(tmp_path / "a.mat", ABOUT, samples.shape, cut(samples, 400))
    script = (
        f"s = load('{tmp_path / 'a.mat'}'); assert(size(s.data), [3 1001]);"
        "assert(iscellstr(s.info.labels)); assert(s.info.labels{2}, 'Pz');"
        "assert(s.info.srate_hz, 250); printf('%.17g ', s.data(:, 1:3));"
    )

    done = subprocess.run(
        ["octave-cli", "--norc", "--eval", script], capture_output=True, text=True, check=True
    )

    told = np.array([float(word) for word in done.stdout.split()])
    np.testing.assert_array_equal(told, samples[:, :3].T.ravel())
