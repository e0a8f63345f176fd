"""Simulated EEG with artefacts in known places: no two heads, caps or amplifiers alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    blink_weights,
    find_scalp_positions,
    saccade_weights,
    split_bands,
)

Array = NDArray[np.float64]

HEADBAND: Final = ("TP9", "AF7", "AF8", "TP10")
_FEW: Final = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
_TWENTY: Final = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz",
    "P4", "P8", "O1", "O2",
)  # fmt: skip
_THIRTY: Final = (
    *_TWENTY, "FC5", "FC1", "FC2", "FC6", "CP5", "CP1", "CP2", "CP6", "TP9", "TP10", "Oz", "POz",
    "Fpz",
)  # fmt: skip
_SIXTY: Final = (
    *_THIRTY, "AF7", "AF3", "AF4", "AF8", "F5", "F1", "F2", "F6", "FT7", "FC3", "FCz", "FC4",
    "FT8", "C5", "C1", "C2", "C6", "TP7", "CP3", "CPz", "CP4", "TP8", "P5", "P1", "P2", "P6",
    "PO7", "PO3", "PO4", "PO8",
)  # fmt: skip
CAPS: Final = (HEADBAND, _FEW, _TWENTY, _THIRTY, _SIXTY)


@dataclass(slots=True)
class TrueArtifact:
    """An artefact that was put in.

    Attributes
    ----------
    kind : str
        As the labels are called: ``"blink"``, ``"muscle"``.
    onset_s, duration_s : float
        Where, in seconds.
    shows : ndarray of bool, shape (n_channels,)
        In which channels it is at least half as large as what else is there.
    """

    kind: str
    onset_s: float
    duration_s: float
    shows: NDArray[np.bool_]


@dataclass(slots=True)
class ArtifactRecording:
    """A simulated recording and what was put into it.

    Attributes
    ----------
    names : tuple of str
        Labels of the channels.
    kinds : tuple of str
        BIDS types of the channels.
    sfreq_hz : float
        Sampling rate, in hertz.
    samples : ndarray of float64, shape (n_channels, n_times)
        In microvolts.
    line_hz : float
        Mains frequency, in hertz.
    truth : list of TrueArtifact
        What was put in, by onset.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    sfreq_hz: float
    samples: Array
    line_hz: float
    truth: list[TrueArtifact] = field(default_factory=list)


@dataclass(slots=True)
class _Scene:
    """What the artefacts are put into."""

    rng: np.random.Generator
    sfreq_hz: float
    places: Array
    samples: Array
    eog: Array
    loudness: float
    truth: list[TrueArtifact]

    @property
    def n_times(self) -> int:
        return int(self.samples.shape[1])

    def put(
        self, kind: str, start: int, wave: Array, eog: Array | None = None, quiet: float = 0.0
    ) -> None:
        """Add waves, shape (n_channels, n), and note what they are and who shows them.

        `quiet` is what they are compared with; 0 takes each channel as it is there.
        """
        stop = min(start + wave.shape[1], self.n_times)
        there = self.samples[:, start:stop]
        wave = wave[:, : stop - start]
        if not wave.size:
            return
        level = np.sqrt(np.mean(wave**2, axis=1))
        background = quiet or 1.4826 * np.median(np.abs(there), axis=1) + 1e-9
        self.samples[:, start:stop] = there + wave
        if eog is not None:
            self.eog[:, start:stop] += eog[:, : stop - start]
        rate = self.sfreq_hz
        self.truth.append(
            TrueArtifact(kind, start / rate, (stop - start) / rate, level > 0.5 * background)
        )

    def starts(self, per_minute: float, apart_s: float) -> list[int]:
        """Return random starts that lie apart."""
        n_apart = max(1, round(apart_s * self.sfreq_hz))
        place = 0.0
        starts: list[int] = []
        mean = max(1.0, 60 * self.sfreq_hz / per_minute - n_apart)
        while True:
            place += n_apart + self.rng.exponential(mean)
            if place >= self.n_times - n_apart:
                return starts
            starts.append(int(place))


