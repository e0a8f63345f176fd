"""Arrays of NumPy (.npy) that hold Python objects, opened without running what stands in them.

``numpy.load(..., allow_pickle=True)`` unpickles: it runs whatever a file names. Here the file's
instructions are only read, and followed by an interpreter of our own that knows numbers, texts,
lists, dictionaries and NumPy's arrays. A name that is not on its list is refused (FSC253); nothing
is ever imported or called by a name from the file. Moments and paths, which Suite2p stores beside
its settings, become None. Arrays of plain numbers go through NumPy itself, with pickles off.
"""

from __future__ import annotations

import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fascicle.errors import FormatError

from ._unpickled import PLAIN_STEPS, PickleReader, RefusalError, push_values

MAX_OBJECT_BYTES = 1 << 30
"""Largest file of objects that is opened: they are held in memory whole."""

_MAX_STEPS = 1 << 25
_ARRAY_MAKERS = frozenset(
    (f"{package}.{module} {name}")
    for package in ("numpy.core", "numpy._core")
    for module in ("multiarray", "numeric")
    for name in ("_reconstruct", "scalar", "_frombuffer")
)
_NAMES = _ARRAY_MAKERS | {
    "numpy ndarray", "numpy dtype", "collections OrderedDict", "_codecs encode",
    "__builtin__ bytes",
    "datetime datetime", "datetime date", "datetime timedelta", "datetime timezone",
    "pathlib PosixPath", "pathlib WindowsPath", "pathlib PurePosixPath",
    "pathlib PureWindowsPath", "pathlib._local PosixPath", "pathlib._local WindowsPath",
}  # fmt: skip
"""Every name that a file may use."""

_PLAIN: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "collections OrderedDict": lambda _: {},
    "__builtin__ bytes": lambda _: b"",  # that is how the oldest protocols write no bytes
    "_codecs encode": lambda arguments: str(arguments[0]).encode("latin-1"),
}


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that stands in a file: a word, not what it stands for."""

    text: str


class _Unfinished:
    """An array or a type that its state will fill; kept by reference, as a pickle has it."""

    def __init__(self, kind: str, code: str = "") -> None:
        self.kind = kind
        self.code = code
        self.value: Any = None


def read_npy(path: Path, *, mapped: bool = False) -> Any:  # noqa: ANN401 - numbers or objects
    """Read a .npy file; objects in it are read without running any code.

    Parameters
    ----------
    path : Path
        The file.
    mapped : bool
        True leaves an array of numbers on disk until it is used.

    Returns
    -------
    ndarray or object
        An array of numbers or of objects; of an array without axes the one object that it holds.

    Raises
    ------
    FormatError
        FSC253 if objects are of types that are not on the list, FSC202 if the file is cut off.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder) / "ops.npy", np.array({"fs": 30.0}, dtype=object))
    ...     read_npy(Path(folder) / "ops.npy")
    {'fs': 30.0}
    """
    try:
        with path.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read(stream)
            if not dtype.hasobject:
                return np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
            data = stream.read(MAX_OBJECT_BYTES)
    except (ValueError, EOFError, OSError, SyntaxError, TypeError, tokenize.TokenError) as error:
        raise FormatError(
            "FSC202",
            f"Expected a whole .npy file, got one that ends early ({type(error).__name__}).",
            "The file is cut off or damaged: copy it again.",
        ) from error
    objects = _read_objects(data)
    return objects.item() if shape == () and objects.size == 1 else objects


def _read_objects(data: bytes) -> np.ndarray[Any, Any]:
    """Return the array of objects that a file's instructions describe."""
    try:
        found = PickleReader(_STEPS).follow(data, _MAX_STEPS)
        result = _finish(found, {})
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError,
            RecursionError, MemoryError) as error:  # fmt: skip
        raise _refused() from error
    if not isinstance(result, np.ndarray) or result.dtype != object:
        raise _refused()
    return result


def _refused() -> FormatError:
    return FormatError(
        "FSC253",
        "Expected numbers, texts, lists and dictionaries in a .npy file, got objects of other "
        "types, or a damaged file; nothing of them was run.",
        "Save the results again with the program that made them, or leave the folder out.",
    )


def _take_name(reader: PickleReader, argument: Any) -> None:  # noqa: ANN401
    """Push a name of the list."""
    if argument is None:
        name, module = reader.stack.pop(), reader.stack.pop()
        argument = f"{module} {name}"
    if argument not in _NAMES:
        raise RefusalError("a name that is not on the list")
    reader.stack.append(_Name(argument))


