"""A process apart answers, and whatever becomes of it is told here."""

import os
import signal
import sys
import time

import pytest

from fascicle.errors import FormatError, JobError
from fascicle.jobs._helper import RETIRED, EndedError, Helper, as_ours

warm = False


@pytest.fixture
def helper():
    helper = Helper()
    yield helper
    helper.close()


def become_warm():
    global warm
    warm = True


def tell_warm():
    return warm


def raise_end_of_file():
    raise EOFError


def return_what_cannot_travel():
    return lambda: None


def raise_ours():
    raise FormatError("FSC200", "Expected something else.", "Look.")


def test_calls_are_answered_by_one_other_process(helper):
    answers = {helper.ask(os.getpid, ()) for _ in range(3)}

    assert answers == {helper.pid}
    assert helper.pid != os.getpid()
    assert helper.n_calls == 3


def test_it_is_warm_before_the_first_call():
    helper = Helper(warm_up=become_warm)

    assert helper.ask(tell_warm, ())
    helper.close()
    assert not warm


def test_what_a_function_raises_arrives_and_the_process_stays(helper):
    with pytest.raises(FormatError, match="FSC200"):
        helper.ask(raise_ours, ())
    with pytest.raises(JobError, match=r"FSC706.*EOFError"):
        helper.ask(raise_end_of_file, ())
    with pytest.raises(JobError, match="FSC706"):
        helper.ask(return_what_cannot_travel, ())

    assert helper.ask(os.getpid, ()) == helper.pid


def test_what_cannot_be_found_there_is_told_and_kills_nothing(helper, monkeypatch):
    unknown = type("Unknown", (), {"__module__": "__main__"})
    monkeypatch.setattr(sys.modules["__main__"], "Unknown", unknown, raising=False)

    with pytest.raises(JobError, match=r"FSC706.*AttributeError"):
        helper.ask(repr, (unknown(),))

    assert helper.is_alive


def test_how_it_ended_is_told_and_it_answers_no_more(helper):
    with pytest.raises(EndedError) as caught:
        helper.ask(os._exit, (41,))

    assert caught.value.exit_code == 41
    assert not helper.is_alive


def test_after_the_time_limit_it_is_gone(helper):
    with pytest.raises(JobError, match="FSC703"):
        helper.ask(time.sleep, (60,), timeout_s=0.5)

    assert not helper.is_alive


def test_without_work_it_ends_by_itself():
    helper = Helper(idle_s=0.1)
    deadline = time.monotonic() + 20
    while helper.is_alive and time.monotonic() < deadline:
        time.sleep(0.02)

    with pytest.raises(EndedError) as caught:
        helper.ask(os.getpid, ())

    assert caught.value.exit_code == RETIRED


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_what_it_starts_holds_neither_its_line_nor_its_pipe(helper):
    # A process that outlives it would keep both open, and its end would not be seen.
    helper.ask(os.system, ("sleep 30 &",))
    os.kill(helper.pid, signal.SIGKILL)
    started = time.monotonic()

    with pytest.raises(EndedError) as caught:
        helper.ask(os.getpid, ())

    assert caught.value.exit_code == -signal.SIGKILL
    assert time.monotonic() - started < 5


def test_an_error_of_the_system_is_told_without_a_path():
    ours = as_ours(PermissionError(13, "Permission denied", "Wiesengrund.edf"))

    assert ours.code == "FSC705"
    assert "Wiesengrund" not in str(ours)
