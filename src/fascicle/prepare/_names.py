"""BIDS names: unique, alphanumeric, and without a word that identifies anybody."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fascicle.core import Family, Plan, PlannedRecording, join_bids_name, needs_task
from fascicle.errors import PlanError

from ._words import TASKS, VOCABULARY, fold

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?|\d{6}|\d{8}|(19|20)\d\d")
_TASKS = frozenset({
    *((fold(word),) for word in TASKS),
    *(words for words, (role, _) in VOCABULARY.items() if role == "task"),
})
_COUNTED = frozenset({"echo", "inv", "flip", "split", "run"})
"""Entities whose value is a number that counts, never one that a scanner or a person gave."""
_MIN_TOKEN = 2
_MIN_LONG = 4


@dataclass(frozen=True, slots=True)
class BidsName:
    """The entities of one BIDS file name; empty where an entity is left out.

    Attributes
    ----------
    subject, session, task, acquisition, run : str
        Labels without their keys: ``"01"``, not ``"sub-01"``.
    datatype : str
        Name of the folder: ``"eeg"``, ``"anat"``.
    further : tuple of (str, str)
        Other entities, by their BIDS keys: ``(("proc", "sss"),)``.
    suffix : str
        Last word of the name, where it is not the datatype: ``"T1w"``.

    Examples
    --------
    >>> BidsName("01", "", "rest", "", "2", "eeg").stem
    'sub-01_task-rest_run-2'
    >>> BidsName("01", "", "rest", "", "02", "meg", (("proc", "sss"),)).stem
    'sub-01_task-rest_run-02_proc-sss'
    """

    subject: str
    session: str
    task: str
    acquisition: str
    run: str
    datatype: str
    further: tuple[tuple[str, str], ...] = ()
    suffix: str = ""

    @property
    def stem(self) -> str:
        """The name without suffix, as ``sub-01_ses-1_task-rest``."""
        own = {"sub": self.subject, "ses": self.session, "task": self.task,
               "acq": self.acquisition, "run": self.run}  # fmt: skip
        return join_bids_name(dict(self.further) | own)

    @property
    def last_word(self) -> str:
        """The suffix: its own, or the datatype."""
        return self.suffix or self.datatype

    def without(self, *keys: str) -> BidsName:
        """Return the name without some of its further entities."""
        return replace(self, further=tuple(pair for pair in self.further if pair[0] not in keys))

    @property
    def folder(self) -> str:
        """The folder inside the dataset, as ``sub-01/ses-1/eeg``."""
        session = f"ses-{self.session}/" if self.session else ""
        return f"sub-{self.subject}/{session}{self.datatype}"


def assign_names(plan: Plan, labels: Mapping[str, str]) -> dict[str, BidsName]:
    """Give every included recording of a plan its BIDS name.

    Sessions whose raw value is a date are numbered in their order, because dates identify. So is
    any session, task or acquisition that has a participant's raw id or a piece of it. Recordings
    that would have equal names are numbered as runs, in the order of the plan.

    Parameters
    ----------
    plan : Plan
        What was found.
    labels : mapping of str to str
        BIDS label (alphanumeric) for each participant's raw id.

    Returns
    -------
    dict of str to BidsName
        By the recordings' keys; no two are equal.

    Raises
    ------
    PlanError
        If a participant has no label, or two have the same one.
    """
    recordings = [r for r in plan.recordings if r.include]
    _require_labels(recordings, labels)
    private = _Private(plan)
    task = _alnum(_answer(plan, "task")) or "unnamed"
    sessions = _name_sessions(recordings, private)
    drafts: dict[str, BidsName] = {}
    for recording in recordings:
        values = {name: one.value for name, one in recording.entities.items()}
        if plan.bids_input and recording.bids_path:
            drafts[recording.key] = _keep_name(recording, labels)
            continue
        own_task = _camel(values.get("task", ""))
        drafts[recording.key] = BidsName(
            subject=labels[values["participant"]],
            session=sessions[recording.key],
            task=_settle_task(recording, own_task, task, private),
            acquisition="" if private.tells(values.get("acquisition", ""))
            else _alnum(values.get("acquisition", "")),
            run=_number(values.get("run", "")),
            datatype=recording.modality.value,
            further=_release_further(recording.further, private),
            suffix=_own_suffix(recording),
        )  # fmt: skip
    return _number_runs(drafts)


def _release_further(
    further: tuple[tuple[str, str], ...], private: _Private
) -> tuple[tuple[str, str], ...]:
    """Return further entities without those that a file's header or name filled with somebody."""
    return tuple(
        (key, value)
        for key, value in further
        if (
            re.fullmatch(r"\d{1,3}", value)
            if key in _COUNTED
            else re.fullmatch(r"[A-Za-z0-9]{1,24}", value) and not private.tells(value)
        )
    )


def _settle_task(recording: PlannedRecording, own: str, common: str, private: _Private) -> str:
    """Return the task of a name: its own unless that tells of somebody; none where none belongs."""
    if not needs_task(recording.modality):
        return ""
    if recording.modality.family is Family.NEURODATA and tuple(fold(own).split()) not in _TASKS:
        return common  # folders of a rig name devices and animals, seldom what was done
    return own if own and not private.tells(recording.entities["task"].value) else common


