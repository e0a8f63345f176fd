"""What a release must show, and whom a file is about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.core import Asset, Consent
from fascicle.errors import Refusal
from fascicle.govern._publish import (
    find_humans,
    find_mentioned,
    is_inside,
    participants_behind,
    require_consent,
    require_files,
    require_identity,
)
from fascicle.testing import ReleaseShape, make_release

MOUSE = replace(ReleaseShape().dataset, species=("mus musculus",))


@pytest.mark.parametrize(
    ("path", "said", "expected"),
    [
        ("README", (), ()),
        ("sub-01/eeg/a.eeg", (), ("01",)),
        ("sub-01/eeg/a.eeg", ("01",), ("01",)),
        ("derivatives/x/sub-02/a.tsv", (), ("02",)),
        ("sub-01/a.tsv", ("02",), ("02", "01")),
        ("sub-01.txt", (), ()),
    ],
)
def test_a_path_that_names_a_participant_is_believed(path, said, expected) -> None:
    assert participants_behind(Asset(path, "", 1, "table", said)) == expected


def test_a_file_about_nobody_that_speaks_of_somebody_is_about_them(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<p>sub-02: fine. sub-01_task-rest: flat. sub-77.</p>")
    (tmp_path / "README").write_text("Of 02 and 01, subtle.")

    assert find_mentioned(tmp_path / "report.html", {"01", "02", "03"}) == ("01", "02")
    assert find_mentioned(tmp_path / "README", {"01", "02"}) == ()


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../out", "a/../../b", "C:\\x", "a\\b", "a:b", "a\0b"]
)
def test_paths_that_lead_out_are_seen(path: str) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize("confidence", [0.89, 0.0, -1.0, float("nan")])
def test_below_the_stated_confidence_nothing_is_published(confidence: float) -> None:
    with pytest.raises(Refusal, match=r"FSC512.*identity"):
        require_identity(confidence)


def test_at_the_stated_confidence_it_is() -> None:
    require_identity(0.9)


def test_a_consent_of_limits_only_counts_as_missing() -> None:
    given = {"01": Consent(("DUO:0000042",)), "02": Consent(("DUO:0000046",))}

    with pytest.raises(Refusal, match=r"FSC510.*none of 1"):
        require_consent(given, ["01", "02"])


def test_mice_are_no_people_and_a_person_among_them_is(tmp_path: Path) -> None:
    made = make_release(tmp_path / "out", ReleaseShape(dataset=MOUSE, consents={}))
    assert find_humans(made.release, made.folder) == ()

    table = made.folder / "participants.tsv"
    table.write_bytes(table.read_bytes().replace(b"mus musculus", b"homo sapiens", 1))

    assert find_humans(made.release, made.folder) == ("01",)


def test_a_species_that_nobody_knows_counts_as_human(tmp_path: Path) -> None:
    unknown = replace(ReleaseShape().dataset, species=())
    made = make_release(tmp_path / "out", ReleaseShape(dataset=unknown, consents={}))

    assert find_humans(made.release, made.folder) == ("01", "02", "03")


def test_what_file_managers_leave_behind_is_no_difference(tmp_path: Path) -> None:
    made = make_release(tmp_path / "out")
    (made.folder / ".DS_Store").write_text("")

    require_files(made.release, made.folder)


@pytest.mark.parametrize("change", ["more", "fewer", "link"])
def test_other_files_than_the_sealed_ones_are_refused(change: str, tmp_path: Path) -> None:
    made = make_release(tmp_path / "out")
    readme = made.folder / "README"
    if change == "more":
        (made.folder / "notes.txt").write_text("seen after the proof")
    else:
        content = readme.read_bytes()
        readme.unlink()
        if change == "link":
            (tmp_path / "elsewhere").write_bytes(content)
            try:
                readme.symlink_to(tmp_path / "elsewhere")
            except OSError:
                pytest.skip("no links on this system")

    with pytest.raises(Refusal, match="FSC504"):
        require_files(made.release, made.folder)
