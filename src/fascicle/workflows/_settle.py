"""Answers turned into decisions: policy, consents, what the dataset says about itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fascicle import __version__
from fascicle.core import (
    PUBLISH_CONFIDENCE,
    Consent,
    Plan,
    PlannedParticipant,
    Question,
    Tier,
)
from fascicle.describe import find_species
from fascicle.errors import InputError
from fascicle.govern import ConsentTable, is_animal, parse_consent
from fascicle.prepare import About, read_table
from fascicle.protect import POLICIES, Policy, require_policy

from ._options import ShareOptions

AskHook = Callable[[Question, Plan], str]
"""Asks a person one question about a plan and returns the answer."""

HUMAN = "homo sapiens"
_PEOPLE, _ANIMAL = "safe-harbour", "animal"
_MAINS_HZ = (50.0, 60.0)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was settled before anything is written.

    Attributes
    ----------
    plan : Plan
        The plan with its answers.
    policy : Policy
        How people are de-identified; animals as well, where nobody else is in it.
    species : str
        Binomial name, for those of whom nothing else says it.
    line_hz : float or None
        Power-line frequency; None leaves it to each header.
    consents : ConsentTable or None
        None if nobody was asked or nobody knows.
    about : About
        What the dataset says about itself.
    earlier : mapping of str to str
        The species of those whom earlier sessions brought into the dataset, by raw id.
    """

    plan: Plan
    policy: Policy
    species: str
    line_hz: float | None
    consents: ConsentTable | None
    about: About
    earlier: Mapping[str, str] = field(default_factory=dict)
    _planned: Mapping[str, PlannedParticipant] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """List the participants by any name: each recording asks for its own."""
        people = self.plan.participants
        n_bearers = Counter(alias for one in people for alias in set(one.aliases))
        by_name = {a: one for one in people for a in one.aliases if n_bearers[a] == 1}
        # What somebody is called in the plan is nobody else's, whatever else others are called.
        by_name |= {one.raw_id: one for one in people}
        object.__setattr__(self, "_planned", by_name)

    @property
    def needs_consent(self) -> bool:
        """Animals need none; an unknown species counts as human."""
        return not all(map(is_animal, _list_species(self.plan, self.species, self.earlier)))

    @property
    def has_animals(self) -> bool:
        """True if somebody is certainly an animal."""
        return any(map(is_animal, _list_species(self.plan, self.species, self.earlier)))

    def species_of(self, raw_id: str) -> str:
        """Return the species of one participant."""
        planned = self.find_planned(raw_id)
        if planned is None:
            return self.earlier.get(raw_id, self.species)
        return _read_species(planned, self.species)

    def is_animal(self, raw_id: str) -> bool:
        """Tell whether one participant is certainly no person."""
        return is_animal(self.species_of(raw_id))

    def may_show(self, raw_id: str) -> bool:
        """Tell whether a head, a film or a voice of one participant shows no person.

        What a file claims of itself is no word of its owner's: films of people are kept in files
        that were made from a template.
        """
        planned = self.find_planned(raw_id)
        is_claimed = planned is None or planned.species_from == "headers"
        return self.is_animal(raw_id) and (not is_claimed or is_animal(self.species))

    def policy_of(self, raw_id: str) -> Policy:
        """Return how the recordings of one participant are de-identified."""
        given = str(self.plan.settings.get("policy") or _ANIMAL)
        return POLICIES[_ANIMAL] if given == _ANIMAL and self.is_animal(raw_id) else self.policy

    def find_planned(self, raw_id: str) -> PlannedParticipant | None:
        """Return what the plan says of a participant, by any name that nobody else bears."""
        return self._planned.get(raw_id)

    @property
    def signed_by(self) -> str:
        """The steward who signed that people may be recognised in recordings; empty if nobody."""
        return str(self.plan.settings.get("signed_by") or "")

    def consent_of(self, raw_id: str) -> Consent:
        """Return the consent of one participant."""
        if self.consents is None:
            return Consent()
        consent = self.consents.lookup(*self.names_of(raw_id))
        settings = self.plan.settings
        return replace(
            consent,
            form=consent.form or str(settings.get("consent_form") or ""),
            attested_by=consent.attested_by or str(settings.get("attested_by") or ""),
        )

    def names_of(self, raw_id: str) -> tuple[str, ...]:
        """Return all that recordings call a participant, by any of it."""
        planned = self.find_planned(raw_id)
        return (raw_id,) if planned is None else (planned.raw_id, *planned.aliases)

    def doubts(self) -> list[str]:
        """Return what speaks against publishing, whatever the consents say."""
        doubts = []
        if self.has_animals and not self.about.protocol:
            doubts.append("the number of the animal protocol is missing: give it with --protocol")
        if self.plan.identity_confidence < PUBLISH_CONFIDENCE and not self.identity_confirmed:
            doubts.append(
                "it is not sure that no two people were taken for one "
                f"({self.plan.identity_confidence:.0%} sure, {PUBLISH_CONFIDENCE:.0%} is needed): "
                "read the plan, correct it, and share again with --plan and --participants "
                "confirmed"
            )
        return doubts

    @property
    def identity_confirmed(self) -> bool:
        """True if a person read the plan and said that the participants are right."""
        return str(self.plan.settings.get("participants", "")) in {"confirmed", "yes"}


