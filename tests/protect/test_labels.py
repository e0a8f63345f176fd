"""Which labels stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import Identifier
from fascicle.protect import (
    forbidden_words,
    release_channel_names,
    release_labels,
    release_phrase,
)
from fascicle.protect._labels import NEUTRAL_LABEL, holds_identifier

KNOWN_CHANNELS = [
    "Fp1", "AFp3h", "TPP10h", "Cz", "FCz", "P10", "EEG Fpz-Cz", "C3-M2", "Fp1-REF", "MEG 0113",
    "MLC11-2908", "LA1", "LAHC2", "A'12", "GRID17", "EOG hor", "ECG", "EMG1", "STI 014",
    "Status", "S12_D10 850", "S1-D2 hbo", "EXG3", "E128", "Resp oro-nasal", "Temp rectal", "SaO2",
    "Ch7",
    "Fc5.",
]  # fmt: skip
KNOWN_EVENTS = [
    "S  1", "Stimulus/S 10", "T0", "DIN1", "boundary", "BAD_muscle", "BAD boundary",
    "EDGE boundary", "255", "-3", "eyes open", "eyes closed", "Sleep stage W", "Sleep stage R",
    "N2", "REM",
    "REST",    "auditory/left", "Comment", "Response/R  2", "left hand", "seizure onset",
    "Lights off",
]  # fmt: skip
TELLING = [
    "Frau Meier hustet", "Anna spricht", "12.05.2013", "born 1970-12-05", "tel 044 255 11 11",
    "see patient 88412", "a@b.ch", "C:\\Users\\doe", "/home/doe", "Dr. Roth", "PatId 7712034",
]  # fmt: skip


@pytest.mark.parametrize("name", KNOWN_CHANNELS)
def test_known_channel_names_stay(name: str) -> None:
    assert release_channel_names([name]) == (name,)


@pytest.mark.parametrize(
    "name",
    ["Meier Anna", "Wolfgang", "", " Cz", "x" * 17, "a\x00b", "12.5.70", "88412093", *TELLING],
)
def test_other_channel_names_are_replaced(name: str) -> None:
    assert release_channel_names(["Cz", name]) == ("Cz", "CH002")


@given(
    st.lists(st.sampled_from(["Cz", "Fp1", "Meier", "CH002", "CH003", "CH002x", ""]), max_size=9)
)
def test_channel_names_stay_unique_and_in_order(names: list[str]) -> None:
    released = release_channel_names(names)

    assert len(released) == len(names)
    assert len(set(released)) == len(names)
    assert not any("Meier" in name for name in released)


def test_a_known_shape_that_is_somebodys_name_is_replaced() -> None:
    forbidden = forbidden_words([Identifier("name", "Lahc", "header")])

    assert release_channel_names(["LAHC2", "Cz"], forbidden) == ("CH001", "Cz")


def test_a_numbered_code_does_not_forbid_electrodes() -> None:
    forbidden = forbidden_words([Identifier("id", "P10", "raw id")])

    assert release_channel_names(["P10"], forbidden) == ("P10",)


@pytest.mark.parametrize("label", KNOWN_EVENTS)
def test_triggers_and_words_of_tasks_stay(label: str) -> None:
    assert release_labels([label]) == {label: label}


@pytest.mark.parametrize("label", TELLING)
def test_telling_labels_become_neutral_even_if_they_repeat(label: str) -> None:
    assert release_labels([label] * 7) == {label: "note"}


def test_an_unknown_label_stays_where_it_repeats_and_several_people_share_it() -> None:
    released = release_labels(["quokka"] * 3 + ["zebra"], shared={"quokka", "zebra"})

    assert released == {"quokka": "quokka", "zebra": "note"}


def test_a_name_that_is_a_stimulus_of_one_person_goes_however_often_it_repeats() -> None:
    assert release_labels(["Okonkwo"] * 99) == {"Okonkwo": "note"}


@pytest.mark.parametrize("label", ["Adaeze/Obi", "BAD_Okonkwo", "12 May", "May 12", "23.11."])
def test_a_name_or_a_day_in_the_shape_of_a_trigger_goes(label: str) -> None:
    assert release_labels([label] * 9, shared=() if "O" in label else {label}) == {label: "note"}


@pytest.mark.parametrize("label", ["2 decided", "run 2 marker", "BAD_ACQ_SKIP", "DIN 1", "MAR12"])
def test_what_only_looks_like_a_name_or_a_day_stays(label: str) -> None:
    assert release_labels([label] * 3, shared={label}) == {label: label}


def test_prose_does_not_stay_however_often_it_repeats() -> None:
    label = "subject coughs and moves"

    assert release_labels([label] * 9) == {label: "note"}


def test_a_label_that_a_person_allows_stays() -> None:
    assert release_labels(["zebra crossing here"], allow_labels={"zebra crossing here"}) == {
        "zebra crossing here": "zebra crossing here"
    }


def test_a_segment_loses_its_moment() -> None:
    label = "New Segment/20130512093011"

    assert release_labels([label])[label] == "New Segment/"


def test_a_label_with_an_identifier_goes_even_inside_a_word() -> None:
    forbidden = forbidden_words([Identifier("name", "Quandt, Leonore", "header")])

    assert release_labels(["leonorequandt3"] * 5, forbidden) == {"leonorequandt3": "note"}


@pytest.mark.parametrize(
    ("name", "label", "released"),
    [
        ("Hand, Anneliese", "Hand", "note"),
        ("Curry_Okonkwo", "Curry", "note"),
        ("Hand, Anneliese", "foot", "foot"),
        ("Patient Okonkwo", "patient", "patient"),
        ("right hand", "right hand", "right hand"),
    ],
)
def test_a_name_that_is_a_word_of_the_lab_is_no_label(name: str, label: str, released: str) -> None:
    forbidden = forbidden_words([Identifier("name", name, "header")])

    assert release_labels([label] * 3, forbidden)[label] == released


@pytest.mark.parametrize(
    "text",
    ["Cz", "placed on FCz", "linked mastoids", "based on the extended 10/20 system", "HP filter",
     "Brain Products", "cutoff (Hz)", "sintered Ag/AgCl", "n/a", "actiCAP", "NeuroMagSensor"],
)  # fmt: skip
def test_a_setting_stays(text: str) -> None:
    assert release_phrase(text) == text


@pytest.mark.parametrize(
    "text",
    ["annemarie was tired", "okonkwo", "cap of Obuya", "Cz, see patient 88412", "12.05.2013",
     "M1970", "cap of Mm1962"],
)  # fmt: skip
def test_a_setting_with_a_word_that_nobody_knows_goes(text: str) -> None:
    assert release_phrase(text) == ""


def test_words_of_remarks_do_not_forbid_ordinary_language() -> None:
    assert "coughs" not in forbidden_words([Identifier("text", "Lydia coughs", "header")])
    assert "lydia" in forbidden_words([Identifier("text", "Lydia coughs", "header")])


@pytest.mark.parametrize("label", ["PAT11", "pat 11", "PAT-11", "Pat11 rest"])
def test_a_persons_number_is_no_label(label: str) -> None:
    forbidden = forbidden_words([Identifier("id", "PAT11", "raw id")])

    assert release_labels([label] * 5, forbidden, shared={label}) == {label: NEUTRAL_LABEL}


def test_electrodes_and_triggers_keep_names_that_codes_have() -> None:
    forbidden = forbidden_words(
        Identifier("id", code, "raw id") for code in ("S07", "P10", "EEG001", "PAT11")
    )

    assert release_channel_names(["P10", "EEG001", "PAT1"], forbidden) == ("P10", "EEG001", "PAT1")
    assert release_labels(["S07", "S 11"], forbidden) == {"S07": "S07", "S 11": "S 11"}


@pytest.mark.parametrize(
    "text",
    ["run 19700412", "run19700412", "P 4711", "run47110", "session017612", "session 0176123456",
     "session0176123456", "session 0176 1234 56", "stim 47110"],
)  # fmt: skip
def test_a_known_word_takes_no_number_of_a_person_along(text):
    assert release_labels([text]) == {text: "note"}
    assert release_channel_names([text]) == ("CH001",)
    assert release_phrase(text) == ""


@pytest.mark.parametrize("text", ["run 12", "block 3", "stim 100", "run12", "trial 1004"])
def test_a_known_word_keeps_its_count(text):
    assert release_labels([text]) == {text: text}


@given(
    st.text("ab1_ ", max_size=24),
    st.lists(st.text("ab1", min_size=1, max_size=12), max_size=5),
)
def test_among_many_forbidden_words_the_same_are_found_as_among_few(
    text: str, words: list[str]
) -> None:
    others = {f"zzzzzz{n}" for n in range(1000)}

    assert holds_identifier(text, others.union(words)) == holds_identifier(text, words)


def test_a_long_word_is_found_within_another_among_many() -> None:
    many = frozenset({f"surname{n}x" for n in range(100_000)} | {"wiesengrund"})

    assert holds_identifier("vonWiesengrund2", many)
    assert not holds_identifier("Wiesengrun", many)
    assert holds_identifier("xsurname77x", many)
