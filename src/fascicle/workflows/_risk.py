"""Measure how easily the people of a dataset are found again, and make that harder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fascicle.core import ProgressHook
from fascicle.errors import InputError
from fascicle.jobs import clone_file, remove_tree, translate_os_error, write_atomic
from fascicle.protect import (
    Change,
    Level,
    Linkage,
    Reason,
    RiskColumn,
    RiskContext,
    Role,
    TableRisk,
    TraitTold,
    apply_change,
    classify_columns,
    find_changes,
    judge_risk,
    measure_linkage,
    measure_table,
    measure_trait,
)

from ._release import read_seal
from ._risk_inputs import (
    PeopleTable,
    describe_context,
    find_repeats,
    read_people_table,
    walk_files,
)
from ._risk_page import require_page, write_page
from ._risk_prints import PrintSet, collect_prints
from ._workspace import Workspace

ASSUMED_POPULATION = 100_000
"""People who could have taken part, where nobody says: those of a town."""


@dataclass(frozen=True, slots=True)
class RiskOptions:
    """What is to be measured, and against whom.

    Attributes
    ----------
    quasi, sensitive, ignore : tuple of str
        Columns that whoever asks takes for known to others, for worth knowing, for neither.
    n_population : int or None
        People who could have taken part; None assumes `ASSUMED_POPULATION`.
    min_size : int
        Size of the smallest class that is asked for.
    timeseries : Path or None
        A folder with a time series (times, regions) of each person.
    signals : bool
        Whether recordings are read and attacked.
    """

    quasi: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    n_population: int | None = None
    min_size: int = 11
    timeseries: Path | None = None
    signals: bool = True

    def roles(self) -> dict[str, Role]:
        """Return what is decided of columns; who says both is taken at the graver word."""
        chosen = dict.fromkeys(self.ignore, Role.OTHER)
        chosen |= dict.fromkeys(self.sensitive, Role.SENSITIVE)
        return chosen | dict.fromkeys(self.quasi, Role.QUASI)


@dataclass(frozen=True, slots=True)
class RiskResult:
    """How easily the people of a dataset are found again.

    Attributes
    ----------
    level : Level
        How high the risk is.
    reasons : tuple of Reason
        Why, gravest first.
    table : TableRisk or None
        What the participants table gives away; None if there is none.
    is_assumed : bool
        Whether the size of the population is assumed.
    changes : tuple of Change
        What would lower that, the gentlest first; numbered from 1.
    linkages : tuple of Linkage
        How often recordings were named by others of the same person.
    traits : tuple of TraitTold
        What signals tell of a person.
    context : RiskContext
        What is known beside table and signals.
    n_unread : int
        Recordings that could not be compared with another person's.
    n_left_out : int
        Further rows of people in the table, which were not looked at.
    """

    level: Level
    reasons: tuple[Reason, ...]
    table: TableRisk | None
    is_assumed: bool
    changes: tuple[Change, ...]
    linkages: tuple[Linkage, ...]
    traits: tuple[TraitTold, ...]
    context: RiskContext
    n_unread: int = 0
    n_left_out: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; no value of a participant."""
        return {
            "level": str(self.level),
            "reasons": [{"level": str(one.level), "words": one.words} for one in self.reasons],
            "table": self.table.as_dict() if self.table else None,
            "population_is_assumed": self.is_assumed,
            "changes": [one.as_dict() for one in self.changes],
            "linkage": [one.as_dict() for one in self.linkages],
            "traits": [one.as_dict() for one in self.traits],
            "context": self.context.as_dict(),
            "n_unread": self.n_unread,
            "n_left_out": self.n_left_out,
        }


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A changed copy of a dataset.

    Attributes
    ----------
    change : Change
        What was done.
    out : Path
        Where the copy lies.
    was_sealed : bool
        True if the original was proven: the copy is not.
    repeats : tuple of str
        Other tables of the copy that still tell one of the columns that were changed.
    n_absent : int
        Links of the original that lead to nothing, and are not in the copy.
    """

    change: Change
    out: Path
    was_sealed: bool
    repeats: tuple[str, ...]
    n_absent: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        about = {"was_sealed": self.was_sealed, "n_absent": self.n_absent}
        return {
            "applied": self.change.as_dict(), "out": str(self.out), "repeats": list(self.repeats),
        } | about  # fmt: skip


def measure_risk(
    source: Path | str,
    options: RiskOptions | None = None,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
    report: Path | str | None = None,
    on_progress: ProgressHook | None = None,
) -> RiskResult:
    """Measure how easily the people of a dataset are found again.

    Parameters
    ----------
    source : Path or str
        A BIDS dataset, or a table of participants; nothing in it is changed.
    options : RiskOptions, optional
        What is to be measured, and against whom.
    commons : Path, str or None
        A commons in which other datasets of the same people may be; None is the user's own.
    agent : str
        Who looks.
    report : Path, str or None
        An HTML file outside the dataset, for a page that tells all of it to a data steward.
    on_progress : callable or None
        Told of every recording that is read.

    Returns
    -------
    RiskResult
        A level, its reasons, all figures, and what would lower them.

    Raises
    ------
    InputError
        FSC111 or FSC112 if the table cannot be read, FSC180 if there is neither table nor signal;
        FSC189 if the page is to lie in the dataset, or is none; FSC194 if the population is smaller
        than the table; FSC195 if a column is not there.
    StoreError
        FSC601 and on if a commons that was named cannot be opened.
    JobError
        FSC705 or FSC707 if the page cannot be written.

    Examples
    --------
    >>> from fascicle.workflows import measure_risk
    >>> str(measure_risk("dataset").level)  # doctest: +SKIP
    'moderate'
    """
    path, page = Path(source), require_page(Path(source), report)
    people, asked = read_people_table(path), options or RiskOptions()
    judged = _judge_columns(people, asked)
    table: TableRisk | None = None
    changes: tuple[Change, ...] = ()
    if people is not None:
        n_people = len(people.columns[people.key])
        population = asked.n_population or max(ASSUMED_POPULATION, n_people)
        table = measure_table(
            people.columns, judged, n_population=population, min_size=asked.min_size
        )
        changes = find_changes(people.columns, judged, min_size=asked.min_size)
    folder = path if path.is_dir() and asked.signals else None
    prints, n_unread = collect_prints(folder, asked.timeseries, on_progress=on_progress)
    if table is None and not prints:
        raise InputError(
            "FSC180",
            "Expected a table of participants or signals of two people, found neither.",
            "Name a BIDS dataset, or a TSV or CSV file with a column participant_id; a folder of "
            "time series goes with --timeseries.",
        )
    linkages = tuple(one for some in prints for one in _link(some))
    traits = tuple(_tell(people, judged, prints)) if people else ()
    context = describe_context(path, people, Path(commons) if commons else None, agent)
    level, reasons = judge_risk(table, linkages, traits, context)
    n_left_out = people.n_left_out if people else 0
    found = RiskResult(
        level, reasons, table, asked.n_population is None, changes, linkages, traits, context,
        n_unread, n_left_out,
    )  # fmt: skip
    if page is not None:
        write_page(page, path, found)
    return found


def _judge_columns(people: PeopleTable | None, asked: RiskOptions) -> tuple[RiskColumn, ...]:
    if people is None:
        return ()
    return classify_columns(
        people.columns, key=people.key, dictionary=people.dictionary, chosen=asked.roles()
    )


def _link(prints: PrintSet) -> list[Linkage]:
    """Attack the second halves by the first, and second sessions by first ones."""
    pairs = {"halves": prints.pair_halves(), "sessions": prints.pair_sessions()}
    return [
        measure_linkage(f"{prints.what}, {between}", *pair)
        for between, pair in pairs.items()
        if pair is not None
    ]


def _tell(
    people: PeopleTable, judged: Sequence[RiskColumn], prints: Sequence[PrintSet]
) -> list[TraitTold]:
    """Attack quasi-identifiers and sensitive columns by signals."""
    rows = {label: row for row, label in enumerate(people.labels())}
    found = []
    for some in prints:
        means = some.means()
        both = [label for label in means if label in rows]
        if len(both) < 2:
            continue
        features = np.array([means[label] for label in both])
        for column in judged:
            if column.role in {Role.QUASI, Role.SENSITIVE}:
                cells = [people.columns[column.name][rows[label]] for label in both]
                told = measure_trait(some.what, column, cells, features)
                found += [told] if told is not None else []
    return found


def apply_risk_change(
    source: Path | str, out: Path | str, number: int, options: RiskOptions | None = None
) -> AppliedChange:
    """Write a copy of a dataset in which a change is made that lowers its risk.

    Parameters
    ----------
    source : Path or str
        A BIDS dataset, or a table of participants; it stays as it is.
    out : Path or str
        A new folder.
    number : int
        Which of the changes of `measure_risk`, from 1 on.
    options : RiskOptions, optional
        As for `measure_risk`.

    Returns
    -------
    AppliedChange
        What was done, and what the copy still tells elsewhere.

    Raises
    ------
    InputError
        FSC180 if there is no table; FSC183 if the folder is not new; FSC187 if there is no such
        change; FSC188 if people have several rows.
    """
    path, folder, asked = Path(source), Path(out).absolute(), options or RiskOptions()
    people = read_people_table(path)
    if people is None:
        raise InputError(
            "FSC180",
            "Expected a table of participants to change, found none.",
            "Name a BIDS dataset, or a TSV or CSV file with a column participant_id.",
        )
    if people.n_left_out:
        raise InputError(
            "FSC188",
            f"Expected one row for each person, found {people.n_left_out} more.",
            "Keep what changes between sessions in sessions.tsv; then change the table.",
        )
    judged = _judge_columns(people, asked)
    changes = find_changes(people.columns, judged, min_size=asked.min_size)
    if not 1 <= number <= len(changes):
        raise InputError(
            "FSC187",
            f"Expected the number of a change from 1 to {len(changes)}, got {number}.",
            "See the changes with `fascicle protect risk DATASET`.",
        )
    _require_apart(path.absolute(), folder)
    change = changes[number - 1]
    columns, dictionary = apply_change(people.columns, people.dictionary, change)
    try:
        _write_copy(path, folder, people, columns, dictionary)
    except OSError as error:
        raise translate_os_error(error) from error
    touched = {step.column for step in change.steps}
    repeats = find_repeats(folder, touched) if path.is_dir() else ()
    names = tuple(one.relative_to(folder).as_posix() for one in repeats)
    sealed = path.is_dir() and read_seal(Workspace(path.absolute())) is not None
    n_absent = sum(one.is_symlink() and not one.exists() for one in path.rglob("*"))
    return AppliedChange(change, folder, sealed, names, n_absent)


def _require_apart(source: Path, folder: Path) -> None:
    """Refuse a folder that holds something, or lies where the dataset lies."""
    holds = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if holds or folder.is_relative_to(source):
        raise InputError(
            "FSC183",
            "Expected a new folder for the result, found something in it or the dataset around it.",
            "Name a new folder beside the dataset.",
        )


def _write_copy(
    source: Path,
    folder: Path,
    people: PeopleTable,
    columns: Mapping[str, Sequence[str]],
    dictionary: Mapping[str, Any],
) -> None:
    """Copy all but table and dictionary, which are written anew; the folder appears when whole.

    Hidden folders stay behind: in ``.git`` the table of before would go along.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    remove_tree(partial)
    # The report tells of the original, and proves nothing about the copy.
    left = {people.path, people.path.with_suffix(".json"), source / "report.html"}
    for path in walk_files(source) if source.is_dir() else ():
        if path not in left:
            clone_file(path, partial / path.relative_to(source))
    name = people.path.with_suffix(".tsv").name
    rows = [[_write_cell(cell) for cell in row] for row in zip(*columns.values(), strict=True)]
    lines = ["\t".join(row) for row in ([*columns], *rows)]
    write_atomic(partial / name, "\n".join(lines) + "\n")
    about = (partial / name).with_suffix(".json")
    write_atomic(about, json.dumps(dictionary, indent=2, ensure_ascii=False) + "\n")
    if folder.exists():
        folder.rmdir()  # it is empty
    partial.replace(folder)


def _write_cell(cell: str) -> str:
    """Return a cell as BIDS has it: something in each, on one line."""
    return " ".join(cell.split()) or "n/a"
