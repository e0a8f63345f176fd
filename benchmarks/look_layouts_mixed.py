"""Whose is it? People across kinds of recordings, beside joining whatever looks equal.

Scores linking on folders of two and three kinds (EEG, DICOM, NIfTI, probes, micrographs, cells) of
habits that it was not tuned on, and writes ``benchmarks/results/look_layouts_mixed.json``::

    python benchmarks/look_layouts_mixed.py            # held-out habits, 200 layouts
    python benchmarks/look_layouts_mixed.py --development
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from _results import write_results

from fascicle.core import PUBLISH_CONFIDENCE
from fascicle.maths import proportion_interval
from fascicle.prepare import Evidence, infer_mixed, make_table
from fascicle.testing import (
    MIXED_DEVELOPMENT_HABITS,
    MIXED_HELD_OUT_HABITS,
    MixedLayout,
    make_mixed_layout,
)


@dataclass
class Answer:
    """What a method says of one layout."""

    labels: list[str]
    copies: set[int] = field(default_factory=set)
    sure: float = 1.0
    asks: bool = False


def answer_fascicle(layout: MixedLayout) -> Answer:
    seen = Evidence(layout.paths, layout.formats, layout.headers)
    mixed = infer_mixed(seen, [make_table(lines) for lines in layout.tables])
    people = mixed.found.people
    return Answer(people.labels, mixed.found.copies, people.lowest, bool(mixed.open_groups))


_SUBJECT = re.compile(r"(?:sub|subj|s|vp|p|k|m|wk|neu|mouse)[-_]?0*(\d+)|(?<!\d)0*(\d+)", re.I)


def answer_plain(layout: MixedLayout) -> Answer:
    """Join by number, as a conversion script of an afternoon does: of the path, or PatientID."""
    labels: list[str] = []
    for path, kind, header in zip(layout.paths, layout.formats, layout.headers, strict=True):
        text = header.subject.code if kind == "dicom" else str(path.with_suffix(""))
        found = _SUBJECT.search(text)
        labels.append((found[1] or found[2]) if found else text)
    return Answer(labels)


def score(layout: MixedLayout, answer: Answer) -> Counter[str]:
    """Count what is right, merged and split in one layout."""
    tally: Counter[str] = Counter(n_layouts=1)
    guessed, real = defaultdict(set), defaultdict(set)
    for at, (label, truth) in enumerate(zip(answer.labels, layout.truth, strict=True)):
        guessed[label].add(at)
        real[truth.person, truth.part].add(at)
    merged = [own for own in guessed.values() if len({layout.truth[i].person for i in own}) > 1]
    split = [own for own in real.values() if len({answer.labels[i] for i in own}) > 1]
    is_published = answer.sure >= PUBLISH_CONFIDENCE
    tally["wrong_merges"] = len(merged)
    tally["layouts_with_merge"] = bool(merged)
    tally["published_merges"] = len(merged) if is_published else 0
    tally["wrong_splits"] = len(split)
    tally["n_people"] = len(real)
    pure = {label for label, own in guessed.items() if own not in merged}
    tally["right_people"] = sum(
        own not in split and answer.labels[min(own)] in pure for own in real.values()
    )
    tally["publishable"] = is_published
    tally["asks"] = answer.asks
    tally["needs_asking"] = any(truth.part for truth in layout.truth)
    tally["n_recordings"] = len(layout.paths)
    tally["copies"] = sum(
        (at in answer.copies) == truth.is_copy for at, truth in enumerate(layout.truth)
    )
    return tally


def measure(
    method: Callable[[MixedLayout], Answer], layouts: list[MixedLayout]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    total: Counter[str] = Counter()
    by_habit: dict[str, Counter[str]] = defaultdict(Counter)
    for layout in layouts:
        tally = score(layout, method(layout))
        total.update(tally)
        by_habit[layout.habit].update(tally)
    return total, by_habit


def share(hits: int, trials: int) -> dict[str, object]:
    """Return a share with its exact interval."""
    low, high = proportion_interval(hits, trials)
    return {"share": round(hits / max(1, trials), 4), "n": hits, "of": trials,
            "interval_95": [round(low, 4), round(high, 4)]}  # fmt: skip


def summarise(t: Counter[str]) -> dict[str, object]:
    return {
        "right_people": share(t["right_people"], t["n_people"]),
        "layouts_with_wrong_merge": share(t["layouts_with_merge"], t["n_layouts"]),
        "wrong_merges": t["wrong_merges"],
        "wrong_merges_above_publishing_confidence": t["published_merges"],
        "wrong_splits": share(t["wrong_splits"], t["n_people"]),
        "copies": share(t["copies"], t["n_recordings"]),
        "asks": t["asks"],
        "nothing_tells_who_is_who": t["needs_asking"],
        "layouts_above_publishing_confidence": t["publishable"],
        "n_layouts": t["n_layouts"],
    }


def count(t: Counter[str]) -> dict[str, float]:
    """Return the counts of one habit, without intervals: a line of a table."""
    plain = ("wrong_merges", "wrong_splits", "n_people", "asks", "n_layouts")
    return {"right_people": round(t["right_people"] / t["n_people"], 4)} | {k: t[k] for k in plain}


def show(name: str, t: Counter[str]) -> None:
    print(f"{name:26s}{t['right_people'] / t['n_people']:8.3f}{t['wrong_merges']:8d}"
          f"{t['published_merges']:8d}{t['wrong_splits']:8d}{t['n_people']:8d}"
          f"{t['asks']:6d}/{t['needs_asking']}{t['publishable']:8d}/{t['n_layouts']}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true", help="score what was tuned on")
    parser.add_argument("--layouts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261120)
    args = parser.parse_args()
    habits = MIXED_DEVELOPMENT_HABITS if args.development else MIXED_HELD_OUT_HABITS
    layouts = [
        make_mixed_layout(args.seed + at, habits[at % len(habits)]) for at in range(args.layouts)
    ]
    print(f"{'':26s}   right  merged  publ.m   split  people  asks/need  publishable")
    results: dict[str, object] = {}
    for name, method in {"fascicle": answer_fascicle, "equal numbers": answer_plain}.items():
        start = time.perf_counter()
        total, by_habit = measure(method, layouts)
        took = time.perf_counter() - start
        for habit, tally in sorted(by_habit.items()) if name == "fascicle" else ():
            show(habit, tally)
        show(name.upper(), total)
        results[name] = summarise(total) | {
            "seconds": round(took, 2),
            "habits": {h: count(t) for h, t in sorted(by_habit.items())},
        }
    if not args.development:
        facts = {"habits": "held out", "publish_confidence": PUBLISH_CONFIDENCE, "methods": results}
        print(f"written: {write_results('look_layouts_mixed', facts, seed=args.seed)}")


if __name__ == "__main__":
    main()