def settle(
    plan: Plan,
    options: ShareOptions,
    ask: AskHook | None,
    *,
    default_name: str,
    earlier: Mapping[str, str] | None = None,
) -> Decisions:
    """Answer the plan's questions and turn the answers into decisions.

    Parameters
    ----------
    plan : Plan
        What was found.
    options : ShareOptions
        Answers given beforehand.
    ask : callable or None
        Asks a person; None takes the defaults, which never grant consent.
    default_name : str
        Title of the dataset where none is given.
    earlier : mapping of str to str or None
        The species of those whom earlier sessions brought into the dataset, by raw id.
    """
    plan = answer_questions(plan, options.answers(), ask)
    plan = _keep_options(plan, options)
    settings = plan.settings
    species = _species(str(settings.get("species", ""))) or HUMAN
    if options.species and not is_animal(species):
        plan = _disbelieve_headers(plan)
    policy, summary = _settle_policy(plan, _list_species(plan, species, earlier or {}))
    known = _known_about(plan)
    about = About(
        name=str(settings.get("name") or known.get("Name") or default_name),
        description=str(settings.get("description") or ""),
        authors=tuple(map(str, settings.get("authors") or known.get("Authors") or ())),
        licence=str(settings.get("licence") or known.get("License") or ""),
        tier=Tier(settings.get("tier") or Tier.CONTROLLED),
        protocol=str(settings.get("protocol") or ""),
        policy=summary,
        version=__version__,
        shows_people=bool(settings.get("signed_by")),
    )
    return Decisions(
        plan=plan,
        policy=policy,
        species=species,
        line_hz=_line_hz(settings.get("line_hz"), is_given=options.line_hz is not None),
        consents=_consents(settings.get("consent")),
        about=about,
        earlier=earlier or {},
    )


def _settle_policy(plan: Plan, species: Collection[str]) -> tuple[Policy, str]:
    """Return the policy of the dataset and what it says of itself; people are never animals."""
    has_people = not all(map(is_animal, species))
    is_mixed = has_people and any(map(is_animal, species))
    given = str(plan.settings.get("policy") or "")
    if is_mixed and given in {"", _ANIMAL}:
        policy, animals = require_policy(_PEOPLE), require_policy(_ANIMAL)
        return policy, f"{policy.summary} Of animals: {animals.summary}"
    policy = require_policy(given or (_PEOPLE if has_people else _ANIMAL))
    return policy, policy.summary


def _list_species(plan: Plan, of_all: str, earlier: Mapping[str, str]) -> set[str]:
    """Return the species of all who are in a dataset, those of earlier sessions among them."""
    included = {r.entities["participant"].value for r in plan.recordings if r.include}
    found = {_read_species(one, of_all) for one in plan.participants if one.raw_id in included}
    return (found | set(earlier.values())) or {of_all}


