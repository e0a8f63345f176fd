"""Write synthetic people the way the real ones lie: the same names, tables and formats."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Subject
from fascicle.formats import open_volume_file, read_written_header, write_signals
from fascicle.jobs import write_atomic
from fascicle.protect import release_metadata

from ._twin_inputs import Part, TwinSource, make_pattern, read_names

_DIGITS: Final = "%.6g"
_TEXTS: Final = frozenset({".tsv", ".csv", ".txt"})
_DESCRIPTION: Final = "dataset_description.json"
_WORDS: Final = ("LongName", "Description", "Units")
_PERSON: Final = re.compile(r"sub-([0-9A-Za-z]+)")


def name_twins(count: int) -> tuple[str, ...]:
    """Return labels that no real person has: ``twin001``, ``twin002``.

    Examples
    --------
    >>> name_twins(2)
    ('twin001', 'twin002')
    """
    width = max(3, len(str(count)))
    return tuple(f"twin{number:0{width}d}" for number in range(1, count + 1))


def write_part(part: Part, label: str, values: NDArray[np.float64], folder: Path) -> Path:
    """Write what one synthetic person has of a part.

    Parameters
    ----------
    part : Part
        Of the real dataset: its names, columns, channels and units are kept.
    label : str
        The synthetic person.
    values : ndarray of float64
        As `Part.read` gives them; of a volume fewer voxels, over the same field of view.
    folder : Path
        The twin.

    Returns
    -------
    Path
        The file.
    """
    path = folder / part.pattern.replace("{}", label)
    path.parent.mkdir(parents=True, exist_ok=True)
    example = next(iter(part.files.values()))
    if part.kind == "recording":
        write_signals(_bare_header(example, len(values)), values.T, path)
        return path
    if part.kind == "volume":
        return _write_volume(example, values, path)
    if path.suffix.lower() == ".npy":
        np.save(path, values, allow_pickle=False)
        return path
    return _write_numbers(example, values, path)


def _bare_header(example: Path, n_times: int) -> Header:
    """Return what all people's recordings have in common, and nothing else."""
    header = read_written_header(example)
    return replace(
        header, n_times=n_times, events=(), measured_at=None, subject=Subject(), identifiers=(),
        metadata={}, entities=(), evidence=(), clocks=(), terms=(),
        channels=tuple(replace(one, position_m=None) for one in header.channels),
    )  # fmt: skip


def _write_volume(example: Path, values: NDArray[np.float64], path: Path) -> Path:
    import nibabel as nib

    file = open_volume_file(example)
    # Coarser voxels over the same field of view, about the middle: nobody's own position.
    sizes = [
        size * n_fine / n_coarse
        for size, n_fine, n_coarse in zip(file.voxel_mm, file.shape, values.shape, strict=False)
    ]
    affine = np.diag([*sizes, 1.0])
    affine[:3, 3] = [
        -size * (length - 1) / 2 for size, length in zip(sizes, values.shape, strict=True)
    ]
    image = nib.Nifti1Image(values.astype(np.float32), affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
    return path


def _write_numbers(example: Path, values: NDArray[np.float64], path: Path) -> Path:
    """Write a table of numbers with the line of names, if all have one, and their delimiter."""
    names = read_names(example)
    first = example.read_text("utf-8-sig").lstrip().partition("\n")[0].rstrip("\r")
    mark = next((mark for mark in ("\t", ",", ";") if mark in first), " ")
    stream = io.StringIO()
    np.savetxt(stream, values, fmt=_DIGITS, delimiter=mark)
    write_atomic(path, (f"{names}\n" if names else "") + stream.getvalue())
    return path


def write_table(source: TwinSource, rows: Sequence[Mapping[str, Any]], folder: Path) -> Path | None:
    """Write the table of synthetic people, with the columns of the real one in their order.

    Parameters
    ----------
    source : TwinSource
        The real dataset.
    rows : sequence of mapping
        Cells by column; None is written as ``n/a``.
    folder : Path
        The twin.

    Returns
    -------
    Path or None
        The table; None if the real dataset has none.
    """
    if source.table is None:
        return None
    path = folder / name_table(source.table.path)
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=_find_mark(source.table.path), lineterminator="\n")
    writer.writerow(source.table.columns)
    for row in rows:
        writer.writerow("n/a" if cell is None else cell for cell in row.values())
    write_atomic(path, stream.getvalue())
    told = _keep_words(source, rows) if source.path.is_dir() else {}
    if told:
        words = json.dumps(told, indent=2, ensure_ascii=False)
        write_atomic(path.with_suffix(".json"), words + "\n")
    return path


