"""Leave out whoever has no consent on record, and say so."""

from __future__ import annotations

from fascicle.core import Consent, Finding, Severity, say_count

from ._settle import Decisions
from ._stage import Staged
from ._workspace import Workspace, remove_empty_folders


def hold_unconsented(staged: Staged, decisions: Decisions, space: Workspace) -> dict[str, Consent]:
    """Leave out who has no consent, where others have; return the consents of those who stay.

    Animals are not asked, and stay.
    Where nobody's consent is known, all stay: the dataset is written and not published.
    """
    everybody = {entry["label"]: entry["raw_id"] for entry in staged.entries.values()}
    people = {label: raw for label, raw in everybody.items() if not decisions.is_animal(raw)}
    consents = {label: decisions.consent_of(raw_id) for label, raw_id in people.items()}
    if decisions.consents is None or not people:
        return consents
    for path, entry in list(staged.entries.items()):
        if entry["label"] in people and not consents[entry["label"]].is_given:
            staged.left_out[entry["recording"]] = "The participant has no consent on record."
            for file in entry["files"]:
                (space.stage / file).unlink(missing_ok=True)
            del staged.entries[path]
    n_held = sum(not consent.is_given for consent in consents.values())
    # A row of somebody who was left out is known too.
    names = [name for raw_id in everybody.values() for name in decisions.names_of(raw_id)]
    n_unknown = decisions.consents.unmatched(names)
    staged.findings.extend(_describe(n_held, n_unknown))
    remove_empty_folders(space.stage)
    return {label: consent for label, consent in consents.items() if consent.is_given}


def _describe(n_held: int, n_unknown: int) -> list[Finding]:
    found = []
    if n_held:
        found.append(
            Finding(
                "consent.missing",
                Severity.ERROR,
                "dataset",
                "Expected a consent for each participant, found none for "
                f"{say_count(n_held, 'person', 'people')}, whose recordings were left out.",
                "Add them to the consent table and share again; what is finished is kept.",
                "consent",
            )
        )
    if n_unknown:
        found.append(
            Finding(
                "consent.unmatched",
                Severity.WARNING,
                "dataset",
                "Expected every row of the consent table to belong to a participant, got "
                f"{say_count(n_unknown, 'row')} of nobody who was recorded.",
                "Look whether their ids are written as in the plan.",
                "consent",
            )
        )
    return found
