"""Pickles, read without running them.

Unpickling runs whatever a file says. Here its instructions are only read, and followed by an
interpreter of our own; one that is not on the list of steps is refused. The steps of this module
make plain lists and tuples of words and numbers: PyTables keeps the names of columns so. Arrays of
objects in .npy files add steps of their own.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fascicle.errors import FormatError

_VALUES = (
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "FLOAT", "BINFLOAT",
)  # fmt: skip
_MAX_STEPS = 1 << 20
_MARK = object()


class RefusalError(ValueError):
    """The file says something that is not on the list."""


class PickleReader:
    """The stack and the memory that a pickle's instructions work on.

    Parameters
    ----------
    steps : mapping of str to callable
        What each instruction does, by its name in `pickletools`; it gets the reader and the
        instruction's argument.
    """

    def __init__(self, steps: Mapping[str, Callable[[PickleReader, Any], None]]) -> None:
        self.steps = steps
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def follow(self, data: bytes, max_steps: int) -> Any:  # noqa: ANN401 - whatever the steps make
        """Follow all instructions and return what they leave on the stack.

        Raises
        ------
        ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError
            If they are damaged; RefusalError among them if one has no step.
        """
        for n, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            step = self.steps.get(opcode.name)
            if step is None or n > max_steps:
                raise RefusalError(opcode.name)
            step(self, argument)
        (found,) = self.stack
        return found

    def push(self, value: Any) -> None:  # noqa: ANN401 - as pickletools gives it
        """Put a value on the stack."""
        self.stack.append(value)

    def store(self, argument: Any) -> None:  # noqa: ANN401
        """Remember what is on top, under a number or the next one."""
        self.memory[len(self.memory) if argument is None else int(argument)] = self.stack[-1]

    def pop_to_mark(self) -> list[Any]:
        """Take everything above the last mark off the stack."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] is _MARK:
                items = self.stack[at + 1 :]
                del self.stack[at:]
                return items
        raise RefusalError("no mark")

    def append(self, items: list[Any]) -> None:
        """Put items behind those of the list on the stack."""
        target = self.stack[-1]
        if not isinstance(target, list) or any(item is _MARK for item in items):
            raise RefusalError("items of something else")
        target.extend(items)

    def join(self, n: int) -> None:
        """Make a tuple of the topmost values."""
        items, self.stack[-n:] = self.stack[-n:], []
        if len(items) != n or any(item is _MARK for item in items):
            raise RefusalError("too short")
        self.stack.append(tuple(items))


def push_values(names: Iterable[str]) -> dict[str, Callable[[PickleReader, Any], None]]:
    """Return steps that put their argument on the stack."""
    return dict.fromkeys(names, PickleReader.push)


PLAIN_STEPS: Mapping[str, Callable[[PickleReader, Any], None]] = {
    **push_values(_VALUES),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), PickleReader.store),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"),
        lambda reader, argument: reader.push(reader.memory[int(argument)]),
    ),
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda _, __: None),
    "EMPTY_LIST": lambda reader, _: reader.push([]),
    "EMPTY_TUPLE": lambda reader, _: reader.push(()),
    "NONE": lambda reader, _: reader.push(None),
    "NEWTRUE": lambda reader, _: reader.push(True),
    "NEWFALSE": lambda reader, _: reader.push(False),
    "MARK": lambda reader, _: reader.push(_MARK),
    "LIST": lambda reader, _: reader.push(reader.pop_to_mark()),
    "TUPLE": lambda reader, _: reader.push(tuple(reader.pop_to_mark())),
    "TUPLE1": lambda reader, _: reader.join(1),
    "TUPLE2": lambda reader, _: reader.join(2),
    "TUPLE3": lambda reader, _: reader.join(3),
    "APPEND": lambda reader, _: reader.append([reader.stack.pop()]),
    "APPENDS": lambda reader, _: reader.append(reader.pop_to_mark()),
}
"""What the instructions of plain lists and tuples of words and numbers do."""


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
    try:
        found = PickleReader(PLAIN_STEPS).follow(data, _MAX_STEPS)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError) as error:
        raise _refused() from error
    if not isinstance(found, list):
        raise _refused()
    return found


def _refused() -> FormatError:
    return FormatError(
        "FSC256",
        "Expected names of columns as a plain list, got a pickle that does something else.",
        "Keep the .csv file of the same name beside it: it is read instead.",
    )
