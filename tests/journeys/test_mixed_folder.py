"""EEG and MRI of the same people under two schemes of numbers, through the whole command."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fascicle import look, share
from fascicle.core import Plan
from fascicle.testing import Planted, Shape, make_dicom, make_edf
from fascicle.workflows import ShareOptions

pytest.importorskip("pydicom", reason="needs the extra mri")

pytestmark = pytest.mark.journey

NUMBERS = ("00412345", "07733811", "05590127")
BIRTHS = (date(1951, 5, 2), date(1972, 8, 19), date(1984, 2, 27))
OPTIONS = ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0,
                       signed_by="Ada Q.")  # fmt: skip


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """``eeg/WK11_rest.edf`` and ``dicom/...`` under hospital numbers; all have a day of birth."""
    folder = tmp_path / "raw"
    (folder / "eeg").mkdir(parents=True)
    for at, (number, birth) in enumerate(zip(NUMBERS, BIRTHS, strict=True)):
        when = datetime(2019, 11, 3 + at, 9, 30, tzinfo=UTC)
        person = Planted(
            name=f"Vorname{at} Quirrenbach", code=f"EE-77{at}", birth=birth, start=when
        )
        for task in ("rest", "oddball"):
            make_edf(folder / "eeg" / f"WK{at + 11}_{task}.edf", seed=3 * at + (task == "rest"),
                     planted=person, shape=Shape(n_seconds=5))  # fmt: skip
        scanned = replace(person, code=number)
        for series, kind in enumerate(("T1w", "bold"), start=2):
            names = {"SeriesDescription": "fMRI_rest" if kind == "bold" else "t1_mprage",
                     "SeriesNumber": str(series)}  # fmt: skip
            n_volumes = 3 if kind == "bold" else None
            place = folder / "dicom" / f"ST{at:04d}"
            make_dicom(
                place, kind, seed=10 * at + series, planted=scanned, changes=names,
                n_volumes=n_volumes,
            )  # fmt: skip
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Leading zeros eaten by a spreadsheet."""
    path = tmp_path / "who.csv"
    rows = [f"WK{at + 11};{number.lstrip('0')}" for at, number in enumerate(NUMBERS)]
    path.write_text("\n".join(["eeg;mri", *rows]), "utf-8")
    return path


def people_of(plan: Plan) -> dict[str, set[str]]:
    """Kinds of recordings by participant."""
    found: dict[str, set[str]] = {}
    for recording in plan.recordings:
        own = found.setdefault(recording.entities["participant"].value, set())
        own.add(recording.modality.value)
    return found


def test_without_a_table_people_are_kept_apart_and_one_question_is_asked(raw: Path) -> None:
    plan = look(raw).plan

    assert people_of(plan) == {
        **{f"WK{at + 11}": {"eeg"} for at in range(3)},
        **{number: {"anat", "func"} for number in NUMBERS},
    }
    assert [q.id for q in plan.questions].count("link") == 1
    assert len(plan.questions) <= 5


def test_a_table_makes_them_one_and_the_protocols_name_tells_the_task(
    raw: Path, table: Path
) -> None:
    plan = look(raw, link=table).plan

    assert people_of(plan) == {f"WK{at + 11}": {"eeg", "anat", "func"} for at in range(3)}
    assert [p.aliases for p in plan.participants] == [(number,) for number in NUMBERS]
    assert "link" not in {q.id for q in plan.questions}
    tasks = {r.modality.value: set() for r in plan.recordings}
    for recording in plan.recordings:
        tasks[recording.modality.value].add(recording.entities["task"].value)
    assert tasks == {"eeg": {"rest", "oddball"}, "func": {"rest"}, "anat": {""}}


@pytest.mark.slow
def test_one_pseudonym_for_both_numbers_in_this_session_and_the_next(
    raw: Path, table: Path, tmp_path: Path
) -> None:
    result = share(raw, tmp_path / "out", replace(OPTIONS, link=table))
    again = share(raw, tmp_path / "out", OPTIONS)

    assert not result.refused
    assert (result.n_participants, again.n_participants) == (3, 3)
    for label in ("001", "002", "003"):
        folder = tmp_path / "out" / f"sub-{label}"
        assert {p.name for p in folder.rglob("*") if p.is_dir()} >= {"eeg", "anat", "func"}
    held = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    for number in NUMBERS:
        assert number.encode() not in held
        assert number.lstrip("0").encode() not in held
