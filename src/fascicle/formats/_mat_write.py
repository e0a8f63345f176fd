"""Write MATLAB files of version 5, which GNU Octave and MATLAB open with ``load``."""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Event
from fascicle.errors import FormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = (1 << 31) - 1
"""What one variable of version 5 can hold."""

_HEADER = b"MATLAB 5.0 MAT-file".ljust(116) + b"\0" * 8 + b"\x00\x01IM"
_MATRIX, _UINT32, _INT32, _INT8 = 14, 6, 5, 1
_CLASSES = {"<f8": (6, 9), "<f4": (7, 7), "<i2": (10, 3), "<u1": (9, 2), "<i4": (12, 5)}
"""Class of the array and type of its numbers, by the type in memory."""


def write_matlab(
    path: Path,
    about: Mapping[str, Any],
    shape: Sequence[int],
    blocks: Iterable[NDArray[Any]],
    dtype: str = "<f8",
) -> None:
    """Write a structure ``info`` and a matrix ``data``, which comes block by block.

    Parameters
    ----------
    path : Path
        The .mat; it appears only when it is complete.
    about : mapping
        Fields of ``info``: texts, numbers, arrays, sequences of texts (cells) and mappings.
    shape : sequence of int
        Size of ``data``, as MATLAB has it: the first axis runs fastest.
    blocks : iterable of ndarray
        Pieces of ``data`` along its last axis, in order.
    dtype : str
        Type of the numbers: ``"<f8"``, ``"<f4"``, ``"<i2"``, ``"<i4"`` or ``"<u1"``.

    Raises
    ------
    FormatError
        FSC273 if ``data`` is larger than one variable can be; FSC231 if the blocks do not fill it.

    Notes
    -----
    The same content gives the same bytes. The layout is that of "MAT-File Format" (The MathWorks,
    R2022a), level 5.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if n_bytes > MAX_BYTES - 1024:
        raise FormatError(
            "FSC273",
            f"Expected at most 2 GiB for a variable of a MATLAB file, got {n_bytes / 2**30:.1f}.",
            "Export a part with --start and --stop, or open the NWB file itself.",
        )
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(_HEADER)
            stream.write(_pack_struct("info", about))
            stream.write(_begin_matrix("data", shape, n_bytes, dtype))
            n_written = sum(
                stream.write(np.asarray(block, dtype=dtype).tobytes(order="F")) for block in blocks
            )
            stream.write(b"\0" * (-n_bytes % 8))
        if n_written != n_bytes:
            raise FormatError(
                "FSC231",
                f"Expected {n_bytes} bytes of samples, got {n_written}.",
                "The recording is shorter or longer than its header says: share it again.",
            )
        os.replace(part, path)  # noqa: PTH105 - Path.replace is the same call
    finally:
        part.unlink(missing_ok=True)


def _begin_matrix(name: str, shape: Sequence[int], n_bytes: int, dtype: str) -> bytes:
    """Return everything of a numeric array that stands before its numbers."""
    array_class, number_type = _CLASSES[dtype]
    sizes = struct.pack(f"<{len(shape)}i", *shape)
    head = struct.pack("<IIII", _UINT32, 8, array_class, 0)
    head += struct.pack("<II", _INT32, len(sizes)) + _padded(sizes)
    head += struct.pack("<II", _INT8, len(name)) + _padded(name.encode("ascii"))
    head += struct.pack("<II", number_type, n_bytes)
    return struct.pack("<II", _MATRIX, len(head) + n_bytes + -n_bytes % 8) + head


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)


def _pack_struct(name: str, fields: Mapping[str, Any]) -> bytes:
    """Return a structure as SciPy writes it, without the file's header."""
    from scipy.io import savemat

    buffer: Any = io.BytesIO()  # a file is as good as a path, which not all stubs know
    savemat(
        buffer, {name: {key: _as_matlab(value) for key, value in fields.items()}}, oned_as="column"
    )
    return bytes(buffer.getvalue()[128:])


def _as_matlab(value: Any) -> Any:  # noqa: ANN401 - whatever a structure holds
    """Return sequences of texts as cells; everything else as it is."""
    if isinstance(value, Mapping):
        return {key: _as_matlab(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        cell = np.empty((len(value), 1), dtype=object)
        cell[:, 0] = value
        return cell
    return value


def tabulate_events(events: Sequence[Event]) -> dict[str, Any]:
    """Return events as columns of a structure; a code that is missing is NaN.

    Examples
    --------
    >>> tabulate_events([Event(0.5, 0.0, "go", 3)])["label"]
    ['go']
    """
    return {
        "onset_s": np.array([event.onset_s for event in events], dtype=np.float64),
        "duration_s": np.array([event.duration_s for event in events], dtype=np.float64),
        "value": np.array(
            [math.nan if event.value is None else event.value for event in events],
            dtype=np.float64,
        ),
        "label": [event.label for event in events],
    }
