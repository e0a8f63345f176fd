"""Light and electron microscopy from a lab's folder to a published dataset."""

from __future__ import annotations

import json

import pytest
from tests.journeys.conftest import list_bytes

from fascicle import find, share, verify
from fascicle.core import Severity
from fascicle.testing import (
    PLANTED,
    Planted,
    make_imagej_stack,
    make_ome_tiff,
    make_ome_zarr,
    make_slices,
    make_slide,
)
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Tissue",
           "species": "mus musculus", "protocol": "ZH 12/2020"}  # fmt: skip


@pytest.fixture
def microscopes(tmp_path):
    """Two mice, five microscopes, identifiers in every field; one file is broken."""
    raw = tmp_path / "raw"
    for mouse in ("m01", "m02"):
        (raw / mouse).mkdir(parents=True)
    planted = Planted()
    make_imagej_stack(raw / "m01" / "m01_stack.tif", seed=1, planted=planted)
    make_ome_tiff(raw / "m01" / "m01_section-2.ome.tif", seed=2, planted=planted)
    make_slide(raw / "m02" / "m02_Nissl.svs", seed=3, planted=planted)
    make_ome_zarr(raw / "m02" / "m02_brain.ome.zarr", seed=4, planted=planted)
    make_slices(raw / "m02" / "fibsem", seed=5, planted=planted)
    return raw


def test_micrographs_are_published_and_found(microscopes, tmp_path, home):
    commons = tmp_path / "commons"
    options = ShareOptions(commons=commons, **ANSWERS)

    result = share(microscopes, tmp_path / "out", options)
    again = share(microscopes, tmp_path / "out", options)

    assert (result.exit_code, result.n_recordings) == (0, 5), result.as_dict()
    assert (again.n_new, again.published) == (0, result.published)
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []
    assert [hit.dataset.n_recordings for hit in find("microscopy", commons=commons)] == [5]
    assert verify(commons=commons).findings == ()
    everything = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    left = [word for word in (PLANTED, *Planted().words()) if word.encode() in everything]
    assert left == []


def test_samples_and_sidecars_are_those_of_bids(microscopes, tmp_path, home):
    share(microscopes, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    rows = (tmp_path / "out" / "samples.tsv").read_text().splitlines()
    assert rows[0] == "sample_id\tparticipant_id\tsample_type"
    assert len(rows) == 4
    sidecars = sorted((tmp_path / "out").glob("sub-*/micr/*.json"))
    assert len(sidecars) == 5
    assert all(
        {"PixelSize", "PixelSizeUnits"} <= json.loads(p.read_text()).keys() for p in sidecars
    )


def test_a_broken_image_is_a_finding_and_the_rest_goes_on(microscopes, tmp_path, home):
    path = microscopes / "m01" / "m01_section-2.ome.tif"
    path.write_bytes(path.read_bytes()[:3000])

    result = share(microscopes, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert result.n_recordings == 4
    assert len(result.left_out) == 1


def test_an_image_without_a_size_of_pixels_is_written_and_held_from_publishing(tmp_path, home):
    raw = tmp_path / "raw"
    make_slices(raw / "m1" / "fibsem", seed=5, planted=Planted())
    (raw / "m1" / "fibsem" / "micrograph.json").unlink()

    result = share(raw, tmp_path / "out", ShareOptions(commons=tmp_path / "commons", **ANSWERS))

    codes = {f.code for f in result.findings if f.severity is Severity.ERROR}
    assert "image.no-pixel-size" in codes
    assert result.published is None
    assert list((tmp_path / "out").glob("sub-*/micr/*.ome.tif"))


def test_two_runs_write_the_same_bytes(microscopes, tmp_path, home):
    for out in ("one", "two"):
        share(microscopes, tmp_path / out, ShareOptions(publish=False, study="s", **ANSWERS))

    assert list_bytes(tmp_path / "one") == list_bytes(tmp_path / "two")


def test_a_shared_dataset_shared_again_is_the_same(microscopes, tmp_path, home):
    options = ShareOptions(publish=False, **ANSWERS)
    share(microscopes, tmp_path / "one", options)

    share(tmp_path / "one", tmp_path / "two", options)

    first, second = list_bytes(tmp_path / "one"), list_bytes(tmp_path / "two")
    images = {path for path in first if "/micr/" in path and "derivatives" not in path}
    assert images
    assert {path: second[path] for path in images} == {path: first[path] for path in images}
    assert second["samples.tsv"] == first["samples.tsv"]
