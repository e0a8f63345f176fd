"""Every page, tag and tile of a TIFF file, and what lies between them."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
import tifffile

from fascicle.core import Header, Identifier, Modality
from fascicle.formats import Image, read_header, recognise, write_recording
from fascicle.protect import POLICIES, scan
from fascicle.protect._contents import Contents, Context
from fascicle.protect._limits import limits
from fascicle.protect._parse_tiff import parse_tiff
from fascicle.testing import Planted, make_ome_tiff, make_slide, released_micrograph

NAME = "Xylander-Quorn"


def parse(data: bytes) -> Contents:
    return parse_tiff(data, Context("a.ome.tif"))


def decoded(contents: Contents) -> bytes:
    return b"".join(block for part in contents.decoded for block in part.blocks())


@pytest.fixture
def written(tmp_path):
    """An OME-TIFF as we write it, with a pyramid."""
    raw = tmp_path / "raw"
    raw.mkdir()
    make_slide(raw / "a.svs", seed=1, planted=Planted(), height=2100)
    (source,) = recognise(raw).sources
    header = released_micrograph(read_header(raw, source))
    written = write_recording(raw, source, header, tmp_path, "sub-01_sample-A_BF")
    return tmp_path / written.files[0]


def proof_of(path, *values):
    return scan(path.parent, [Identifier("name", value, "raw") for value in values or (NAME,)],
                POLICIES["safe-harbour"], only={type(path)(path.name)})  # fmt: skip


def test_what_we_write_is_accounted_for_to_the_last_byte(written):
    contents = parse(written.read_bytes())

    assert contents.problems == []
    pixels = tifffile.imread(written, level=0)
    blocks = list(contents.decoded[0].blocks())
    assert len(blocks) == 9 * 3
    tile = np.frombuffer(blocks[0], np.uint8).reshape(256, 256, 3)
    np.testing.assert_array_equal(tile, pixels[:256, :256])
    assert len(contents.decoded) == 2  # the image, and half of it
    (xml,) = contents.unpacked
    assert xml.name == "description.xml"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib", "rowsperstrip": 17}, {"tile": (32, 32), "compression": "zlib"},
     {"compression": "zlib", "predictor": True}],
)  # fmt: skip
def test_pixels_are_unpacked_as_tifffile_unpacks_them(tmp_path, order, is_big, options):
    pixels = np.random.default_rng(1).integers(0, 60000, (71, 32), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pixels, byteorder=order, bigtiff=is_big, metadata=None,
                     software=False, **options)  # fmt: skip

    contents = parse((tmp_path / "a.tif").read_bytes())

    assert contents.problems == []
    plain = np.frombuffer(decoded(contents), f"{order}u2")
    np.testing.assert_array_equal(plain[: pixels.size].reshape(pixels.shape), pixels)


@pytest.mark.parametrize("code", [269, 285, 305, 306, 315, 316, 33432, 65000])
def test_tags_that_pixels_do_not_need_refuse_the_file_and_are_read(tmp_path, code):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((9, 7), np.uint8), metadata=None, software=False,
                     extratags=[(code, 2, 0, NAME, True)])  # fmt: skip

    contents = parse((tmp_path / "a.tif").read_bytes())

    assert "proof.slack" in {problem.code for problem in contents.problems}
    assert NAME in {field.text for field in contents.fields}


@pytest.mark.parametrize("where", ["behind", "between"])
def test_bytes_that_no_page_accounts_for_are_slack(written, where):
    whole = written.read_bytes()
    if where == "behind":
        data = whole + NAME.encode()
    else:
        # A page moved to the end leaves its old place to anybody.
        (offset,) = struct.unpack_from("<I", whole, 4)
        (n_tags,) = struct.unpack_from("<H", whole, offset)
        page = whole[offset : offset + 2 + 12 * n_tags + 4]
        data = whole[:4] + struct.pack("<I", len(whole)) + whole[8:] + page

    contents = parse(data)

    assert {problem.code for problem in contents.problems} == {"proof.slack"}


def test_names_in_the_pixels_of_packed_tiles_are_found(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 255, (64, 96), np.uint8)
    pixels[40, 5 : 5 + len(NAME)] = np.frombuffer(NAME.encode(), np.uint8)
    image = Image((1, 1, 1, 64, 96), 1, pixels.dtype, lambda p, a, b: pixels[a:b, :, None])
    from fascicle.formats._micr_write import write_ome_tiff

    path = tmp_path / "a.ome.tif"
    write_ome_tiff(image, Header(Modality.MICR), path)

    assert NAME.encode() not in path.read_bytes()
    result = proof_of(path)
    assert not result.passed
    assert "among the samples" in result.hits[0].where


def test_names_in_ome_xml_are_found(tmp_path):
    path = make_ome_tiff(tmp_path / "a.ome.tif", seed=1, planted=Planted())

    result = proof_of(path)

    assert not result.passed
    places = " ".join(hit.where for hit in result.hits)
    assert "tag 270" in places


def test_what_we_write_passes_the_proof(written):
    result = proof_of(written, *Planted().words())

    assert result.passed, result.findings
    assert result.cannot_detect["ome-tiff"] == limits("ome-tiff")
    assert "burnt into" in limits("ome-tiff")


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_are_problems_and_never_raise(written, seed):
    rng = np.random.default_rng(seed)
    data = bytearray(written.read_bytes())
    # Where the structures are: the first page with its values.
    for at in rng.integers(0, 1200, 3):
        data[at] ^= int(rng.integers(1, 256))
    cut = bytes(data[: int(rng.integers(8, len(data)))]) if seed % 2 else bytes(data)

    contents = parse(cut)

    for part in contents.decoded:
        try:
            for _ in part.blocks():
                pass
        except (ValueError, zlib.error):
            pass
    assert contents.format == "ome-tiff"


def test_a_cut_file_is_no_proof(written):
    data = written.read_bytes()

    codes = {problem.code for problem in parse(data[: len(data) // 2]).problems}

    assert "proof.broken" in codes


def test_a_tile_with_more_bytes_than_pixels_is_broken(tmp_path):
    packed = zlib.compress(bytes(9 * 7)) + NAME.encode()
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(iter([packed]), shape=(9, 7), dtype="u1", compression=8, metadata=None,
                   rowsperstrip=9, software=False)  # fmt: skip

    (pixels,) = parse((tmp_path / "a.tif").read_bytes()).decoded

    with pytest.raises(ValueError, match="ends where"):
        list(pixels.blocks())
