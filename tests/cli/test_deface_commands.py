"""fascicle protect deface."""

import json

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner

from fascicle.cli import app
from fascicle.cli._deface_commands import _show
from fascicle.testing import VolumeShape, make_animal_film, make_head, make_nifti
from fascicle.workflows import DefaceResult

pytest.importorskip("SimpleITK")


def test_a_head_is_defaced_and_its_measures_are_printed(tmp_path):
    values, affine, *_ = make_head(51, voxel=4.0)
    nib.save(nib.Nifti1Image(values.astype(np.int16), affine), tmp_path / "a.nii.gz")
    arguments = ["protect", "deface", str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz")]

    done = CliRunner().invoke(app, [*arguments, "--method", "remove", "--json"])

    assert done.exit_code == 0
    told = json.loads(done.output)
    assert told["written"]["b.nii.gz"]["n_brain_changed"] == 0
    assert told["written"]["b.nii.gz"]["method"] == "remove"
    assert (tmp_path / "b.nii.gz").exists()


def test_a_phantom_ends_with_1_and_says_why(tmp_path):
    make_nifti(tmp_path / "a.nii.gz", shape=VolumeShape((11, 13, 17)))
    arguments = ["protect", "deface", str(tmp_path / "a.nii.gz"), str(tmp_path / "b.nii.gz")]

    done = CliRunner().invoke(app, arguments)

    assert done.exit_code == 1
    assert "Expected a head" in done.output
    assert not (tmp_path / "b.nii.gz").exists()


def test_a_video_without_a_certain_face_is_not_written_and_a_masked_one_is_to_be_looked_at(
    tmp_path, capsys
):
    pytest.importorskip("cv2")
    film = make_animal_film(tmp_path, n_frames=1)
    record = {"rule": "region", "n_frames": 50, "n_masked": 48}
    masked = DefaceResult(tmp_path / "masked.avi", {"masked.avi": record})

    done = CliRunner().invoke(app, ["protect", "deface", str(film), str(tmp_path / "out.avi")])
    _show(masked)

    assert done.exit_code == 1
    assert "no face that was found for certain" in done.output
    assert "1 video not written" in done.output
    assert not (tmp_path / "out.avi").exists()
    said = capsys.readouterr().out
    assert "1 video with faces masked in 48 of 50 frames" in said
    assert "Look at it." in said
