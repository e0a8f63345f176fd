"""The dataset in the making: units of work, what is finished, what is about all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle import __version__
from fascicle.core import (
    Family,
    Finding,
    Header,
    Identifier,
    Participant,
    PlannedRecording,
    Progress,
    ProgressHook,
    Severity,
)
from fascicle.errors import FascicleError
from fascicle.jobs import (
    Outcome,
    Workers,
    require_space,
    run_all,
    write_atomic,
)
from fascicle.prepare import (
    assign_names,
    clean_bids_folder,
    make_dataset_files,
    make_scans,
    merge_places,
    merge_sidecar,
)
from fascicle.protect import (
    Person,
    Vault,
    forbidden_words,
)
from fascicle.quality import RecordingQuality, write_derivatives

from ._bids_input import belongs_to_absent, make_bids_rules, rename_copy
from ._bids_names import plan_renames
from ._convert_one import ConvertJob, convert_one, fingerprint, unit_key
from ._free_names import free_names
from ._head_order import (
    HeadScan,
    Turn,
    choose_leader,
    find_turns,
    list_leaders,
    rank_head,
)
from ._headers import parse_header
from ._people import list_people, release_inside, release_people
from ._restore import drop_held, restore_stage, sweep_stage
from ._settle import HUMAN, Decisions
from ._timing import Timing, format_timings
from ._workers import WORTH_PROCESSES_BYTES
from ._workspace import Workspace

_DISK_FULL = "FSC707"

_SENSORS_DIFFER = (
    "electrodes.differ",
    "Expected one description of the sensors in a session, recordings have different ones; the "
    "first was kept.",
    "Give the recordings different acquisition labels in the plan if the cap was moved between "
    "them.",
)
_EVENTS_DIFFER = (
    "events.differ",
    "Expected the same events in a recording and its processed versions, got different ones; those "
    "of the first were kept, because BIDS has one table for all.",
    "Compare the events of the versions, and give them different acquisition labels in the plan if "
    "both are needed.",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One recording of the plan with its name and pseudonym."""

    recording: PlannedRecording
    content: str
    job: ConvertJob
    species: str = HUMAN
    turn: int = 0

    @property
    def raw_id(self) -> str:
        """Raw id of the participant."""
        return self.recording.entities["participant"].value

    @property
    def session(self) -> str:
        """Folder of its session in the dataset."""
        return PurePosixPath(self.job.name.folder).parent.as_posix()

    @property
    def rank(self) -> int:
        """How well it leads the other images of its session."""
        return rank_head(self.recording.modality, self.job.name.last_word)


@dataclass(slots=True)
class Staged:
    """What the stage holds.

    Attributes
    ----------
    entries : dict of str to dict
        Journal entries of the recordings in it, by path in the dataset.
    left_out : dict of str to str
        Recordings that are not in it, by key, with the reason.
    findings : list of Finding
        What was seen on the way.
    n_new : int
        Recordings converted in this run.
    people : dict of str to Participant
        By label.
    raw_ids : dict of str to str
        Raw ids by label.
    held : dict of str to dict
        Journal entries of recordings in which a person can be recognised: they are not in it.
    timings : tuple of Timing
        How the streams of each session lie on one clock.
    withheld : tuple of str
        Paths in the dataset of all recordings that were converted and do not leave.
    """

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    n_new: int = 0
    people: dict[str, Participant] = field(default_factory=dict)
    raw_ids: dict[str, str] = field(default_factory=dict)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    timings: tuple[Timing, ...] = ()
    withheld: tuple[str, ...] = ()


