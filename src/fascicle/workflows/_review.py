"""A person's word on automatic labels: accept, change or reject, kept with who and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import Decision, Label, ProgressHook
from fascicle.errors import InputError
from fascicle.quality import (
    ANNOTATORS,
    DecidedLabel,
    mark_decisions,
    read_labels,
)

from ._check import require_dataset
from ._decisions import Decided, add_decisions, match_decisions, read_decisions
from ._label_units import list_units
from ._sealed import keep_sealed


@dataclass(frozen=True, slots=True)
class ReviewedLabel:
    """A label of a dataset, and what was decided about it.

    Attributes
    ----------
    key : str
        Its name, to decide about it.
    place : str
        The recording's path in the dataset.
    method : str
        What made it.
    label : Label
        What it says.
    decision : Decision or None
        None if nobody decided yet.
    """

    key: str
    place: str
    method: str
    label: Label
    decision: Decision | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines."""
        return {
            "label": self.key,
            "recording": self.place,
            "method": self.method,
            "kind": self.label.kind,
            "confidence": self.label.confidence,
            "onset_s": self.label.onset_s,
            "duration_s": None if self.label.is_whole else self.label.duration_s,
            "channels": list(self.label.channels),
            "evidence": dict(self.label.evidence),
            "decision": self.decision.verdict if self.decision else None,
            "decided_kind": self.decision.kind if self.decision else None,
        }


def list_labels(dataset: Path | str) -> tuple[ReviewedLabel, ...]:
    """Return the labels of a dataset, the least certain first.

    Parameters
    ----------
    dataset : Path or str
        The folder.

    Returns
    -------
    tuple of ReviewedLabel
        Those that nobody decided about first; among them those with a confidence nearest to 0.5.

    Raises
    ------
    InputError
        FSC105 if the folder is no BIDS dataset, FSC133 or FSC135 if what was written before
        cannot be read.
    """
    found = list(_read_all(require_dataset(dataset)))
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.decision is not None,
                abs(one.label.confidence - 0.5),
                one.place,
                one.label.onset_s,
            ),
        )
    )


def review(
    dataset: Path | str,
    decisions: Mapping[str, Decision],
    *,
    by: str,
    on_progress: ProgressHook | None = None,
) -> tuple[ReviewedLabel, ...]:
    """Decide about labels; the labels themselves stay as their methods made them.

    Who decided and when is added to a log that only the owner can read: in the private workspace
    of the dataset, or beside a dataset that has none. The verdict stands beside the label in the
    dataset. A decision can be followed by another one about the same label, which then counts.

    Parameters
    ----------
    dataset : Path or str
        The folder.
    decisions : mapping of str to Decision
        By the keys of labels.
    by : str
        Who decides.
    on_progress : callable or None
        Told of every step of a new proof.

    Returns
    -------
    tuple of ReviewedLabel
        The labels that were decided about.

    Raises
    ------
    InputError
        FSC129 if a label is not there, nobody is named, or a change names no kind.
    PrivacyError
        As `annotate`.
    """
    folder = require_dataset(dataset)
    known = {one.key: one for one in _read_all(folder)}
    _require_sound(decisions, known, by)
    chosen = [known[key] for key in decisions]
    with keep_sealed(folder, on_progress):
        add_decisions(
            folder,
            [
                (PurePosixPath(one.place), one.method, DecidedLabel(one.label, decisions[one.key]))
                for one in chosen
            ],
            by=by.strip(),
        )
        units = dict.fromkeys((PurePosixPath(one.place), one.method) for one in chosen)
        decided = read_decisions(folder)
        for place, method in units:
            _mark(folder, place, method, decided)
    after = {one.key: one for one in _read_all(folder)}
    return tuple(after[one.key] for one in chosen)


def _require_sound(
    decisions: Mapping[str, Decision], known: Mapping[str, ReviewedLabel], by: str
) -> None:
    """Refuse decisions that cannot be kept."""
    unknown = len(decisions.keys() - known.keys())
    unnamed = sum(one.verdict == "change" and not _is_kind(one.kind) for one in decisions.values())
    if unknown or unnamed or not decisions or not by.strip():
        raise InputError(
            "FSC129",
            "Expected labels that are there, who decides, and for each change what it is instead; "
            f"got {unknown} of {len(decisions)} labels that are not there, {unnamed} changes "
            f"without a kind in one line{'' if by.strip() else ', and nobody who decides'}.",
            "See the labels with `fascicle review DATASET`; nothing was changed.",
        )


def _is_kind(words: str) -> bool:
    """Tell whether words can stand in a cell of a table and say something."""
    return words.strip() not in {"", "n/a"} and words.isprintable()


def _mark(folder: Path, place: PurePosixPath, method: str, decided: Decided) -> None:
    """Write all decisions about a recording and method into its table."""
    labels = tuple(read_labels(folder, place, method).values())
    decisions, _ = match_decisions(folder, place, method, labels, decided)
    mark_decisions(folder, place, method, decisions)


def _read_all(folder: Path) -> Iterator[ReviewedLabel]:
    """Yield every label of a dataset."""
    decided = read_decisions(folder)
    for annotator, place in list_units(folder, ANNOTATORS):
        labels = read_labels(folder, place, annotator.name)
        said, _ = match_decisions(folder, place, annotator.name, labels.values(), decided)
        for key, label in labels.items():
            yield ReviewedLabel(key, str(place), annotator.name, label, said.get(label.key))
