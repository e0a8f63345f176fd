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

from ._twin_inputs import Part, TwinSource, make_pattern

_DIGITS: Final = "%.6g"
_TEXTS: Final = frozenset({".tsv", ".csv", ".txt"})
_DESCRIPTION: Final = "dataset_description.json"
_NOT_COPIED: Final = frozenset({
    _DESCRIPTION, "CITATION.cff", "CHANGES", "README", "README.md", "README.txt", "README.rst",
    "dataset.jsonld", "report.html", "participants.tsv", "participants.json",
})  # fmt: skip
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
    """Write a table of numbers with the line of names and the delimiter of the real ones."""
    first = example.read_text("utf-8-sig").partition("\n")[0].rstrip("\r")
    mark = next((mark for mark in ("\t", ",", ";") if mark in first), " ")
    head = "" if re.fullmatch(r"[-+0-9.eE\s,;]*", first) else f"{first}\n"
    stream = io.StringIO()
    np.savetxt(stream, values, fmt=_DIGITS, delimiter=mark)
    write_atomic(path, head + stream.getvalue())
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
    if source.table.dictionary:
        words = json.dumps(source.table.dictionary, indent=2, ensure_ascii=False)
        write_atomic(path.with_suffix(".json"), words + "\n")
    return path


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


def write_description(source: TwinSource, folder: Path) -> bool:
    """Write what a twin is, where the real dataset says what it is; tell whether it does."""
    path = source.path / _DESCRIPTION
    if not path.is_file():
        return False
    _write_description(json.loads(path.read_text("utf-8-sig")), folder)
    return True


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
            if name.name not in _NOT_COPIED:
                write_atomic(folder / name, path.read_bytes())
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


def _list_sidecars(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".tsv"} and path.is_file():
            yield path


def _write_description(about: Mapping[str, Any], folder: Path) -> None:
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
    same = _agree_on_fields(told) if told[0].suffix == ".json" else _agree_on_columns(told)
    return f"{same}\n".encode() if same else None


def _agree_on_fields(paths: Sequence[Path]) -> str:
    first, *others = (json.loads(path.read_text("utf-8-sig")) for path in paths)
    same = {
        key: value
        for key, value in first.items()
        if all(key in one and one[key] == value for one in others)
    }
    return json.dumps(same, indent=2, ensure_ascii=False) if same else ""


def _agree_on_columns(paths: Sequence[Path]) -> str:
    """Return the columns of tables of one length in which all cells are the same."""
    tables = [
        [line.split("\t") for line in path.read_text("utf-8-sig").splitlines()] for path in paths
    ]
    columns = [set(zip(*table, strict=False)) for table in tables]
    order = dict.fromkeys(zip(*tables[0], strict=False))
    same = [column for column in order if all(column in one for one in columns)]
    return "\n".join("\t".join(line) for line in zip(*same, strict=True))
