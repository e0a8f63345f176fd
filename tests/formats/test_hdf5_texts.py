"""Texts in HDF5 files of results."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from fascicle.formats._hdf5_texts import find_texts


def test_values_are_found_wherever_they_stand_and_numbers_and_program_words_are_not(
    tmp_path: Path,
) -> None:
    """Attributes of the file, of groups and of arrays; small arrays of texts."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["who"] = "Xylander Quorn"
        file.attrs["rate"] = 30.0
        file.create_group("params").attrs["method"] = "sparse_nmf"
        file["params/files"] = np.array([b"/data/Quorn/a.tif", b"C:\\Roth\\b.tif"])
        file["params/short"] = b"abc"
        file["params/long"] = b"x" * 600
        file["traces"] = np.zeros((7, 1009))
        file["traces"].attrs["note"] = b"left hemisphere, Dr. Roth"

    with h5py.File(tmp_path / "a.h5", "r") as file:
        found = sorted((kind, name, str(value)) for kind, name, value in find_texts(file))

    assert found == [
        ("path", "params/files", "/data/Quorn/a.tif"),
        ("path", "params/files", "C:\\Roth\\b.tif"),
        ("text", "attribute note", "left hemisphere, Dr. Roth"),
        ("text", "attribute who", "Xylander Quorn"),
    ]