def _keep_name(recording: PlannedRecording, labels: Mapping[str, str]) -> BidsName:
    """Return the name that a recording of a BIDS dataset has already."""
    values = {name: one.value for name, one in recording.entities.items()}
    return BidsName(
        labels[values["participant"]],
        values["session"],
        values["task"],
        values["acquisition"],
        values["run"],
        recording.modality.value,
        recording.further,
        _own_suffix(recording),
    )


def _own_suffix(recording: PlannedRecording) -> str:
    suffix = recording.suffix.value
    return "" if suffix == recording.modality.value else suffix


def _answer(plan: Plan, question: str) -> str:
    return next((q.settled for q in plan.questions if q.id == question), "")


def _require_labels(recordings: Sequence[PlannedRecording], labels: Mapping[str, str]) -> None:
    people = {r.entities["participant"].value for r in recordings}
    missing = people - labels.keys()
    used = Counter(labels[p] for p in people - missing)
    if missing or any(n > 1 for n in used.values()) or any(not x.isalnum() for x in used):
        raise PlanError(
            "FSC320",
            f"Expected one alphanumeric label for each of {len(people)} participants, got "
            f"{len(used)} different ones for {len(people) - len(missing)}.",
            "Give every participant a label of its own.",
        )


class _Private:
    """Pieces of raw ids and names, none of which may stand in a label."""

    def __init__(self, plan: Plan) -> None:
        self.words = _private_words(plan)
        self.long = sorted(w for w in self.words if len(w) >= _MIN_LONG)
        self._known: dict[str, bool] = {}

    def tells(self, value: str) -> bool:
        """Tell whether a value is, or has as a piece, something that identifies a participant."""
        if value not in self._known:
            self._known[value] = bool(value) and self._judge(value)
        return self._known[value]

    def _judge(self, value: str) -> bool:
        plain = _alnum(fold(value))
        pieces = {*re.findall(r"[^\W\d_]+|\d+", fold(value)), plain}
        is_date = bool(_DATE.fullmatch(value))
        return is_date or bool(pieces & self.words) or any(word in plain for word in self.long)


def _private_words(plan: Plan) -> frozenset[str]:
    found: set[str] = set()
    for person in plan.participants:
        for text in (person.raw_id, person.subject.name, person.subject.code):
            pieces = re.findall(r"[^\W_]+", fold(text))
            found.update(p for p in [*pieces, "".join(pieces)] if len(p) >= _MIN_TOKEN)
    return frozenset(found)


def _name_sessions(recordings: Sequence[PlannedRecording], private: _Private) -> dict[str, str]:
    """Session labels: words as they are, dates and telling words by their order."""
    values: dict[str, set[str]] = defaultdict(set)
    for r in recordings:
        values[r.entities["participant"].value].add(r.entities["session"].value)
    everyone = {v for own in values.values() for v in own if v}
    # A bare number is a label as it is; it is a piece of an id by chance, not by meaning.
    hidden = {v for v in everyone if not (v.isdecimal() and len(v) < 4) and private.tells(v)}
    if any(_DATE.fullmatch(v) for v in hidden):
        hidden = everyone
    named: dict[str, str] = {}
    for r in recordings:
        own = sorted(v for v in values[r.entities["participant"].value] if v)
        value = r.entities["session"].value
        if not value:
            named[r.key] = ""
        elif hidden & set(own):
            named[r.key] = f"{own.index(value) + 1:02d}"
        else:
            named[r.key] = _number(value) if value.isdecimal() else _alnum(value)
    return _keep_apart(recordings, named)


def _keep_apart(recordings: Sequence[PlannedRecording], named: dict[str, str]) -> dict[str, str]:
    """Tell apart again the labels of sessions that lost what told them apart."""
    raw: dict[tuple[str, str], list[str]] = defaultdict(list)
    for r in recordings:
        values = raw[r.entities["participant"].value, named[r.key]]
        if r.entities["session"].value not in values:
            values.append(r.entities["session"].value)
    for r in recordings:
        values = raw[r.entities["participant"].value, named[r.key]]
        if len(values) > 1 and named[r.key]:
            named[r.key] += f"x{values.index(r.entities['session'].value) + 1}"
    return named


def _alnum(text: str) -> str:
    plain = "".join(c if c.isascii() else fold(c) for c in text)
    return re.sub(r"[^A-Za-z0-9]", "", plain)


def _camel(text: str) -> str:
    """Join words in camel case: ``eyes open`` is ``eyesOpen``."""
    first, *rest = re.findall(r"[^\W_]+", text) or [""]
    return _alnum(first + "".join(w[:1].upper() + w[1:] for w in rest))


def _number(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return str(int(digits)) if digits else ""


def _number_runs(drafts: Mapping[str, BidsName]) -> dict[str, BidsName]:
    """Count recordings with equal names as runs; numbers that were given are kept if they can."""
    groups: dict[BidsName, list[str]] = defaultdict(list)
    for key, name in drafts.items():
        groups[replace(name, run="")].append(key)
    named: dict[str, BidsName] = {}
    for keys in groups.values():
        taken: set[str] = set()
        for key in keys:
            name = drafts[key]
            run = name.run
            if len(keys) > 1 and (not run or run in taken):
                free = {d.run for d in (drafts[k] for k in keys)} | taken
                run = next(
                    str(i) for i in range(1, len(keys) + len(free) + 2) if str(i) not in free
                )
            taken.add(run)
            named[key] = replace(name, run=run)
    return {key: named[key] for key in drafts}
