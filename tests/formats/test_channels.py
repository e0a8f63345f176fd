"""Labels and units."""

from __future__ import annotations

import pytest

from fascicle.formats._channels import (
    UNITS,
    bids_unit,
    channel_kind,
    modality_kinds,
    unique_labels,
    volts_per,
)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Fp1", "EEG"), ("EEG C3-Ref", "EEG"), ("EEG ECG", "EEG"), ("HEOG", "EOG"),
        ("EOG L", "EOG"), ("ECG1", "ECG"), ("Chin1", "EMG"), ("EMGright", "EMG"),
        ("Status", "TRIG"), ("STI101", "TRIG"), ("Resp", "RESP"), ("DC1", "MISC"),
        ("SpO2", "MISC"), ("T7", "EEG"), ("Temp rectal", "TEMP"),
    ],
)  # fmt: skip
def test_labels_speak_for_a_type(label, kind):
    assert channel_kind(label) == kind


def test_a_channel_that_measures_no_voltage_is_no_eeg():
    assert channel_kind("X1", "oC") == "MISC"


@pytest.mark.parametrize(
    ("text", "unit"),
    [("\u00b5V", "uV"), ("\u03bcV", "uV"), ("UV", "uV"), ("mV", "mV"), ("degC", "oC"), ("S", "S"),
     ("s", "s"), ("fT", "fT"), ("T/m", "T/m"), ("Jane", "n/a"), ("", "n/a")],
)  # fmt: skip
def test_units_are_known_or_none(text, unit):
    assert bids_unit(text) == unit
    assert unit in UNITS


def test_volts_per_unit():
    assert [volts_per(unit) for unit in ("V", "uV", "T")] == [1.0, 1e-6, None]


def test_magnetic_channels_decide_the_modality():
    assert modality_kinds({"EEG", "MEGMAG"}) == "meg"
    assert modality_kinds({"EEG", "SEEG"}) == "ieeg"
    assert modality_kinds({"NIRSCWAMPLITUDE"}) == "nirs"
    assert modality_kinds({"EEG", "ECG"}) == "eeg"


def test_cut_labels_stay_unique_and_short():
    labels = [f"a very long label {i}" for i in range(123)]

    cut = unique_labels(labels, 15)

    assert len(set(cut)) == len(labels)
    assert max(map(len, cut)) == 15
