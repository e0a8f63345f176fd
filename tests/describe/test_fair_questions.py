import re
from dataclasses import replace

import pytest

from fascicle.core import Consent, Dataset
from fascicle.describe._fair_questions import QUESTIONS, Facts

NOTHING = Facts(
    dataset=Dataset("ds-1", ""), about={}, page={}, rows=[], recordings=[], files=frozenset(),
    consents={}, doi="", is_published=False, is_sealed=False, n_bids_errors=None,
)  # fmt: skip
BY_ID = {question.id: question for question in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_an_empty_folder_gets_an_answer_and_a_way_out(question):
    share, reason = question.ask(NOTHING)

    assert 0 <= share <= 1
    assert reason.endswith(".")
    assert question.fix.endswith(".")
    assert question.max_points > 0


def test_every_question_belongs_to_a_principle_and_is_asked_once():
    assert len(BY_ID) == len(QUESTIONS)
    assert all(re.fullmatch(r"[FAIR]\d(\.\d)?-\d\d", name) for name in BY_ID)
    assert {name[0] for name in BY_ID} == set("FAIR")


@pytest.mark.parametrize(
    ("change", "better"),
    [
        ({"doi": "10.5555/1"}, "F1"),
        ({"is_published": True}, "F4"),
        ({"is_sealed": True}, "R1.2"),
        ({"n_bids_errors": 0}, "R1.3"),
        ({"consents": {"01": Consent(("DUO:0000042",))}}, "R1.1"),
    ],
)
def test_what_is_mended_earns_points_for_its_principle(change, better):
    mended = replace(NOTHING, **change)

    def points(facts):
        return sum(q.ask(facts)[0] for q in QUESTIONS if q.id.startswith(f"{better}-"))

    assert points(mended) > points(NOTHING)


def test_only_publishing_earns_what_only_publishing_can():
    late = [question for question in QUESTIONS if question.after_publishing]

    assert late
    assert all(question.ask(replace(NOTHING, is_sealed=True))[0] < 1 for question in late)
