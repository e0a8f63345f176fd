"""How well `look` tells who is who, beside a plain regular-expression baseline.

Scores inference on layouts of habits that it was not tuned on, and writes
``benchmarks/results/look_layouts.json``::

    python benchmarks/look_layouts.py            # held-out habits, 200 layouts
    python benchmarks/look_layouts.py --development
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from _results import write_results

from fascicle.core import PUBLISH_CONFIDENCE
from fascicle.prepare import infer, make_table
from fascicle.testing import DEVELOPMENT_HABITS, HELD_OUT_HABITS, Layout, make_layout

ENTITIES = ("session", "task", "acquisition", "run")


@dataclass
class Guess:
    """What a method says of one recording."""

    participant: str
    session: str = ""
    task: str = ""
    acquisition: str = ""
    run: str = ""
    include: bool = True


def guess_fascicle(layout: Layout) -> tuple[list[Guess], float]:
    table = make_table(layout.table) if layout.table else None
    found = infer(layout.paths, layout.headers, table)
    guesses = [
        Guess(*(e[k].value for k in ("participant", *ENTITIES)), include=at not in found.copies)
        for at, e in enumerate(found.entities)
    ]
    return guesses, found.people.lowest


_SUBJECT = re.compile(r"(?:sub|subj|subject|s|vp|p|pat|patient|proband|sujet)[-_ ]?(\d+)", re.I)
_SESSION = re.compile(r"(?:ses|session|visit|t|day)[-_]?(\d+)|(pre|post|baseline|followup)", re.I)
_RUN = re.compile(r"run[-_]?(\d+)", re.I)
_TASKS = {
    r"eo|eyes[ _]?open": "eyesopen", r"ec|eyes[ _]?closed": "eyesclosed", r"rest\w*": "rest",
    r"oddball": "oddball", r"n[-_]?back": "nback", r"motor": "motor", r"faces": "faces",
    r"stroop": "stroop",
}  # fmt: skip


def guess_regex(layout: Layout) -> tuple[list[Guess], float]:
    """Guess from each path alone, as a conversion script of an afternoon does."""
    guesses = []
    for path in layout.paths:
        text = str(path.with_suffix(""))
        subject = _SUBJECT.search(text)
        session = _SESSION.search(text)
        run = _RUN.search(text)
        task = next((t for p, t in _TASKS.items() if re.search(rf"(?<![a-z])(?:{p})(?![a-z])", text,
                                                              re.I)), "")  # fmt: skip
        guesses.append(
            Guess(
                str(int(subject[1])) if subject else re.split(r"[_/\-. ]", text)[0],
                str(int(session[1])) if session and session[1] else session[2] if session else "",
                task,
                "",
                run[1] if run else "",
            )
        )
    return guesses, 1.0


def score(layout: Layout, guesses: list[Guess], confidence: float) -> Counter[str]:
    """Count what is right, merged and split in one layout."""
    tally: Counter[str] = Counter()
    guessed, real = defaultdict(set), defaultdict(set)
    for at, (guess, truth) in enumerate(zip(guesses, layout.truth, strict=True)):
        guessed[guess.participant].add(at)
        real[truth.person].add(at)
    tally["n_layouts"] += 1
    merged = [g for g in guessed.values() if len({layout.truth[i].person for i in g}) > 1]
    split = [r for r in real.values() if len({guesses[i].participant for i in r}) > 1]
    tally["wrong_merges"] += len(merged)
    tally["layouts_with_merge"] += bool(merged)
    tally["published_merges"] += len(merged) if confidence >= PUBLISH_CONFIDENCE else 0
    tally["wrong_splits"] += len(split)
    tally["n_people"] += len(real)
    tally["published"] += confidence >= PUBLISH_CONFIDENCE
    for guess, truth in zip(guesses, layout.truth, strict=True):
        tally["n_recordings"] += 1
        tally["participant"] += guessed[guess.participant] == real[truth.person]
        tally["copy"] += guess.include != truth.is_copy
        if truth.is_copy:
            continue
        tally["n_originals"] += 1
        tally["session"] += guess.session.casefold() == truth.session.casefold()
        tally["task"] += guess.task.casefold() == truth.task
        tally["acquisition"] += guess.acquisition == truth.acquisition
        tally["run"] += int(guess.run or 1) == truth.run if (guess.run or "1").isdigit() else False
    return tally


def measure(
    method: Callable[[Layout], tuple[list[Guess], float]], layouts: list[Layout]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    total: Counter[str] = Counter()
    by_habit: dict[str, Counter[str]] = defaultdict(Counter)
    for layout in layouts:
        tally = score(layout, *method(layout))
        total.update(tally)
        by_habit[layout.habit].update(tally)
    return total, by_habit


def summarise(t: Counter[str]) -> dict[str, float | int]:
    shares = {k: round(t[k] / t["n_originals"], 4) for k in ENTITIES}
    return {
        "participant": round(t["participant"] / t["n_recordings"], 4),
        **shares,
        "copy": round(t["copy"] / t["n_recordings"], 4),
        "wrong_merges": t["wrong_merges"],
        "layouts_with_merge": t["layouts_with_merge"],
        "wrong_merges_above_publishing_confidence": t["published_merges"],
        "wrong_splits": t["wrong_splits"],
        "n_people": t["n_people"],
        "n_recordings": t["n_recordings"],
        "n_layouts": t["n_layouts"],
        "layouts_above_publishing_confidence": t["published"],
    }


def show(name: str, s: dict[str, float | int]) -> None:
    print(f"{name:22s}" + "".join(f"{s[k]:9.3f}" for k in ("participant", *ENTITIES, "copy"))
          + f"{s['wrong_merges']:8d}{s['wrong_merges_above_publishing_confidence']:8d}"
          + f"{s['wrong_splits']:8d}{s['n_people']:8d}"
          + f"{s['layouts_above_publishing_confidence']:6d}/{s['n_layouts']}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true", help="score what was tuned on")
    parser.add_argument("--layouts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261120)
    args = parser.parse_args()
    habits = DEVELOPMENT_HABITS if args.development else HELD_OUT_HABITS
    layouts = [make_layout(args.seed + at, habits[at % len(habits)]) for at in range(args.layouts)]
    print(f"{'':22s}" + "".join(f"{k[:8]:>9s}" for k in ("participant", *ENTITIES, "copy"))
          + "  merged  publ.m   split  people  publishable")  # fmt: skip
    methods = {"fascicle": guess_fascicle, "regular expressions": guess_regex}
    results: dict[str, object] = {}
    for name, method in methods.items():
        start = time.perf_counter()
        total, by_habit = measure(method, layouts)
        took = time.perf_counter() - start
        for habit, tally in sorted(by_habit.items()):
            if name == "fascicle":
                show(habit, summarise(tally))
        show(name.upper(), summarise(total))
        results[name] = summarise(total) | {
            "seconds": round(took, 2),
            "habits": {h: summarise(t) for h, t in sorted(by_habit.items())},
        }
    if not args.development:
        facts = {"habits": "held out", "publish_confidence": PUBLISH_CONFIDENCE, "methods": results}
        print(f"written: {write_results('look_layouts', facts, seed=args.seed)}")


if __name__ == "__main__":
    main()
