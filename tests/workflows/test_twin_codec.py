"""A person is one vector, and comes back from it with a row and every file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.workflows.test_twin_inputs import N_REGIONS, make_dataset

from fascicle.workflows._twin_codec import fit_joint_codec, list_rows
from fascicle.workflows._twin_inputs import read_twin_source


def test_rows_and_files_go_into_one_vector_and_come_back(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "ds", 40, signals=True))
    trained, others = source.labels[:30], source.labels[30:]

    codec = fit_joint_codec(source, trained, ("age", "score"))
    vectors = codec.encode(source, others)
    person = codec.decode(vectors[0], np.random.default_rng(0))

    n_features = sum(one.n_features for one in (codec.table, *codec.parts))
    assert vectors.shape == (10, n_features)
    assert set(person.row) == {"age", "score"}
    signals, matrix = person.parts
    assert signals.shape[1] == 3
    assert matrix.shape == (N_REGIONS, N_REGIONS)
    assert codec.mechanisms == ()


def test_nobody_but_those_trained_on_shapes_the_codec(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "ds", 40))
    trained = source.labels[:30]
    vectors = fit_joint_codec(source, trained, ("age",)).encode(source, trained)
    for path in tmp_path.rglob("sub-p4*_relmat.tsv"):
        np.savetxt(path, np.eye(N_REGIONS), delimiter="\t")

    again = fit_joint_codec(source, trained, ("age",)).encode(source, trained)

    assert np.array_equal(vectors, again)


def test_rows_are_those_asked_for_in_their_order(tmp_path: Path) -> None:
    source = read_twin_source(make_dataset(tmp_path / "ds"))

    rows = list_rows(source, ("p05", "p02"), ("group",))

    assert rows == [{"group": "ill"}, {"group": "well"}]
