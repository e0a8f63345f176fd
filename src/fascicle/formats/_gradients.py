"""Gradients of diffusion images: directions and weights, as numbers and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import FormatError

_MAX_BYTES = 8 << 20
_UNWEIGHTED = 50.0


@dataclass(frozen=True, slots=True)
class Gradients:
    """How each volume of a diffusion image is weighted.

    Attributes
    ----------
    bvals : ndarray of float64, shape (n_volumes,)
        In s/mm².
    bvecs : ndarray of float64, shape (3, n_volumes)
        Unit vectors in the frame of the image, as FSL has them; zero where nothing is weighted.
    """

    bvals: NDArray[np.float64]
    bvecs: NDArray[np.float64]


def read_gradients(bval: Path, bvec: Path) -> Gradients:
    r"""Read both files of a gradient table.

    Parameters
    ----------
    bval, bvec : Path
        Numbers between blanks: one row (or column) of b-values; three rows of components, or one
        row for each volume.

    Returns
    -------
    Gradients
        With vectors as columns.

    Raises
    ------
    FormatError
        FSC226 if something is no number, or they are not of the same length.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.bval").write_text("0 1000")
    >>> _ = (folder / "a.bvec").write_text("0 0 0\n0 1 0\n")
    >>> read_gradients(folder / "a.bval", folder / "a.bvec").bvecs.tolist()
    [[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    bvals = read_numbers(bval).ravel()
    bvecs = read_numbers(bvec, may_be_nan=True)
    if bvecs.shape[0] != 3 and bvecs.shape[1] == 3:
        bvecs = bvecs.T  # (3, n_volumes)
    if bvecs.shape[0] != 3 or bvecs.shape[1] != bvals.size:
        raise _unusable(
            f"three components for each of {bvals.size} b-values, got rows and columns of "
            f"{bvecs.shape[0]} by {bvecs.shape[1]}"
        )
    is_undefined = np.isnan(bvecs).all(axis=0)
    if np.isnan(bvecs[:, ~is_undefined]).any() or (bvals[is_undefined] > _UNWEIGHTED).any():
        raise _unusable("a direction for every weighted volume, got one that is no number")
    return Gradients(bvals, np.where(is_undefined, 0.0, bvecs))  # some write NaN where b is 0


def read_numbers(path: Path, *, may_be_nan: bool = False) -> NDArray[np.float64]:
    """Return a file of numbers between blanks or commas, one row for each line.

    Raises
    ------
    FormatError
        FSC201 if it cannot be read, FSC226 if something in it is no finite number.
    """
    try:
        text = path.read_text(encoding="ascii") if path.stat().st_size <= _MAX_BYTES else ""
        rows = [[float(word) for word in line.replace(",", " ").split()]
                for line in text.splitlines() if line.strip()]  # fmt: skip
        numbers = np.array(rows, dtype=np.float64)
    except OSError as error:
        raise FormatError(
            "FSC201",
            f"Expected a readable {path.suffix} file, got {type(error).__name__}.",
            "Check that the file is there and that you may read it.",
        ) from error
    except ValueError as error:
        raise _unusable("rows of numbers of one length, got others") from error
    is_valid = np.isfinite(numbers) | (may_be_nan & np.isnan(numbers))
    if numbers.ndim != 2 or not is_valid.all():
        raise _unusable("rows of finite numbers, got others or none")
    return numbers


def write_gradients(gradients: Gradients, folder: Path, stem: str) -> tuple[str, str]:
    """Write ``stem.bval`` and ``stem.bvec``; return their names."""
    rows = [gradients.bvals, *gradients.bvecs]
    lines = [" ".join(_shortest(value) for value in row.tolist()) + "\n" for row in rows]
    (folder / f"{stem}.bval").write_text(lines[0], encoding="ascii", newline="\n")
    (folder / f"{stem}.bvec").write_text("".join(lines[1:]), encoding="ascii", newline="\n")
    return f"{stem}.bval", f"{stem}.bvec"


def _shortest(value: float) -> str:
    """Write a number so that it reads back as the same."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _unusable(what: str) -> FormatError:
    return FormatError(
        "FSC226",
        f"Expected {what} in the gradients of a diffusion image.",
        "Convert the series again with dcm2niix, or put the .bval and .bvec of this image beside "
        "it.",
    )
