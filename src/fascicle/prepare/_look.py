"""Look at a raw folder: recognise, read headers and tables, infer, ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    Question,
    Severity,
    Source,
    needs_task,
)
from fascicle.errors import FascicleError, InputError
from fascicle.formats import recognise, telling_path
from fascicle.govern import is_animal
from fascicle.jobs import run_apart

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
from ._grouped import Evidence, choose_table
from ._headers import find_damaged, read_sources
from ._identity import People
from ._infer import Inference
from ._mixed import Mixed, infer_mixed
from ._people_facts import find_doubtful_species, plan_participants
from ._questions import HUMAN, ask_link, find_line_hz, find_species, make_questions
from ._roster import settle_species
from ._tables import Table, read_table
from ._words import SPECIES

_MAX_TABLES = 40


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
    link: Path | None = None,
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
    link : Path, optional
        A table with a column of identifiers for each kind of recordings.
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
        the folder holds no neural recording, FSC114 if none can be read, FSC130 if `link` names
        nobody's recordings.

    Examples
    --------
    >>> from datetime import UTC
    >>> plan = look(Path("raw"), made_at=datetime.now(UTC)).plan  # doctest: +SKIP
    """
    given = read_table(table) if table is not None else None
    linking = read_table(link) if link is not None else None
    seen = recognise(root, on_progress=on_progress, apart=run_apart)
    read = read_sources(root, seen.sources, on_progress, hdf5=seen.hdf5)
    good = [(s, h) for s, h in zip(seen.sources, read, strict=True) if isinstance(h, Header)]
    _require_recordings(read, seen.findings)
    sources, headers = [s for s, _ in good], [h for _, h in good]
    paths = [s.primary for s in sources]
    bids = recognise_bids(root, paths)
    table_paths = list(seen.tables)
    tables, unread = _read_tables(root, table_paths) if given is None else ([given], [])
    twins = {PurePosixPath(f.raw_place) for f in seen.findings if f.code == "file.duplicate"}
    told = paths if bids else _telling_paths(sources, headers)
    twins = {told[at] for at, path in enumerate(paths) if path in twins}
    seen_all = Evidence(told, [s.format for s in sources], headers, twins)
    mixed = (
        _infer_bids(paths, bids, tables) if bids else infer_mixed(seen_all, tables, link=linking)
    )
    chosen, found = mixed.table, mixed.found
    recordings = _plan_recordings(sources, headers, found, bids)
    by_key = {r.key: h for r, h in zip(recordings, headers, strict=True)}
    people, paired = plan_participants(recordings, by_key, chosen, mixed.aliases)
    people = _with_species(people, mixed.species)
    findings = [*seen.findings, *unread, *find_damaged(seen.sources, read), *mixed.findings]
    used = [t.rows for t in (chosen, *mixed.links) if t is not None]
    findings += find_unused([t for t in tables if t.rows not in used], chosen)
    findings += [] if bids else find_unlike_bids(root, paths)
    findings += _find_all(recordings, by_key, (chosen, paired), made_at, is_bids=bids is not None)
    listed = {p.raw_id: p.columns.get(chosen.meaning.get("species", ""), "") for p in people
              } if chosen is not None else {}  # fmt: skip
    findings += find_doubtful_species(people, listed)
    findings += find_disagreements(recordings, found.disagreements)
    # Words of animals in some paths say nothing of those in others: nobody is one by them.
    words = [] if mixed.species else _gather_words(paths, people)
    line_hz = read_line_hz(root, seen.others) if bids else find_line_hz(headers)
    plan = Plan(
        raw=str(root),
        study=study or root.resolve().name,
        made_at=made_at,
        recordings=recordings,
        participants=people,
        questions=_ask_all(headers, recordings, mixed, (words, line_hz)),
        findings=tuple(findings),
        settings=_make_settings(line_hz, words),
        identity_confidence=found.people.lowest,
        ignored=tuple(str(p) for p in seen.others),
        tables=tuple(str(p) for p in table_paths),
        bids_input=bids is not None,
    )
    return Look(plan, by_key)


