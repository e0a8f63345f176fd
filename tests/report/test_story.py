from dataclasses import replace

from fascicle.report import AlignmentStory
from fascicle.report._story import hide_raw


def test_the_owner_keeps_everything(owner_story):
    assert hide_raw(owner_story) is owner_story


def test_without_the_owner_no_raw_field_keeps_a_value(owner_story):
    hidden = hide_raw(replace(owner_story, owner=False))

    assert not any(item.raw_names for item in hidden.left_out)
    assert not any(item.raw_names for item in hidden.recordings)
    assert not any(item.raw_names for item in hidden.decisions)
    assert not any(f.raw_place for f in hidden.findings)
    for decision in hidden.decisions:
        assert not any(i.value or i.evidence for i in decision.entities.values())


def test_confidence_and_whether_a_person_answered_stay(story):
    hidden = hide_raw(story)

    assert hidden.decisions[4].entities["session"].confidence == 0.71
    assert [bool(q.answer) for q in hidden.questions] == [False, True]
    assert not any(q.why or q.default or "50" in q.answer for q in hidden.questions)


def test_what_is_held_back_is_hidden_but_from_the_owner(mixed_story, mixed_owner_story):
    assert hide_raw(mixed_story).held == ()
    assert hide_raw(mixed_owner_story).held == mixed_owner_story.held
    assert hide_raw(mixed_story).alignments == mixed_story.alignments


def test_two_streams_that_nothing_ties_have_no_numbers():
    story = AlignmentStory("sub-1", ("EEG", "video"), "", "none", "Nothing ties them.")

    assert (story.offset_s, story.n_pulses, story.times_s.size) == (None, None, 0)
