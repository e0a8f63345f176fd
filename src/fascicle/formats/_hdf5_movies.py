"""Movies in HDF5: SIMA's ``/imaging``, and files in which one array of frames is nearly all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import FileHead, Header, Modality
from fascicle.errors import FormatError

from ._hdf5_texts import find_texts
from ._ophys import BLOCK_BYTES, Movie, OpenedOphys, OphysFormat
from ._vendor import find_identifiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"\x89HDF\r\n\x1a\n"
_NAMED = frozenset({"imaging", "mov", "movie", "data", "images", "frames", "video", "stack"})
_FOREIGN = frozenset({
    "obs", "var", "X", "matrix", "DataSet", "DataSetInfo", "templates", "spike_matrix",
    "node_names", "tracks", "specifications", "estimates", "nirs", "row_attrs", "col_attrs",
    "recordings", "channel_groups", "_i_table", "df_with_missing", "#refs#", "Data", "EEG",
})  # fmt: skip
"""Names at the top of files of other kinds: cells, probes, poses, Imaris, MATLAB."""

_MIN_SIDE = 16
_MIN_SHARE = 0.8
_MAX_CHANNELS = 4
_N_SLICES = 8
_MAX_NODES = 2000
_LABELS = frozenset("tzyxc")


class Hdf5Movie(OphysFormat):
    """Movies in HDF5."""

    name = "hdf5-movie"
    title = "Calcium imaging in HDF5 (SIMA, one array of frames)"
    proven_on = "real"

    def recognises(self, head: FileHead) -> bool:
        """Look for HDF5; whether it is a movie, `confirms` tells."""
        return not head.is_folder and head.head.startswith(_MAGIC)

    def confirms(self, head: FileHead, root: Path) -> bool:
        """Tell by the arrays in it whether it is a movie."""
        import h5py

        with h5py.File(root / head.path, "r") as file:
            return _find_array(file) is not None

    def open_ophys(self, root: Path, files: tuple[PurePosixPath, ...]) -> OpenedOphys:
        """Open the array; frames are read when they are asked for."""
        import h5py

        path = root / files[0]
        with h5py.File(path, "r") as file:
            node = _find_array(file)
            if node is None:
                raise FormatError(
                    "FSC252",
                    "Expected one array of numbers with three to five axes that is nearly all of "
                    "the file, got none.",
                    "Leave the file out, or export the movie as TIFF.",
                )
            layout = find_layout(node)
            header = Header(
                modality=Modality.OPHYS,
                sfreq_hz=_rate(file, node),
                certainty=layout.certainty,
                evidence=layout.evidence,
                identifiers=tuple(dict.fromkeys(find_identifiers("HDF5", find_texts(file)))),
                metadata=_metadata(node),
            )
            sizes = dict(zip(layout.axes, node.shape, strict=True))
            dtype = node.dtype.newbyteorder("<").str
            name = node.name
        movies = tuple(
            _make_movie((path, name), layout.axes, sizes, dtype, c)
            for c in range(sizes.get("c", 1))
        )
        return OpenedOphys(header, movies)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the axes of an array are.

    Attributes
    ----------
    axes : str
        A letter for each: ``t`` frames, ``z`` planes, ``y`` rows, ``x`` columns, ``c`` channels.
    certainty : float
        Between 0 and 1.
    evidence : tuple of str
        Sentences: how they were found.
    """

    axes: str
    certainty: float
    evidence: tuple[str, ...]


def find_layout(node: Any) -> Layout:  # noqa: ANN401 - an h5py.Dataset or an array
    """Tell which axis of an array holds the frames.

    Labels of the axes decide where there are any. Else slices are compared along each axis that
    may be time: frames of a movie show the same cells from first to last, so that slices far
    apart are alike (mean correlation of eight), and slices along rows or columns are not.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> scene = np.repeat(rng.normal(100, 20, (33, 47, 1)), 19, axis=2)
    >>> find_layout(scene + rng.normal(0, 10, scene.shape)).axes
    'yxt'
    """
    labels = "".join(_labels(node))
    if len(labels) == len(node.shape) and set(labels) <= _LABELS and {"y", "x"} <= set(labels):
        axes = labels if "t" in labels else labels.replace("z", "t", 1)
        if "t" in axes and len(set(axes)) == len(axes):
            return Layout(axes, 0.95, ("Its axes are labelled.",))
    if len(node.shape) == 5:
        return Layout("tzyxc", 0.6, ("Five axes in the order of SIMA.",))
    last = len(node.shape) - 1
    if last == 3 and node.shape[last] <= _MAX_CHANNELS:
        last -= 1  # channels stand last, and are alike as well
    likeness = {axis: _likeness(node, axis) for axis in (0, last)}
    frames = max(likeness, key=lambda axis: likeness[axis])
    other = next(value for axis, value in likeness.items() if axis != frames)
    rest = [axis for axis in range(len(node.shape)) if axis != frames]
    letters = {frames: "t", **_name_rest(rest, node.shape)}
    return Layout(
        "".join(letters[axis] for axis in range(len(node.shape))),
        0.85 if likeness[frames] - other > 0.2 else 0.6,
        (
            f"Slices along axis {frames + 1} of {len(node.shape)} stay alike from first to last "
            f"(mean correlation {likeness[frames]:.2f}; {other:.2f} along the other that could be "
            "time).",
        ),
    )


