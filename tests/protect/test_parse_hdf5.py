"""HDF5: every name, attribute and dataset, and what lies between."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.protect import _parse_hdf5
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
    assert sum(stop - start for start, stop in contents.samples) == 708 * 8  # and the one


def test_packed_numbers_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.snirf"
    hidden = np.frombuffer(b"hello Leonore ..." + bytes(1983), dtype="<u2")
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=hidden, chunks=(100,), compression="gzip", shuffle=True)

    contents = parse(path)

    assert any(b"hello Leonore" in block for inner in contents.decoded for block in inner.blocks())


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


def test_a_link_within_the_file_is_followed_and_one_that_leads_out_is_a_problem(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file["devices/probe"] = "Brunhilde Vok"
        file["groups/device"] = h5py.SoftLink("/devices/probe")
        file["groups/gone"] = h5py.SoftLink("/devices/Leonore")
        file["groups/other"] = h5py.ExternalLink("vok.h5", "/data")

    contents = parse(path)

    assert [problem.code for problem in contents.problems] == ["proof.broken", "proof.broken"]
    texts = {field.text for field in contents.fields}
    assert {"Brunhilde Vok", "/devices/probe", "/devices/Leonore", "vok.h5"} <= texts


def test_addresses_of_objects_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        group = file.create_group("probe")
        file.create_dataset("column", data=[group.ref] * 3, dtype=h5py.ref_dtype)
        file.attrs["target"] = group.ref
        kinds = np.dtype([("i", "<i4"), ("series", h5py.ref_dtype)])
        file.create_dataset("rows", data=np.array([(1, group.ref)] * 20, dtype=kinds))

    contents = parse(path)

    assert not any("reference" in field.text for field in contents.fields)
    assert contents.problems == []


def test_samples_larger_than_a_block_are_decoded_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_parse_hdf5, "_BLOCK_BYTES", 4000)
    values = np.arange(10007 * 3, dtype="<i2").reshape(-1, 3)
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(100, 2), compression="gzip", shuffle=True)

    (decoded,) = parse(path).decoded

    blocks = list(decoded.blocks())
    assert len(blocks) > 10
    assert b"".join(blocks) == values.tobytes()


def test_large_pictures_are_samples_and_no_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        pixels = np.random.default_rng(7).integers(0, 255, (300, 301), dtype=np.uint8)
        file.create_dataset("x", data=pixels, chunks=(100, 301), compression="gzip")

    contents = parse(path)

    assert sum(len(field.text) for field in contents.fields) < 1000
    assert [decoded.place for decoded in contents.decoded] == ["/1"]


def test_a_small_film_is_samples_and_letters_in_many_axes_are_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        pixels = np.random.default_rng(7).integers(0, 255, (9, 21, 17), dtype=np.uint8)
        file.create_dataset("film", data=pixels, chunks=(3, 21, 17), compression="gzip")
        letters = np.frombuffer(b"Brunhilde Vok was here", dtype=np.uint8)
        file["letters"] = letters[np.newaxis, np.newaxis]

    contents = parse(path)

    assert [decoded.place for decoded in contents.decoded] == ["/1"]
    texts = [field.text for field in contents.fields if field.role == "text"]
    assert texts == ["Brunhilde Vok was here"]


def test_numbers_of_eight_bits_that_count_up_are_an_index_and_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file["index"] = np.arange(40, 102, dtype=np.uint8)
        file["letters"] = np.frombuffer(b"Brunhilde Vok was here", dtype=np.uint8)

    contents = parse(path)

    texts = [field.text for field in contents.fields if field.role == "text"]
    assert texts == ["Brunhilde Vok was here"]
    assert sum(stop - start for start, stop in contents.samples) == 62


def test_damaged_packed_samples_are_a_problem_when_they_are_searched(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (1000,), "<i2", chunks=(1000,), compression="gzip")
        data.id.write_direct_chunk((0,), b"no deflate at all")

    (decoded,) = parse(path).decoded

    with pytest.raises(OSError, match="filter"):
        list(decoded.blocks())
