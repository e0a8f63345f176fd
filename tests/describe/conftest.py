"""A small BIDS folder, written by hand so that nothing of the product makes what it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

ABOUT = {
    "Name": "Oddball",
    "BIDSVersion": "1.10.0",
    "License": "CC0",
    "Authors": ["Curie, Marie", "Emmy Noether"],
    "Keywords": ["tones"],
    "ReferencesAndLinks": ["doi:10.1000/xyz"],
    "GeneratedBy": [{"Name": "Fascicle", "Version": "0.1.0"}],
}
README = """# Oddball

These are recordings of scalp potentials of two listeners who counted rare tones among many
frequent ones, in two visits each, with their eyes closed.

More words.
"""
SIDECAR = {
    "TaskName": "oddball",
    "SamplingFrequency": 500,
    "PowerLineFrequency": 50,
    "Manufacturer": "Brain Products",
}


def write_dataset(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset_description.json").write_text(json.dumps(ABOUT), encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    rows = "participant_id\tspecies\tage\tsex\thand\n"
    rows += "sub-02\thomo sapiens\t89+\tM\tR\nsub-01\thomo sapiens\t23\tF\tn/a\n"
    (folder / "participants.tsv").write_text(rows, encoding="utf-8")
    (folder / "participants.json").write_text("{}", encoding="utf-8")
    # What all recordings share stands at the top, as BIDS allows.
    (folder / "task-oddball_eeg.json").write_text(json.dumps(SIDECAR), encoding="utf-8")
    for person, session, seconds in (("01", "1", 60.5), ("01", "2", 61.0), ("02", "1", 30.25)):
        place = folder / f"sub-{person}" / f"ses-{session}" / "eeg"
        place.mkdir(parents=True)
        stem = f"sub-{person}_ses-{session}_task-oddball_eeg"
        (place / f"{stem}.edf").write_bytes(b"0" * 100)
        sidecar = json.dumps({"RecordingDuration": seconds})
        (place / f"{stem}.json").write_text(sidecar, encoding="utf-8")
    return folder


@pytest.fixture
def dataset_folder(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "ds")


@pytest.fixture
def make_folder() -> Callable[[Path], Path]:
    return write_dataset
