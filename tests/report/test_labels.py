"""The page on labels: what methods said, and what made them say so."""

from __future__ import annotations

import math
import stat
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.report.test_page import read

from fascicle.core import Annotation, Drawing, Finding, Label, Measure, Picture, Severity
from fascicle.report import LabelStory, render_labels, write_label_report
from fascicle.report._labels import view_labels

PLACE = "sub-01/eeg/sub-01_task-rest_eeg.edf"
PICTURE = Picture(
    Drawing.LINES, "Mean blink", "All blinks, averaged.",
    {"x": np.arange(7.0), "y": np.sin(np.arange(14.0)).reshape(2, 7)}, "s", "uV", ("Fp1", "Fp2"),
)  # fmt: skip
SAID = Annotation(
    "artifacts", "3",
    (Label("blink", 0.95, 1.0, 0.4), Label("blink", 0.4, 9.0, 0.4), Label("<b>flat", 1.0)),
    {"blink_rate": Measure(12.345678, "1/min", "Blinks a minute.")},
    pictures=(PICTURE,),
    findings=(Finding("x.y", Severity.WARNING, PLACE, "It is short.", "Record longer."),),
)  # fmt: skip
STORY = LabelStory("Oddball", [(PLACE, SAID)], {"artifacts": "What is not brain."})


def test_the_page_counts_labels_and_shows_what_made_them():
    page = render_labels(STORY)

    assert read(page).broken == []
    for said in ("2 blink", "12.35 1/min", "Blinks a minute.", "Mean blink", "It is short.", PLACE):
        assert said in page, said
    assert "<b>flat" not in page
    assert page.count("<svg") > 1


def test_the_figures_are_those_of_all_recordings():
    many = LabelStory("Oddball", [(f"{PLACE}{i}", SAID) for i in range(70)], STORY.titles)

    view = view_labels(many)

    assert view["figures"][0][0] == 70
    assert view["figures"][1][0] == 210
    assert view["figures"][2][0] == 140
    assert view["n_more"] == 10
    assert "10 more recordings" in render_labels(many)


def test_kinds_are_explained_and_the_card_of_each_method_is_linked():
    card = "https://example.org/card.html"
    told = replace(STORY, kinds={"blink": "The eyes close."}, cards={"artifacts": card})

    page = render_labels(told)

    assert "The eyes close." in page
    assert f'href="{card}"' in page
    assert read(page).broken == []


def test_what_could_not_be_measured_is_no_number():
    said = replace(SAID, measures={"snr": Measure(math.nan, "dB", "Signal over noise.")})

    page = render_labels(replace(STORY, said=[(PLACE, said)]))

    assert "not measured" in page
    assert ">nan" not in page


def test_the_same_story_gives_the_same_bytes(tmp_path):
    path = write_label_report(tmp_path / "labels.html", STORY)

    assert path.read_text("utf-8") == render_labels(STORY)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_the_page_is_for_its_owner_alone_because_heads_can_be_seen_on_it(tmp_path):
    path = write_label_report(tmp_path / "labels.html", STORY)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
