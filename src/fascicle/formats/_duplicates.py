"""Find recordings whose samples are the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fascicle.core import Finding, Severity, Source

from ._files import HEAD_BYTES

Located = tuple[Source, Path]


def find_duplicates(root: Path, sources: Sequence[Source]) -> list[Finding]:
    """Compare the largest file of each recording: by size, then its ends, then all of it.

    The ends part nearly all recordings of equal size, so that whole files are read only where two
    are most likely the same.
    """
    located = [(source, _largest_file(root, source)) for source in sources]
    findings: list[Finding] = []
    for same_size in _alike(located, _size):
        for same_ends in _alike(same_size, _ends_digest):
            for same in _alike(same_ends, _file_digest):
                findings += [_finding(source, len(same)) for source, _ in same[1:]]
    return findings


def _alike(group: Sequence[Located], key: Callable[[Path], str]) -> Iterator[list[Located]]:
    """Yield those of a group that share a format and a key, where there are two or more."""
    by_key: dict[tuple[str, str], list[Located]] = {}
    for source, path in group:
        try:
            by_key.setdefault((source.format, key(path)), []).append((source, path))
        except OSError:
            continue  # unreadable now: reading its header will say so
    yield from (found for found in by_key.values() if len(found) > 1)


def _largest_file(root: Path, source: Source) -> Path:
    """Return the file that holds most of a recording."""
    paths = [root / path for path in source.files]
    if paths[0].is_dir():
        paths = [path for path in sorted(paths[0].rglob("*")) if path.is_file()] or paths
    if len(paths) == 1:
        return paths[0]
    return max(paths, key=lambda path: path.stat().st_size if path.is_file() else -1)


def _size(path: Path) -> str:
    """Return a file's size."""
    return str(path.stat().st_size)


def _ends_digest(path: Path) -> str:
    """Return the digest of a file's first and last bytes."""
    with path.open("rb", buffering=0) as stream:
        head = stream.read(HEAD_BYTES) or b""
        stream.seek(max(0, path.stat().st_size - HEAD_BYTES))
        tail = stream.read(HEAD_BYTES) or b""
    return hashlib.sha256(head + tail).hexdigest()


def _file_digest(path: Path) -> str:
    """Return the digest of a whole file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _finding(source: Source, n_same: int) -> Finding:
    """Return the finding for a recording that is there more than once."""
    return Finding(
        "file.duplicate",
        Severity.WARNING,
        "raw folder",
        f"Expected every recording once, got the same samples in {n_same} files.",
        "Find out which one is right. A copy stays out if `include` is false in the plan.",
        origin="look",
        raw_place=str(source.primary),
    )
