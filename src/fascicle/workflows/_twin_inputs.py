"""What a twin is made from: a table of people, and files that each of them has."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Severity
from fascicle.describe import find_recordings
from fascicle.errors import FascicleError, InputError
from fascicle.formats import open_volume_file, read_blocks, read_written_header

from ._private_inputs import is_matrix, read_numbers, walk_numbers
from ._risk_inputs import PeopleTable, read_people_table
from ._twin_rates import read_rate

PartKind = Literal["matrix", "series", "recording", "volume"]

MIN_PEOPLE: Final = 8
"""Fewer leave nobody to hold out."""
MOST_VALUES: Final = 1_000_000
"""Of a series, the first so many values are looked at: spectra and covariances need no more."""
_ROUNDING: Final = 1e-6
_MOST_SHARE_MISSING: Final = 0.2
_PERSON: Final = re.compile(r"sub-([0-9A-Za-z]+)")
_RECORDINGS: Final = (".vhdr", ".edf", ".bdf")
_VOLUMES: Final = re.compile(r"_(?:T1w|T2w|FLAIR|PDw|T1map|T2map|probseg|dseg|mask)\.nii(?:\.gz)?$")
_ABOUT: Final = re.compile(r"_(?:events|channels|electrodes|scans|sessions|coordsystem)\.tsv$")
"""Tables that say something of a recording: their numbers are no time series."""
_LEFT_ALONE: Final = frozenset({"sourcedata", "code"})


@dataclass(frozen=True, slots=True)
class Part:
    """A file that each person has, under a name that differs by the person alone.

    Attributes
    ----------
    pattern : str
        Its path in the dataset with ``{}`` where the person is named.
    kind : str
        ``"matrix"``, ``"series"`` (a table of numbers, times by regions), ``"recording"`` (in a
        format of its own), ``"volume"``.
    files : dict of str to Path
        By the label of the person.
    sfreq_hz : float
        Sampling rate; 1 where no sidecar of a table of numbers states it, so that frequencies are
        in cycles for each row.
    is_timed : bool
        Whether the sampling rate is known.
    """

    pattern: str
    kind: PartKind
    files: Mapping[str, Path]
    sfreq_hz: float = 1.0
    is_timed: bool = False

    def read(self, label: str) -> NDArray[np.float64]:
        """Return what one person's file holds.

        Returns
        -------
        ndarray of float64
            A matrix of shape (n_regions, n_regions); a series of shape (n_times, n_channels), cut
            to `MOST_VALUES`; a volume of shape (n_x, n_y, n_z).
        """
        path = self.files[label]
        if self.kind == "recording":
            return _read_start(path)
        if self.kind == "volume":
            return _read_volume(path)
        values = read_numbers(path)
        return values if self.kind == "matrix" else values[: max(2, MOST_VALUES // values.shape[1])]


@dataclass(frozen=True, slots=True)
class People(Sequence[NDArray[np.float64]]):
    """What the files of a part hold, read when it is asked for.

    Attributes
    ----------
    part : Part
        Which files.
    labels : tuple of str
        Whose.
    """

    part: Part
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - a number or a slice, as of any sequence
        if isinstance(index, slice):
            return People(self.part, self.labels[index])
        return self.part.read(self.labels[index])


@dataclass(frozen=True, slots=True)
class TwinSource:
    """A dataset as it can be learnt from.

    Attributes
    ----------
    path : Path
        A folder, or a table by itself.
    labels : tuple of str
        People who have a row in the table, if there is one, and every part.
    table : PeopleTable or None
        One row for each of `labels`, in their order.
    parts : tuple of Part
        Sorted by pattern.
    findings : tuple of Finding
        What the twin will not have.
    n_left_out : int
        People who have a row or a file, and not all that the others have.
    """

    path: Path
    labels: tuple[str, ...]
    table: PeopleTable | None
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...] = ()
    n_left_out: int = 0

    def find_homes(self) -> dict[str, str]:
        """Return the folder of each person, where files are named after people and sorted by group.

        Empty where all lie in one folder, and in a dataset whose names tell the person.
        """
        plain = [part for part in self.parts if part.pattern.startswith("{}")]
        homes = {
            label: path.relative_to(self.path).parent.as_posix()
            for part in plain
            for label, path in part.files.items()
        }
        return homes if len(set(homes.values())) > 1 else {}


def read_twin_source(source: Path) -> TwinSource:
    """Find out what people of a dataset have in common that a generator can learn.

    Parameters
    ----------
    source : Path
        A BIDS dataset; a folder with a matrix or a time series for each person; or a table.

    Returns
    -------
    TwinSource
        People, table and parts.

    Raises
    ------
    InputError
        FSC145 if there is nothing to learn from, or from fewer than `MIN_PEOPLE` people.
    """
    table = read_people_table(source)
    groups, n_odd = _group_files(source) if source.is_dir() else ({}, 0)
    parts, findings = _choose_parts(groups, source)
    if n_odd:
        findings.append(_left_out(n_odd, "are in a format that twins are not made of"))
    everybody = [set(part.files) for part in parts] + ([set(table.labels())] if table else [])
    labels = tuple(sorted(set.intersection(*everybody))) if everybody else ()
    if len(labels) < MIN_PEOPLE:
        raise nothing_to_learn(len(labels))
    seen = set.union(*everybody, *(set(groups[part.pattern, part.kind]) for part in parts))
    n_left_out = len(seen) - len(labels) + (table.n_left_out if table else 0)
    if n_left_out:
        findings.append(_people_left_out(n_left_out))
    kept = tuple(_narrow(part, labels) for part in parts)
    known = _narrow_table(table, labels) if table else None
    return TwinSource(source, labels, known, kept, tuple(findings), n_left_out)


Groups = dict[tuple[str, PartKind], dict[str, Path]]


def _group_files(folder: Path) -> tuple[Groups, int]:
    """Return files by pattern and kind, and how many recordings are of other formats."""
    is_dataset = (folder / "dataset_description.json").is_file()
    groups: Groups = defaultdict(dict)
    kinds: dict[str, PartKind | None] = {}
    for path in _list_files(folder):
        name = path.relative_to(folder).as_posix()
        named = _PERSON.search(name)
        if is_dataset and named is None:
            continue  # it is about nobody: copied, not learnt
        image = None if named else _VOLUMES.search(path.name)
        ending = image[0] if image else path.suffix
        label = named[1] if named else path.name.removesuffix(ending)
        pattern = make_pattern(name, f"sub-{label}", label) if named else f"{{}}{ending}"
        if kinds.get(pattern) is None:
            kinds[pattern] = _find_kind(path)
        kind = kinds[pattern]
        if kind is None:
            continue
        if label in groups[pattern, kind]:
            raise _several_files()
        groups[pattern, kind][label] = path
    known = {path for files in groups.values() for path in files.values()}
    recordings = find_recordings(folder) if is_dataset else []
    odd = {_PERSON.sub("sub-{}", one.path.name) for one in recordings if one.path not in known}
    return dict(groups), len(odd)


def make_pattern(name: str, told: str, label: str) -> str:
    """Return a path with ``{}`` in the place of a person's label.

    Parameters
    ----------
    name : str
        The path in the dataset, with ``/``.
    told : str
        How the person is named there: ``"sub-01"``, or the label alone.
    label : str
        The label: ``"01"``.

    Examples
    --------
    >>> make_pattern("sub-01/func/sub-01_task-n01_timeseries.tsv", "sub-01", "01")
    'sub-{}/func/sub-{}_task-n01_timeseries.tsv'
    """
    kept = name.replace("{", "").replace("}", "")
    word = rf"(?<![0-9A-Za-z]){re.escape(told)}(?![0-9A-Za-z])"
    return re.sub(word, told.removesuffix(label) + "{}", kept)


def _list_files(folder: Path) -> Iterator[Path]:
    """Yield files that may hold what a generator learns."""
    numbers = set(walk_numbers(folder))
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_out = bool(_LEFT_ALONE & set(parts)) or any(part.startswith(".") for part in parts)
        is_out = is_out or _ABOUT.search(path.name) is not None
        is_wanted = path in numbers or path.suffix.lower() in _RECORDINGS
        if not is_out and (is_wanted or _VOLUMES.search(path.name)) and path.is_file():
            yield path


def _find_kind(path: Path) -> PartKind | None:
    """Tell what a file holds; None for a table of words, or what cannot be read."""
    if path.suffix.lower() in _RECORDINGS:
        return "recording"
    if _VOLUMES.search(path.name):
        return "volume"
    try:
        return "matrix" if is_matrix(read_numbers(path)) else "series"
    except InputError:
        return None


def _choose_parts(groups: Groups, root: Path) -> tuple[list[Part], list[Finding]]:
    """Keep the parts that most people have, and whose files fit one another."""
    most = max((len(files) for files in groups.values()), default=0)
    parts: list[Part] = []
    n_rare = n_unlike = 0
    for (pattern, kind), files in sorted(groups.items()):
        if len(files) < (1 - _MOST_SHARE_MISSING) * most:
            n_rare += 1
            continue
        part = _make_part(pattern, kind, files, root)
        if part is None:
            n_unlike += 1
            continue
        parts.append(part)
    findings = []
    if n_rare:
        findings.append(_left_out(n_rare, "are had by too few people"))
    if n_unlike:
        why = "differ between people in size, rate or channels, or are matrices beyond -1 and 1"
        findings.append(_left_out(n_unlike, why))
    return parts, findings


def _make_part(pattern: str, kind: PartKind, files: Mapping[str, Path], root: Path) -> Part | None:
    """Return the people whose files have the commonest shape; None if that leaves too few."""
    rates_hz = _find_rates(files, root) if kind == "series" else {}
    shapes: dict[str, tuple[Any, ...]] = {}
    for label, path in files.items():
        with suppress(FascicleError):
            shapes[label] = (rates_hz.get(label), *_measure(path, kind))
    if not shapes:
        return None
    usual, n_usual = Counter(shapes.values()).most_common(1)[0]
    if n_usual < (1 - _MOST_SHARE_MISSING) * len(files):
        return None
    kept = {label: files[label] for label, shape in shapes.items() if shape == usual}
    sfreq_hz = usual[1] if kind == "recording" else usual[0]
    return Part(pattern, kind, kept, float(sfreq_hz or 1.0), sfreq_hz is not None)


def _find_rates(files: Mapping[str, Path], root: Path) -> dict[str, float | None]:
    """Return the sampling rate of each file, in hertz; where it states none, the others' rate."""
    told = {label: read_rate(path, root) for label, path in files.items()}
    stated = Counter(rate for rate in told.values() if rate is not None)
    usual = stated.most_common(1)[0][0] if stated else None
    return {label: usual if rate is None else rate for label, rate in told.items()}


