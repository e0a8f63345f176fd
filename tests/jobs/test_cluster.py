"""Units of work on a Dask cluster of this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from operator import neg
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import InputError, JobError
from fascicle.jobs import ClusterWorkers, run_all, run_isolated

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of the library and of the sockets that it leaves
]


BLOCK_BYTES = 4 << 20


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def refuse(number: int) -> int:
    if number == 3:
        raise InputError("FSC101", "Expected another number.", "Give one.")
    return -number


def call_apart(number: int) -> int:
    return run_isolated(neg, number)


def count_faults(n_blocks: int) -> int:
    """Return how many pages were mapped for blocks that were filled one after another."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for number in range(n_blocks):
        np.full(BLOCK_BYTES // 8, float(number))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def die(number: int) -> int:
    if number == 2:
        os._exit(3)
    return -number


def test_a_cluster_gives_what_this_process_would_give(address: str, tmp_path: Path) -> None:
    items = [5, 3, 11, 7]

    with ClusterWorkers(address, tmp_path) as workers:
        outcomes = sorted(run_all(refuse, items, workers=workers), key=lambda o: o.index)

    assert [outcome.value for outcome in outcomes] == [-5, None, -11, -7]
    assert isinstance(outcomes[1].error, InputError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="what is set is a setting of glibc")
def test_a_worker_uses_the_memory_of_one_block_for_the_next(address: str, tmp_path: Path) -> None:
    with ClusterWorkers(address, tmp_path) as workers:
        outcomes = list(run_all(count_faults, [50, 50], workers=workers))

    n_pages_of_a_block = BLOCK_BYTES // 4096
    assert all((outcome.value or 10**9) < 10 * n_pages_of_a_block for outcome in outcomes)


def test_a_worker_may_read_in_a_process_of_its_own(address: str, tmp_path: Path) -> None:
    with ClusterWorkers(address, tmp_path) as workers:
        outcomes = list(run_all(call_apart, [1, 2], workers=workers))

    assert sorted(outcome.value for outcome in outcomes) == [-2, -1]


def test_a_unit_that_kills_its_worker_is_told_and_the_others_end(tmp_path: Path) -> None:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        ClusterWorkers(cluster.scheduler_address, tmp_path) as workers,
    ):
        outcomes = sorted(run_all(die, [1, 2, 3, 4], workers=workers), key=lambda o: o.index)

    assert [outcome.value for outcome in outcomes] == [-1, None, -3, -4]
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "FSC714"


def test_an_address_where_nobody_answers_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fascicle.jobs._cluster.CONNECT_S", 0.5)

    with pytest.raises(JobError, match="FSC710"):
        ClusterWorkers("tcp://127.0.0.1:9", tmp_path).start()


def test_a_cluster_without_workers_is_told(tmp_path: Path) -> None:
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        pytest.raises(JobError, match="FSC711"),
    ):
        ClusterWorkers(cluster.scheduler_address, tmp_path).start()
