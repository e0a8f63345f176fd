"""What a risk is measured on: the participants table, and what is known around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fascicle.core import Dataset
from fascicle.describe import describe_dataset, find_recordings
from fascicle.errors import FascicleError, InputError
from fascicle.govern import commons_path, open_commons
from fascicle.prepare import Table, read_table
from fascicle.protect import POLICIES, RiskContext, is_exact_date

from ._workspace import Workspace

TABLE_NAME = "participants.tsv"
_HEADS = re.compile(
    r"_(?:T1w|T2w|T2star|FLAIR|PD|PDw|PDT2|inplaneT1|inplaneT2|pet|MP2RAGE|UNIT1)\.nii"
)
_DEFACED = "DeidentificationMethod"
"""The field of a sidecar in which whoever took a face out says so."""
_OF_RECORDINGS = ("_events.tsv", "_channels.tsv", "_electrodes.tsv", "_timeseries.tsv")
_MOST_BYTES = 10_000_000
_MOST_DATASETS = 1000


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """The table of participants, one row for each person.

    Attributes
    ----------
    path : Path
        Where it lies.
    key : str
        The column that names people.
    columns : dict of str to tuple of str
        Cells as text.
    dictionary : dict of str to JSON values
        What ``participants.json`` says.
    n_left_out : int
        Further rows of people who have one already: only their first is looked at.
    """

    path: Path
    key: str
    columns: dict[str, tuple[str, ...]]
    dictionary: dict[str, Any] = field(default_factory=dict)
    n_left_out: int = 0

    def labels(self) -> tuple[str, ...]:
        """Return who the rows are, without ``sub-``."""
        return tuple(cell.removeprefix("sub-") for cell in self.columns[self.key])


def read_people_table(source: Path) -> PeopleTable | None:
    """Read the participants table of a dataset, or a table by itself.

    Parameters
    ----------
    source : Path
        A BIDS dataset, or a CSV, TSV or XLSX file.

    Returns
    -------
    PeopleTable or None
        None for a folder without one.

    Raises
    ------
    InputError
        FSC111 or FSC112 if it cannot be read as a table; FSC180 if no column names people.
    """
    path = source / TABLE_NAME if source.is_dir() else source
    if not path.is_file():
        return None
    table = read_table(path)
    key = _find_key(table)
    rows: list[Mapping[str, str]] = []
    seen: set[str] = set()
    for row in table.rows:
        label = row.get(key, "")
        if label not in seen or not label:
            rows.append(row)
        seen.add(label)
    columns = {name: tuple(row.get(name, "") for row in rows) for name in table.columns}
    told = _read_dictionary(path.with_suffix(".json"))
    return PeopleTable(path, key, columns, told, len(table.rows) - len(rows))


def _find_key(table: Table) -> str:
    """Return the column that names people: by its name, else the first if it tells all rows."""
    if "participant_id" in table.columns:
        return "participant_id"
    if named := table.meaning.get("id", ""):
        return named
    first = table.columns[0]
    if len({row.get(first, "") for row in table.rows}) < len(table.rows):
        raise InputError(
            "FSC180",
            "Expected a column that names people, found none.",
            "Call it participant_id, and name each person once.",
        )
    return first


def _read_dictionary(path: Path) -> dict[str, Any]:
    """Read what is said of columns; a dictionary that is missing or broken says nothing."""
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def describe_context(
    source: Path, table: PeopleTable | None, commons: Path | None, agent: str
) -> RiskContext:
    """Say what is known of a dataset beside its table and its signals.

    Parameters
    ----------
    source : Path
        A BIDS dataset, or a table by itself, of which nothing more is known.
    table : PeopleTable or None
        Its participants.
    commons : Path or None
        A commons to look for the same people in; None is the user's own, if there is one.
    agent : str
        Who looks.

    Returns
    -------
    RiskContext
        Counts and words; no value of a participant.

    Raises
    ------
    StoreError
        FSC601 and on if a commons that was named cannot be opened.
    """
    if not (source / "dataset_description.json").is_file():
        return RiskContext()
    about = describe_dataset(source)
    heads = [one for one in find_recordings(source) if _HEADS.search(one.path.name)]
    n_kin, n_same = _compare(about, table, commons, agent)
    policy = _find_policy(source)
    return RiskContext(
        modalities=about.modalities,
        policy=policy,
        are_dates_shifted=policy in POLICIES and POLICIES[policy].dates == "shift",
        n_heads=len(heads),
        n_defaced=sum(_DEFACED in one.sidecar for one in heads),
        n_dated=sum(
            any(is_exact_date(cell) for row in rows[1:] for cell in row)
            for _, rows in _read_others(source)
        ),
        n_repeats=len(find_repeats(source, table.columns.keys() - {table.key} if table else ())),
        n_kin=n_kin,
        n_same_quasi=n_same,
    )


def _find_policy(folder: Path) -> str:
    """Return the policy that the last run followed, empty where its workspace is not here."""
    try:
        return str(Workspace(folder.absolute()).read_record()["policy"])
    except InputError:
        return ""


def find_repeats(folder: Path, columns: Iterable[str]) -> tuple[Path, ...]:
    """Return the tables of a dataset, other than the participants', that have one of the columns.

    Parameters
    ----------
    folder : Path
        A BIDS dataset.
    columns : iterable of str
        Names of columns.
    """
    wanted = set(columns)
    return tuple(path for path, rows in _read_others(folder) if wanted & set(rows[0]))


def _read_others(folder: Path) -> Iterator[tuple[Path, list[list[str]]]]:
    """Yield the tables about people other than the participants', with their lines as cells."""
    for path in walk_files(folder):
        if path.suffix != ".tsv":
            continue
        is_recording = path.name.endswith(_OF_RECORDINGS) or path.stat().st_size > _MOST_BYTES
        if path == folder / TABLE_NAME or is_recording:
            continue
        lines = path.read_text("utf-8-sig", errors="replace").splitlines()
        yield path, [line.split("\t") for line in lines] or [[]]