def _measure(path: Path, kind: PartKind) -> tuple[Any, ...]:
    """Return what must be alike in the files of a part."""
    if kind == "recording":
        header = read_written_header(path)
        rates = {channel.sfreq_hz for channel in header.channels}
        if len(rates) != 1:
            raise _mixed_rates()
        return (header.sfreq_hz, *((one.name, one.kind, one.unit) for one in header.channels))
    if kind == "volume":
        file = open_volume_file(path)
        return (*file.shape[:3], *np.round(file.voxel_mm[:3], 3).tolist())
    values = read_numbers(path)
    if kind == "matrix" and np.abs(values).max() > 1 + _ROUNDING:
        raise _no_correlations()
    # The line of names is written into the twin: it must be everybody's.
    return (*values.shape[1:], read_names(path))


def read_names(path: Path) -> str:
    """Return the line of names of a table of numbers; empty if it begins with numbers."""
    if path.suffix.lower() == ".npy":
        return ""
    first = path.read_text("utf-8-sig").lstrip().partition("\n")[0].rstrip("\r")
    cells = [cell for cell in re.split(r"[\t,; ]+", first) if cell]
    return "" if any(_is_value(cell) for cell in cells) else first


def _is_value(cell: str) -> bool:
    """Tell whether a cell is a number, or says that there is none."""
    try:
        float(cell)
    except ValueError:
        return cell.strip("\"'").casefold() in {"n/a", "na", "nan", ""}
    return True


