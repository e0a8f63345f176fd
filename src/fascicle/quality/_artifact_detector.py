"""From chapters of a recording to labels: what was found, where, in which channels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Label
from fascicle.maths import (
    BIN_S,
    WelchSpectrum,
    bin_levels,
    blink_maps,
    blink_weights,
    bridge_ratios,
    find_heart_beat,
    line_noise_ratio,
)

from ._artifact_eyes import EyeEvents, find_blinks, find_saccades, make_scene
from ._artifact_layout import SensorGroup, eye_rows, group_sensors, heart_rows
from ._artifact_networks import ArtifactNetworks
from ._artifact_reading import Chapter, mend_gaps
from ._artifact_spans import LASTING, apply_rules, channel_chances, find_spans, head_features

Array = NDArray[np.float64]

CHANCE: Final = 0.5
"""A label is made from here on: more likely true than not."""
_MIN_NOISY_S: Final = 2.0
_MIN_FLAT_S: Final = 1.0
_LINE_SEEN: Final = 0.02
_FLAT_SHARE: Final = 1e-6


@dataclass(slots=True)
class ChapterFacts:
    """What a chapter leaves beside its labels.

    Attributes
    ----------
    chances : ndarray of float64, shape (n_bins, n_kinds)
        Of each lasting kind and of blinks, in the bins that count.
    fast : ndarray of float64, shape (n_bins,)
        How far the highest quarter of channels stands above its own level, in decades.
    blink_waves : ndarray of float64, shape (n_blinks, n_around)
        Sure blinks, in the channel that shows them best, in its robust spreads.
    blink_map : ndarray of float64, shape (n_channels,)
        Their map over the first group; NaN where there is none.
    heart : tuple of (float, float) and ndarray
        Score and period of the beat, and its height in each channel of the first group.
    bridges : ndarray of float64, shape (n_channels, n_channels)
        Electrical distances in the first group.
    """

    chances: Array
    fast: Array
    blink_waves: Array
    blink_map: Array
    heart: tuple[float, float, Array]
    bridges: Array


@dataclass(slots=True)
class ArtifactDetector:
    """Takes the chapters of a recording in turn, and keeps what it found.

    Attributes
    ----------
    header : Header
        Of the recording.
    networks : ArtifactNetworks
        What judges it.
    line_hz : float or None
        Mains frequency; None takes the one of 50 and 60 Hz that stands out in the first chapter.
    labels : list of Label
        Found so far, in no order.
    facts : list of ChapterFacts
        Of each chapter.
    """

    header: Header
    networks: ArtifactNetworks
    line_hz: float | None = None
    labels: list[Label] = field(default_factory=list)
    facts: list[ChapterFacts] = field(default_factory=list)
    groups: list[SensorGroup] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = group_sensors(self.header)

    def take(self, chapter: Chapter) -> None:
        """Label the next chapter."""
        first = None
        for group in self.groups:
            facts = self._take_group(chapter, group)
            first = first or facts
        if first is not None:
            self.facts.append(first)

    def _take_group(self, chapter: Chapter, group: SensorGroup) -> ChapterFacts | None:
        """Label the channels of one kind in a chapter."""
        samples, usable = mend_gaps(chapter.samples[group.rows])
        samples = samples * group.scale
        flat = find_flat_bins(samples, chapter.sfreq_hz)
        self.labels += self._flat_labels(chapter, group, flat)
        alive = usable & (flat.mean(axis=1) < 0.5)
        if samples.shape[1] < chapter.sfreq_hz or not alive.any():
            return None
        living = _choose(group, alive)
        if self.line_hz is None:
            self.line_hz = find_mains(samples[alive], chapter.sfreq_hz)
        return self._label_living(chapter, living, samples[alive], group, alive)

    def _label_living(
        self,
        chapter: Chapter,
        living: SensorGroup,
        samples: Array,
        group: SensorGroup,
        alive: NDArray[np.bool_],
    ) -> ChapterFacts:
        """Label the channels of one kind that record something."""
        rate, networks = chapter.sfreq_hz, self.networks
        levels = bin_levels(samples, rate, self.line_hz or 0.0)
        fast = levels[0] - np.percentile(levels[0], 30, axis=1, keepdims=True)
        rows = eye_rows(self.header)
        eyes = mend_gaps(chapter.samples[rows])[0] if rows.size else None
        scene, used = make_scene(samples, rate, living.places, fast, eyes)
        has_trace = living.kind == "EEG" or scene.eye is not None
        blinks = find_blinks(scene, networks.blink, networks.blink_own)
        saccades = find_saccades(scene, networks.saccade)
        if not has_trace:
            blinks, saccades = _nothing(blinks), _nothing(saccades)
        chances = channel_chances(levels, rate, blink_weights(living.places), networks.channel)
        features = head_features(chances, blinks, saccades)
        chances, head = apply_rules(chances, features, networks.head.predict(features), levels)
        maps = blink_maps(scene, np.round(blinks.times_s * scene.sfreq_hz).astype(np.intp))
        in_scene = tuple(name for name, kept in zip(living.names, used, strict=True) if kept)
        self.labels += _blink_labels(chapter, blinks, maps, in_scene)
        self.labels += _saccade_labels(chapter, saccades)
        self.labels += _span_labels(chapter, living, chances, head, levels)
        counted = slice(chapter.first_bin, chapter.last_bin)
        high = np.sort(fast, axis=0)[-max(1, len(fast) // 4) :].mean(axis=0)
        hearts = heart_rows(self.header)
        reference = mend_gaps(chapter.samples[hearts[:1]])[0][0] if hearts.size else None
        beat = find_heart_beat(samples, rate, reference)
        whole_map = np.full(len(group.rows), np.nan)
        sure = blinks.chances > CHANCE
        waves = np.zeros((0, 0))
        if sure.any():
            mean = np.median(maps[sure], axis=0)
            whole_map[np.flatnonzero(alive)[used]] = mean
            waves = _cut_waves(scene.slow[int(np.abs(mean).argmax())], blinks, scene.sfreq_hz)
        amplitudes, bridges = np.zeros(len(group.rows)), np.full((len(group.rows),) * 2, np.inf)
        amplitudes[alive] = beat.amplitudes
        bridges[np.ix_(alive, alive)] = bridge_ratios(samples, rate)
        return ChapterFacts(
            head[counted], high[counted], waves, whole_map,
            (beat.score, beat.period_s, amplitudes), bridges,
        )  # fmt: skip

    def _flat_labels(
        self, chapter: Chapter, group: SensorGroup, flat: NDArray[np.bool_]
    ) -> Iterator[Label]:
        """Yield the stretches in which single channels stand still."""
        counted = np.zeros(flat.shape[1], dtype=bool)
        counted[chapter.first_bin : chapter.last_bin] = True
        for row, name in enumerate(group.names):
            edges = np.flatnonzero(
                np.diff(np.concatenate([[0], (flat[row] & counted).astype(np.int8), [0]]))
            )
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                yield Label(
                    "flat", 0.99, chapter.start_s + first * BIN_S, (last - first) * BIN_S, (name,)
                )


def _choose(group: SensorGroup, kept: NDArray[np.bool_]) -> SensorGroup:
    """Return a group of some of its channels."""
    names = tuple(name for name, keep in zip(group.names, kept, strict=True) if keep)
    return replace(
        group, rows=group.rows[kept], names=names, places=group.places[kept],
        scale=group.scale[kept],
    )  # fmt: skip


def _nothing(events: EyeEvents) -> EyeEvents:
    """Return events without any chance."""
    return replace(events, chances=np.zeros_like(events.chances))


def find_flat_bins(samples: Array, sfreq_hz: float) -> NDArray[np.bool_]:
    """Return in which bins each channel stands still, shape (n_channels, n_bins).

    A filter leaves rounding errors: still is what moves by less than a millionth of what the
    median channel moves by.
    """
    n_bins = max(1, int(samples.shape[1] / (BIN_S * sfreq_hz) + 1e-6))
    cuts = np.round(np.arange(n_bins) * BIN_S * sfreq_hz).astype(np.intp)
    moved = np.maximum.reduceat(samples, cuts, axis=1) - np.minimum.reduceat(samples, cuts, axis=1)
    alive = moved[moved > 0]
    usual = float(np.median(alive)) if alive.size else 0.0
    return np.asarray(moved <= _FLAT_SHARE * usual)


def find_mains(samples: Array, sfreq_hz: float) -> float:
    """Return 50 or 60 Hz if the mains stands out in some channel, else 0."""
    n_window = round(2 * sfreq_hz)
    if samples.shape[1] < n_window or n_window < 8:
        return 0.0
    welch = WelchSpectrum(len(samples), sfreq_hz, n_window)
    starts = np.linspace(0, samples.shape[1] - n_window, 20).astype(int)
    for start in starts.tolist():
        welch.add(samples[:, start : start + n_window])
    density = welch.density()
    highest = {
        line_hz: float(np.nan_to_num(
            line_noise_ratio(density, welch.freqs_hz, line_hz=line_hz)).max())
        for line_hz in (50.0, 60.0)
    }  # fmt: skip
    best = max(highest, key=lambda line_hz: highest[line_hz])
    return best if highest[best] > _LINE_SEEN else 0.0


def _counts(chapter: Chapter, time_s: float) -> bool:
    """Tell whether a moment of a chapter is not in its margin."""
    return chapter.first_bin <= time_s / BIN_S < chapter.last_bin


def _blink_labels(
    chapter: Chapter, blinks: EyeEvents, maps: Array, names: tuple[str, ...]
) -> Iterator[Label]:
    """Yield a label for each likely blink."""
    for row in np.flatnonzero(blinks.chances > CHANCE).tolist():
        if not _counts(chapter, float(blinks.times_s[row])):
            continue
        strength = np.abs(maps[row])
        shown = np.flatnonzero(strength >= 0.5 * strength.max(initial=0.0)).tolist()
        height, rise, fall, shape = (float(blinks.features[row, column]) for column in (0, 2, 3, 5))
        yield Label(
            "blink", float(blinks.chances[row]), chapter.start_s + float(blinks.starts_s[row]),
            float(blinks.stops_s[row] - blinks.starts_s[row]),
            tuple(names[place] for place in shown),
            {
                "peak_s": chapter.start_s + float(blinks.times_s[row]),
                "height_sd": 10**height, "rise_s": rise, "fall_s": fall, "shape": shape,
                "map_like_eyes": float(blinks.features[row, 11]),
                "map_like_own": float(blinks.features[row, 13]),
            },
        )  # fmt: skip


def _saccade_labels(chapter: Chapter, saccades: EyeEvents) -> Iterator[Label]:
    """Yield a label for each likely glance."""
    for row in np.flatnonzero(saccades.chances > CHANCE).tolist():
        if _counts(chapter, float(saccades.times_s[row])):
            size, held, likeness = (float(saccades.features[row, c]) for c in (0, 4, 7))
            yield Label(
                "saccade", float(saccades.chances[row]),
                chapter.start_s + float(saccades.starts_s[row]),
                float(saccades.stops_s[row] - saccades.starts_s[row]), (),
                {"step_sd": 10**size, "held": held, "map_like_glance": likeness},
            )  # fmt: skip


def _span_labels(
    chapter: Chapter, group: SensorGroup, chances: Array, head: Array, levels: Array
) -> Iterator[Label]:
    """Yield a label for each stretch of an artefact that lasts."""
    above = levels - np.percentile(levels, 30, axis=2, keepdims=True)
    for span in find_spans(chances, head):
        first, last = max(span.first, chapter.first_bin), min(span.last, chapter.last_bin)
        if first >= last:
            continue
        inside = above[:, span.channels, first:last]
        yield Label(
            span.kind, span.chance, chapter.start_s + first * BIN_S, (last - first) * BIN_S,
            tuple(group.names[int(row)] for row in span.channels),
            {
                "fast_decades": float(inside[0].mean(axis=1).max()),
                "slow_decades": float(inside[3].mean(axis=1).max()),
                "peak_decades": float(inside[5].max()),
                "n_channels": float(span.channels.size),
            },
        )  # fmt: skip


def _cut_waves(trace: Array, blinks: EyeEvents, rate: float) -> Array:
    """Return sure blinks of half a second to each side; those at the ends are left out."""
    n_side = round(0.5 * rate)
    at = np.round(blinks.times_s[blinks.chances > CHANCE] * rate).astype(np.intp)
    at = at[(at >= n_side) & (at < trace.size - n_side)][:200]
    return np.asarray(trace[at[:, None] + np.arange(-n_side, n_side + 1)], dtype=np.float64)


def join_labels(labels: Iterable[Label], end_s: float) -> list[Label]:
    """Join what the borders of chapters cut, leave out what is too short, and sort.

    Parameters
    ----------
    labels : iterable of Label
        Of all chapters.
    end_s : float
        Length of the recording, in seconds.

    Returns
    -------
    list of Label
        By onset, kind and channels.
    """
    joined: list[Label] = []
    last: dict[tuple[str, tuple[str, ...]], int] = {}
    for label in sorted(labels, key=lambda label: (label.onset_s, label.kind, label.channels)):
        key = (label.kind, label.channels if label.kind == "flat" else ())
        before = joined[last[key]] if key in last else None
        lasts = label.kind in LASTING or label.kind == "flat"
        if lasts and before is not None and _touch(before, label):
            joined[last[key]] = _merge(before, label)
            continue
        last[key] = len(joined)
        joined.append(label)
    kept = [_end_at(label, end_s) for label in joined if _is_long_enough(label)]
    return sorted(kept, key=lambda label: (label.onset_s, label.kind, label.channels))


def _touch(first: Label, second: Label) -> bool:
    """Tell whether the second begins where the first ends."""
    return second.onset_s <= first.onset_s + first.duration_s + 1e-6


def _merge(first: Label, second: Label) -> Label:
    """Return one label of two that touch."""
    end_s = max(first.onset_s + first.duration_s, second.onset_s + second.duration_s)
    both_s = first.duration_s + second.duration_s
    confidence = (
        first.confidence * first.duration_s + second.confidence * second.duration_s
    ) / both_s
    evidence = {
        name: max(value, second.evidence.get(name, -math.inf))
        for name, value in first.evidence.items()
    }
    channels = tuple(dict.fromkeys((*first.channels, *second.channels)))
    return Label(first.kind, confidence, first.onset_s, end_s - first.onset_s, channels, evidence)


def _is_long_enough(label: Label) -> bool:
    """Tell whether a label lasts as long as its kind does."""
    least = {"flat": _MIN_FLAT_S, "noisy": _MIN_NOISY_S}
    return label.duration_s >= least.get(label.kind, 0.0) - 1e-6


def _end_at(label: Label, end_s: float) -> Label:
    """Return a label that does not go beyond the end."""
    return replace(label, duration_s=min(label.duration_s, max(0.0, end_s - label.onset_s)))
