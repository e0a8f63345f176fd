"""A Dask cluster of two workers beside one process and two local ones, on the same recordings.

Sixteen EDF recordings are shared in turn by one process, by two processes, and by a cluster of two
workers with one thread each on this machine (its start is not counted: a lab's cluster is running
already). What they write must be the same bytes: files that are not are named. Seconds are of the
whole command; each way runs once before that is counted. Do not change the code meanwhile: workers
that start later would run another.

Run: ``python benchmarks/cluster.py --megabytes 32``
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from _results import write_results

from fascicle.testing import Shape, make_edf
from fascicle.workflows import ShareOptions, share

N_RECORDINGS = 16
ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "publish": False}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=32, help="size of each recording")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fascicle-cluster-") as scratch:
        folder = Path(scratch)
        os.environ["FASCICLE_HOME"] = str(folder / "home")
        make_raw(folder / "raw", chosen.megabytes)
        with start_cluster() as address:
            ways = {
                "one process": {"n_jobs": 1},
                "two processes": {"n_jobs": 2},
                "cluster of two workers": {"cluster": address},
            }
            seconds = {name: [] for name in ways}
            expected: dict[str, str] = {}
            differing: set[str] = set()
            for number in range(chosen.runs + 1):
                for name, how in ways.items():
                    took, digests = run(folder, how)
                    expected = expected or digests
                    differing |= {path for path, _ in expected.items() ^ digests.items()}
                    if number:
                        seconds[name].append(took)
                        print(f"{name}: {took:.1f} s")
    medians = {name: float(np.median(times)) for name, times in seconds.items()}
    print(medians, "DIFFERENT BYTES" if differing else "same bytes", *sorted(differing), sep="\n")
    write_results(
        "cluster",
        {
            "n_recordings": N_RECORDINGS,
            "megabytes_each": chosen.megabytes,
            "runs": chosen.runs,
            "seconds": {name: {"whole_command_s": value} for name, value in medians.items()},
            "same_bytes": not differing,
        },
        seed=1,
    )


@contextmanager
def start_cluster() -> Iterator[str]:
    """Run a cluster in a process apart, and give its address.

    Dask sets variables of its process (``MALLOC_TRIM_THRESHOLD_``) that slow every process that is
    started from there: here they would be the local ones, which it is compared with.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_cluster, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join()


def serve_cluster(pipe: Connection) -> None:
    """Hold a cluster of two workers until told that it is enough."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        pipe.send(cluster.scheduler_address)
        pipe.recv()


def make_raw(raw: Path, megabytes: int) -> None:
    """Write recordings that differ, of one size."""
    raw.mkdir()
    rates = (500,) * 32
    shape = Shape(rates, n_seconds=megabytes * 1_000_000 // (2 * sum(rates)))
    for number in range(N_RECORDINGS):
        make_edf(raw / f"P{number + 1:02d}_rest.edf", seed=number, shape=shape)


def run(folder: Path, how: dict[str, object]) -> tuple[float, dict[str, str]]:
    """Share once into a fresh folder; return seconds and a digest of each file."""
    for name in ("out", "out.private"):
        shutil.rmtree(folder / name, ignore_errors=True)
    start = time.perf_counter()
    share(folder / "raw", folder / "out", ShareOptions(**ANSWERS, **how))
    took = time.perf_counter() - start
    return took, {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "out").rglob("*"))
        if path.is_file() and path.name != "report.html"
    }


if __name__ == "__main__":
    main()