def _labels(node: Any) -> list[str]:  # noqa: ANN401
    """Return the labels of the axes in small letters."""
    try:
        return [dimension.label.strip().lower() for dimension in node.dims]
    except (AttributeError, RuntimeError):
        return []


def _name_rest(rest: Sequence[int], shape: Sequence[int]) -> dict[int, str]:
    """Say what the axes beside time are: rows and columns, and channels or planes."""
    if len(rest) == 2:
        return dict(zip(rest, "yx", strict=True))
    small = min(rest, key=lambda axis: shape[axis])
    letter = "c" if shape[small] <= _MAX_CHANNELS and small == rest[-1] else "z"
    others = [axis for axis in rest if axis != small]
    return {small: letter, **dict(zip(others, "yx", strict=True))}


def _likeness(node: Any, axis: int) -> float:  # noqa: ANN401
    """Return how alike slices along an axis are, far apart: their mean correlation."""
    n = node.shape[axis]
    picks = np.unique(np.linspace(0, n - 1, min(n, _N_SLICES)).astype(int))
    slices = []
    for i in picks:
        index: list[Any] = [slice(None)] * len(node.shape)
        index[axis] = int(i)
        values = np.asarray(node[tuple(index)], dtype=np.float64).ravel()
        values = np.nan_to_num(values - np.nanmean(values))
        norm = float(np.linalg.norm(values))
        slices.append(values / norm if norm > 0 else values)
    pairs = [float(a @ b) for a, b in combinations(slices, 2)]
    return float(np.mean(pairs)) if pairs else 0.0


def _find_array(file: Any) -> Any | None:  # noqa: ANN401 - h5py
    """Return the array of frames of a file, if there is one."""
    import h5py

    if _FOREIGN.intersection(file) or {"nwb_version", "encoding-type"} & set(file.attrs):
        return None
    arrays: list[Any] = []
    n_nodes = 0

    def visit(_: str, node: Any) -> bool | None:  # noqa: ANN401
        nonlocal n_nodes
        n_nodes += 1
        if isinstance(node, h5py.Dataset):
            arrays.append(node)
        return True if n_nodes > _MAX_NODES else None

    if file.visititems(visit):
        return None
    sized = [node for node in arrays if node.shape and node.dtype.kind in "iufb"]
    total = sum(node.size * node.dtype.itemsize for node in sized)
    candidates = [node for node in sized if _is_movie(node)]
    largest = max(candidates, key=lambda node: node.size * node.dtype.itemsize, default=None)
    if largest is None or largest.size * largest.dtype.itemsize < _MIN_SHARE * total:
        return None
    return largest


def _is_movie(node: Any) -> bool:  # noqa: ANN401
    """Tell by type and shape whether an array may hold frames."""
    is_named = node.name.rpartition("/")[2].casefold() in _NAMED
    is_counts = node.dtype.str[1:] in {"u1", "u2", "i2"}
    is_float = node.dtype.str[1:] in {"f4", "f8", "i4"} and is_named
    sides = sorted(node.shape)[-2:]
    return (
        (is_counts or is_float)
        and 3 <= len(node.shape) <= 5
        and "MATLAB_class" not in node.attrs
        and min(sides) >= _MIN_SIDE
        and prod(node.shape) > 0
    )


def _make_movie(
    place: tuple[Path, str], axes: str, sizes: dict[str, int], dtype: str, channel: int
) -> Movie:
    """Return one channel of an array as a movie."""
    order = [letter for letter in "tzyx" if letter in axes]
    if sizes.get("z") == 1:
        order.remove("z")
    shape = tuple(sizes[letter] for letter in order)
    n_block = max(1, BLOCK_BYTES // max(1, prod(shape[1:]) * np.dtype(dtype).itemsize))
    path, name = place

    def blocks() -> Iterator[NDArray[Any]]:
        import h5py

        with h5py.File(path, "r") as file:
            node = file[name]
            for start in range(0, shape[0], n_block):
                picked = {"t": slice(start, start + n_block), "c": channel}
                if "z" not in order:
                    picked["z"] = 0
                block = node[tuple(picked.get(letter, slice(None)) for letter in axes)]
                left = [letter for letter in axes if letter in order]
                yield block.transpose([left.index(letter) for letter in order])

    return Movie(shape, dtype, blocks)


def _rate(file: Any, node: Any) -> float:  # noqa: ANN401
    """Return the frame rate that an attribute states, in hertz; 0 where none does."""
    for holder in (node, file):
        for name in ("fr", "frame_rate", "framerate", "FrameRate", "fps", "sampling_rate"):
            value = np.asarray(holder.attrs.get(name, 0))
            if value.size == 1 and value.dtype.kind in "iuf" and 0 < float(value.ravel()[0]) < 1e6:
                return float(value.ravel()[0])
    return 0.0


def _metadata(node: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the size of a pixel along x, y and z, as SIMA states it (in the order z, y, x)."""
    sizes = np.asarray(node.attrs.get("element_size_um", ()))
    if sizes.dtype.kind in "iuf" and sizes.shape == (3,) and np.all(sizes > 0):
        return {"PixelSizeMicrometres": [float(size) for size in sizes[::-1]]}
    return {}