def make_artifact_recording(
    seed: int, *, duration_s: float = 60.0, clean: bool = False
) -> ArtifactRecording:
    """Make a minute of EEG with artefacts.

    Parameters
    ----------
    seed : int
        Decides everything: cap, rate, filters, reference, rhythms, and what is put in.
    duration_s : float
        Length, in seconds.
    clean : bool
        True leaves all artefacts out.

    Returns
    -------
    ArtifactRecording
        Of 4 to 62 channels, at times with two of the eyes.

    Examples
    --------
    >>> recording = make_artifact_recording(3, duration_s=20.0)
    >>> len(recording.names) == len(recording.samples)
    True
    """
    rng = np.random.default_rng([seed, 977])
    names = _wear(rng, CAPS[rng.integers(len(CAPS))])
    sfreq_hz = float(rng.choice([125.0, 128.0, 160.0, 200.0, 250.0, 256.0]))
    places = find_scalp_positions(names)
    places += rng.normal(0, 0.05, places.shape)
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    n_times = round(duration_s * sfreq_hz)
    samples = _background(rng, places, n_times, sfreq_hz)
    eyes = rng.uniform(5, 20) * make_coloured_noise(rng, (2, n_times), sfreq_hz, 1.0)
    loudness = float(np.median(samples.std(axis=1)))
    scene = _Scene(rng, sfreq_hz, places, samples, eyes, loudness, [])
    if not clean:
        for plant, share in _PLANTS:
            if rng.random() < share:
                plant(scene)
    return _record(scene, names)


