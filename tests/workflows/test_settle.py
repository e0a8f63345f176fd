from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import (
    Inferred,
    Modality,
    Plan,
    PlannedParticipant,
    PlannedRecording,
    Question,
    Source,
    Subject,
    Tier,
)
from fascicle.errors import InputError
from fascicle.workflows import ShareOptions
from fascicle.workflows._settle import settle

QUESTIONS = (
    Question("consent", "What?", "Why.", "unknown", "--consent"),
    Question("line_hz", "Which?", "Why.", "50", "--line-hz", ("50", "60")),
)


def make_plan(**changes):
    values = {"questions": QUESTIONS, "settings": {"species": "homo sapiens"}}
    return Plan("/raw", "study", datetime(2026, 1, 1, tzinfo=UTC), (), **(values | changes))


def decide(plan=None, ask=None, **options):
    return settle(plan or make_plan(), ShareOptions(**options), ask, default_name="out")


def test_defaults_hold_and_never_grant_consent():
    decisions = decide()

    assert decisions.consents is None
    assert decisions.line_hz == 50.0
    assert decisions.about.tier is Tier.CONTROLLED
    assert decisions.about.name == "out"


def test_options_come_before_a_person_and_a_person_before_the_plan():
    plan = make_plan(questions=tuple(
        Question(q.id, q.ask, q.why, q.default, q.flag, q.choices, "60") if q.id == "line_hz" else q
        for q in QUESTIONS
    ))  # fmt: skip

    assert decide(plan).line_hz == 60.0
    assert decide(plan, line_hz=50.0).line_hz == 50.0
    assert decide(ask=lambda q, _: "60" if q.id == "line_hz" else "GRU").line_hz == 60.0
    assert decide(ask=lambda q, _: "60" if q.id == "line_hz" else "GRU").consents is not None


def test_only_open_questions_are_asked():
    asked = []

    decide(ask=lambda q, _: asked.append(q.id) or q.default, consent="GRU")

    assert asked == ["line_hz"]


@pytest.mark.parametrize(
    ("species", "policy"),
    [("", "safe-harbour"), ("human", "safe-harbour"), ("mouse", "animal"),
     ("unicorn", "safe-harbour")],
)  # fmt: skip
def test_the_policy_follows_the_species_and_the_unknown_counts_as_human(species, policy):
    decisions = decide(species=species or None)

    assert decisions.policy.name == policy
    assert decisions.needs_consent is (policy == "safe-harbour")


def test_nobody_is_taken_for_whom_others_have_the_name_of_as_an_alias():
    mouse = PlannedParticipant("A", Subject(species="mouse"), {}, ("P1", "x"), "table")
    person, other = PlannedParticipant("P1"), PlannedParticipant("Q", aliases=("x", "y"))

    decisions = decide(make_plan(participants=(mouse, person, other)))

    assert not decisions.is_animal("P1")
    assert decisions.names_of("P1") == ("P1",)
    assert decisions.species_of("A") == "mus musculus"
    assert (decisions.names_of("x"), decisions.names_of("y")) == (("x",), ("Q", "x", "y"))


def test_animals_need_no_consent_and_humans_under_any_policy_do():
    assert not decide(species="mouse").needs_consent
    assert decide(species="human", policy="shifted").needs_consent
    assert decide(species="human", policy="animal").needs_consent


def test_doubt_about_people_speaks_against_publishing_until_a_person_confirms():
    plan = make_plan(identity_confidence=0.4)

    assert decide(plan).doubts()
    assert not decide(plan, participants="confirmed").doubts()


def test_what_was_answered_stays_in_the_plan():
    decisions = decide(name="Eyes", tier=Tier.OPEN, consent="GRU", authors=("A",))

    again = settle(decisions.plan, ShareOptions(), None, default_name="other")

    assert again.about.name == "Eyes"
    assert again.about.tier is Tier.OPEN
    assert again.about.authors == ("A",)
    assert again.consents is not None


def test_form_and_witness_hold_for_all_whose_table_says_neither():
    decisions = decide(consent="GRU", consent_form="v3", attested_by="A. Steward")

    consent = decisions.consent_of("P1")

    assert (consent.form, consent.attested_by) == ("v3", "A. Steward")


def test_animals_need_the_number_of_a_protocol_before_publishing():
    assert any("protocol" in doubt for doubt in decide(species="mouse").doubts())
    assert decide(species="mouse", protocol="AP-1").doubts() == []


def test_an_answer_that_cannot_be_used_is_asked_for_again_and_says_why():
    answers = iter(["clear", "GRU"])
    whys = []

    def ask(question, _plan):
        if question.id != "consent":
            return question.default
        whys.append(question.why)
        return next(answers)

    decided = decide(ask=ask)

    assert decided.consents is not None
    assert "Data Use Ontology" in whys[1] != whys[0]


