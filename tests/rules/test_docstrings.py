"""What a room offers is documented, parameter by parameter."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

SOURCE = Path(__file__).resolve().parents[2] / "src" / "fascicle"
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))

CHECKS = {
    "GL06",  # unknown section
    "GL07",  # sections in the wrong order
    "GL08",  # no docstring at all
    "SS03",  # the summary does not end with a full stop
    "PR01",  # a parameter that is not documented
    "PR02",  # a documented parameter that does not exist
    "PR04",  # a parameter without type
    "PR07",  # a parameter without description
    "RT01",  # no Returns section
    "RT03",  # a return value without description
    "YD01",  # no Yields section
}
COMPLETENESS = {"PR01", "RT01", "YD01"}
MANY = 3


def public_names() -> Iterator[str]:
    """Everything that the rooms offer, with the public methods of what are classes."""
    for module_name in ["fascicle.errors", *(f"fascicle.{room}" for room in ROOMS)]:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", []):
            thing = getattr(module, name)
            # A constant is documented by the string below it, which Python does not keep.
            if not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            yield f"{module_name}.{name}"
            for method in own_methods(thing) if inspect.isclass(thing) else ():
                yield f"{module_name}.{name}.{method}"


def own_methods(thing: type) -> list[str]:
    return [
        name
        for name, value in vars(thing).items()
        # The name of a contract's test is the sentence that says what it proves.
        if not name.startswith(("_", "test_"))
        and (inspect.isfunction(value) or isinstance(value, property))
    ]


def owes_sections(name: str) -> bool:
    """True where one sentence is not enough.

    A function of three parameters or more owes a section for each; a shorter one, and a method,
    may say it in its sentence. Who begins a list of parameters finishes it.
    """
    thing = resolve(name)
    begun = bool(NumpyDocString(inspect.getdoc(thing) or "")["Parameters"])
    many = inspect.isfunction(thing) and len(inspect.signature(thing).parameters) >= MANY
    return begun or (many and not inspect.isclass(resolve(name.rpartition(".")[0])))


def resolve(name: str) -> object:
    parts = name.split(".")
    for n_module in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:n_module]))
        except ModuleNotFoundError:
            continue
        for part in parts[n_module:]:
            thing = inspect.getattr_static(thing, part, None) or getattr(thing, part)
        return thing
    raise LookupError(name)


@pytest.mark.parametrize("name", sorted(set(public_names())))
def test_what_is_offered_is_documented(name: str) -> None:
    wanted = CHECKS if owes_sections(name) else CHECKS - COMPLETENESS

    faults = [f"{code}: {text}" for code, text in validate(name)["errors"] if code in wanted]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "name", sorted(name for name in set(public_names()) if dataclasses.is_dataclass(resolve(name)))
)
def test_every_field_of_a_record_says_what_it_means(name: str) -> None:
    record = resolve(name)

    written = NumpyDocString(inspect.getdoc(record) or "")
    told = {
        part.strip()
        for section in ("Attributes", "Parameters")
        for entry in written[section]
        for part in entry.name.split(",")
    }

    assert {field.name for field in dataclasses.fields(record)} - told == set()
