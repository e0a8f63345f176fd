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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _results import write_results

from fascicle.core import Channel, Header, Modality
from fascicle.formats import read_blocks, read_written_header
from fascicle.maths import find_scalp_positions, split_bands, spread_of
from fascicle.quality._artifact_detector import ArtifactDetector
from fascicle.quality._artifact_networks import load_networks
from fascicle.quality._artifact_reading import ChapterMaker
from fascicle.quality._artifacts import conclude
from fascicle.quality._measures import choose_block_s, measure_blocks

FIRST_SEED = 50_000
TOLERANCE_S = 0.2
Event = tuple[str, float, float]


@dataclass(slots=True)
class Source:
    """A real recording in microvolts."""

    name: str
    names: list[str]
    kinds: list[str]
    sfreq_hz: float
    samples: np.ndarray
    front: str
    reference: str = ""

    @property
    def is_scalp(self) -> np.ndarray:
        return np.array([kind == "EEG" for kind in self.kinds])

    @property
    def minutes(self) -> float:
        return self.samples.shape[1] / self.sfreq_hz / 60


# --- sources -------------------------------------------------------------------------------------
def load_sources(data: Path) -> list[Source]:
    """Return the recordings that are long enough: others of the collection last seconds."""
    sources = []
    for name, path, front in (
        ("eeglab_sample", "eeglab_sample/eeglab_data.set", "FPz"),
        ("eegmmidb_edf", "eegmmidb_edf/demo/S018R02.edf", "Fpz."),
    ):
        header = read_written_header(data / path)
        samples = np.hstack(list(read_blocks(data / path)))
        sources.append(
            Source(name, [c.name for c in header.channels], [c.kind for c in header.channels],
                   header.sfreq_hz, samples, front)
        )  # fmt: skip
    for number, path in enumerate(sorted((data / "muse_neurotechx").rglob("*.csv")), 1):
        table = np.genfromtxt(path, delimiter=",", skip_header=1)
        sources.append(
            Source(f"muse_neurotechx {number}", ["TP9", "AF7", "AF8", "TP10"], ["EEG"] * 4, 256.0,
                   table[:, 1:5].T.copy(), "AF7", "Fpz")
        )  # fmt: skip
    return sources


def conspicuous(source: Source) -> np.ndarray:
    """Return where a recording may hold artefacts of its own, by a rule that no method uses."""
    rate = source.sfreq_hz
    slow, fast = split_bands(source.samples, rate, [(1.0, 10.0), (20.0, 0.45 * rate)])
    marked = np.zeros(source.samples.shape[1], dtype=bool)
    front = [
        place
        for place, (name, kind) in enumerate(zip(source.names, source.kinds, strict=True))
        if kind == "EOG" or name.strip(".").upper() in {"FPZ", "FP1", "FP2", "AF7", "AF8"}
    ]
    for place in front:
        marked |= np.abs(slow[place]) > 5 * spread_of(slow[place])
    for row in slow:
        marked |= np.abs(row) > 7 * spread_of(row)
    n_bin = round(0.25 * rate)
    for row in fast:
        power = np.sqrt(np.convolve(row**2, np.ones(n_bin) / n_bin, mode="same"))
        marked |= power > np.median(power) + 6 * spread_of(power)
    n_side = round(0.5 * rate)
    return np.convolve(marked, np.ones(2 * n_side + 1), mode="same") > 0.5


# --- what is added -------------------------------------------------------------------------------
def fall_off(source: Source, centre: np.ndarray, depth: float = 0.25) -> np.ndarray:
    """Return the inverse square of the distance from a point, as the amplifier refers it."""
    names = [*source.names, source.reference or "Cz"]
    places = find_scalp_positions(names)
    weights = 1 / (np.sum((places - centre) ** 2, axis=1) + depth**2)
    weights = np.nan_to_num(weights) * depth**2
    return weights[:-1] - (weights[-1] if source.reference else 0.0)


def on_head(polar_deg: float, round_deg: float, radius: float = 1.0) -> np.ndarray:
    polar, away = np.radians(polar_deg), np.radians(round_deg)
    return radius * np.array([
        np.sin(polar) * np.sin(away),
        np.sin(polar) * np.cos(away),
        np.cos(polar),
    ])


