"""List every error code that the source raises: its class, its words and where.

``python scripts/error_codes.py`` prints them; the tests of the house compare them with the
documentation.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "fascicle"
CODE = re.compile(r"FSC\d{3}")

FAMILIES = {
    "1": "InputError",
    "2": "FormatError",
    "3": "PlanError",
    "4": "PrivacyError",
    "5": "Refusal",
    "6": "StoreError",
    "7": "JobError",
    "8": "DependencyError",
}
"""Class of error by the first digit of its code."""


@dataclass(frozen=True)
class RaiseSite:
    """One place at which an error is made."""

    code: str
    class_name: str
    problem: str
    remedy: str
    module: str
    line: int

    @property
    def room(self) -> str:
        """The first part of the module's path: ``"formats"``."""
        return self.module.split("/")[0]


def find_raise_sites() -> list[RaiseSite]:
    """Return all places in the source at which an error with a code is made."""
    sites: list[RaiseSite] = []
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).as_posix()
        tree = ast.parse(path.read_text("utf-8"), str(path))
        sites += [site_of(call, module) for call in calls_with_code(tree)]
    return sites


def calls_with_code(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield calls whose first argument is an error code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            value = node.args[0].value
            if isinstance(value, str) and CODE.fullmatch(value):
                yield node


def site_of(call: ast.Call, module: str) -> RaiseSite:
    """Describe one such call."""
    words = [text_of(argument) for argument in call.args[1:3]]
    problem, remedy = (*words, "", "")[:2]
    name = ast.unparse(call.func).split(".")[-1]
    code = ast.literal_eval(call.args[0])
    return RaiseSite(code, name, problem, remedy, module, call.lineno)


def text_of(node: ast.expr) -> str:
    """Return the words of a string, with what is filled in as ``{name}``."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = (
            str(part.value)
            if isinstance(part, ast.Constant)
            else "{"
            + ast.unparse(part.value if isinstance(part, ast.FormattedValue) else part)
            + "}"
            for part in node.values
        )
        return "".join(parts)
    return "{" + ast.unparse(node) + "}"


def main() -> None:
    """Print the codes in order, each with the words of its sites."""
    by_code = defaultdict(list)
    for site in find_raise_sites():
        by_code[site.code].append(site)
    for code, sites in sorted(by_code.items()):
        print(code, ", ".join(sorted({site.class_name for site in sites})))
        for site in sites:
            print(f"    {site.module}:{site.line}: {site.problem} | {site.remedy}")


if __name__ == "__main__":
    main()
