import errno
import os
import time

import pytest

from fascicle.errors import FormatError
from fascicle.jobs import n_usable_cores, run_all


def square(number):
    return number * number


def fail_on_three(number):
    if number == 3:
        raise FormatError("FSC200", "Expected something else.", "Look.")
    return number


def stumble_on_three(number):
    return 1 / (number - 3)


def die_on_three(number):
    if number == 3:
        os._exit(139)
    return number


def sleep_long(seconds):
    time.sleep(seconds)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_item_has_an_outcome(n_jobs):
    outcomes = list(run_all(square, [5, 7, 11], n_jobs=n_jobs))

    assert {o.index: o.value for o in outcomes} == {0: 25, 1: 49, 2: 121}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_failure_does_not_stop_the_others(n_jobs):
    outcomes = list(run_all(fail_on_three, [1, 2, 3, 4], n_jobs=n_jobs))

    failed = [o for o in outcomes if o.error is not None]
    assert [o.index for o in failed] == [2]
    assert {o.value for o in outcomes if o.error is None} == {1, 2, 4}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fault_of_our_own_does_not_stop_the_others_and_tells_no_value(n_jobs):
    outcomes = list(run_all(stumble_on_three, [1, 3, 4], n_jobs=n_jobs))

    [failed] = [o for o in outcomes if o.error is not None]
    assert failed.error.code == "FSC706"
    assert "ZeroDivisionError in test_run.py" in failed.error.problem
    assert len(outcomes) == 3


def test_one_crash_does_not_stop_the_others():
    outcomes = list(run_all(die_on_three, [1, 2, 3, 4, 5], n_jobs=2))

    assert sorted(o.index for o in outcomes) == [0, 1, 2, 3, 4]
    assert [o.error.code for o in outcomes if o.error is not None] == ["FSC702"]


def test_there_is_at_least_one_core():
    assert n_usable_cores() >= 1


def meet_a_full_disk(_):
    raise OSError(errno.ENOSPC, "No space left on device", "Wiesengrund.edf")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_full_disk_is_no_fault_of_the_unit(n_jobs):
    outcomes = list(run_all(meet_a_full_disk, [1, 2], n_jobs=n_jobs))

    assert [outcome.error.code for outcome in outcomes] == ["FSC707", "FSC707"]
    assert "Wiesengrund" not in str(outcomes[0].error)


@pytest.mark.slow
def test_who_stops_early_does_not_wait_for_what_has_not_begun():
    outcomes = run_all(sleep_long, [0.0, *[1.0] * 30], n_jobs=2)
    started = time.monotonic()

    next(outcomes)
    outcomes.close()

    assert time.monotonic() - started < 12
