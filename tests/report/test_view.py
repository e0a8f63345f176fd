from dataclasses import replace

import pytest

from fascicle.core import Finding, Inferred, Severity
from fascicle.protect import Removal, release_channel_names, release_labels
from fascicle.report import KIND, Outcome
from fascicle.report._view import view_story


def test_findings_of_one_kind_are_told_once_with_all_their_places(story):
    findings = tuple(
        Finding("bids.x", Severity.ERROR, f"sub-{i:02d}", "It lacks a field.", "Add it.")
        for i in range(31)
    )

    groups = view_story(replace(story, findings=findings, recordings=()))["findings"]["error"]

    assert len(groups) == 1
    assert len(groups[0].places) == 31


def test_a_finding_that_two_rooms_report_is_counted_once(story):
    same = Finding("scan.hit", Severity.ERROR, "README", "A name.", "Remove it.")
    told = replace(
        story, recordings=(), findings=(same,), proof=replace(story.proof, findings=(same,))
    )

    assert view_story(told)["n_findings"]["error"] == 1


def test_removed_fields_are_added_up_by_kind(story):
    rows = {row.kind: row for row in view_story(story)["removed"]}

    assert rows["names"].count == 6
    assert rows["dates"].after == "the year alone"
    assert view_story(story)["n_removed"] == 41


def test_what_stands_in_place_of_a_label_is_what_the_remover_writes(story):
    channel = release_channel_names(["Meier"])[0]
    label = release_labels(["Meier hustet"])["Meier hustet"]
    removed = (Removal("label", "event labels", 1),)

    (row,) = view_story(replace(story, removed=removed))["removed"]

    assert f"{label} for an event" in row.after
    assert f"{channel} for a channel" in row.after


@pytest.mark.parametrize(
    ("changes", "title", "verdict"),
    [
        ({"n_bids_errors": 0}, "Standard", "pass"),
        ({"n_bids_errors": 3}, "Standard", "fail"),
        ({"n_bids_errors": None}, "Standard", "none"),
        ({"recordings": ()}, "Quality", "none"),
        ({"proof": None}, "Privacy", "none"),
        ({"outcome": Outcome.PUBLISHED}, "Sharing", "pass"),
        ({"outcome": Outcome.READY}, "Sharing", "pass"),
        ({"outcome": Outcome.REFUSED}, "Sharing", "fail"),
        ({"outcome": Outcome.HELD}, "Sharing", "warn"),
    ],
)
def test_stamps_say_what_happened(story, changes, title, verdict):
    stamps = {stamp.title: stamp for stamp in view_story(replace(story, **changes))["stamps"]}

    assert stamps[title].verdict == verdict


def test_unsure_recordings_are_picked_out(story):
    assert [decision.key for decision in view_story(story)["unsure"]] == ["rec-0005"]


def test_a_recording_whose_kind_is_a_guess_is_unsure(story):
    first, *others = story.decisions
    guess = replace(
        first,
        labels={**first.labels, KIND: "bold"},
        entities={**first.entities, KIND: Inferred("bold", 0.5)},
    )

    shown = view_story(replace(story, decisions=(guess, *others)))

    assert [decision.key for decision in shown["unsure"]] == ["rec-0001", "rec-0005"]
    assert shown["entities"][-1] == KIND


def test_sections_that_have_nothing_to_tell_are_left_out_and_not_numbered(story, mixed_owner_story):
    plain, full = (view_story(told)["sections"] for told in (story, mixed_owner_story))

    assert set(full) - set(plain) == {"timing", "held"}
    assert [number for number, _ in full.values()] == list(range(1, 12))
    assert [number for number, _ in plain.values()] == list(range(1, 10))


def test_findings_of_what_is_held_back_stand_in_the_owners_report_alone(mixed_owner_story):
    flaw = Finding("volume.flaw", Severity.WARNING, "x", "It is cut.", "Look.")
    held = tuple(
        replace(item, quality=replace(item.quality, findings=(flaw,)))
        for item in mixed_owner_story.held
    )
    told = replace(mixed_owner_story, held=held)

    codes = [
        {group.code for group in view_story(replace(told, owner=owner))["findings"]["warning"]}
        for owner in (False, True)
    ]

    assert "volume.flaw" not in codes[0]
    assert "volume.flaw" in codes[1]


def test_nothing_is_said_of_time_where_nothing_has_any(story):
    dataset = replace(story.dataset, duration_s=0.0)

    figures = view_story(replace(story, dataset=dataset))["figures"]

    assert "recorded" not in {what for _, what in figures}


def test_kinds_are_put_together_by_family(mixed_story):
    others = view_story(mixed_story)["others"]

    assert {family: len(items) for family, items in others.items()} == {
        "Images of the body": 2, "Neurons and behaviour": 3, "Microscopy": 1, "Single cells": 1,
    }  # fmt: skip
