"""Neuralynx."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from fascicle.formats import read_header, recognise, registry
from fascicle.testing import FormatContract, Planted, Shape, make_neuralynx

SHAPE = Shape(labels=tuple(f"LA{i}" for i in range(1, 8)))


def expected_uv() -> np.ndarray:
    """Return what was stored: inverted, a tenth of a microvolt for a count."""
    return np.stack(SHAPE.samples(7)) * -0.1


class TestNeuralynx(FormatContract):
    format_name = "neuralynx"
    tolerance = 1e-4

    def make_recording(self, root: Path) -> Path:
        return make_neuralynx(root / "LA1.ncs", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        return expected_uv()


def open_folder(root: Path):
    (source,) = recognise(root).sources
    return registry()["neuralynx"].open(root, source.files)


def test_channels_of_one_folder_make_one_recording(tmp_path):
    make_neuralynx(tmp_path / "LA1.ncs")

    (source,) = recognise(tmp_path).sources

    assert source.primary == PurePosixPath("LA1.ncs")
    assert len(source.files) == 7


def test_channels_of_another_rate_make_a_recording_of_their_own(tmp_path):
    make_neuralynx(tmp_path / "LA1.ncs")
    micro = Shape(rates_hz=(2003,), labels=("mLA1",))
    make_neuralynx(tmp_path / "mLA1.ncs", shape=micro)

    sources = recognise(tmp_path).sources

    assert sorted(len(source.files) for source in sources) == [1, 7]


def test_a_gap_is_marked_and_the_header_says_so(tmp_path):
    make_neuralynx(tmp_path / "LA1.ncs")

    header = open_folder(tmp_path).header

    assert not header.is_continuous
    assert [event.label for event in header.events] == ["BAD_ACQ_SKIP"]
    assert header.events[0].onset_s == 512 * 3 / 251


def test_any_part_can_be_read(tmp_path):
    make_neuralynx(tmp_path / "LA1.ncs")
    opened = open_folder(tmp_path)

    for start, stop in ((0, 1), (511, 513), (700, 2100), (2760, 2761)):
        np.testing.assert_allclose(opened.read(start, stop), expected_uv()[:, start:stop])


def test_invalid_samples_at_the_end_of_a_record_are_left_out(tmp_path):
    path = make_neuralynx(tmp_path / "LA1.ncs", shape=Shape(rates_hz=(251,), labels=("LA1",)))
    content = bytearray(path.read_bytes())
    content[16384 + 16 : 16384 + 20] = (400).to_bytes(4, "little")
    path.write_bytes(content)

    opened = open_folder(tmp_path)

    counts = np.delete(Shape(rates_hz=(251,)).samples(7)[0], np.arange(400, 512))
    np.testing.assert_allclose(opened.read(0, opened.header.n_times)[0], counts * -0.1)
    assert opened.header.events[0].label == "BAD_ACQ_SKIP"


def test_files_of_one_session_are_stamped_by_one_clock(tmp_path):
    # Shorter than a record: no gap, after which samples would not tell the time of the clock.
    make_neuralynx(
        tmp_path / "LA1.ncs", planted=Planted(), shape=Shape((251,), labels=("LA1",), n_seconds=1)
    )
    make_neuralynx(
        tmp_path / "mLA1.ncs", planted=Planted(), shape=Shape((499,), labels=("mLA1",), n_seconds=1)
    )

    headers = [read_header(tmp_path, source) for source in recognise(tmp_path).sources]

    (first,), (second,) = (header.clocks for header in headers)
    assert first.key == second.key
    assert first.start_s == second.start_s == 3.0
    assert Planted().serial not in first.key


def test_after_a_gap_samples_no_longer_tell_the_time_of_the_clock(tmp_path):
    make_neuralynx(tmp_path / "LA1.ncs", planted=Planted())

    assert open_folder(tmp_path).header.clocks == ()
