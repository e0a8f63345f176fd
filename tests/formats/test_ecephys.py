"""Signals of probes: parted by scale, named apart, pulses found, slower ones held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import Channel, Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._ecephys import (
    Signal,
    Stretch,
    find_pulses,
    open_signals,
    read_span,
)

HEADER = Header(Modality.ECEPHYS)


def reader(*parts: NDArray[Any]) -> Callable[[int, int, int], NDArray[Any]]:
    return lambda k, start, stop: parts[k][start:stop]


def make_signal(counts: NDArray[Any], *, rate_hz: float = 1000.0, **said: Any) -> Signal:
    n_channels = counts.shape[1]
    values: dict[str, Any] = {
        "name": "AP",
        "channels": tuple(Channel(f"AP{i}", "EXT", "uV", rate_hz) for i in range(n_channels)),
        "gains": np.ones(n_channels),
        "offset": 0.0,
        "dtype": "<i2",
        "stretches": (Stretch(0.0, len(counts)),),
        "read": reader(counts),
    } | said
    return Signal(**values)


def test_inputs_of_other_gains_become_series_of_their_own() -> None:
    counts = np.arange(21, dtype="<i2").reshape(7, 3)
    signal = make_signal(counts, is_neural=False, gains=np.array([0.1, 0.2, 0.1]))

    opened = open_signals(HEADER, [signal])

    assert [s.name for s in opened.signals] == ["AP", "AP2"]
    assert [c.name for c in opened.header.channels] == ["AP0", "AP2", "AP1"]
    np.testing.assert_array_equal(opened.signals[0].read(0, 0, 7), counts[:, [0, 2]])


def test_electrodes_of_other_gains_stay_together() -> None:
    signal = make_signal(np.zeros((7, 3), "<i2"), gains=np.array([0.1, 0.2, 0.1]))

    assert len(open_signals(HEADER, [signal]).signals) == 1


def test_rate_and_length_are_those_of_the_fastest_signal() -> None:
    slow = make_signal(np.zeros((53, 2), "<i2"), rate_hz=100.0, name="LF")
    fast = make_signal(np.zeros((531, 3), "<i2"))

    header = open_signals(HEADER, [slow, fast]).header

    assert (header.sfreq_hz, header.n_times, len(header.channels)) == (1000.0, 531, 5)


def test_slower_channels_are_held_between_their_samples() -> None:
    slow = make_signal(np.arange(3, dtype="<i2")[:, np.newaxis], rate_hz=100.0, name="LF")
    fast = make_signal(np.arange(25, dtype="<i2")[:, np.newaxis])
    opened = open_signals(HEADER, [fast, slow])

    span = read_span(opened, 7, 22)

    np.testing.assert_array_equal(span[0], np.arange(7, 22))
    np.testing.assert_array_equal(span[1], np.arange(7, 22) // 10)


def test_gains_and_offset_lead_from_counts_to_the_unit() -> None:
    signal = make_signal(np.array([[3, 5]], "<i2"), gains=np.array([0.5, 2.0]), offset=-1.0)

    np.testing.assert_allclose(read_span(open_signals(HEADER, [signal]), 0, 1), [[0.5], [9.0]])


def test_pulses_have_the_times_of_their_edges_over_seams_of_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fascicle.formats._ecephys.BLOCK_BYTES", 14)
    word = np.zeros((101, 1), "<i2")
    word[:3] = 4
    word[20:35] = 4
    word[40:] = 4
    word[50:60] += 1
    signal = make_signal(word, lines=((0, (0, 2)),))

    pulses = list(find_pulses(signal, 0, (0, 2)))

    assert [(e.onset_s, e.duration_s, e.label) for e in pulses] == [
        (0.05, 0.01, "TTL 0"),
        (0.02, 0.015, "TTL 2"),
        (0.04, 0.0, "TTL 2"),
    ]


def test_a_clock_makes_no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.formats._ecephys.MAX_EDGES", 10)
    signal = make_signal((np.arange(101) % 2)[:, np.newaxis].astype("<i2"))

    assert list(find_pulses(signal, 0, (0,))) == []


def test_stretches_are_read_over_their_seams() -> None:
    first, second = np.arange(5, dtype="<i2"), np.arange(5, 12, dtype="<i2")
    signal = make_signal(
        first[:, np.newaxis],
        stretches=(Stretch(0.0, 5), Stretch(1.0, 7)),
        read=reader(first[:, np.newaxis], second[:, np.newaxis]),
    )
    opened = open_signals(HEADER, [signal])

    assert not opened.header.is_continuous
    np.testing.assert_array_equal(read_span(opened, 3, 9)[0], np.arange(3, 9))


@pytest.mark.parametrize(
    "said",
    [
        {"rate_hz": 0.0},
        {"rate_hz": float("nan")},
        {"rate_hz": 1e12},
        {"gains": np.array([1.0, float("inf"), 1.0])},
        {"offset": float("nan")},
    ],
)
def test_rates_and_scales_that_cannot_be_are_refused(said: dict[str, Any]) -> None:
    signal = make_signal(np.zeros((7, 3), "<i2"), **said)

    with pytest.raises(FormatError, match="FSC203"):
        open_signals(HEADER, [signal])
