"""A folder of behaviour becomes a dataset: poses, sessions, trials, gaze and video."""

from pathlib import Path

import pytest

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import (
    Planted,
    make_avi,
    make_deeplabcut,
    make_eyelink,
    make_ibl,
    make_mov,
    make_sleap,
    make_trials,
)
from fascicle.workflows import ShareOptions

pytest.importorskip("cv2")
pytestmark = [pytest.mark.journey, pytest.mark.slow]


def write_mice(folder: Path) -> Planted:
    planted = Planted()
    for number in (1, 2):
        mouse = folder / f"m{number}"
        make_deeplabcut(mouse / "reach", planted=planted, seed=number)
        make_ibl(mouse / "choice", planted=planted, seed=number)
        make_sleap(mouse / "social" / "x.analysis.h5", planted=planted, seed=number)
        make_mov(mouse / "reach" / "m1.mov", planted=planted, seed=number)
        make_avi(mouse / "social" / "x.avi", planted=planted, seed=number)
        make_trials(mouse / "gonogo" / "table.csv", planted=planted, seed=number)
    return planted


def test_a_folder_of_mice_becomes_a_dataset_without_any_word_of_the_lab(tmp_path, home):
    planted = write_mice(tmp_path / "raw")

    result = share(
        tmp_path / "raw",
        tmp_path / "out",
        ShareOptions(publish=False, species="mouse", participants="confirmed"),
    )

    assert [f for f in result.findings if f.severity is Severity.ERROR] == []
    assert (result.n_recordings, result.n_participants) == (12, 2)
    files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    endings = [p.suffix for p in files if p.parent.name == "beh"]
    assert (endings.count(".nwb"), endings.count(".mov"), endings.count(".avi")) == (8, 2, 2)
    everything = b"".join(p.read_bytes() for p in files).lower()
    assert [word for word in planted.words() if word.lower().encode() in everything] == []
    assert b"sound of a voice" not in everything


def test_videos_of_people_are_held_back_and_their_gaze_is_not(tmp_path, home):
    for number in (1, 2):
        person = tmp_path / "raw" / f"P0{number}"
        make_eyelink(person / "reading.asc", planted=Planted(), seed=number)
        make_mov(person / "reading.mov", planted=Planted(), seed=number)

    result = share(
        tmp_path / "raw",
        tmp_path / "out",
        ShareOptions(publish=False, species="human", participants="confirmed"),
    )

    assert {f.code for f in result.findings if f.severity is Severity.ERROR} == {"exposed.held"}
    files = [p.suffix for p in (tmp_path / "out").rglob("*") if p.parent.name == "beh"]
    assert files.count(".nwb") == 2
    assert not {".mov", ".mp4"} & set(files)
