"""What is missing or does not fit together: people without files, files without people, gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from fascicle.core import Finding, Header, PlannedRecording, Severity

from ._tables import Table

_OLDEST_YEARS = 110.0
_FIRST_YEAR = 1950
_DESCRIBING = frozenset({"age", "birth", "sex", "hand", "name", "first_name", "group"})
_MIN_SHARE = 0.6
"""A session is expected of everybody if at least this share of participants has it."""


def find_table_gaps(
    table: Table, paired: Mapping[str, str], people: Sequence[str]
) -> list[Finding]:
    """Compare the participants table with the recordings.

    Parameters
    ----------
    table : Table
        The participants table.
    paired : mapping of str to str
        Participants of recordings, and the table's id for each that it lists.
    people : sequence of str
        Participants of recordings.

    Returns
    -------
    list of Finding
        Rows without recordings, participants without a row, columns that nobody understands.
    """
    found = [
        _finding(
            "participant.without-recording",
            "Expected recordings of every participant in the table, got none of one.",
            "Look whether files are missing, or named otherwise.",
            f"{table.name}: {one}",
        )
        for one in table.ids
        if one not in set(paired.values())
    ]
    found += [
        _finding(
            "participant.without-row",
            "Expected a row of the participants table for everyone recorded, got none for one.",
            "Add the row, or correct the participant in the plan.",
            one,
        )
        for one in people
        if one not in paired
    ]
    if table.unknown:
        found.append(
            _finding(
                "table.column-unknown",
                f"Expected columns whose meaning is known, got {len(table.unknown)} others; they "
                "are kept in the plan and leave only if you allow it.",
                "Name those that may leave in the settings of the plan.",
                f"{table.name}: {', '.join(table.unknown)}",
                Severity.NOTE,
            )
        )
    return found


def find_unused(tables: Sequence[Table], chosen: Table | None) -> list[Finding]:
    """Say which tables look as if they described participants, and were not used.

    Parameters
    ----------
    tables : sequence of Table
        All that were read.
    chosen : Table or None
        The one that lists the participants of the recordings.
    """
    return [
        _finding(
            "table.not-used",
            "Expected a table that lists the participants of the recordings, got one in which too "
            "few of them were found: nothing was taken from it.",
            "Write the participants in the table as folders or files do, or correct them in the "
            "plan.",
            table.name,
        )
        for table in tables
        if table is not chosen and "id" in table.meaning and _DESCRIBING & table.meaning.keys()
    ]


def find_missing(recordings: Sequence[PlannedRecording]) -> list[Finding]:
    """Find sessions and tasks that most participants have and one lacks, modality by modality."""
    kinds = dict.fromkeys(recording.modality for recording in recordings)
    return [
        finding
        for kind in kinds
        for finding in _find_missing([r for r in recordings if r.modality is kind])
    ]


def _find_missing(recordings: Sequence[PlannedRecording]) -> list[Finding]:
    found: list[Finding] = []
    for entity in ("session", "task"):
        having: dict[str, set[str]] = defaultdict(set)
        people: set[str] = set()
        for recording in recordings:
            person = recording.entities["participant"].value
            people.add(person)
            if value := recording.entities[entity].value:
                having[value].add(person)
        # Dates are sessions of one person each: nobody else is expected to have them.
        usual = {
            v: own for v, own in having.items() if len(own) >= max(2, _MIN_SHARE * len(people))
        }
        found += [
            _finding(
                f"{entity}.missing",
                f"Expected a {entity} that {len(own)} of {len(people)} participants have, one "
                "lacks it.",
                "Look whether files are missing; if not, nothing needs to be done.",
                f"{person}: {value}",
            )
            for value, own in sorted(usual.items())
            for person in sorted(people - own)
        ]
    return found


def find_implausible(headers: Mapping[str, Header], made_at: datetime) -> list[Finding]:
    """Find dates and ages that cannot be.

    Parameters
    ----------
    headers : mapping of str to Header
        By the recordings' keys.
    made_at : datetime
        Now, as the plan has it.

    Returns
    -------
    list of Finding
        Births after the recording, recordings before 1950 or in the future, ages over 110 years.
    """
    found: list[Finding] = []
    for key, header in headers.items():
        day = header.measured_at.date() if header.measured_at else None
        for code, wrong in _judge(day, header.subject.birth, header.subject.age_years, made_at):
            fix = "Correct the value at its source, or leave it: it is not released."
            found.append(Finding(code, Severity.WARNING, key, wrong, fix, origin="look"))
    return found


def _judge(
    day: date | None, birth: date | None, age_years: float | None, made_at: datetime
) -> list[tuple[str, str]]:
    today = made_at.date()
    wrong: list[tuple[str, str]] = []
    if day is not None and not (date(_FIRST_YEAR, 1, 1) <= day <= today):
        wrong.append(("header.date-implausible", "Expected a recording between 1950 and today, got "
                      "one outside."))  # fmt: skip
    if birth is not None and birth > (day if day and day <= today else today):
        wrong.append(("header.birth-implausible", "Expected a birth before the recording, got one "
                      "after it."))  # fmt: skip
    elif birth is not None and day is not None and day <= today:
        age_years = max(age_years or 0.0, (day - birth).days / 365.25)
    if age_years is not None and age_years > _OLDEST_YEARS:
        wrong.append(("header.age-implausible", "Expected an age of at most 110 years, got more."))
    return wrong


def find_disagreements(
    recordings: Sequence[PlannedRecording], disagreements: Mapping[int, str]
) -> list[Finding]:
    """Find recordings whose path, header and label do not agree.

    Parameters
    ----------
    recordings : sequence of PlannedRecording
        All of the plan, in its order.
    disagreements : mapping of int to str
        Positions of those whose path contradicts itself or the header, and how.

    Returns
    -------
    list of Finding
        Also those whose headers speak of several people under one label.
    """
    found: list[Finding] = []
    for at, recording in enumerate(recordings):
        where = str(recording.source.primary)
        if recording.include and at in disagreements:
            fix = "Look which is right, and correct the recording in the plan."
            found.append(_finding("path.disagrees", disagreements[at], fix, where))
        evidence = recording.entities["participant"].evidence
        if recording.include and any("contradict" in sentence for sentence in evidence):
            found.append(
                _finding(
                    "participant.contradiction",
                    "Expected one person behind one label, but headers contradict one another.",
                    "Look who was recorded, and correct the participant in the plan.",
                    where,
                )
            )
    return found


def find_copies(recordings: Sequence[PlannedRecording]) -> list[Finding]:
    """Say which recordings stay out because they are backup copies."""
    return [
        _finding(
            "file.copy",
            "Expected each recording once, got a copy with the same header under another name; it "
            "stays out.",
            "If it is a recording of its own, set its 'include' to true in the plan.",
            str(recording.source.primary),
            Severity.NOTE,
        )
        for recording in recordings
    ]


def find_aside(recordings: Sequence[PlannedRecording]) -> list[Finding]:
    """Say which recordings of a BIDS folder stay out: they lie aside, or their name is taken."""
    return [
        _finding(
            "file.same-name",
            "Expected one recording of a name, got it in several formats; the first is kept.",
            "Look which is the original, and set 'include' in the plan as you want it.",
            str(recording.source.primary),
        )
        if recording.bids_path
        else _finding(
            "file.aside",
            "Expected recordings of the BIDS dataset itself, got one in "
            f"`{recording.source.primary.parts[0]}/`; it stays out.",
            "Nothing needs to be done; what is to be shared of it, share apart.",
            str(recording.source.primary),
        )
        for recording in recordings
    ]


def _finding(
    code: str, reason: str, fix: str, raw_place: str, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(code, severity, "raw folder", reason, fix, origin="look", raw_place=raw_place)
