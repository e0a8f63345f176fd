"""The two echo times behind a map of phase differences."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fascicle.formats._dicom_echoes import find_echo_times
from fascicle.formats._dicom_header import read_dicom_header
from fascicle.formats._dicom_instances import read_instance
from fascicle.testing import Planted, make_dicom


def relative(root: Path, path: Path) -> PurePosixPath:
    return PurePosixPath(path.relative_to(root).as_posix())


@pytest.mark.parametrize("folders", [("a", "a", "a"), ("mag", "mag", "phase"), ("m1", "m2", "p")])
def test_echo_times_are_those_of_the_magnitudes_wherever_they_lie(
    tmp_path: Path, folders: tuple[str, str, str]
) -> None:
    one, two, three = (tmp_path / "raw" / folder for folder in folders)
    make_dicom(one, "magnitude1")
    make_dicom(two, "magnitude2")
    make_dicom(tmp_path / "raw" / "func", "bold")
    paths = make_dicom(three, "phasediff")

    header = read_dicom_header(tmp_path, [relative(tmp_path, path) for path in paths])

    assert header.metadata["EchoTime1"] == 0.00492
    assert header.metadata["EchoTime2"] == 0.00738


@pytest.mark.parametrize("kind", ["nobody", "somebody else", "another protocol", "three echoes"])
def test_magnitudes_of_another_scan_do_not_count(tmp_path: Path, kind: str) -> None:
    if kind == "somebody else":
        make_dicom(tmp_path, "magnitude1", planted=Planted(code="MRN-2"))
    elif kind == "another protocol":
        make_dicom(tmp_path, "magnitude1", changes={"ProtocolName": "another"})
    elif kind == "three echoes":
        for seed, echo in enumerate(("2.5", "4.92", "7.38")):
            make_dicom(tmp_path, "magnitude1", seed=seed, changes={"EchoTime": echo})
    (path, *_) = make_dicom(tmp_path, "phasediff")

    assert find_echo_times(tmp_path, read_instance(tmp_path, relative(tmp_path, path))) is None


def test_other_files_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    make_dicom(tmp_path, "magnitude1")
    (tmp_path / "notes.txt").write_text("nothing of DICOM")
    (path, *_) = make_dicom(tmp_path, "phasediff")

    found = find_echo_times(tmp_path, read_instance(tmp_path, relative(tmp_path, path)))

    assert found == (4.92, 7.38)


def test_a_folder_of_thousands_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fascicle.formats._dicom_echoes._MOST_FILES", 5)
    make_dicom(tmp_path, "magnitude1")
    (path, *_) = make_dicom(tmp_path, "phasediff")

    found = find_echo_times(tmp_path, read_instance(tmp_path, relative(tmp_path, path)))

    assert found == (4.92, 7.38)