def add_blinks(source: Source, samples: np.ndarray, at: int, rng: np.random.Generator) -> float:
    """Add a blink; return how long it lasts."""
    rate, order = source.sfreq_hz, rng.uniform(2.0, 4.5)
    width_s = rng.uniform(0.025, 0.05)
    times_s = np.arange(round(14 * width_s * rate)) / rate
    wave = (times_s / (order * width_s)) ** order * np.exp(order - times_s / width_s)
    weights = fall_off(source, on_head(102, 20, 1.05), 0.5) + fall_off(
        source, on_head(102, -20, 1.05), 0.5
    )
    size = rng.uniform(60, 250) / np.abs(weights).max()
    stop = min(samples.shape[1], at + wave.size)
    samples[:, at:stop] += size * weights[:, None] * wave[: stop - at]
    return float(2 * order * width_s)


def add_muscle(source: Source, samples: np.ndarray, at: int, rng: np.random.Generator) -> float:
    """Add a burst of motor units around one place of the rim."""
    rate, duration_s = source.sfreq_hz, float(np.clip(rng.lognormal(0.0, 0.6), 0.3, 5))
    n_burst = round(duration_s * rate)
    side = rng.choice([-1, 1])
    places = [(100, side * 75), (80, side * 30), (110, side * 150), (95, side * 95)]
    polar, around = places[rng.integers(len(places))]
    fine = 8  # potentials are shorter than a sample may be
    burst = np.zeros((len(samples), n_burst))
    for _ in range(int(rng.integers(6, 20))):
        centre = on_head(polar + rng.normal(0, 8), around + rng.normal(0, 10), 1.03)
        length_s = rng.uniform(0.006, 0.014)
        times_s = np.arange(round(4 * length_s * rate * fine)) / rate / fine - 2 * length_s
        potential = (1 - (times_s / length_s * 2.4) ** 2) * np.exp(
            -0.5 * (times_s / length_s * 2.4) ** 2
        )
        train = np.zeros(n_burst * fine)
        gaps = rng.normal(1.0, 0.15, 400).clip(0.3) / rng.uniform(15, 45)
        hits = (np.cumsum(gaps) * rate * fine).astype(int)
        train[hits[hits < train.size]] = rng.lognormal(0, 0.3)
        wave = np.convolve(train, potential, mode="same").reshape(n_burst, fine).mean(axis=1)
        burst += fall_off(source, centre, 0.3)[:, None] * wave
    hull = np.minimum(1, np.minimum(np.arange(n_burst), np.arange(n_burst)[::-1]) / (0.15 * rate))
    burst *= hull
    strongest = burst[np.argmax(burst.std(axis=1))]
    strongest = split_bands(strongest[None], rate, [(20.0, np.inf)])[0]
    size = rng.uniform(4, 25) / max(float(strongest.std()), 1e-9)
    stop = min(samples.shape[1], at + n_burst)
    samples[:, at:stop] += size * burst[:, : stop - at]
    return duration_s


def add_pop(source: Source, samples: np.ndarray, at: int, rng: np.random.Generator) -> float:
    """Let one electrode jump by a hundred microvolts or more, and swing back."""
    rate, channel = source.sfreq_hz, int(rng.integers(len(samples)))
    tau_s = rng.uniform(0.05, 0.3)
    times_s = np.arange(round(4 * tau_s * rate)) / rate
    wave = np.exp(-times_s / tau_s) * np.cos(2 * np.pi * times_s / (6 * tau_s))
    stop = min(samples.shape[1], at + wave.size)
    size = rng.uniform(100, 500) * rng.choice([-1, 1])
    samples[channel, at:stop] += size * wave[: stop - at]
    return 2 * tau_s


def add_drift(source: Source, samples: np.ndarray, at: int, rng: np.random.Generator) -> float:
    """Let an electrode sag and come back within some seconds."""
    duration_s = float(rng.uniform(4, 10))
    n_drift = round(duration_s * source.sfreq_hz)
    channel = int(rng.integers(len(samples)))
    stop = min(samples.shape[1], at + n_drift)
    wave = np.sin(np.pi * np.arange(n_drift) / n_drift) ** 2
    samples[channel, at:stop] += rng.choice([-1, 1]) * rng.uniform(150, 600) * wave[: stop - at]
    return duration_s


def add_movement(source: Source, samples: np.ndarray, at: int, rng: np.random.Generator) -> float:
    """Let the head nod: all electrodes swing, each with its own size, and the swing dies away."""
    duration_s = float(rng.uniform(0.8, 3))
    times_s = np.arange(round(duration_s * source.sfreq_hz)) / source.sfreq_hz
    stop = min(samples.shape[1], at + times_s.size)
    nod_hz = rng.uniform(0.8, 2.5)
    for row in samples:
        phase = rng.uniform(0, 1.5)
        wave = np.sin(2 * np.pi * nod_hz * times_s + phase) - np.sin(phase)
        wave *= np.exp(-times_s / (0.6 * duration_s)) * np.minimum(1, times_s / 0.1)
        row[at:stop] += rng.normal(0, 90) * wave[: stop - at]
    return duration_s


