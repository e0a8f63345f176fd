"""What a file holds: texts with their place, numbers, samples, and what nobody accounts for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Role = Literal["text", "label", "key", "name"]

MAX_UNPACKED = 1 << 31
"""Most bytes that a packed file may unpack to, all layers together; more is not proven."""

MAX_DEPTH = 4
"""Most layers of packing that are opened."""


@dataclass(frozen=True, slots=True)
class Field:
    """A piece of text.

    Attributes
    ----------
    place : str
        Where in the file, without any of its words: ``"header: patient"``, ``"column 3"``.
    text : str
        What stands there; never shown or logged.
    role : str
        ``"label"``: a name of a channel or an event, a cell; ``"key"``: a name that the format or
        its writer gives (columns, fields, groups); ``"name"``: a file's name, or bytes without a
        structure; ``"text"``: anything else.
    """

    place: str
    text: str
    role: Role = "text"

    def __repr__(self) -> str:
        return f"Field(place={self.place!r}, role={self.role!r}, n_characters={len(self.text)})"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a header: it may be a moment.

    Attributes
    ----------
    place : str
        Where in the file.
    value : float
        Its value.
    hint : str
        ``"date"`` where the format or the field's name says that it is a day or a moment,
        ``"size"`` where it is a count or a measure, else empty.
    """

    place: str
    value: float
    hint: Literal["date", "size", ""] = ""

    def __repr__(self) -> str:
        return f"Number(place={self.place!r}, hint={self.hint!r})"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is not proven.

    Attributes
    ----------
    code : str
        ``"proof.slack"``, ``"proof.broken"``, ``"proof.unknown_format"``, ``"proof.too_deep"``.
    place, reason : str
        Where, and one sentence without values.
    is_error : bool
        True if it refuses the output, False if a person must look.
    """

    code: str
    place: str
    reason: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Bytes that stood in a file in another form.

    Attributes
    ----------
    place : str
        Where.
    name : str
        File name that tells their format; empty when they are only searched as bytes.
    data : bytes
        The bytes, unpacked.
    """

    place: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples that stand packed in a file, and are decoded to be searched.

    Attributes
    ----------
    place : str
        Where.
    blocks : callable
        Yields the decoded bytes, in order and in blocks of bounded size.
    is_bytes : bool
        True if a sample is one byte: grey levels of pictures are letters as well, so that known
        identifiers are searched for in them, and no unknown prose.
    """

    place: str
    blocks: Callable[[], Iterator[bytes]] = field(repr=False)
    is_bytes: bool = False


@dataclass(slots=True)
class Contents:
    """What a file holds.

    Attributes
    ----------
    format : str
        ``"edf"``, ``"fif"``, ``"json"``; ``"unknown"`` if no parser knows it.
    fields : list of Field
        Every text.
    numbers : list of Number
        Numbers outside of the samples.
    samples : list of tuple of int
        Byte spans, first and one past the last, that are numbers by the declared layout.
    unpacked : list of Unpacked
        Inner files and blocks that were unpacked.
    decoded : list of Decoded
        Packed samples of any size, decoded when they are searched.
    problems : list of Problem
        Bytes that nobody accounts for, broken structures, unknown formats.
    """

    format: str
    fields: list[Field] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    samples: list[tuple[int, int]] = field(default_factory=list)
    unpacked: list[Unpacked] = field(default_factory=list)
    decoded: list[Decoded] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, place: str, text: str, role: Role = "text") -> None:
        """Note a text, unless it is blank."""
        if text.strip(" \t\r\n\x00"):
            self.fields.append(Field(place, text, role))

    def slack(self, place: str, reason: str) -> None:
        """Note bytes that the format does not account for."""
        self.problems.append(Problem("proof.slack", place, reason))

    def broken(self, place: str, reason: str) -> None:
        """Note a structure that cannot be followed."""
        self.problems.append(Problem("proof.broken", place, reason))


Parser = Callable[[bytes, "Context"], Contents]
"""Takes the bytes of a file (or a map of it) and what stands beside it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a parser may need beside the bytes.

    Attributes
    ----------
    name : str
        File name.
    sibling : callable
        Returns the bytes of a file with the same stem and another ending, or None.
    path : Path or None
        The file itself, for libraries that read from a path; None for inner files.
    """

    name: str
    sibling: Callable[[str], bytes | None] = lambda _: None
    path: Path | None = None


def is_datelike(name: str) -> bool:
    """Tell whether a field's name says that its number is a day or a moment.

    Examples
    --------
    >>> is_datelike("acq_time"), is_datelike("DateOfBirth"), is_datelike("n_times")
    (True, True, False)
    """
    small = name.lower()
    words = ("date", "birth", "dob", "geb", "acq_time", "visit", "day", "timestamp", "datenum")
    return any(word in small for word in words)


def is_measure(name: str) -> bool:
    """Tell whether a field's name says that its number is a count or a measure.

    Examples
    --------
    >>> is_measure("onset"), is_measure("contentSize"), is_measure("patient")
    (True, True, False)
    """
    if name.strip().lower() in {"x", "y", "z"}:
        return True
    return any(word.lower() in _MEASURES for word in _WORD.findall(name))


def hint_of(name: str) -> Literal["date", "size", ""]:
    """Say what a field's name tells of its number.

    Examples
    --------
    >>> hint_of("acq_time"), hint_of("SamplingFrequency"), hint_of("code")
    ('date', 'size', '')
    """
    if is_datelike(name):
        return "date"
    return "size" if is_measure(name) else ""


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MEASURES = frozenset(
    [
        "onset", "duration", "sample", "samples", "value", "latency", "size", "bytes", "count",
        "frequency", "rate", "hz", "cutoff", "time", "total", "max", "min", "power", "amplitude",
        "uv", "s", "ms", "n", "length", "position", "offset",
    ]
)  # fmt: skip
