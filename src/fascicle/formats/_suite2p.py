"""Suite2p: a folder for each plane, with what was found in it (stat, F, Fneu, spks, ops, iscell).

Dictionaries of .npy files are read without running any code that stands in them (`formats._npy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Modality
from fascicle.errors import FormatError

from ._npy import read_npy
from ._ophys import BLOCK_BYTES, Cells, Movie, OpenedOphys, OphysFormat, require_traces
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY"
_NEEDED = ("F.npy", "ops.npy")
_PARTS = ("F.npy", "Fneu.npy", "spks.npy", "ops.npy", "iscell.npy", "data.bin")
_TRACES = (("fluorescence", "F.npy"), ("neuropil", "Fneu.npy"), ("deconvolved", "spks.npy"))
_IMAGES = (("mean", "meanImg"), ("enhanced", "meanImgE"), ("correlation", "Vcorr"),
           ("maximum", "max_proj"))  # fmt: skip
_PLANE = re.compile(r"plane(\d+)")
_MAX_TEXT = 500


class Suite2p(OphysFormat):
    """Cells that Suite2p found."""

    name = "suite2p"
    title = "Suite2p (folders of planes with stat.npy, F.npy, ...)"
    n_fixed_parts = 2
    """``plane0/stat.npy``: what Suite2p itself names says nothing of the recording."""

    def recognises(self, head: FileHead) -> bool:
        """Look for an array of objects with the name that Suite2p gives it."""
        return head.path.name == "stat.npy" and head.head.startswith(_MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Look for the traces and settings beside it."""
        folder = (root / head.path).parent
        return all((folder / name).is_file() for name in _NEEDED)

    def refuses(self, head: FileHead, root: Path) -> str:
        """Leave out the folder in which Suite2p repeats the cells of all planes."""
        is_repeated = head.path.parent.name == "combined" and _planes(root, head.path)
        return "Expected one plane, got all planes once more, joined." if is_repeated else ""

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the other files of the plane, and the planes that were recorded with it."""
        planes = _planes(root, head.path) or [head.path.parent]
        if planes[0] != head.path.parent:
            return ()
        files = [
            plane / name
            for plane in planes
            for name in ("stat.npy", *_PARTS)
            if (root / plane / name).is_file()
        ]
        return tuple(path for path in files if path != head.path)

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Read the cells of every plane; frames are read when they are asked for."""
        folders = [root / path.parent for path in files if path.name == "stat.npy"]
        settings = [_read_settings(folder) for folder in folders]
        cells = tuple(
            _read_cells(folder, ops) for folder, ops in zip(folders, settings, strict=True)
        )
        movies = tuple(
            movie
            for folder, ops in zip(folders, settings, strict=True)
            if (movie := _find_movie(folder, ops)) is not None
        )
        if len(movies) != len(cells):
            movies = ()
        notes = dict.fromkeys(
            identifier
            for ops in settings
            for identifier in find_identifiers("Suite2p settings", _texts(ops))
        )
        header = Header(
            modality=Modality.OPHYS,
            sfreq_hz=_rate(settings[0]),
            identifiers=tuple(notes),
            evidence=("Suite2p's files are all there.",),
        )
        return OpenedOphys(header, movies, cells)


def _planes(root: Path, path: PurePosixPath) -> list[PurePosixPath]:
    """Return the folders ``plane0``, ``plane1``, ... beside a file's folder, in order."""
    parent = path.parent.parent
    place = root / parent
    numbered = [
        (int(found[1]), parent / folder.name)
        for folder in place.iterdir()
        if (found := _PLANE.fullmatch(folder.name)) and (folder / "stat.npy").is_file()
    ]
    return [folder for _, folder in sorted(numbered)]


def _read_settings(folder: Path) -> Mapping[str, Any]:
    ops = read_npy(folder / "ops.npy")
    if not isinstance(ops, Mapping):
        raise _incomplete("settings in ops.npy")
    return ops


def _incomplete(what: str) -> FormatError:
    return FormatError(
        "FSC254",
        f"Expected {what}, got something else.",
        "Copy the whole folder of results again, or run Suite2p anew.",
    )


def _rate(ops: Mapping[str, Any]) -> float:
    """Return the frames of a plane in a second."""
    with suppress(TypeError, ValueError):
        rate_hz = float(ops.get("fs", 0.0))
        if 0 < rate_hz < 1e6:
            return rate_hz
    return 0.0