def _read_species(planned: PlannedParticipant, of_all: str) -> str:
    """Return the species of a participant; what is stated and not known is a person."""
    stated = planned.subject.species
    species = _species(stated) if stated else of_all
    return species if is_animal(species) else HUMAN


def _disbelieve_headers(plan: Plan) -> Plan:
    """Make people of those whom headers alone call animals: a person says that they are none."""
    return replace(
        plan,
        participants=tuple(
            replace(one, subject=replace(one.subject, species=HUMAN), species_from="answer")
            if one.species_from == "headers"
            else one
            for one in plan.participants
        ),
    )


def answer_questions(plan: Plan, given: Mapping[str, str], ask: AskHook | None) -> Plan:
    """Put answers into the plan: given ones first, then a person's, then those it has already."""
    settings = dict(plan.settings)
    questions = []
    for question in plan.questions:
        answer = given.get(question.id) or question.answer or str(settings.get(question.id) or "")
        if not answer and ask is not None:
            answer = _ask(question, plan, ask)
        questions.append(replace(question, answer=answer))
        settings[question.id] = answer or question.default
    settings |= dict(given)
    return replace(plan, questions=tuple(questions), settings=settings)


def _ask(question: Question, plan: Plan, ask: AskHook) -> str:
    """Ask until the answer can be used; what is wrong with one is told with the next asking."""
    asked, last = question, None
    while True:
        answer = ask(asked, plan).strip()
        try:
            _check_answer(question, answer)
        except InputError as error:
            if answer == last:
                raise
            last = answer
            asked = replace(question, why=f"{error.problem} {error.remedy}")
        else:
            return answer


def _check_answer(question: Question, answer: str) -> None:
    if question.id == "consent":
        _consents(answer)
    elif question.id == "link" and answer != question.default:
        read_table(Path(answer))
    elif question.choices and answer not in question.choices:
        raise InputError(
            "FSC116",
            f"Expected one of {', '.join(question.choices)}, got another answer.",
            "Write one of these words.",
        )


def _keep_options(plan: Plan, options: ShareOptions) -> Plan:
    """Keep in the plan what was given as options, so that the plan alone repeats the run."""
    given = {
        "name": options.name,
        "description": options.description,
        "authors": list(options.authors) or None,
        "licence": options.licence,
        "tier": options.tier.value if options.tier else None,
        "protocol": options.protocol,
        "consent_form": options.consent_form,
        "attested_by": options.attested_by,
        "policy": options.policy,
        "allow_labels": sorted(options.allow_labels) or None,
        "signed_by": options.signed_by,
        "compression": "zstd" if options.compression == "zstd" else None,
        "deface": None if options.deface == "replace" else options.deface,
        "head_points": None if options.head_points == "none" else options.head_points,
        "mask_faces": None if options.mask_faces == "auto" else options.mask_faces,
    }
    return replace(plan, settings=plan.settings | {k: v for k, v in given.items() if v is not None})


def _known_about(plan: Plan) -> dict[str, Any]:
    """Return what a folder that is BIDS already says of itself: its owner wrote it to be cited."""
    path = Path(plan.raw) / "dataset_description.json"
    if not plan.bids_input or not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _species(word: str) -> str:
    if not word or word in {"unknown", "I do not know"}:
        return ""
    return find_species(word).label.lower()


def _line_hz(value: object, *, is_given: bool) -> float | None:
    """Return the mains frequency, in hertz; what else a plan or sidecar says is left to headers."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    if number in _MAINS_HZ:
        return number
    if is_given:
        raise InputError(
            "FSC116",
            "Expected 50 or 60 Hz as the mains frequency, got another number.",
            "Give --line-hz 50 or --line-hz 60, or leave it out: then each recording is measured.",
        )
    return None


def _consents(value: object) -> ConsentTable | None:
    words = str(value or "").strip()
    if not words or words.lower() in {"unknown", "i do not know"}:
        return None
    return parse_consent(words)
