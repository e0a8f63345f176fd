"""The demo's raw folder is as messy as it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import make_demo_input


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, cut from noise instead of from the real recording."""
    import mne

    folder = tmp_path_factory.mktemp("demo")
    names = [f"MEG {n:04d}" for n in range(111, 118)] + [f"EEG {n:03d}" for n in range(1, 61)]
    info = mne.create_info(names, 600.0, ["mag"] * 7 + ["eeg"] * 60)
    samples = np.random.default_rng(5).normal(scale=1e-5, size=(67, 14407))
    mne.io.RawArray(samples, info, verbose="error").save(folder / "one_raw.fif", verbose="error")
    make_demo_input.make_raw_folder(folder / "one_raw.fif", folder / "raw")
    return folder / "raw"


def test_the_folder_holds_five_formats_of_recordings(raw: Path) -> None:
    suffixes = {path.suffix for path in raw.rglob("*")}

    assert {".edf", ".vhdr", ".set", ".fif", ".bdf"} <= suffixes


@pytest.mark.parametrize("person", make_demo_input.PEOPLE, ids=lambda person: person.code)
def test_every_person_is_named_somewhere_in_the_recordings(
    raw: Path, person: make_demo_input.Person
) -> None:
    names = (person.first.encode(), person.last.encode())

    named = [
        path.name
        for path in raw.rglob("*")
        if path.suffix in {".edf", ".bdf", ".vhdr", ".vmrk", ".fif", ".set"}
        if any(name in path.read_bytes() for name in names)
    ]

    assert named


def test_the_broken_the_empty_and_the_doubled_file_are_there(raw: Path) -> None:
    import hashlib

    files = [path for path in raw.rglob("*") if path.is_file()]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]

    assert len(digests) - len(set(digests)) == 1
    assert [path.name for path in files if path.stat().st_size == 0] == ["VP04 ruhe test.eeg"]
    assert (raw / "Klinik EEG" / "VP02_Krueger_Bernd_rest_abbruch.edf").stat().st_size == 3000


def test_one_person_has_no_consent(raw: Path) -> None:
    table = (raw / "consent.csv").read_text("utf-8")

    given = {person.code for person in make_demo_input.PEOPLE if person.code in table}

    assert {person.code for person in make_demo_input.PEOPLE} - given == {"VP07"}
