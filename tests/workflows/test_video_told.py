"""The report tells which faces were masked, and what a network made of them."""

from fascicle.workflows._video_told import tell_masked

SAFE = {"is_hit": False, "is_known": True}


def entry(label: str, *faces: dict, n_masked: int = 40) -> dict:
    masked = {"rule": "follow", "n_frames": 50, "n_masked": n_masked, "faces": list(faces)}
    return {"label": label, "masked": masked}


def test_nothing_is_told_where_nothing_was_masked() -> None:
    assert tell_masked([{"label": "01"}, {"label": "02", "masked": {}}]) == ()


def test_people_are_counted_once_and_two_establish_nothing() -> None:
    entries = [entry("01", SAFE, SAFE), entry("01", SAFE), entry("02", SAFE), entry("03")]

    first, second = tell_masked(entries)

    assert "4 videos of 3 people, in 160 of 200 frames" in first
    assert "look at the video" in first
    assert "recognised 0 of 2 people" in second
    assert "as they were it recognised 2" in second
    assert second.endswith("Not established: that needs 100 people.")


def test_a_hundred_people_make_a_rate() -> None:
    _, second = tell_masked([entry(str(i), SAFE) for i in range(100)])

    assert "0 %, 95 % interval 0 % to 3.6 %" in second
    assert "Not established" not in second


def test_films_of_faces_that_nobody_tried_are_told_without_a_rate() -> None:
    assert len(tell_masked([entry("01")])) == 1