def test_the_same_unusable_answer_twice_ends_the_asking():
    with pytest.raises(InputError) as refused:
        decide(ask=lambda q, _: "clear" if q.id == "consent" else q.default)

    assert refused.value.code == "FSC150"


def test_a_choice_is_one_of_the_choices():
    with pytest.raises(InputError) as refused:
        decide(ask=lambda q, _: "fifty" if q.choices else "GRU")

    assert refused.value.code == "FSC116"


@pytest.mark.parametrize("line_hz", [0.0, -50.0, float("nan"), float("inf"), 16.7])
def test_a_mains_frequency_that_no_country_has_is_wrong_use(line_hz):
    with pytest.raises(InputError, match="FSC116"):
        decide(line_hz=line_hz)


@pytest.mark.parametrize(
    ("said", "line_hz"),
    [("50", 50.0), (60.0, 60.0), ("nan", None), (-50, None), ("measured", None)],
)
def test_a_plan_that_states_another_mains_frequency_leaves_it_to_the_headers(said, line_hz):
    plan = make_plan(questions=(), settings={"line_hz": said})

    assert decide(plan).line_hz == line_hz


def lab(**people):
    """A plan of participants, each with what says the species and the species."""
    source = Source("nwb", (PurePosixPath("a.nwb"),), 1)
    return replace(
        make_plan(),
        recordings=tuple(
            PlannedRecording(f"rec-{name}", source, Modality.BEH, {"participant": Inferred(name)})
            for name in people
        ),
        participants=tuple(
            PlannedParticipant(name, Subject(species=species), species_from=said_by)
            for name, (said_by, species) in people.items()
        ),
    )


MIXED = {"P1": ("", ""), "P2": ("table", "Homo sapiens"), "m1": ("table", "Mus musculus")}


def test_each_participant_follows_the_rules_of_its_own_species():
    decisions = decide(lab(**MIXED))

    assert [decisions.policy_of(name).name for name in ("P1", "P2", "m1")] == [
        "safe-harbour", "safe-harbour", "animal"]  # fmt: skip
    assert [decisions.is_animal(name) for name in ("P1", "P2", "m1")] == [False, False, True]
    assert (decisions.policy.name, decisions.needs_consent) == ("safe-harbour", True)
    assert "Of animals" in decisions.about.policy
    assert any("protocol" in doubt for doubt in decisions.doubts())


@pytest.mark.parametrize("options", [{"policy": "animal"}, {"species": "mouse"}, {}])
def test_nothing_that_is_said_of_animals_releases_a_person_among_them(options):
    decisions = decide(lab(P=("table", "Homo sapiens"), m=("table", "mouse")), **options)

    assert decisions.policy_of("P").name == "safe-harbour"
    assert decisions.policy.name == "safe-harbour"
    assert (decisions.is_animal("P"), decisions.may_show("P")) == (False, False)


def test_a_species_column_that_is_edited_for_one_releases_nobody_else():
    before = decide(lab(P1=("table", "human"), P2=("table", "human"), P3=("", "")))
    after = decide(lab(P1=("table", "human"), P2=("table", "rat"), P3=("", "")))

    names = ("P1", "P3")
    assert [after.policy_of(n) for n in names] == [before.policy_of(n) for n in names]
    assert [after.may_show(n) for n in names] == [False, False]
    assert after.policy == before.policy


@pytest.mark.parametrize("species", ["Muss musculus", "unicorn", "H. sapiens"])
def test_a_species_that_is_stated_and_not_known_is_a_person_among_mice(species):
    decisions = decide(lab(x=("table", species), m=("table", "mouse")), species="mouse")

    assert not decisions.is_animal("x")
    assert decisions.policy_of("x").name == "safe-harbour"


def test_what_headers_alone_claim_gives_the_policy_but_shows_nobody():
    decisions = decide(lab(P=("", ""), m=("headers", "Mus musculus")))
    refused = decide(lab(P=("", ""), m=("headers", "Mus musculus")), species="human")

    assert (decisions.is_animal("m"), decisions.may_show("m")) == (True, False)
    assert not refused.is_animal("m")
    assert refused.plan.participants[1].species_from == "answer"


def test_people_of_earlier_sessions_stay_people_beside_mice():
    mice = lab(m=("table", "mouse"))

    alone = settle(mice, ShareOptions(species="mouse"), None, default_name="out")
    beside = settle(mice, ShareOptions(species="mouse"), None, default_name="out",
                    earlier={"P": "homo sapiens"})  # fmt: skip

    assert (alone.policy.name, beside.policy.name) == ("animal", "safe-harbour")
    assert (beside.is_animal("P"), beside.policy_of("P").name) == (False, "safe-harbour")
    assert beside.policy_of("m").name == "animal"


def test_animals_follow_a_stricter_policy_that_was_asked_for():
    decisions = decide(lab(**MIXED), policy="shifted")

    assert {decisions.policy_of(name).name for name in MIXED} == {"shifted"}
