"""HDF5: every name, attribute and dataset, and what lies between."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_hdf5 import parse_hdf5


def parse(path: Path) -> Contents:
    return parse_hdf5(path.read_bytes(), Context(path.name, path=path))


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_every_text_is_read(tmp_path: Path, libver: str) -> None:
    path = tmp_path / "a.snirf"
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["by"] = "Brunhilde Vok"
        file["nirs/tags/id"] = "H884120"
        file["fixed"] = np.array([b"Quandt", b"Roth"])
        file["Leonore"] = 1.0
        table = np.array([(b"Ute", 3.0)], dtype=[("who", "S8"), ("age", "f8")])
        file["table"] = table
        file["codes"] = np.frombuffer(b"as bytes", dtype=np.uint8)
        file["samples"] = np.arange(707.0)

    contents = parse(path)

    texts = {field.text for field in contents.fields}
    assert {
        "Brunhilde Vok",
        "H884120",
        "Quandt",
        "Roth",
        "Leonore",
        "Ute",
        "who",
        "as bytes",
    } <= texts
    assert contents.problems == []
    assert sum(stop - start for start, stop in contents.samples) == 707 * 8


def test_packed_numbers_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.snirf"
    hidden = np.frombuffer(b"hello Leonore ..." + bytes(1983), dtype="<u2")
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=hidden, chunks=(100,), compression="gzip", shuffle=True)

    contents = parse(path)

    assert any(b"hello Leonore" in inner.data for inner in contents.unpacked)


def test_deleted_texts_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "a.snirf"
    with h5py.File(path, "w") as file:
        file["x"] = "somebody was here"
        del file["x"]

    assert any("somebody was here" in f.text for f in parse(path).fields)


@pytest.mark.parametrize("userblock", [0, 512])
def test_bytes_after_the_end_are_slack(tmp_path: Path, userblock: int) -> None:
    path = tmp_path / "a.snirf"
    with h5py.File(path, "w", userblock_size=userblock) as file:
        file["x"] = np.arange(99.0)
    clean = parse(path)
    with path.open("ab") as raw:
        raw.write(b"tail of somebody")

    contents = parse(path)

    assert clean.problems == []
    assert [p.code for p in contents.problems] == ["proof.slack"]
    assert any("tail of somebody" in f.text for f in contents.fields)


def test_links_out_of_the_file_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.snirf"
    with h5py.File(path, "w") as file:
        file["x"] = h5py.ExternalLink("quandt.h5", "/y")

    contents = parse(path)

    assert [p.code for p in contents.problems] == ["proof.broken"]
    assert "quandt.h5" in {f.text for f in contents.fields}