def _keep_words(source: TwinSource, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a dataset's dictionary says of its columns; of levels those that the twin has."""
    assert source.table is not None  # noqa: S101 - the caller has one
    kept: dict[str, Any] = {}
    for name in source.table.columns:
        about = source.table.dictionary.get(name)
        if not isinstance(about, Mapping):
            continue
        cells = {str(row[name]) for row in rows}
        words = {key: about[key] for key in _WORDS if isinstance(about.get(key), str)}
        levels = about.get("Levels")
        if isinstance(levels, Mapping):
            words["Levels"] = {key: text for key, text in levels.items() if key in cells}
        kept[name] = words
    return kept


def name_table(path: Path) -> str:
    """Return the name of a twin's table: that of the real one, a workbook's as TSV."""
    return path.name if path.suffix.lower() in _TEXTS else f"{path.stem}.tsv"


def _find_mark(path: Path) -> str:
    """Return what parts the columns of a table."""
    if path.suffix.lower() not in _TEXTS:
        return "\t"
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        first = stream.readline()
    return max("\t,;|", key=first.count)


def read_description(source: TwinSource) -> dict[str, Any]:
    """Return what a BIDS dataset says of itself; nothing if it is none, or cannot be read."""
    try:
        told = json.loads((source.path / _DESCRIPTION).read_text("utf-8-sig"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def write_sidecars(source: TwinSource, labels: Sequence[str], folder: Path) -> int:
    """Write what goes with the data of a BIDS dataset: sidecars that say the same of everybody.

    Parameters
    ----------
    source : TwinSource
        The real dataset.
    labels : sequence of str
        The synthetic people.
    folder : Path
        The twin.

    Returns
    -------
    int
        Kinds of files that people have and the twin does not, because they differ between people.
    """
    known = {path for part in source.parts for path in part.files.values()}
    groups: dict[str, dict[str, Path]] = {}
    for path in _list_sidecars(source.path):
        name = path.relative_to(source.path)
        named = _PERSON.search(name.as_posix())
        if named is None and len(name.parts) == 1 and name.suffix == ".json":
            same = _agree_on_fields([path]) if _applies(name.stem, source.parts) else ""
            if same:
                write_atomic(folder / name, f"{same}\n")
        elif named is not None and path not in known:
            label = named[1]
            pattern = make_pattern(name.as_posix(), f"sub-{label}", label)
            groups.setdefault(pattern, {})[label] = path
    wanted = [part.pattern.rpartition("_")[0] for part in source.parts]
    return sum(
        not _write_common(files, pattern, labels, folder)
        for pattern, files in sorted(groups.items())
        if any(pattern.startswith(stem) for stem in wanted) and set(source.labels) <= set(files)
    )


def _applies(stem: str, parts: Sequence[Part]) -> bool:
    """Tell whether a sidecar at the top is one of a part: its words are all in the part's name."""
    words = stem.split("_")
    names = [part.pattern.rpartition("/")[2].partition(".")[0].split("_") for part in parts]
    return any(words[-1] == name[-1] and set(words) <= set(name) for name in names)


def _list_sidecars(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".tsv"} and path.is_file():
            yield path


def write_description(about: Mapping[str, Any], folder: Path) -> None:
    """Write what a twin is, in the place of what the real dataset says of itself."""
    from fascicle import __version__

    twin = {
        "Name": f"Synthetic twin of: {about.get('Name') or 'a dataset'}",
        "BIDSVersion": about.get("BIDSVersion", "1.10.0"),
        "DatasetType": about.get("DatasetType", "raw"),
        "GeneratedBy": [{"Name": "Fascicle", "Version": __version__,
                         "Description": "People who never were; see README.md."}],
    }  # fmt: skip
    write_atomic(folder / _DESCRIPTION, json.dumps(twin, indent=2, ensure_ascii=False) + "\n")


def _write_common(
    files: Mapping[str, Path], pattern: str, labels: Sequence[str], folder: Path
) -> bool:
    """Write a sidecar for every synthetic person if it says the same of all real ones."""
    common = _agree(files.values())
    if common is None:
        return False
    for label in labels:
        write_atomic(folder / pattern.replace("{}", label), common)
    return True


def _agree(paths: Iterable[Path]) -> bytes | None:
    """Return fields, or columns, on which the sidecars of all agree; None if there are none."""
    told = list(paths)
    try:
        same = _agree_on_fields(told) if told[0].suffix == ".json" else _agree_on_columns(told)
    except (ValueError, OSError):
        return None  # somebody's cannot be read: nothing is the same of all
    return f"{same}\n".encode() if same else None


def _agree_on_fields(paths: Sequence[Path]) -> str:
    """Return the fields that all have alike, of those that tell of no place, device or day."""
    told = [json.loads(path.read_text("utf-8-sig")) for path in paths]
    if not all(isinstance(one, dict) for one in told):
        return ""
    first, *others = told
    same = {
        key: value
        for key, value in first.items()
        if all(key in one and one[key] == value for one in others)
    }
    kept, _ = release_metadata(same)
    return json.dumps(kept, indent=2, ensure_ascii=False) if kept else ""


def _agree_on_columns(paths: Sequence[Path]) -> str:
    """Return the columns of tables of one length in which all cells are the same."""
    tables = [
        [line.split("\t") for line in path.read_text("utf-8-sig").splitlines()] for path in paths
    ]
    columns = [set(zip(*table, strict=False)) for table in tables]
    order = dict.fromkeys(zip(*tables[0], strict=False))
    same = [column for column in order if all(column in one for one in columns)]
    return "\n".join("\t".join(line) for line in zip(*same, strict=True))
