"""Processes for the conversion, started while the folder is still being looked at."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from fascicle.jobs import ClusterWorkers, Workers, n_usable_cores

from ._workspace import Workspace

WORTH_PROCESSES_BYTES = 48 << 20
"""Below this size, starting processes costs more than it saves."""

_HEAVY = ("fascicle.workflows._convert_one", "mne_bids.write", "scipy.linalg")


def make_workers(
    raw: Path, space: Workspace, n_jobs: int | None, cluster: str | None = None
) -> Workers:
    """Return processes for the conversion, which start now if there is surely work for them.

    Parameters
    ----------
    raw : Path
        The raw folder.
    space : Workspace
        What is finished already: where an earlier run left anything, they wait to be needed.
    n_jobs : int or None
        Number of processes, used however small the folder is; None takes one for each core, and
        starts them only where they save more than they cost.
    cluster : str or None
        Address of a Dask scheduler, whose workers are used instead.

    Returns
    -------
    Workers
        Never more than there are files.
    """
    if cluster is not None:
        workers: Workers = ClusterWorkers(cluster, space.folder)
        workers.start()
        return workers
    most = n_jobs or n_usable_cores()
    n_files, n_bytes = _measure(raw, most) if most > 1 else (0, 0)
    workers = Workers(max(min(most, n_files), 1), warm_up=warm_up)
    is_worth = n_jobs is not None or n_bytes > WORTH_PROCESSES_BYTES
    if workers.n_jobs > 1 and is_worth and not space.journal.entries():
        workers.start()
    return workers


def _measure(raw: Path, most: int) -> tuple[int, int]:
    """Count files and their bytes, until there is enough of both to keep `most` busy."""
    n_files = n_bytes = 0
    for parent, _, names in os.walk(raw):
        for name in names:
            with suppress(OSError):  # looking at the folder will tell of it
                n_bytes += (Path(parent) / name).lstat().st_size
                n_files += 1
            if n_files >= most and n_bytes > WORTH_PROCESSES_BYTES:
                return n_files, n_bytes
    return n_files, n_bytes


def warm_up() -> None:
    """Import in a new process what every conversion needs."""
    for module in _HEAVY:
        import_module(module)
