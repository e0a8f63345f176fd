"""A table of trials that a program of a lab wrote as text (.csv, .tsv).

Such tables have no standard. One is taken for trials if its columns say so: moments of the task by
their names, and numbers under them that grow. Tables of participants, and tables that lie beside a
recording under its name, are somebody else's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality
from fascicle.errors import FormatError

from ._beh import Behaviour, BehaviourFormat
from ._beh_trials import Column, Trials, bound_trials
from ._telling_numbers import tells_of_somebody
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_MOMENT = re.compile(
    r"(?i)(?:.*(?:onset|start|begin|stim\w*on|go_?cue|cue|feedback|response|reward|choice|lick"
    r"|offset|stop|end|stim\w*off)[ _]?(?:times?|onset|s|sec|ms)?|onset|offset"
    r"|(?:start|stop|end)[ _]?time)(?:[ _\[(]+m?s(?:ec)?[\])]?)?"
)
_DONE = re.compile(
    r"(?i).*(?:choice|response|feedback|correct|contrast|stim|reward|condition|block|accuracy|side"
    r"|probability|rt|trial|cue).*"
)
_PERSON = re.compile(
    r"(?i)(?:participant|subject|patient|name|surname|birth|dob|geb|age|sex|gender|hand(?:edness)?"
    r"|species|diagnosis|e-?mail|mrn|born|latitude|longitude|gps"
    r")(?:[ _]?(?:id|code|number|name|date))?"
)
_WHO = re.compile(
    r"(?i)(?:participant|subject|subj|patient|mouse|rat|animal|monkey)(?:[ _]?(?:id|code|name|no|nr"
    r"|number))?"
)
_LENGTH = re.compile(r"(?i)(?:.*duration.*|rt|(?:reaction|response)[ _]?time)(?:[ _]m?s)?")
_MILLI = re.compile(r"(?i)(?:.*[ _\[(])ms(?:ec)?[\])]?|.*\(ms\)")
_WORDS = frozenset({
    "left", "right", "up", "down", "none", "no", "yes", "nogo", "go", "correct", "incorrect",
    "error", "hit", "miss", "fa", "cr", "false", "true", "congruent", "incongruent", "neutral",
    "standard", "deviant", "target", "nontarget", "distractor", "baseline", "catch", "probe", "old",
    "new", "same", "different", "stop", "easy", "hard", "high", "low", "rewarded", "unrewarded",
})  # fmt: skip
"""Words that all labs use for what was shown and done."""

_MAX_BYTES = 1 << 28
_MIN_ROWS = 3
_BIDS_ENDS = ("_events.tsv", "_channels.tsv", "_electrodes.tsv", "_scans.tsv", "_physio.tsv",
              "_optodes.tsv", "_sessions.tsv", "_samples.tsv", "_beh.tsv")  # fmt: skip
_NOT_TRIALS = ("participants", "events.")


class TrialTable(BehaviourFormat):
    """A table of trials (.csv, .tsv)."""

    name = "trials"
    title = "Table of trials (CSV, TSV)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for a heading of moments and of what was done, and for numbers under it."""
        path = head.path
        if head.is_folder or path.suffix.casefold() not in _SUFFIXES or b"\0" in head.head:
            return False
        # The events of a recording that lies elsewhere are none of their own.
        if path.name.endswith(_BIDS_ENDS) or path.name.casefold().startswith(_NOT_TRIALS):
            return False
        rows = _read_rows(head.head.decode("utf-8", "ignore"), is_whole=len(head.head) < 4096)
        return len(rows) > _MIN_ROWS and _looks_like_trials(rows)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Return why a table is none of its own: it lies beside a recording of its name."""
        folder = (root / head.path).parent
        stem = head.path.stem.casefold()
        beside = [
            other.name
            for other in folder.iterdir()
            if other.is_file() and other.suffix.casefold() not in {*_SUFFIXES, ".json", ".xlsx"}
            and _belongs(stem, other.stem.casefold())
        ]  # fmt: skip
        return (
            "Expected a table of trials, got the events of the recording beside it."
            if beside
            else ""
        )

    def open_behaviour(self, root: Path, files: tuple[PurePosixPath, ...]) -> Behaviour:
        """Read the table: moments in seconds, numbers, and words that everybody uses."""
        path = root / files[0]
        if path.stat().st_size > _MAX_BYTES:
            raise FormatError(
                "FSC255", "Expected a table of trials of at most 256 MiB, got a larger one.",
                "Part it into one for each session.",
            )  # fmt: skip
        rows = _read_rows(path.read_text("utf-8-sig", errors="replace"), is_whole=True)
        if len(rows) < 2 or not _looks_like_trials(rows):
            raise FormatError(
                "FSC255",
                f"Expected a table of trials of one person or animal, with moments; got "
                f"{max(0, len(rows) - 1)} rows without them, or of several.",
                "Copy the file again if it is cut off; part it into one for each of them.",
            )
        table = _as_columns(rows)
        trials = _make_trials(table, len(rows) - 1)
        header = Header(
            modality=Modality.BEH,
            n_times=len(rows) - 1,
            identifiers=tuple(_identifiers(table)),
            certainty=0.8,
            evidence=tuple(
                f"Column {i} has the name of a moment of a task."
                for i, name in enumerate(table, start=1)
                if _MOMENT.fullmatch(name)
            )[:4],
            metadata={"NumberOfTrials": len(rows) - 1},
        )
        return Behaviour(header, (trials,))


def _belongs(stem: str, other: str) -> bool:
    """Tell whether a table is called like another file, or like it with a word more."""
    return stem == other or (
        len(other) > 1 and stem.startswith(tuple(f"{other}{c}" for c in "_-. "))
    )


def _read_rows(text: str, *, is_whole: bool) -> list[list[str]]:
    """Return the rows of a table that have as many cells as its heading."""
    lines = text.lstrip("\ufeff").splitlines()
    if not is_whole:
        lines = lines[:-1]  # the head may end within a row
    if not lines:
        return []
    mark = max("\t;,", key=lines[0].count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    return [row for row in rows if len(row) == len(rows[0])]


def _looks_like_trials(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a table is one of trials: two moments, or one beside what was done."""
    names = [name.strip() for name in rows[0]]
    if len(names) < 3 or sum(bool(_PERSON.fullmatch(name)) for name in names) > 2:
        return False
    table = _as_columns(rows)
    people = [set(cells) for name, cells in table.items() if _WHO.fullmatch(name)]
    if any(len(names) > 1 for names in people):
        return False  # the trials of a whole study: whose each is, a recording cannot say
    moments = _find_moments(table)
    done = [name for name in names if _DONE.fullmatch(name) and name not in moments]
    return len(moments) >= 1 and len(moments) + len(done) >= 3


