"""Where the user's own commons is, and that opening one is the only way in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import fascicle.govern
from fascicle.govern import commons_path


def test_the_environment_names_the_home_of_the_commons(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FASCICLE_HOME", str(tmp_path))

    assert commons_path() == tmp_path / "commons"


def test_without_it_the_commons_is_in_the_users_data(monkeypatch) -> None:
    monkeypatch.delenv("FASCICLE_HOME")

    path = commons_path()

    assert path.is_absolute()
    assert path.name == "commons"
    assert "fascicle" in path.parts


def test_the_gate_hands_out_no_store_and_no_database() -> None:
    offered = [getattr(fascicle.govern, name) for name in fascicle.govern.__all__]

    modules = {getattr(thing, "__module__", "") for thing in offered}
    assert {module for module in modules if "sqlalchemy" in module or "_store" in module} == set()


def test_importing_the_gate_loads_no_database_library() -> None:
    code = "import sys, fascicle.govern; print([m for m in sys.modules if 'sql' in m.lower()])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