def plan_units(
    decisions: Decisions,
    vault: Vault,
    space: Workspace,
    *,
    identifiers: tuple[Identifier, ...],
    headers: Mapping[str, Header],
) -> list[Unit]:
    """Give every included recording its pseudonym, name and journal key.

    The vault is asked for all people at once, so that pseudonyms say nothing about their order.
    """
    plan = decisions.plan
    included = [recording for recording in plan.recordings if recording.include]
    raw_ids = sorted({recording.entities["participant"].value for recording in included})
    aliases = {p.raw_id: p.aliases for p in plan.participants if p.aliases}
    people: Mapping[str, Person] = vault.people(plan.study, raw_ids, aliases)
    renames = plan_renames(plan, people, identifiers) if plan.bids_input else None
    if renames is not None:
        # A folder that is BIDS already keeps its names, as long as they tell of nobody.
        people = renames.people
    names = assign_names(plan, {raw: person.label for raw, person in people.items()})
    root = Path(plan.raw)
    shared = find_shared_labels(included, headers, space.journal.entries().values())
    forbidden = forbidden_words(identifiers)
    units = []
    for recording in included:
        raw_id = recording.entities["participant"].value
        person, name = people[raw_id], names[recording.key]
        job = ConvertJob(
            key="",
            root=plan.raw,
            stage=str(space.stage),
            source=recording.source,
            name=renames.rename_recording(name, raw_id) if renames else name,
            person=person,
            policy=decisions.policy_of(raw_id).name,
            line_hz=decisions.line_hz,
            allow_labels=frozenset(plan.settings.get("allow_labels") or ()),
            shared_labels=shared.get(recording.key, frozenset()),
            forbidden=forbidden,
            modality=recording.modality,
            participant=release_inside(recording, decisions, person),
            compression="zstd" if plan.settings.get("compression") == "zstd" else "gzip",
            is_animal=decisions.may_show(raw_id),
            deface=_choose_deface(recording, decisions),
            mask_faces=_choose_mask(recording, decisions),
            head_points="cap" if plan.settings.get("head_points") == "cap" else "none",
        )
        try:
            content = fingerprint(root, recording.source)
        except OSError:
            content = ""
        units.append(Unit(recording, content, job, decisions.species_of(raw_id)))
    return _find_turns(_free_names(units, space), headers)


def _choose_deface(recording: PlannedRecording, decisions: Decisions) -> str:
    """Return how the recording loses its face: only images of people's heads have one to lose."""
    is_animal = decisions.may_show(recording.entities["participant"].value)
    if recording.modality.family is not Family.VOLUME or is_animal:
        return "no"
    return str(decisions.plan.settings.get("deface", "replace"))


def _choose_mask(recording: PlannedRecording, decisions: Decisions) -> str:
    """Return how faces in the recording are masked: a video of an animal stays to the last bit."""
    is_animal = decisions.may_show(recording.entities["participant"].value)
    if recording.source.format != "video" or is_animal:
        return "no"
    return str(decisions.plan.settings.get("mask_faces", "auto"))


def find_shared_labels(
    recordings: Iterable[PlannedRecording],
    headers: Mapping[str, Header],
    entries: Iterable[Mapping[str, Any]],
) -> dict[str, frozenset[str]]:
    """Return for each recording those of its event labels that somebody else's recording holds.

    What an earlier session released for other people counts as well.
    """
    labels: dict[str, frozenset[str]] = {}
    owners: dict[str, set[str]] = {}
    for entry in entries:
        for label in {event.label for event in parse_header(entry["header"]).events}:
            owners.setdefault(label, set()).add(entry["raw_id"])
    for recording in recordings:
        header = headers.get(recording.key)
        labels[recording.key] = frozenset(e.label for e in header.events) if header else frozenset()
        for label in labels[recording.key]:
            owners.setdefault(label, set()).add(recording.entities["participant"].value)
    return {
        key: frozenset(label for label in own if len(owners[label]) > 1)
        for key, own in labels.items()
    }


def _free_names(units: list[Unit], space: Workspace) -> list[Unit]:
    """Count runs on where an earlier session of the same person has the name already."""
    wanted = [(unit.job.name, unit.content) for unit in units]
    names = free_names(wanted, space.journal.entries().values())
    return [
        replace(unit, job=replace(unit.job, name=name))
        for unit, name in zip(units, names, strict=True)
    ]


