"""The page on a risk: complete, in order, readable by everybody, and without a value of anybody."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.report.test_page import read

from fascicle.protect import (
    Linkage,
    Reason,
    RiskContext,
    TraitTold,
    classify_columns,
    find_changes,
    judge_risk,
    measure_table,
)
from fascicle.report import RiskStory, render_risk, write_risk_report
from fascicle.report._risk import LEVELS, view_risk
from fascicle.workflows import RiskResult

LINKED = Linkage("EEG spectrum, halves", 38, 41, (0.8, 0.985), 1 / 41)
FEW = Linkage("EEG spectrum, sessions", 7, 7, (0.59, 1.0), 1 / 7)
TOLD = TraitTold("sex", "EEG spectrum", False, 0.74, 0.51, 0.009, 41)
NUMBER = TraitTold("age", "EEG spectrum", True, 0.62, 0.0, 0.001, 41)
UNTOLD = TraitTold("site", "fMRI connectome", False, np.nan, np.nan, np.nan, 13)
AROUND = RiskContext(("eeg", "anat"), "shifted", True, 5, 3, 2, 1, 1, 4)


def make_table(n=61, seed=3):
    rng = np.random.default_rng(seed)
    return {
        "participant_id": [f"sub-{i}" for i in range(n)],
        "age": rng.integers(18, 60, n).astype(str).tolist(),
        "sex": rng.choice(["F", "M"], n).tolist(),
        "site": rng.choice(["Xanten", "Ulm", "Trier"], n, p=[0.6, 0.35, 0.05]).tolist(),
        "group": rng.choice(["patient", "control"], n).tolist(),
        "fd_mean": rng.random(n).round(6).astype(str).tolist(),
    }


def make_story(table=None, linkages=(LINKED, FEW), traits=(TOLD, NUMBER, UNTOLD), around=AROUND):
    columns = make_table() if table is None else table
    judged = classify_columns(columns)
    found = measure_table(columns, judged, n_population=5_000)
    level, reasons = judge_risk(found, linkages, traits, around)
    changes = find_changes(columns, judged)
    result = RiskResult(
        level, reasons, found, True, changes, tuple(linkages), tuple(traits), around, 3, 2
    )
    return RiskStory("Oddball", result, "ds-4f53cda18c2b", made_with={"Fascicle": "0.1.0"})


@pytest.fixture(scope="module")
def story():
    return make_story()


@pytest.fixture(scope="module")
def page(story):
    return render_risk(story)


@pytest.fixture(scope="module")
def bare():
    """Nothing but too few recordings: no table."""
    story = make_story()
    level, reasons = judge_risk(None, [FEW])
    found = replace(
        story.found, level=level, reasons=reasons, table=None, changes=(), linkages=(FEW,),
        traits=(), context=RiskContext(), n_unread=0, n_left_out=0,
    )  # fmt: skip
    return render_risk(replace(story, found=found, dataset_id="", made_with={}))


class Tables(HTMLParser):
    """Columns of each row of each table, its caption, and the scopes of its headers."""

    def __init__(self):
        super().__init__()
        self.widths, self.captions, self.unscoped = [], 0, 0

    def handle_starttag(self, tag, attrs):
        words = dict(attrs)
        if tag == "table":
            self.widths.append([])
        elif tag == "tr":
            self.widths[-1].append(0)
        elif tag in {"th", "td"}:
            self.widths[-1][-1] += int(words.get("colspan", 1))
            self.unscoped += tag == "th" and "scope" not in words
        self.captions += tag == "caption"


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


def test_elements_are_closed_in_order_and_every_link_has_its_target(page, bare):
    for text in (page, bare):
        outline = read(text)
        assert outline.broken == outline.open == []
        assert len(outline.ids) == len(set(outline.ids))
        assert {target[1:] for target in outline.targets} <= set(outline.ids)


def test_the_page_fetches_nothing_and_runs_nothing(page, bare):
    for text in (page, bare):
        outline = read(text)
        assert outline.fetched == []
        assert not {"script", "iframe", "object", "embed", "form"} & set(outline.tags)
        assert "default-src 'none'" in text
        assert not re.search(r"\son\w+=|url\(|@import", text)


def test_tables_have_captions_scopes_and_rows_of_one_length_and_pictures_have_words(page, bare):
    for text, n_tables in ((page, 6), (bare, 1)):
        tables = Tables()
        tables.feed(text)
        assert len(tables.widths) == tables.captions == n_tables
        assert tables.unscoped == 0
        assert all(len(set(rows)) == 1 for rows in tables.widths)
        assert read(text).unnamed == 0
        assert read(text).tags.count("main") == read(text).tags.count("h1") == 1


def test_level_reasons_figures_and_changes_are_told(story, page):
    words, found = words_of(page), story.found

    assert f"found again is {found.level} ." in words
    assert page.count('aria-current="true"') == 1
    for reason in found.reasons:
        assert reason.words in words
    for figure in (
        f"{found.table.n_hits} of 61",
        "38 of 41",
        "80 % to 98 %",
        "a register of 5,000 people (assumed)",
        "74 % right",
        "correlation 0.62",
        "p = 0.009",
        "Not established for site : 13 people at most, fewer than 40.",
        "Not established: fewer than 20 people.",
        "3 of 5 images without a face",
        "2 tables, moved for each person",
        "3 recordings: too short",
        "2 rows of people who have a row already",
        "1 column not counted",
    ):
        assert figure in words
    rows = [re.escape(change.words) for change in found.changes]
    assert len(rows) > 2
    assert re.search(".*".join(rows), words)


def test_what_is_not_established_is_gray_and_no_verdict(story):
    view = view_risk(story)

    assert [rate.verdict for rate in view["rates"]] == ["fail", "fail", "none"]
    expected = [story.found.table.predicted, 1 / 41, 1 / 7]
    assert [rate.expected for rate in view["rates"]] == expected
    assert [stamp.verdict for stamp in view["stamps"]] == ["fail", "fail", "warn", "fail"]


def test_no_value_of_a_person_is_on_the_page(page):
    table = make_table()

    words = words_of(page)
    for name in ("participant_id", "site", "group", "fd_mean"):
        assert not any(re.search(rf"\b{re.escape(cell)}\b", words) for cell in set(table[name]))


def test_a_table_that_is_safe_gets_no_alarm():
    n = 66
    table = {
        "participant_id": [f"sub-{i}" for i in range(n)],
        "sex": ["F", "M", "M"] * (n // 3),
        "fd_mean": [f"0.{i:03d}" for i in range(n)],
    }
    story = make_story(table, linkages=(), traits=(), around=RiskContext())

    view, page = view_risk(story), render_risk(story)

    assert view["level"] == "low"
    assert [stamp.verdict for stamp in view["stamps"]] == ["pass", "none", "none", "pass"]
    assert [rate.verdict for rate in view["rates"]] == ["pass"]
    assert "At least 22 people share the same values" in page
    assert "No recordings of two people or more were compared." in page


def test_without_a_table_its_sections_are_left_out_and_the_others_are_numbered_on(bare):
    assert 'id="table"' not in bare
    assert 'id="changes"' not in bare
    assert re.findall(r'class="no" aria-hidden="true">(\d)', bare) == ["1", "2", "3", "4", "5"]
    assert "Too few people to say" in bare


def test_words_from_files_cannot_become_elements():
    evil = "<script>alert(1)</script>\"'><img src=x onerror=1>"
    rng = np.random.default_rng(1)
    table = {"participant_id": list("abcdefghij"), evil: rng.choice(["x", "y"], 10).tolist()}
    reason = Reason(judge_risk(None)[0], evil)
    story = make_story(table, traits=(replace(TOLD, column=evil),))
    found = replace(
        story.found, reasons=(reason,), linkages=(replace(LINKED, what=evil),),
        context=replace(AROUND, policy=evil, modalities=(evil,)),
    )  # fmt: skip

    page = render_risk(RiskStory(evil, found, evil, made_with={evil: evil}))

    outline = read(page)
    assert "img" not in outline.tags
    assert "script" not in outline.tags
    assert outline.broken == []


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_words_and_a_place_on_the_scale(story, level):
    found = replace(story.found, level=level)

    page = render_risk(replace(story, found=found))

    current = re.search(r'aria-current="true">([^<]+)<', page)
    assert current[1].lower() == level


def test_the_page_is_written_as_it_is_rendered_and_always_alike(story, page, tmp_path):
    path = write_risk_report(tmp_path / "new" / "risk.html", story)

    assert path.read_text("utf-8") == page == render_risk(make_story())
