"""Importing a room costs little: heavy libraries are imported where they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "fascicle"
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
HEAVY = (
    "SimpleITK",
    "cryptography",
    "cv2",
    "dlib",
    "h5py",
    "jinja2",
    "matplotlib",
    "mne",
    "mne_bids",
    "neo",
    "nibabel",
    "openpyxl",
    "pandas",
    "pybv",
    "pytest",
    "rich",
    "scipy",
    "sqlalchemy",
    "torch",
)
PROBE = """
import sys
{code}
print(*sorted(set({heavy!r}) & set(sys.modules)))
"""


def heavy_modules_after(code: str) -> list[str]:
    probe = PROBE.format(code=code, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def test_importing_fascicle_loads_nothing_heavy() -> None:
    assert heavy_modules_after("import fascicle") == []


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "testing"])
def test_importing_a_room_loads_nothing_heavy(room: str) -> None:
    assert heavy_modules_after(f"import fascicle.{room}") == []


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = "import fascicle.cli as cli\ntry:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass"

    assert heavy_modules_after(code) == []
