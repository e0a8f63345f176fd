"""Finding datasets: words become a query, hits become a ranking."""

from ._find import count_facets, find, rank
from ._query import Query, parse_query

__all__ = ["Query", "count_facets", "find", "parse_query", "rank"]
