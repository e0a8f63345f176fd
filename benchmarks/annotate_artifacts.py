"""What the artefact annotator finds in real recordings, beside MNE-Python and autoreject.

    python benchmarks/annotate_artifacts.py [--seeds 8] [--data FOLDER]

*Semi-synthetic*: artefacts of known times are added to real recordings, which are left as they are
otherwise. Shapes are none of the simulation that the annotator was taught with: blinks are gamma
curves that fall off with the square of the distance from the eyes; muscle is a sum of trains of
motor-unit potentials; pops, drifts and movements have other courses. Stretches in which the
recording itself is conspicuous by a fixed rule (`conspicuous`) count neither as found nor as false,
and nothing is added there. An event is found if a label of its kind overlaps it (blinks: a peak
within 0.2 s), one for one.

*Real*: blinks of the EEGLAB recording by its own channel of the eyes, which the annotator does not
get in that row.

*False alarms*: labels on the untouched recordings outside of conspicuous stretches, by minute.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _artifact_peers import available, run_fascicle, run_mne_blinks
from _artifact_scenes import ADDED, Event, Source, conspicuous, inject, load_sources
from _results import write_results

from fascicle.maths import split_bands, spread_of

FIRST_SEED = 50_000
TOLERANCE_S = 0.2


def match(found: list[Event], truth: list[Event], hidden: np.ndarray, rate: float, kind: str
          ) -> tuple[int, int, int]:  # fmt: skip
    """Return hits, false alarms and misses, one for one."""
    true = [event for event in truth if event[0] == kind]
    said = [event for event in found if event[0] == kind and not is_hidden(event, hidden, rate)]
    left = list(true)
    hits = extra = 0
    for event in said:
        near = [other for other in left if overlaps(event, other)]
        if near:
            hits += 1
            left.remove(near[0])
        elif kind == "blink" or not any(overlaps(event, other) for other in true):
            extra += 1  # a second label within one long artefact is no false alarm
    return hits, extra, len(left)


def overlaps(first: Event, second: Event) -> bool:
    """Tell whether two events meet: blinks by their peaks, others by their stretches."""
    if first[0] == "blink":
        peak_s = second[1] + 0.5 * second[2]
        return abs(first[1] - peak_s) <= TOLERANCE_S + 0.05
    slack = TOLERANCE_S if first[0] == "saccade" else 0.0
    return first[1] < second[1] + second[2] + slack and second[1] < first[1] + first[2] + slack


def is_hidden(event: Event, hidden: np.ndarray, rate: float) -> bool:
    first = int(max(0.0, event[1]) * rate)
    return bool(hidden[first : max(first + 1, int((event[1] + event[2]) * rate))].any())


def match_seconds(found: list[Event], truth: list[Event], hidden: np.ndarray, rate: float
                  ) -> tuple[int, int, int]:  # fmt: skip
    """Return hits, false alarms and misses by second: any artefact or none."""
    n_seconds = int(hidden.size / rate)
    marks = [np.zeros(n_seconds, dtype=bool) for _ in range(2)]
    for mark, events in zip(marks, (found, truth), strict=True):
        for _, onset_s, duration_s in events:
            mark[int(onset_s) : int(np.ceil(onset_s + max(duration_s, 0.01)))] = True
    n_per = int(rate)
    seen = ~hidden[: n_seconds * n_per].reshape(n_seconds, n_per).any(axis=1)
    said, true = (mark[:n_seconds] & seen for mark in marks)
    return int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum())


def summarise(counts: list[tuple[int, int, int]]) -> dict[str, object]:
    """Return F1 of all runs of a source, with its interval over runs."""
    table = np.array(counts)
    rng = np.random.default_rng(7)
    again = table[rng.integers(len(table), size=(2000, len(table)))].sum(axis=1)
    scores = 2 * again[:, 0] / np.maximum(1, 2 * again[:, 0] + again[:, 1] + again[:, 2])
    hits, false, missed = (int(n) for n in table.sum(axis=0))
    if not hits + missed:
        return {"f1": None, "hits": 0, "false": false, "missed": 0}
    return {
        "f1": round(2 * hits / max(1, 2 * hits + false + missed), 3),
        "interval_95": [round(float(edge), 3) for edge in np.percentile(scores, [2.5, 97.5])],
        "precision": round(hits / max(1, hits + false), 3),
        "recall": round(hits / max(1, hits + missed), 3),
        "hits": hits, "false": false, "missed": missed,
    }  # fmt: skip


JOBS = {
    "blink": (["blink"], ["fascicle", "mne find_eog_events"]),
    "muscle": (["muscle"], ["fascicle", "mne annotate_muscle_zscore"]),
    "mixed": (
        list(ADDED),
        ["fascicle", "mne annotate_amplitude", "150 microvolts peak to peak", "autoreject"],
    ),
}
"""What is added in each kind of run, and who looks for it."""
N_SLOW_SEEDS = 2
Counts = dict[str, list[tuple[int, int, int]]]


class Judge:
    """Runs all methods on the recordings of one source, and counts."""

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        self.hidden = {source.name: conspicuous(source) for source in sources}
        self.methods = {"fascicle": run_fascicle} | available()
        self.cost: dict[str, list[float]] = {}
        self.counts: Counts = {}

    def run(self, method: str, source: Source, samples: np.ndarray) -> list[Event]:
        """Run a method and note its processor time by recorded minute."""
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self.methods[method](source, samples)
        self.cost.setdefault(method, []).append((time.process_time() - started) / source.minutes)
        return found

    def judge(self, job: str, source: Source, seed: int) -> None:
        """Add artefacts to a recording, and count what each method finds of them."""
        kinds, methods = JOBS[job]
        mask = self.hidden[source.name]
        samples, truth = inject(source, mask, kinds, seed)
        for method in methods:
            # It needs a scalp to mend channels from, and minutes for what takes others seconds.
            slow = method == "autoreject"
            too_few = len(source.names) < 9 or seed >= FIRST_SEED + N_SLOW_SEEDS
            if method not in self.methods or (slow and too_few):
                continue
            found = self.run(method, source, samples)
            self.count(job, method, found, truth, (mask, source.sfreq_hz))

    def count(
        self,
        job: str,
        method: str,
        found: list[Event],
        truth: list[Event],
        where: tuple[np.ndarray, float],
    ) -> None:
        """Note hits, false alarms and misses of a run."""
        if job != "mixed":
            row = match(found, truth, *where, job)
            self.counts.setdefault(f"{job}, {method}", []).append(row)
            return
        row = match_seconds(found, truth, *where)
        self.counts.setdefault(f"any second, {method}", []).append(row)
        if method == "fascicle":
            for kind in ADDED:
                row = match(found, truth, *where, kind)
                self.counts.setdefault(f"{kind} among others, {method}", []).append(row)

    def rows(self) -> dict[str, object]:
        """Return all figures of the source."""
        rows: dict[str, object] = {
            "minutes": round(sum(source.minutes for source in self.sources), 2),
            "conspicuous_share": round(float(np.concatenate(list(self.hidden.values())).mean()), 3),
        }
        rows |= {name: summarise(each) for name, each in self.counts.items()}
        rows["false_alarms_per_minute"] = false_alarms(self.sources, self.hidden, self.methods)
        rows["cpu_s_per_minute"] = {
            name: round(float(np.median(times)), 3) for name, times in self.cost.items()
        }
        return rows


def judge_source(sources: list[Source], n_seeds: int) -> dict[str, object]:
    """Judge all methods on the recordings of one source."""
    judge = Judge(sources)
    for job in JOBS:
        for source in sources:
            for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
                judge.judge(job, source, seed)
    rows = judge.rows()
    for name, row in rows.items():
        print("  ", name, row, flush=True)
    return rows


def false_alarms(
    sources: list[Source],
    hidden: dict[str, np.ndarray],
    methods: dict[str, Callable[[Source, np.ndarray], list[Event]]],
) -> dict[str, object]:
    """Count labels on untouched recordings, outside of conspicuous stretches."""
    counts: dict[str, int] = {}
    minutes = 0.0
    for source in sources:
        mask, rate = hidden[source.name], source.sfreq_hz
        minutes += float((~mask).sum()) / rate / 60
        for name, run in methods.items():
            if name == "autoreject" and len(source.names) < 9:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = run(source, source.samples)
            for kind, onset_s, duration_s in found:
                if not is_hidden((kind, onset_s, duration_s), mask, rate):
                    label = f"{name}, {kind}" if name == "fascicle" else name
                    counts[label] = counts.get(label, 0) + 1
    return {"minutes": round(minutes, 2)} | {
        name: round(count / minutes, 2) for name, count in sorted(counts.items())
    }


def judge_real(source: Source) -> dict[str, object]:
    """Judge blinks of the EEGLAB recording by its own channel below the eye."""
    rate = source.sfreq_hz
    eye = split_bands(source.samples[[source.names.index("EOG1")]], rate, [(1.0, 10.0)])[0][0]
    from scipy.signal import find_peaks

    at = find_peaks(-eye, height=5 * spread_of(eye), distance=round(0.3 * rate))[0] / rate
    truth = [("blink", float(time_s) - 0.1, 0.2) for time_s in at]
    nothing = np.zeros(source.samples.shape[1], dtype=bool)
    rows: dict[str, object] = {"rule": "EOG1 below -5 robust SD, 1 to 10 Hz", "n": len(truth)}
    for name, run in {
        "fascicle without eye channels": run_fascicle,
        "fascicle with eye channels": lambda s, x: run_fascicle(s, x, eyes=True),
        "mne find_eog_events on FPz": run_mne_blinks,
    }.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = run(source, source.samples)
        hits, false, missed = match(found, truth, nothing, rate, "blink")
        rows[name] = {
            "f1": round(2 * hits / (2 * hits + false + missed), 3),
            "hits": hits, "false": false, "missed": missed,
        }  # fmt: skip
    print(rows)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    default = Path(os.environ.get("FASCICLE_TEST_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=default)
    options = parser.parse_args()
    sources = load_sources(options.data / "signals" / "eeg")
    values: dict[str, object] = {}
    for name in dict.fromkeys(source.name.split()[0] for source in sources):
        print(name)
        values[f"semi-synthetic, {name}"] = judge_source(
            [source for source in sources if source.name.split()[0] == name], options.seeds
        )
    values["real, eeglab_sample"] = judge_real(sources[0])
    print(write_results("annotate_artifacts", values, seed=FIRST_SEED))


if __name__ == "__main__":
    main()
