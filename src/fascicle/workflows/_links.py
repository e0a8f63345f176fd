"""Who is who across kinds of recordings, as a person says it or said it before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fascicle.core import Header, Plan
from fascicle.prepare import APART, join_participants, link_plan
from fascicle.protect import Vault

LINKED = "linked"
"""The answer to the question that stands in a plan once its table was followed."""


def follow_links(plan: Plan, headers: Mapping[str, Header]) -> Plan:
    """Join participants as the table says that somebody named when asked.

    Parameters
    ----------
    plan : Plan
        With its answers.
    headers : mapping of str to Header
        By the recordings' keys.

    Returns
    -------
    Plan
        The same if nobody was asked, or if the answer is to keep them apart.

    Raises
    ------
    InputError
        FSC111, FSC112 or FSC130 if the answer is no linking table.
    """
    asked = next((q for q in plan.questions if q.id == "link"), None)
    if asked is None or asked.settled in {APART, LINKED}:
        return plan
    linked = link_plan(plan, headers, Path(asked.settled))
    questions = tuple(replace(q, answer=LINKED) if q.id == "link" else q for q in linked.questions)
    return replace(linked, questions=questions, settings=linked.settings | {"link": LINKED})


def recall_links(plan: Plan, headers: Mapping[str, Header], vault: Vault) -> Plan:
    """Join those who have one pseudonym since an earlier session.

    Parameters
    ----------
    plan : Plan
        As it was found, of a study that may have pseudonyms.
    headers : mapping of str to Header
        By the recordings' keys.
    vault : Vault
        Keeps the pseudonyms.

    Returns
    -------
    Plan
        The same if no two participants share one.
    """
    known = vault.people(plan.study)
    sets: dict[str, list[str]] = defaultdict(list)
    for planned in plan.participants:
        if planned.raw_id in known:
            sets[known[planned.raw_id].label].append(planned.raw_id)
    joined = [own for own in sets.values() if len(own) > 1]
    return join_participants(plan, headers, joined) if joined else plan
