"""Neuroscan CNT."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, registry
from fascicle.testing import FormatContract, Planted, Shape, make_cnt


def open_cnt(path: Path):
    return registry()["cnt"].open(path.parent, (PurePosixPath(path.name),))


class TestNeuroscan(FormatContract):
    format_name = "cnt"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_cnt(root / "a.cnt", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        import mne

        return mne.io.read_raw_cnt(path, verbose="ERROR").get_data() * 1e6


def test_events_stand_at_the_sample_that_their_offset_points_to(tmp_path):
    import mne

    path = make_cnt(tmp_path / "a.cnt")

    events = open_cnt(path).header.events

    np.testing.assert_allclose([e.onset_s * 251 for e in events], [100, 601, 1501])
    oracle = mne.io.read_raw_cnt(path, verbose="ERROR").annotations
    # MNE-Python takes one sample off, so that no event can come after the end.
    np.testing.assert_allclose(oracle.onset * 251, [99, 600, 1500], rtol=1e-5)
    assert [e.label for e in events] == list(oracle.description) == ["3", "17", "3"]
    assert [e.value for e in events] == [3, 17, 3]


def test_person_and_day_are_read(tmp_path):
    path = make_cnt(tmp_path / "a.cnt", planted=Planted())

    header = open_cnt(path).header

    assert header.subject.code == Planted().code
    assert header.subject.age_years == 68
    assert (header.subject.sex, header.subject.hand) == ("F", "L")
    assert header.measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    kinds = {identifier.kind for identifier in header.identifiers}
    assert {"id", "name", "operator", "institution", "text", "date"} <= kinds


@pytest.mark.parametrize("start", [0, 1, 7, 40, 2700])
def test_samples_in_blocks_by_channel_are_put_in_order(tmp_path, start):
    shape = Shape(rates_hz=(256,) * 3, labels=("C3", "Cz", "C4"))
    path = make_cnt(tmp_path / "a.cnt", shape=shape)
    expected = open_cnt(path).read(0, 2816)
    content = bytearray(path.read_bytes())
    samples = np.frombuffer(bytes(content), "<i2", 3 * 2816, 900 + 225).reshape(2816, 3)
    # (block, time, channel) -> (block, channel, time)
    blocked = samples.reshape(-1, 8, 3).transpose(0, 2, 1)
    content[1125 : 1125 + 6 * 2816] = np.ascontiguousarray(blocked).tobytes()
    struct.pack_into("<i", content, 894, 16)
    path.write_bytes(content)

    got = open_cnt(path).read(start, start + 101)

    np.testing.assert_array_equal(got, expected[:, start : start + 101])


def test_a_block_size_that_is_not_true_mixes_no_channels(tmp_path):
    path = make_cnt(tmp_path / "a.cnt")
    expected = open_cnt(path).read(0, 2761)
    content = bytearray(path.read_bytes())
    struct.pack_into("<i", content, 894, 16)
    path.write_bytes(content)

    opened = open_cnt(path)

    assert opened.header.n_times == 2761
    np.testing.assert_array_equal(opened.read(0, 2761), expected)


def test_a_wrong_count_of_samples_is_corrected(tmp_path):
    path = make_cnt(tmp_path / "a.cnt")
    content = bytearray(path.read_bytes())
    struct.pack_into("<i", content, 864, 99999)
    path.write_bytes(content)

    assert open_cnt(path).header.n_times == 2761


def test_a_header_without_samples_is_refused(tmp_path):
    path = make_cnt(tmp_path / "a.cnt")
    path.write_bytes(path.read_bytes()[: 900 + 75 * 7])

    with pytest.raises(FormatError, match="FSC232"):
        read_header(tmp_path, Source("cnt", (PurePosixPath("a.cnt"),), 0))


def test_interleaved_samples_are_copied_and_others_decoded(tmp_path):
    from fascicle.formats import write_recording
    from fascicle.testing import read_all, released

    path = make_cnt(tmp_path / "a.cnt")
    source = Source("cnt", (PurePosixPath("a.cnt"),), 0)
    header = released(read_header(tmp_path, source))

    plain = write_recording(tmp_path, source, header, tmp_path, "plain_eeg")
    content = bytearray(path.read_bytes())
    struct.pack_into("<h", content, 900 + 47, 30)  # a baseline for the first channel
    path.write_bytes(content)
    shifted = write_recording(tmp_path, source, header, tmp_path, "shifted_eeg")

    assert (plain.copied, shifted.copied) == (True, False)
    start = 900 + 75 * 7
    stored = (tmp_path / "plain_eeg.eeg").read_bytes()
    assert stored == bytes(content[start : start + 2 * 7 * 2761])
    one, other = (read_all(tmp_path / written.files[0]) for written in (plain, shifted))
    np.testing.assert_allclose(other[0], one[0] - 3, atol=1e-4)
    np.testing.assert_allclose(other[1:], one[1:], rtol=1e-6)