def _read_start(path: Path) -> NDArray[np.float64]:
    """Return the first samples of a recording, shape (n_times, n_channels)."""
    blocks: list[NDArray[np.float64]] = []
    for block in read_blocks(path):
        blocks.append(block)
        if sum(one.size for one in blocks) >= MOST_VALUES:
            break
    return np.concatenate(blocks, axis=1).T


def _read_volume(path: Path) -> NDArray[np.float64]:
    file = open_volume_file(path)
    values = np.zeros(file.shape[:3])
    for slab in file.slabs():
        if slab.volume:
            break  # of several volumes the first stands for all
        values[:, :, slab.first : slab.first + slab.values.shape[2]] = slab.values
    return values


def _narrow(part: Part, labels: tuple[str, ...]) -> Part:
    return replace(part, files={label: part.files[label] for label in labels})


def _narrow_table(table: PeopleTable, labels: tuple[str, ...]) -> PeopleTable:
    """Return the rows of these people, in their order."""
    rows = {label: row for row, label in enumerate(table.labels())}
    columns = {
        name: tuple(cells[rows[label]] for label in labels) for name, cells in table.columns.items()
    }
    return replace(table, columns=columns)


def _left_out(count: int, why: str) -> Finding:
    return Finding(
        code="twin.left_out",
        severity=Severity.NOTE,
        place="dataset",
        reason=f"{count} kinds of files {why}: the twin does not have them.",
        fix="Nothing is to be done, unless whoever uses the twin needs them.",
        origin="synthesize",
    )


def _people_left_out(count: int) -> Finding:
    return Finding(
        code="twin.people_left_out",
        severity=Severity.WARNING,
        place="dataset",
        reason=f"{count} people (or further rows of a person) are left out: they lack a row or a "
        "file that the others have, or theirs is unlike them.",
        fix="Mend the table or the files if they should count.",
        origin="synthesize",
    )


def _several_files() -> InputError:
    return InputError(
        "FSC145",
        "Expected one file of each name, found the same name in several folders.",
        "Name files after people (sub-01_...), so that it can be told who is who.",
    )


def _no_correlations() -> InputError:
    return InputError(
        "FSC145",
        "Expected correlations between -1 and 1 in a matrix, found numbers beyond.",
        "Make correlations of counts or covariances first.",
    )


def nothing_to_learn(n_people: int = 0) -> InputError:
    """Return the error of data without enough people, or without anything of them (FSC145)."""
    return InputError(
        "FSC145",
        f"Expected {MIN_PEOPLE} people or more who have the same columns and files, found "
        f"{n_people}.",
        "Name a table with a row for each person, a BIDS dataset, or a folder with a matrix or "
        "a time series for each person.",
    )


def _mixed_rates() -> InputError:
    return InputError(
        "FSC146",
        "Expected channels of one sampling rate, found several.",
        "Resample the recordings, or leave them out of the twin.",
    )
