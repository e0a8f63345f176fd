"""Decisions carried over to labels of a later run."""

from __future__ import annotations

from dataclasses import replace

from fascicle.core import Decision, Label
from fascicle.quality import DecidedLabel, join_decisions

BLINK = Label("blink", 0.6, onset_s=2.0, duration_s=0.4, channels=("Fp1", "Fp2"))
REJECT, ACCEPT = Decision("reject"), Decision("accept")


def join(labels, *decided):
    return join_decisions(labels, [DecidedLabel(label, said) for label, said in decided])


def test_the_last_decision_about_a_label_counts() -> None:
    found, left = join([BLINK], (BLINK, REJECT), (BLINK, ACCEPT))

    assert (found, left) == ({BLINK.key: ACCEPT}, ())


def test_it_holds_for_the_same_kind_at_about_the_same_time_on_a_shared_channel() -> None:
    moved = replace(BLINK, onset_s=2.05, channels=("Fp2", "F4"), confidence=0.9)

    found, left = join([moved], (BLINK, REJECT))

    assert (found, left) == ({moved.key: REJECT}, ())


def test_it_does_not_hold_for_another_kind_time_or_channel() -> None:
    for other in (
        replace(BLINK, kind="saccade"),
        replace(BLINK, onset_s=2.21),
        replace(BLINK, duration_s=1.0),
        replace(BLINK, channels=("O1",)),
        Label("blink", 1.0, channels=("Fp1",)),
    ):
        found, left = join([other], (BLINK, REJECT))

        assert not found
        assert [one.label for one in left] == [BLINK]


def test_one_decision_is_for_one_label_the_nearest() -> None:
    near, far = replace(BLINK, onset_s=2.02), replace(BLINK, onset_s=2.1)

    found, _ = join([far, near], (BLINK, REJECT))

    assert found == {near.key: REJECT}


def test_a_label_that_has_its_own_decision_takes_no_other() -> None:
    other = replace(BLINK, onset_s=2.02)

    found, left = join([BLINK], (BLINK, ACCEPT), (other, REJECT))

    assert found == {BLINK.key: ACCEPT}
    assert [one.label for one in left] == [other]


def test_what_is_said_of_the_whole_recording_holds_for_the_same_channel() -> None:
    flat = Label("flat", 1.0, channels=("T7",))

    found, left = join([replace(flat, channels=("T7", "T8"))], (flat, ACCEPT))

    assert (len(found), left) == (1, ())


def test_of_two_decisions_about_what_is_one_label_now_the_later_counts() -> None:
    early, late, now = (replace(BLINK, onset_s=2.0 + shift) for shift in (0.0, 0.04, 0.06))

    for decided in (
        [(early, ACCEPT), (late, REJECT)],
        [(late, ACCEPT), (early, ACCEPT), (late, REJECT)],
    ):
        found, _ = join([now], *decided)

        assert found == {now.key: REJECT}
