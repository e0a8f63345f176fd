"""HDF5: every name, attribute and dataset, and what lies between."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Identifier
from fascicle.protect import POLICIES, _parse_hdf5, scan
from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_hdf5 import parse_hdf5

NAME = "Xylandra"
PACKED = {"compression": "gzip", "shuffle": True}


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


@pytest.mark.parametrize("n_values", [16, 1000])
def test_damaged_packed_samples_are_a_problem_and_hide_nothing(
    tmp_path: Path, n_values: int
) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (n_values,), "<i2", chunks=(n_values,), compression="gzip")
        data.id.write_direct_chunk((0,), b"no deflate at all")
        file["a"], file["y"] = "before", "behind"
        file.create_dataset("z", data=np.arange(99), **PACKED)

    contents = parse(path)

    assert [problem.code for problem in contents.problems] == ["proof.broken"]
    assert {"before", "behind"} <= {field.text for field in contents.fields}


def test_samples_that_are_damaged_further_on_fail_when_they_are_searched(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("x", (100_003,), "<i2", chunks=(1000,), compression="gzip")
        data.id.write_direct_chunk((0,), b"no deflate at all")

    (decoded,) = parse(path).decoded

    with pytest.raises(OSError, match="filter"):
        list(decoded.blocks())


def codes_of(text: str, dtype: str) -> np.ndarray:
    return np.array([ord(letter) for letter in text], dtype)


def write_named_type(file: h5py.File) -> None:
    file["kind"] = np.dtype("<f4")
    file["kind"].attrs["by"] = NAME


def write_column(file: h5py.File) -> None:
    rows = np.array([(code, 1.0) for code in codes_of(NAME * 7, "<u2")], "<u2,<f4")
    file.create_dataset("x", data=rows, **PACKED)


def write_ragged(file: h5py.File) -> None:
    ragged = file.create_dataset("x", (3,), h5py.vlen_dtype("<i8"))
    ragged[1] = codes_of(NAME, "<i8")


@pytest.mark.parametrize(
    "plant",
    [
        write_named_type,
        lambda f: f.create_dataset("x", (9,), h5py.enum_dtype({NAME: 0, "rest": 1}, "i1")),
        lambda f: f.create_dataset("x", (9,), "S11", fillvalue=NAME.encode()),
        lambda f: f.create_dataset("x", (9,), h5py.string_dtype(), fillvalue=NAME),
        lambda f: f.create_dataset("x", data=codes_of(NAME, "u1")),
        lambda f: f.create_dataset("x", data=codes_of(NAME, "u1"), **PACKED),
        lambda f: f.create_dataset(
            "x", data=codes_of(f"seen {NAME}".ljust(77), "u1").reshape(7, 11), **PACKED
        ),
        lambda f: f.create_dataset("x", data=codes_of(NAME, "<u2"), **PACKED),
        lambda f: f.create_dataset("x", data=np.frombuffer(f"by{NAME}is gone".encode()[:16], "<f8"),
                                   **PACKED),
        lambda f: f.create_dataset("x", data=codes_of(NAME * 5, "<u4"), **PACKED),
        lambda f: f.create_dataset("x", data=codes_of(NAME * 5, "<i8"), **PACKED),
        lambda f: f.create_dataset("x", data=codes_of(NAME, "<f8")),
        lambda f: f.attrs.update(x=codes_of(NAME, "<i8")),
        write_column,
        write_ragged,
        lambda f: h5py.h5o.set_comment(f["data"].id, NAME.encode()),
        lambda f: f["data"].dims[1].__setattr__("label", NAME),
        lambda f: f.create_dataset("uns/log/0/steps/3/by", data=NAME),
        lambda f: f.create_dataset("obs/donor/categories", data=["A", NAME]),
        lambda f: f.create_group("obs").attrs.update(_index=NAME),
    ],
)  # fmt: skip
def test_a_name_is_found_wherever_it_is_planted(tmp_path: Path, plant) -> None:
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file["data"] = np.random.default_rng(1).normal(size=(101, 3))
        plant(file)

    result = scan(tmp_path, [Identifier("name", NAME, "raw")], POLICIES["safe-harbour"])

    assert {hit.kind for hit in result.hits} == {"name"}


def test_names_of_values_are_read_though_they_are_short(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        kind = h5py.enum_dtype({"Ute": 0, "Jan": 1}, "i1")
        file["kind"] = kind
        file.create_dataset("x", (3,), np.dtype([("who", h5py.enum_dtype({"Ida": 1}, "i1"))]))
        file.attrs.create("who", 1, dtype=h5py.enum_dtype({"Eva": 1}, "i2"))

    assert {"Ute", "Jan", "Ida", "Eva"} <= {field.text for field in parse(path).fields}


def test_small_whole_numbers_are_no_text_if_one_of_them_is_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w") as file:
        file["counts"] = np.array([65, 66, 67, 68, 7])
        file["rates"] = np.array([65.5, 66, 67, 68])
        file["three"] = np.array([65, 66, 67])
        file["word"] = np.array([65, 66, 67, 68])

    named = [field for field in parse(path).fields if field.role == "name"]
    assert [field.text for field in named if "between" not in field.place] == ["ABCD"]


def delete_behind(path: Path, values: np.ndarray, **how) -> None:
    """Leave a deleted dataset in the middle of a file."""
    with h5py.File(path, "w") as file:
        file.create_dataset("gone", data=values, chunks=(77,), **how)
        file.flush()
        file["kept"] = np.arange(4001.0)
    with h5py.File(path, "a") as file:
        del file["gone"]


@pytest.mark.parametrize("dtype", ["u1", "<u2"])
def test_what_was_deleted_and_is_still_in_the_file_packed_is_slack(
    tmp_path: Path, dtype: str
) -> None:
    path = tmp_path / "a.nwb"
    delete_behind(path, codes_of(f"{NAME} was here. " * 9, dtype), **PACKED)

    result = scan(tmp_path, [Identifier("name", NAME, "raw")], POLICIES["safe-harbour"])

    assert NAME.encode() not in path.read_bytes()
    assert [problem.code for problem in parse(path).problems] == ["proof.slack"]
    assert {hit.kind for hit in result.hits} == {"name"}


def test_what_was_deleted_is_slack_if_zstandard_packed_it(tmp_path: Path) -> None:
    import hdf5plugin

    path = tmp_path / "a.nwb"
    delete_behind(path, codes_of(f"{NAME} was here. " * 9, "u1"), **hdf5plugin.Zstd())

    assert {problem.code for problem in parse(path).problems} == {"proof.slack"}


def test_packed_datasets_of_every_kind_are_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    rng = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        file.create_dataset("words", data=[f"word {i}" for i in range(703)], **PACKED)
        file.create_dataset("fixed", data=[b"a", b"bc"] * 101, **PACKED)
        file.create_dataset("bytes", data=rng.integers(0, 255, 999, np.uint8), **PACKED)
        file.create_dataset("few", data=rng.normal(size=7), **PACKED)
        file.create_dataset("rows", data=np.zeros(307, "<u2,<f4"), **PACKED)
        file.create_dataset("many", data=rng.normal(size=(7001, 3)), **PACKED)

    assert parse(path).problems == []


@pytest.mark.parametrize("block", [b"seen", b"MATLAB 7.3 MAT-file".ljust(300, b"x")])
def test_bytes_before_the_structure_are_slack(tmp_path: Path, block: bytes) -> None:
    path = tmp_path / "a.nwb"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = np.arange(99.0)
    with path.open("r+b") as raw:
        raw.write(block)

    assert [problem.code for problem in parse(path).problems] == ["proof.slack"]


def test_the_header_of_matlab_is_no_slack(tmp_path: Path) -> None:
    path = tmp_path / "a.set"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = np.arange(99.0)
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")

    assert parse(path).problems == []


def test_values_of_another_file_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    layout = h5py.VirtualLayout((101,), "f8")
    layout[:] = h5py.VirtualSource("vok.h5", "x", (101,))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("x", layout)

    assert [problem.code for problem in parse(path).problems] == ["proof.broken"]


def test_rows_too_long_for_a_block_are_decoded_chunk_by_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_parse_hdf5, "_MAX_SLAB_BYTES", 4000)
    path = tmp_path / "a.nwb"
    values = np.arange(3 * 1009, dtype="<i2").reshape(3, 1009)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(3, 100), compression="gzip")

    (decoded,) = parse(path).decoded

    blocks = list(decoded.blocks())
    assert max(map(len, blocks)) == 600
    assert sum(map(len, blocks)) == values.nbytes


def test_texts_of_any_number_are_read_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_parse_hdf5, "_TEXTS_AT_ONCE", 10)
    path = tmp_path / "a.h5ad"
    with h5py.File(path, "w") as file:
        file["one"] = "alone"
        file["cells"] = [f"cell {i}" for i in range(101)]
        file["pairs"] = np.array([[b"left %d" % i, b"right %d" % i] for i in range(37)])
        file["none"] = np.zeros((0, 3), "S5")

    contents = parse(path)

    assert contents.problems == []
    texts = {field.text for field in contents.fields}
    assert {"alone", "cell 0", "cell 100", "left 36", "right 0", "right 36"} <= texts
