from __future__ import annotations

import pytest

from fascicle.core import Header, Modality
from fascicle.prepare._questions import ask_link, find_line_hz, find_species, make_questions

FLAGS = {"consent": "--consent", "participants": "--participants", "line_hz": "--line-hz",
         "species": "--species", "task": "--task"}  # fmt: skip


def header(line_hz: float | None = None) -> Header:
    return Header(Modality.EEG, 250.0, 1009, (), line_hz=line_hz)


def ask(headers=(), confidence=1.0, doubts=(), words=(), n_without_task=0):
    return make_questions(headers, identity_confidence=confidence, doubts=doubts, words=words,
                          n_without_task=n_without_task)  # fmt: skip


def test_a_clear_folder_is_asked_about_consent_alone() -> None:
    assert [q.id for q in ask([header(50.0)])] == ["consent"]


def test_at_most_five_questions_each_with_default_reason_and_flag() -> None:
    asked = ask([header()], 0.5, ["doubt."], ["mouse"], 3) + ask([header()], 0.5, ["doubt."])

    assert len(asked) <= 2 * 5
    assert {q.id for q in asked} == set(FLAGS)
    assert all(q.default and q.why and q.ask.endswith(("?", ".", ").")) for q in asked)
    assert all(q.flag == FLAGS[q.id] for q in asked)
    assert asked[0].id == "participants"


def test_the_default_never_grants_consent_and_never_confirms_people() -> None:
    settled = {q.id: q.settled for q in ask(confidence=0.5)}

    assert settled["consent"] == "unknown"
    assert settled["participants"] == "unsure"


@pytest.mark.parametrize(("confidence", "asks"), [(0.89, True), (0.90, False)])
def test_people_are_asked_about_below_the_confidence_for_publishing(
    confidence: float, asks: bool
) -> None:
    assert ("participants" in {q.id for q in ask(confidence=confidence)}) is asks


def test_animals_need_no_consent() -> None:
    asked = {q.id: q.default for q in ask(words=["Mouse", "raw"])}

    assert "consent" not in asked
    assert asked["species"] == "mus musculus"


def test_unknown_and_mixed_species_count_as_human() -> None:
    assert find_species([]) == find_species(["mouse", "rat"]) == "homo sapiens"


def test_the_mains_frequency_is_taken_from_headers_that_agree() -> None:
    assert find_line_hz([header(60.0), header(), header(60.0)]) == 60.0
    assert find_line_hz([header(60.0), header(50.0)]) is None


def test_who_is_who_across_kinds_is_asked_with_a_default_that_joins_nobody() -> None:
    question = ask_link(("eeg", "mri", "ephys"))

    assert (question.id, question.flag, question.settled) == ("link", "--link", "apart")
    assert "eeg, mri and ephys" in question.ask


def test_the_mains_are_not_asked_for_where_nothing_can_hum() -> None:
    headers = [Header(Modality.ANAT), Header(Modality.OMICS)]

    asked = make_questions(headers, identity_confidence=1.0, doubts=(), words=[], n_without_task=0)

    assert "line_hz" not in {question.id for question in asked}
