"""Read the headers of many recordings: quick formats in threads, risky ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fascicle.core import Finding, Header, Plan, Progress, ProgressHook, Severity, Source
from fascicle.errors import FascicleError
from fascicle.formats import read_header, registry
from fascicle.jobs import run_isolated

_N_THREADS = 8


def read_headers(plan: Plan, *, on_progress: ProgressHook | None = None) -> dict[str, Header]:
    """Read the headers of a plan's recordings again.

    Parameters
    ----------
    plan : Plan
        A plan that was read from its file.
    on_progress : callable, optional
        Told of every header.

    Returns
    -------
    dict of str to Header
        By key; recordings that cannot be read are missing.
    """
    sources = [r.source for r in plan.recordings]
    read = read_sources(Path(plan.raw), sources, on_progress)
    return {
        recording.key: header
        for recording, header in zip(plan.recordings, read, strict=True)
        if isinstance(header, Header)
    }


def read_sources(
    root: Path, sources: Sequence[Source], on_progress: ProgressHook | None = None
) -> list[Header | FascicleError]:
    """Read the header of each source; where that fails, the error stands in its place.

    Parameters
    ----------
    root : Path
        The raw folder.
    sources : sequence of Source
        The recordings.
    on_progress : callable, optional
        Told of every header.

    Returns
    -------
    list of Header or FascicleError
        In the order of `sources`.
    """
    found: list[Header | FascicleError] = []
    step = max(1, len(sources) // 100)
    for at, one in enumerate(_read_in_order(root, sources), start=1):
        found.append(one)
        if on_progress is not None and (at % step == 0 or at == len(sources)):
            on_progress(Progress("headers", at, len(sources), sources[at - 1].primary.name))
    return found


def _read_in_order(root: Path, sources: Sequence[Source]) -> Iterator[Header | FascicleError]:
    def read(source: Source) -> Header | FascicleError:
        return read_safely(root, source)

    # A process for each risky file takes a second or so: they run beside one another too.
    with ThreadPoolExecutor(max_workers=_N_THREADS) as pool:
        yield from pool.map(read, sources)


def read_safely(root: Path, source: Source) -> Header | FascicleError:
    """Read one header; a broken file gives the error instead of raising it."""
    one_format = registry().get(source.format)
    try:
        if one_format is not None and one_format.isolated:
            return run_isolated(read_header, root, source)
        return read_header(root, source)
    except FascicleError as error:
        return error


def find_unreadable(sources: Sequence[Source], read: Sequence[Header | FascicleError]) -> tuple[
    Finding, ...
]:  # fmt: skip
    """Return a finding for each recording whose header cannot be read."""
    return tuple(
        Finding(
            code="file.unreadable",
            severity=Severity.ERROR,
            place="raw folder",
            reason=f"Expected a readable {source.format} recording, got: {error.problem}",
            fix=error.remedy,
            origin="look",
            raw_place=str(source.primary),
        )
        for source, error in zip(sources, read, strict=True)
        if isinstance(error, FascicleError)
    )
