"""The survival test tells a head that still shows from one that does not."""

import numpy as np
import pytest

from fascicle.maths import proportion_interval
from fascicle.protect import (
    FaceTraits,
    FaceTrial,
    align_head,
    attack_face,
    face_gallery,
    make_plain,
    rank_own,
    scan_face,
    sum_trials,
)
from fascicle.testing import make_head


def traits(n, seed=2):
    rng = np.random.default_rng(seed)
    return FaceTraits(
        rng.normal(0, 4, (n, 3, 10, 9)).astype(np.float32),
        rng.normal(size=(n, 128)).astype(np.float32),
    )


def test_the_gallery_holds_heads_that_differ():
    gallery = face_gallery()

    assert gallery.shape.shape[:2] == (120, 3)
    assert gallery.looks.shape == (120, 128)
    assert np.isfinite(gallery.shape).all()
    assert len(np.unique(gallery.shape.reshape(120, -1), axis=0)) == 120


def test_a_scan_with_its_face_is_named_by_both_attackers():
    pytest.importorskip("SimpleITK")
    pytest.importorskip("dlib")
    values, affine, *_ = make_head(12, voxel=3.0)
    found = align_head(make_plain(values, affine, voxel_mm=4.0))
    own = scan_face(values, affine, found)

    trials = attack_face(own, own)

    assert [trial.attacker for trial in trials] == ["shape", "looks"]
    assert all(trial.is_hit and trial.n_candidates == 121 for trial in trials)


def test_what_is_no_head_any_more_is_not_named():
    known = traits(30)
    probes = traits(4, seed=9)

    trials = rank_own(probes, known, np.array([3, 11, 20, 29]))

    assert len(trials) == 8
    assert {trial.n_candidates for trial in trials} == {30}
    assert sum(trial.is_hit for trial in trials) <= 2


def test_the_rank_is_the_place_among_all_heads():
    known = traits(6)
    nearly = FaceTraits(known.shape[[4]] + 0.1, known.looks[[4]])

    as_itself = rank_own(nearly, known, np.array([4]))
    as_another = rank_own(nearly, known, np.array([0]))

    assert [trial.rank for trial in as_itself] == [1, 1]
    assert all(trial.rank > 1 for trial in as_another)


def test_several_scans_of_one_person_count_once():
    hit, miss = FaceTrial("shape", 1, 121), FaceTrial("shape", 7, 121)
    looks = FaceTrial("looks", 2, 100)

    shape, other = sum_trials({"a": [miss, hit, hit], "b": [miss, looks], "c": [miss]})

    assert (shape.n_hits, shape.n_people) == (1, 3)
    assert (shape.low, shape.high) == proportion_interval(1, 3)
    assert shape.chance == pytest.approx(1 / 121)
    assert (other.attacker, other.n_hits, other.n_people) == ("looks", 0, 1)
    assert not shape.is_established


def test_a_rate_is_established_from_a_hundred_people_on():
    miss = FaceTrial("shape", 5, 121)

    assert not sum_trials({str(n): [miss] for n in range(99)})[0].is_established
    assert sum_trials({str(n): [miss] for n in range(100)})[0].is_established


def test_nobody_tried_is_no_rate():
    assert sum_trials({}) == ()
