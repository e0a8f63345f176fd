"""Say in the sidecars which map of the field corrects which run, over all of a session."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fascicle.core import Family, Finding, Modality, Severity, say_count
from fascicle.formats import open_volume_file
from fascicle.jobs import write_atomic
from fascicle.prepare import (
    MAPS_SETTING,
    NO_MAP,
    FieldMapLinks,
    Grid,
    Scan,
    format_json,
    link_calibrations,
    link_field_maps,
    make_link_fields,
    read_map_answers,
    recall_scans,
)

from ._settle import Decisions
from ._stage import Staged, Unit
from ._workspace import Workspace

_FIELDS: Final = ("B0FieldIdentifier", "B0FieldSource", "IntendedFor")
_SHOWN: Final = 5


def write_field_map_links(
    staged: Staged, decisions: Decisions, units: Sequence[Unit], space: Workspace
) -> None:
    """Link the maps of each session with their runs; ask where it is not sure.

    Only what is in the dataset is linked: a held or failed scan is named nowhere. The fields are
    written anew each time, so that another session, or another run, leaves the same bytes.

    Parameters
    ----------
    staged : Staged
        What is in the stage; findings are added.
    decisions : Decisions
        With the answers of a person under the setting `MAPS_SETTING`.
    units : sequence of Unit
        The recordings of the plan.
    space : Workspace
        Where the sidecars lie.

    Raises
    ------
    PlanError
        FSC303 if an answer names a recording that the plan does not have.
    """
    _keep_answers(staged, decisions, units, space)
    sessions: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for path, entry in staged.entries.items():
        if Modality(entry["header"]["modality"]).family is Family.VOLUME:
            sessions[PurePosixPath(path).parent.parent.as_posix()][path] = entry
    certainties: dict[str, float] = {}
    for folder, entries in sorted(sessions.items()):
        scans = _recall_session(entries, space.stage)
        found = link_field_maps(scans, PurePosixPath(folder).name.partition("ses-")[2])
        fields, own = make_link_fields(found), link_calibrations(scans)
        for path in entries:
            about = {**fields.get(path, {}), **own.get(path, {})}
            _write_fields(space.stage / _sidecar(path), about)
        certainties |= {link.target: link.certainty for link in found.links}
        staged.findings.extend(_describe_session(folder, found, entries))
    if certainties:
        staged.findings.append(_describe_links(list(certainties.values())))


def _keep_answers(
    staged: Staged, decisions: Decisions, units: Sequence[Unit], space: Workspace
) -> None:
    """Keep in the journal which map a person chose: a later session comes without this plan."""
    by_key = {unit.recording.key: unit for unit in units}
    answers = read_map_answers(decisions.plan)
    entries = {(e["content"], e["raw_id"]): e for e in staged.entries.values()}
    for unit in units:
        entry = entries.get((unit.content, unit.raw_id))
        if entry is None or "scan" not in entry:
            continue
        chosen = answers.get(unit.recording.key)
        wanted = None if chosen is None else [by_key[k].content for k in chosen if k in by_key]
        if entry["scan"].get("answer") != wanted:
            entry["scan"]["answer"] = wanted
            space.journal.record(unit.job.key, entry)


def _recall_session(entries: Mapping[str, Mapping[str, Any]], stage: Path) -> tuple[Scan, ...]:
    """Return the scans of one session; where nothing is to be linked, nothing is read."""
    if not any("/fmap/" in path or "_m0scan." in path for path in entries):
        return ()
    by_content = {entry["content"]: path for path, entry in entries.items()}
    evidence = {}
    for path, entry in entries.items():
        own = dict(entry.get("scan", {}))
        if own.get("answer") is not None:
            own["answer"] = [by_content[one] for one in own["answer"] if one in by_content]
        evidence[path] = own
    grids = {path: grid for path in entries if (grid := _read_grid(stage / path)) is not None}
    return recall_scans(evidence, grids)


def _read_grid(path: Path) -> Grid | None:
    """Return where a written image lies; None if it does not say so."""
    image = open_volume_file(path)
    if not image.is_placed:
        return None
    n_x, n_y, n_z = image.shape[:3]
    rows = image.affine[:3].tolist()
    return Grid((n_x, n_y, n_z), tuple(tuple(row) for row in rows))


def _sidecar(path: str) -> str:
    return f"{path.partition('.')[0]}.json"


def _write_fields(path: Path, fields: Mapping[str, object]) -> None:
    """Put the links into a sidecar, in the place of earlier ones."""
    before = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    about = {name: value for name, value in before.items() if name not in _FIELDS}
    about |= fields
    if about != before:
        write_atomic(path, format_json(about))


def _describe_links(certainties: Sequence[float]) -> Finding:
    return Finding(
        "field-map.linked",
        Severity.NOTE,
        "dataset",
        f"{say_count(len(certainties), 'run')} of MRI were linked with the map of the field that "
        f"was measured for them; the least certain link is {min(certainties):.0%} sure.",
        "Look at the links if you know the protocol; correct one under the setting "
        f"{MAPS_SETTING} of the plan.",
        "convert",
    )


def _describe_session(
    folder: str, found: FieldMapLinks, entries: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Ask where no map is sure enough, and tell of maps from which nothing can be computed."""
    if found.unsure:
        link = found.unsure[0]
        run = entries[link.target]["recording"]
        one = entries[link.field_map.scans[0].path]["recording"]
        yield Finding(
            "field-map.unsure",
            Severity.WARNING,
            folder,
            "Expected to know the map of the field for each run, got "
            f"{say_count(len(found.unsure), 'run')} for which it is not sure "
            f"({_name_some([link.target for link in found.unsure])}): {link.evidence}. Nothing "
            "was written for them.",
            f'Write into the plan, under settings: {MAPS_SETTING}: {{"{run}": "{one}"}} (the key '
            f'of a run, and of its map or "{NO_MAP}"), and share again with --plan.',
            "convert",
        )
    if found.useless:
        paths = [scan.path for group in found.useless for scan in group.scans]
        yield Finding(
            "field-map.incomplete",
            Severity.WARNING,
            folder,
            "Expected all images that a map of the field is computed from, got only a part of "
            f"them ({_name_some(paths)}): no run was linked with it.",
            "Look whether an image was left out or held back; a map of one direction needs a run "
            "of the opposite one.",
            "convert",
        )


def _name_some(paths: Sequence[str]) -> str:
    """Return the names of files, or of the first of many."""
    names = [PurePosixPath(path).name for path in paths[:_SHOWN]]
    more = [f"{len(paths) - _SHOWN} more"] if len(paths) > _SHOWN else []
    return ", ".join([*names, *more])
