"""YAML with line numbers: every mistake in an edited plan is told by its line and field."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from fascicle.errors import PlanError

# The base loader takes every value for a text, as most are here; only settings are resolved.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_DEPTH = 50
_TRUE, _FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


def plan_error(code: str, problem: str, remedy: str) -> PlanError:
    """Return the error for a plan that cannot be read."""
    return PlanError(code, problem, remedy)


@contextmanager
def paused_collector() -> Iterator[None]:
    """Build many small objects without looking for garbage among them.

    A plan of 10,000 recordings has a million nodes and no cycle; going over them again and again
    takes four times as long as reading them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def parse_yaml(text: str) -> yaml.Node:
    """Return the nodes of a YAML text; no tags are obeyed and no objects built."""
    try:
        _require_plain(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise plan_error(
            "FSC301",
            f"Expected YAML, got text that is none{where}.",
            "Look for a missing quote, colon or bracket there, or make the plan anew.",
        ) from error
    if node is None:
        raise plan_error(
            "FSC301", "Expected a plan, got an empty file.", "Make the plan anew with `look`."
        )
    return node


def _resolve(node: yaml.Node, loader: yaml.SafeLoader) -> None:
    """Give plain scalars below a node the type that they look like."""
    if isinstance(node, yaml.ScalarNode):
        if not node.style:
            node.tag = loader.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]  # PyYAML leaves it untyped
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _resolve(key, loader)
            _resolve(value, loader)
    else:
        for item in node.value:
            _resolve(item, loader)


def _require_plain(text: str) -> None:
    """Refuse what can grow without bounds or end the interpreter: references and deep nests."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise plan_error(
                "FSC301",
                "Expected plain YAML, got a reference (an alias with an asterisk).",
                "Write the value out, or put quotes around a name that begins with an asterisk.",
            )
        if depth > _MAX_DEPTH:
            raise plan_error(
                "FSC301",
                f"Expected a plan, got values within values more than {_MAX_DEPTH} deep.",
                "Look for brackets that are never closed, or make the plan anew.",
            )


class Entry:
    """A node with the name of its field.

    Parameters
    ----------
    node : yaml.Node
        The node.
    field : str
        What it is called in messages.
    """

    def __init__(self, node: yaml.Node, field: str) -> None:
        self.node = node
        self.field = field
        self._children: dict[str, Entry] | None = None

    def error(self, code: str, expected: str) -> PlanError:
        """Return an error that names this field and its line, and never its value."""
        return plan_error(
            code,
            f"Expected {expected} at '{self.field}' in line {self.node.start_mark.line + 1}.",
            "Correct that line of the plan, or make the plan anew with `fascicle look`.",
        )

    @property
    def is_text(self) -> bool:
        """True for a single value."""
        return isinstance(self.node, yaml.ScalarNode)

    def _map(self) -> dict[str, Entry]:
        if self._children is None:
            if not isinstance(self.node, yaml.MappingNode):
                raise self.error("FSC303", "fields, each as 'name: value'")
            found: dict[str, Entry] = {}
            for key, value in self.node.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
                entry = Entry(value, name)
                if not name or name in found:
                    raise Entry(key, self.field).error("FSC305", "every field once, with a name")
                found[name] = entry
            self._children = found
        return self._children

    def require_fields(self, required: set[str], optional: set[str]) -> None:
        """Raise if a field is missing, or if there is one that nobody knows."""
        children = self._map()
        for name in sorted(required - children.keys()):
            raise self.error("FSC302", f"the field '{name}'")
        for name, entry in children.items():
            if name not in required | optional:
                known = ", ".join(sorted(required | optional))
                entry.field = self.field
                raise entry.error("FSC304", f"no fields but {known}")

    def has(self, name: str) -> bool:
        """Tell whether a field is there."""
        return name in self._map()

    def get(self, name: str) -> Entry:
        """Return a field, or raise that it is missing."""
        if name not in self._map():
            raise self.error("FSC302", f"the field '{name}'")
        return self._map()[name]

    def entries(self, name: str) -> dict[str, Entry]:
        """Return the fields of a field; none if it is not there."""
        return self.get(name)._map() if self.has(name) else {}  # noqa: SLF001 - of its own kind

    def items(self, name: str) -> list[Entry]:
        """Return the items of a list; none if it is not there."""
        if not self.has(name):
            return []
        node = self.get(name).node
        if not isinstance(node, yaml.SequenceNode):
            raise self.get(name).error("FSC303", "a list")
        singular = name.removesuffix("s")
        return [Entry(item, f"{singular} {i + 1}") for i, item in enumerate(node.value)]

    def texts(self, name: str) -> list[str]:
        """Return the items of a list of texts."""
        return [entry.text() for entry in self.items(name)]

    def text(self) -> str:
        """Return a single value as it is written: 01 stays 01."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("FSC303", "a single value")
        plain = not self.node.style  # None or "", by parser
        return "" if plain and self.node.value in {"~", "null"} else str(self.node.value)

    def number(self) -> float:
        """Return a number."""
        try:
            value = float(self.text())
        except ValueError as error:
            raise self.error("FSC303", "a number") from error
        if not math.isfinite(value):
            raise self.error("FSC303", "a finite number")
        return value

    def count(self) -> int:
        """Return a whole number."""
        return int(self.number())

    def path(self) -> str:
        """Return a path within the raw folder."""
        text = self.text()
        native = Path(text)
        if native.anchor or ".." in native.parts or "\0" in text:
            raise self.error("FSC303", "a path within the raw folder")
        return text

    def share(self) -> float:
        """Return a number between 0 and 1."""
        value = self.number()
        if not 0.0 <= value <= 1.0:
            raise self.error("FSC303", "a number between 0 and 1")
        return value

    def flag(self) -> bool:
        """Return true or false."""
        text = self.text().lower()
        if text not in _TRUE | _FALSE:
            raise self.error("FSC303", "true or false")
        return text in _TRUE

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return whatever stands there, as YAML understands it."""
        try:
            loader = yaml.SafeLoader("")
            _resolve(self.node, loader)
            return loader.construct_object(self.node, deep=True)
        except yaml.YAMLError as error:
            raise self.error("FSC303", "plain values") from error