def add_glance(
    source: Source, samples: np.ndarray, at: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Turn the eyes to a side within some twenty milliseconds, and back; return when, too."""
    rate = source.sfreq_hz
    times_s = np.arange(round(rng.uniform(0.6, 2.0) * rate)) / rate
    wave = 1 / (1 + np.exp(-(times_s - 0.04) / 0.008))
    wave *= 1 / (1 + np.exp(-(times_s[-1] - 0.04 - times_s) / 0.008))
    weights = fall_off(source, on_head(100, 55, 1.05), 0.45) - fall_off(
        source, on_head(100, -55, 1.05), 0.45
    )
    size = rng.uniform(30, 120) / np.abs(weights).max() * rng.choice([-1, 1])
    stop = min(samples.shape[1], at + wave.size)
    samples[:, at:stop] += size * weights[:, None] * wave[: stop - at]
    return 0.08, float(times_s[-1]) - 0.08


Adder = Callable[[Source, np.ndarray, int, np.random.Generator], float | tuple[float, float]]
ADDED: dict[str, tuple[Adder, float, float]] = {
    "blink": (add_blinks, 12.0, 1.0),
    "saccade": (add_glance, 8.0, 2.5),
    "muscle": (add_muscle, 5.0, 2.0),
    "pop": (add_pop, 4.0, 2.0),
    "drift": (add_drift, 1.5, 10.5),
    "movement": (add_movement, 2.0, 4.0),
}
"""How each is added, how often by minute, and how far from others, in seconds."""


def inject(
    source: Source, hidden: np.ndarray, kinds: list[str], seed: int
) -> tuple[np.ndarray, list[Event]]:
    """Return the recording with artefacts, and what was added."""
    rng = np.random.default_rng([seed, len(source.names)])
    samples = source.samples.copy()
    scalp = samples[source.is_scalp]
    only = Source(
        source.name,
        [n for n, s in zip(source.names, source.is_scalp, strict=True) if s],
        ["EEG"] * len(scalp),
        source.sfreq_hz,
        scalp,
        source.front,
        source.reference,
    )
    taken = hidden.copy()
    truth: list[Event] = []
    for kind in sorted(kinds, key=lambda kind: -ADDED[kind][2]):  # the long ones need room
        add, per_minute, apart_s = ADDED[kind]
        for _ in range(round(per_minute * source.minutes * (0.5 if len(kinds) > 1 else 1.0))):
            for _ in range(30):
                n_apart = round(apart_s * source.sfreq_hz)
                at = int(rng.integers(n_apart, scalp.shape[1] - n_apart - 1))
                n_before = round(min(1.0, apart_s / 2) * source.sfreq_hz)
                if not taken[at - n_before : at + n_apart].any():
                    lasted = add(only, scalp, at, rng)
                    duration_s = lasted if isinstance(lasted, float) else lasted[0]
                    if not isinstance(lasted, float):
                        truth.append((kind, at / source.sfreq_hz + lasted[1], duration_s))
                    last = at + round(duration_s * source.sfreq_hz)
                    taken[at - n_before : max(last, at + n_apart)] = True
                    truth.append((kind, at / source.sfreq_hz, duration_s))
                    break
    samples[source.is_scalp] = scalp
    return samples, sorted(truth, key=lambda event: event[1])


# --- methods -------------------------------------------------------------------------------------
def make_header(source: Source, *, eyes: bool) -> tuple[Header, np.ndarray]:
    kept = np.array([eyes or kind != "EOG" for kind in source.kinds])
    channels = tuple(
        Channel(name, kind, "uV", source.sfreq_hz)
        for name, kind, keep in zip(source.names, source.kinds, kept, strict=True)
        if keep
    )
    return Header(Modality.EEG, source.sfreq_hz, source.samples.shape[1], channels), kept


def run_fascicle(source: Source, samples: np.ndarray, *, eyes: bool = False) -> list[Event]:
    """Label a recording in memory, as the annotator labels a file."""
    header, kept = make_header(source, eyes=eyes)
    detector = ArtifactDetector(header, load_networks())
    maker = ChapterMaker(len(header.channels), header.sfreq_hz, detector.take)
    n_block = round(choose_block_s(header) * header.sfreq_hz)
    parts = (
        samples[kept, start : start + n_block] for start in range(0, samples.shape[1], n_block)
    )
    annotation = conclude(detector, measure_blocks(maker.watch(parts), header))
    return [
        (label.kind, label.evidence.get("peak_s", label.onset_s), label.duration_s)
        for label in annotation.labels
        if not label.is_whole
    ]


def as_raw(source: Source, samples: np.ndarray) -> object:
    import mne

    info = mne.create_info(
        [name.strip(".") for name in source.names], source.sfreq_hz,
        [kind.lower() for kind in source.kinds],
    )  # fmt: skip
    return mne.io.RawArray(samples * 1e-6, info, verbose="error")


def run_mne_blinks(source: Source, samples: np.ndarray) -> list[Event]:
    """`find_eog_events` with its own thresholds on the most frontal channel."""
    import mne

    if source.reference:  # a headband has its reference between the eyes: against the ear
        samples = samples.copy()
        samples[source.names.index("AF7")] -= samples[source.names.index("TP9")]
    raw = as_raw(source, samples)
    events = mne.preprocessing.find_eog_events(
        raw, ch_name=source.front.strip("."), verbose="error"
    )
    return [("blink", float(at / source.sfreq_hz), 0.2) for at in events[:, 0]]


def run_mne_muscle(source: Source, samples: np.ndarray) -> list[Event]:
    """`annotate_muscle_zscore` in the band that the sampling rate leaves."""
    import mne

    raw = as_raw(source, samples)
    top_hz = min(140.0, source.sfreq_hz / 2 - 2)
    found, _ = mne.preprocessing.annotate_muscle_zscore(
        raw, ch_type="eeg", threshold=4.0, min_length_good=0.1,
        filter_freq=(min(110.0, 0.5 * top_hz), top_hz), verbose="error",
    )  # fmt: skip
    return [("muscle", float(a["onset"]), float(a["duration"])) for a in found]


def run_mne_amplitude(source: Source, samples: np.ndarray) -> list[Event]:
    """`annotate_amplitude`: channels that move by 150 microvolts from sample to sample."""
    import mne

    raw = as_raw(source, samples).filter(1.0, None, verbose="error")
    found, _ = mne.preprocessing.annotate_amplitude(
        raw, peak=150e-6, bad_percent=100.0, min_duration=0.005, picks="eeg", verbose="error"
    )
    return [("any", float(a["onset"]), float(a["duration"])) for a in found]


def run_threshold(source: Source, samples: np.ndarray) -> list[Event]:
    """Seconds in which a channel's peaks are 150 microvolts apart, above 1 Hz: the plain way."""
    slow = split_bands(samples[source.is_scalp], source.sfreq_hz, [(1.0, np.inf)])[0]
    n_second = int(source.sfreq_hz)
    starts = range(0, slow.shape[1] - n_second + 1, n_second)
    bad = [np.ptp(slow[:, start : start + n_second], axis=1).max() > 150.0 for start in starts]
    return [("any", place * n_second / source.sfreq_hz, 1.0) for place in np.flatnonzero(bad)]


def run_autoreject(source: Source, samples: np.ndarray) -> list[Event]:
    """Seconds that autoreject (local) drops or mends, with places by the 10-20 system."""
    import autoreject
    import mne

    raw = as_raw(source, samples).pick("eeg").filter(1.0, None, verbose="error")
    places = find_scalp_positions(raw.ch_names) * 0.095
    montage = mne.channels.make_dig_montage(
        dict(zip(raw.ch_names, places, strict=True)), coord_frame="head"
    )
    raw.set_montage(montage, verbose="error")
    epochs = mne.make_fixed_length_epochs(raw, 1.0, preload=True, verbose="error")
    method = autoreject.AutoReject(
        n_interpolate=[1, 2, 4], cv=5, random_state=1, n_jobs=1, verbose=False
    )
    log = method.fit(epochs).get_reject_log(epochs)
    bad = log.bad_epochs | (np.nan_to_num(log.labels) > 0).any(axis=1)
    return [("any", float(place), 1.0) for place in np.flatnonzero(bad)]


# --- scores --------------------------------------------------------------------------------------
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


def available() -> dict[str, Callable[[Source, np.ndarray], list[Event]]]:
    """Return the peers that are installed, by name."""
    peers = {
        "mne find_eog_events": run_mne_blinks,
        "mne annotate_muscle_zscore": run_mne_muscle,
        "mne annotate_amplitude": run_mne_amplitude,
        "150 microvolts peak to peak": run_threshold,
    }
    try:
        import autoreject  # noqa: F401

        peers["autoreject"] = run_autoreject
    except ImportError:
        print("autoreject is not installed")
    return peers


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
    default = Path(os.environ.get("FASCICLE_TEST_DATA", "../shared/data/signals"))
    parser.add_argument("--data", type=Path, default=default)
    options = parser.parse_args()
    sources = load_sources(options.data / "eeg")
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
