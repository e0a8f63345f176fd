import sys

import pytest

from fascicle.workflows import _workers
from fascicle.workflows._workers import make_workers
from fascicle.workflows._workspace import Workspace


@pytest.fixture
def space(tmp_path):
    workspace = Workspace(tmp_path / "out")
    workspace.prepare()
    return workspace


@pytest.fixture
def raw(tmp_path):
    """Three files of 11 bytes each, two of them in a folder of their own."""
    folder = tmp_path / "raw"
    (folder / "deep").mkdir(parents=True)
    for path in ("a.edf", "deep/b.edf", "deep/c.edf"):
        (folder / path).write_bytes(b"x" * 11)
    return folder


@pytest.mark.parametrize(("asked", "got"), [(1, 1), (2, 2), (3, 3), (40, 3)])
def test_there_are_never_more_processes_than_files(raw, space, asked, got):
    with make_workers(raw, space, asked) as workers:
        assert workers.n_jobs == got


def test_processes_that_were_asked_for_start_at_once(raw, space):
    with make_workers(raw, space, 2) as workers:
        assert workers.is_started


@pytest.mark.parametrize(("worth_bytes", "is_started"), [(32, True), (33, False)])
def test_processes_nobody_asked_for_start_where_they_save_more_than_they_cost(
    raw, space, monkeypatch, worth_bytes, is_started
):
    monkeypatch.setattr(_workers, "n_usable_cores", lambda: 2)
    monkeypatch.setattr(_workers, "WORTH_PROCESSES_BYTES", worth_bytes)

    with make_workers(raw, space, None) as workers:
        assert workers.is_started == is_started


def test_one_process_is_this_one(raw, space):
    with make_workers(raw, space, 1) as workers:
        assert not workers.is_started


def test_where_an_earlier_run_left_something_processes_wait_to_be_needed(raw, space):
    space.journal.record("unit-1", {"files": []})

    with make_workers(raw, space, 2) as workers:
        assert not workers.is_started


def test_a_folder_that_is_not_there_starts_nothing(tmp_path, space):
    with make_workers(tmp_path / "absent", space, 4) as workers:
        assert not workers.is_started


def test_a_process_that_stands_ready_has_what_conversion_imports(raw, space):
    with make_workers(raw, space, 2) as workers:
        loaded = workers.submit(tell_modules).result()

    assert {*_workers._HEAVY, "mne", "mne_bids"} <= loaded


def tell_modules():
    return set(sys.modules)
