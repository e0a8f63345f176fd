import numpy as np
import pytest
from tests.quality.makers import SFREQ_HZ, judge_samples, make_eeg, make_header

from fascicle.quality._judgement import worst


def judge(samples, **more):
    line_hz = more.pop("line_hz", None)
    return judge_samples(samples, make_header(samples, **more), line_hz=line_hz)


def codes(quality):
    return {finding.code for finding in quality.findings}


@pytest.mark.parametrize("seed", range(5))
def test_clean_recordings_pass(seed):
    quality = judge(make_eeg(seed=seed))

    assert (quality.verdict, quality.findings) == ("pass", ())
    assert {channel.verdict for channel in quality.channels} == {"pass"}


def flatten(samples):
    samples[4, 2000:13_000] = 1.25


def clip(samples):
    samples[4] = np.clip(samples[4], -25.0, 25.0)


def add_noise(samples):
    samples[4] += 40.0 * np.random.default_rng(1).standard_normal(samples.shape[1])


def amplify(samples):
    samples[4] *= 12.0


def silence(samples):
    samples[4] *= 0.01


def add_mains(samples):
    samples[4] += 50.0 * np.sin(2 * np.pi * 50.0 * np.arange(samples.shape[1]) / SFREQ_HZ)


def spoil(samples):
    samples[4, 777] = np.nan
    samples[4, 9000] = np.inf


@pytest.mark.parametrize(
    ("plant", "code"),
    [
        (flatten, "channel.flat"),
        (clip, "channel.clipped"),
        (add_noise, "channel.noisy"),
        (amplify, "channel.noisy"),
        (silence, "channel.quiet"),
        (add_mains, "channel.line-noise"),
        (spoil, "channel.not-finite"),
    ],
)
def test_a_planted_fault_is_found_in_its_channel_and_in_no_other(plant, code):
    samples = make_eeg()
    plant(samples)

    quality = judge(samples)

    assert codes(quality) == {code}
    assert [c.name for c in quality.channels if c.verdict != "pass"] == ["EEG5"]
    assert quality.channels[4].codes == (code,)
    assert "EEG5" in quality.findings[0].reason


@pytest.mark.parametrize("factor", [1e-6, 1e-3])
def test_verdicts_do_not_depend_on_the_unit(factor):
    samples = make_eeg()
    for plant in (clip, add_mains):
        plant(samples)
    unit = {1e-6: "V", 1e-3: "mV"}[factor]

    quality = judge(samples * factor, unit=unit)

    assert codes(quality) == codes(judge(samples))
    assert [c.verdict for c in quality.channels] == [c.verdict for c in judge(samples).channels]


def test_verdicts_follow_the_channels_when_they_are_reordered():
    samples = make_eeg()
    add_noise(samples)

    quality = judge(samples[::-1])

    assert [c.name for c in quality.channels if c.verdict != "pass"] == ["EEG15"]


@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_amplitudes_that_no_head_can_make_are_a_wrong_scale(factor):
    quality = judge(make_eeg() * factor)

    assert "recording.scale" in codes(quality)
    assert quality.verdict == "fail"


def test_a_recording_with_too_many_bad_channels_fails():
    samples = make_eeg(20)
    samples[:5] = 0.0

    quality = judge(samples)

    assert codes(quality) == {"channel.flat", "recording.bad-channels"}
    assert quality.verdict == "fail"


def test_a_few_lost_channels_only_warn():
    samples = make_eeg(20)
    samples[:4] = 0.0

    assert judge(samples).verdict == "warn"


def test_triggers_and_unknown_channels_are_not_judged():
    samples = make_eeg(8)
    samples[6:] = 0.0

    quality = judge(samples, kinds=["EEG"] * 6 + ["TRIG", "MISC"])

    assert quality.verdict == "pass"
    assert [c.verdict for c in quality.channels[6:]] == ["skip", "skip"]
    assert np.isnan(quality.spectrum[6:]).all()


def test_body_channels_may_be_loud():
    samples = make_eeg(10)
    samples[8:] *= 20.0

    quality = judge(samples, kinds=["EEG"] * 8 + ["ECG", "EOG"])

    assert quality.verdict == "pass"


@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_the_mains_frequency_is_found_where_nobody_states_it(line_hz):
    samples = make_eeg()
    samples += 5.0 * np.sin(2 * np.pi * line_hz * np.arange(samples.shape[1]) / SFREQ_HZ)

    assert judge(samples).line_hz == line_hz
    assert judge(samples, line_hz=50.0).line_hz == 50.0


def test_no_mains_frequency_is_claimed_where_there_is_none():
    assert judge(make_eeg()).line_hz is None


def test_the_worst_verdict_counts():
    assert worst(["pass", "warn", "fail"]) == "fail"
    assert worst(["pass", "warn", "skip"]) == "warn"
    assert worst([]) == "pass"


def test_noise_is_not_judged_in_a_recording_of_a_few_seconds():
    samples = make_eeg(n_times=2000)
    add_noise(samples)

    quality = judge(samples)

    assert (quality.verdict, codes(quality)) == ("pass", {"recording.short"})
    assert "high_frequency_ratio" not in quality.channels[4].metrics


def test_optical_channels_are_not_compared_with_one_another():
    samples = make_eeg(12)
    samples[4] *= 50.0
    samples[5] *= 0.02

    quality = judge(samples, kinds=["NIRSCWAMPLITUDE"] * 12, unit="V")

    assert quality.verdict == "pass"
