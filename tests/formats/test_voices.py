"""Names and rates of microphones."""

from __future__ import annotations

import pytest

from fascicle.formats import holds_speech


@pytest.mark.parametrize(
    "name",
    ["MIC", "mic1", "Mic_left", "leftMic", "Microphone", "Mikrofon 2", "Audio", "AUDIOin",
     "roomAudio", "voice", "Speech", "sound", "acquisition/SoundIn", "acoustic envelope"],
)  # fmt: skip
def test_a_fast_channel_that_is_called_after_sound_may_hold_speech(name: str) -> None:
    assert [holds_speech(name, rate) for rate in (999.995, 1000.0, 4000.0)] == [True] * 3
    assert not holds_speech(name, 512.0)


@pytest.mark.parametrize(
    "name", ["EMG1", "Fp1", "microwire3", "microscope", "Ultrasound", "invoice", "mice", "ECG"]
)
def test_other_channels_hold_none(name: str) -> None:
    assert not holds_speech(name, 30_000.0)


def test_the_type_of_a_channel_tells_it_as_well() -> None:
    assert holds_speech("AUX7", 8000.0, kind="AUDIO")
    assert not holds_speech("AUX7", 100.0, kind="AUDIO")
