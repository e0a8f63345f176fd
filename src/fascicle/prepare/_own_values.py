"""What in the paths is a participant's own, once it is known whose each recording is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from ._columns import Column, encode
from ._facts import fit_fact
from ._paths import levels_of

_NAMING = frozenset({"key", "word", "code", "number"})
_CHUNK = re.compile(r"[^\W_]+")


def find_naming(columns: Sequence[Column], labels: Sequence[str]) -> set[int]:
    """Return ``id()`` of the columns that name the participants of these labels.

    Parameters
    ----------
    columns : sequence of Column
        The aligned fields of all paths.
    labels : sequence of str
        Whose each recording is.

    Returns
    -------
    set of int
        Of the columns that go with the labels one to one, wherever they have a value.
    """
    person = encode(labels)
    return {
        id(column)
        for column in columns
        if column.kind in _NAMING
        and (seen := column.codes >= 0).any()
        and fit_fact(column.codes[seen], person[seen]).consistency == 1.0
        and fit_fact(person[seen], column.codes[seen]).consistency == 1.0
        and column.n_values == len(np.unique(person[seen])) > 1
    }


def find_own_values(
    paths: Sequence[PurePosixPath], columns: Sequence[Column], labels: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return what else in the paths is each participant's own: it stands in all of them, alone.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        The recordings.
    columns : sequence of Column
        Their aligned fields.
    labels : sequence of str
        Whose each recording is.

    Returns
    -------
    dict of str to tuple of str
        By label, texts as written; labels without any are missing.
    """
    fields = [
        {c.texts[at] for c in columns if c.kind in _NAMING and c.n_values > 1 and c.texts[at]}
        for at in range(len(paths))
    ]
    seen = [own | _find_codes(path) for own, path in zip(fields, paths, strict=True)]
    owners: dict[str, set[str]] = defaultdict(set)
    everywhere: dict[str, set[str]] = {}
    for label, texts in zip(labels, seen, strict=True):
        everywhere[label] = everywhere.get(label, texts) & texts
        for text in texts:
            owners[text].add(label)
    found = {
        label: tuple(sorted(text for text in texts if owners[text] == {label}))
        for label, texts in everywhere.items()
    }
    return {label: texts for label, texts in found.items() if texts}


def _find_codes(path: PurePosixPath) -> set[str]:
    """Return the pieces of a path, between separators, that have letters and digits."""
    return {
        piece
        for level in levels_of(path)
        for piece in _CHUNK.findall(level)
        if any(c.isdecimal() for c in piece) and any(c.isalpha() for c in piece)
    }
