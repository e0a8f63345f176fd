"""What headers say of one clock for several streams, and what pulses say to that."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import DeviceClock, Event, Header, Modality
from fascicle.workflows._clocks import Stated, check_claim, find_stated, part_by_device

SYNC = 3.0 + np.cumsum(np.random.default_rng(8).uniform(0.5, 2.5, 70))


def stamped(*clocks: DeviceClock) -> Header:
    return Header(Modality.ECEPHYS, clocks=clocks)


def test_recordings_on_one_clock_differ_by_what_it_showed_at_their_start() -> None:
    board = DeviceClock.named("board", 12.5, "one board")
    other = DeviceClock.named("other", 99.0, "another")

    stated = find_stated(
        stamped(other, board), stamped(DeviceClock.named("board", 20.0, "its samples"))
    )

    assert stated == Stated(7.5, "its samples", True)


@pytest.mark.parametrize("second", [None, stamped(), stamped(DeviceClock.named("b", 1.0, ""))])
def test_without_a_clock_in_common_nothing_is_stated(second: Header | None) -> None:
    assert find_stated(stamped(DeviceClock.named("a", 1.0, "")), second) is None
    assert find_stated(None, second) is None


def test_events_of_one_file_cannot_test_the_clock_that_stamped_them() -> None:
    shared = DeviceClock.named("session", 1.0, "one system", has_own_events=False)

    stated = find_stated(stamped(shared), stamped(shared))
    assert stated is not None
    claim, test, times_s = check_claim({"": SYNC}, {"": SYNC}, stated)

    assert (claim.verdict, test, times_s.size) == ("untested", None, 0)


def test_the_kinds_of_pulses_that_both_have_are_found_among_others() -> None:
    licks = np.sort(np.random.default_rng(2).uniform(0, 150, 90))

    claim, test, times_s = check_claim(
        {"lick": licks, "sync": SYNC}, {"camera": licks[::-1] * 0.37, "line": SYNC - 4.0},
        Stated(4.0, "one board"),
    )  # fmt: skip

    assert claim.verdict == "same"
    assert claim.error_s == pytest.approx(0.0, abs=1e-9)
    assert test is not None
    np.testing.assert_allclose(times_s, SYNC)


def test_pulses_that_drift_away_contradict_the_claim() -> None:
    claim, test, _ = check_claim(
        {"sync": SYNC}, {"sync": SYNC * (1 - 80e-6)}, Stated(0.0, "one board")
    )

    assert claim.verdict == "other"
    assert claim.error_s == pytest.approx(80e-6 * SYNC[-1], rel=0.01)
    assert test is not None
    assert test.alignment.drift_ppm == pytest.approx(80.0, abs=0.1)


def test_a_recording_is_parted_only_if_several_devices_have_lines() -> None:
    words = [Event(1.0, 0.0, "go"), Event(2.0, 0.0, "TTL 3"), Event(3.0, 0.0, "TTL 4")]
    probe = Event(2.0, 0.0, "probe 1 TTL 6")

    alone = part_by_device(Header(Modality.ECEPHYS, events=tuple(words)))
    parted = part_by_device(Header(Modality.ECEPHYS, events=(*words, probe)))

    assert alone == {}
    assert {name: len(part.events) for name, part in parted.items()} == {
        "other lines": 2,
        "probe 1": 1,
    }
