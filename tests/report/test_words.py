from dataclasses import replace

import pytest

from fascicle.core import Finding, Severity
from fascicle.report import Outcome
from fascicle.report._words import say_bytes, say_duration, say_participants, summarise


def test_the_summary_is_the_sentence_that_a_reader_needs(story):
    assert summarise(story) == (
        "6 recordings of 3 people became a valid BIDS dataset; none of the 214 identifying values "
        "that were searched for was found in it; it is not published because consent is missing."
    )


def test_a_refused_run_says_that_nothing_left(story):
    hit = Finding(
        "scan.hit", Severity.ERROR, "participants.tsv", "A name stands there.", "Remove it."
    )
    refused = replace(
        story, outcome=Outcome.REFUSED, why_held="the proof failed",
        proof=replace(story.proof, findings=(hit,)),
    )  # fmt: skip

    assert "1 place in it may still identify someone" in summarise(refused)
    said = summarise(refused)
    assert said.endswith("refused because the proof failed, and nothing was passed on.")


def test_a_page_that_is_written_before_publishing_claims_neither_seal_nor_release(story):
    said = summarise(replace(story, outcome=Outcome.READY))

    assert said.endswith("; nothing stood against publishing it when this page was written.")


def test_what_was_too_short_to_search_for_is_not_counted_as_searched(story):
    searched = {"name": 2, "too short": 5}

    assert "none of the 2 identifying values" in summarise(
        replace(story, proof=replace(story.proof, searched=searched))
    )


def test_nothing_is_claimed_that_was_not_done(story):
    words = summarise(replace(story, proof=None, n_bids_errors=None))

    assert "has not checked" in words
    assert "was not searched" in words


@pytest.mark.parametrize(
    ("species", "words"),
    [((), "3 people"), (("Homo sapiens",), "3 people"), (("Mus musculus",), "3 animals"),
     (("Homo sapiens", "Mus musculus"), "3 participants")],
)  # fmt: skip
def test_people_are_people_and_animals_are_animals(story, species, words):
    dataset = replace(story.dataset, species=species)

    assert say_participants(replace(story, dataset=dataset)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.96, "1 min"),
        (60, "1 min"),
        (3599.6, "1 h"),
        (7200, "2 h"),
        (86_460, "24 h 1 min"),
    ],
)
def test_durations_turn_over_cleanly(seconds, words):
    assert say_duration(seconds) == words


@pytest.mark.parametrize(
    ("n_bytes", "words"), [(0, "0 B"), (999_499, "999 kB"), (999_600, "1.0 MB"), (3e15, "3000 TB")]
)
def test_sizes_turn_over_cleanly(n_bytes, words):
    assert say_bytes(int(n_bytes)) == words
