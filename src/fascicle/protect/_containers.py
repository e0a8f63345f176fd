"""Opens what we write with parsers of the scanner's own, down to the innermost text."""

from __future__ import annotations

from ._contents import Contents, Context, Parser, Problem
from ._parse_text import decode_text, parse_html, parse_json, parse_plain, parse_table

_BY_ENDING: dict[str, Parser] = {
    ".json": parse_json,
    ".jsonld": parse_json,
    ".tsv": parse_table,
    ".csv": parse_table,
    ".html": parse_html,
    ".htm": parse_html,
    ".svg": parse_html,
    ".xml": parse_html,
}
_TEXT_ENDINGS = frozenset({
    "",
    ".txt",
    ".md",
    ".rst",
    ".yaml",
    ".yml",
    ".cff",
    ".bib",
    ".bidsignore",
    ".toml",
    ".ini",
})


def read_contents(data: bytes, context: Context) -> Contents:
    """Return what a file holds, by its ending and its first bytes.

    Never raises on bad bytes: what cannot be followed is a problem of the contents.
    """
    name = context.name.lower()
    ending = "." + name.rpartition(".")[2] if "." in name else ""
    parser = _BY_ENDING.get(ending)
    if parser is not None:
        return parser(data, context)
    if ending in _TEXT_ENDINGS or decode_text(bytes(data[:4096]))[1]:
        return parse_plain(data, context)
    contents = Contents("unknown")
    contents.problems.append(
        Problem(
            "proof.unknown_format",
            "file",
            "Expected a format that the verifier can open, got another; only its bytes were"
            " searched.",
            is_error=False,
        )
    )
    return contents
