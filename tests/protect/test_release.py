"""What leaves of a header and of a participant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fascicle.core import (
    Channel,
    Event,
    Header,
    Identifier,
    Modality,
    Participant,
    PlannedParticipant,
    Subject,
)
from fascicle.protect import (
    POLICIES,
    Person,
    forbidden_words,
    is_trigger,
    pool_groups,
    release_header,
    release_participant,
    release_reference,
)

SAFE = POLICIES["safe-harbour"]
PERSON = Person("007", -4000, b"k")


def make_header() -> Header:
    channels = (
        Channel("Fp1", "EEG", "uV", 250.0, 0.1, 100.0, (0.01, 0.08, 0.0)),
        Channel("Quandt Leonore", "Leonore", "Quandt", 250.0),
        Channel("Status", "TRIG", "Boolean", 250.0),
    )
    events = (
        Event(0.5, 0.0, "S  1", 1),
        Event(1.25, 0.5, "Frau Quandt hustet", 7),
        Event(2.0, 0.0, "S  1", 19611403),
    )
    return Header(
        Modality.EEG,
        250.0,
        1009,
        channels,
        events,
        datetime(2013, 5, 12, 9, 30, 11, tzinfo=UTC),
        Subject("H884120", "Quandt, Leonore", date(1961, 3, 14), 52.1, "F", "R"),
        (
            Identifier("operator", "Brunhilde Vok", "EDF header: recording"),
            Identifier("operator", "Jan", "EDF header: recording"),
            Identifier("serial", "SN-44", "EDF header: device"),
        ),
        50.0,
        "linked ears by Vok",
        "Brain Products GmbH, SN 44",
        "CapTrak",
    )


def test_nothing_of_the_person_is_left_in_the_new_header() -> None:
    released = release_header(make_header(), SAFE, PERSON).header

    text = repr(released)
    assert not any(word in text for word in ("Quandt", "Leonore", "H884120", "Vok", "SN", "1961"))
    assert released.identifiers == ()
    assert released.subject == Subject(code="007", sex="F")
    assert released.measured_at == datetime(2013, 1, 1, tzinfo=UTC)


def test_what_science_needs_stays() -> None:
    raw = make_header()

    released = release_header(raw, SAFE, PERSON).header

    assert released.channels[0] == raw.channels[0]
    assert [c.name for c in released.channels] == ["Fp1", "CH002", "Status"]
    assert (released.channels[1].kind, released.channels[1].unit) == ("MISC", "n/a")
    assert [(e.onset_s, e.duration_s, e.label, e.value) for e in released.events] == [
        (0.5, 0.0, "S  1", 1),
        (1.25, 0.5, "note", 7),
        (2.0, 0.0, "S  1", None),
    ]
    assert (released.n_times, released.sfreq_hz, released.line_hz) == (1009, 250.0, 50.0)
    assert (released.manufacturer, released.coordinate_frame) == ("Brain Products", "CapTrak")
    assert released.reference == "linked ears"


def test_the_report_of_removals_counts_by_kind_and_field_and_holds_no_value() -> None:
    result = release_header(make_header(), SAFE, PERSON)

    removed = {(r.kind, r.where): r.count for r in result.removed}
    assert removed["operator", "EDF header: recording"] == 2
    assert removed["name", "header: name of the participant"] == 1
    assert removed["label", "event labels"] == 1
    assert removed["label", "channel names"] == 1
    assert result.labels_replaced == 2
    assert "Quandt" not in repr(result)
    assert result.labels_kept == ("CH002", "Fp1", "S  1", "Status", "note")


def test_a_clean_header_loses_nothing() -> None:
    clean = replace(
        make_header(), events=(), measured_at=None, subject=Subject(), identifiers=(), reference="",
        manufacturer="", channels=make_header().channels[:1],
    )  # fmt: skip

    result = release_header(clean, SAFE, PERSON)

    assert result.removed == ()
    assert result.header == replace(clean, subject=Subject(code="007"))


def test_identifiers_of_the_whole_study_are_kept_out_of_labels() -> None:
    header = replace(make_header(), events=(Event(0.0, 0.0, "brunner", None),) * 3)
    other = forbidden_words([Identifier("name", "Brunner", "table")])

    released = release_header(header, SAFE, PERSON, forbidden=other).header

    assert {event.label for event in released.events} == {"note"}


def test_releasing_twice_changes_nothing_more() -> None:
    once = release_header(make_header(), SAFE, PERSON).header

    assert release_header(once, SAFE, PERSON).header == once


@pytest.mark.parametrize(
    ("stated", "released"),
    [("A1+A2", "A1, A2"), ("common average", "common average"), ("Dr. Roth", ""), ("", ""),
     ("Cz", "Cz"), ("LMAST", "")],
)  # fmt: skip
def test_of_a_reference_only_electrodes_stay(stated: str, released: str) -> None:
    assert release_reference(stated, ["Fp1"]) == released


def test_a_channel_of_the_recording_may_be_the_reference() -> None:
    assert release_reference("LAHC2", ["LAHC2"]) == "LAHC2"


def test_a_participant_leaves_with_what_the_policy_permits() -> None:
    raw = PlannedParticipant(
        "H884120",
        Subject("x", "Quandt", date(1921, 3, 14), 92.3, "F", "R"),
        {"Diagnosis": "epilepsy", "PLZ": "8091", "MMSE": "27", "doctor": "Roth", "BDI II": "111.5"},
    )

    released = release_participant(raw, SAFE, PERSON)

    assert (released.label, released.age, released.sex, released.hand) == ("007", "89", "F", "R")
    assert released.group == "epilepsy"
    assert released.extra == {"BDI II": "111.5", "MMSE": "27"}


@pytest.mark.parametrize("group", ["Quandt", "H884120", "12.5.1970", "a long sentence on somebody"])
def test_a_telling_group_does_not_leave(group: str) -> None:
    raw = PlannedParticipant("H884120", Subject(name="Quandt"), {"group": group})

    assert release_participant(raw, SAFE, PERSON).group == "n/a"


def test_a_group_of_one_is_left_out_unless_every_lab_says_it() -> None:
    groups = {"001": "Progeria", "002": "PD", "003": "PD", "004": "control", "005": "n/a"}
    people = {label: Participant(label, group=group) for label, group in groups.items()}

    pooled = {label: person.group for label, person in pool_groups(people).items()}

    assert pooled == groups | {"001": "n/a"}


@pytest.mark.parametrize(
    ("value", "stays"),
    [(0, True), (-3, True), (65_535, True), (65_536, False), (4_471_093, False), (48_812, False)],
)
def test_a_trigger_code_has_sixteen_bits_and_is_nobodys_number(value: int, stays: bool) -> None:
    assert is_trigger(value, {"48812"}) is stays
