"""Real recordings with artefacts of known times added, for the benchmark of artefacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fascicle.formats import read_blocks, read_written_header
from fascicle.maths import find_scalp_positions, split_bands, spread_of

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
