"""What private questions are asked of: tables, and matrices or time series of people."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_PERSON = re.compile(r"sub-([0-9A-Za-z]+)(?P<more>-?)")
_ENDINGS = {".tsv", ".csv", ".txt", ".1d", ".npy"}
_NO_NUMBERS = {"participants.tsv", "sessions.tsv", "README.txt"}
_SYMMETRY = 1e-6


def read_people(source: Path, columns: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Read the rows of each person from a table, or from the participants table of a dataset.

    Parameters
    ----------
    source : Path
        A TSV or CSV file with a column ``participant_id``, or a BIDS dataset.
    columns : tuple of str
        Columns that must be there.

    Returns
    -------
    dict of str to list of dict
        Text of each column by its name, by the label of the person, without ``sub-``.

    Raises
    ------
    InputError
        FSC180 if there is no such table, a column is missing, or a cell reaches over its line.
    """
    path = source / "participants.tsv" if source.is_dir() else source
    if not path.is_file():
        raise _no_table("Expected a table of participants, found none.")
    header, *lines = _read_lines(path) or [[]]
    missing = [name for name in ("participant_id", *columns) if name not in header]
    if missing:
        raise _no_table(f"Expected the columns {', '.join(missing)}, found none of that name.")
    people = defaultdict[str, list[dict[str, str]]](list)
    for line in lines:
        row = dict(zip_longest(header, line[: len(header)], fillvalue=""))
        label = row["participant_id"].removeprefix("sub-")
        if not label:
            raise _no_table("Expected a participant_id in each row, found one without.")
        people[label].append({name: row[name] for name in columns})
    return dict(people)


def _read_lines(path: Path) -> list[list[str]]:
    """Read a table so that no cell reaches into another line.

    A quote that one person's cell opens must not swallow the lines of the people after it: that
    person's data would decide on theirs, and no noise is made for that.
    """
    try:
        # As bytes: a lone carriage return in a cell would be made the end of a line.
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _no_table("Expected a table in UTF-8, found a file of another kind.") from error
    if "\t" in text.partition("\n")[0]:
        lines = [[_unquote(cell) for cell in line.split("\t")] for line in text.split("\n")]
    else:
        try:
            lines = list(csv.reader(io.StringIO(text, newline="\n"), strict=True))
        except csv.Error as error:
            raise _no_table("Expected quotes that end where they began, found others.") from error
        if any("\n" in cell for line in lines for cell in line):
            raise _no_table("Expected cells of one line, found one of several.")
    stripped = ([cell.strip() for cell in line] for line in lines)
    return [line for line in stripped if any(line)]


def _unquote(cell: str) -> str:
    """Return what stands between the quotes around one cell of a table with tabs."""
    plain = cell.strip()
    is_quoted = len(plain) > 1 and plain[0] == plain[-1] == '"'
    return plain[1:-1].replace('""', '"') if is_quoted else plain


def read_connectivity(source: Path) -> dict[str, NDArray[np.float64]]:
    """Read one correlation matrix for each person.

    Parameters
    ----------
    source : Path
        An ``.npz`` with ``matrices`` (people, regions, regions) and ``participants``; or a folder
        whose files are named after people (``sub-01_...``; where none is, each file is a person),
        each a square matrix or a time series (times, regions) in TSV, CSV, text or NPY. Several
        files of one person are averaged.

    Returns
    -------
    dict of str to ndarray
        Matrices of shape (n_regions, n_regions) by label; 0 where a region never changes.

    Raises
    ------
    InputError
        FSC181 if there are none, they have different regions, or some say whose they are and
        others do not.
    """
    found = defaultdict[str, list[NDArray[np.float64]]](list)
    for label, matrix in _read_folder(source) if source.is_dir() else _read_archive(source):
        found[label].append(matrix)
    shapes = {matrix.shape for several in found.values() for matrix in several}
    if len(shapes) != 1:
        sizes = ", ".join(str(shape[0]) for shape in sorted(shapes)) or "no"
        raise _no_matrices(f"Expected matrices of one size, found {sizes} regions.")
    return {label: np.mean(several, axis=0) for label, several in sorted(found.items())}


