"""What must never be written, anywhere in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fascicle"
TEXT = {".cff", ".css", ".html", ".j2", ".md", ".py", ".svg", ".toml", ".txt", ".yaml", ".yml", ""}

# Folders of one machine: of a person, or of the place where the work happened to be done.
MACHINE_PATH = re.compile(
    r"(?<![\w.<])/(?:home|root|Users|work|tmp/spec)/(?!\{|<)\w+|C:\\Users\\\w+"
)

# Invented people and examples of what must be removed stand in tests, the demo and the generators.
MAY_INVENT = ("tests/", "scripts/", "benchmarks/", "src/fascicle/testing/")

# The claim that we never make; "pseudonym" is the word for what we do.
CLAIM = re.compile(r"\banonymous(?:ly)?\b|\banonymi[sz]ed\b", re.IGNORECASE)


def repository_files() -> list[Path]:
    """Files that git knows or would know; everything, where there is no git."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return [path for folder in ("src", "docs", "tests") for path in (ROOT / folder).rglob("*")]
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in files
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    files = [
        path
        for path in repository_files()
        if not path.relative_to(ROOT).as_posix().startswith(MAY_INVENT)
    ]

    assert lines_with(MACHINE_PATH, files) == []


def test_neither_report_nor_terminal_ever_says_that_data_are_anonymous() -> None:
    rooms = [SOURCE / room for room in ("cli", "report", "workflows", "describe")]
    files = [path for room in rooms for path in sorted(room.rglob("*")) if path.is_file()]

    assert lines_with(CLAIM, files) == []


def test_the_lock_names_versions_and_no_addresses() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]

    assert len(pins) > 50
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", pin)] == []


def test_the_commands_that_the_readme_shows_exist() -> None:
    import click

    from fascicle.cli import app

    words = re.findall(r"^\$? ?fascicle (\w+)", (ROOT / "README.md").read_text("utf-8"), re.M)
    targets = re.findall(r"^\$? ?make ([\w-]+)", (ROOT / "README.md").read_text("utf-8"), re.M)
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert isinstance(app, click.Group)
    assert words
    assert set(words) <= set(app.commands)
    assert all(re.search(rf"^[\w -]*\b{target}\b[\w -]*:", makefile, re.M) for target in targets)
