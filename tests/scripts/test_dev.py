"""A task installs what it needs, and each task that make offers is one of the script's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parents[2]


def test_a_group_holds_the_groups_that_it_includes() -> None:
    assert set(dev.requirements_of("demo")) < set(dev.requirements_of("test"))


@pytest.mark.parametrize("task", dev.GROUPS)
def test_every_task_has_commands(task: str) -> None:
    assert isinstance(dev.commands(task, []), list)


def test_the_makefile_offers_tasks_that_the_script_knows() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    offered = re.search(r"^(demo .+):$", makefile, re.M)

    assert offered is not None
    assert set(offered[1].split()) <= set(dev.GROUPS)


def test_an_unknown_task_is_wrong_use_and_installs_nothing() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "dev.py"), "dance"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "Usage" in done.stderr


def test_the_digest_of_an_environment_changes_with_its_files(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    without = dev.digest_of(lock)

    lock.write_text("numpy==2.4.6\n", "utf-8")

    assert dev.digest_of(lock) != without
