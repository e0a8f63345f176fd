"""Nouns survive the way into the tables and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import Consent, Dataset, Tier
from fascicle.store._records import (
    consent_record,
    dataset_record,
    parse_activity,
    parse_consent_record,
    parse_dataset,
)

WORDS = st.lists(st.text(max_size=12), max_size=3).map(tuple)


@given(
    st.builds(
        Dataset,
        id=st.text(min_size=1),
        name=st.text(),
        tier=st.sampled_from(Tier),
        authors=WORDS,
        keywords=WORDS,
        species=WORDS,
        ages_years=st.sampled_from([(), (18.5, 44.0)]),
        sexes=st.dictionaries(st.sampled_from("FMO"), st.integers(0, 99)),
    )
)
def test_a_dataset_comes_back_as_it_was(dataset: Dataset) -> None:
    assert parse_dataset(json.loads(json.dumps(dataset_record(dataset)))) == dataset


@given(
    st.builds(
        Consent,
        duo=WORDS,
        ai_training=st.booleans(),
        commercial=st.booleans(),
        since=st.none() | st.dates(date(1990, 1, 1)),
        withdrawn=st.none() | st.dates(date(1990, 1, 1)),
        form=st.text(max_size=9),
    )
)
def test_a_consent_comes_back_as_it_was(consent: Consent) -> None:
    assert parse_consent_record(json.loads(json.dumps(consent_record(consent)))) == consent


def test_an_activity_keeps_its_zone() -> None:
    record = {
        "name": "convert",
        "tool": "fascicle",
        "version": "1",
        "agent": "ada",
        "parameters": {},
        "started_at": "2026-03-01T12:00:00+00:00",
        "ended_at": "2026-03-01T13:30:00+01:00",
        "inputs": ["rec-1"],
        "outputs": [],
    }

    activity = parse_activity(record)

    assert activity.started_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (activity.ended_at - activity.started_at).total_seconds() == 1800
    assert (activity.inputs, activity.outputs) == (("rec-1",), ())
