"""Signals that were made are written as any reader expects them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.errors import FormatError
from fascicle.formats import read_blocks, read_written_header, write_signals


def make_header(n_channels: int, sfreq_hz: float) -> Header:
    names = [f"C{number}" for number in range(n_channels)]
    channels = tuple(Channel(name, "EEG", "uV", sfreq_hz) for name in names)
    return Header(Modality.EEG, sfreq_hz=sfreq_hz, n_times=0, channels=channels)


@pytest.mark.parametrize(("ending", "steps"), [(".vhdr", 2**23), (".edf", 2**15), (".bdf", 2**23)])
@pytest.mark.parametrize(("sfreq_hz", "n_times"), [(250.0, 1000), (128.0, 331), (512.5, 1025)])
def test_signals_read_back_are_those_written(
    tmp_path: Path, ending: str, steps: int, sfreq_hz: float, n_times: int
) -> None:
    values = np.random.default_rng(3).normal(scale=[[20.0], [1e-4], [3000.0]], size=(3, n_times))
    path = tmp_path / f"sub-twin001_task-rest_eeg{ending}"

    write_signals(make_header(3, sfreq_hz), values, path)

    header = read_written_header(path)
    found = np.concatenate(list(read_blocks(path)), axis=1)
    assert (header.sfreq_hz, [one.name for one in header.channels]) == (
        sfreq_hz,
        ["C0", "C1", "C2"],
    )
    n_kept = n_times if ending == ".vhdr" else {1000: 1000, 331: 256, 1025: 1025}[n_times]
    step = 1.2 * np.abs(values).max(axis=1, keepdims=True) / steps
    assert found.shape == (3, n_kept)
    assert (np.abs(found - values[:, :n_kept]) <= 2 * step).all()
    assert header.measured_at is None or header.measured_at.year == 1985


def test_less_than_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="FSC278"):
        write_signals(make_header(2, 100.0), np.zeros((2, 99)), tmp_path / "a.edf")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="FSC209"):
        write_signals(make_header(2, 100.0), np.zeros((2, 50)), tmp_path / "a.fif")