def _read_cells(folder: Path, ops: Mapping[str, Any]) -> Cells:
    """Read masks and traces of a plane."""
    stat = read_npy(folder / "stat.npy")
    if not isinstance(stat, np.ndarray) or not all(isinstance(cell, Mapping) for cell in stat):
        raise _incomplete("a description of each cell in stat.npy")
    traces = {}
    for name, file in _TRACES:
        if (folder / file).is_file():
            values = read_npy(folder / file, mapped=True)
            if not isinstance(values, np.ndarray) or values.dtype.kind != "f" or values.ndim != 2:
                raise _incomplete(f"numbers of cells by frames in {file}")
            traces[name] = values.T  # (n_cells, n_frames) -> (n_frames, n_cells)
    columns = {}
    if (folder / "iscell.npy").is_file():
        judged = read_npy(folder / "iscell.npy")
        if judged.ndim != 2 or judged.shape[1] < 1:
            raise _incomplete("a judgement of each cell in iscell.npy")
        columns["iscell"] = judged[:, 0].astype(np.int64)
        if judged.shape[1] > 1:
            columns["probability"] = judged[:, 1].astype(np.float64)
    size = int(ops.get("Ly", 0)), int(ops.get("Lx", 0))
    return require_traces(
        Cells(
            masks=tuple(_mask(cell, size) for cell in stat),
            traces=traces,
            columns=columns,
            images=_read_images(ops, size),
        )
    )


def _mask(
    cell: Mapping[str, Any], size: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return columns, rows and weights of a cell's pixels."""
    rows, columns = np.asarray(cell["ypix"]), np.asarray(cell["xpix"])
    weights = np.asarray(cell.get("lam", np.ones(len(rows))), np.float32)
    is_whole = rows.dtype.kind in "iu" and columns.dtype.kind in "iu"
    if not is_whole or not rows.shape == columns.shape == weights.shape or rows.ndim != 1:
        raise _incomplete("as many rows, columns and weights of each cell")
    if rows.size == 0 or min(rows.min(), columns.min()) < 0:
        raise _incomplete("at least one pixel of each cell, inside the frame")
    if size[0] and (rows.max() >= size[0] or columns.max() >= size[1]):
        raise _incomplete("pixels of cells inside the frame")
    return columns.astype(np.uint32), rows.astype(np.uint32), weights


def _read_images(ops: Mapping[str, Any], size: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Return the images of the plane; those of a cropped frame go to their place in it."""
    images: dict[str, NDArray[Any]] = {}
    for name, key in _IMAGES:
        image = np.asarray(ops.get(key, 0))
        if image.ndim != 2 or image.dtype.kind not in "fiu":
            continue
        if image.shape != size and size[0]:
            whole = np.zeros(size, np.float32)
            with suppress(TypeError, ValueError, KeyError, IndexError):
                (top, bottom), (left, right) = ops["yrange"], ops["xrange"]
                whole[int(top) : int(bottom), int(left) : int(right)] = image
                images[name] = whole
        else:
            images[name] = image.astype(np.float32)
    return images


def _find_movie(folder: Path, ops: Mapping[str, Any]) -> Movie | None:
    """Return the registered frames, if their file is there and of the size that is stated."""
    path = folder / "data.bin"
    shape = tuple(int(ops.get(key, 0)) for key in ("nframes", "Ly", "Lx"))
    if not path.is_file() or 0 in shape or path.stat().st_size != 2 * int(np.prod(shape)):
        return None
    n_block = max(1, BLOCK_BYTES // (2 * shape[1] * shape[2]))

    def blocks() -> Iterator[NDArray[Any]]:
        frames = np.memmap(path, "<i2", "r", shape=shape)
        for start in range(0, shape[0], n_block):
            yield np.asarray(frames[start : start + n_block])

    return Movie(shape, "<i2", blocks, is_registered=True)


def _texts(ops: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield the paths and names that stand among the settings."""
    for key, value in ops.items():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, str) and len(item) <= _MAX_TEXT and re.search(r"[/\\]", item):
                yield "path", str(key), item
            elif isinstance(item, str) and key in {"mesoscan", "date_proc", "subject", "notes"}:
                yield "text", str(key), item
