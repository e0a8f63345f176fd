"""Nouns as JSON and back, in the one form in which the tables keep them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from fascicle.core import Activity, Consent, Dataset, Tier


def dataset_record(dataset: Dataset) -> dict[str, Any]:
    """Return a dataset as JSON values."""
    return asdict(dataset) | {"tier": dataset.tier.value}


def parse_dataset(record: dict[str, Any]) -> Dataset:
    """Return the dataset that `dataset_record` wrote.

    Examples
    --------
    >>> dataset = Dataset("ds-1", "Rest", tasks=("rest",), ages_years=(20.0, 31.5))
    >>> parse_dataset(dataset_record(dataset)) == dataset
    True
    """
    lists = ("authors", "keywords", "species", "tasks", "modalities", "ages_years")
    tuples = {name: tuple(record[name]) for name in lists}
    return Dataset(**(record | tuples | {"tier": Tier(record["tier"])}))


def consent_record(consent: Consent) -> dict[str, Any]:
    """Return a consent as JSON values."""
    days = {
        name: day.isoformat() if (day := getattr(consent, name)) else None
        for name in ("since", "withdrawn")
    }
    return asdict(consent) | {"duo": list(consent.duo)} | days


def parse_consent_record(record: dict[str, Any]) -> Consent:
    """Return the consent that `consent_record` wrote.

    Examples
    --------
    >>> consent = Consent(("DUO:0000042",), since=date(2024, 5, 17))
    >>> parse_consent_record(consent_record(consent)) == consent
    True
    """
    days = {
        name: date.fromisoformat(record[name]) if record[name] else None
        for name in ("since", "withdrawn")
    }
    return Consent(**(record | {"duo": tuple(record["duo"])} | days))


def parse_activity(record: dict[str, Any]) -> Activity:
    """Return an activity from its JSON values; times are ISO 8601 with their zone."""
    times = {name: datetime.fromisoformat(record[name]) for name in ("started_at", "ended_at")}
    lists = {name: tuple(record[name]) for name in ("inputs", "outputs")}
    return Activity(**(record | times | lists))
