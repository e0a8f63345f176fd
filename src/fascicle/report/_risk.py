"""The risk that somebody is found again, as one page for a data steward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fascicle.core import say_count
from fascicle.jobs import write_atomic

from ._page import render_page
from ._risk_charts import Rate, draw_changes, draw_rates
from ._risk_shapes import LinkageFigures, RiskFound, RiskStory, RiskTable
from ._view import Stamp

LEVELS = ("low", "moderate", "high", "very high")
_VERDICTS = {"low": "note", "moderate": "warn", "high": "fail", "very high": "fail"}
_MEANS = {
    "low": "Little of what was measured points to single people.",
    "moderate": "Whoever knows something of a participant may find that person, with some luck.",
    "high": "Whoever knows something of a participant is likely to find that person.",
    "very high": "Participants can be told outright, or in several ways that add up.",
}
_SECTIONS = (
    ("reasons", "Why"),
    ("table", "The table"),
    ("attacks", "The attacks"),
    ("traits", "What signals tell"),
    ("around", "Around the data"),
    ("changes", "What would lower it"),
    ("limits", "What this is not"),
)
_NOT_COMPARED = "{}: too short, too slow, damaged, or without the channels of the others"
_MOSTLY = 0.5


def write_risk_report(path: Path, story: RiskStory) -> Path:
    """Write a page on the risk that somebody is found again.

    Parameters
    ----------
    path : Path
        Where to; an earlier page there is replaced in one step.
    story : RiskStory
        What to tell. Columns are named and people counted; no value of a participant is told.

    Returns
    -------
    Path
        `path`.

    Notes
    -----
    As `write_report`: the page loads nothing and runs no script, and the same story gives the same
    bytes.
    """
    write_atomic(path, render_risk(story))
    return path


def render_risk(story: RiskStory) -> str:
    """Return the page that `write_risk_report` writes."""
    return render_page("risk.html.j2", view_risk(story))


def view_risk(story: RiskStory) -> dict[str, Any]:
    """Return what the template needs."""
    found, level = story.found, str(story.found.level)
    rates = _rates(found)
    untold = [one for one in found.traits if not one.is_established]
    return {
        "story": story,
        "found": found,
        "level": level,
        "levels": LEVELS,
        "meaning": _MEANS[level],
        "verdict_of": _VERDICTS,
        "verdict_words": {},
        "sections": _number_sections(found),
        "stamps": _stamps(found),
        "figures": _figures(found.table) if found.table else [],
        "counted": [one for one in found.table.columns if one.role != "not counted"]
        if found.table
        else [],
        "rates": rates,
        "rates_drawn": draw_rates(rates),
        "told": [one for one in found.traits if one.is_established],
        "untold": list(dict.fromkeys(one.column for one in untold)),
        "n_untold": max((one.n_people for one in untold), default=0),
        "around": _around(found),
        "changes_drawn": draw_changes(found.table.records, found.changes) if found.table else "",
        "say": {"count": say_count, "share": _say_share},
    }


def _number_sections(found: RiskFound) -> dict[str, tuple[int, str]]:
    """Return number and short title of each section of this page, by its anchor."""
    titles = dict(_SECTIONS)
    if found.table is None:
        del titles["table"], titles["changes"]
    return {name: (k, title) for k, (name, title) in enumerate(titles.items(), start=1)}


def _rates(found: RiskFound) -> list[Rate]:
    """Put the attack on the table beside those on signals."""
    rates = []
    if (table := found.table) and (n_people := table.records.n_records):
        rate = table.n_hits / n_people
        verdict = (
            "fail" if rate > _MOSTLY else "warn" if table.records.k < table.min_size else "pass"
        )
        rates.append(
            Rate("table of participants", table.n_hits, n_people, table.hits_interval,
                 table.predicted, verdict)
        )  # fmt: skip
    return rates + [
        Rate(one.what, one.n_hits, one.n_people, one.interval, one.chance, _judge(one))
        for one in found.linkages
    ]


def _judge(one: LinkageFigures) -> str:
    if not one.is_established:
        return "none"
    if one.interval[0] > _MOSTLY:
        return "fail"
    return "warn" if one.interval[0] > one.chance else "pass"


def _stamps(found: RiskFound) -> list[Stamp]:
    return [
        _stamp_table(found.table),
        _stamp_linkage(found),
        _stamp_traits(found),
        _stamp_around(found),
    ]


def _stamp_table(table: RiskTable | None) -> Stamp:
    if table is None:
        return Stamp("none", "Table", "There is none", "reasons")
    records = table.records
    if records.k >= table.min_size:
        words = f"At least {records.k} people share the same values"
        return Stamp("pass", "Table", words, "table")
    alone = say_count(records.n_unique, "person", "people")
    words = f"{alone} of {records.n_records:,} alone with their values"
    many = 5 * records.n_unique >= records.n_records or records.mean_risk >= _MOSTLY
    return Stamp("fail" if many else "warn", "Table", words, "table")


def _stamp_linkage(found: RiskFound) -> Stamp:
    known = [one for one in found.linkages if one.is_established]
    if not known:
        words = "Too few people to say" if found.linkages else "Not attacked"
        return Stamp("none", "Fingerprints", words, "attacks")
    worst = max(known, key=lambda one: one.interval[0])
    words = f"{worst.n_hits} of {worst.n_people} people named"
    return Stamp(_judge(worst), "Fingerprints", words, "attacks")


def _stamp_traits(found: RiskFound) -> Stamp:
    known = [one for one in found.traits if one.is_established]
    if not known:
        words = "Too few people to say" if found.traits else "Not tried"
        return Stamp("none", "What signals tell", words, "traits")
    told = list(dict.fromkeys(one.column for one in known if one.p <= 0.01))
    if not told:
        return Stamp("pass", "What signals tell", "No column of the table", "traits")
    words = f"{say_count(len(told), 'column')} of the table"
    return Stamp("warn", "What signals tell", words, "traits")


def _stamp_around(found: RiskFound) -> Stamp:
    about = found.context
    n_faces = max(about.n_heads - about.n_defaced, 0)
    if n_faces:
        words = f"{say_count(n_faces, 'image')} may show a face"
        return Stamp("fail", "Around the data", words, "around")
    n_hints = sum(bool(n) for n in (about.n_dated, about.n_repeats, about.n_kin))
    if n_hints:
        words = f"{say_count(n_hints, 'thing')} to look at"
        return Stamp("warn", "Around the data", words, "around")
    return Stamp("pass", "Around the data", "Nothing was found", "around")


def _figures(table: RiskTable) -> list[tuple[str, str]]:
    """Return the numbers at the top."""
    records = table.records
    return [
        (f"{records.n_records:,}", "people in the table"),
        (f"{records.n_unique:,}", "alone with their values"),
        (f"{records.k:,}", "in the smallest class"),
        (_say_share(table.predicted), "predicted to be named"),
        (_say_share(table.n_hits / max(records.n_records, 1)), "named by the attack"),
    ]


def _around(found: RiskFound) -> list[tuple[str, str]]:
    """Return what is known beside table and signals, as name and words."""
    about = found.context
    dates = "moved for each person" if about.are_dates_shifted else "as they were"
    counted = (
        ("Heads", about.n_heads, "image", f"{about.n_defaced} of {{}} without a face"),
        ("Days in other tables", about.n_dated, "table", f"{{}}, {dates}"),
        ("The same columns again", about.n_repeats, "other table", "in {}"),
        ("The same people elsewhere", about.n_kin, "other dataset", "perhaps in {} of the commons"),
        ("People like these", about.n_same_quasi, "other dataset", "in {} of the commons"),
        ("Not compared", found.n_unread, "recording", _NOT_COMPARED),
        ("Not looked at", found.n_left_out, "row", "{} of people who have a row already"),
    )
    rows = [("Data types", ", ".join(about.modalities)), ("Policy", about.policy)]
    rows += [
        (name, words.format(say_count(n, noun)) if n else "") for name, n, noun, words in counted
    ]
    return [(name, words) for name, words in rows if words]


def _say_share(share: float) -> str:
    """Write a share in percent, small ones with what makes them more than nothing.

    Examples
    --------
    >>> [_say_share(share) for share in (0.473, 0.004, 0.0004, 0.0)]
    ['47 %', '0.4 %', '0.04 %', '0 %']
    """
    return f"{100 * share:.0f} %" if share >= 0.095 or not share else f"{100 * share:.1g} %"
