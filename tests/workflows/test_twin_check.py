"""A twin is attacked as it lies there, beside people held out; real people show what can be."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tests.workflows.test_twin_inputs import make_dataset

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
