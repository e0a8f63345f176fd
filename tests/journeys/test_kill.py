"""Killed at any moment and run again, a run goes on and ends with the same bytes."""

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.journeys.conftest import list_bytes

from fascicle import share, verify
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

# Runs `share` and kills the process, as hard as the system can, at the n-th progress event.
VICTIM = """
import os, sys
from pathlib import Path
from fascicle import share
from fascicle.workflows import ShareOptions

events = 0

def hook(step):
    global events
    events += 1
    if events == int(sys.argv[4]):
        os._exit(77)

if __name__ == "__main__":
    raw, out, commons = map(Path, sys.argv[1:4])
    share(raw, out, ShareOptions(commons=commons, consent="GRU", participants="confirmed",
                                 line_hz=50.0, study="s", name="K", n_jobs=1), on_progress=hook)
    print(events)
"""


def run_victim(raw, out, commons, kill_at, timeout_s=300):
    return subprocess.run(
        [sys.executable, "-c", VICTIM, str(raw), str(out), str(commons), str(kill_at)],
        capture_output=True, text=True, check=False, env=dict(os.environ), timeout=timeout_s,
    )  # fmt: skip


@pytest.fixture
def reference(raw, tmp_path, home):
    """An undisturbed run: its bytes, and the number of its progress events."""
    answer = run_victim(raw, tmp_path / "undisturbed", tmp_path / "commons", 0)
    assert answer.returncode == 0, answer.stderr
    return list_bytes(tmp_path / "undisturbed"), int(answer.stdout)


def check_kill(number, kill_at, reference, raw, tmp_path):
    out, commons = tmp_path / f"out{number}", tmp_path / f"commons{number}"

    killed = run_victim(raw, out, commons, kill_at)
    assert killed.returncode == 77
    again = share(
        raw, out,
        ShareOptions(commons=commons, consent="GRU", participants="confirmed", line_hz=50.0,
                     study="s", name="K", n_jobs=1),
    )  # fmt: skip

    assert again.exit_code == 0
    assert list_bytes(out) == reference[0], f"killed at event {kill_at}"
    # What was stored for nobody is found and removed; a random key makes it another file each time.
    assert {finding.code for finding in verify(commons=commons).findings} <= {"commons.orphan"}
    assert verify(commons=commons).findings == ()


def test_a_run_killed_early_in_the_middle_and_late_ends_with_the_same_bytes(
    reference, raw, tmp_path, home
):
    n_events = reference[1]

    for number, kill_at in enumerate((1, n_events // 2, n_events)):
        check_kill(number, kill_at, reference, raw, tmp_path)


@pytest.mark.slow
def test_a_run_killed_at_twenty_seeded_events_ends_with_the_same_bytes(
    reference, raw, tmp_path, home
):
    rng = np.random.default_rng(20)

    for number, kill_at in enumerate(rng.integers(1, reference[1] + 1, 20)):
        check_kill(number, int(kill_at), reference, raw, tmp_path)


@pytest.mark.slow
def test_a_run_killed_by_the_clock_ends_with_the_same_bytes(reference, raw, tmp_path, home):
    rng = np.random.default_rng(21)
    out, commons = tmp_path / "out", tmp_path / "clock"
    for seconds in rng.uniform(0.3, 6.0, 8):
        try:
            run_victim(raw, out, commons, 0, timeout_s=float(seconds))
        except subprocess.TimeoutExpired:
            continue

    again = share(
        raw, out,
        ShareOptions(commons=commons, consent="GRU", participants="confirmed", line_hz=50.0,
                     study="s", name="K", n_jobs=1),
    )  # fmt: skip

    assert again.exit_code == 0
    assert list_bytes(out) == reference[0]
    # What was stored for nobody is found and removed; a random key makes it another file each time.
    assert {finding.code for finding in verify(commons=commons).findings} <= {"commons.orphan"}
    assert verify(commons=commons).findings == ()
