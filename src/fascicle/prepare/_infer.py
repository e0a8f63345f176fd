"""Participant, session, task, run and acquisition from the shape of all paths together.

Pure: paths, headers and table rows in, entities with evidence out; no file is opened here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np

from fascicle.core import Header, Inferred

from ._columns import Codes, Column, make_columns
from ._facts import fit_fact, gather_facts, start_of
from ._identity import People, find_people
from ._own_values import find_naming
from ._people import join_listed
from ._tables import Table

_NEW_SESSION = timedelta(hours=12)
"""Recordings of one person that start further apart than this are not one visit."""
_GENERIC_TASKS = {"rest": {"eyesopen", "eyesclosed"}, "visual": {"n170", "p300", "ssvep", "faces"}}
"""Words that name a family of tasks: dropped where a member of it is named too."""


@dataclass
class Inference:
    """What was settled on for each recording.

    Attributes
    ----------
    entities : list of dict of str to Inferred
        One for each path, with all of `fascicle.core.ENTITIES`.
    copies : set of int
        Positions of recordings that are backup copies of another one.
    people : People
        Who is who, and how sure that is.
    disagreements : dict of int to str
        Positions of recordings whose path contradicts itself or the header, and how.
    """

    entities: list[dict[str, Inferred]]
    copies: set[int] = field(default_factory=set)
    people: People = field(default_factory=lambda: People([], [], []))
    disagreements: dict[int, str] = field(default_factory=dict)


def infer(
    paths: Sequence[PurePosixPath],
    headers: Sequence[Header],
    table: Table | None = None,
    *,
    duplicates: Collection[PurePosixPath] = (),
    people: People | None = None,
) -> Inference:
    """Settle the entities of all recordings at once.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        Primary files, relative to the raw folder.
    headers : sequence of Header
        One for each path.
    table : Table or None
        The participants table.
    duplicates : collection of PurePosixPath
        Recordings whose samples are those of another one.
    people : People or None
        Who is who, where that is known from elsewhere.

    Returns
    -------
    Inference
        Entities, copies and people, in the order of `paths`.

    Examples
    --------
    >>> from fascicle.core import Modality
    >>> names = ["S1_rest.edf", "S1_oddball.edf", "S2_rest.edf", "S2_oddball.edf"]
    >>> header = Header(Modality.EEG, 250.0, 1009, ())
    >>> found = infer([PurePosixPath(n) for n in names], [header] * 4)
    >>> [(e["participant"].value, e["task"].value) for e in found.entities]
    [('S1', 'rest'), ('S1', 'oddball'), ('S2', 'rest'), ('S2', 'oddball')]
    """
    columns = join_listed(make_columns(paths), table.ids if table is not None else ())
    facts = gather_facts(headers)
    if people is None:
        people = find_people(paths, columns, facts, table)
    else:
        people = replace(people, used=people.used | find_naming(columns, people.labels))
    roles = _Roles(columns, people, headers)
    sessions = roles.sessions()
    tasks = roles.tasks()
    runs = roles.runs(sessions, tasks)
    acquisitions = roles.acquisitions()
    marked = _find_marked(columns), {at for at, path in enumerate(paths) if path in duplicates}
    copies = _find_copies(marked, headers, people, (sessions, tasks))
    entities = [
        {
            "participant": Inferred(people.labels[at], people.confidence[at], people.evidence[at]),
            "session": sessions[at],
            "task": tasks[at],
            "acquisition": acquisitions[at],
            "run": runs[at],
        }
        for at in range(len(paths))
    ]
    return Inference(entities, copies, people, _find_disagreements(columns, headers))


class _Roles:
    """Gives the columns that do not name participants their roles, one entity after another."""

    def __init__(
        self, columns: Sequence[Column], people: People, headers: Sequence[Header]
    ) -> None:
        self.columns = [c for c in columns if id(c) not in people.used]
        self.headers = headers
        self.n = len(headers)
        known: dict[str, int] = {}
        self.person: Codes = np.array(
            [known.setdefault(label, len(known)) for label in people.labels], dtype=np.int64
        )
        self.first = min((c.order for c in columns if id(c) in people.used), default=-1)
        self.taken: set[int] = set()

    def _varies(self, column: Column, within: Codes | None = None) -> bool:
        """Tell whether a column, missing values included, differs inside some group."""
        groups = self.person if within is None else within
        return fit_fact(groups, column.codes + 1).consistency < 1.0

    def _is_shared(self, column: Column) -> bool:
        """Tell whether several participants have the column's values: they are no one's own."""
        return fit_fact(column.codes, self.person).consistency < 1.0 or column.n_values == 1

    def sessions(self) -> list[Inferred]:
        """Known words and numbers with a key; then dates; then numbers that go with days."""
        own = [
            c for c in self.columns
            if c.kind == "session" or (c.kind == "key" and _leading(c) == "session")
        ]  # fmt: skip
        if own:
            self.taken.update(map(id, own))
            return self._join(own, 0.9, "words for sessions")
        by_days = self._by_days()
        if by_days is not None:
            self.taken.add(id(by_days))
            return self._join([by_days], 0.75, "its values go with the days of recording")
        dates = [c for c in self.columns if c.kind == "date"]
        for column in sorted(dates, key=lambda c: (c.place != "dir", -c.coverage)):
            if self._varies(column):
                return self._join([column], 0.8, "one participant's dates differ")
        return sessions_by_clock(self.person, self.headers)

    def _by_days(self) -> Column | None:
        """Find numbers or words that change exactly when the day of recording does."""
        days = self._days()
        for column in self.columns:
            if column.kind not in {"key", "number", "word"} or not self._varies(column):
                continue
            if column.n_values > 12 or column.coverage < 0.9 or not self._is_shared(column):
                continue
            if column.kind == "key" and _leading(column) == "run" and column.priors["run"] >= 3:
                continue
            both = np.unique(
                np.stack([self.person, column.codes], axis=1), axis=0, return_inverse=True
            )[1].reshape(-1)  # fmt: skip
            fit = fit_fact(both, days)
            apart = fit_fact(_pair(self.person, days), column.codes)
            if (days >= 0).all() and fit.consistency == apart.consistency == 1:
                return column
            if column.place == "dir" and column.kind == "key" and column.order > self.first:
                return column
        return None if (days >= 0).all() else self._first_number()

    def _first_number(self) -> Column | None:
        """Return the first of two small numbers behind the participant's, where no day is known."""
        small = [
            c
            for c in self.columns
            if c.kind == "number" and c.order > self.first and 1 < c.n_values <= 12
            and c.coverage >= 0.9 and self._is_shared(c) and self._varies(c)
        ]  # fmt: skip
        return small[0] if len(small) > 1 else None

    def _days(self) -> Codes:
        """Return the day of each recording as an integer, from the path or else the header."""
        for column in self.columns:
            if column.kind == "date" and column.coverage == 1.0:
                return column.codes
        return np.array(
            [moment.toordinal() if (moment := start_of(h)) else -1 for h in self.headers],
            dtype=np.int64,
        )

    def tasks(self) -> list[Inferred]:
        """Known words; else words that several participants share and that vary within one."""
        known = [
            c for c in self.columns
            if c.kind == "task" or (c.kind == "key" and _leading(c) == "task")
        ]  # fmt: skip
        if known:
            self.taken.update(map(id, known))
            joined = self._join(known, 0.92, "words for tasks", sep="+")
            return [
                _settle_task(one, constant) for constant in [_constant(joined)] for one in joined
            ]
        free = [
            c for c in self.columns
            if c.kind in {"word", "code"} and id(c) not in self.taken
            and self._varies(c) and self._is_shared(c) and 1 < c.n_values <= 24
        ]  # fmt: skip
        if free:
            best = max(free, key=lambda c: (c.coverage, -c.n_values))
            self.taken.add(id(best))
            return self._join([best], 0.6, "words that participants share", text=True)
        return [Inferred("", 0.0)] * self.n

    def runs(self, sessions: Sequence[Inferred], tasks: Sequence[Inferred]) -> list[Inferred]:
        """Numbers with a key, then others that tell recordings apart, then marks of repetition."""
        same = self._cells(sessions, tasks)
        keyed = [c for c in self.columns if c.kind == "key" and _leading(c) == "run"]
        if keyed:
            self.taken.update(map(id, keyed))
            return self._join(keyed[:1], 0.92, "numbers of runs")
        free = [
            c for c in self.columns
            if id(c) not in self.taken and c.kind in {"number", "key", "paren"}
            and self._varies(c, same) and c.n_values <= 30
        ]  # fmt: skip
        found = [Inferred()] * self.n
        for column in sorted(free, key=lambda c: (-c.coverage, -c.order)):
            self.taken.add(id(column))
            found = self._join([column], 0.75, "numbers that tell recordings apart")
            break
        again = [c for c in self.columns if c.kind == "again"]
        for column in again:
            for at, value in enumerate(column.values):
                if value and not found[at].value:
                    found[at] = Inferred("2", 0.7, ("a word for a repeated recording",))
        return found if any(one.value for one in found) else self._by_order(same)

    def _by_order(self, same: Codes) -> list[Inferred]:
        """Count recordings that nothing else tells apart, in the order in which they began."""
        found = [Inferred()] * self.n
        marks = [c for c in self.columns if c.kind in {"copy", "acquisition"}]
        marked = {at for c in marks for at in range(self.n) if c.values[at]}
        clocks = [c for c in self.columns if c.kind == "time"]
        cells: dict[int, list[int]] = defaultdict(list)
        for at, cell in enumerate(same.tolist()):
            if at not in marked:
                cells[cell].append(at)
        for members in cells.values():
            times = {at: self._clock(at, clocks) for at in members}
            if len(members) < 2 or not all(times.values()) or len(set(times.values())) < 2:
                continue
            says = ("the order in which they were recorded",)
            for run, at in enumerate(sorted(members, key=lambda at: times[at]), start=1):
                found[at] = Inferred(str(run), 0.7, says)
        return found

    def _clock(self, at: int, clocks: Sequence[Column]) -> str:
        """Return when a recording began, from its header or else its path; as a sortable text."""
        moment = start_of(self.headers[at])
        return moment.isoformat() if moment else "".join(c.values[at] for c in clocks)

    def _cells(self, sessions: Sequence[Inferred], tasks: Sequence[Inferred]) -> Codes:
        known: dict[tuple[int, str, str], int] = {}
        return np.array(
            [
                known.setdefault((int(p), s.value, t.value), len(known))
                for p, s, t in zip(self.person, sessions, tasks, strict=True)
            ],
            dtype=np.int64,
        )

    def acquisitions(self) -> list[Inferred]:
        """Known words for caps, rates and filters, if one participant has several of them."""
        own = [
            c for c in self.columns
            if c.kind == "acquisition" or (c.kind == "key" and _leading(c) == "acquisition")
        ]  # fmt: skip
        own = [c for c in own if self._varies(c) or c.n_values > 1]
        return (
            self._join(own, 0.85, "words for ways of recording") if own else [Inferred()] * self.n
        )

    def _join(
        self,
        columns: Sequence[Column],
        sure: float,
        says: str,
        *,
        sep: str = "",
        text: bool = False,
    ) -> list[Inferred]:
        """Make values of one or several columns; equal values are said once."""
        found: list[Inferred] = []
        for at in range(self.n):
            seen = [(c.texts[at] if text else c.values[at], c) for c in columns if c.values[at]]
            values = list(dict.fromkeys(v for v, _ in seen))
            clash = any(at in c.conflicts for c in columns)
            evidence = tuple(f"{c.describe()}: {says}" for _, c in seen)
            sureness = 0.4 if clash else sure
            found.append(Inferred(sep.join(values), sureness if values else 0.8, evidence))
        return found


