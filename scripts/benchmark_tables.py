"""Write the page of benchmarks from the JSON files that they left in ``benchmarks/results``.

The page is made whenever the documentation is built (``docs/conf.py``) and is not kept.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"

HEAD = """\
# Benchmarks

Each runs beside the plain way or a peer, and leaves a JSON file with commit, versions and seed in
`benchmarks/results`; the tables are generated from these. `make bench` runs all of them again.
Times are of one machine and say how things compare, not how long they take on yours.
"""


def render_benchmarks() -> str:
    """Return the page: for each result its explanation, its origin and its tables."""
    parts = [HEAD]
    for path in sorted((BENCHMARKS / "results").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        parts.append(f"## {title_of(path.stem)}\n\n{explanation_of(path.stem)}\n")
        parts.append(f"{origin_of(document)}\n")
        parts += render_value(document["results"], level=3)
    return "\n".join(parts)


def title_of(name: str) -> str:
    """Return a file's name as words."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def explanation_of(name: str) -> str:
    """Return what the benchmark says of itself, without the commands that run it."""
    script = BENCHMARKS / f"{name}.py"
    if not script.exists():
        return ""
    text = ast.get_docstring(ast.parse(script.read_text("utf-8"))) or ""
    paragraphs = text.split("\n\n")
    shown = [part for part in paragraphs if not part.startswith((" ", "python "))]
    return "\n\n".join(part.replace("::", ".").replace("``", "`") for part in shown)


def origin_of(document: Mapping[str, Any]) -> str:
    """Say from which commit, seed and versions a result is."""
    versions = document.get("versions", {})
    listed = ", ".join(f"{peer} {version}" for peer, version in sorted(versions.items()) if version)
    return f"*Commit {document['commit'][:7]}, seed {document['seed']}; {listed}.*"


def render_value(value: Any, level: int) -> list[str]:  # noqa: ANN401 - any JSON value
    """Render nested results: flat ones as one table, the others below a heading of their own."""
    if isinstance(value, list):
        return [table_of([dict(row) for row in value])] if all_flat(value) else []
    plain = {key: inner for key, inner in value.items() if is_cell(inner)}
    nested = {key: inner for key, inner in value.items() if key not in plain}
    parts = []
    if plain:
        parts.append(table_of([{"figure": title_of(k), "value": v} for k, v in plain.items()]))
    if all_flat(list(nested.values())):
        rows = [{"": title_of(key)} | dict(inner) for key, inner in nested.items()]
        return [*parts, table_of(rows)]
    for key, inner in nested.items():
        if tables := render_value(inner, level + 1):
            parts += [f"{'#' * min(level, 5)} {title_of(key)}\n", *tables]
    return parts


def all_flat(rows: Sequence[Any]) -> bool:
    """Tell whether there are rows, and all values of all of them fit into a cell."""
    return bool(rows) and all(
        isinstance(row, dict) and all(map(is_cell, row.values())) for row in rows
    )


def is_cell(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Tell whether a value is a number, a word, or a short list of them such as an interval."""
    if isinstance(value, list):
        return not any(isinstance(inner, dict | list) for inner in value)
    return not isinstance(value, dict)


def table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table with a column for each key that any row has."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(column.replace("_", " ") for column in columns) + " |"]
    lines.append("|" + "---|" * len(columns))
    lines += ["| " + " | ".join(cell_of(row.get(c, "")) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cell_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as a reader wants it."""
    if isinstance(value, list):
        pair = 2  # the ends of an interval
        return (" to " if len(value) == pair else ", ").join(map(cell_of, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).replace("|", "/")
