"""The same plan on a Dask cluster: the same bytes."""

import pytest
from tests.journeys.conftest import list_bytes

from fascicle import share
from fascicle.errors import JobError
from fascicle.workflows import ShareOptions

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of the library and of the sockets that it leaves
]

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "publish": False}


def test_two_workers_of_a_cluster_write_the_bytes_of_one_process(raw, tmp_path, home, monkeypatch):
    share(raw, tmp_path / "out", ShareOptions(n_jobs=1, **ANSWERS))
    here = list_bytes(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "first")
    (tmp_path / "out.private").rename(tmp_path / "first.private")

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        result = share(raw, tmp_path / "out", ShareOptions(cluster=address, **ANSWERS))

    assert (result.exit_code, result.n_new) == (0, 6)
    assert list_bytes(tmp_path / "out") == here


def test_a_cluster_that_is_not_there_stops_before_anything_is_written(
    raw, tmp_path, home, monkeypatch
):
    monkeypatch.setattr("fascicle.jobs._cluster.CONNECT_S", 0.5)

    with pytest.raises(JobError, match="FSC710"):
        share(raw, tmp_path / "out", ShareOptions(cluster="tcp://127.0.0.1:9", **ANSWERS))

    assert not (tmp_path / "out").exists()
