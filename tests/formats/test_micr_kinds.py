"""Which kind of microscopy an image is taken for."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from fascicle.formats._micr_kinds import (
    SUFFIXES,
    find_sample,
    find_stain,
    is_drawn,
    judge_kind,
    named_path,
    names_microscopy,
    shows_depth,
)


@pytest.mark.parametrize(
    ("path", "options", "suffix", "certainty"),
    [
        ("a.tif", {"modes": ["SpinningDiskConfocal"]}, "CONF", 0.9),
        ("a.tif", {"modes": ["WideField", "Brightfield"]}, "FLUO", 0.9),
        ("a.tif", {"modes": ["Other", "Brightfield"]}, "BF", 0.9),
        ("em/a.tif", {"modes": ["MultiPhotonMicroscopy"]}, "MPE", 0.9),
        ("m7/ss-TEM/a.tif", {}, "TEM", 0.7),
        ("m7/2pe/a.tif", {}, "2PE", 0.7),
        ("isbi2012_em/a.png", {}, "TEM", 0.5),
        ("a.tif", {"is_colour": True}, "BF", 0.4),
        ("a.tif", {"pixel_um": 0.004}, "TEM", 0.5),
        ("a.tif", {}, "FLUO", 0.3),
        ("em/a.tif", {"technique": "SPIM"}, "SPIM", 1.0),
        ("em/a.tif", {"technique": "Meier"}, "TEM", 0.5),
        ("member/system.tif", {}, "FLUO", 0.3),
    ],
)
def test_the_strongest_evidence_decides(path, options, suffix, certainty):
    kind = judge_kind(PurePosixPath(path), **({"is_colour": False} | options))

    assert (kind.suffix, kind.certainty) == (suffix, certainty)
    assert kind.suffix in SUFFIXES
    assert kind.evidence


@pytest.mark.parametrize(
    ("path", "depth"),
    [("a_z003.tif", True), ("slice12.tif", True), ("x/sections/1.tif", True),
     ("fibsem/1.tif", True), ("frame003.tif", False), ("m7/run2/img_0001.tif", False),
     ("z/1.tif", False), ("hemisphere_l/half_0000.tif", True), ("acute slice/movie1.tif", False)],
)  # fmt: skip
def test_words_for_depth_are_seen(path, depth):
    assert shows_depth(PurePosixPath(path)) is depth


@pytest.mark.parametrize(
    ("path", "label"),
    [("m1/section-03_x.tif", "03"), ("m1/sample-b.tif", "B"), ("m1/x.tif", "A"),
     ("m1/sample-4471093.tif", "A"), ("sample-Meier/x.tif", "A"), ("dissection 4.tif", "A")],
)  # fmt: skip
def test_only_short_labels_of_samples_are_taken(path, label):
    assert find_sample(PurePosixPath(path)) == label


def test_a_stain_is_taken_if_there_is_one():
    names = ("m1_NeuN.tif", "DAPI_GFP.tif", "Meier.tif", "red.tif", "alexa488.tif")

    assert [find_stain(PurePosixPath(name)) for name in names] == ["NeuN", "", "", "", "Alexa488"]


def test_drawn_images_and_micrographs_are_told_by_their_folders():
    assert is_drawn(PurePosixPath("train/labels/0.png"))
    assert not is_drawn(PurePosixPath("train/image/0.png"))
    assert names_microscopy(PurePosixPath("microscopy/0.png"))
    assert not names_microscopy(PurePosixPath("plots/storm/0.png"))
    assert names_microscopy(PurePosixPath("sub-01/micr/sub-01_sample-A_DF.png"))
    assert not names_microscopy(PurePosixPath("sub-01/micr/sub-01_sample-A_photo.png"))


def test_the_raw_folder_has_a_say(tmp_path):
    assert named_path(tmp_path / "em", PurePosixPath("0.png")) == PurePosixPath("em/0.png")
