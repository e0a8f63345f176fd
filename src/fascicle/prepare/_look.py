"""Look at a raw folder: recognise, read headers and tables, infer, ask."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import (
    Finding,
    Header,
    Inferred,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    ProgressHook,
    Severity,
    Source,
    Subject,
    needs_task,
)
from fascicle.errors import FascicleError, InputError
from fascicle.formats import recognise, telling_path

from ._bids_input import BidsFolder, find_unlike_bids, read_line_hz, read_rest, recognise_bids
from ._completeness import (
    find_aside,
    find_copies,
    find_disagreements,
    find_implausible,
    find_missing,
    find_table_gaps,
    find_unused,
)
from ._headers import find_damaged, read_sources
from ._identity import People
from ._infer import Inference, infer
from ._questions import find_line_hz, find_species, make_questions
from ._tables import Table, match_ids, read_subject, read_table

_MAX_TABLES = 40
_DAYS_PER_YEAR = 365.2425
_MAX_TRIED = 3
_MIN_LISTED = 0.3
_MIN_ROWS = 3
"""A table is one of participants if it lists this share of them, or so many."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, with the headers that were read on the way.

    Attributes
    ----------
    plan : Plan
        What will be done.
    headers : dict of str to Header
        By the recordings' keys.
    """

    plan: Plan
    headers: dict[str, Header] = field(default_factory=dict)


def look(
    root: Path,
    *,
    made_at: datetime,
    table: Path | None = None,
    study: str | None = None,
    on_progress: ProgressHook | None = None,
) -> Look:
    """Find out what a raw folder holds, and keep the headers that were read.

    Parameters
    ----------
    root : Path
        The raw folder; it is only read.
    made_at : datetime
        The time that the plan carries, with its zone.
    table : Path, optional
        A participants table that lies elsewhere.
    study : str, optional
        Name of the study, by which pseudonyms are kept; the folder's name by default.
    on_progress : callable, optional
        Told of every step.

    Returns
    -------
    Look
        The plan (recordings with entities, participants, questions and findings), and the
        headers by key.

    Raises
    ------
    InputError
        FSC110 if `root` is not a folder, FSC111 or FSC112 if `table` is not a table, FSC113 if
        the folder holds no neural recording, FSC114 if none can be read.

    Examples
    --------
    >>> from datetime import UTC
    >>> plan = look(Path("raw"), made_at=datetime.now(UTC)).plan  # doctest: +SKIP
    """
    given = read_table(table) if table is not None else None
    seen = recognise(root, on_progress=on_progress)
    read = read_sources(root, seen.sources, on_progress)
    good = [(s, h) for s, h in zip(seen.sources, read, strict=True) if isinstance(h, Header)]
    _require_recordings(read)
    sources, headers = [s for s, _ in good], [h for _, h in good]
    paths = [s.primary for s in sources]
    bids = recognise_bids(root, paths)
    table_paths = list(seen.tables)
    tables, unread = _read_tables(root, table_paths) if given is None else ([given], [])
    twins = {PurePosixPath(f.raw_place) for f in seen.findings if f.code == "file.duplicate"}
    told = paths if bids else _telling_paths(sources, headers)
    twins = {told[at] for at, path in enumerate(paths) if path in twins}
    chosen, found = _infer_best((told, headers, twins), tables, bids)
    recordings = _plan_recordings(sources, headers, found, bids)
    by_key = {r.key: h for r, h in zip(recordings, headers, strict=True)}
    participants, paired = _plan_participants(recordings, by_key, chosen)
    findings = [*seen.findings, *unread, *find_damaged(seen.sources, read)]
    findings += find_unused(tables, chosen)
    findings += [] if bids else find_unlike_bids(root, paths)
    findings += _find_all(recordings, by_key, (chosen, paired), made_at, is_bids=bids is not None)
    findings += find_disagreements(recordings, found.disagreements)
    words = _gather_words(paths, chosen)
    line_hz = read_line_hz(root, seen.others) if bids else find_line_hz(headers)
    plan = Plan(
        raw=str(root),
        study=study or root.resolve().name,
        made_at=made_at,
        recordings=recordings,
        participants=participants,
        questions=make_questions(
            headers,
            identity_confidence=found.people.lowest,
            doubts=found.people.doubts,
            words=words,
            line_hz=line_hz,
            n_without_task=sum(
                r.include and needs_task(r.modality) and not r.entities["task"].value
                for r in recordings
            ),
        ),
        findings=tuple(findings),
        settings=_make_settings(line_hz, words),
        identity_confidence=found.people.lowest,
        ignored=tuple(str(p) for p in seen.others),
        tables=tuple(str(p) for p in table_paths),
        bids_input=bids is not None,
    )
    return Look(plan, by_key)


def _telling_paths(sources: Sequence[Source], headers: Sequence[Header]) -> list[PurePosixPath]:
    """Return what inference may read: no channel's name for a person's, and no path twice."""
    told: list[PurePosixPath] = []
    for source, header in zip(sources, headers, strict=True):
        path = telling_path(source.primary, source.format, header)
        n = told.count(path) if path != source.primary else 0
        told.append(path.with_name(f"{path.stem}_run-{n + 1}{path.suffix}") if n else path)
    return told


def _require_recordings(read: Sequence[Header | FascicleError]) -> None:
    if not read:
        raise InputError(
            "FSC113",
            "Expected EEG, MEG, iEEG or NIRS recordings, got a folder without any.",
            "Name the folder that holds the recordings as they came off the amplifier; archives "
            "must be unpacked first.",
        )
    errors = [one for one in read if isinstance(one, FascicleError)]
    if len(errors) == len(read):
        raise InputError(
            "FSC114",
            f"Expected readable recordings, got {len(errors)} of which none can be read. "
            f"The first: [{errors[0].code}] {errors[0].problem}",
            f"{errors[0].remedy} Look whether the files were copied completely, and whether "
            "readers for their formats are installed: pip install 'fascicle[vendors]'.",
        )


def _read_tables(root: Path, paths: Sequence[PurePosixPath]) -> tuple[list[Table], list[Finding]]:
    """Read the tables that may list participants, with a finding for each that is damaged."""
    tables: list[Table] = []
    findings: list[Finding] = []
    for path in sorted(paths, key=lambda p: (len(p.parts), p))[:_MAX_TABLES]:
        try:
            found = read_table(root / path)
        except InputError as error:
            if error.code != "FSC112":  # an empty table is none, and no damage
                findings.append(_unreadable_table(path, error))
            continue
        if "id" in found.meaning:
            tables.append(found)
    return tables, findings


def _unreadable_table(path: PurePosixPath, error: InputError) -> Finding:
    return Finding(
        "table.unreadable",
        Severity.WARNING,
        "raw folder",
        error.problem,
        error.remedy,
        "look",
        raw_place=str(path),
    )


def _infer_best(
    seen: tuple[Sequence[PurePosixPath], Sequence[Header], Collection[PurePosixPath]],
    tables: Sequence[Table],
    bids: BidsFolder | None,
) -> tuple[Table | None, Inference]:
    """Infer with the table that lists most of the participants, if one lists enough of them."""
    paths, headers, twins = seen
    plain = _infer_bids(paths, bids) if bids else infer(paths, headers, duplicates=twins)
    if not tables:
        return None, plain
    people = sorted(set(plain.people.labels))
    found = [(plain, t) for t in tables]
    if not bids:
        found += [(infer(paths, headers, t, duplicates=twins), t) for t in tables[:_MAX_TRIED]]
    # A table may be what tells which part of the paths names people: each is tried both ways.
    scored = [(len(match_ids(sorted(set(f.people.labels)), t.ids)), f, t) for f, t in found]
    n_listed, best, table = max(scored, key=lambda one: one[0])
    if n_listed < max(1.0, _MIN_LISTED * len(people)) and n_listed < _MIN_ROWS:
        return None, plain
    return table, best if bids else infer(paths, headers, table, duplicates=twins)


def _infer_bids(paths: Sequence[PurePosixPath], bids: BidsFolder) -> Inference:
    """Take the names of a BIDS dataset as they are; what lies aside is left out."""
    entities = [bids.entities.get(p) or bids.aside[p] for p in paths]
    labels = [e["participant"].value for e in entities]
    people = People(labels, [1.0] * len(paths), [e["participant"].evidence for e in entities])
    out = bids.find_twins().union(bids.aside)
    return Inference(entities, {i for i, p in enumerate(paths) if p in out}, people)


def _plan_recordings(
    sources: Sequence[Source],
    headers: Sequence[Header],
    found: Inference,
    bids: BidsFolder | None,
) -> tuple[PlannedRecording, ...]:
    width = max(4, len(str(len(sources))))
    return tuple(
        _plan_recording(
            PlannedRecording(
                key=f"rec-{at + 1:0{width}d}",
                source=source,
                modality=header.modality,
                entities=found.entities[at],
                duration_s=header.duration_s,
                n_channels=len(header.channels),
                include=at not in found.copies,
                suffix=Inferred(header.suffix, header.certainty, header.evidence),
                further=header.entities,
            ),
            bids,
        )
        for at, (source, header) in enumerate(zip(sources, headers, strict=True))
    )


def _plan_recording(planned: PlannedRecording, bids: BidsFolder | None) -> PlannedRecording:
    """Take what the name says of a recording that has a place in a BIDS dataset already."""
    path = planned.source.primary
    modality = bids.find_modality(path) if bids else None
    if modality is None:
        return planned
    suffix, further = read_rest(path)
    return replace(
        planned,
        # The folder tells contacts in the brain from electrodes on the head; EDF cannot.
        modality=modality,
        bids_path=str(path),
        suffix=suffix,
        further=further,
    )


def _plan_participants(
    recordings: Sequence[PlannedRecording], headers: Mapping[str, Header], table: Table | None
) -> tuple[tuple[PlannedParticipant, ...], dict[str, str]]:
    """Gather what table and headers say about each participant; the table goes first."""
    own: dict[str, list[Header]] = {}
    for recording in recordings:
        if raw_id := recording.entities["participant"].value:  # unknown where a file lies aside
            own.setdefault(raw_id, []).append(headers[recording.key])
    paired = match_ids(sorted(own), table.ids) if table is not None else {}
    planned: list[PlannedParticipant] = []
    for raw_id in sorted(own):
        subject, columns = Subject(), dict[str, str]()
        if table is not None and raw_id in paired:
            row = next(r for r in table.rows if table.get(r, "id") == paired[raw_id])
            subject = read_subject(table, row)
            known = {table.meaning[r] for r in ("id", "name", "first_name", "sex", "age", "birth",
                                                "hand") if r in table.meaning}  # fmt: skip
            columns = {c: v for c, v in row.items() if c not in known and v}
        for header in own[raw_id]:
            subject = _fill(subject, header.subject)
        subject = _with_age(subject, own[raw_id])
        planned.append(PlannedParticipant(raw_id, subject, columns))
    return tuple(planned), paired


def _fill(subject: Subject, more: Subject) -> Subject:
    """Fill what is missing in a subject from another."""
    return replace(
        subject,
        code=subject.code or more.code,
        name=subject.name or more.name,
        birth=subject.birth or more.birth,
        age_years=subject.age_years if subject.age_years is not None else more.age_years,
        sex=subject.sex or more.sex,
        hand=subject.hand or more.hand,
    )


def _with_age(subject: Subject, headers: Sequence[Header]) -> Subject:
    """Work out the age at the first recording, where only the day of birth is known."""
    days = [header.measured_at.date() for header in headers if header.measured_at]
    if subject.age_years is not None or subject.birth is None or not days:
        return subject
    age_years = (min(days) - subject.birth).days / _DAYS_PER_YEAR
    return replace(subject, age_years=age_years) if age_years >= 0 else subject


def _find_all(
    recordings: Sequence[PlannedRecording],
    headers: Mapping[str, Header],
    listed: tuple[Table | None, Mapping[str, str]],
    made_at: datetime,
    *,
    is_bids: bool,
) -> list[Finding]:
    table, paired = listed
    kept = [r for r in recordings if r.include]
    people = sorted({r.entities["participant"].value for r in kept})
    found = find_table_gaps(table, paired, people) if table is not None else []
    found += find_missing(kept)
    files = {r.key: str(r.source.primary) for r in recordings}
    found += [replace(f, raw_place=files[f.place]) for f in find_implausible(headers, made_at)]
    left_out = [r for r in recordings if not r.include]
    found += find_aside(left_out) if is_bids else find_copies(left_out)
    return found


def _gather_words(paths: Sequence[PurePosixPath], table: Table | None) -> list[str]:
    """Words in which a species may be named."""
    words: set[str] = set()
    for path in paths:
        words.update(re.findall(r"[^\W\d_]+", " ".join(path.parts)))
    if table is not None and "species" in table.meaning:
        for row in table.rows:
            words.update(re.findall(r"[^\W\d_]+", table.get(row, "species")))
    return sorted(words)


def _make_settings(line_hz: float | None, words: Sequence[str]) -> dict[str, Any]:
    known: dict[str, Any] = {"species": find_species(words)}
    return known if line_hz is None else known | {"line_hz": line_hz}
