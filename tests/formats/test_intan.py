"""Intan through the contract; pauses part a recording, so that times after them hold."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Source
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import FormatContract, Planted, Shape, make_intan


class TestIntan(FormatContract):
    format_name = "intan"
    tolerance = 1e-6

    def make_recording(self, root: Path) -> Path:
        return make_intan(root / "a.rhd", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        electrodes = Shape((20_000,) * 7, n_seconds=1).counts(7)[:, :19980] * 0.195
        digital = np.arange(19980) // 1000 % 2
        return np.vstack([electrodes, digital, np.zeros(19980)])


def find_source(root: Path) -> Source:
    (source,) = recognise(root).sources
    return source


def test_digital_inputs_become_events(tmp_path: Path) -> None:
    make_intan(tmp_path / "a.rhd")

    events = read_header(tmp_path, find_source(tmp_path), triggers=True).events

    assert [round(event.onset_s, 6) for event in events] == pytest.approx([
        0.05 + 0.1 * i for i in range(10)
    ])
    assert {(event.label, event.value) for event in events} == {("TTL 0", 1)}
    assert events[0].duration_s == pytest.approx(0.05)


def pause(path: Path, block: int, n_samples: int) -> None:
    """Add to the numbers of the samples from one block of 60 on."""
    data = bytearray(path.read_bytes())
    n_block = 60 * (4 + 7 * 2 + 2)
    first = len(data) - 333 * n_block
    for i in range(block, 333):
        at = first + i * n_block
        numbers = np.frombuffer(bytes(data[at : at + 240]), "<i4") + n_samples
        data[at : at + 240] = struct.pack("<60i", *numbers.tolist())
    path.write_bytes(bytes(data))


def test_a_pause_parts_the_recording_and_events_after_it_come_later(tmp_path: Path) -> None:
    import h5py

    path = make_intan(tmp_path / "a.rhd")
    before = read_header(tmp_path, find_source(tmp_path), triggers=True)
    pause(path, 101, 40_000)

    header = read_header(tmp_path, find_source(tmp_path), triggers=True)
    write_recording(tmp_path, find_source(tmp_path), header, tmp_path, "sub-01_ecephys")

    assert before.is_continuous
    assert not header.is_continuous
    assert header.n_times == before.n_times
    onsets = [event.onset_s for event in before.events]
    later = [onset + 2.0 * (onset >= 6060 / 20_000) for onset in onsets]
    assert [event.onset_s for event in header.events] == pytest.approx(later)
    counts = Shape((20_000,) * 7, n_seconds=1).counts(7)[:, :19980].T
    with h5py.File(tmp_path / "sub-01_ecephys.nwb") as file:
        parts = [file[f"acquisition/ElectricalSeriesAPPart{i}"] for i in (1, 2)]
        starts = [part["starting_time"][()] for part in parts]
        stored = np.concatenate([part["data"][:] for part in parts])
    assert starts == pytest.approx([0.0, 6060 / 20_000 + 2.0])
    np.testing.assert_array_equal(stored.astype(np.int64) - stored[0, 0], counts - counts[0, 0])
