"""What attacks found decides what is said, for certain leaks, small ones and too few people."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import LinkageAttack, attack_membership
from fascicle.protect import TwinReason, Verdict, worst_verdict
from fascicle.protect._twin_verdict import (
    count_needed,
    describe_verdict,
    judge_copies,
    judge_linkage,
    judge_membership,
)


def attack(shift, n_members, n_others, n_known=0):
    rng = np.random.default_rng(1)
    members = rng.normal(shift, 1, n_members)
    members[:n_known] = 90.0
    return attack_membership("by test", members, rng.normal(size=n_others))


@pytest.mark.parametrize(
    ("shift", "n_members", "n_others", "verdict"),
    [
        (0.0, 900, 300, Verdict.SHAREABLE),
        (0.0, 18, 6, Verdict.OPEN),
        (1.5, 90, 30, Verdict.REFUSED),
        (-1.5, 90, 30, Verdict.REFUSED),  # who is pushed away is told, too
        (0.15, 9000, 3000, Verdict.SHAREABLE),  # certain, and small
    ],
)
def test_membership_is_judged_by_what_is_certain_and_how_much_it_is(
    shift, n_members, n_others, verdict
):
    assert judge_membership(attack(shift, n_members, n_others), 8).verdict is verdict


def test_an_auc_below_one_half_is_shown_as_the_one_above_that_it_is_worth():
    scores = np.random.default_rng(2).normal(1.5, 1, 90), np.random.default_rng(3).normal(size=30)

    straight = judge_membership(attack_membership("by test", *scores), 8)
    turned = judge_membership(attack_membership("by test", -scores[0], -scores[1]), 8)

    assert turned.words.split(";")[0].rstrip(".") == straight.words.split(";")[0].rstrip(".")
    assert turned.verdict is straight.verdict is Verdict.REFUSED


def test_a_few_people_who_are_named_for_certain_are_enough():
    found = judge_membership(attack(0.0, 900, 300, n_known=60), 8)

    assert found.verdict is Verdict.REFUSED
    assert "people are named while 3 others of 300 would be" in found.words


@pytest.mark.parametrize(
    ("hits", "control", "verdict"),
    [
        ((30, 900), (10, 300), Verdict.SHAREABLE),
        ((3, 18), (1, 6), Verdict.OPEN),
        ((700, 900), (30, 300), Verdict.REFUSED),
        ((900, 900), (270, 300), Verdict.REFUSED),  # few were safe before; none is now
        ((900, 900), (300, 300), Verdict.SHAREABLE),  # told of everybody
    ],
)
def test_linkage_is_judged_beside_people_who_were_held_out(hits, control, verdict):
    found = judge_linkage(LinkageAttack("inference of FIQ", *hits, *control, 0.0), 8)

    assert found.verdict is verdict
    assert found.words.startswith(f"Inference of FIQ: {hits[0]} of {hits[1]} people trained on")


def test_one_copy_of_a_fine_row_is_enough_and_coarse_ones_come_about():
    one = LinkageAttack("copies", 1, 30, 0, 10, 0.0)

    assert judge_copies(one, are_rows_fine=True, n_attacks=8).verdict is Verdict.REFUSED
    assert judge_copies(one, are_rows_fine=False, n_attacks=8).verdict is not Verdict.REFUSED


def test_no_copy_is_no_reason_against_however_few_people_there_are():
    none = LinkageAttack("copies", 0, 3, 0, 2, 0.0)

    assert judge_copies(none, are_rows_fine=True, n_attacks=8).verdict is Verdict.SHAREABLE


def test_the_gravest_verdict_counts_and_nothing_looked_at_is_not_established():
    assert worst_verdict([Verdict.SHAREABLE, Verdict.OPEN]) is Verdict.OPEN
    assert worst_verdict([Verdict.REFUSED, Verdict.OPEN]) is Verdict.REFUSED
    assert worst_verdict([]) is Verdict.OPEN


def test_verdicts_are_said_in_words_with_the_people_who_are_missing():
    reasons = [TwinReason(Verdict.REFUSED, "It leaks."), TwinReason(Verdict.OPEN, "Who knows.")]

    assert describe_verdict(Verdict.REFUSED, reasons, 24, 349).endswith("made from. It leaks.")
    few = describe_verdict(Verdict.OPEN, reasons[1:], 24, 349)
    assert "about 349 people are needed, there are 24" in few
    assert "themselves too high" in describe_verdict(Verdict.OPEN, reasons[1:], 400, 0)
    assert [str(one) for one in Verdict] == ["shareable", "not established", "do not share"]


def test_as_many_people_are_needed_as_make_the_interval_fit():
    found = judge_membership(attack(0.1, 150, 50), 8)
    assert found.verdict is Verdict.OPEN

    n_times = found.n_needed // 200 + 1
    rng = np.random.default_rng(1)
    scores = rng.normal(0.1, 1, 150), rng.normal(size=50)
    again = attack_membership("by test", *(np.tile(one, n_times) for one in scores))

    assert found.n_needed > 200
    assert again.auc == pytest.approx(attack(0.1, 150, 50).auc)
    assert judge_membership(again, 8).verdict is Verdict.SHAREABLE


def test_people_are_counted_over_all_attacks_that_are_open():
    reasons = [
        TwinReason(Verdict.SHAREABLE, ""),
        TwinReason(Verdict.OPEN, "", 500),
        TwinReason(Verdict.OPEN, "", 700),
    ]

    assert count_needed(reasons, 400, 349) == 700
    assert count_needed(reasons, 100, 349) == 349  # their figures are chance as yet
    assert count_needed([*reasons, TwinReason(Verdict.OPEN, "", 0)], 400, 349) == 0
    assert count_needed(reasons[:1], 400, 349) == 349
