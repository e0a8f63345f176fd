"""Which labels of a BIDS folder tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import Identifier, Inferred, Modality, Plan, PlannedRecording, Source
from fascicle.protect import BIDS_LABEL
from fascicle.protect._bids_labels import is_telling_label, settle_bids_labels


def make_plan(**values: str) -> Plan:
    source = Source("edf", (PurePosixPath("a.edf"),), 1)
    entities = {name: Inferred(value, 1.0, ()) for name, value in values.items()}
    recording = PlannedRecording("rec-1", source, Modality.EEG, entities)
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    return Plan("raw", "study", moment, recordings=(recording,), bids_input=True)


@pytest.mark.parametrize(
    "label", ["AnnaMeier", "anna", "meierAnna2", "20181123", "2018Nov23", "KlausP01"]
)
def test_first_names_and_days_tell(label: str) -> None:
    assert is_telling_label(label)


@pytest.mark.parametrize(
    "label",
    ["01", "S001", "10159", "100307", "NDARAC904DMU", "eyesOpen", "rest", "pre", "cntrl07", "P10"],
)
def test_pseudonyms_and_words_of_tasks_do_not(label: str) -> None:
    assert not is_telling_label(label)


def test_a_label_with_a_known_name_tells() -> None:
    known = Identifier("name", "Okonkwo", "table")

    settled = settle_bids_labels(make_plan(participant="01", acquisition="OkonkwoPilot"), [known])

    assert settled == (known, Identifier("id", "OkonkwoPilot", BIDS_LABEL))


def test_a_code_that_the_label_says_already_is_searched_for_no_longer() -> None:
    code, other = Identifier("id", "sub-S001", "header"), Identifier("id", "H48812", "header")

    assert settle_bids_labels(make_plan(participant="S001"), [code, other]) == (other,)


def test_a_code_that_a_telling_label_says_is_searched_for() -> None:
    code = Identifier("id", "AnnaMeier", "header")

    settled = settle_bids_labels(make_plan(participant="AnnaMeier"), [code])

    assert settled == (code, Identifier("id", "AnnaMeier", BIDS_LABEL))


def test_a_name_in_the_way_of_processing_tells() -> None:
    plan = make_plan(participant="01")
    plain, named = (
        replace(plan, recordings=(replace(plan.recordings[0], further=(("proc", label),)),))
        for label in ("sss", "byAnnaMeier")
    )

    assert settle_bids_labels(plain, []) == ()
    assert settle_bids_labels(named, []) == (Identifier("id", "byAnnaMeier", BIDS_LABEL),)
