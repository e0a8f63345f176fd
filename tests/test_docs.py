"""Everything that the documentation shows is run, and what is generated has not drifted."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import reference
from fascicle.cli import app
from fascicle.workflows import share
from fascicle.workflows._demo import make_lab_folder

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)

EXPECTED = {
    # Nobody is there to answer what the participants allow: all is written, nothing published.
    "fascicle share recordings dataset": 1,
}
# Commands of other programs that a page may show: they prepare machines, and are not run here.
OTHERS = re.compile(r"make [\w-]+|python -m pip install .+|git clone .+")


def blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text("utf-8")
    return [match["body"] for match in BLOCK.finditer(text) if match["kind"] == kind]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pages_with(kind: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, kind)]


def shown(page: Path) -> list[str]:
    """The commands that a page shows, in order."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def commands(page: Path) -> list[str]:
    """Those that are Fascicle's."""
    return [line for line in shown(page) if line.startswith("fascicle ")]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages assume: simulated recordings, and a folder that is BIDS already."""
    folder = tmp_path_factory.mktemp("practice")
    make_lab_folder(folder / "recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(folder / "home"))
        share(folder / "recordings", folder / "made" / "bids-in", publish=False)
    shutil.copytree(folder / "made" / "bids-in", folder / "bids-in")
    return folder


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_in_the_docs_runs(page: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}

    for block in blocks(page, "python"):
        exec(compile(block, name_of(page), "exec"), namespace)


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)
def test_commands_in_the_docs_run(page: Path, practice: Path, tmp_path: Path, monkeypatch) -> None:
    for name in ("recordings", "bids-in"):
        shutil.copytree(practice / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    for line in commands(page):
        result = runner.invoke(app, shlex.split(line)[1:])
        assert result.exit_code == EXPECTED.get(line, 0), f"{line}\n{result.output}"


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_commands_of_other_programs_are_few_and_known(page: Path) -> None:
    lines = [line for line in shown(page) if not line.startswith("fascicle ")]

    assert [line for line in lines if not OTHERS.fullmatch(line)] == []


@pytest.mark.parametrize("name", reference.PAGES)
def test_generated_pages_are_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")

    assert written == reference.PAGES[name](), "run: make docs"


def test_every_page_is_reached_from_the_front_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    decisions = (ROOT / "docs" / "explanations" / "decisions" / "index.md").read_text("utf-8")

    missing = [
        name_of(page)
        for page in (ROOT / "docs").rglob("*.md")
        if page.stem not in index and page.stem not in decisions
    ]

    assert missing == []
