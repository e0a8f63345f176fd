import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from fascicle.core import Channel, Dataset, Event, Finding, Severity
from fascicle.report import LeftOut, Outcome, Story, render_report, write_report

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
EMPTY_SVG = {"path", "circle", "rect"}


class Outline(HTMLParser):
    """Open elements, ids, links and everything that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.targets, self.fetched = [], [], [], []
        self.tags, self.broken, self.unnamed = [], [], 0

    def handle_starttag(self, tag, attrs):
        words = dict(attrs)
        self.tags.append(tag)
        self.ids += [words["id"]] if "id" in words else []
        if tag == "a":
            self.targets.append(words["href"])
        self.fetched += [words[k] for k in ("src", "srcset", "data", "xlink:href") if k in words]
        self.fetched += [words["href"]] if tag in {"link", "use", "image"} else []
        if tag == "svg" and not ("aria-label" in words or words.get("aria-hidden") == "true"):
            self.unnamed += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)


def read(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    outline.close()
    return outline


@pytest.fixture(scope="module")
def page(story):
    return render_report(story)


@pytest.fixture(scope="module")
def owner_page(owner_story):
    return render_report(owner_story)


def test_elements_are_closed_in_order_and_ids_are_unique(page, owner_page):
    for outline in (read(page), read(owner_page)):
        assert outline.broken == []
        assert outline.open == []
        assert len(outline.ids) == len(set(outline.ids))


def test_every_link_inside_the_page_has_its_target(page):
    outline = read(page)

    inside = {target[1:] for target in outline.targets if target.startswith("#")}
    assert inside <= set(outline.ids)
    assert len(inside) > 15


def test_the_page_fetches_nothing_and_runs_nothing(page, owner_page):
    for text in (page, owner_page):
        outline = read(text)
        assert outline.fetched == []
        assert not {"script", "iframe", "object", "embed", "form"} & set(outline.tags)
        assert "@import" not in text
        assert "url(" not in text
        assert "default-src 'none'" in text
        assert not re.search(r"\son\w+=", text)


def test_every_picture_has_words_and_the_page_has_landmarks(page):
    outline = read(page)

    assert outline.unnamed == 0
    assert outline.tags.count("main") == outline.tags.count("nav") == outline.tags.count("h1") == 1
    assert '<html lang="en">' in page


def test_the_word_that_promises_too_much_is_never_used(page, owner_page):
    sources = [p.read_text("utf-8") for p in (files("fascicle.report") / "templates").iterdir()]

    for text in (page, owner_page, *sources):
        assert not re.search(r"anonym", text, re.IGNORECASE)


def test_raw_names_stand_in_the_owners_page_alone(page, owner_page):
    raw = ("Mustermann", "visite 2", "Kopie", "The second folder has")

    assert all(word in owner_page for word in raw)
    assert not any(word in page for word in raw)
    assert "Owner's copy" in owner_page
    assert "Owner's copy" not in page


def test_words_from_files_cannot_become_elements(story):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=1>"
    first = story.recordings[0]
    header = replace(
        first.header,
        channels=(Channel(evil, "EEG", evil, 500.0), *first.header.channels[1:]),
        events=(Event(1.0, 0.0, evil),),
        reference=evil,
    )
    hostile = replace(
        story,
        dataset=Dataset("ds-1", evil, evil, authors=(evil,), tasks=(evil,), licence=evil),
        recordings=(replace(first, bids_path=evil, header=header),),
        findings=(Finding(evil, Severity.ERROR, evil, f"`{evil}`", f"{evil} `x`"),),
        left_out=(LeftOut(evil, evil, evil),),
        conditions=(evil,),
        citation=evil,
        bibtex=evil,
        made_with={evil: evil},
    )

    outline = read(render_report(hostile))

    assert not {"script", "img"} & set(outline.tags)
    assert outline.broken == []


def test_the_same_story_gives_the_same_bytes(story, page):
    assert render_report(story) == page


def test_writing_replaces_an_earlier_report(tmp_path, story, page):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")

    written = write_report(path, story)

    assert written == path
    assert path.read_text(encoding="utf-8") == page
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_empty_story_is_told_too(outcome):
    outline = read(render_report(Story(Dataset("ds-1", "Nothing"), outcome)))

    assert outline.broken == []


def test_what_the_shared_page_leaves_out_of_the_check_list_stands_in_the_owners(story):
    texts = tuple(f"sub-{n:03d}/notes.tsv: word {n}" for n in range(47))
    long = replace(story, proof=replace(story.proof, must_look=texts))

    shared, own = (render_report(replace(long, owner=owner)) for owner in (False, True))

    assert "Read 7 more files; the owner's own report lists them." in shared
    assert "word 46" not in shared
    assert "word 46" in own
    assert "more files" not in own


def test_commands_in_sentences_are_set_as_code(page):
    assert "<code>fascicle look</code>" in page


def test_two_hundred_recordings_stay_below_ten_megabytes(make_long):
    page = render_report(make_long(200))

    assert len(page.encode()) < 10_000_000
    assert read(page).broken == []


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_stands_out_from_what_is_behind_it(scheme):
    css = (files("fascicle.report") / "templates" / "report.css").read_text("utf-8")
    blocks = re.findall(r":root\{([^}]*)\}", css)
    full = {k: v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:])
            for k, v in re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", blocks[scheme])}  # fmt: skip

    pairs = [("ink", "paper"), ("soft", "paper"), ("soft", "wash"), ("accent", "paper"),
             ("accent", "accent-wash"), ("soft", "none-wash")]  # fmt: skip
    pairs += [(v, f"{v}-wash") for v in ("pass", "warn", "fail")]
    pairs += [("ink", f"{v}-wash") for v in ("pass", "warn", "fail", "none")]
    pairs += [(v, "paper") for v in ("pass", "warn", "fail")]
    assert {pair: round(contrast(full[pair[0]], full[pair[1]]), 2) for pair in pairs
            if contrast(full[pair[0]], full[pair[1]]) < 4.5} == {}  # fmt: skip
