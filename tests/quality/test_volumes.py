"""The check of a volume."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from fascicle.core import Header, Modality, Severity
from fascicle.quality import check_recording
from fascicle.quality._volumes import count_directions, find_spikes

RNG = np.random.default_rng(11)


def save(tmp_path, values, affine=None, tr_s=2.0, bvals=(), bvecs=None):
    image = nib.Nifti1Image(values, np.diag([2.0, 2.0, 3.0, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units("mm", "sec")
    if values.ndim > 3:
        image.header["pixdim"][4] = tr_s
    nib.save(image, tmp_path / "a.nii.gz")
    if len(bvals):
        np.savetxt(tmp_path / "a.bval", [bvals], "%g")
        np.savetxt(tmp_path / "a.bvec", bvecs, "%.6f")
    return tmp_path / "a.nii.gz"


def series(n=31, shape=(17, 15, 9)):
    values = RNG.normal(20, 2, (*shape, n))
    values[3:14, 3:12, 2:7] += RNG.normal(900, 10, (11, 9, 5, n))
    return values.astype(np.float32)


def check(path, modality=Modality.FUNC, suffix="bold", **about):
    metadata = {"RepetitionTime": 2.0} if modality is Modality.FUNC else {}
    header = Header(modality, suffix=suffix, metadata=metadata | about)
    return check_recording(path, header, line_hz=None)


def codes(quality):
    return {finding.code for finding in quality.findings}


def directions(n):
    # Of its own: whatever ran before, the directions are never by chance close to one another.
    vectors = np.random.default_rng(n).normal(size=(3, n))
    return vectors / np.linalg.norm(vectors, axis=0)


def test_a_good_series_passes_with_its_measures(tmp_path) -> None:
    quality = check(save(tmp_path, series()))

    assert quality.verdict == "pass", quality.findings
    assert quality.extra["n_volumes"] == 31
    assert (quality.extra["fov_x_mm"], quality.extra["fov_z_mm"]) == (34, 27)
    assert quality.extra["anisotropy"] == pytest.approx(1.5)
    assert quality.extra["tsnr_median"] == pytest.approx(90, rel=0.1)
    assert quality.extra["dvars_median_percent"] == pytest.approx(100 * 14.4 / 920, rel=0.1)
    assert len(quality.pictures) == 4


def test_values_that_are_no_numbers_are_found(tmp_path) -> None:
    few, many = series(), series()
    few[0, 0, 0, 3] = np.nan
    many[..., ::2] = np.inf

    assert "volume.not-finite" in codes(check(save(tmp_path, few)))
    assert check(save(tmp_path, many)).verdict == "fail"


def test_graphics_that_were_dropped_are_told(tmp_path) -> None:
    path = save(tmp_path, series())

    assert "image.overlay-dropped" in codes(check(path, NumberOfOverlaysRemoved=3))
    assert "image.overlay-dropped" not in codes(check(path))


def test_an_image_of_one_value_is_found(tmp_path) -> None:
    path = save(tmp_path, np.zeros((9, 8, 7), np.int16))

    assert codes(check(path, Modality.ANAT, "T1w")) == {"volume.constant"}


def test_volumes_that_were_lost_or_filled_in_are_found(tmp_path) -> None:
    values = series()
    values[..., 30] = 0
    values[..., 12] = values[..., 11]

    quality = check(save(tmp_path, values))

    assert {"volume.dropped", "volume.repeated"} <= codes(quality)
    assert any("number 31" in finding.reason for finding in quality.findings)


def test_a_spike_is_found_and_a_drift_is_none(tmp_path) -> None:
    values = series(41) * np.linspace(1, 1.3, 41, dtype=np.float32)
    drifting = codes(check(save(tmp_path, values)))
    values[..., 20] *= 1.2

    jumping = check(save(tmp_path, values))

    assert "volume.spikes" not in drifting
    assert "volume.spikes" in codes(jumping)
    assert jumping.extra["n_spikes"] == 1


def test_an_unstable_series_is_found(tmp_path) -> None:
    values = series()
    values *= RNG.normal(1, 0.15, values.shape).astype(np.float32)

    assert "volume.low-tsnr" in codes(check(save(tmp_path, values)))


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"RepetitionTime": None}, "volume.no-repetition-time"),
        ({"RepetitionTime": 0.8}, "volume.repetition-time"),
        ({"SliceTiming": [0.0, 0.5]}, "volume.slice-times"),
        ({"SliceTiming": [200.0 * i for i in range(9)]}, "volume.slice-times"),
        ({"SliceTiming": [0.1] * 17, "SliceEncodingDirection": "j"}, "volume.slice-times"),
        ({"SpacingBetweenSlices": 6.0, "SliceThickness": 3.0}, "volume.slice-gap"),
    ],
)
def test_a_sidecar_that_does_not_fit_is_found(tmp_path, about, code) -> None:
    assert codes(check(save(tmp_path, series()), **about)) == {code}


def test_a_sidecar_that_fits_is_not(tmp_path) -> None:
    timing = [0.2 * i for i in range(9)]

    assert codes(check(save(tmp_path, series()), SliceTiming=timing)) == set()


def test_sizes_and_places_that_cannot_be_are_found(tmp_path) -> None:
    values = RNG.normal(500, 50, (17, 15, 9)).astype(np.float32)
    thick = check(save(tmp_path, values, np.diag([2.0, 2.0, 53.0, 1.0])), Modality.ANAT, "T1w")
    unequal = check(save(tmp_path, values, np.diag([0.5, 0.5, 7.0, 1.0])), Modality.ANAT, "T2w")

    assert codes(thick) == {"volume.voxel-size"}
    assert codes(unequal) == {"volume.anisotropic"}


def test_an_image_without_a_place_is_found(tmp_path) -> None:
    image = nib.Nifti1Image(RNG.normal(500, 50, (17, 15, 9)).astype(np.float32), np.eye(4))
    image.set_sform(None)
    image.set_qform(None)
    nib.save(image, tmp_path / "a.nii.gz")

    assert codes(check(tmp_path / "a.nii.gz", Modality.ANAT, "T1w")) == {"volume.no-orientation"}


def test_labels_are_found(tmp_path) -> None:
    values = RNG.integers(0, 5, (17, 15, 9)).astype(np.uint8)

    assert codes(check(save(tmp_path, values), Modality.ANAT, "T1w")) == {"volume.labels"}


def test_a_good_diffusion_series_passes(tmp_path) -> None:
    bvals = np.array([0.0, *[1000.0] * 30])
    bvecs = np.column_stack([np.zeros(3), directions(30)])
    path = save(tmp_path, series(), bvals=bvals, bvecs=bvecs)

    quality = check(path, Modality.DWI, "dwi")

    assert quality.verdict == "pass", quality.findings
    assert (quality.extra["n_directions"], quality.extra["n_b0"]) == (30, 1)
    assert quality.extra["b_max"] == 1000


def test_faults_of_gradients_are_found(tmp_path) -> None:
    bvecs = np.column_stack([directions(3), np.zeros((3, 28))])
    bad = check(save(tmp_path, series(), bvals=[900.0] * 31, bvecs=bvecs), Modality.DWI, "dwi")
    short = save(tmp_path, series(), bvals=[900.0] * 30, bvecs=directions(30))
    short_codes = codes(check(short, Modality.DWI, "dwi"))
    for name in ("a.bval", "a.bvec"):
        (tmp_path / name).unlink()

    assert codes(bad) == {"dwi.vectors", "dwi.no-b0", "dwi.few-directions"}
    assert short_codes == {"dwi.counts"}
    assert codes(check(short, Modality.DWI, "dwi")) == {"dwi.gradients"}


def test_gradients_that_are_no_numbers_are_found(tmp_path) -> None:
    path = save(tmp_path, series(), bvals=[900.0] * 31, bvecs=directions(31))
    (tmp_path / "a.bvec").write_text("nothing")

    assert codes(check(path, Modality.DWI, "dwi")) == {"dwi.gradients"}


def test_an_image_that_cannot_be_read_fails_with_a_finding(tmp_path) -> None:
    path = save(tmp_path, series())
    path.write_bytes(path.read_bytes()[:500])

    quality = check(path)

    assert (quality.verdict, codes(quality)) == ("fail", {"recording.unreadable"})
    assert quality.findings[0].severity is Severity.ERROR


def test_opposite_and_near_directions_are_the_same() -> None:
    vectors = directions(7)
    turned = np.column_stack([vectors, -vectors, vectors + 1e-4, np.zeros((3, 2))])

    assert count_directions(turned) == count_directions(vectors) == 7


def test_a_quiet_signal_has_no_spikes() -> None:
    assert not find_spikes(np.full(9, 100.0)).any()