def _find_moments(table: dict[str, list[str]]) -> frozenset[str]:
    """Return the columns that are moments of the session, by their names and by what they hold.

    A response time may be such a moment, or count from the start of its trial. In a short table
    the latter may grow by chance: but it never comes as far as the second trial.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for name, cells in table.items():
        values = _parse(cells) if _MOMENT.fullmatch(name) else None
        if values is not None and _grows(values):
            found[name] = values * (1e-3 if _MILLI.fullmatch(name) else 1.0)
    latest = max(found.values(), key=np.nanmax, default=np.zeros(2))
    second = float(latest[1])
    return frozenset(
        name
        for name, values in found.items()
        if values is latest or not float(np.nanmax(values)) <= second
    )


def _grows(values: NDArray[np.float64] | None) -> bool:
    """Tell whether numbers are moments: nearly all of them later than the one before."""
    if values is None:
        return False
    known = values[np.isfinite(values)]
    return len(known) >= 2 and float(np.mean(np.diff(known) >= 0)) > 0.8 and known[-1] > known[0]


def _as_columns(rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Return the cells of each column by its name; a column without one is passed over."""
    return {
        name.strip(): [row[i].strip() for row in rows[1:]]
        for i, name in enumerate(rows[0])
        if name.strip()
    }


def _parse(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Return cells as numbers; None if one is something else."""
    empty = {"", "n/a", "nan", "na", "none", "null"}
    try:
        return np.array([np.nan if c.casefold() in empty else float(c) for c in cells])
    except ValueError:
        return None


def _make_trials(table: dict[str, list[str]], n_trials: int) -> Trials:
    """Return the table of trials: what is a moment is in seconds."""
    columns: list[Column] = []
    named = _find_moments(table)
    moments: list[NDArray[np.float64]] = []
    for name, cells in table.items():
        values = _parse(cells)
        if values is None:
            column = _in_words(name, cells)
        else:
            is_moment = name in named
            is_time = is_moment or bool(_LENGTH.fullmatch(name))
            scale = 1e-3 if is_time and _MILLI.fullmatch(name) else 1.0
            is_private = bool(_PERSON.fullmatch(name)) or (
                not is_moment and tells_of_somebody(values)
            )
            taken = {*table, *(column.name for column in columns)}
            own = name if scale == 1.0 else _without_unit(name, taken)
            column = None if is_private else Column(
                own, _whole(values * scale), "s" if is_time else "n/a")  # fmt: skip
            moments += [values * scale] if is_moment and column is not None else []
        if column is not None:
            columns.append(column)
    starts, stops = bound_trials(moments) if moments else (np.full(n_trials, np.nan),) * 2
    lengths = next((c.values for c in columns if re.fullmatch(r"(?i)duration.*", c.name)), None)
    if len(moments) == 1 and lengths is not None:
        stops = starts + np.nan_to_num(lengths)
    return Trials(starts.astype(np.float64), np.asarray(stops, np.float64), tuple(columns))


def _without_unit(name: str, taken: set[str]) -> str:
    """Return a name without the milliseconds that its values are no longer in.

    Examples
    --------
    >>> _without_unit("onset (ms)", set()), _without_unit("onset_ms", {"onset"})
    ('onset', 'onset in s')
    """
    plain = re.sub(r"(?i)[ _\[(]+ms(?:ec)?[\])]?$", "", name).strip()
    return plain if plain and plain not in taken else f"{plain} in s"


def _whole(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return whole numbers as such, where all are."""
    is_whole = bool(np.isfinite(values).all()) and bool((values == np.round(values)).all())
    return (
        values.astype(np.int64) if is_whole and np.abs(values).max(initial=0) < 1 << 53 else values
    )


def _in_words(name: str, cells: Sequence[str]) -> Column | None:
    """Return a column of words: those that all labs use as they are, others as numbers.

    A column in which nearly every cell is another, or all are one, is no kind of trial: it may be
    remarks, files or a person, and stays behind.
    """
    kinds = list(dict.fromkeys(cells))
    if len(kinds) < 2 or len(kinds) > max(2, len(cells) // 2) or _PERSON.fullmatch(name):
        return None
    if all(kind.casefold() in _WORDS or not kind for kind in kinds):
        return Column(name, np.array([cell.casefold() or "n/a" for cell in cells]))
    return Column(name, np.array([kinds.index(cell) + 1 for cell in cells], np.int64))


def _identifiers(table: dict[str, list[str]]) -> list[Identifier]:
    """Return the cells of columns that are about a person."""
    fields = [
        ("id", "column of a person", cell)
        for name, cells in table.items()
        if _PERSON.fullmatch(name)
        for cell in dict.fromkeys(cells)
        if _parse([cell]) is None or re.fullmatch(r"\d{6,}", cell)
    ]
    return find_identifiers("table of trials", fields[:1000])
