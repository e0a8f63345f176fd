"""Variables of MATLAB files as plain Python values, of version 5 and 7.3 (HDF5) alike."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ._files import require_room

if TYPE_CHECKING:
    from numpy.typing import NDArray

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_COMPRESSED, _MATRIX = 15, 14
_STRUCTURE = 2
_LISTS = frozenset({1, _STRUCTURE, 3, 16, 17})  # cells, structures, objects: matrices inside
_NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18})
_IN_LISTS = _NUMBERS | {_MATRIX}
_AT_THE_TOP = frozenset({_MATRIX, _COMPRESSED})
_MAX_PACKING = 50
_AHEAD_BYTES = 4096
_ALWAYS_MODEST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Matrix:
    """A numeric variable that stays in its file.

    Attributes
    ----------
    shape : tuple of int
        As MATLAB has it.
    read : callable
        ``read(start, stop)`` gives columns ``start`` to ``stop`` of the matrix as
        ``(shape[0], stop - start)``, further dimensions unrolled one after the other.
    """

    shape: tuple[int, ...]
    read: Callable[[int, int], NDArray[Any]]


def is_matlab(head: bytes) -> bool:
    """Tell whether a file begins as MATLAB files of version 5 or 7.3 do."""
    return head.startswith((b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file")) or (
        len(head) >= 128 and head[124:128] in {b"\x00\x01IM", b"\x01\x00MI"}
    )


def first_variable(head: bytes) -> tuple[str, bool]:
    """Return the name of the first variable of a version 5 file, and whether it is a structure.

    Examples
    --------
    >>> first_variable(b"no such file")
    ('', False)
    """
    if len(head) < 136 or head[126:128] not in {b"IM", b"MI"}:
        return "", False
    order = "<" if head[126:128] == b"IM" else ">"
    try:
        body = _first_matrix(head[128:], order)
        # Flags take 16 bytes; then come the dimensions and the name, each with a tag of its own.
        kind = struct.unpack_from(order + "I", body, 8)[0] & 0xFF
        place, _ = _skip_element(body, 16, order)
        _, name = _skip_element(body, place, order)
        return name.decode("ascii"), kind == _STRUCTURE
    except (struct.error, zlib.error, UnicodeDecodeError, ValueError):
        return "", False


def _first_matrix(data: bytes, order: str) -> bytes:
    """Return the content of the first element, unpacked as far as its beginning goes."""
    kind, _ = struct.unpack_from(order + "II", data)
    if kind == _COMPRESSED:
        # A bounded part only: a few bytes can unpack to gigabytes.
        data = zlib.decompressobj().decompress(data[8:], 4096)
        kind, _ = struct.unpack_from(order + "II", data)
    if kind != _MATRIX:
        raise ValueError("no matrix")
    return data[8:]


def _skip_element(data: bytes, place: int, order: str) -> tuple[int, bytes]:
    """Return where the element after the one at `place` begins, and what this one holds."""
    kind, size = struct.unpack_from(order + "II", data, place)
    if kind >> 16:  # a small element: size and type share one word, the data fill the other
        size = kind >> 16
        return place + 8, data[place + 4 : place + 4 + size]
    return place + 8 + -(-size // 8) * 8, data[place + 8 : place + 8 + size]


def load_struct(path: Path, name: str, matrix: str) -> dict[str, Any]:
    """Load a structure, or the variables of a file that keeps its fields at the top.

    Parameters
    ----------
    path : Path
        A MATLAB file.
    name : str
        Name of the structure; without one, the variables of the file are taken.
    matrix : str
        The field that holds numbers by the gigabyte: given as a `Matrix` unless it is a text.

    Returns
    -------
    dict
        Texts as str, structure arrays as lists of dict, cells as lists, single numbers as float,
        other numbers as arrays, empty values as None.
    """
    with path.open("rb") as stream:
        head = stream.read(520)
    if head[512:520] == HDF5_MAGIC or head.startswith(HDF5_MAGIC):
        return _load_hdf5(path, name, matrix)
    return _load_version_5(path, name, matrix)


def _load_version_5(path: Path, name: str, matrix: str) -> dict[str, Any]:
    from scipy.io import loadmat, whosmat

    _require_modest(path)
    _require_known_types(path)
    variables = {variable: shape for variable, shape, _ in whosmat(path)}
    options: dict[str, Any] = {"struct_as_record": False, "squeeze_me": True}
    if name in variables:
        content = loadmat(path, variable_names=[name], **options)[name]
        fields = vars(content)
    else:
        others = [variable for variable in variables if variable != matrix]
        fields = loadmat(path, variable_names=others, **options)
        if matrix in variables:
            fields[matrix] = _lazy_variable(path, matrix, variables[matrix])
    return {
        key: _plain_matrix(value) if key == matrix else _plain(value)
        for key, value in fields.items()
        if not key.startswith("_")
    }


def _require_modest(path: Path) -> None:
    """Refuse a file of which a few bytes unpack to gigabytes, before anything is unpacked."""
    n_bytes, n_stated = path.stat().st_size, 0
    with path.open("rb") as stream:
        order = "<" if stream.read(128)[126:128] == b"IM" else ">"
        while len(tag := stream.read(8)) == 8:
            kind, size = struct.unpack(order + "II", tag)
            start = stream.tell()
            if kind == _COMPRESSED:
                head = zlib.decompressobj().decompress(stream.read(min(size, _AHEAD_BYTES)), 8)
                size_unpacked = struct.unpack(order + "II", head)[1] if len(head) == 8 else 0
                n_stated += size_unpacked
            stream.seek(start + size)
    if n_stated > max(_ALWAYS_MODEST_BYTES, _MAX_PACKING * n_bytes):
        raise ValueError("unpacks to far more than recordings do")


def _require_known_types(path: Path) -> None:
    """Refuse codes of types that MATLAB does not have: SciPy looks them up without a check.

    What it finds there ends the interpreter (https://github.com/scipy/scipy/pull/25349).
    """
    with path.open("rb") as stream:
        order = "<" if stream.read(128)[126:128] == b"IM" else ">"
        _walk_elements(stream, path.stat().st_size, order, _AT_THE_TOP)


def _walk_elements(stream: BinaryIO, end: int, order: str, allowed: frozenset[int]) -> None:
    """Go over the elements up to `end`, into matrices, and raise at a type that is not allowed."""
    while stream.tell() + 8 <= end:
        word, size = struct.unpack(order + "II", stream.read(8))
        kind, start = word & 0xFFFF, stream.tell()
        if kind not in allowed:
            raise ValueError("no type of an element")
        if word >> 16:  # a small element: it stands in its tag
            continue
        if kind == _COMPRESSED:
            inside = zlib.decompress(stream.read(size))
            _walk_elements(io.BytesIO(inside), len(inside), order, _AT_THE_TOP)
        elif kind == _MATRIX and size:
            flags = struct.unpack(order + "4I", stream.read(16))[2]
            nested = _IN_LISTS if flags & 0xFF in _LISTS else _NUMBERS
            _walk_elements(stream, min(start + size, end), order, nested)
        stream.seek(start + (size if kind == _COMPRESSED else -(-size // 8) * 8))


def _lazy_variable(path: Path, variable: str, shape: tuple[int, ...]) -> Matrix | str:
    """Return a variable that is loaded when it is first read (its file may be compressed)."""
    from scipy.io import loadmat

    if len(shape) == 1:  # whosmat's shape of a text
        return str(loadmat(path, variable_names=[variable], squeeze_me=True)[variable])
    loaded: list[NDArray[Any]] = []

    def read(start: int, stop: int) -> NDArray[Any]:
        if not loaded:
            values = loadmat(path, variable_names=[variable])[variable]
            loaded.append(np.asarray(values).reshape(shape[0], -1, order="F"))
        return loaded[0][:, start:stop]

    return Matrix(tuple(int(n) for n in shape), read)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever MATLAB holds
    """Return a value of scipy's reader as a plain one."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return _plain_array(value)
    if hasattr(value, "_fieldnames"):  # scipy's form of a structure
        return {key: _plain(item) for key, item in vars(value).items() if not key.startswith("_")}
    return value


def _plain_array(value: NDArray[Any]) -> Any:  # noqa: ANN401 - whatever MATLAB holds
    """Return cells as a list, lines of text as one text, numbers as they are."""
    if value.size == 0:
        return None
    if value.dtype == object:
        return [_plain(item) for item in value.ravel()]
    if value.dtype.kind in "US":
        return "\n".join(str(item).rstrip() for item in value.ravel())
    return value


def _plain_matrix(value: Any) -> Any:  # noqa: ANN401 - an array, or the name of a file
    """Return numbers as a matrix that is read by columns."""
    is_numbers = isinstance(value, np.ndarray) and value.dtype.kind in "fiu"
    return _matrix_of(value) if is_numbers else _plain(value)


def _matrix_of(value: NDArray[Any]) -> Matrix:
    shape = tuple(int(n) for n in value.shape)
    if len(shape) == 1:  # squeezed: one channel
        shape = (1, *shape)
    flat = value.reshape(shape[0], -1, order="F")
    return Matrix(shape, lambda start, stop: flat[:, start:stop])


def _load_hdf5(path: Path, name: str, matrix: str) -> dict[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        require_modest_hdf5(file)
        group = file.get(name, file)
        fields = {
            key: _plain_hdf5(file, group[key])
            for key in group
            if not key.startswith("#") and key != matrix
        }
        if matrix in group:
            place = group[matrix].name
            if _class_of(group[matrix]) == "char":
                fields[matrix] = _plain_hdf5(file, group[matrix])
            else:
                # HDF5 lists dimensions in the opposite order.
                shape = tuple(reversed(group[matrix].shape))
                fields[matrix] = Matrix(shape, _hdf5_columns(path, place))
    return fields


def require_modest_hdf5(file: Any) -> None:  # noqa: ANN401 - an h5py.File
    """Refuse a file that states arrays without holding them: to read one would fill memory."""
    n_bytes = file.id.get_filesize()
    file.visititems(lambda _, item: require_room(getattr(item, "size", 0) or 0, n_bytes))


def _hdf5_columns(path: Path, place: str) -> Callable[[int, int], NDArray[Any]]:
    def read(start: int, stop: int) -> NDArray[Any]:
        import h5py

        with h5py.File(path, "r") as file:
            dataset = file[place]
            if dataset.ndim == 2:
                return np.asarray(dataset[start:stop]).T
            return _read_trials(dataset, start, stop)

    return read


def _read_trials(dataset: Any, start: int, stop: int) -> NDArray[Any]:  # noqa: ANN401 - an h5py dataset
    """Return columns `start` to `stop` of trials one after the other, and read no others."""
    _, n_times, n_channels = dataset.shape
    first = start // n_times
    # (trial, time, channel) -> (trial * time, channel)
    rows = np.asarray(dataset[first : -(-stop // n_times)]).reshape(-1, n_channels)
    return rows[start - first * n_times :][: stop - start].T


def _class_of(item: Any) -> str:  # noqa: ANN401 - an h5py object
    name = item.attrs.get("MATLAB_class", b"")
    return name.decode() if isinstance(name, bytes) else str(name)


def _plain_hdf5(file: Any, item: Any) -> Any:  # noqa: ANN401 - h5py objects and whatever they hold
    """Return an HDF5 group or dataset as a plain value."""
    import h5py

    if isinstance(item, h5py.Group):
        return _plain_group(file, item)
    if item.attrs.get("MATLAB_empty", 0) or item.size == 0:
        return None
    if item.dtype == h5py.ref_dtype:
        return [_plain_hdf5(file, file[reference]) for reference in np.ravel(item[()], order="F")]
    values = item[()]
    if _class_of(item) == "char":
        # Characters of MATLAB stand as UTF-16 code units, columns first.
        rows = np.atleast_2d(np.asarray(values, dtype="<u2").T)
        return "\n".join(row.tobytes().decode("utf-16-le", "replace").rstrip() for row in rows)
    return values.ravel()[0].item() if values.size == 1 else np.asarray(values).T


def _plain_group(file: Any, group: Any) -> Any:  # noqa: ANN401 - h5py objects and whatever they hold
    """Return a structure as a dict; a structure array, kept as columns of references, as dicts."""
    import h5py

    is_column: Collection[str] = {
        key
        for key in group
        if isinstance(group[key], h5py.Dataset)
        and group[key].dtype == h5py.ref_dtype
        and not _class_of(group[key])
    }
    fields = {key: _plain_hdf5(file, group[key]) for key in group}
    if not is_column or len(is_column) < len(fields):
        return fields
    n_rows = max(len(column) for column in fields.values())
    return [{key: column[row] for key, column in fields.items()} for row in range(n_rows)]
