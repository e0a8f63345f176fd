"""Ranking: how well words fit, lifted where they are exactly what a dataset is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from fascicle.core import Dataset
from fascicle.govern import Filters, Hit

from ._query import Query, parse_query

# A dataset whose modality, task or species is the very word asked for is what was meant; one that
# only speaks of it may not be. In units of the best score of the same search.
_LIFT_FACT = 0.5
_LIFT_NAME = 0.25
_CANDIDATES_PER_HIT, _LEAST_CANDIDATES = 3, 60
_MODEST_SCORE = 0.1  # of a search without words


class Searchable(Protocol):
    """What `find` asks: a handle on a commons."""

    def search(
        self, words: str | Sequence[Sequence[str]], filters: Filters | None, limit: int
    ) -> tuple[Hit, ...]:
        """Return the datasets that fit, best first."""
        ...


def find(
    commons: Searchable, text: str | Sequence[str] | Query, limit: int = 20
) -> tuple[Hit, ...]:
    """Find datasets by words and filters.

    All words must be there at first. If that finds less than was asked for, datasets that hold
    only some of the words follow.

    Parameters
    ----------
    commons : Searchable
        An open commons.
    text : str, sequence of str or Query
        As `parse_query` reads it.
    limit : int
        How many at most.

    Returns
    -------
    tuple of Hit
        Best first.

    Raises
    ------
    InputError
        FSC155 or FSC156 for a filter that is not understood.
    """
    query = text if isinstance(text, Query) else parse_query(text)
    n_candidates = max(_LEAST_CANDIDATES, _CANDIDATES_PER_HIT * limit)
    hits = list(rank(commons.search(query.groups, query.filters, n_candidates), query))
    if len(hits) < limit and len(query.groups) > 1:
        known = {hit.dataset.id for hit in hits}
        anything = [[word for group in query.groups for word in group]]
        partial = rank(commons.search(anything, query.filters, n_candidates), query)
        least = min((hit.score for hit in hits), default=1.0)
        best = max((hit.score for hit in partial), default=1.0) or 1.0
        hits += [
            replace(hit, score=hit.score / best * least / 2)  # below every hit with all words
            for hit in partial
            if hit.dataset.id not in known
        ]
    return tuple(hits[:limit])


def rank(hits: Iterable[Hit], query: Query) -> tuple[Hit, ...]:
    """Order hits anew: facts that are exactly what was asked for lift a dataset.

    Parameters
    ----------
    hits : iterable of Hit
        As the catalogue's full-text search scored them.
    query : Query
        What was asked for.

    Returns
    -------
    tuple of Hit
        Best first; equal ones by id, so that the order never wavers.
    """
    found = tuple(hits)
    unit = max((hit.score for hit in found), default=0.0) or _MODEST_SCORE
    lifted = (replace(hit, score=hit.score + unit * _lift(hit.dataset, query)) for hit in found)
    return tuple(sorted(lifted, key=lambda hit: (-hit.score, hit.dataset.id)))


def count_facets(hits: Iterable[Hit]) -> dict[str, dict[str, int]]:
    """Count how many hits there are of each modality, task, species and tier, most first.

    Examples
    --------
    >>> count_facets([Hit(Dataset("a", "A", tasks=("rest",)), 1.0)])["task"]
    {'rest': 1}
    """
    counts: dict[str, Counter[str]] = {
        name: Counter() for name in ("modality", "task", "species", "tier")
    }
    for hit in hits:
        dataset = hit.dataset
        counts["modality"].update(set(dataset.modalities))
        counts["task"].update(set(dataset.tasks))
        counts["species"].update(set(dataset.species))
        counts["tier"].update([dataset.tier.value])
    return {
        name: dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
        for name, counter in counts.items()
    }


def _lift(dataset: Dataset, query: Query) -> float:
    """Return how much of the query is exactly what a dataset is, without unit."""
    facts = {word.casefold() for word in (*dataset.modalities, *dataset.tasks, *dataset.species)}
    name = f" {' '.join(dataset.name.casefold().split())} "
    lift = 0.0
    for group in query.groups:
        if not facts.isdisjoint(group):
            lift += _LIFT_FACT
        if f" {group[0]} " in name:
            lift += _LIFT_NAME
    return lift / max(1, len(query.groups))
