"""Lists of words out of a pickle, without running it.

PyTables keeps the names of columns pickled in attributes of HDF5. Unpickling runs whatever the file
says; here its instructions are only read, and all but those of plain lists are refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

from fascicle.errors import FormatError

_CONSTANTS: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "NONE": lambda: None,
    "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
}  # fmt: skip
_VALUES = frozenset({
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT",
})  # fmt: skip
_STORES = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_FETCHES = frozenset({"GET", "BINGET", "LONG_BINGET"})
_FIXED_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAX_STEPS = 1 << 20
_MARK = object()


def read_pickled_list(data: bytes) -> list[Any]:
    r"""Return a pickled list of words, numbers and tuples of them.

    Parameters
    ----------
    data : bytes
        A pickle of any protocol.

    Returns
    -------
    list
        Its items; lists and tuples in it are of the same kinds.

    Raises
    ------
    FormatError
        FSC256 if it holds anything but plain lists, tuples, words and numbers.

    Examples
    --------
    >>> read_pickled_list(b"(lp0\n(VAnna\np1\nVsnout\np2\ntp3\na.")
    [('Anna', 'snout')]
    """
    reader = _Reader()
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if step > _MAX_STEPS:
                raise _refused()
            reader.take(opcode.name, argument)
        (found,) = reader.stack
    except (ValueError, IndexError, KeyError, AttributeError, UnicodeError) as error:
        raise _refused() from error
    if not isinstance(found, list):
        raise _refused()
    return found


class _Reader:
    """The stack and the memory that a pickle's instructions work on."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def take(self, name: str, argument: Any) -> None:  # noqa: ANN401 - as pickletools gives it
        """Follow one instruction."""
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in _STORES:
            self.memory[int(argument)] = self.stack[-1]
        elif name == "MEMOIZE":
            self.memory[len(self.memory)] = self.stack[-1]
        elif name in _FETCHES:
            self.stack.append(self.memory[int(argument)])
        elif name not in {"PROTO", "FRAME", "STOP"}:
            self._join(name)

    def _join(self, name: str) -> None:
        """Follow an instruction that makes one value of several."""
        if name == "MARK":
            self.stack.append(_MARK)
        elif name in {"LIST", "TUPLE"}:
            items = self._pop_to_mark()
            self.stack.append(items if name == "LIST" else tuple(items))
        elif name in _FIXED_TUPLES:
            n = _FIXED_TUPLES[name]
            items, self.stack[-n:] = self.stack[-n:], []
            self.stack.append(tuple(items))
        elif name == "APPEND":
            item = self.stack.pop()
            self.stack[-1].append(item)
        elif name == "APPENDS":
            items = self._pop_to_mark()
            self.stack[-1].extend(items)
        else:
            raise _refused()

    def _pop_to_mark(self) -> list[Any]:
        """Take everything above the last mark off the stack."""
        at = max(i for i, item in enumerate(self.stack) if item is _MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items


def _refused() -> FormatError:
    return FormatError(
        "FSC256",
        "Expected names of columns as a plain list, got a pickle that does something else.",
        "Keep the .csv file of the same name beside it: it is read instead.",
    )
