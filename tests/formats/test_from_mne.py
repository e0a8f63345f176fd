"""Recordings that MNE-Python opens, as our nouns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.core import Modality
from fascicle.formats import registry
from fascicle.formats._from_mne import Reading, header_of, open_raw
from fascicle.testing import read_all


def make_raw(names, kinds, *, samples=None, events=()):
    """Return a recording in memory."""
    import mne

    info = mne.create_info(list(names), 250.0, list(kinds), verbose="ERROR")
    if samples is None:
        samples = np.zeros((len(names), 501))
    raw = mne.io.RawArray(samples, info, verbose="ERROR")
    if events:
        raw.set_annotations(mne.Annotations(*zip(*events, strict=True)))
    return raw


def test_voltages_come_in_the_unit_that_is_asked_for():
    raw = make_raw(["Cz", "STI"], ["eeg", "stim"], samples=np.full((2, 501), 3e-6))

    in_uv = open_raw(raw, Reading("x"))
    in_v = open_raw(raw, Reading("x", volt_unit="V"))

    assert [c.unit for c in in_uv.header.channels] == ["uV", "n/a"]
    np.testing.assert_allclose(in_uv.read(3, 7), [[3.0] * 4, [3e-6] * 4])
    np.testing.assert_allclose(in_v.read(3, 7), np.full((2, 4), 3e-6))


@pytest.mark.parametrize(("kind", "written"), [("mag", "fif"), ("eeg", "brainvision")])
def test_the_modality_decides_what_is_written(tmp_path, monkeypatch, kind, written):
    plugin = registry()["curry"]
    raw = make_raw(["A1", "Cz"], [kind, "eeg"], samples=np.full((2, 501), 3e-6))
    monkeypatch.setattr(plugin, "open_raw", lambda path: raw, raising=False)

    opened = plugin.open(tmp_path, (PurePosixPath("a.dap"),))
    result = plugin.write_opened(opened, opened.header, tmp_path, "sub-01_meg")

    assert result.format == written
    unit = "V" if kind == "mag" else "uV"
    assert opened.header.channels[1].unit == unit
    again = read_all(tmp_path / result.files[0])
    np.testing.assert_allclose(again[1], 3e-6 if unit == "V" else 3.0, rtol=1e-6)


@pytest.mark.parametrize("day", [None, datetime(2020, 5, 17, 10, 0, tzinfo=UTC)])
def test_events_count_from_the_first_sample_with_or_without_a_date(day):
    import mne

    info = mne.create_info(["Cz"], 250.0, "eeg", verbose="ERROR")
    raw = mne.io.RawArray(np.zeros((1, 501)), info, first_samp=700, verbose="ERROR")
    raw.set_meas_date(day)
    raw.set_annotations(mne.Annotations([1.25], [0.5], ["go"]))

    (event,) = header_of(raw, Reading("x")).events

    assert event.onset_s == pytest.approx(1.25)


def test_labels_tell_the_kind_where_the_format_does_not():
    raw = make_raw(["Cz", "ECG", "HEOG"], ["eeg"] * 3)

    guessed = [c.kind for c in header_of(raw, Reading("x")).channels]
    told = [c.kind for c in header_of(raw, Reading("x", guesses_kinds=False)).channels]

    assert guessed == ["EEG", "ECG", "EOG"]
    assert told == ["EEG", "EEG", "EEG"]


@pytest.mark.parametrize(
    ("kinds", "modality"),
    [(["eeg", "misc"], Modality.EEG), (["seeg", "eeg"], Modality.IEEG), (["mag", "eeg"],
     Modality.MEG), (["hbo", "hbr"], Modality.NIRS)],
)  # fmt: skip
def test_the_kinds_of_channels_make_the_modality(kinds, modality):
    raw = make_raw(["A", "B"], kinds)

    assert header_of(raw, Reading("x")).modality is modality


def test_trigger_codes_that_became_floats_are_whole_again():
    raw = make_raw(["Cz"], ["eeg"], events=[(0.5, 0.0, "3.0"), (1.0, 0.2, "v1.0"), (1.5, 0, "12")])

    events = header_of(raw, Reading("x")).events

    assert [(e.label, e.value) for e in events] == [("3", 3), ("v1.0", None), ("12", 12)]


def test_marked_gaps_make_a_recording_discontinuous():
    raw = make_raw(["Cz"], ["eeg"], events=[(0.5, 0.5, "BAD_ACQ_SKIP")])

    assert not header_of(raw, Reading("x")).is_continuous


def test_people_devices_and_days_are_read():
    raw = make_raw(["Cz"], ["eeg"])
    raw.info["subject_info"] = {
        "his_id": "S7", "first_name": "Ada", "last_name": "Quorn", "sex": 2, "hand": 2,
        "birthday": date(1951, 5, 2),
    }  # fmt: skip
    raw.info["experimenter"] = "Vok"
    raw.info["description"] = "pilot"
    raw.info["device_info"] = {"serial": "SN-1", "site": "Kestrel", "type": "t", "model": "m"}
    raw.set_meas_date(datetime(2019, 11, 23, tzinfo=UTC))

    header = header_of(raw, Reading("x", manufacturer="Maker"))

    assert header.subject.name == "Ada Quorn"
    assert (header.subject.sex, header.subject.hand) == ("F", "L")
    assert header.subject.birth == date(1951, 5, 2)
    assert header.measured_at == datetime(2019, 11, 23, tzinfo=UTC)
    assert {(i.kind, i.value) for i in header.identifiers} == {
        ("id", "S7"), ("name", "Ada"), ("name", "Quorn"), ("birthdate", "1951-05-02"),
        ("operator", "Vok"), ("text", "pilot"), ("serial", "SN-1"), ("institution", "Kestrel"),
    }  # fmt: skip


def test_a_day_of_birth_that_stands_for_none_is_none():
    raw = make_raw(["Cz"], ["eeg"])
    raw.info["subject_info"] = {"birthday": date(1, 1, 1)}

    header = header_of(raw, Reading("x"))

    assert header.subject.birth is None
    assert header.identifiers == ()


def test_positions_are_given_only_where_they_were_measured():
    import mne

    raw = make_raw(["Cz", "Fz"], ["eeg", "eeg"])
    montage = mne.channels.make_dig_montage({"Cz": [0.0, 0.0, 0.1]}, coord_frame="head")
    raw.set_montage(montage, on_missing="ignore")

    measured = header_of(raw, Reading("x"))
    drawn = header_of(raw, Reading("x", keeps_positions=False))

    assert [c.position_m for c in measured.channels] == [(0.0, 0.0, pytest.approx(0.1)), None]
    assert measured.coordinate_frame == "CapTrak"
    assert [c.position_m for c in drawn.channels] == [None, None]
    assert drawn.coordinate_frame == ""


def test_filters_are_told_only_where_there_were_any():
    import mne

    plain = make_raw(["Cz"], ["eeg"])
    filtered = make_raw(["Cz"], ["eeg"], samples=np.random.default_rng(1).normal(size=(1, 5001)))
    with mne.utils.use_log_level("ERROR"):
        filtered.filter(1.0, 40.0)

    assert header_of(plain, Reading("x")).channels[0].high_cutoff_hz is None
    channel = header_of(filtered, Reading("x")).channels[0]
    assert (channel.low_cutoff_hz, channel.high_cutoff_hz) == (1.0, 40.0)
