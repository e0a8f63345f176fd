"""Recordings of probes: broken channels are found, spikes are drawn, memory is bounded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fascicle.core import Channel, Drawing, Header, Modality
from fascicle.formats import read_header, recognise, write_recording
from fascicle.formats._ecephys import Signal, Stretch, open_signals, write_probe
from fascicle.quality import _ecephys_quality
from fascicle.quality._ecephys_quality import check_ecephys
from fascicle.testing import make_spikeglx

RATE_HZ = 20_000.0


def write_counts(path: Path, counts: np.ndarray, *, rate_hz: float = RATE_HZ) -> Header:
    n_channels = counts.shape[1]
    opened = open_signals(
        Header(Modality.ECEPHYS),
        [
            Signal(
                name="AP",
                channels=tuple(Channel(f"AP{i}", "EXT", "uV", rate_hz) for i in range(n_channels)),
                gains=np.full(n_channels, 0.01),
                offset=0.0,
                dtype="<i2",
                stretches=(Stretch(0.0, len(counts)),),
                read=lambda _, start, stop: counts[start:stop],
            )
        ],
    )
    write_probe(opened, opened.header, path)
    return opened.header


@pytest.fixture
def counts() -> np.ndarray:
    rng = np.random.default_rng(7)
    return rng.normal(0, 1000, (int(12 * RATE_HZ), 9)).astype("<i2")


def test_a_clean_recording_passes(tmp_path: Path, counts: np.ndarray) -> None:
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    assert quality.verdict == "pass"
    assert quality.extra["duration_s"] == 12.0
    np.testing.assert_allclose([c.metrics["amplitude"] for c in quality.channels], 10, rtol=0.3)


def test_flat_and_loud_channels_are_named(tmp_path: Path, counts: np.ndarray) -> None:
    counts[:, 2] = 5
    counts[:, 4] *= 7
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    codes = {channel.name: channel.codes for channel in quality.channels if channel.codes}
    assert codes == {"AP2": ("channel.flat",), "AP4": ("channel.noisy",)}


def test_planted_spikes_are_counted_and_drawn(tmp_path: Path, counts: np.ndarray) -> None:
    wave = -20_000 * np.exp(-(((np.arange(-8, 12)) / 4.0) ** 2))
    for start in range(500, len(counts) - 100, 2000):  # ten in a second
        counts[start : start + 20, 3] += wave.astype("<i2")
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    pictures = {picture.title: picture for picture in quality.pictures}
    raster = pictures["Detected spikes"]
    assert raster.drawing is Drawing.RASTER
    assert np.mean(raster.arrays["rows"] == 3) > 0.95
    assert quality.extra["spike_rate_hz"] == pytest.approx(10 / 9, rel=0.1)
    waves = pictures["Mean waveforms"]
    assert waves.legend == ("AP3",)
    assert waves.arrays["y"].min() < -100


def test_pictures_are_small(tmp_path: Path, counts: np.ndarray) -> None:
    counts[::37] = -30_000
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    for picture in quality.pictures:
        sizes = {name: array.shape for name, array in picture.arrays.items()}
        assert sum(array.nbytes for array in picture.arrays.values()) < 500_000, sizes
        if picture.drawing is Drawing.RASTER:
            assert picture.arrays["times"].size <= 5000
        if picture.drawing is Drawing.IMAGE:
            assert max(picture.arrays["pixels"].shape) <= 480


def test_more_channels_than_fit_in_a_group_are_all_judged(
    tmp_path: Path, counts: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ecephys_quality, "GROUP", 4)
    counts[:, 7] = 0
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    assert [c.name for c in quality.channels] == [f"AP{i}" for i in range(9)]
    assert quality.channels[7].verdict == "fail"
    assert quality.spectrum.shape[0] == quality.preview.shape[0] == 9


def test_the_measured_windows_are_bounded(
    tmp_path: Path, counts: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ecephys_quality, "MAX_VALUES", 1)
    header = write_counts(tmp_path / "a.nwb", counts)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    assert quality.extra["n_windows"] == 5


def test_a_slow_recording_has_no_spikes(tmp_path: Path, counts: np.ndarray) -> None:
    header = write_counts(tmp_path / "a.nwb", counts[:20000], rate_hz=1000.0)

    quality = check_ecephys(tmp_path / "a.nwb", header)

    assert {picture.title for picture in quality.pictures} == {"Raw traces", "Spectrogram"}


def test_what_two_bands_of_a_probe_share_is_said_once(tmp_path: Path) -> None:
    make_spikeglx(tmp_path / "raw")
    (source,) = recognise(tmp_path / "raw").sources
    header = read_header(tmp_path / "raw", source)
    write_recording(tmp_path / "raw", source, header, tmp_path, "sub-01_ecephys")

    quality = check_ecephys(tmp_path / "sub-01_ecephys.nwb", header)

    reasons = [finding.reason for finding in quality.findings]
    assert any("too short" in reason for reason in reasons)
    assert len(set(reasons)) == len(reasons)
