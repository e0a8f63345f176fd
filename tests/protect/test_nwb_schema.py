"""The schema in an NWB file is known text; anything else in its place is read."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Header, Modality
from fascicle.formats._nwb_write import write_nwb
from fascicle.protect._contents import Context
from fascicle.protect._nwb_schema import is_schema
from fascicle.protect._parse_hdf5 import parse_hdf5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "sub-001_beh.nwb"
    write_nwb(path, Header(Modality.BEH), lambda draft: None)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def note(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            found[name] = node[0]

    with h5py.File(path) as file:
        file["specifications"].visititems(note)
    return found


def test_every_part_of_the_schema_in_a_written_file_is_known(path: Path) -> None:
    parts = parts_of(path)

    assert len(parts) > 15
    assert all(map(is_schema, parts.values()))


def test_a_schema_with_one_other_letter_is_not_known(path: Path) -> None:
    text = parts_of(path)["core/2.11.0/nwb.base"]

    assert not is_schema(text.replace(b"doc", b"dog", 1))
    assert not is_schema(b"")


def test_the_words_of_the_schema_are_not_read_as_texts_of_the_file(path: Path) -> None:
    contents = parse_hdf5(path.read_bytes(), Context(path.name, path=path))

    assert contents.problems == []
    assert not any("@" in field.text for field in contents.fields)


def test_a_text_that_was_slipped_into_the_schema_is_read(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["specifications/core/2.11.0"].create_dataset(
            "notes", data=np.array([b"Brunhilde Vok"]), chunks=(1,), compression="gzip"
        )

    contents = parse_hdf5(path.read_bytes(), Context(path.name, path=path))

    assert "Brunhilde Vok" in {field.text for field in contents.fields}
