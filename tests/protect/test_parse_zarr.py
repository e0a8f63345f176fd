"""Chunks and descriptions of Zarr folders."""

from __future__ import annotations

import json
import zlib
from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.core import Header, Identifier, Modality
from fascicle.formats import Image
from fascicle.formats._micr_zarr import write_ome_zarr
from fascicle.protect import POLICIES, scan
from fascicle.protect._contents import Context
from fascicle.protect._limits import limits
from fascicle.protect._parse_zarr import parse_zarr

NAME = "Xylander-Quorn"
PIXELS = np.random.default_rng(1).integers(0, 60000, (1, 2, 1, 71, 97, 1), np.uint16)


@pytest.fixture
def folder(tmp_path):
    image = Image(PIXELS.shape[:5], 1, PIXELS.dtype, lambda p, a, b: PIXELS[p][a:b])
    write_ome_zarr(image, Header(Modality.MICR), tmp_path / "a.ome.zarr")
    return tmp_path / "a.ome.zarr"


def contents_of(path):
    return parse_zarr(path.read_bytes(), Context(path.name, path=path))


def proof_of(folder):
    return scan(folder.parent, [Identifier("name", NAME, "raw")], POLICIES["safe-harbour"])


def test_a_chunk_is_shown_to_be_the_numbers_of_its_array(folder):
    contents = contents_of(folder / "0" / "0" / "1" / "0" / "0" / "0")

    assert contents.problems == []
    (part,) = contents.decoded
    found = np.frombuffer(b"".join(part.blocks()), "<u2").reshape(71, 97)
    np.testing.assert_array_equal(found, PIXELS[0, 1, 0, ..., 0])


def test_what_we_write_passes_the_proof(folder):
    result = proof_of(folder)

    assert result.passed, result.findings
    assert result.cannot_detect == {"ome-zarr": limits("ome-zarr")}


def test_names_in_descriptions_are_found(folder):
    path = folder / ".zattrs"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"creator": NAME}))

    assert not proof_of(folder).passed


def test_names_in_packed_chunks_are_found(folder):
    pixels = PIXELS.astype(np.uint8)
    pixels[0, 1, 0, 40, 5 : 5 + len(NAME), 0] = np.frombuffer(NAME.encode(), np.uint8)
    image = Image(pixels.shape[:5], 1, pixels.dtype, lambda p, a, b: pixels[p][a:b])
    write_ome_zarr(image, Header(Modality.MICR), folder)

    result = proof_of(folder)

    assert not result.passed
    assert result.hits[0].place.endswith("0/0/1/0/0/0")


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: (f / "notes.txt").write_text("seen"),
        lambda f: (f / "0" / "0" / "9").mkdir() or (f / "0" / "0" / "9" / "0").write_bytes(b"x"),
        lambda f: (f / "0" / "0" / "1" / "0" / "0" / "0").write_bytes(b"Blosc it is not"),
        lambda f: _append(f / "0" / "0" / "1" / "0" / "0" / "0"),
        lambda f: (f / "0" / ".zarray").write_text("{}"),
        lambda f: (f / "0" / ".zarray").unlink(),
        lambda f: _change(f / "0" / ".zarray", dtype="|O"),
        lambda f: _change(f / "0" / ".zarray", chunks=[1, 1, 1, 1 << 20, 1 << 20]),
        lambda f: _change(f / "0" / ".zarray", compressor={"id": "pickle"}),
        lambda f: _change(f / "0" / ".zarray", filters=[{"id": "json2"}]),
        lambda f: _change(f / "0" / ".zarray", dtype="<u4"),
    ],
)
def test_what_is_no_chunk_of_its_array_refuses_the_output(folder, damage):
    damage(folder)

    result = proof_of(folder)

    assert not result.passed
    assert {f.code for f in result.findings if f.severity == "error"} == {"proof.broken"}


def _append(path):
    path.write_bytes(path.read_bytes() + NAME[:5].encode())


def _change(path, **fields):
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_only_files_within_a_folder_of_zarr_are_taken_for_chunks(tmp_path):
    (tmp_path / "0").write_text("plain words")

    result = scan(tmp_path, [], POLICIES["safe-harbour"], only={PurePosixPath("0")})

    assert set(result.cannot_detect) == {"text"}


def test_packing_that_hides_what_stands_behind_it_refuses_the_output(folder):
    _change(folder / "0" / ".zarray", compressor={"id": "zlib", "level": 1})
    for chunk in (folder / "0").rglob("[0-9]"):
        if chunk.is_file():
            plain = np.zeros(71 * 97, "<u2").tobytes()
            chunk.write_bytes(zlib.compress(plain) + zlib.compress(NAME.encode()))

    assert not proof_of(folder).passed


def test_names_in_a_group_below_are_found(folder):
    (folder / "labels" / "0").mkdir(parents=True)
    (folder / "labels" / "0" / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / "labels" / "0" / ".zattrs").write_text(json.dumps({"by": [{"who": NAME}]}))

    result = proof_of(folder)

    assert [hit.place for hit in result.hits] == ["a.ome.zarr/labels/0/.zattrs"] * 2