def _find_turns(units: list[Unit], headers: Mapping[str, Header]) -> list[Unit]:
    """Let heads wait for those of their session that lead, and give each recording its key."""
    heads = []
    for unit in units:
        header = headers.get(unit.recording.key)
        if unit.job.deface != "no" and (header is None or header.exposes == "head"):
            heads.append(HeadScan(unit.recording.key, unit.session, unit.rank, unit.content))
    turns = find_turns(heads)
    placed = []
    for unit in units:
        turn = turns.get(unit.recording.key, Turn())
        job = replace(unit.job, led_by=turn.leaders)
        job = replace(job, key=unit_key(unit.content, job, __version__))
        placed.append(replace(unit, job=job, turn=turn.number))
    return placed


def convert_units(
    units: list[Unit], space: Workspace, *, workers: Workers, hook: ProgressHook | None
) -> Staged:
    """Convert what is not finished yet; a unit that fails is left out and reported."""
    staged = Staged()
    _drop_stale(units, space)
    restore_stage(space.journal.entries(), space)
    finished = space.journal.entries()
    done = {unit.job.key for unit in units if unit.job.key in finished}
    todo = [unit for unit in units if unit.job.key not in done]
    n_bytes = sum(unit.recording.source.n_bytes for unit in todo)
    # Converted samples may be wider than the source's (24 bits become 32-bit floats).
    require_space(space.folder, 2 * n_bytes + (64 << 20) if todo else 0)
    total, count = len(units), len(units) - len(todo)
    _report(hook, "convert", count, total, "")
    failed: dict[str, FascicleError | None] = {}
    apart = workers.is_started or (workers.n_jobs > 1 and n_bytes > WORTH_PROCESSES_BYTES)
    for unit, outcome in _convert_in_turn(todo, space, workers if apart else None):
        if outcome.value is not None:
            drop_held(outcome.value["files"], space)
            space.journal.record(unit.job.key, _make_entry(unit, outcome.value))
            staged.n_new += 1
        else:
            if outcome.error is not None and outcome.error.code == _DISK_FULL:
                raise outcome.error  # no recording is to blame: the next run goes on from here
            failed[unit.job.key] = outcome.error
        count += 1
        _report(hook, "convert", count, total, unit.job.name.stem)
    for unit in units:
        if unit.job.key in failed:
            _leave_out(staged, unit, failed[unit.job.key])
    sweep_stage(space)
    staged.entries = {
        entry["bids_path"]: entry
        for entry in sorted(space.journal.entries().values(), key=lambda e: e["bids_path"])
    }
    return staged


def _convert_in_turn(
    units: list[Unit], space: Workspace, workers: Workers | None
) -> Iterator[tuple[Unit, Outcome[dict[str, Any]]]]:
    """Convert, and yield what is done first; heads wait for those of their session that lead."""
    for turn in sorted({unit.turn for unit in units}):
        # The longest first: nobody waits in the end for one that began last.
        todo = [unit for unit in units if unit.turn == turn]
        todo.sort(key=lambda unit: -unit.recording.source.n_bytes)
        known = list(space.journal.entries().values()) if turn else []
        jobs = []
        for unit in todo:
            leaders = list_leaders(known, unit.session, space.stage) if turn else []
            jobs.append(replace(unit.job, leader=choose_leader(leaders, unit.rank)))
        for outcome in run_all(convert_one, jobs, workers=workers):
            yield todo[outcome.index], outcome


