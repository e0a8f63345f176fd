"""Real micrographs through `share`: every pixel as other libraries read it, faults told."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import read_written_pixels
from fascicle.workflows import ShareOptions, ShareResult

pytestmark = [pytest.mark.journey, pytest.mark.data]

ANSWERS = {"publish": False, "participants": "confirmed", "name": "Tissue", "n_jobs": 1,
           "species": "mus musculus", "protocol": "none"}  # fmt: skip


@pytest.fixture
def brain(signals: Path, tmp_path: Path) -> Path:
    """Slices of half a mouse brain, a file each, which state no size of pixels."""
    packed = signals / "microscopy" / "brainreg_mouse" / "input__hemisphere_l.tar.xz"
    if not packed.is_file():
        pytest.skip("FASCICLE_TEST_DATA holds no microscopy/brainreg_mouse")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "brainreg_mouse", filter="data")
    return tmp_path / "brainreg_mouse"


@pytest.fixture
def membranes(signals: Path, tmp_path: Path) -> Path:
    """Electron microscopy in PNG, with drawn labels beside it."""
    source = signals / "microscopy" / "isbi2012_em"
    if not source.is_dir():
        pytest.skip("FASCICLE_TEST_DATA holds no microscopy/isbi2012_em")
    return Path(shutil.copytree(source, tmp_path / "isbi2012_em"))


def note(folder: Path, **said: object) -> None:
    (folder / "micrograph.json").write_text(json.dumps(said))


def errors_of(result: ShareResult) -> set[str]:
    return {f.code for f in result.findings if f.severity is Severity.ERROR}


def written(out: Path) -> list[Path]:
    return sorted(out.glob("sub-*/**/micr/*.tif"))


def test_a_brain_in_slices_becomes_one_image_with_every_pixel(brain, tmp_path, home):
    note(brain, PixelSize=[50, 50, 40], PixelSizeUnits="um")

    result = share(brain, tmp_path / "out", ShareOptions(**ANSWERS))

    assert (result.n_recordings, errors_of(result), result.left_out) == (1, set(), {})
    files = sorted(brain.rglob("*.tif"))
    expected = np.stack([tifffile.imread(file) for file in files])
    (path,) = written(tmp_path / "out")
    np.testing.assert_array_equal(read_written_pixels(path)[0, 0, ..., 0], expected)


def test_what_states_no_size_of_pixels_is_written_and_told(brain, tmp_path, home):
    result = share(brain, tmp_path / "out", ShareOptions(**ANSWERS))

    assert len(written(tmp_path / "out")) == 1
    assert errors_of(result) == {"image.no-pixel-size", "bids.sidecar-key-required"}


def test_electron_microscopy_in_pictures_goes_through_without_its_labels(membranes, tmp_path, home):
    note(membranes, PixelSize=[4, 4, 50], PixelSizeUnits="nm")

    result = share(membranes, tmp_path / "out", ShareOptions(**ANSWERS))

    assert errors_of(result) == set()
    assert "image.drawn" in {f.code for f in result.findings}
    found = {read_written_pixels(path).tobytes() for path in written(tmp_path / "out")}
    expected = set()
    for folder in ("train/image", "test"):
        files = sorted((membranes / "membrane" / folder).glob("*.png"), key=lambda p: int(p.stem))
        expected.add(np.stack([np.asarray(Pillow.open(file)) for file in files]).tobytes())
    assert found == expected
