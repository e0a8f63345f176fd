"""What is published in the tests of the gate, and how it is looked at."""

from __future__ import annotations

from pathlib import Path

from fascicle.core import Request
from fascicle.testing import (
    MadeRelease,
    ReleaseShape,
)

ID = ReleaseShape().dataset.id
GRU = Request("grace", purpose="GRU")


def publish(commons, made: MadeRelease, **options: object) -> str:
    return commons.publish(made.release, made.folder, **options).dataset.version


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def events(commons) -> list[tuple[str, str]]:
    return [(entry.event, entry.details.get("code", "")) for entry in commons.log()]
