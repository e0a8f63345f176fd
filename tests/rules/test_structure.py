"""A reader finds anything by guessing its address."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "fascicle"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = sorted(path.parent for path in SOURCE.glob("*/__init__.py"))

MAX_LINES = 500

UNTESTED: dict[str, str] = {}
"""Modules without a test beside them, each with its reason."""


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


# The kit of `testing/` is what the tests of all rooms are made of: they are its test.
WITH_TEST = [
    path
    for path in MODULES
    if path.name not in {"__init__.py", "__main__.py"} and path.parent.name != "testing"
]


@pytest.mark.parametrize("path", WITH_TEST, ids=relative)
def test_every_module_has_its_test_at_the_same_address(path: Path) -> None:
    address = path.relative_to(SOURCE)
    expected = ROOT / "tests" / address.with_name(f"test_{path.name.removeprefix('_')}")

    assert expected.is_file() or relative(path) in UNTESTED


def test_the_list_of_untested_modules_names_no_module_that_is_tested_or_gone() -> None:
    known = {relative(path) for path in MODULES}

    assert set(UNTESTED) <= known


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_are_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_lists_just_what_it_offers_and_sorted(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }

    listed = list(getattr(importlib.import_module(f"fascicle.{room.name}"), "__all__", []))

    assert listed == isort_order(listed)
    # What is imported for the room's own use and not listed, ruff sees if it is not used.
    assert defined <= set(listed) <= imported | defined


def isort_order(names: list[str]) -> list[str]:
    """Constants, then classes, then functions, each by the alphabet: ruff's order of `__all__`."""
    return sorted(names, key=lambda name: (rank(name), name))


def rank(name: str) -> int:
    return 0 if name.isupper() else 1 if name[0].isupper() else 2


def test_no_room_reaches_into_the_private_modules_of_another() -> None:
    graph = grimp.build_graph("fascicle")

    crossings = [
        f"{importer} -> {imported}"
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if is_private(imported) and room_of(importer) != room_of(imported)
    ]

    assert crossings == []


def is_private(module: str) -> bool:
    return any(part.startswith("_") and part != "__main__" for part in module.split("."))


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_no_room_is_a_drawer_for_odds_and_ends() -> None:
    banned = {"utils", "common", "misc", "helpers"}

    found = [relative(path) for path in MODULES if path.stem.strip("_") in banned]

    assert found == []
