import json
from datetime import UTC, datetime

from fascicle.core import Channel, Event, Header, Modality, Subject
from fascicle.workflows._headers import format_header, parse_header


def test_a_released_header_survives_the_journal():
    header = Header(
        Modality.IEEG,
        512.5,
        1009,
        (
            Channel("LA1", "SEEG", "uV", 512.5, 0.1, None, (0.1, 0.2, 0.3)),
            Channel("X", "MISC", "V", 64.0),
        ),
        events=(Event(1.5, 0.0, "S  1", 1), Event(2.0, 0.5, "note")),
        measured_at=datetime(2019, 1, 1, tzinfo=UTC),
        subject=Subject(code="001", sex="F"),
        line_hz=60.0,
        reference="Cz",
        manufacturer="BioSemi",
        coordinate_frame="Other",
        is_continuous=False,
    )

    assert parse_header(json.loads(json.dumps(format_header(header)))) == header
