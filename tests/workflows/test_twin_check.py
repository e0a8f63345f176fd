"""A twin is attacked as it lies there, beside people held out; real people show what can be."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.workflows.test_twin_inputs import make_dataset, write_series

from fascicle.protect import Verdict
from fascicle.workflows._twin_check import Sides, check_part, check_table, teach_on_twin
from fascicle.workflows._twin_codec import fit_joint_codec
from fascicle.workflows._twin_inputs import read_twin_source

NO_LOSSES = np.arange(40.0), np.arange(40.0) + 0.5


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """A 'twin' that is a copy of the people trained on."""
    folder = tmp_path_factory.mktemp("sides")
    real = read_twin_source(make_dataset(folder / "real", 80))
    trained, held_out = real.labels[:40], real.labels[40:]
    shutil.copytree(folder / "real", folder / "twin")
    for label in held_out:
        shutil.rmtree(folder / "twin" / f"sub-{label}")
    return Sides(real, read_twin_source(folder / "twin"), trained, held_out)


def test_copies_of_people_are_caught_in_the_table(sides: Sides) -> None:
    audit, worth = check_table(sides, ("age", "score"), (), NO_LOSSES, 0)

    assert audit.verdict is Verdict.REFUSED
    assert worth.twin == worth.real


def test_copies_of_people_are_caught_in_their_files(sides: Sides) -> None:
    audit, (worth,) = check_part(sides, 0, NO_LOSSES, 0)

    assert audit.verdict is Verdict.REFUSED
    assert worth.measure == "connectivity"
    assert worth.twin == worth.real


@pytest.mark.parametrize(
    ("repetition_s", "freqs"),
    [
        (2.0, {"lowest": 1 / 64, "highest": 0.25, "unit": "Hz"}),
        (None, {"lowest": 1 / 32, "highest": 0.5, "unit": "cycles per sample"}),
    ],
)
def test_spectra_are_in_hertz_where_a_sidecar_says_so_also_if_the_twin_has_none(
    tmp_path: Path, repetition_s: float | None, freqs: dict[str, object]
) -> None:
    labels = "abcdefghijkl"
    real = read_twin_source(write_series(tmp_path / "real", dict.fromkeys(labels, repetition_s)))
    twin = read_twin_source(write_series(tmp_path / "twin", dict.fromkeys(labels)))
    sides = Sides(real, twin, real.labels[:6], real.labels[6:])

    _, (_, spectra) = check_part(sides, 0, (np.arange(6.0), np.arange(6.0)), 0)

    assert spectra.as_dict()["freqs"] == freqs
    # Taken for another rate, a copy of a person would look unlike the person.
    assert len({part.sfreq_hz for _, _, part in sides.people(0)}) == 1


def test_who_learns_from_copies_tells_classes_as_from_the_people_themselves(sides: Sides) -> None:
    codec = fit_joint_codec(sides.real, sides.trained, ("age",))
    assert sides.real.table is not None
    group = dict(zip(sides.real.labels, sides.real.table.columns["group"], strict=True))
    people = {"trained": sides.trained, "held_out": sides.held_out, "twin": sides.twin.labels}

    scores = teach_on_twin(
        sides, codec, {side: [group[label] for label in labels] for side, labels in people.items()}
    )

    assert scores["twin"] == scores["real"]
    assert scores["twin"].accuracy > 0.9
