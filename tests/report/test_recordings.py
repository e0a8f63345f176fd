from dataclasses import replace

import numpy as np
import pytest

from fascicle.core import Channel, Finding, Header, Modality, Severity
from fascicle.quality import RecordingQuality
from fascicle.report import RecordingStory
from fascicle.report._budget import Detail
from fascicle.report._recordings import CHECKS, display_unit, view_recording


@pytest.fixture
def recording(story):
    return story.recordings[5]


def view(recording: RecordingStory, **settings):
    return view_recording(
        recording, "recording-1", Detail(), **({"every_channel": True} | settings)
    )


def test_all_pictures_are_drawn(recording):
    shown = view(recording)

    assert all(shown_picture.count("<svg") == 1 for shown_picture in
               (shown.spectrum, shown.sensors, shown.timeline))  # fmt: skip
    assert shown.n_marked == 3
    assert len(shown.channels) == 34


def test_only_marked_channels_are_listed_when_space_is_short(recording):
    shown = view(recording, every_channel=False)

    assert [row.name for row in shown.channels] == ["F7", "T7", "P8"]
    assert shown.n_channels_hidden == 31


@pytest.mark.parametrize(
    ("modality", "facts"),
    [
        (Modality.EEG, {"Mains", "Reference"}),
        (Modality.MEG, {"Mains"}),
        (Modality.NIRS, set()),
    ],
)
def test_facts_that_a_modality_cannot_have_are_not_missed(recording, modality, facts):
    shown = view(replace(recording, header=replace(recording.header, modality=modality)))

    assert {name for name, _ in shown.facts} & {"Mains", "Reference"} == facts


def test_a_recording_that_was_not_checked_still_has_a_card(recording):
    shown = view(replace(recording, quality=None))

    assert (shown.verdict, shown.spectrum, shown.timeline) == ("none", "", "")
    assert shown.checks == ("none",) * len(CHECKS)
    assert shown.sensors


def test_triggers_take_no_part_in_the_pictures(recording):
    shown = view(recording)

    assert "Trigger" not in shown.spectrum + shown.timeline


@pytest.mark.parametrize("array", ["spectrum", "preview", "freqs_hz", "preview_times_s"])
def test_arrays_of_another_size_leave_a_picture_out_and_raise_nothing(recording, array):
    empty = np.empty(0) if array in {"freqs_hz", "preview_times_s"} else np.empty((0, 0))
    quality = replace(recording.quality, **{array: empty})

    shown = view(replace(recording, quality=quality))

    assert "" in (shown.spectrum, shown.timeline)


def test_channels_of_one_unit_are_drawn_together_and_others_are_not_mixed_in(recording):
    header = recording.header
    odd = [Channel("M1", "MEGMAG", "T", 500.0), *header.channels[1:]]

    shown = view(replace(recording, header=replace(header, channels=tuple(odd))))

    assert "Power spectra of 31 channels" in shown.spectrum


def test_every_finding_has_a_column(recording):
    unknown = Finding("recording.something-new", Severity.WARNING, "x", "It is.", "Look.")
    quality = replace(recording.quality, findings=(unknown,))

    cells = dict(zip(CHECKS, view(replace(recording, quality=quality)).checks, strict=True))

    assert cells.pop("Metadata") == "warn"
    assert set(cells.values()) == {"pass"}


def test_units_are_written_as_people_write_them():
    assert [display_unit(u)[0] for u in ("uV", "V", "u", "T")] == ["\u00b5V", "\u00b5V", "u", "fT"]


def test_the_same_signal_in_another_unit_looks_the_same(recording):
    header, quality = recording.header, recording.quality
    volts = tuple(replace(c, unit="V") if c.unit == "uV" else c for c in header.channels)
    scaled = replace(quality, spectrum=quality.spectrum * 1e-12, preview=quality.preview * 1e-6)

    shown = view(replace(recording, header=replace(header, channels=volts), quality=scaled))

    assert shown.spectrum == view(recording).spectrum
    assert shown.timeline == view(recording).timeline


def test_the_gravest_finding_comes_first(recording):
    severities = [finding.severity for finding in view(recording).findings]

    assert severities == [Severity.ERROR, Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.002, "0.2%"), (0.0994, "9.9%"), (0.0996, "10%"), (1, "100%")],
)
def test_a_share_that_is_worth_a_warning_is_not_shown_as_nothing(recording, share, words):
    channel = recording.header.channels[0]
    judged = replace(recording.quality.channels[0], metrics={"clipped_share": share})
    told = replace(recording, quality=replace(recording.quality, channels=(judged,)))

    shown = view(replace(told, header=replace(told.header, channels=(channel,))))

    assert words in shown.channels[0].numbers


def test_channels_that_are_no_bids_signals_get_no_empty_rows():
    header = Header(Modality.FUNC, 0.5, 180, suffix="bold", shape=(64, 64, 36, 180))

    shown = view(RecordingStory("sub-1_bold.nii.gz", header))

    assert not {"Sampling", "Channels", "Mains", "Events", "Reference"} & set(dict(shown.facts))
    assert (shown.kind, shown.is_signal) == ("functional MRI (bold)", False)
    assert (
        shown.contents == "64 \N{MULTIPLICATION SIGN} 64 \N{MULTIPLICATION SIGN} 36 voxels, "
        "180 volumes, 6 min"
    )


def test_what_exposes_somebody_is_drawn_for_the_owner_alone(mixed_owner_story):
    held = mixed_owner_story.held[0]

    shared, own = (view(held, owner=owner) for owner in (False, True))

    assert (len(shared.pictures), len(own.pictures)) == (0, 1)
    assert "owner" in shared.picture_notes[0]
    assert own.picture_notes == ()
    assert own.exposed == "a head, whose face can be drawn from it"


def test_channels_that_nobody_judged_have_no_table():
    points = tuple(Channel(name, "MISC", "px", 25.0) for name in ("snout", "tail"))
    header = Header(Modality.BEH, 25.0, 61, points, metadata={"NumberOfKeypoints": 2})
    quality = RecordingQuality.of_content(extra={"n_keypoints": 2.0})

    shown = view(RecordingStory("sub-1_beh.nwb", header, quality))

    assert (shown.channels, shown.n_channels_hidden) == ((), 0)
