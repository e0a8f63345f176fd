"""Sentences about faces say what was tried, on how many, and how little that may mean."""

from fascicle.workflows._faces import tell_faces


def entry(label, *ranks, n_brain_changed=0, is_done=True):
    trials = [
        {"attacker": attacker, "rank": rank, "n_candidates": 121}
        for attacker, rank in zip(("shape", "looks"), ranks, strict=True)
    ]
    return {
        "label": label,
        "defaced": {
            "method": "replace",
            "is_done": is_done,
            "n_brain_changed": n_brain_changed,
            "trials": trials,
        },
    }


def test_nothing_is_said_where_no_face_was_taken_out():
    assert tell_faces([{"label": "sub-1", "defaced": {}}, {"label": "sub-2"}]) == ()


def test_images_and_people_are_counted_apart():
    first, brain, shape, looks = tell_faces([
        entry("sub-1", 1, 90), entry("sub-1", 7, 3), entry("sub-2", 9, 2), {"label": "sub-3"},
    ])  # fmt: skip

    assert first == "Faces were taken out of 3 images of 2 people."
    assert brain.startswith("No voxel of the average brain, as aligned with each head, was")
    assert "named 1 of 2 people among 121 heads: 50 %" in shape
    assert "named 0 of 2 people" in looks


def test_below_a_hundred_people_nothing_is_established():
    few = tell_faces([entry(f"sub-{n}", 5, 5) for n in range(99)])
    enough = tell_faces([entry(f"sub-{n}", 5, 5) for n in range(100)])

    assert all("Not established" in sentence for sentence in few[2:])
    assert not any("Not established" in sentence for sentence in enough)
    assert "0 % to 3.6 %" in enough[2]


def test_a_changed_brain_is_told():
    sentences = tell_faces([entry("a", 2, 2, n_brain_changed=4)])

    assert sentences[1].startswith("4 voxels of the average brain, as aligned with each head,")


def test_faces_that_did_not_pass_count_among_the_tried():
    first, _, shape, _ = tell_faces([entry("a", 5, 5), entry("b", 1, 5, is_done=False)])

    assert first == (
        "Faces were taken out of 1 image of 1 person. 1 image more did not pass: its face was "
        "still named."
    )
    assert "named 1 of 2 people" in shape


def test_where_nothing_passed_nothing_is_said_of_brains():
    sentences = tell_faces([entry("a", 1, 1, is_done=False)])

    assert sentences[0].startswith("Faces were taken out of 0 images of 0 people.")
    assert not any("brain" in sentence for sentence in sentences)
