"""Words and facts of the newest version of each dataset, and the query over them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from fascicle.core import Dataset

from ._nouns import Filters, Match
from ._records import parse_dataset
from ._tables import catalogue, facets, versions

# How much a word weighs by where it stands: a title is chosen with care, a description is long.
_WEIGHT_NAME, _WEIGHT_KEYWORDS, _WEIGHT_DESCRIPTION = 10.0, 5.0, 1.0

_search = sa.table("search", sa.column("rowid"), sa.column("name"))
_index: sa.ColumnClause[str] = sa.literal_column("search", sa.Text)


def index_dataset(connection: sa.Connection, number: int, version: int, dataset: Dataset) -> None:
    """Put a dataset into the index, in the place of its older version."""
    connection.execute(sa.text("DELETE FROM search WHERE rowid = :number"), {"number": number})
    for table in (catalogue, facets):
        connection.execute(sa.delete(table).where(table.c.dataset == number))
    keywords = (
        *dataset.keywords,
        *dataset.tasks,
        *dataset.modalities,
        *dataset.species,
        *dataset.authors,
    )
    connection.execute(
        sa.text(
            "INSERT INTO search (rowid, name, keywords, description) "
            "VALUES (:number, :name, :keywords, :description)"
        ),
        {
            "number": number,
            "name": dataset.name,
            "keywords": " ; ".join(keywords),
            "description": dataset.description,
        },
    )
    connection.execute(
        sa.insert(catalogue),
        [
            {
                "dataset": number,
                "version": version,
                "n_participants": dataset.n_participants,
                "age_low": min(dataset.ages_years, default=None),
                "age_high": max(dataset.ages_years, default=None),
            }
        ],
    )
    if found := _facets(number, dataset):
        connection.execute(sa.insert(facets), found)


def find_matches(
    connection: sa.Connection, groups: Sequence[Sequence[str]], filters: Filters, limit: int
) -> tuple[Match, ...]:
    """Return the datasets that hold a word of each group, best first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Open on the commons.
    groups : sequence of sequence of str
        Each group is one idea in several spellings, which may be phrases; one that ends in
        ``*`` stands for all words that begin so. No group at all finds everything.
    filters : Filters
        Exact conditions.
    limit : int
        How many at most.
    """
    query = sa.select(catalogue.c.dataset, catalogue.c.version).where(*_conditions(filters))
    if expression := format_match(groups):
        rank = sa.func.bm25(
            _index, _WEIGHT_NAME, _WEIGHT_KEYWORDS, _WEIGHT_DESCRIPTION, type_=sa.Float
        )
        query = (
            query
            .add_columns((-rank).label("score"))
            .join(_search, _search.c.rowid == catalogue.c.dataset)
            .where(_index.op("MATCH")(expression))
        )
    else:
        query = query.add_columns(catalogue.c.n_participants.label("score"))
    # Only the best are read whole: thousands of descriptions need not go through the sorting.
    best = query.order_by(sa.desc("score"), catalogue.c.dataset).limit(limit).subquery()
    described = (
        sa
        .select(versions.c.described, best.c.score)
        .join(best, best.c.version == versions.c.id)
        .order_by(best.c.score.desc(), best.c.dataset)
    )
    return tuple(
        Match(parse_dataset(json.loads(row.described)), row.score if expression else 0.0)
        for row in connection.execute(described)
    )


def format_match(groups: Iterable[Sequence[str]]) -> str:
    """Write groups of words as an FTS5 expression; every word is quoted, so none is syntax.

    Examples
    --------
    >>> format_match([["eeg", "electroencephalography"], ["rest*"]])
    '("eeg" OR "electroencephalography") AND ("rest"*)'
    """
    written = []
    for group in groups:
        words = [_format_word(word) for word in group if any(map(str.isalnum, word))]
        if words:
            written.append(f"({' OR '.join(words)})")
    return " AND ".join(written)


def _format_word(word: str) -> str:
    """Quote a word or phrase; a last ``*`` stays outside the quotes, where FTS5 wants it."""
    plain = word.rstrip("*").replace('"', '""').replace("\0", "")
    return f'"{plain}"{"*" if word.endswith("*") else ""}'


def _facets(number: int, dataset: Dataset) -> list[dict[str, Any]]:
    """Return the exact facts of a dataset, in lower case."""
    values = {
        "modality": dataset.modalities,
        "task": dataset.tasks,
        "species": dataset.species,
        "sex": tuple(sex for sex, n in dataset.sexes.items() if n),
    }
    return [
        {"dataset": number, "kind": kind, "value": value}
        for kind, found in values.items()
        for value in sorted({word.casefold() for word in found})
    ]


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return filters as conditions on the catalogue."""
    conditions: list[sa.ColumnElement[bool]] = [
        sa.exists().where(
            facets.c.dataset == catalogue.c.dataset,
            facets.c.kind == kind,
            facets.c.value == value.casefold(),
        )
        for kind in ("modality", "task", "species", "sex")
        if (value := getattr(filters, kind))
    ]
    if filters.age_years is not None:
        youngest, oldest = filters.age_years
        conditions += [catalogue.c.age_low <= oldest, catalogue.c.age_high >= youngest]
    if filters.n_min is not None:
        conditions.append(catalogue.c.n_participants >= filters.n_min)
    if filters.n_max is not None:
        conditions.append(catalogue.c.n_participants <= filters.n_max)
    return conditions
