from dataclasses import replace

import numpy as np
import pytest
from tests.quality.makers import SFREQ_HZ, judge_samples, make_eeg, make_header, write_edf

from fascicle.core import Channel
from fascicle.formats import read_written_header
from fascicle.quality import check_recording


def test_a_file_is_judged_as_its_samples_are(tmp_path):
    samples = make_eeg(7, 7500)
    samples[2, 1000:7000] = 10.0
    path = tmp_path / "sub-01_task-rest_eeg.edf"
    write_edf(path, samples)

    quality = check_recording(path, read_written_header(path), line_hz=50.0)

    assert quality.verdict == "warn"
    assert [f.code for f in quality.findings] == ["channel.flat"]
    assert quality.findings[0].place == path.name
    assert quality.channels[2].metrics["flat_share"] == pytest.approx(0.8, abs=0.02)
    in_memory = judge_samples(samples, make_header(samples), line_hz=50.0)
    np.testing.assert_allclose(quality.preview, in_memory.preview, atol=0.02)
    np.testing.assert_allclose(
        [c.metrics["amplitude"] for c in quality.channels],
        [c.metrics["amplitude"] for c in in_memory.channels],
        rtol=0.2,
    )


def test_a_file_that_was_cut_off_fails_with_a_finding(tmp_path):
    path = tmp_path / "sub-01_task-rest_eeg.edf"
    write_edf(path, make_eeg(5, 5000))
    header = read_written_header(path)
    path.write_bytes(path.read_bytes()[:-9000])

    quality = check_recording(path, header, line_hz=None)

    assert quality.verdict == "fail"
    assert {f.code for f in quality.findings} & {"recording.unreadable", "recording.length"}


def test_a_file_that_is_gone_fails_with_a_finding(tmp_path):
    header = make_header(make_eeg(5, 1000))

    quality = check_recording(tmp_path / "sub-01_task-rest_eeg.edf", header, line_hz=None)

    assert quality.verdict == "fail"
    assert [f.code for f in quality.findings] == ["recording.unreadable"]
    assert [c.verdict for c in quality.channels] == ["skip"] * 5


@pytest.mark.parametrize("change", [{"n_times": 0}, {"sfreq_hz": 0.0}, {"channels": ()}])
def test_an_impossible_header_fails_without_a_look_at_the_samples(tmp_path, change):
    header = replace(make_header(make_eeg(5, 1000)), **change)

    quality = check_recording(tmp_path / "absent.edf", header, line_hz=None)

    assert quality.verdict == "fail"
    assert "recording.unreadable" not in {f.code for f in quality.findings}


@pytest.mark.parametrize(("n_held", "verdict"), [(2, "pass"), (25, "warn"), (2000, "fail")])
def test_samples_held_in_all_channels_are_lost_samples(n_held, verdict):
    samples = make_eeg(8, 15_000)
    samples[:, 5000 : 5000 + n_held] = samples[:, 4999:5000]

    quality = judge_samples(samples, make_header(samples))

    assert quality.verdict == verdict
    if verdict != "pass":
        assert quality.extra["dropped_share"] == pytest.approx(n_held / 15_000)
        assert quality.extra["dropped_longest_s"] == pytest.approx(n_held / SFREQ_HZ)


def test_the_preview_shows_a_spike_of_one_sample():
    samples = make_eeg(3, 15_017)
    samples[1, 9001] = 900.0

    quality = judge_samples(samples, make_header(samples))

    column = int(quality.preview[1].argmax())
    assert quality.preview[1, column] == 900.0
    assert 0 <= 9001 / SFREQ_HZ - quality.preview_times_s[column] <= 15_017 / 200 / SFREQ_HZ
    assert quality.preview.shape == (3, 400)


def test_integers_at_the_end_of_their_range_are_clipped_and_do_not_wrap(tmp_path):
    samples = make_eeg(5, 7500)
    samples[3] = np.clip(30.0 * samples[3], -500.0, 500.0)
    path = tmp_path / "sub-01_task-rest_eeg.edf"
    write_edf(path, samples)

    quality = check_recording(path, read_written_header(path), line_hz=None)

    assert "channel.clipped" in quality.channels[3].codes
    assert quality.preview[3].max() == pytest.approx(500.0)
    assert quality.preview[3].min() == pytest.approx(-500.0)


def test_magnetometers_and_gradiometers_are_compared_within_their_kind():
    waves = make_eeg(14, 15_000, step=1e-6)
    samples = np.vstack([waves[:7] * 1e-14, waves[7:] * 1e-12])
    header = make_header(samples, kinds=["MEGMAG"] * 7 + ["MEGGRADPLANAR"] * 7, unit="T")
    planar = tuple(
        Channel(c.name, c.kind, "T/m" if "GRAD" in c.kind else "T", c.sfreq_hz)
        for c in header.channels
    )

    quality = judge_samples(samples, replace(header, channels=planar))

    assert (quality.verdict, quality.findings) == ("pass", ())


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_bytes_that_are_no_samples_fail_without_a_warning(dtype):
    noise = np.random.default_rng(4).bytes(7 * 10_000 * np.dtype(dtype).itemsize)
    with np.errstate(invalid="ignore"):
        samples = np.frombuffer(noise, dtype).reshape(7, 10_000).astype(np.float64)

    quality = judge_samples(samples, make_header(samples))

    assert quality.verdict == "fail"
    assert {"recording.scale", "channel.not-finite"} & {f.code for f in quality.findings}