def sessions_by_clock(person: Codes, headers: Sequence[Header]) -> list[Inferred]:
    """Return the visits of each person: recordings that lie days apart, where no word says it.

    Parameters
    ----------
    person : ndarray of int64
        Whose each recording is, as small integers.
    headers : sequence of Header
        One for each recording.

    Returns
    -------
    list of Inferred
        The day of each visit; empty for those who came once.
    """
    found = [Inferred()] * len(headers)
    members: dict[int, list[int]] = defaultdict(list)
    for at, who in enumerate(person.tolist()):
        members[who].append(at)
    for own in members.values():
        times = [(t, at) for at in own if (t := start_of(headers[at])) is not None]
        if len(times) < len(own):
            continue
        times.sort()
        visits = [[times[0]]]
        for before, after in pairwise(times):
            if after[0] - before[0] > _NEW_SESSION:
                visits.append([])
            visits[-1].append(after)
        says = ("headers say that this participant was recorded on several days",)
        for visit in visits if len(visits) > 1 else ():
            for _, at in visit:
                found[at] = Inferred(visit[0][0].date().isoformat(), 0.7, says)
    return found


def _leading(column: Column) -> str:
    """Return the role that a key speaks for, other than the participant."""
    others = {r: w for r, w in column.priors.items() if r != "participant" and w > 0}
    return max(others, key=lambda r: others[r]) if others else ""


