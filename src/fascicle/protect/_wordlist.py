"""Finds identifiers as words of parsed texts: the short ones too, and those with odd spacing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from fascicle.core import Identifier

from ._spellings import DATE_KINDS, split_parts, transliterations

_MIN_WORD = 3
_MIN_NUMBER = 4
_MIN_SPACED = 8
_MIN_LONG_NUMBER = 6
_MEASURED = re.compile(r"\b\d+(?:\.\d+)? ?(?:B|bytes|k?Hz|m?s|samples|[KMG]B|%)(?!\w)")
_WINDOW = 4096
_OVERLAP = 512
"""Long texts are read in windows that overlap by more than the longest name."""

_BEGUN_WORD = re.compile(r"^\w*")
_PARTED = re.compile(r"([^\W\d_]{2,})(\d{3,})|([^\W\d_])(\d{4,})")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .,_-]){4,}\w(?!\w)|(?<!\S)(?:\S ){4,}\S(?!\S)")
_BETWEEN = re.compile(r"[ .,_-]")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|=([0-9A-F]{2})")


def is_searchable(value: str) -> bool:
    """Tell whether a value is long enough to mean anything: three characters, or four digits.

    Examples
    --------
    >>> is_searchable("A17"), is_searchable("017"), is_searchable("AM")
    (True, False, False)
    """
    core = re.sub(r"[\W_]", "", value)
    return len(core) >= (_MIN_NUMBER if core.isdigit() else _MIN_WORD)


class WordList:
    """Identifiers as sequences of words."""

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        self._sequences: dict[str, set[tuple[tuple[str, ...], str]]] = {}
        self._compact: dict[str, str] = {}
        # Searched in bytes, where their surroundings are judged; here in other readings only.
        self._long_numbers: dict[str, str] = {}
        for identifier in identifiers:
            value = identifier.value.strip()
            if identifier.kind in DATE_KINDS or not is_searchable(value):
                continue
            if value.isdigit() and len(value) >= _MIN_LONG_NUMBER:
                self._long_numbers[value] = identifier.kind
            else:
                self._add(identifier)

    def _add(self, identifier: Identifier) -> None:
        """Add one identifier in all its transliterations and both orders."""
        for text in transliterations(identifier.value):
            words = tuple(split_parts(text))
            if not words:
                continue
            code = _respell_code(words) if identifier.kind == "id" else ()
            if code:
                self._sequences.setdefault(code[0], set()).add((code, identifier.kind))
            for order in {words, tuple(reversed(words))} if len(words) > 1 else {words}:
                self._sequences.setdefault(order[0], set()).add((order, identifier.kind))
                joined = "".join(order)
                # Words of a path may be two ordinary words joined: only names are looked for so.
                is_name = identifier.kind in {"name", "operator"}
                if is_name and len(joined) >= _MIN_SPACED and joined.isalpha():
                    self._compact.setdefault(joined, identifier.kind)

    def find(self, text: str) -> Iterator[str]:
        """Yield the kind of each identifier that a text holds as whole words.

        Examples
        --------
        >>> words = WordList([Identifier("name", "Lee", "header")])
        >>> list(words.find("seen with LEE today")), list(words.find("sleep"))
        (['name'], [])
        """
        found: set[str] = set()
        for window in _cut_windows(text):
            found.update(self._find_in(window))
        yield from sorted(found)

    def _find_in(self, text: str) -> set[str]:
        """Return the kinds of the identifiers in one window of a text."""
        found: set[str] = set()
        plain = _MEASURED.sub(" ", text)
        for reading in read_text(plain):
            if reading != plain:
                found.update(
                    self._long_numbers[word]
                    for word in split_parts(reading)
                    if word in self._long_numbers
                )
            for small in transliterations(reading):
                found.update(self._find_words(split_parts(small)))
        return found

    def _find_words(self, words: list[str]) -> Iterator[str]:
        """Yield the kinds of the sequences that stand among these words."""
        for position, word in enumerate(words):
            for sequence, kind in self._sequences.get(word, ()):
                if tuple(words[position : position + len(sequence)]) == sequence:
                    yield kind
        joined = "".join(words)
        if len(joined) >= _MIN_SPACED:
            for compact, kind in self._compact.items():
                if compact in joined:
                    yield kind


def _respell_code(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a code of letters and a number joined if it is parted, parted if it is joined.

    Short ones are not parted: what stands as *n 10* is seldom the person N10.
    """
    if len(words) == 2 and words[0].isalpha() and words[1].isdigit():
        return ("".join(words),)
    code = _PARTED.fullmatch(words[0]) if len(words) == 1 else None
    return tuple(part for part in code.groups() if part) if code else ()


def _cut_windows(text: str) -> Iterator[str]:
    """Yield a long text piece by piece; no piece begins or ends within a word."""
    for first in range(0, max(1, len(text) - _OVERLAP), _WINDOW - _OVERLAP):
        window = text[first : first + _WINDOW]
        if first:
            window = _BEGUN_WORD.sub("", window)
        if first + _WINDOW < len(text):
            window = _BEGUN_WORD.sub("", window[::-1])[::-1]
        yield window


def read_text(text: str) -> set[str]:
    """Return a text as it stands, and with its escapes undone.

    Examples
    --------
    >>> sorted(read_text("R%6Fth"))
    ['R%6Fth', 'Roth']
    """
    readings = {text}
    if "\x00" in text:
        readings.add(text.replace("\x00", ""))
    if _SPACED.search(text):
        readings.add(_SPACED.sub(lambda match: _BETWEEN.sub("", match[0]), text))
        readings.add(_SPACED.sub(lambda match: match[0].replace(" ", ""), text))
    if not text.isascii():
        readings.add(_undo_double(text))
    if "&" in text:
        readings.add(html.unescape(text))
    if "%" in text:
        readings.add(unquote(text))
        readings.add(unquote(text, encoding="latin-1"))
    if "\\" in text or "=" in text:
        readings.add(_ESCAPE.sub(_undo_escape, text))
    return readings


def _undo_double(text: str) -> str:
    """Return UTF-8 that was taken for Latin-1, read as UTF-8; other text as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _undo_escape(match: re.Match[str]) -> str:
    """Return the character of an escape."""
    return chr(int(next(group for group in match.groups() if group), 16))
