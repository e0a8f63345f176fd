"""Many short texts are searched at once: what is nowhere in all of them together is in none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ._contents import Field
from ._proof import Hit

_PLAIN = re.compile(r"[ -$'-<>-\[\]-~]{1,200}")
"""A line of printable ASCII without what escapes begin with (``%``, ``&``, ``=``, backslash): it
reads the same among other lines as alone, because no search goes over the end of a line."""

_MAX_LETTERS = 4096
"""What is read in one window: in longer texts a word at its seam would be read twice or not."""

Search = Callable[[Field], Iterator[Hit]]


def search_fields(fields: Sequence[Field], search: Search) -> Iterator[Hit]:
    """Yield what a search finds in each text, in order, and search most of them together.

    Parameters
    ----------
    fields : sequence of Field
        Any number of texts: a table of cells has a name for each of hundreds of thousands.
    search : callable
        Yields what it finds in one text; of lines that are joined, no less than of each alone.

    Yields
    ------
    Hit
        As if every text had been searched for itself.
    """
    for is_plain, some in groupby(fields, lambda one: _PLAIN.fullmatch(one.text) and one.role):
        if not is_plain:
            for field in some:
                yield from search(field)
            continue
        for batch in _part(some):
            yield from _search_batch(batch, search)


def _part(fields: Iterator[Field]) -> Iterator[list[Field]]:
    """Yield as many texts at a time as fit into a window."""
    batch: list[Field] = []
    n_letters = 0
    for field in fields:
        n_letters += len(field.text) + 1
        if n_letters > _MAX_LETTERS:
            yield batch
            batch, n_letters = [], len(field.text) + 1
        batch.append(field)
    yield batch


def _search_batch(batch: Sequence[Field], search: Search) -> Iterator[Hit]:
    """Search texts as one; where that finds anything, search each half."""
    if len(batch) == 1:
        yield from search(batch[0])
        return
    joined = Field(batch[0].place, "\n".join(field.text for field in batch), batch[0].role)
    if next(search(joined), None) is not None:
        middle = len(batch) // 2
        yield from _search_batch(batch[:middle], search)
        yield from _search_batch(batch[middle:], search)
