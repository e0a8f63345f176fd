import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fascicle.errors import FormatError, JobError
from fascicle.jobs import _apart, run_apart, run_isolated


@pytest.fixture(autouse=True)
def alone():
    """Every test starts its own processes, and leaves none."""
    _apart._IDLE.close()
    yield
    _apart._IDLE.close()


def whoami():
    return os.getpid()


def die_on_three(number):
    if number == 3:
        os._exit(139)
    return number


def die_unless_new(marks=[]):  # noqa: B006 - what earlier calls left behind is what is tested
    marks.append(1)
    if len(marks) > 1:
        os.abort()
    return os.getpid()


def fail_on_three(number):
    if number == 3:
        raise FormatError("FSC200", "Expected something else.", "Look.")
    return number


def return_what_cannot_travel():
    return lambda: None


def sleep_long(seconds):
    time.sleep(seconds)


def fail_with_a_name(_):
    raise ValueError("Wiesengrund")


def test_a_crash_in_an_isolated_process_is_an_error_here():
    with pytest.raises(JobError, match="code 139"):
        run_isolated(die_on_three, 3)


def test_an_error_in_an_isolated_process_arrives_as_itself():
    with pytest.raises(FormatError, match="FSC200"):
        run_isolated(fail_on_three, 3)


def test_an_isolated_process_that_hangs_is_stopped():
    with pytest.raises(JobError, match="FSC703"):
        run_isolated(sleep_long, 60, timeout_s=0.5)


def test_a_fault_in_an_isolated_process_is_told_by_its_place_alone(capfd):
    with pytest.raises(JobError, match=r"FSC706.*ValueError in test_apart.py") as caught:
        run_isolated(fail_with_a_name, 1)

    assert "Wiesengrund" not in str(caught.value)
    assert "Wiesengrund" not in capfd.readouterr().err


def test_calls_share_a_process_and_isolated_ones_do_not():
    shared = {run_apart(whoami) for _ in range(5)}
    single = {run_isolated(whoami) for _ in range(2)}

    assert len(shared) == 1
    assert len(single | shared | {os.getpid()}) == 4


def test_what_kills_its_process_is_an_error_and_the_next_call_has_another():
    before = run_apart(whoami)

    with pytest.raises(JobError, match=r"FSC702.*code 139"):
        run_apart(die_on_three, 3)

    assert run_apart(whoami) != before
    assert run_apart(die_on_three, 4) == 4


def test_what_died_of_what_others_left_is_tried_once_more_alone():
    first = run_apart(die_unless_new)

    second = run_apart(die_unless_new)

    assert second != first


def test_a_call_that_hangs_is_stopped_and_not_tried_again():
    run_apart(whoami)
    started = time.monotonic()

    with pytest.raises(JobError, match="FSC703"):
        run_apart(sleep_long, 60, timeout_s=1.0)

    assert time.monotonic() - started < 2.0
    assert run_apart(die_on_three, 5) == 5


def test_an_error_of_the_function_keeps_the_process():
    before = run_apart(whoami)

    with pytest.raises(FormatError, match="FSC200"):
        run_apart(fail_on_three, 3)
    with pytest.raises(JobError, match="FSC706"):
        run_apart(return_what_cannot_travel)

    assert run_apart(whoami) == before


def test_a_process_that_nobody_needed_ends_and_is_replaced(monkeypatch):
    monkeypatch.setattr(_apart, "_MAX_CALLS", 3)
    monkeypatch.setattr(_apart, "_IDLE_S", 0.3)
    first = run_apart(whoami)
    deadline = time.monotonic() + 20
    while _is_there(first) and _apart._IDLE._helpers[0].is_alive and time.monotonic() < deadline:
        time.sleep(0.05)

    assert run_apart(whoami) != first


def test_a_process_is_renewed_after_many_calls(monkeypatch):
    monkeypatch.setattr(_apart, "_MAX_CALLS", 3)

    served = [run_apart(whoami) for _ in range(7)]

    assert len(set(served)) == 3
    assert [served.count(one) for one in dict.fromkeys(served)] == [3, 3, 1]


def test_threads_are_answered_side_by_side_each_with_its_own_answer():
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: run_apart(die_on_three, n), [5, 7, 3 + 8, 13, 17] * 9))

    assert answers == [5, 7, 11, 13, 17] * 9
    assert 1 <= len(_apart._IDLE._helpers) <= 4


def test_what_a_dying_process_prints_stays_away_from_the_terminal(capfd):
    with pytest.raises(JobError, match="FSC702"):
        run_apart(os.abort)
    with pytest.raises(JobError, match="FSC702"):
        run_apart(os.system, "echo Wiesengrund >&2; kill -9 $PPID")

    assert capfd.readouterr().err == ""


UNGUARDED = """
from operator import neg
from fascicle.jobs import Workers, run_all, run_apart, run_isolated
print("begun")
print(run_apart(neg, 3), run_isolated(neg, 5))
print(sorted(outcome.value for outcome in run_all(neg, [7, 11, 13], n_jobs=2)))
"""


def test_a_script_needs_no_guard_and_is_run_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)

    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=True
    )

    assert ended.stdout.split("\n") == ["begun", "-3 -5", "[-13, -11, -7]", ""]
    assert ended.stderr == ""


def test_relative_paths_are_those_of_the_caller_also_after_it_went_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "file").touch()

    monkeypatch.chdir(tmp_path / "a")
    before = run_apart(os.path.exists, "file")
    monkeypatch.chdir(tmp_path / "b")
    after = run_apart(os.path.exists, "file")

    assert (before, after) == (False, True)


def test_a_forked_process_leaves_the_processes_of_its_parent_alone():
    first = run_apart(whoami)
    if (child := os.fork()) == 0:
        os._exit(run_apart(whoami) == first)

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert run_apart(whoami) == first


def test_a_program_ends_although_its_processes_wait_for_calls():
    program = "import os; from fascicle.jobs import run_apart; print(run_apart(os.getpid))"

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, check=True
    )

    helper = int(ended.stdout)
    deadline = time.monotonic() + 10
    while _is_there(helper) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_there(helper)


def _is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
