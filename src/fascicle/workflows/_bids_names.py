"""Other labels for a BIDS folder whose own ones tell who somebody is or when they came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fascicle.core import BIDS_KEYS, Finding, Identifier, Plan, Severity
from fascicle.prepare import BidsName
from fascicle.protect import BIDS_LABEL, Person

_TOKEN = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(BIDS_KEYS)})-([A-Za-z0-9]+)")
_KEYS = {"session": "ses", "task": "task", "acquisition": "acq"}


@dataclass(frozen=True, slots=True)
class Renames:
    """New labels, where a folder needs some.

    Attributes
    ----------
    people : dict of str to Person
        By raw label: with that label, or with the pseudonym of the vault.
    labels : dict of tuple of str to str
        New label by raw participant (empty: anybody's), key and label.
    """

    people: Mapping[str, Person]
    labels: Mapping[tuple[str, str, str], str]

    def findings(self) -> tuple[Finding, ...]:
        """Say that labels are not those of the folder, if so."""
        if not self.labels:
            return ()
        return (
            Finding(
                "bids.labels-renamed",
                Severity.WARNING,
                "dataset",
                "Expected labels that tell nothing, got names or days in those of the folder: "
                "they were given others.",
                "`fascicle vault find` says who is who; nobody else can.",
                "convert",
            ),
        )

    def rename(self, text: str, participant: str) -> str:
        """Return a path or a table of a participant with its new labels."""

        def renew(match: re.Match[str]) -> str:
            key, label = match.groups()
            own = self.labels.get((participant, key, label))
            return f"{key}-{own or self.labels.get(('', key, label), label)}"

        return _TOKEN.sub(renew, text)

    def rename_recording(self, name: BidsName, participant: str) -> BidsName:
        """Return the name of a recording with its new labels; the subject's is new already."""
        renewed = {
            field: self.rename(f"{key}-{label}", participant).partition("-")[2]
            for field, key in _KEYS.items()
            if (label := getattr(name, field))
        }
        further = tuple(
            (key, self.rename(f"{key}-{label}", participant).partition("-")[2])
            for key, label in name.further
        )
        return replace(name, **renewed, further=further)


def plan_renames(
    plan: Plan, people: Mapping[str, Person], identifiers: Iterable[Identifier]
) -> Renames:
    """Find new labels for a folder that is BIDS already; most need none.

    Where one participant's label tells, all are given the pseudonyms of the vault; where one
    session's does, all are counted in their order. All other labels are numbered one by one.

    Parameters
    ----------
    plan : Plan
        Of a folder that is BIDS already.
    people : mapping of str to Person
        Pseudonyms of the vault by raw label.
    identifiers : iterable of Identifier
        With the labels that tell.

    Returns
    -------
    Renames
        What to call whom.
    """
    telling = {i.value for i in identifiers if i.where == BIDS_LABEL}
    labels: dict[tuple[str, str, str], str] = {}
    values = [
        {name: one.value for name, one in recording.entities.items()}
        for recording in plan.recordings
    ]
    if telling & people.keys():
        labels |= {("", "sub", raw): person.label for raw, person in people.items()}
    else:
        people = {raw: replace(person, label=raw) for raw, person in people.items()}
    if telling & {value["session"] for value in values}:
        for raw in people:
            own = sorted({v["session"] for v in values if v["participant"] == raw} - {""})
            labels |= {(raw, "ses", label): f"{i:02d}" for i, label in enumerate(own, start=1)}
    others = {(_KEYS[name], value[name]) for name in ("task", "acquisition") for value in values}
    others |= {pair for recording in plan.recordings for pair in recording.further}
    for key in sorted({key for key, _ in others}):
        own = sorted({label for k, label in others if k == key} - {""})
        word = next((name for name, short in _KEYS.items() if short == key), key)
        free = (f"{word}{i}" for i in range(1, 2 * len(own) + 1) if f"{word}{i}" not in own)
        labels |= {("", key, label): next(free) for label in own if label in telling}
    return Renames(people, labels)
