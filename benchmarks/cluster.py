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
import os
import shutil
import tempfile
import time
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
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory(prefix="fascicle-cluster-") as scratch:
        folder = Path(scratch)
        os.environ["FASCICLE_HOME"] = str(folder / "home")
        make_raw(folder / "raw", chosen.megabytes)
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            ways = {
                "one process": {"n_jobs": 1},
                "two processes": {"n_jobs": 2},
                "cluster of two workers": {"cluster": cluster.scheduler_address},
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