def _ask_all(
    headers: Sequence[Header],
    recordings: Sequence[PlannedRecording],
    mixed: Mixed,
    known: tuple[Sequence[str], float | None],
) -> tuple[Question, ...]:
    """Ask what is open; who is who across kinds of recordings last."""
    words, line_hz = known
    asked = make_questions(
        headers,
        identity_confidence=mixed.found.people.lowest,
        doubts=mixed.found.people.doubts,
        words=words,
        line_hz=line_hz,
        n_without_task=sum(
            r.include and needs_task(r.modality) and not r.entities["task"].value
            for r in recordings
        ),
    )
    return (*asked, ask_link(mixed.open_groups)) if mixed.open_groups else asked


def _telling_paths(sources: Sequence[Source], headers: Sequence[Header]) -> list[PurePosixPath]:
    """Return what inference may read: no channel's name for a person's, and no path twice."""
    told: list[PurePosixPath] = []
    for source, header in zip(sources, headers, strict=True):
        n_files = len(source.files)
        path = telling_path(source.primary, source.format, header, n_files)
        n = told.count(path) if path != source.primary else 0
        told.append(path.with_name(f"{path.stem}_run-{n + 1}{path.suffix}") if n else path)
    return told


def _require_recordings(read: Sequence[Header | FascicleError], seen: Sequence[Finding]) -> None:
    """Raise if there is nothing to share: what is damaged is there all the same."""
    damaged = [one for one in seen if one.code == "file.unreadable"]
    if not read and damaged:
        raise InputError(
            "FSC114",
            f"Expected readable recordings, got {len(damaged)} of which none can be read. "
            f"The first: {damaged[0].reason}",
            damaged[0].fix,
        )
    if not read:
        raise InputError(
            "FSC113",
            "Expected recordings, images or tables of cells of a known format, got none.",
            "Name the folder that holds the files as the devices wrote them; archives must be "
            "unpacked first.",
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


def _infer_bids(paths: Sequence[PurePosixPath], bids: BidsFolder, tables: Sequence[Table]) -> Mixed:
    """Take the names of a BIDS dataset as they are; what lies aside is left out."""
    entities = [bids.entities.get(p) or bids.aside[p] for p in paths]
    labels = [e["participant"].value for e in entities]
    people = People(labels, [1.0] * len(paths), [e["participant"].evidence for e in entities])
    out = bids.find_twins().union(bids.aside)
    found = Inference(entities, {i for i, p in enumerate(paths) if p in out}, people)
    described = [table for table in tables if "id" in table.meaning]
    return Mixed(found, choose_table(sorted(set(labels)), [(labels, t) for t in described]))


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


def _with_species(
    participants: Sequence[PlannedParticipant], species: Mapping[str, str]
) -> tuple[PlannedParticipant, ...]:
    """Note who is an animal by words of the paths; who is not is left to what a person answers."""
    return tuple(
        replace(one, subject=replace(one.subject, species=found), species_from="paths")
        if (found := species.get(one.raw_id, "")) not in {"", HUMAN} and not one.subject.species
        else one
        for one in participants
    )


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


def _gather_words(
    paths: Sequence[PurePosixPath], people: Sequence[PlannedParticipant]
) -> list[str]:
    """Words in which the species of all is named.

    A table speaks for those whom it lists: its word is for all only if it lists all of them.
    """
    stated = {settle_species(one.subject.species) for one in people if one.subject.species}
    if not all(map(is_animal, stated)):
        return []
    listed = all(one.species_from == "table" for one in people)
    if people and listed and len(stated) == 1 and stated <= SPECIES.keys():
        return [SPECIES[min(stated)][0]]
    words: set[str] = set()
    for path in paths:
        words.update(re.findall(r"[^\W\d_]+", " ".join(path.parts)))
    return sorted(words)


def _make_settings(line_hz: float | None, words: Sequence[str]) -> dict[str, Any]:
    known: dict[str, Any] = {"species": find_species(words)}
    return known if line_hz is None else known | {"line_hz": line_hz}
