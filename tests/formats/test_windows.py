"""Windows of a written recording are the samples that lie there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import (
    list_signals,
    read_header,
    read_windows,
    recognise,
    write_recording,
)
from fascicle.testing import make_spikeglx, read_all


@pytest.fixture
def written(tmp_path: Path) -> Path:
    make_spikeglx(tmp_path / "run")
    (source,) = recognise(tmp_path).sources
    write_recording(tmp_path, source, read_header(tmp_path, source), tmp_path, "sub-01_ecephys")
    return tmp_path / "sub-01_ecephys.nwb"


def test_signals_are_listed_with_their_channels_and_rates(written: Path) -> None:
    signals = list_signals(written)

    assert [signal.channels for signal in signals][:2] == [range(7), range(7, 14)]
    assert [signal.is_neural for signal in signals] == [True, True, False, False, False, False]
    assert signals[1].sfreq_hz == pytest.approx(2503 / 12)
    assert [signal.n_times for signal in signals][:2] == [7509, 626]


def test_windows_are_the_samples_at_their_times(written: Path) -> None:
    everything = read_all(written)

    windows = list(read_windows(written, range(2, 5), window_s=0.2, n_windows=4))

    assert len(windows) == 4
    assert windows[0][0] == 0
    for start_s, values in windows:
        start = round(start_s * 2503)
        np.testing.assert_array_equal(values, everything[2:5, start : start + 501])


def test_windows_never_overlap_and_are_no_longer_than_the_recording(written: Path) -> None:
    windows = list(read_windows(written, range(7), window_s=99.0, n_windows=9))

    assert [values.shape for _, values in windows] == [(7, 7509)]


def test_channels_of_two_signals_are_refused(written: Path) -> None:
    with pytest.raises(FormatError, match="FSC207"):
        list(read_windows(written, range(5, 9), window_s=1.0, n_windows=1))