def _wear(rng: np.random.Generator, names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave some electrodes of a cap out: no lab wears the same ones."""
    if len(names) < 8 or rng.random() < 0.3:
        return names
    kept = rng.random(len(names)) < rng.uniform(0.5, 1.0)
    if rng.random() < 0.35:  # many caps have nothing, or one electrode, on the forehead
        bare = [n for n, name in enumerate(names) if name in {"Fp1", "Fp2", "AF7", "AF8"}]
        kept[bare] = False
    kept[rng.choice(len(names), 6, replace=False)] = True
    return tuple(name for name, keep in zip(names, kept, strict=True) if keep)


def _record(scene: _Scene, names: tuple[str, ...]) -> ArtifactRecording:
    """Refer, filter and quantise, as an amplifier does."""
    rng, sfreq_hz = scene.rng, scene.sfreq_hz
    samples, line_hz = scene.samples, float(rng.choice([50.0, 60.0]))
    times_s = np.arange(scene.n_times) / sfreq_hz
    mains = rng.lognormal(-1.0, 1.0, (len(names), 1)) * np.sin(2 * np.pi * line_hz * times_s)
    samples = samples + mains * (line_hz < 0.45 * sfreq_hz)
    way = rng.integers(3)
    if way == 0:
        samples = samples - samples.mean(axis=0)
    elif way == 1 and len(names) > 4:
        samples = samples - samples[int(rng.integers(len(names)))] * rng.uniform(0.6, 0.95)
    low_hz = float(rng.choice([0.0, 0.1, 0.3, 0.5, 1.0]))
    high_hz = float(rng.choice([np.inf, np.inf, 0.4 * sfreq_hz, 40.0, 60.0]))
    kinds = ("EEG",) * len(names)
    if rng.random() < 0.3:
        samples, names = np.vstack([samples, scene.eog]), (*names, "VEOG", "HEOG")
        kinds = (*kinds, "EOG", "EOG")
        for artifact in scene.truth:
            artifact.shows = np.append(artifact.shows, [False, False])
    samples = split_bands(samples, sfreq_hz, [(low_hz, high_hz)])[0]
    if falls := rng.random() < 0.4:
        samples = _let_fall(samples, sfreq_hz, rng.lognormal(-1.0, 0.8))
    for artifact in scene.truth:  # what the amplifier takes away does not show
        gone = {"drift": low_hz > 0.2 or falls, "muscle": high_hz <= 40.0}
        artifact.shows &= not gone.get(artifact.kind, False)
    samples += rng.uniform(0.05, 0.6) * rng.standard_normal(samples.shape)
    for plant in (_plant_flat, _plant_bridge):
        if scene.truth and rng.random() < 0.15:
            plant(scene, samples, kinds)
    step = float(rng.choice([0.02, 0.1, 0.5]))
    scene.truth.sort(key=lambda artifact: artifact.onset_s)
    return ArtifactRecording(
        names, kinds, sfreq_hz, np.round(samples / step) * step, line_hz, scene.truth
    )


def _let_fall(samples: Array, sfreq_hz: float, cutoff_hz: float) -> Array:
    """Pass samples through a capacitor: what is held falls back, and below zero afterwards."""
    from scipy.signal import lfilter

    kept = np.exp(-2 * np.pi * cutoff_hz / sfreq_hz)
    centred = samples - samples[:, :1]
    return np.asarray(lfilter([1.0, -1.0], [1.0, -kept], centred, axis=1), dtype=np.float64)


def make_coloured_noise(
    rng: np.random.Generator, shape: tuple[int, int], sfreq_hz: float, exponent: float
) -> Array:
    """Return noise of variance 1 whose amplitude falls with a power of frequency above 0.5 Hz."""
    freqs_hz = np.fft.rfftfreq(shape[1], 1 / sfreq_hz)
    parts = rng.standard_normal((shape[0], freqs_hz.size, 2), dtype=np.float32)
    waves = parts.view(np.complex64)[..., 0]
    waves[:, 0] = 0
    waves /= np.maximum(freqs_hz, 0.5).astype(np.float32) ** np.float32(exponent)
    noise = np.fft.irfft(waves, shape[1]).astype(np.float64)
    noise /= noise.std(axis=1, keepdims=True)
    return np.asarray(noise, dtype=np.float64)


def _mixing(rng: np.random.Generator, places: Array, n_sources: int) -> Array:
    """Return how far each source under the scalp is seen by each electrode, with its sign."""
    centres = rng.standard_normal((n_sources, 3))
    centres[:, 2] = np.abs(centres[:, 2])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    angle = np.arccos(np.clip(places @ centres.T, -1, 1))  # (n_channels, n_sources)
    mixing = np.exp(-((angle / rng.uniform(0.4, 1.0, n_sources)) ** 2))
    # Half of the dipoles lie along the scalp: they show both signs.
    along = rng.standard_normal((n_sources, 3))
    tilt = np.where(rng.random(n_sources) < 0.5, 1.0, 0.0)
    field_ = mixing * (1 - tilt + tilt * 2 * (places @ along.T))
    return np.asarray(field_, dtype=np.float64)


def _background(rng: np.random.Generator, places: Array, n_times: int, sfreq_hz: float) -> Array:
    """Return 1/f activity of many sources, rhythms, and noise of electrodes."""
    n_sources = int(rng.integers(8, 60))
    exponent = rng.uniform(0.6, 1.3)
    sources = make_coloured_noise(rng, (n_sources, n_times), sfreq_hz, exponent)
    samples = _mixing(rng, places, n_sources) @ sources
    samples *= rng.uniform(4, 16) / np.median(samples.std(axis=1))
    for low_hz, high_hz, front, largest in (
        (8, 12, -0.9, 25.0), (9, 11, -0.9, 25.0), (13, 28, 0.0, 4.0), (4, 7, 0.8, 10.0),
        (1, 3, 0.8, 15.0), (11, 15, 0.3, 5.0),
    ):  # fmt: skip
        if rng.random() < 0.6:
            rhythm = make_coloured_noise(rng, (1, n_times), sfreq_hz, 0.0)
            rhythm = split_bands(rhythm, sfreq_hz, [(low_hz, high_hz)])[0]
            swell = make_coloured_noise(rng, (1, n_times), sfreq_hz, 2.0)
            rhythm *= np.exp(rng.uniform(0, 1) * swell)
            centre = np.array([rng.normal(0, 0.3), front, 0.5])
            centre /= np.linalg.norm(centre)
            angle = np.arccos(np.clip(places @ centre, -1, 1))
            shape = np.exp(-((angle / rng.uniform(0.5, 1.1)) ** 2))[:, None]
            samples += rng.uniform(0, largest) * shape * rhythm / rhythm.std()
    n_channels = len(places)
    fast = make_coloured_noise(rng, (n_channels, n_times), sfreq_hz, 0.0)
    # Muscles are never quite at rest: the level of fast activity wanders, together and apart.
    steps = np.linspace(0, n_times, max(8, round(n_times / sfreq_hz)))
    coarse = make_coloured_noise(rng, (n_channels + 1, steps.size), 1.0, 1.0)
    tone = np.stack([np.interp(np.arange(n_times), steps, row) for row in coarse])
    tone = rng.uniform(0, 0.4) * tone[:1] + rng.uniform(0, 0.4) * tone[1:]
    samples += rng.lognormal(-0.3, 0.7, (n_channels, 1)) * np.exp(tone) * fast
    slow = make_coloured_noise(rng, (n_channels, n_times), sfreq_hz, 1.2)
    samples += rng.uniform(0, 10) * rng.uniform(0, 1, (n_channels, 1)) * slow
    return np.asarray(samples * rng.lognormal(0, 0.15, (n_channels, 1)), dtype=np.float64)


def _plant_blinks(scene: _Scene) -> None:
    """Put in blinks: quicker to rise than to fall, strongest over the eyes."""
    rng, rate = scene.rng, scene.sfreq_hz
    weights = blink_weights(scene.places)
    weights = weights ** rng.uniform(0.7, 2.4)
    weights *= (1 + rng.uniform(-0.25, 0.25) * scene.places[:, 0]) / weights.max()
    usual = scene.loudness * rng.lognormal(2.2, 0.6)
    eye = usual * rng.uniform(0.5, 2) * rng.choice([-1, 1])
    undershoot = rng.uniform(0, 0.2)
    for start in scene.starts(rng.lognormal(1.8, 0.9), 0.5):
        rise_s, fall_s = rng.uniform(0.03, 0.13), rng.uniform(0.05, 0.28)
        times_s = np.arange(round(2.4 * (rise_s + fall_s) * rate)) / rate - 2.2 * rise_s
        width = np.where(times_s < 0, rise_s, fall_s)
        power = rng.uniform(1.5, 2.5)
        wave = np.exp(-0.7 * np.abs(times_s / width) ** power)
        wave -= undershoot * np.exp(-(((times_s - 2.2 * fall_s) / fall_s) ** 2))
        size = usual * rng.lognormal(0, 0.3)
        shape = weights * (1 + 0.05 * rng.standard_normal(weights.size))
        eog = np.vstack([eye * wave, 0.05 * eye * wave])
        scene.put("blink", start, size * shape[:, None] * wave, eog)


def _plant_saccades(scene: _Scene) -> None:
    """Put in glances: a step that is held, then back; left and right of opposite sign."""
    rng, rate = scene.rng, scene.sfreq_hz
    weights = saccade_weights(scene.places)
    weights /= np.abs(weights).max()
    up = 0.4 * blink_weights(scene.places)
    usual = scene.loudness * rng.lognormal(1.6, 0.4)
    eye = usual * rng.uniform(0.7, 2) * rng.choice([-1, 1])
    for start in scene.starts(rng.uniform(3, 25), 1.0):
        held_s, step_s = rng.uniform(0.25, 1.5), rng.uniform(0.02, 0.06)
        times_s = np.arange(round((held_s + 0.2) * rate)) / rate
        wave = np.clip((times_s - 0.02) / step_s, 0, 1) - np.clip(
            (times_s - 0.02 - held_s) / step_s, 0, 1
        )
        size = usual * rng.lognormal(0, 0.4) * rng.choice([-1, 1])
        shape = weights + rng.normal(0, 0.3) * up
        n_before = len(scene.truth)
        scene.put(
            "saccade", start, size * shape[:, None] * wave,
            np.vstack([0.1 * size * wave, size / usual * eye * wave]),
        )  # fmt: skip
        # Two moves were made: the stretch between them is a fixation, and no artefact.
        for artifact in scene.truth[n_before:]:
            artifact.duration_s = step_s + 0.04
            scene.truth.append(
                TrueArtifact("saccade", start / rate + held_s, step_s + 0.04, artifact.shows)
            )


def _plant_muscle(scene: _Scene) -> None:
    """Put in bursts of muscle: near the rim, each electrode a noise of its own, above 20 Hz."""
    rng, rate = scene.rng, scene.sfreq_hz
    n_channels = len(scene.places)
    quiet = split_bands(scene.samples, rate, [(25.0, np.inf)])[0].std()
    for start in scene.starts(rng.uniform(1, 12), 1.0):
        n_burst = round(min(rng.lognormal(0, 0.7), 8.0) * rate)
        around = rng.uniform(0, 2 * np.pi)
        centre = np.array([np.cos(around), np.sin(around), rng.normal(-0.2, 0.3)])
        angle = np.arccos(np.clip(scene.places @ (centre / np.linalg.norm(centre)), -1, 1))
        shape = np.exp(-((angle / rng.uniform(0.3, 1.2)) ** 2))
        n_both = (n_channels + 3, n_burst + 64)
        noise = make_coloured_noise(rng, n_both, rate, rng.uniform(-0.2, 0.4))
        low_hz = rng.uniform(12, 30)
        noise = split_bands(noise, rate, [(low_hz, np.inf)])[0][:, 32:-32]
        near = np.exp(-angle[:, None] * rng.uniform(0, 3, 3))
        noise = noise[:n_channels] + 0.5 * near @ noise[n_channels:]
        if rng.random() < 0.4:  # twitches of single motor units
            noise *= np.exp(0.8 * make_coloured_noise(rng, (1, n_burst), rate, 0.5))
        to_end = np.minimum(np.arange(n_burst), np.arange(n_burst)[::-1])
        hull = np.clip(to_end / (0.1 * rate), 0, 1)
        size = quiet * rng.lognormal(1.7, 0.5)
        wave = size * shape[:, None] * noise / noise.std() * hull
        scene.put("muscle", start, wave, quiet=2 * quiet)


def _plant_pops(scene: _Scene) -> None:
    """Put in pops: one electrode jumps, and comes back slowly or at once."""
    rng, rate = scene.rng, scene.sfreq_hz
    for start in scene.starts(rng.uniform(1, 8), 1.0):
        channel = int(rng.integers(len(scene.places)))
        times_s = np.arange(round(rng.uniform(0.1, 1.5) * rate)) / rate
        wave = np.exp(-times_s / rng.uniform(0.02, 0.5))
        if rng.random() < 0.3:
            wave = np.clip(times_s / times_s[-1], 0, 1) - 1.0
        wave = wave[np.abs(wave) > 0.1]
        waves = np.zeros((len(scene.places), wave.size))
        size = scene.loudness * rng.lognormal(2.2, 0.6) * rng.choice([-1, 1])
        waves[channel] = size * wave
        scene.put("pop", start, waves)


def _plant_drift(scene: _Scene) -> None:
    """Put in drifts: one or a few electrodes wander for seconds."""
    rng, rate = scene.rng, scene.sfreq_hz
    for start in scene.starts(rng.uniform(0.5, 3), 5.0):
        n_drift = round(rng.uniform(3, 15) * rate)
        waves = np.zeros((len(scene.places), n_drift))
        chosen = rng.choice(len(scene.places), int(rng.integers(1, 4)), replace=False)
        for channel in chosen.tolist():
            way = np.cumsum(make_coloured_noise(rng, (1, n_drift), rate, 1.5)[0])
            way -= np.linspace(way[0], way[-1], n_drift)
            size = scene.loudness * rng.lognormal(1.8, 0.4)
            waves[channel] = size * way / (np.abs(way).max() + 1e-9)
        scene.put("drift", start, waves)


def _plant_movement(scene: _Scene) -> None:
    """Put in movements: most electrodes swing at once, each in its own way, cables too."""
    rng, rate = scene.rng, scene.sfreq_hz
    n_channels = len(scene.places)
    for start in scene.starts(rng.uniform(0.5, 4), 2.0):
        n_move = round(rng.uniform(0.5, 4.0) * rate)
        swings = make_coloured_noise(rng, (4, n_move + 8), rate, rng.uniform(0.8, 1.5))[:, 4:-4]
        own = make_coloured_noise(rng, (n_channels, n_move), rate, 1.0)
        mixing = rng.standard_normal((n_channels, 4)) * rng.lognormal(0, 0.5, (n_channels, 1))
        hull = np.sin(np.pi * np.arange(n_move) / n_move) ** 0.5
        size = scene.loudness * rng.lognormal(1.6, 0.4)
        scene.put("movement", start, size * (0.6 * mixing @ swings + 0.4 * own) * hull)


def _plant_noise(scene: _Scene) -> None:
    """Put noise into a few electrodes, for long."""
    rng, rate = scene.rng, scene.sfreq_hz
    for channel in rng.choice(len(scene.places), int(rng.integers(1, 3)), replace=False).tolist():
        start = int(rng.uniform(0, 0.5) * scene.n_times) if rng.random() < 0.5 else 0
        n_noise = scene.n_times - start
        if start:
            n_noise = min(n_noise, round(rng.uniform(8, 30) * rate))
        waves = np.zeros((len(scene.places), n_noise))
        noise = make_coloured_noise(rng, (1, n_noise), rate, rng.uniform(0, 0.6))
        waves[channel] = scene.loudness * rng.lognormal(0.9, 0.5) * noise[0]
        scene.put("noisy", start, waves)


def _plant_heart(scene: _Scene) -> None:
    """Put in heart beats: a spike across the neck, small on the scalp."""
    rng, rate = scene.rng, scene.sfreq_hz
    axis = np.array([rng.normal(0, 1), rng.normal(0, 0.3), rng.normal(-0.7, 0.3)])
    shape = scene.places @ (axis / np.linalg.norm(axis))
    times_s = np.arange(round(0.5 * rate)) / rate - 0.1
    beat = (
        np.exp(-((times_s / 0.012) ** 2))
        - 0.25 * np.exp(-(((times_s - 0.035) / 0.015) ** 2))
        + 0.2 * np.exp(-(((times_s - 0.25) / 0.05) ** 2))
    )
    size = scene.loudness * rng.lognormal(-0.3, 0.5)
    wave = size * shape[:, None] * beat
    place, gap = rng.uniform(0, 1) * rate, rate * 60 / rng.uniform(48, 105)
    while place < scene.n_times - beat.size:
        scene.samples[:, int(place) : int(place) + beat.size] += wave
        place += gap * (1 + 0.04 * rng.standard_normal())
    level = size * np.abs(shape)
    shows = level > 0.3 * scene.samples.std(axis=1)
    scene.truth.append(TrueArtifact("heart", 0.0, scene.n_times / rate, shows))


def _plant_flat(scene: _Scene, samples: Array, kinds: tuple[str, ...]) -> None:
    """Let one electrode stand still, for seconds or for all the time."""
    channel = int(scene.rng.integers(kinds.count("EEG")))
    start = int(scene.rng.uniform(0, 0.8) * scene.n_times)
    stop = start + round(scene.rng.uniform(2, 10) * scene.sfreq_hz)
    if scene.rng.random() < 0.3:
        start, stop = 0, scene.n_times
    stop = min(stop, scene.n_times)
    samples[channel, start:stop] = samples[channel, start]
    shows = np.arange(len(kinds)) == channel
    rate = scene.sfreq_hz
    scene.truth.append(TrueArtifact("flat", start / rate, (stop - start) / rate, shows))


def _plant_bridge(scene: _Scene, samples: Array, kinds: tuple[str, ...]) -> None:
    """Let gel join two neighbours."""
    n_channels = kinds.count("EEG")
    if n_channels < 8:
        return
    first = int(scene.rng.integers(n_channels))
    second = int(np.argsort(-scene.places @ scene.places[first])[1])
    both = 0.5 * (samples[first] + samples[second])
    apart = scene.rng.uniform(0.1, 0.6) * scene.rng.standard_normal((2, both.size))
    samples[[first, second]] = both + apart
    shows = np.isin(np.arange(len(kinds)), [first, second])
    duration_s = scene.n_times / scene.sfreq_hz
    scene.truth.append(TrueArtifact("bridge", 0.0, duration_s, shows))


_PLANTS: tuple[tuple[Callable[[_Scene], None], float], ...] = (
    (_plant_heart, 0.25),
    (_plant_blinks, 0.75),
    (_plant_saccades, 0.45),
    (_plant_muscle, 0.6),
    (_plant_pops, 0.3),
    (_plant_drift, 0.3),
    (_plant_movement, 0.3),
    (_plant_noise, 0.25),
)
"""What is put in, and into which share of the recordings."""
