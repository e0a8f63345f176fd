"""Which TIFF files are movies, and which are images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import tifffile

from fascicle.errors import FormatError
from fascicle.formats._tiff_kinds import (
    TiffFacts,
    TiffKind,
    find_sequence,
    group_numbered,
    judge_file,
    judge_tiff,
    read_facts,
)

GREY = TiffFacts(3, 41, 53, 16)


def write_pages(path: Path, n_pages: int, **options: object) -> Path:
    """Write unequal, odd pages."""
    pages = np.random.default_rng(5).integers(0, 4000, (n_pages, 41, 53), np.uint16)
    tifffile.imwrite(path, pages, photometric="minisblack", **options)
    return path


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (GREY, TiffKind.MOVIE),
        (replace(GREY, n_bits=8), TiffKind.MOVIE),
        (replace(GREY, sample_format=2), TiffKind.MOVIE),
        (replace(GREY, n_pages=2), TiffKind.IMAGE),
        (replace(GREY, n_samples=3), TiffKind.IMAGE),
        (replace(GREY, is_equal=False), TiffKind.IMAGE),
        (replace(GREY, is_pyramid=True), TiffKind.IMAGE),
        (replace(GREY, n_bits=1), TiffKind.IMAGE),
        (replace(GREY, description="ImageJ=1.53\nslices=3\nspacing=2.5\nunit=um"), TiffKind.IMAGE),
        (replace(GREY, description="ImageJ=1.53\nslices=3"), TiffKind.MOVIE),
        (replace(GREY, description="ImageJ=1.53\nframes=3\nfinterval=0.1"), TiffKind.MOVIE),
        (replace(GREY, n_pages=1, software="SI.LINE_FORMAT_VERSION = 1"), TiffKind.MOVIE),
        (
            replace(
                GREY,
                software="SI.hStackManager.enable = true\nSI.hStackManager.numSlices = 31\n"
                "SI.hStackManager.numVolumes = 1",
            ),
            TiffKind.IMAGE,
        ),
    ],
)
def test_frames_are_told_from_slices_and_colours(facts: TiffFacts, kind: TiffKind) -> None:
    """The rule."""
    verdict = judge_tiff(facts)

    assert verdict.kind is kind
    assert verdict.evidence
    assert 0.5 < verdict.certainty <= 1


def test_what_says_that_it_is_a_movie_is_surer_than_what_only_looks_like_one() -> None:
    """Stated certainty follows the evidence."""
    scanimage = judge_tiff(replace(GREY, description="state.configName='x'")).certainty
    frames = judge_tiff(replace(GREY, description="ImageJ=1.5\nframes=3")).certainty
    pages = judge_tiff(GREY).certainty
    few_files = judge_tiff(replace(GREY, n_pages=1), n_files=3).certainty

    assert scanimage > frames > pages > few_files


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("is_big", [False, True])
def test_tags_are_read_as_tifffile_reads_them(tmp_path: Path, byteorder: str, is_big: bool) -> None:
    """Both byte orders, and BigTIFF."""
    path = write_pages(
        tmp_path / "a.tif", 7, byteorder=byteorder, bigtiff=is_big,
        description="a long description" * 9, metadata=None,
    )  # fmt: skip

    facts = read_facts(path)

    with tifffile.TiffFile(path) as oracle:
        page = oracle.pages[0]
        assert (facts.height, facts.width) == page.shape
        assert facts.n_bits == page.bitspersample
        assert facts.description == page.description
    assert facts.n_pages == 3  # no more are looked at
    assert facts.is_equal


def test_ome_and_pyramids_and_colours_are_images(tmp_path: Path) -> None:
    """As tifffile writes them."""
    pages = np.zeros((5, 41, 53), np.uint16)
    tifffile.imwrite(tmp_path / "a.ome.tif", pages, ome=True, metadata={"axes": "ZYX"})
    tifffile.imwrite(tmp_path / "b.tif", np.zeros((41, 53, 3), np.uint8), photometric="rgb")
    with tifffile.TiffWriter(tmp_path / "c.tif") as writer:
        writer.write(pages[0], subifds=1)
        writer.write(pages[0, ::2, ::2], subfiletype=1)

    kinds = [judge_file(tmp_path, PurePosixPath(n)).kind for n in ("a.ome.tif", "b.tif", "c.tif")]

    assert kinds == [TiffKind.IMAGE] * 3


def test_a_numbered_sequence_of_equal_pages_is_one_movie(tmp_path: Path) -> None:
    """0.tif, 1.tif, ... 11.tif in the order of their numbers."""
    for i in range(12):
        write_pages(tmp_path / f"{i}.tif", 1)
    write_pages(tmp_path / "overview.tif", 1)

    assert judge_file(tmp_path, PurePosixPath("3.tif")).kind is TiffKind.MOVIE
    assert judge_file(tmp_path, PurePosixPath("overview.tif")).kind is TiffKind.IMAGE
    sequence = find_sequence(tmp_path, PurePosixPath("3.tif"))
    assert [path.name for path in sequence] == [f"{i}.tif" for i in range(12)]


def test_a_gap_parts_a_sequence_and_two_files_are_none() -> None:
    """Numbers must follow one another."""
    numbers = (1, 2, 3, 5, 6, 8, 9, 10, 11)

    groups = group_numbered(PurePosixPath(f"x/s1_{i:03}.tif") for i in numbers)

    assert [len(group) for group in groups] == [3, 4]


def test_pages_of_other_sizes_are_no_sequence(tmp_path: Path) -> None:
    """Images of a slice that somebody numbered."""
    for i in range(3):
        tifffile.imwrite(tmp_path / f"{i}.tif", np.zeros((41 + i, 53), np.uint16))

    assert judge_file(tmp_path, PurePosixPath("1.tif")).kind is TiffKind.IMAGE


def test_cut_and_foreign_bytes_raise_format_errors_only(tmp_path: Path) -> None:
    """Every cut of a small file, and noise."""
    whole = write_pages(tmp_path / "a.tif", 3, metadata=None).read_bytes()
    path = tmp_path / "b.tif"
    rng = np.random.default_rng(3)
    contents = [whole[:n] for n in (*range(0, 200, 7), *range(200, len(whole), 997))]
    for _ in range(200):
        flipped = bytearray(whole)
        for place in rng.integers(0, 300, 3):
            flipped[place] ^= int(rng.integers(1, 256))
        contents.append(bytes(flipped))

    n_refused = 0
    for content in contents:
        path.write_bytes(content)
        try:
            read_facts(path)
        except FormatError as error:
            assert error.code == "FSC250"
            n_refused += 1

    assert n_refused > 20


@pytest.mark.parametrize(
    ("name", "description", "kind"),
    [
        ("m1/run_3.tif", "", TiffKind.MOVIE),
        ("m1/fibsem/z_0001.tif", "", TiffKind.IMAGE),
        ("m1/zstack.tif", "", TiffKind.IMAGE),
        ("m1/zstack.tif", "ImageJ=1.53\nframes=3\nfinterval=0.1", TiffKind.MOVIE),
    ],
)
def test_words_of_the_path_speak_for_depth_unless_the_file_speaks_of_frames(
    name: str, description: str, kind: TiffKind
) -> None:
    facts = replace(GREY, description=description)

    assert judge_tiff(facts, path=PurePosixPath(name)).kind is kind


def test_a_note_beside_a_stack_makes_it_an_image(tmp_path: Path) -> None:
    write_pages(tmp_path / "a.tif", 5)
    (tmp_path / "a.json").write_text('{"PixelSize": [1, 1], "PixelSizeUnits": "um"}')

    assert judge_file(tmp_path, PurePosixPath("a.tif")).kind is TiffKind.IMAGE
