"""Events on a trigger channel."""

from __future__ import annotations

import mne
import numpy as np
import pytest

from fascicle.formats._triggers import find_triggers


@pytest.mark.parametrize("n_block", [1, 7, 64, 5003])
def test_triggers_are_those_of_mne_whatever_the_blocks(n_block):
    rng = np.random.default_rng(13)
    values = np.repeat(rng.choice([0, 0, 1, 2, 5, 255], 700), rng.integers(1, 9, 700))[:5003]
    values = values.astype(np.int32)
    info = mne.create_info(["STI"], 250.0, ["stim"])
    raw = mne.io.RawArray(values[np.newaxis].astype(float), info, verbose="ERROR")
    blocks = np.split(values, range(n_block, len(values), n_block))

    found = list(find_triggers(blocks, 250.0))

    oracle = mne.find_events(raw, "STI", consecutive="increasing", min_duration=0,
                             shortest_event=1, verbose="ERROR")  # fmt: skip
    assert [event.value for event in found] == oracle[:, 2].tolist()
    np.testing.assert_allclose([event.onset_s for event in found], oracle[:, 0] / 250)


def test_bits_of_the_amplifiers_state_are_no_triggers():
    values = np.array([0, 0x10000, 0x100003, 0x3, 0x900000], np.int32)

    assert [event.value for event in find_triggers([values], 1.0)] == [3]


def test_the_value_at_the_beginning_is_no_event():
    assert list(find_triggers([np.array([5, 5, 5], np.int32)], 1.0)) == []
    assert list(find_triggers([np.array([], np.int32)], 1.0)) == []