def walk_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a dataset in order, without what hidden folders keep of earlier states.

    ``.git`` holds every table that ever was, and links of git-annex may lead to nothing.
    """
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts[:-1])
        if path.is_file() and not is_hidden:
            yield path


def _compare(
    about: Dataset, table: PeopleTable | None, commons: Path | None, agent: str
) -> tuple[int, int]:
    """Count datasets of a commons that may hold the same people, or tell as much of such people."""
    try:
        handle = open_commons(commons_path(commons), agent=agent)
    except FascicleError:
        if commons is not None:
            raise  # whoever names one wants to know of it
        return 0, 0
    telling = _telling_labels(table.labels() if table else ())
    with handle:
        others = [
            hit.dataset
            for hit in handle.search(limit=_MOST_DATASETS)
            if hit.dataset.id != about.id and _species(hit.dataset) & _species(about)
        ]
        n_kin = sum(
            bool(telling and telling & _labels_in(handle.lineage(other.id)))
            or bool(set(other.authors) & set(about.authors))
            for other in others
        )
    return n_kin, sum(_is_alike(about, other) for other in others)


def _species(dataset: Dataset) -> set[str]:
    return {name.casefold() for name in dataset.species}


def _telling_labels(labels: Sequence[str]) -> set[str]:
    """Return labels that are no plain numbers: ``01`` is in every dataset."""
    return {label for label in labels if not label.isdecimal()}


def _labels_in(lineage: Mapping[str, Any]) -> set[str]:
    return set(re.findall(r"\bsub-([0-9A-Za-z]+)", str(lineage.get("entity", ""))))


def _is_alike(one: Dataset, other: Dataset) -> bool:
    """Tell whether both tell ages of people whose ranges overlap."""
    if not one.ages_years or not other.ages_years:
        return False
    return one.ages_years[0] <= other.ages_years[-1] and other.ages_years[0] <= one.ages_years[-1]
