import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from tests.report.gallery import gallery

from fascicle.core import Channel, Dataset, Drawing, Event, Finding, Picture, Severity
from fascicle.report import LeftOut, Outcome, Story, render_report, write_report
from fascicle.report._png import make_data_uri

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


@pytest.fixture(scope="module")
def mixed_page(mixed_owner_story):
    return render_report(mixed_owner_story)


def test_elements_are_closed_in_order_and_ids_are_unique(page, owner_page, mixed_page):
    for outline in (read(page), read(owner_page), read(mixed_page)):
        assert outline.broken == []
        assert outline.open == []
        assert len(outline.ids) == len(set(outline.ids))


def test_every_link_inside_the_page_has_its_target(page):
    outline = read(page)

    inside = {target[1:] for target in outline.targets if target.startswith("#")}
    assert inside <= set(outline.ids)
    assert len(inside) > 15


def test_the_page_fetches_nothing_and_runs_nothing(page, owner_page, mixed_page):
    for text in (page, owner_page, mixed_page):
        outline = read(text)
        assert all(word.startswith("data:image/png;base64,") for word in outline.fetched)
        assert not {"script", "iframe", "object", "embed", "form"} & set(outline.tags)
        assert "@import" not in text
        assert "url(" not in text
        assert "default-src 'none'" in text
        assert not re.search(r"\son\w+=", text)


def test_every_picture_has_words_and_the_page_has_landmarks(page, mixed_page):
    outline = read(page)

    assert outline.unnamed == read(mixed_page).unnamed == 0
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


def test_one_of_each_picture_is_on_a_mixed_page(mixed_page, mixed_story):
    told = [p.title for r in mixed_story.recordings for p in r.quality.pictures]

    assert len(told) == len(gallery())
    assert mixed_page.count("<h4>") == len(told) + len(mixed_story.held) + 3
    assert all(f"<h4>{title}</h4>" in mixed_page for title in told)
    assert "Sampling</dt><dd>0" not in mixed_page


def test_what_is_held_back_stands_in_the_owners_page_alone(mixed_page, mixed_story):
    shared = render_report(mixed_story)

    assert "sub-01_T1w" in mixed_page
    assert "--sign-exposed NAME" in mixed_page
    assert "sub-01_T1w" not in shared
    assert 'id="held"' not in shared


def test_not_a_pixel_of_an_exposing_picture_is_in_the_shared_page(mixed_story):
    secret = Picture(
        Drawing.IMAGE, "Face of somebody", "Seen from the front.",
        {"pixels": np.arange(77, dtype=np.uint8).reshape(7, 11)}, exposes="face",
    )  # fmt: skip
    first = mixed_story.recordings[2]
    signed = replace(first, quality=replace(first.quality, pictures=(secret,)))

    shared, own = (
        render_report(replace(mixed_story, recordings=(signed,), held=(), owner=owner))
        for owner in (False, True)
    )

    uri = make_data_uri(secret.arrays["pixels"])
    assert uri in own
    assert not any(word in shared for word in (uri, "data:image/png;base64,i", "Face of somebody"))
    assert "1 picture shows people, who can be recognised" in shared


def test_words_of_pictures_and_streams_cannot_become_elements(mixed_owner_story):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=1>"
    pictures = tuple(
        replace(p, title=evil, caption=evil, x_label=evil, y_label=evil, legend=(evil,) * 9)
        for p in gallery()
    )
    first = mixed_owner_story.recordings[2]
    hostile = replace(
        mixed_owner_story,
        recordings=(
            replace(
                first,
                header=replace(first.header, suffix=evil, metadata={"TracerName": evil}),
                quality=replace(first.quality, pictures=pictures, extra={evil: 1.0}),
            ),
        ),
        alignments=tuple(
            replace(a, session=evil, streams=(evil, evil), method=evil, reason=evil)
            for a in mixed_owner_story.alignments
        ),
    )

    outline = read(render_report(hostile))

    assert not {"script", "img"} & set(outline.tags)
    assert outline.broken == []


def test_a_hundred_recordings_with_pictures_stay_below_twelve_megabytes(mixed_story):
    kinds = mixed_story.recordings[2:]
    many = tuple(replace(kinds[k % 7], bids_path=f"sub-{k}/x/sub-{k}_x.y") for k in range(100))

    page = render_report(replace(mixed_story, recordings=many))

    assert len(page.encode()) < 12_000_000


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


# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes (2009), doi:10.1109/TVCG.2009.113; severity 1.
SIGHT = {
    "usual": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                   [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip


def as_seen(colour: str, sight: str) -> np.ndarray:
    """CIE L*a*b* of a colour, as somebody with such eyes sees it."""
    share = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("scheme", "least"), [(0, 20), (1, 20), (2, 20), ("points", 15)])
def test_colours_of_classes_are_told_apart_whatever_eyes_one_has(scheme, least, sight):
    css = (files("fascicle.report") / "templates" / "report.css").read_text("utf-8")
    if scheme == "points":
        colours = re.findall(r"\.kc\d\{color:(#[0-9a-f]{6})\}", css)
    else:
        block = re.findall(r":root\{([^}]*)\}", css)[scheme]
        colours = re.findall(r"--c\d:(#[0-9a-f]{6})", block)
        paper = re.search(r"--paper:(#[0-9a-f]{3,6})", block)[1].replace("#fff", "#ffffff")
        assert min(contrast(colour, paper) for colour in colours) >= 2.99

    apart = [np.linalg.norm(as_seen(a, sight) - as_seen(b, sight))
             for a, b in combinations(colours, 2)]  # fmt: skip

    assert len(colours) == 8
    assert min(apart) >= least
