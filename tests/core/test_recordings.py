"""What points to a person does not slip into a log through its text form."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from fascicle.core import Channel, Event, Header, Identifier, Modality, Source, Subject


def make_header(n_times: int, sfreq_hz: float) -> Header:
    channels = (Channel("Fz", "EEG", "uV", sfreq_hz), Channel("Cz", "EEG", "uV", sfreq_hz))
    return Header(
        Modality.EEG, sfreq_hz, n_times, channels, events=(Event(0.5, 0, "blink"),),
        measured_at=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def test_the_text_form_of_an_identifier_hides_its_value() -> None:
    shown = repr(Identifier("name", "Meier, Anna", "EDF header: patient"))

    assert "Meier" not in shown
    assert "11 characters" in shown
    assert "EDF header: patient" in shown


def test_the_text_form_of_a_subject_names_fields_and_no_values() -> None:
    shown = repr(Subject(code="4711", name="Meier", birth=date(1980, 2, 3), sex="F"))

    assert shown == "Subject(known=['code', 'name', 'birth', 'sex'])"


def test_length_in_seconds_follows_from_samples_and_rate() -> None:
    assert make_header(1009, 250.0).duration_s == 1009 / 250.0
    assert make_header(1009, 0.0).duration_s == 0.0


def test_labels_are_channels_and_then_events() -> None:
    assert list(make_header(7, 250.0).labels()) == ["Fz", "Cz", "blink"]


def test_the_first_file_of_a_source_is_the_one_that_a_reader_is_given() -> None:
    files = (PurePosixPath("a.vhdr"), PurePosixPath("a.eeg"))

    assert Source("brainvision", files, 19).primary == PurePosixPath("a.vhdr")
