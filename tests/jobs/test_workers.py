import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fascicle.errors import JobError
from fascicle.jobs import Workers, run_all

ready = False

# Starts two processes that write their numbers, kills itself as hard as the system can.
VICTIM = """
import os, sys, time
from pathlib import Path
from fascicle.jobs import Workers
from report import report

folder = Path(sys.argv[1])
with Workers(2) as workers:
    workers.start()
    workers.submit(report, folder)
    workers.submit(report, folder)
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.02)
    os._exit(77)
"""
REPORT = """
import os, time

def report(folder):
    (folder / str(os.getpid())).touch()
    time.sleep(600)
"""


def become_ready():
    global ready
    ready = True


def tell_ready(_):
    return ready


def fail():
    raise ValueError("Wiesengrund")


def tell_process(seconds):
    time.sleep(seconds)
    return os.getpid()


def die(_):
    os._exit(139)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(is_so, timeout_s=20.0):
    deadline = time.monotonic() + timeout_s
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def test_each_process_warms_up_before_its_first_unit():
    with Workers(2, warm_up=become_ready) as workers:
        workers.start()
        outcomes = list(run_all(tell_ready, range(5), workers=workers))

    assert [outcome.value for outcome in outcomes] == [True] * 5
    assert not ready  # it happened elsewhere


def test_what_fails_while_warming_up_is_left_to_the_units(capfd):
    with Workers(2, warm_up=fail) as workers:
        outcomes = list(run_all(tell_ready, range(3), workers=workers))

    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert "Wiesengrund" not in capfd.readouterr().err


def test_processes_serve_several_rounds():
    with Workers(2) as workers:
        first = {o.value for o in run_all(tell_process, [0.3, 0.3], workers=workers)}
        second = {o.value for o in run_all(tell_process, [0.3, 0.3], workers=workers)}

    assert len(first) == 2
    assert second == first
    assert os.getpid() not in first


def test_a_crash_in_processes_that_stood_ready_is_one_outcome():
    with Workers(2) as workers:
        workers.start()
        [crashed, _] = sorted(run_all(die, [1, 2], workers=workers), key=lambda o: o.index)

    assert crashed.error.code == "FSC702"


def test_processes_that_got_no_work_end():
    with Workers(2) as workers:
        process = workers.submit(os.getpid).result()

    assert not workers.is_started
    assert wait_until(lambda: not is_running(process))


def test_work_that_has_not_begun_is_dropped_where_the_caller_fails():
    started = time.monotonic()

    with pytest.raises(RuntimeError, match="enough"), Workers(2) as workers:
        for _ in range(30):
            workers.submit(time.sleep, 1.0)
        raise RuntimeError("enough")

    assert time.monotonic() - started < 15


@pytest.mark.skipif(os.name == "nt", reason="it ends a process on Windows")
def test_no_process_outlives_one_that_was_killed(tmp_path):
    script, told = tmp_path / "victim.py", tmp_path / "told"
    script.write_text(VICTIM)
    (tmp_path / "report.py").write_text(REPORT)
    told.mkdir()

    answer = subprocess.run([sys.executable, script, told], check=False, timeout=60)
    children = [int(path.name) for path in told.iterdir()]

    assert answer.returncode == 77
    assert len(children) == 2
    assert wait_until(lambda: not any(map(is_running, children)))


def test_a_process_that_died_costs_its_own_unit_alone_and_has_a_successor():
    with Workers(1) as workers:
        first = workers.submit(os.getpid).result()
        crashed = workers.submit(die, 1)
        after = workers.submit(os.getpid)

        with pytest.raises(JobError, match=r"FSC702.*code 139"):
            crashed.result(60)
        assert after.result(60) != first


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no interrupt to one process alone")
def test_nothing_begins_after_an_interrupt(tmp_path):
    with Workers(1) as workers:
        process = workers.submit(os.getpid).result()
        at_work = workers.submit(time.sleep, 600)
        waiting = workers.submit(Path.touch, tmp_path / "begun")
        wait_until(at_work.running)
        time.sleep(0.2)  # what is running in its thread is at work in its process

        os.kill(process, signal.SIGINT)

        for future in (at_work, waiting):
            with pytest.raises(JobError, match="FSC702"):
                future.result(60)
    assert not (tmp_path / "begun").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no interrupt to one process alone")
def test_an_interrupted_process_says_nothing(capfd):
    with Workers(1) as workers:
        process = workers.submit(os.getpid).result()

        os.kill(process, signal.SIGINT)

        with pytest.raises(JobError, match=r"FSC702.*code 130"):
            workers.submit(time.sleep, 60).result(30)
    assert capfd.readouterr().err == ""
