"""Teach the networks that find artefacts, from simulated EEG alone.

    python scripts/train_artifacts.py [--recordings 960] [--jobs 1] [--target FILE]

The simulation is `fascicle.testing.make_artifact_recording`; no recording of a person is used. Of
each six simulated minutes four teach the networks of channels, blinks and glances; the fifth
teaches the network that looks at all channels together, from what the others say of minutes they
have not seen; the last only measures. Every sixth minute has no artefact, and in one of seven the
names of the electrodes are hidden. The same number of recordings gives the same weights, up to the
rounding of the linear algebra library.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    BIN_S,
    BLINK_FEATURES,
    EyeScene,
    SmallNetwork,
    bin_features,
    bin_levels,
    blink_features,
    blink_weights,
    find_scalp_positions,
    saccade_features,
    teach_network,
)
from fascicle.quality._artifact_eyes import (
    blink_candidates,
    find_blinks,
    find_saccades,
    make_scene,
    own_map,
    saccade_candidates,
)
from fascicle.quality._artifact_networks import WEIGHTS, ArtifactNetworks, save_networks
from fascicle.quality._artifact_spans import LASTING, channel_chances, head_features
from fascicle.testing import ArtifactRecording, TrueArtifact, make_artifact_recording

Array = NDArray[np.float64]

N_PER_RECORDING = 2000
"""Bins of channels that each minute teaches with: enough, and they fit into memory."""
N_SETS = 6
MEASURED, GATHERED = 5, 4
FIRST_SEED = 0


@dataclass(slots=True)
class Minute:
    """A simulated minute, as the detector sees it, and what is true of it."""

    seed: int
    sfreq_hz: float
    scene: EyeScene
    eyes: Array
    levels: Array
    truth: list[TrueArtifact]
    n_used: int


def make_minute(seed: int) -> Minute:
    """Simulate a minute and prepare it."""
    recording = make_artifact_recording(seed, clean=seed % 7 == 0)
    return prepare(recording, seed, hide=seed % 7 == 3)


def prepare(recording: ArtifactRecording, seed: int, *, hide: bool) -> Minute:
    """Prepare a recording as the detector does."""
    is_scalp = np.array([kind == "EEG" for kind in recording.kinds])
    scalp = recording.samples[is_scalp]
    names = [name for name, kind in zip(recording.names, recording.kinds, strict=True)
             if kind == "EEG"]  # fmt: skip
    places = find_scalp_positions(names)
    if hide:
        places[:] = np.nan
    levels = bin_levels(scalp, recording.sfreq_hz, recording.line_hz)
    fast = levels[0] - np.percentile(levels[0], 30, axis=1, keepdims=True)
    eyes = recording.samples[~is_scalp]
    scene, used = make_scene(scalp, recording.sfreq_hz, places, fast, eyes if len(eyes) else None)
    for artifact in recording.truth:
        artifact.shows = artifact.shows[: len(scalp)]
    return Minute(
        seed, recording.sfreq_hz, scene, blink_weights(places), levels, recording.truth,
        int(used.sum()),
    )  # fmt: skip


def true_events(minute: Minute, kind: str, times_s: Array) -> Array:
    """Return 1 for the candidate nearest to each true event, 0 for others."""
    truth = np.zeros(times_s.size)
    for artifact in minute.truth:
        if artifact.kind == kind:
            middle = artifact.onset_s + 0.45 * artifact.duration_s
            reach = max(0.1, 0.5 * artifact.duration_s)
            distance = np.abs(times_s - middle)
            if distance.size and distance.min() < reach:
                truth[int(distance.argmin())] = 1.0
    return truth


def true_bins(minute: Minute) -> Array:
    """Return what is true of each kind, channel and bin: 1, 0, or NaN where it is between."""
    _, n_channels, n_bins = minute.levels.shape
    truth = np.zeros((len(LASTING), n_channels, n_bins))
    starts = np.arange(n_bins) * BIN_S
    for artifact in minute.truth:
        ends = artifact.onset_s + artifact.duration_s
        covered = np.minimum(starts + BIN_S, ends) - np.maximum(starts, artifact.onset_s)
        if artifact.kind == "flat":
            truth[:, artifact.shows] = np.nan
        if artifact.kind not in LASTING:
            continue
        place = LASTING.index(artifact.kind)
        least = 0.5 * min(BIN_S, artifact.duration_s)
        full, some = covered >= least, covered > 0
        there = truth[place]
        edge = some & ~full
        there[:, edge] = np.where(there[:, edge] == 1, 1, np.nan)
        weak = ~artifact.shows
        there[np.ix_(weak, full)] = np.where(there[np.ix_(weak, full)] == 1, 1, np.nan)
        there[np.ix_(artifact.shows, full)] = 1.0
    return truth


def choose_bins(truth: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return some bins of a minute: up to half of them with an artefact, so that rare ones count.

    What the network then says of a channel is too high; the network that looks at all channels is
    taught with every bin of other minutes, and sets that right.
    """
    rare = np.flatnonzero((truth[:, :4] == 1).any(axis=1))
    kept = rng.choice(rare, min(rare.size, N_PER_RECORDING // 2), replace=False)
    rest = rng.choice(len(truth), min(len(truth), N_PER_RECORDING - kept.size), replace=False)
    return np.union1d(kept, rest).astype(np.intp)


def teach_first(minutes: list[Minute], rounds: int) -> dict[str, SmallNetwork]:
    """Teach the networks of channels, first blinks and glances."""
    rng = np.random.default_rng(1)
    bins: list[Array] = []
    bin_truth: list[Array] = []
    events: dict[str, list[Array]] = {"blink": [], "saccade": []}
    event_truth: dict[str, list[Array]] = {"blink": [], "saccade": []}
    for minute in minutes:
        features = bin_features(minute.levels, minute.sfreq_hz, minute.eyes)
        flat = features.reshape(-1, features.shape[-1])
        truth = np.moveaxis(true_bins(minute), 0, -1).reshape(-1, len(LASTING))
        chosen = choose_bins(truth, rng)
        bins.append(flat[chosen].astype(np.float32))
        bin_truth.append(truth[chosen].astype(np.float32))
        trace, peaks, own = blink_candidates(minute.scene)
        events["blink"].append(blink_features(minute.scene, trace, peaks, own))
        event_truth["blink"].append(true_events(minute, "blink", peaks / minute.scene.sfreq_hz))
        if np.any(minute.scene.lateral) or minute.scene.eye_lateral is not None:
            trace, peaks = saccade_candidates(minute.scene)
            events["saccade"].append(saccade_features(minute.scene, trace, peaks))
            event_truth["saccade"].append(
                true_events(minute, "saccade", peaks / minute.scene.sfreq_hz)
            )
    taught = {
        name: teach_network(
            np.vstack(events[name]), np.concatenate(event_truth[name])[:, None],
            n_hidden=32, n_rounds=4 * rounds,
        )
        for name in events
    }  # fmt: skip
    everything = np.vstack(bins).astype(np.float64)
    taught["channel"] = teach_network(
        everything, np.vstack(bin_truth).astype(np.float64), n_hidden=40, n_rounds=rounds
    )
    return taught


def teach_own(minutes: list[Minute], first: SmallNetwork, rounds: int) -> SmallNetwork:
    """Teach the network of blinks that are held against the recording's own map."""
    inputs, truth = [np.zeros((0, len(BLINK_FEATURES)))], [np.zeros(0)]
    for minute in minutes:
        trace, peaks, own = blink_candidates(minute.scene)
        if not peaks.size:
            continue
        chances = first.predict(blink_features(minute.scene, trace, peaks, own))[:, 0]
        found = own_map(minute.scene, peaks, chances)
        if found is None:
            continue
        trace, peaks, own = blink_candidates(minute.scene, found)
        inputs.append(blink_features(minute.scene, trace, peaks, own))
        truth.append(true_events(minute, "blink", peaks / minute.scene.sfreq_hz))
    return teach_network(
        np.vstack(inputs), np.concatenate(truth)[:, None], n_hidden=32, n_rounds=4 * rounds
    )


def head_inputs(minutes: list[Minute], taught: dict[str, SmallNetwork]) -> tuple[Array, Array]:
    """Return what the network of all channels together sees, and what is true."""
    inputs, truth = [], []
    for minute in minutes:
        chances = channel_chances(minute.levels, minute.sfreq_hz, minute.eyes, taught["channel"])
        blinks = find_blinks(minute.scene, taught["blink"], taught["blink_own"])
        saccades = find_saccades(minute.scene, taught["saccade"])
        inputs.append(head_features(chances, blinks, saccades))
        bins = true_bins(minute)  # (n_kinds, n_channels, n_bins)
        unsure = np.isnan(bins).any(axis=1)
        shown = (bins == 1).any(axis=1)
        truth.append(np.where(shown, 1.0, np.where(unsure, np.nan, 0.0)).T)
    return np.vstack(inputs), np.vstack(truth)


def measure(minutes: list[Minute], networks: ArtifactNetworks) -> dict[str, object]:
    """Measure what was taught on minutes that nobody has seen."""
    taught = {name: getattr(networks, name) for name in ("channel", "blink", "blink_own",
                                                         "saccade")}  # fmt: skip
    inputs, truth = head_inputs(minutes, taught)
    chances = networks.head.predict(inputs)
    report: dict[str, object] = {}
    for place, kind in enumerate(LASTING):
        known = ~np.isnan(truth[:, place])
        report[f"{kind} bins"] = score(chances[known, place], truth[known, place])
    for kind in ("blink", "saccade"):
        found, true, missed = [np.zeros(0)], [np.zeros(0)], 0
        for minute in minutes:
            if kind == "blink":
                events = find_blinks(minute.scene, networks.blink, networks.blink_own)
            elif np.any(minute.scene.lateral) or minute.scene.eye_lateral is not None:
                events = find_saccades(minute.scene, networks.saccade)
            else:
                continue
            hits = true_events(minute, kind, events.times_s)
            found.append(events.chances)
            true.append(hits)
            missed += sum(a.kind == kind for a in minute.truth) - int(hits.sum())
        report[kind] = score(np.concatenate(found), np.concatenate(true), missed)
    return report


def score(chances: Array, truth: Array, n_missed: int = 0) -> dict[str, float | int | list[float]]:
    """Return F1 at one half, and how often what was said with each confidence is true."""
    found = chances > 0.5
    hits = int((found & (truth == 1)).sum())
    n_true = int(truth.sum()) + n_missed
    edges = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01])
    groups = np.digitize(chances, edges[1:-1])
    return {
        "true": n_true,
        "found": int(found.sum()),
        "f1": round(2 * hits / max(1, n_true + int(found.sum())), 3),
        "precision": round(hits / max(1, int(found.sum())), 3),
        "recall": round(hits / max(1, n_true), 3),
        "true share by chance 0-.1-.3-.5-.7-.9-1": [
            round(float(truth[groups == group].mean()), 3) if (groups == group).any() else -1.0
            for group in range(6)
        ],
    }


def main() -> None:
    """Simulate, teach, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=960)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--target", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.recordings)
    if options.jobs == 1:
        minutes = [make_minute(seed) for seed in seeds]
    else:
        with ProcessPoolExecutor(options.jobs) as pool:
            minutes = list(pool.map(make_minute, seeds, chunksize=16))
    print("simulated", flush=True)
    sets = [[m for m in minutes if m.seed % N_SETS == number] for number in range(N_SETS)]
    teaching = [minute for number in range(GATHERED) for minute in sets[number]]
    taught = teach_first(teaching, options.rounds)
    taught["blink_own"] = teach_own(teaching, taught["blink"], options.rounds)
    print("taught", flush=True)
    inputs, truth = head_inputs(sets[GATHERED], taught)
    taught["head"] = teach_network(inputs, truth, n_hidden=24, n_rounds=3 * options.rounds)
    networks = ArtifactNetworks(**taught)
    save_networks(networks, options.target)
    print(json.dumps(measure(sets[MEASURED], networks), indent=1))


if __name__ == "__main__":
    main()
