"""Where a run keeps what: OUT for everybody, and beside it a private workspace for the owner."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fascicle.core import Identifier, Plan
from fascicle.errors import InputError, PlanError
from fascicle.jobs import Journal, make_private_folder, remove_tree, write_atomic
from fascicle.prepare import read_plan


@dataclass(frozen=True, slots=True)
class Workspace:
    """The private workspace of an output folder: ``OUT.private``, mode 0700.

    Attributes
    ----------
    out : Path
        The folder that people get.
    """

    out: Path

    @property
    def name(self) -> str:
        """The name of OUT as a text: bytes that are no UTF-8 are replaced."""
        return os.fsencode(self.out.name).decode("utf-8", "replace")

    @property
    def folder(self) -> Path:
        """The private workspace itself."""
        return self.out.with_name(f"{self.out.name}.private")

    @property
    def plan(self) -> Path:
        """The plan of the last run."""
        return self.folder / "plan.yaml"

    @property
    def stage(self) -> Path:
        """The dataset in the making; it becomes OUT when it is proven."""
        return self.folder / "stage"

    @property
    def previous(self) -> Path:
        """The OUT of the run before, for the moment in which two folders change places."""
        return self.folder / "previous"

    @property
    def held(self) -> Path:
        """Recordings in which a person can be recognised, until they are masked or signed for."""
        return self.folder / "held"

    @property
    def refused(self) -> Path:
        """A stage that failed the proof, where the owner asked to keep it."""
        return self.folder / "refused"

    @property
    def report(self) -> Path:
        """The owner's report, with raw names."""
        return self.folder / "report.html"

    @property
    def seal(self) -> Path:
        """The signed manifest of what passed the proof."""
        return self.folder / "seal.json"

    @property
    def journal(self) -> Journal:
        """Finished recordings."""
        return Journal(self.folder / "journal")

    @property
    def identifiers(self) -> Path:
        """What the proof looks for."""
        return self.folder / "identifiers.json"

    @property
    def record(self) -> Path:
        """What a later command needs to know of the run: consents, policy, findings."""
        return self.folder / "record.json"

    def prepare(self) -> None:
        """Make the workspace, or refuse where OUT is somebody else's folder."""
        if self.out.exists() and not self.out.is_dir():
            raise InputError(
                "FSC102",
                "Expected a folder as output, got a file.",
                "Name a folder that does not exist yet, or one that Fascicle made.",
            )
        foreign = self.out.exists() and any(self.out.iterdir()) and not self.folder.exists()
        if foreign:
            raise InputError(
                "FSC103",
                "Expected an empty output folder or one with its private workspace beside it, "
                "got a folder with files that Fascicle did not write.",
                "Choose another output folder; nothing was changed.",
            )
        self.out.parent.mkdir(parents=True, exist_ok=True)
        make_private_folder(self.folder)

    def require_apart(self, raw: Path, *others: Path) -> None:
        """Refuse folders that lie in one another: raw data are never written to, OUT is replaced.

        Parameters
        ----------
        raw : Path
            The raw folder.
        *others : Path
            Where else is written: commons, vault.
        """
        own = self.out.resolve(), self.folder.resolve()
        source = raw.resolve()
        if any(_overlap(source, folder) for folder in own):
            raise _nested("the raw folder and the output")
        for other in (path.resolve() for path in others):
            if other.is_relative_to(source) or any(_overlap(other, folder) for folder in own):
                raise _nested("the commons or the vault and the raw folder or the output")

    @property
    def _papers(self) -> Path:
        """Seal and record of a stage that is about to become OUT."""
        return self.folder / "papers"

    def recover(self) -> None:
        """Finish the change of places that a kill interrupted."""
        if self.previous.exists() and not self.out.exists():
            # The kill came between the two renames. The stage was sealed by then, but the seal is
            # not trusted across runs: the old OUT comes back and the run goes on from its journal.
            self.previous.rename(self.out)
        if self._papers.exists() and self.out.exists() and not self.stage.exists():
            self._file_papers()
        remove_tree(self._papers)
        remove_tree(self.previous)

    def swap_in(self, moment: datetime, seal: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Let the proven stage become OUT, together with its seal and record.

        All files are given one time: theirs would tell in which order raw names were worked on.
        Killed at any moment, OUT, seal and record are those of before or those of after.
        """
        for path in self.stage.rglob("*"):
            os.utime(path, (moment.timestamp(), moment.timestamp()))
        make_private_folder(self._papers)
        write_atomic(self._papers / self.seal.name, _format(seal))
        write_atomic(self._papers / self.record.name, _format(record))
        if self.out.exists():
            self.out.rename(self.previous)
        self.stage.rename(self.out)
        self._file_papers()
        remove_tree(self.previous)

    def _file_papers(self) -> None:
        for path in (self.seal, self.record):
            paper = self._papers / path.name
            if paper.exists():
                paper.replace(path)
        remove_tree(self._papers)

    def write_identifiers(self, identifiers: tuple[Identifier, ...]) -> None:
        """Keep what the proof looks for, so that it can run again after a repair."""
        rows = [{"kind": i.kind, "value": i.value, "where": i.where} for i in identifiers]
        write_atomic(self.identifiers, json.dumps(rows, ensure_ascii=False, indent=1))

    def read_identifiers(self) -> tuple[Identifier, ...]:
        """Return what the proof looks for; nothing if no run got that far."""
        if not self.identifiers.exists():
            return ()
        try:
            rows = json.loads(self.identifiers.read_text("utf-8"))
            return tuple(Identifier(**row) for row in rows)
        except (ValueError, TypeError) as error:
            raise damaged(self.identifiers) from error

    def read_plan(self) -> Plan | None:
        """Return the plan of the last run; None if no run got that far."""
        if not self.plan.exists():
            return None
        try:
            return read_plan(self.plan)
        except PlanError as error:
            raise damaged(self.plan) from error

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Keep what later commands need."""
        write_atomic(self.record, _format(record))

    def read_record(self) -> dict[str, Any]:
        """Return what later commands need.

        Raises
        ------
        InputError
            FSC104 if there is no finished run.
        """
        if not self.record.exists():
            raise InputError(
                "FSC104",
                "Expected a dataset with its private workspace beside it, found none.",
                "Run `fascicle share RAW OUT` first; the folder OUT.private must stay beside OUT.",
            )
        try:
            record = json.loads(self.record.read_text("utf-8"))
        except ValueError as error:
            raise damaged(self.record) from error
        if not isinstance(record, dict) or "policy" not in record:
            raise damaged(self.record)
        return record

    def list_units(self) -> dict[str, str]:
        """Return the journal key of the work that made each recording of OUT, by its path."""
        if not self.record.exists():
            return {}
        recordings = self.read_record().get("recordings", {})
        return {path: str(about.get("unit", "")) for path, about in recordings.items()}


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _nested(which: str) -> InputError:
    return InputError(
        "FSC109",
        f"Expected folders apart from one another, got some within one another: {which}.",
        "Name an output (and a commons) beside the raw folder; nothing was changed.",
    )


def damaged(path: Path) -> InputError:
    """Return the error for a file of the workspace that cannot be read as what it should be."""
    return InputError(
        "FSC128",
        f"Expected what the last run left in the private workspace, got a damaged {path.name}.",
        f"Remove {path.name} from it and share again: pseudonyms stay, they are in the vault.",
    )


def remove_empty_folders(folder: Path) -> None:
    """Remove the folders in a folder that hold nothing."""
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _format(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)
