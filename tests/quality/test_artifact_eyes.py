"""Blinks and glances as events."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.maths import find_scalp_positions
from fascicle.quality._artifact_eyes import (
    find_blinks,
    find_saccades,
    first_trace,
    make_scene,
    own_map,
)
from fascicle.quality._artifact_networks import load_networks

NAMES = ("Fp1", "Fp2", "F7", "F8", "Fz", "C3", "C4", "P3", "P4", "O1", "O2")
RATE = 250.0
BLINKS_S = (4.0, 9.1, 15.3, 21.7, 28.2, 33.0, 41.4, 50.6)


def make_recording(*, seed=0, height=250.0, names=NAMES, seconds=60):
    rng = np.random.default_rng(seed)
    n_times = round(seconds * RATE)
    freqs = np.fft.rfftfreq(n_times, 1 / RATE)
    waves = rng.standard_normal((len(names) + 3, freqs.size)) * np.exp(
        2j * np.pi * rng.random((len(names) + 3, freqs.size))
    )
    sources = np.fft.irfft(waves / np.maximum(freqs, 1.0), n_times)
    sources *= 10 / sources.std(axis=1, keepdims=True)
    samples = sources[: len(names)] + rng.standard_normal((len(names), 3)) @ sources[-3:]
    places = find_scalp_positions(names)
    front = np.clip(places[:, 1], 0, None) ** 4
    times_s = np.arange(n_times) / RATE
    for at_s in BLINKS_S:
        late = np.where(times_s < at_s, 0.08, 0.14)
        samples += height * front[:, None] * np.exp(-0.7 * ((times_s - at_s) / late) ** 2)
    return samples, places


def find(samples, places, **more):
    scene, used = make_scene(samples, RATE, places, np.zeros((len(samples), 240)), **more)
    networks = load_networks()
    return find_blinks(scene, networks.blink, networks.blink_own), scene, used


def times_of(events):
    return events.times_s[events.chances > 0.5]


def assert_all_found(found, *, but=0):
    hits = sum(bool(np.any(np.abs(found - at_s) < 0.1)) for at_s in BLINKS_S)
    assert hits >= len(BLINKS_S) - but
    assert len(found) - hits <= but


def test_blinks_are_found_by_their_names() -> None:
    events, _, _ = find(*make_recording())

    assert_all_found(times_of(events))
    assert int(np.argmax(events.own)) in {0, 1}


def test_blinks_are_found_where_no_place_is_known() -> None:
    samples, places = make_recording(height=300.0)

    events, _, _ = find(samples, np.full_like(places, np.nan))

    assert_all_found(times_of(events), but=1)


def test_a_headband_of_four_is_enough() -> None:
    names = ("TP9", "AF7", "AF8", "TP10")

    events, _, _ = find(*make_recording(names=names, height=700.0))

    assert_all_found(times_of(events), but=1)


def test_unit_order_and_reference_do_not_matter() -> None:
    samples, places = make_recording()
    expected = times_of(find(samples, places)[0])

    for other, at in (
        (1e-6 * samples, places), (samples[::-1], places[::-1]), (samples - samples[4], places),
        (samples - samples.mean(axis=0), places),
    ):  # fmt: skip
        np.testing.assert_allclose(times_of(find(other, at)[0]), expected, atol=0.05)


def test_a_channel_of_the_eyes_may_have_either_sign() -> None:
    samples, places = make_recording(height=40.0)
    strong, _ = make_recording(height=300.0, seed=3)
    eye = strong[:1] * 1.0

    for sign in (1, -1):
        events, scene, _ = find(samples, places, eyes=sign * eye)
        assert scene.eye is not None
        assert_all_found(times_of(events))


def test_calm_has_no_blinks() -> None:
    found = [times_of(find(*make_recording(height=0.0, seed=seed))[0]).size for seed in range(8)]

    assert sum(found) <= 2


def test_loud_and_silent_channels_are_left_out() -> None:
    samples, places = make_recording()
    samples[5] *= 100
    samples[6] = 3.0

    events, _, used = find(samples, places)

    assert np.flatnonzero(~used).tolist() == [5, 6]
    assert_all_found(times_of(events))


def test_a_glance_is_found_and_its_way_does_not_matter() -> None:
    samples, places = make_recording(height=0.0)
    at_s = np.array([5.0, 12.5, 20.0, 31.0])
    for number, start_s in enumerate(at_s):
        start, stop = round(start_s * RATE), round((start_s + 1.5) * RATE)
        samples[:, start:stop] += (-1) ** number * 400 * places[:, :1] * places[:, 1:2].clip(0)
    scene, _ = make_scene(samples, RATE, places, np.zeros((len(samples), 240)))

    found = times_of(find_saccades(scene, load_networks().saccade))

    for start_s in at_s:
        assert np.abs(found - start_s).min() < 0.1


@pytest.mark.parametrize("n_times", [0, 1, 30, 200])
def test_the_shortest_recordings_have_no_events(n_times: int) -> None:
    samples, places = make_recording()
    scene, _ = make_scene(samples[:, :n_times], RATE, places, np.zeros((len(samples), 1)))
    networks = load_networks()

    assert not find_blinks(scene, networks.blink, networks.blink_own).times_s.size
    assert not find_saccades(scene, networks.saccade).times_s.size


def test_silence_has_no_trace() -> None:
    scene, used = make_scene(np.zeros((4, 5000)), RATE, np.full((4, 3), np.nan), np.zeros((4, 80)))

    assert not used.any()
    assert not first_trace(scene).any()


def test_too_few_sure_blinks_make_no_map() -> None:
    _, scene, _ = find(*make_recording())
    peaks = np.array([500, 900])

    assert own_map(scene, peaks, np.array([0.9, 0.9])) is None
