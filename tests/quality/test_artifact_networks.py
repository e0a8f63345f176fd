"""The file of what was learnt."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.maths import BIN_FEATURES, BLINK_FEATURES, SACCADE_FEATURES
from fascicle.quality._artifact_networks import (
    WEIGHTS,
    load_networks,
    save_networks,
)
from fascicle.quality._artifact_spans import LASTING


def test_the_weights_of_the_package_fit_its_features() -> None:
    networks = load_networks()

    assert networks.channel.centre.size == len(BIN_FEATURES)
    assert networks.blink.centre.size == networks.blink_own.centre.size == len(BLINK_FEATURES)
    assert networks.saccade.centre.size == len(SACCADE_FEATURES)
    assert networks.channel.biases[2].size == networks.head.biases[2].size == len(LASTING)


def test_the_weights_are_small_and_nothing_but_numbers() -> None:
    with np.load(WEIGHTS, allow_pickle=False) as kept:
        arrays = [kept[name] for name in kept.files]

    assert WEIGHTS.stat().st_size < 5e6
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays)


def test_networks_are_written_and_read_back(tmp_path) -> None:
    networks = load_networks()

    save_networks(networks, tmp_path / "deep" / "weights.npz")

    again = load_networks(tmp_path / "deep" / "weights.npz")
    inputs = np.random.default_rng(0).standard_normal((7, len(BLINK_FEATURES)))
    np.testing.assert_array_equal(again.blink.predict(inputs), networks.blink.predict(inputs))


@pytest.mark.parametrize("content", [None, b"", b"PK no zip", b"\x93NUMPY"])
def test_weights_that_are_missing_or_damaged_are_said_to_be(tmp_path, content) -> None:
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match="FSC137"):
        load_networks(path)


def test_the_card_names_these_weights_and_what_they_were_taught_with() -> None:
    root = Path(__file__).parents[2]
    card = (root / "docs/reference/models/artifacts.md").read_text("utf-8")
    simulation = (root / "src/fascicle/testing/_eeg_artifacts.py").read_bytes()

    assert sha256(WEIGHTS.read_bytes()).hexdigest() in card
    # Checkouts may end lines in another way.
    assert sha256(simulation.replace(b"\r\n", b"\n")).hexdigest() in card
