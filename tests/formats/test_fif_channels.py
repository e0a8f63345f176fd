"""Channels of FIF files."""

from __future__ import annotations

import mne
import pytest

from fascicle.formats import read_written_header
from fascicle.testing import Shape, make_fif

TYPES = {
    "mag": "MEGMAG", "grad": "MEGGRADPLANAR", "eeg": "EEG", "eog": "EOG", "ecg": "ECG",
    "emg": "EMG", "stim": "TRIG", "misc": "MISC", "resp": "RESP", "seeg": "SEEG",
    "ecog": "ECOG", "dbs": "DBS", "ref_meg": "MEGREFGRADAXIAL", "gsr": "GSR",
    "temperature": "TEMP", "syst": "SYSCLOCK", "bio": "OTHER", "hbo": "NIRSCWHBO",
    "fnirs_od": "NIRSCWOPTICALDENSITY", "eyegaze": "EYEGAZE", "pupil": "PUPIL",
}  # fmt: skip
UNITS = {"mag": "T", "grad": "T/m", "eeg": "V", "stim": "n/a", "hbo": "M", "gsr": "S"}


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_types_and_units_are_those_of_bids(tmp_path, kind):
    import numpy as np

    info = mne.create_info(["a"], 250.0, [kind], verbose="ERROR")
    raw = mne.io.RawArray(np.ones((1, 501)), info, verbose="ERROR")
    raw.save(tmp_path / "a_raw.fif", verbose="ERROR")

    channel = read_written_header(tmp_path / "a_raw.fif").channels[0]

    assert channel.kind == TYPES[kind]
    assert channel.unit == UNITS.get(kind, channel.unit)


@pytest.mark.parametrize(
    ("kind", "modality", "frame"),
    [("meg", "meg", ""), ("eeg", "eeg", "CapTrak"), ("seeg", "ieeg", "Other")],
)
def test_positions_have_a_frame(tmp_path, kind, modality, frame):
    header = read_written_header(make_fif(tmp_path / "a_raw.fif", kind=kind, shape=Shape()))

    raw = mne.io.read_raw_fif(tmp_path / "a_raw.fif", verbose="ERROR")
    assert header.modality == modality
    assert header.coordinate_frame == frame
    if frame:
        for channel, record in zip(header.channels[:-1], raw.info["chs"], strict=False):
            assert channel.position_m == pytest.approx(tuple(record["loc"][:3]))
