import json

import numpy as np
from tests.quality.makers import judge_samples, make_eeg, make_header

from fascicle.core import Finding, Severity
from fascicle.quality import ChannelQuality, RecordingQuality


def test_a_result_survives_json_unchanged():
    samples = make_eeg(7, 5003)
    samples[2] = 0.0
    quality = judge_samples(samples, make_header(samples))

    again = RecordingQuality.from_dict(json.loads(json.dumps(quality.as_dict(), allow_nan=False)))

    for name in ("verdict", "findings", "channels", "line_hz", "extra"):
        assert getattr(again, name) == getattr(quality, name)
    for name in ("freqs_hz", "spectrum", "preview", "preview_times_s"):
        np.testing.assert_array_equal(getattr(again, name), getattr(quality, name))
    assert quality.findings


def test_a_channel_is_bad_if_it_failed_or_stands_out_but_not_for_mains_noise():
    def channel(verdict, *codes):
        return ChannelQuality("E1", verdict, codes=codes).is_bad

    assert channel("fail", "channel.flat")
    assert channel("warn", "channel.noisy")
    assert not channel("warn", "channel.line-noise")
    assert not channel("pass")


def test_an_unreadable_recording_fails_and_holds_nothing():
    quality = RecordingQuality.unreadable(Finding("x", Severity.ERROR, "p", "r", "f"))

    assert quality.verdict == "fail"
    assert quality.spectrum.size == quality.preview.size == 0
    assert RecordingQuality.from_dict(quality.as_dict()).findings == quality.findings