def _pair(a: Codes, b: Codes) -> Codes:
    return np.unique(np.stack([a, b], axis=1), axis=0, return_inverse=True)[1].reshape(-1)


def _constant(tasks: Sequence[Inferred]) -> set[str]:
    """Words of the task that nearly all recordings have: the study's name, if others vary."""
    sets = [set(t.value.split("+")) for t in tasks]
    shared = {w for w in set().union(*sets) if sum(w in s for s in sets) >= 0.95 * len(sets)}
    more = sum(bool(s - shared) for s in sets)
    return shared if more > 0.5 * len(sets) else set()


def _settle_task(task: Inferred, constant: set[str]) -> Inferred:
    """Join the words of a task, without those that all share or that others imply."""
    words = [w for w in dict.fromkeys(task.value.split("+")) if w and w not in constant]
    kept = [w for w in words if not _GENERIC_TASKS.get(w, set()) & set(words)]
    return Inferred("".join(kept), task.confidence if kept else 0.0, task.evidence)


def _find_disagreements(columns: Sequence[Column], headers: Sequence[Header]) -> dict[int, str]:
    """Find paths that contradict themselves, or the day in the header where most agree with it."""
    found: dict[int, str] = {}
    days = [moment.date().isoformat() if (moment := start_of(h)) else "" for h in headers]
    for column in columns:
        if column.kind == "date":
            both = [at for at, day in enumerate(days) if day and column.values[at]]
            other = [at for at in both if days[at] not in column.values[at].split("+")]
            if len(other) < 0.5 * len(both):
                says = "Expected the date in the path to be the day in the header, got another."
                found |= dict.fromkeys(other, says)
        says = "Expected folder and file name to say the same, got two different values."
        found |= dict.fromkeys(column.conflicts, says)
    return found


def _find_marked(columns: Sequence[Column]) -> set[int]:
    """Return the recordings whose names say that they are copies."""
    marks = [c for c in columns if c.kind in {"copy", "paren"}]
    return {at for c in marks for at, value in enumerate(c.values) if value}


def _find_copies(
    marked: tuple[set[int], set[int]],
    headers: Sequence[Header],
    people: People,
    cells: tuple[Sequence[Inferred], Sequence[Inferred]],
) -> set[int]:
    """Find recordings that have a twin, as headers show, and are the less original of the two.

    `marked` are those that their names call copies, and those whose samples stand elsewhere too.
    """
    by_name, by_samples = marked
    sessions, tasks = cells
    twins: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for at, h in enumerate(headers):
        session = "" if h.measured_at else sessions[at].value
        trace = (people.labels[at], tasks[at].value, session, h.measured_at, h.n_times, h.sfreq_hz)
        twins[trace].append(at)
    copies: set[int] = set()
    for members in twins.values():
        original = min(members, key=lambda at: (at in by_name, at in by_samples, at))
        copies.update((by_name | by_samples).intersection(members) - {original})
    return copies