def _make_entry(unit: Unit, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the journal keeps of a finished recording."""
    return dict(value) | {
        "unit": unit.job.key,
        "content": unit.content,
        "stem": unit.job.name.stem,
        "raw_id": unit.raw_id,
        "label": unit.job.person.label,
        "recording": unit.recording.key,
        "species": unit.species,
        "is_animal": unit.job.is_animal,
    }


def _report(hook: ProgressHook | None, stage: str, done: int, total: int, what: str) -> None:
    if hook is not None:
        hook(Progress(stage, done, total, what))


def _leave_out(staged: Staged, unit: Unit, error: FascicleError | None) -> None:
    problem = error.problem if error else "Expected a result, got none."
    remedy = error.remedy if error else "Run the same command again."
    staged.left_out[unit.recording.key] = problem
    staged.findings.append(
        Finding(
            "recording.failed",
            Severity.ERROR,
            unit.recording.key,
            problem,
            remedy,
            "convert",
            raw_place=str(unit.recording.source.primary),
        )
    )


def _drop_stale(units: list[Unit], space: Workspace) -> None:
    """Forget finished recordings that this plan treats in another way now."""
    wanted = {(unit.content, unit.raw_id): unit.job.key for unit in units}
    excluded = {unit.content: unit.raw_id for unit in units}
    for key, entry in space.journal.entries().items():
        identity = (entry["content"], entry["raw_id"])
        replaced = identity in wanted and wanted[identity] != key
        moved = entry["content"] in excluded and excluded[entry["content"]] != entry["raw_id"]
        if replaced or moved:
            space.journal.forget(key)


def write_about_all(
    staged: Staged, decisions: Decisions, people: Mapping[str, Person], space: Workspace
) -> None:
    """Write what is about more than one recording: tables, shared sidecars, derivatives."""
    files: dict[str, bytes] = {}
    for entry in staged.entries.values():
        for path, text in sorted(entry["shared"].items()):
            _add_shared(files, path, text.encode("utf-8"), staged)
    times = {path: _moment(entry) for path, entry in staged.entries.items()}
    files |= make_scans(times)
    staged.people = release_people(staged.entries, decisions, people, space)
    staged.raw_ids = list_people(staged.entries)
    files |= make_dataset_files(decisions.about, staged.people.values(), staged.entries)
    if decisions.plan.bids_input:
        files |= _cleaned_input(staged, decisions, people, space)
    for path, content in sorted(files.items()):
        target = space.stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    qualities: dict[str | PurePosixPath, RecordingQuality] = {
        path: RecordingQuality.from_dict(entry["quality"]) for path, entry in staged.entries.items()
    }
    write_derivatives(space.stage, qualities)
    for path, text in format_timings(staged.timings).items():
        write_atomic(space.stage / path, text)


def _moment(entry: Mapping[str, Any]) -> datetime | None:
    return parse_header(entry["header"]).measured_at


def _add_shared(files: dict[str, bytes], path: str, content: bytes, staged: Staged) -> None:
    """Join what several recordings say of the same; keep the first where they differ."""
    joined = merge_places(path, files.setdefault(path, content), content)
    if joined is not None:
        files[path] = joined
    else:
        words = _EVENTS_DIFFER if path.endswith("_events.tsv") else _SENSORS_DIFFER
        code, reason, fix = words
        staged.findings.append(Finding(code, Severity.WARNING, path, reason, fix, "convert"))


def _cleaned_input(
    staged: Staged,
    decisions: Decisions,
    people: Mapping[str, Person],
    space: Workspace,
) -> dict[str, bytes]:
    """Take over the tables and sidecars of a folder that was BIDS already."""
    rules = make_bids_rules(decisions, people, space)
    recordings = {file for r in decisions.plan.recordings for file in r.source.files}
    kept_people = set(list_people(staged.entries).values())
    copy = clean_bids_folder(Path(decisions.plan.raw), recordings, kept_people, rules)
    renames = plan_renames(decisions.plan, people, space.read_identifiers())
    copy = rename_copy(copy, renames)
    staged.findings.extend((*copy.findings, *renames.findings()))
    kept: dict[str, bytes] = {}
    for path, content in copy.files.items():
        if belongs_to_absent(path, staged.entries):
            continue
        if path.endswith(("_events.tsv", "_events.json")):
            # MNE-BIDS writes one for each way of processing, for which BIDS has no name.
            _add_shared(kept, re.sub("_proc-[A-Za-z0-9]+", "", path), content, staged)
            continue
        generated = space.stage / path
        about_recording = path.endswith(tuple(f"_{m}.json" for m in ("eeg", "meg", "ieeg", "nirs")))
        if about_recording and generated.is_file():
            channels = copy.files.get(f"{path.rpartition('_')[0]}_channels.tsv", b"")
            kept[path] = merge_sidecar(generated.read_bytes(), content, channels)
        else:
            kept[path] = content
    return kept
