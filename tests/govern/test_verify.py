"""Whatever somebody changes in the catalogue is found, and nothing is removed on its word."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fascicle.govern import open_commons
from fascicle.govern._verify import describe_orphans
from fascicle.testing import ReleaseShape, make_release

TAMPERED = {
    "a consent": "UPDATE consents SET terms = replace(terms, '\"commercial\": false', "
    "'\"commercial\": true')",
    "no record": "UPDATE consents SET terms = '[]'",
    "the tier": "UPDATE versions SET described = replace(described, 'controlled', 'open')",
    "the protocol": 'UPDATE versions SET facts = \'{"protocol": "x"}\'',
    "the files of a person": "DELETE FROM assets WHERE path LIKE 'sub-02%'",
    "a person's consent": "DELETE FROM consents WHERE rowid = 1",
    "a path": "UPDATE assets SET path = 'sub-01/eeg/other' WHERE id = 3",
    "the version": "DELETE FROM versions",
}


def stored_files(folder: Path) -> set[Path]:
    return {path for path in (folder / "objects").rglob("*") if path.is_file()}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_catalogue_is_found_and_nothing_is_removed(what: str, tmp_path: Path) -> None:
    made = make_release(tmp_path / "out")
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        commons.publish(made.release, made.folder)
        assert commons.verify() == ()
        before = stored_files(tmp_path / "commons")
        with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
            raw.execute("PRAGMA foreign_keys = ON")
            if what == "the version":
                raw.execute("DELETE FROM catalogue")
            raw.execute(TAMPERED[what])
            raw.commit()

        findings = commons.verify()

        places = [finding.place for finding in findings if finding.code == "commons.version"]
        assert places == [f"{ReleaseShape().dataset.id}@1"]
        assert stored_files(tmp_path / "commons") == before


@pytest.mark.parametrize(
    ("n_removed", "codes"), [(None, ["commons.busy"]), (0, []), (3, ["commons.orphan"])]
)
def test_what_became_of_orphans_is_said(n_removed: int | None, codes: list[str]) -> None:
    assert [finding.code for finding in describe_orphans(n_removed)] == codes
