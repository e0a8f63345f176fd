"""What somebody typed, as groups of words and exact filters."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fascicle.errors import InputError
from fascicle.govern import Filters

from ._synonyms import MODALITIES, N_WORDS_LONGEST, SEXES, SPECIES, expand_word, is_known

# Words that people type around what they look for.
_STOP_WORDS = frozenset(
    {"a", "an", "and", "any", "are", "as", "at", "by", "data", "dataset", "datasets", "find", "for",
     "from", "in", "is", "me", "of", "on", "or", "recording", "recordings", "show", "some", "that",
     "the", "their", "to", "with"}
)  # fmt: skip
_NAMED = re.compile(r"(?P<name>[a-z_]+)\s*(?P<relation>>=|<=|=|:|>|<)\s*(?P<value>.+)", re.DOTALL)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|\.\.|\u2013|to)\s*(\d+(?:\.\d+)?))?")
_OLDEST_YEARS = 150.0
_SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes
    ----------
    groups : tuple of tuple of str
        Each is one idea in all its spellings; the first is the one that was typed.
    filters : Filters
        Exact conditions.

    Examples
    --------
    >>> query = parse_query("resting eeg n>=20")
    >>> [group[0] for group in query.groups], query.filters.n_min
    (['resting', 'eeg'], 20)
    """

    groups: tuple[tuple[str, ...], ...] = ()
    filters: Filters = field(default_factory=Filters)


def parse_query(text: str | Sequence[str]) -> Query:
    """Read plain words and filters.

    Parameters
    ----------
    text : str or sequence of str
        Words, as ``"resting eeg human"``, with filters among them: ``modality:eeg``,
        ``task:rest``, ``species:mouse``, ``sex:female``, ``age:20-40``, ``n>=20``, ``n<=100``,
        ``n:10-50``. Values with spaces stand in quotes: ``species:"homo sapiens"``.

    Returns
    -------
    Query
        Words that mean the same are grouped; of the last word the beginning is enough.

    Raises
    ------
    InputError
        FSC155 for a filter that does not exist; FSC156 for a value that a filter cannot take.
    """
    typed = text if isinstance(text, str) else " ".join(_quote(part) for part in text)
    filters = Filters()
    words: list[str] = []
    for token in _split(typed.casefold()):
        named = _NAMED.fullmatch(token)
        if named is None:
            words += re.findall(r"[^\W_]+", token)
        else:
            filters = _add_filter(filters, named["name"], named["relation"], named["value"])
    return Query(_group(words), filters)


def _quote(part: str) -> str:
    """Keep an argument whole if it is a filter whose value has spaces."""
    name, separator, value = part.partition(":")
    return f'{name}:"{value}"' if separator and " " in value and '"' not in value else part


def _split(text: str) -> list[str]:
    """Split into tokens; quotes hold a value together."""
    spaced = re.sub(r"\s*(>=|<=|(?<![<>])=|>|<|:)\s*", r"\1", text)
    lexer = shlex.shlex(spaced, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.quotes = '"'
    try:
        return list(lexer)
    except ValueError:  # a quote that is never closed
        return spaced.replace('"', " ").split()


def _group(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return words as groups of spellings, the longest phrases of the table first."""
    groups: list[tuple[str, ...]] = []
    start = 0
    while start < len(words):
        length = next(
            (
                n
                for n in range(min(N_WORDS_LONGEST, len(words) - start), 1, -1)
                if is_known(" ".join(words[start : start + n]))
            ),
            1,
        )
        phrase = " ".join(words[start : start + length])
        start += length
        if phrase not in _STOP_WORDS:
            groups.append(expand_word(phrase))
    if groups and len(groups[-1]) == 1 and len(groups[-1][0]) >= _SHORTEST_PREFIX:
        groups[-1] = (groups[-1][0], f"{groups[-1][0]}*")
    return tuple(dict.fromkeys(groups))


def _add_filter(filters: Filters, name: str, relation: str, value: str) -> Filters:
    """Return filters with one more."""
    value = value.strip()
    if name in {"n", "participants", "n_participants", "subjects"}:
        return _bound(filters, relation, value)
    if relation not in {":", "="}:
        raise _bad_value(name, "`name:value`")
    if name in {"age", "ages"}:
        low, high = _parse_span(name, value)
        return replace(filters, age_years=(low, min(high, _OLDEST_YEARS)))
    if name in {"modality", "datatype"}:
        return replace(filters, modality=MODALITIES.get(value, value))
    if name == "species":
        return replace(filters, species=SPECIES.get(value, value))
    if name == "task":
        return replace(filters, task=value)
    if name in {"sex", "gender"}:
        if value not in SEXES:
            raise _bad_value(name, "female, male or other")
        return replace(filters, sex=SEXES[value])
    raise InputError(
        "FSC155",
        "Expected a filter that exists, got another name before the sign.",
        "Use modality, task, species, sex, age or n, as in `modality:eeg n>=20 age:20-40`.",
    )


def _bound(filters: Filters, relation: str, value: str) -> Filters:
    """Return filters with bounds on the number of participants."""
    low, high = _parse_span("n", value)
    if not low.is_integer() or not high.is_integer():
        raise _bad_value("n", "whole numbers")
    if relation in {":", "="}:
        return replace(filters, n_min=int(low), n_max=int(high))
    if low != high:
        raise _bad_value("n", "one number after this sign")
    step = {">=": 0, ">": 1, "<=": 0, "<": -1}[relation]
    bound = int(low) + step
    if relation.startswith(">"):
        return replace(filters, n_min=bound)
    return replace(filters, n_max=bound)


def _parse_span(name: str, value: str) -> tuple[float, float]:
    """Return ``"20-40"`` as two numbers, and ``"20"`` as twice the same."""
    found = _SPAN.fullmatch(value.removesuffix("+"))
    if found is None:
        raise _bad_value(name, "a number or a span such as 20-40")
    low = float(found[1])
    high = float(found[2]) if found[2] else (_OLDEST_YEARS if value.endswith("+") else low)
    if high < low:
        raise _bad_value(name, "the smaller number first")
    return low, high


def _bad_value(name: str, expected: str) -> InputError:
    return InputError(
        "FSC156",
        f"Expected {expected} for the filter '{name}', got something else.",
        "Write `--age 20-40 -n 20`, or among the words `age:20-40 n>=20 modality:eeg sex:female`.",
    )
