"""From a scanner's folder to DICOM that other programs read: no face, no name, the brain whole."""

import json

import nibabel as nib
import numpy as np
import pytest
from tests.journeys.test_command_line import run

from fascicle.formats import read_header, recognise
from fascicle.formats._dicom_convert import run_dcm2niix
from fascicle.testing import Planted, make_dicom_head

pytest.importorskip("SimpleITK")
pytest.importorskip("dcm2niix")
pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.mark.parametrize("orientation", ["LPS", "RIP"])
def test_a_head_leaves_as_dicom_that_dcm2niix_puts_where_it_was(tmp_path, orientation):
    head = make_dicom_head(tmp_path / "raw", 61, orientation=orientation, planted=Planted())
    before = nib.load(run_dcm2niix(head.paths, _room(tmp_path / "before")).image)

    answer = run(
        "protect", "deface", tmp_path / "raw", tmp_path / "out", "--keep-dicom",
        "--method", "remove", "--json",
    )  # fmt: skip

    assert answer.returncode == 0, answer.stderr + answer.stdout
    assert list(json.loads(answer.stdout)["written"]) == ["image-001_T1w"]
    written = sorted((tmp_path / "out" / "image-001_T1w").iterdir())
    after = nib.load(run_dcm2niix(written, _room(tmp_path / "after")).image)
    np.testing.assert_allclose(after.affine, before.affine, atol=1e-5)
    there = np.linalg.inv(after.affine) @ head.affine
    places = there[:3, :3] @ np.argwhere(head.brain).T + there[:3, 3:]
    found = np.asarray(after.dataobj)[tuple(np.rint(places).astype(int))]
    np.testing.assert_array_equal(found, head.values[head.brain])
    assert (np.asarray(after.dataobj) != np.asarray(before.dataobj)).mean() > 0.3

    (source,) = recognise(tmp_path / "out").sources
    header = read_header(tmp_path / "out", source)
    assert (header.suffix, header.subject.name, header.measured_at) == ("T1w", "", None)
    words = {one.value for one in header.identifiers}
    assert not words & {Planted().name, Planted().code, Planted().serial}


def test_the_command_says_why_a_series_cannot_stay_dicom(tmp_path):
    head = make_dicom_head(tmp_path / "raw", 62)
    for path in head.paths[20:23]:
        path.unlink()
    make_dicom_head(
        tmp_path / "raw" / "b", 63, changes={"PhotometricInterpretation": "MONOCHROME1"}
    )

    answer = run("protect", "deface", tmp_path / "raw", tmp_path / "out", "--keep-dicom")

    assert answer.returncode == 1
    assert "left-out-001: Expected every slice" in answer.stdout
    assert "2 images not written" in answer.stdout
    assert "shown the other way round" in answer.stdout
    assert not list((tmp_path / "out").iterdir())


def _room(path):
    path.mkdir()
    return path
