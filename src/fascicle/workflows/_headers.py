"""Released headers as JSON, so that a finished recording need not be read again for the report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fascicle.core import Channel, Event, Header, Modality, Subject


def format_header(header: Header) -> dict[str, Any]:
    """Return a released header as JSON values; identifiers and birth are not in it by then."""
    return {
        "modality": header.modality.value,
        "sfreq_hz": header.sfreq_hz,
        "n_times": header.n_times,
        "channels": [list(asdict(channel).values()) for channel in header.channels],
        "events": [list(asdict(event).values()) for event in header.events],
        "measured_at": header.measured_at.isoformat() if header.measured_at else None,
        "code": header.subject.code,
        "sex": header.subject.sex,
        "age_years": header.subject.age_years,
        "species": header.subject.species,
        "line_hz": header.line_hz,
        "reference": header.reference,
        "manufacturer": header.manufacturer,
        "coordinate_frame": header.coordinate_frame,
        "is_continuous": header.is_continuous,
        "suffix": header.suffix,
        "entities": [list(pair) for pair in header.entities],
        "shape": list(header.shape),
        "metadata": dict(header.metadata),
        "exposes": header.exposes,
    }


def parse_header(values: dict[str, Any]) -> Header:
    """Return the header that `format_header` wrote."""
    moment = values["measured_at"]
    return Header(
        modality=Modality(values["modality"]),
        sfreq_hz=values["sfreq_hz"],
        n_times=values["n_times"],
        channels=tuple(
            Channel(name, kind, unit, sfreq_hz, low_hz, high_hz, tuple(place) if place else None)
            for name, kind, unit, sfreq_hz, low_hz, high_hz, place in values["channels"]
        ),
        events=tuple(Event(*row) for row in values["events"]),
        measured_at=datetime.fromisoformat(moment) if moment else None,
        subject=Subject(
            code=values["code"],
            sex=values["sex"],
            age_years=values["age_years"],
            species=values["species"],
        ),
        line_hz=values["line_hz"],
        reference=values["reference"],
        manufacturer=values["manufacturer"],
        coordinate_frame=values["coordinate_frame"],
        is_continuous=values["is_continuous"],
        suffix=values["suffix"],
        entities=tuple((key, value) for key, value in values["entities"]),
        shape=tuple(values["shape"]),
        metadata=values["metadata"],
        exposes=values["exposes"],
    )
