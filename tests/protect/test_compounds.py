"""Names made of words for bodies and trials pass; anybody's name does not."""

import pytest

from fascicle.protect._compounds import is_compound
from fascicle.protect._labels import release_channel_names
from fascicle.protect._words import FIRST_NAMES


@pytest.mark.parametrize(
    "name",
    ["snout", "leftEar", "left_front_paw_tip", "TailBase2", "r hindpaw", "Finger1", "goCue_times",
     "contrastLeft", "signed_contrast", "gaze x left", "stimOn_times", "RT"],
)  # fmt: skip
def test_names_of_keypoints_and_columns_are_compounds(name: str) -> None:
    assert is_compound(name)


@pytest.mark.parametrize(
    "name",
    ["", " paw", "annapaw", "Anna paw", "Xylander", "paw1951", "pawAB", "paw/ear", "1", "ear" * 20,
     "pawéar"],
)  # fmt: skip
def test_other_names_are_not(name: str) -> None:
    assert not is_compound(name)


def test_hardly_any_first_name_is_a_compound_and_none_passes() -> None:
    assert {name for name in FIRST_NAMES if is_compound(name)} <= {"iris"}
    assert release_channel_names(["Iris"]) != ("Iris",)


def test_a_keypoint_that_is_called_like_a_person_of_the_study_is_replaced() -> None:
    assert release_channel_names(["Hand", "paw"], {"hand"}) == ("CH001", "paw")