def to_correlation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a square symmetric matrix as it is, and a time series as its correlations.

    Parameters
    ----------
    values : ndarray of float64, shape (n_times, n_regions) or (n_regions, n_regions)
        What a file holds.

    Returns
    -------
    ndarray of float64, shape (n_regions, n_regions)
        Between -1 and 1 where it comes from a time series; 0 for a region that never changes.
    """
    if is_matrix(values):
        return values
    centred = values - values.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    scaled = centred / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(scaled.T @ scaled)


def is_matrix(values: NDArray[np.float64]) -> bool:
    """Tell whether a table of numbers is square and symmetric; else it is a time series."""
    return values.shape[0] == values.shape[1] and bool(
        np.allclose(values, values.T, atol=_SYMMETRY)
    )


def read_prior(path: Path) -> NDArray[np.float64]:
    """Read a public matrix from a file.

    Raises
    ------
    InputError
        FSC181 if it is not square and symmetric.
    """
    values = read_numbers(path)
    if not is_matrix(values):
        raise _no_matrices("Expected a square symmetric matrix as the prior, got another.")
    return values


def walk_numbers(folder: Path) -> Iterator[Path]:
    """Yield files that may hold a matrix or a time series; tables about people do not."""
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        is_numbers = path.suffix.lower() in _ENDINGS and path.name not in _NO_NUMBERS
        if is_numbers and path.is_file() and not is_hidden:
            yield path


def name_people(folder: Path, paths: Sequence[Path]) -> list[str]:
    """Return whose each file is, by its path: the label after ``sub-``.

    Where no file has one, each is a person by its whole name.

    Raises
    ------
    InputError
        FSC181 if some files have a label and others none, or a label goes on after a dash: files
        of one person would then count as several people, or those of several as one.
    """
    found = [_PERSON.search(path.relative_to(folder).as_posix()) for path in paths]
    n_named = sum(one is not None for one in found)
    if n_named not in {0, len(paths)}:
        raise _no_matrices(
            f"Expected sub-LABEL in the name of each file, found it in {n_named} of {len(paths)}."
        )
    if any(one is not None and one["more"] for one in found):
        raise _no_matrices("Expected labels of letters and digits after sub-, found a dash.")
    return [path.stem if one is None else one[1] for path, one in zip(paths, found, strict=True)]


def read_numbers(path: Path) -> NDArray[np.float64]:
    """Read a table of numbers, with a line of names or without."""
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, allow_pickle=False).astype(np.float64)
        else:
            lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
            rows = [re.split(r"[\t,; ]+", line.strip()) for line in lines]
            first = 0 if _are_numbers(rows[0]) else 1
            values = np.array([[float(cell) for cell in row] for row in rows[first:]])
    except (ValueError, IndexError, OSError) as error:
        raise _no_matrices(
            "Expected a table of numbers in each file, found one without."
        ) from error
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise _no_matrices(
            "Expected two rows and two columns or more of finite numbers in each file, found one "
            f"of {values.ndim} axes and shape {values.shape}."
        )
    return np.asarray(values)


def _read_folder(folder: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield label and matrix of each file."""
    paths = list(walk_numbers(folder))
    for label, path in zip(name_people(folder, paths), paths, strict=True):
        yield label, to_correlation(read_numbers(path))


def _are_numbers(cells: list[str]) -> bool:
    try:
        return all(np.isfinite(float(cell)) or True for cell in cells)
    except ValueError:
        return False


def _read_archive(path: Path) -> list[tuple[str, NDArray[np.float64]]]:
    """Return labels and matrices of an NPZ file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            matrices = np.asarray(archive["matrices"], dtype=np.float64)
            labels = [str(label).removeprefix("sub-") for label in archive["participants"]]
        pairs = list(zip(labels, matrices, strict=True))
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
        raise _no_matrices(
            "Expected an NPZ file with as many participants as matrices, got another."
        ) from error
    is_square = matrices.ndim == 3 and matrices.shape[1] == matrices.shape[2]
    if not (is_square and np.isfinite(matrices).all()):
        raise _no_matrices(
            f"Expected a stack of square matrices of finite numbers, got shape {matrices.shape}."
        )
    return pairs


def _no_table(problem: str) -> InputError:
    return InputError(
        "FSC180",
        problem,
        "Name a BIDS dataset, or a TSV or CSV file with a column participant_id and the columns "
        "that you ask about.",
    )


def _no_matrices(problem: str) -> InputError:
    return InputError(
        "FSC181",
        problem,
        "Name a folder with a file for each person (sub-01_....tsv: a matrix, or times by "
        "regions), or an NPZ file with the arrays `matrices` and `participants`.",
    )
