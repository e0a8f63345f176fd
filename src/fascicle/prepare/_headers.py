"""Read the headers of many recordings: quick formats in threads, risky ones apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath

from fascicle.core import Finding, Header, Plan, Progress, ProgressHook, Severity, Source
from fascicle.errors import FascicleError, JobError
from fascicle.formats import is_isolated, is_risky, read_header
from fascicle.jobs import n_usable_cores, run_apart, run_isolated

_N_THREADS = 8
_CHUNK = 8
"""Recordings that share a process, which ends with them: some readers leave files open."""
_PLAIN_READERS = frozenset({"edf", "bdf", "brainvision"})
"""Readers that change nothing outside themselves while they read; others redirect output."""


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
    root: Path,
    sources: Sequence[Source],
    on_progress: ProgressHook | None = None,
    *,
    hdf5: Mapping[PurePosixPath, bool] | None = None,
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
    hdf5 : mapping of PurePosixPath to bool, optional
        Which files are HDF5, as far as somebody has looked.

    Returns
    -------
    list of Header or FascicleError
        In the order of `sources`.
    """
    found: list[Header | FascicleError] = []
    step = max(1, len(sources) // 100)
    for at, one in enumerate(_read_in_order(root, sources, hdf5 or {}), start=1):
        found.append(one)
        if on_progress is not None and (at % step == 0 or at == len(sources)):
            on_progress(Progress("headers", at, len(sources), sources[at - 1].primary.name))
    return found


def _read_in_order(
    root: Path, sources: Sequence[Source], hdf5: Mapping[PurePosixPath, bool]
) -> Iterator[Header | FascicleError]:
    """Read ahead in threads and processes what allows it; yield in the order of the sources."""
    ways = [_choose(root, source, hdf5) for source in sources]

    def those(way: str) -> list[Source]:
        return [source for source, one in zip(sources, ways, strict=True) if one == way]

    isolated = those("isolated")
    chunks = [isolated[at : at + _CHUNK] for at in range(0, len(isolated), _CHUNK)]
    with (
        ThreadPoolExecutor(max_workers=n_usable_cores()) as waiters,
        ThreadPoolExecutor(max_workers=_N_THREADS) as readers,
    ):
        parted = waiters.map(partial(_read_isolated, root), chunks)
        read = {
            "isolated": (one for chunk in parted for one in chunk),
            "apart": waiters.map(partial(_read_apart, root), those("apart")),
            "thread": readers.map(partial(read_safely, root), those("thread")),
            "here": (read_safely(root, source) for source in those("here")),
        }
        for way in ways:
            yield next(read[way])


def _choose(root: Path, source: Source, hdf5: Mapping[PurePosixPath, bool]) -> str:
    """Say where a header is read."""
    if source.format in _PLAIN_READERS:
        return "thread"
    if is_isolated(source):
        return "isolated"
    return "apart" if is_risky(root, source, hdf5) else "here"


def _read_isolated(root: Path, sources: Sequence[Source]) -> list[Header | FascicleError]:
    """Read some headers in a new process; if it dies, each in a process of its own."""
    try:
        return run_isolated(_read_many, root, tuple(sources))
    except JobError as error:
        if len(sources) == 1:
            return [error]
        return [one for source in sources for one in _read_isolated(root, [source])]


def _read_many(root: Path, sources: Sequence[Source]) -> list[Header | FascicleError]:
    return [read_safely(root, source) for source in sources]


def _read_apart(root: Path, source: Source) -> Header | FascicleError:
    """Read one header in a process that lives on."""
    try:
        return run_apart(read_safely, root, source)
    except JobError as error:
        return error


def read_safely(root: Path, source: Source) -> Header | FascicleError:
    """Read one header here; a broken file gives the error instead of raising it."""
    try:
        return read_header(root, source)
    except FascicleError as error:
        return error


def find_damaged(
    sources: Sequence[Source], read: Sequence[Header | FascicleError]
) -> tuple[Finding, ...]:
    """Return a finding for each recording that cannot be read, or is not as long as it states."""
    return tuple(
        Finding(
            code="file.unreadable",
            severity=Severity.ERROR,
            place="raw folder",
            reason=f"Expected a readable {source.format} recording, "
            f"got: [{one.code}] {one.problem}",
            fix=one.remedy,
            origin="look",
            raw_place=str(source.primary),
        )
        if isinstance(one, FascicleError)
        else Finding(
            code="recording.length",
            severity=Severity.WARNING,
            place="raw folder",
            reason="Expected as many samples as the recording itself states, got another number: "
            "it was cut off, or its header is wrong. What is there is taken.",
            fix="Compare it with the original on the amplifier's computer, and copy it again.",
            origin="look",
            raw_place=str(source.primary),
        )
        for source, one in zip(sources, read, strict=True)
        if isinstance(one, FascicleError) or not one.is_as_stated
    )
