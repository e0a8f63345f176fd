"""Teaching the networks that find artefacts."""

from __future__ import annotations

import numpy as np
import pytest

import train_artifacts
from fascicle.quality._artifact_networks import load_networks
from fascicle.quality._artifact_spans import LASTING
from fascicle.testing import TrueArtifact


def test_the_nearest_candidate_is_the_true_one() -> None:
    minute = train_artifacts.make_minute(5)
    minute.truth = [TrueArtifact("blink", 10.0, 0.4, np.ones(4, bool))]
    times_s = np.array([3.0, 9.9, 10.2, 10.6, 30.0])

    truth = train_artifacts.true_events(minute, "blink", times_s)

    assert truth.tolist() == [0, 0, 1, 0, 0]


def test_bins_are_true_where_an_artefact_shows_and_unknown_where_it_begins() -> None:
    minute = train_artifacts.make_minute(5)
    n_channels = minute.levels.shape[1]
    shows = np.arange(n_channels) == 1
    minute.truth = [TrueArtifact("muscle", 10.2, 1.1, shows)]

    truth = train_artifacts.true_bins(minute)[LASTING.index("muscle")]

    assert truth[1, 41:45].tolist() == [1] * 4
    assert np.isnan(truth[1, 40])
    assert np.isnan(truth[0, 42])
    assert truth[1, 39] == truth[1, 47] == 0


@pytest.mark.slow
def test_networks_are_taught_and_written(tmp_path, monkeypatch, capsys) -> None:
    target = tmp_path / "weights.npz"
    monkeypatch.setattr(
        "sys.argv",
        ["train", "--recordings", "48", "--rounds", "6", "--target", str(target)],
    )

    train_artifacts.main()

    assert load_networks(target).blink.centre.size
    assert '"blink"' in capsys.readouterr().out