def _call(reader: PickleReader, _: object) -> None:
    """Make what a name and its arguments describe."""
    arguments, name = reader.stack.pop(), reader.stack.pop()
    if not isinstance(name, _Name) or not isinstance(arguments, tuple):
        raise RefusalError("a call of something else")
    reader.stack.append(_describe(name.text, arguments))


def _describe(name: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return what a name and its arguments stand for."""
    if name == "numpy dtype":
        if not isinstance(arguments[0], str) or len(arguments[0]) > 16:
            raise RefusalError("not a code of a type")
        return _Unfinished("dtype", arguments[0])
    if name in _PLAIN:
        return _PLAIN[name](arguments)
    if name not in _ARRAY_MAKERS:
        return _Unfinished("nothing")
    if name.endswith(" _reconstruct"):
        return _Unfinished("array")
    made = _Unfinished("number" if name.endswith(" scalar") else "buffer")
    made.value = arguments
    return made


def _set_state(reader: PickleReader, _: object) -> None:
    """Give an array or a type its state."""
    state = reader.stack.pop()
    target = reader.stack[-1]
    if not isinstance(target, _Unfinished) or target.kind not in {"array", "dtype", "nothing"}:
        raise RefusalError("a state of something else")
    if target.kind != "nothing":
        target.value = state


def _set_items(reader: PickleReader, items: list[Any]) -> None:
    """Put keys and values into the dictionary on the stack."""
    target = reader.stack[-1]
    if not isinstance(target, dict):
        raise RefusalError("items of something else")
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[key if isinstance(key, str | int | float | bytes | bool) else repr(type(key))] = (
            value
        )


def _pop_two(reader: PickleReader) -> list[Any]:
    value, key = reader.stack.pop(), reader.stack.pop()
    return [key, value]


def _push_dict(reader: PickleReader, _: object) -> None:
    items = reader.pop_to_mark()
    reader.stack.append({})
    _set_items(reader, items)


_STEPS: dict[str, Callable[[PickleReader, Any], None]] = {
    **PLAIN_STEPS,
    **push_values(("LONG4", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")),
    "EMPTY_DICT": lambda reader, _: reader.push({}),
    "GLOBAL": _take_name,
    "STACK_GLOBAL": lambda reader, _: _take_name(reader, None),
    "REDUCE": _call,
    "NEWOBJ": _call,
    "BUILD": _set_state,
    "DICT": _push_dict,
    "SETITEM": lambda reader, _: _set_items(reader, _pop_two(reader)),
    "SETITEMS": lambda reader, _: _set_items(reader, reader.pop_to_mark()),
    "POP": lambda reader, _: reader.stack.__delitem__(-1),
}  # fmt: skip


def _finish(value: Any, done: dict[int, Any]) -> Any:  # noqa: ANN401
    """Return a value with its arrays made, each once."""
    if isinstance(value, _Unfinished):
        if id(value) not in done:
            done[id(value)] = _make(value, done)
        return done[id(value)]
    if isinstance(value, _Name):
        return None
    if isinstance(value, dict):
        return {key: _finish(item, done) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_finish(item, done) for item in value)
    return value


def _make(unfinished: _Unfinished, done: dict[int, Any]) -> Any:  # noqa: ANN401
    """Make an array, a number or a type from its state."""
    state = unfinished.value
    if unfinished.kind == "dtype":
        dtype = np.dtype(unfinished.code)
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else ""
        return dtype.newbyteorder(">") if order == ">" else dtype
    if unfinished.kind == "array":
        _, shape, code, is_fortran, content = state
        return _make_array(_finish(code, done), shape, content, (is_fortran, done))
    if unfinished.kind == "number":
        code, content = state
        return _make_array(_finish(code, done), (), content, (False, done))[()]
    if unfinished.kind == "buffer":
        content, code, shape, order = state
        return _make_array(_finish(code, done), shape, bytes(content), (order == "F", done))
    return None


def _make_array(
    dtype: Any,  # noqa: ANN401
    shape: tuple[int, ...],
    content: Any,  # noqa: ANN401
    how: tuple[bool, dict[int, Any]],
) -> np.ndarray[Any, Any]:
    """Make an array of numbers from its bytes, or one of objects from a list of them."""
    is_fortran, done = how
    if not isinstance(dtype, np.dtype):
        raise RefusalError("an array without a type")
    if dtype.kind == "O":
        if not isinstance(content, list):
            raise RefusalError("objects that are no list")
        objects = np.empty(len(content), object)
        for i, item in enumerate(content):
            objects[i] = _finish(item, done)
        return objects.reshape(shape, order="F" if is_fortran else "C")
    if dtype.hasobject:
        raise RefusalError("a type with objects in it")
    raw = content.encode("latin-1") if isinstance(content, str) else bytes(content)
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if is_fortran else "C")
