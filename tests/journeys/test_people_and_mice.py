"""People and mice in one folder: each keeps the protection of its own species, and no other."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import Planted, Shape, VolumeShape, make_edf, make_nifti
from fascicle.workflows import ShareOptions, fix

pytestmark = pytest.mark.journey

HEAD = "Held back: it shows a head, whose face can be drawn from it."
NO_CONSENT = "The participant has no consent on record."
MOMENT = datetime(2019, 11, 3, 9, 30, tzinfo=UTC)
PERSON = Planted(name="Wanda Quirrenbach", code="EE-7741", birth=date(1951, 5, 2), start=MOMENT)
FINE = VolumeShape(size=(37, 41, 33))
SPECIES = {"P01": "Homo sapiens", "P02": "Homo sapiens", "m01": "Mus musculus", "m02": ""}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """EEG of two people and a mouse on one day; heads of one of them, the mouse, and an unknown."""
    folder = tmp_path / "raw"
    (folder / "eeg").mkdir(parents=True)
    (folder / "mri").mkdir()
    for at, name in enumerate(("P01", "P02", "m01")):
        make_edf(folder / "eeg" / f"{name}_rest.edf", seed=at, planted=PERSON,
                 shape=Shape(n_seconds=5))  # fmt: skip
    for name in ("P01", "m01", "m02"):
        make_nifti(folder / "mri" / f"{name}_t1w.nii.gz", shape=FINE)
    list_species(folder, SPECIES)
    (tmp_path / "consent.csv").write_text("participant_id,duo\nP01,GRU\n")
    return folder


def list_species(raw: Path, species: dict[str, str]) -> None:
    rows = "".join(f"{name}\t{value}\n" for name, value in species.items())
    (raw / "participants.tsv").write_text("participant_id\tspecies\n" + rows)


def run(raw: Path, **options: object):
    consent = str(raw.parent / "consent.csv")
    answers = {"consent": consent, "participants": "confirmed", "line_hz": 50.0, "publish": False,
               "n_jobs": 1, "protocol": "AP-1"}  # fmt: skip
    return share(raw, raw.parent / "out", ShareOptions(**(answers | options)))


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def read_days(out: Path) -> dict[str, set[str]]:
    """Days of the EEG by species."""
    rows = read_rows(out / "participants.tsv")
    return {
        row["species"]: {
            one["acq_time"][:10]
            for path in (out / row["participant_id"]).rglob("*_scans.tsv")
            for one in read_rows(path)
            if "eeg" in one["filename"]
        }
        for row in rows
    }


def test_each_keeps_the_rules_of_its_own_species(raw: Path, tmp_path: Path, home: Path) -> None:
    result = run(raw)

    out = tmp_path / "out"
    assert sorted(result.left_out.values()) == [HEAD, NO_CONSENT, NO_CONSENT]
    assert read_days(out) == {"homo sapiens": {"2019-01-01"}, "mus musculus": {"2019-11-03"}}
    assert len(list(out.rglob("*_T1w.nii.gz"))) == 1
    errors = {f.code for f in result.findings if f.severity is Severity.ERROR}
    assert errors == {"consent.missing", "exposed.held"}
    assert "Of animals: " in (out / "README.md").read_text("utf-8")


def test_what_is_mended_is_proven_again_by_the_same_rules(
    raw: Path, tmp_path: Path, home: Path
) -> None:
    run(raw)
    (tmp_path / "out" / "CHANGES").write_text("1.0.0 first\n")

    fixed = fix(tmp_path / "out", accept_edits=True)

    assert fixed.sealed is True


@pytest.mark.parametrize("options", [{}, {"policy": "animal"}, {"species": "Mus musculus"}])
def test_a_species_edited_for_one_person_releases_nobody_else(
    raw: Path, tmp_path: Path, home: Path, options: dict[str, str]
) -> None:
    # What a person answers is for those of whom the table says nothing.
    first = "Homo sapiens" if "species" in options else ""
    list_species(raw, SPECIES | {"P01": first, "P02": "rat"})

    run(raw, **options)

    days = read_days(tmp_path / "out")
    assert days["homo sapiens"] == {"2019-01-01"}
    assert len(list((tmp_path / "out.private" / "held").rglob("*_T1w.nii.gz"))) >= 1
