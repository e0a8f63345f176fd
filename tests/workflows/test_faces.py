"""Sentences about faces say what was tried, on how many, and how little that may mean."""

from fascicle.workflows._faces import tell_faces


def entry(label, *ranks, n_brain_changed=0):
    trials = [
        {"attacker": attacker, "rank": rank, "n_candidates": 121}
        for attacker, rank in zip(("shape", "looks"), ranks, strict=True)
    ]
    return {
        "label": label,
        "defaced": {"method": "replace", "n_brain_changed": n_brain_changed, "trials": trials},
    }


def test_nothing_is_said_where_no_face_was_taken_out():
    assert tell_faces([{"label": "sub-1", "defaced": {}}, {"label": "sub-2"}]) == ()


def test_images_and_people_are_counted_apart():
    first, shape, looks = tell_faces([
        entry("sub-1", 1, 90), entry("sub-1", 7, 3), entry("sub-2", 9, 2), {"label": "sub-3"},
    ])  # fmt: skip

    assert first.startswith("Faces were taken out of 3 images of 2 people. No voxel")
    assert "named 1 of 2 people among 121 heads: 50 %" in shape
    assert "named 0 of 2 people" in looks


def test_below_a_hundred_people_nothing_is_established():
    few = tell_faces([entry(f"sub-{n}", 5, 5) for n in range(99)])
    enough = tell_faces([entry(f"sub-{n}", 5, 5) for n in range(100)])

    assert all("Not established" in sentence for sentence in few[1:])
    assert not any("Not established" in sentence for sentence in enough)
    assert "0 % to 3.6 %" in enough[1]


def test_a_changed_brain_is_told():
    assert "4 voxels of brains were changed" in tell_faces([entry("a", 2, 2, n_brain_changed=4)])[0]
