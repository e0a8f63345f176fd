"""Participants as they may leave: each by the policy and the species that are his or her own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fascicle.core import Family, Participant, PlannedParticipant, PlannedRecording
from fascicle.protect import Person, pool_groups, release_participant

from ._settle import Decisions
from ._workspace import Workspace

Entries = Mapping[str, Mapping[str, Any]]
"""Journal entries of recordings, by path."""


def release_inside(
    recording: PlannedRecording, decisions: Decisions, person: Person
) -> Participant | None:
    """Return the participant for formats that describe their subject in the file itself.

    Parameters
    ----------
    recording : PlannedRecording
        One of the plan.
    decisions : Decisions
        Policy and species.
    person : Person
        Brings the pseudonym.

    Returns
    -------
    Participant or None
        None for formats that say nothing of it.
    """
    if recording.modality.family not in {Family.NEURODATA, Family.CELLS}:
        return None
    raw_id = recording.entities["participant"].value
    planned = decisions.find_planned(raw_id) or PlannedParticipant(raw_id)
    return _release(planned, decisions, person)


def release_people(
    entries: Entries, decisions: Decisions, people: Mapping[str, Person], space: Workspace
) -> dict[str, Participant]:
    """Return all who have a recording in the dataset, by label.

    Parameters
    ----------
    entries : mapping of str to dict
        Of the recordings in it.
    decisions : Decisions
        Policies and species.
    people : mapping of str to Person
        Pseudonyms by raw id.
    space : Workspace
        Knows what earlier sessions said.
    """
    before = space.read_record()["people"] if space.record.exists() else {}
    released, pooled = {}, {}
    for label, raw_id in sorted(list_people(entries).items()):
        known = decisions.find_planned(raw_id) or PlannedParticipant(raw_id)
        now = _release(known, decisions, people.get(raw_id) or Person(label))
        released[label] = _with_earlier(now, before.get(label, {}))
        if decisions.policy_of(raw_id).dates != "keep":
            pooled[label] = released[label]
    return released | pool_groups(pooled)


def list_people(entries: Entries) -> dict[str, str]:
    """Return the raw ids of those who have a recording, by label."""
    return {entry["label"]: entry["raw_id"] for entry in entries.values()}


def _release(planned: PlannedParticipant, decisions: Decisions, person: Person) -> Participant:
    raw_id = planned.raw_id
    policy, species = decisions.policy_of(raw_id), decisions.species_of(raw_id)
    return release_participant(planned, policy, person, species)


def _with_earlier(now: Participant, before: Mapping[str, Any]) -> Participant:
    """Keep what an earlier session said of a participant and this one does not."""
    names = ("age", "sex", "hand", "group")
    earlier = {n: before[n] for n in names if n in before and getattr(now, n) == "n/a"}
    return replace(now, **earlier, extra=before.get("extra", {}) | now.extra)
