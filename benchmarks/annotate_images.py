"""Quality of MRI: movement and faults that were put in, ratings of experts, false alarms, cost.

- **Ratings** (real): MRIQC's table of 1101 ABIDE images with experts' ratings, leave-site-out, each
  fold fitted anew, beside scikit-learn; and people's decisions on 120 runs of fMRI from their
  movement alone. The second table is not learnt from by anything that is shipped.
- **Put in** (semi-synthetic): volumes of real scanners, moved rigidly by known amounts, with noise,
  drift and flaring slices, go through the annotator as files; beside it SimpleITK's rigid
  registration of the same volumes. Structural images get noise, ghosts, blur and shading.
- **As they are** (real): series in which nothing was put in.

Run: ``python benchmarks/annotate_images.py`` with FASCICLE_TEST_DATA set; ``--only`` runs some
parts again, and each part says at which commit it was measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

import nibabel as nib
import numpy as np
from _image_raters import judge_motion, judge_structural
from _results import RESULTS, _commit, write_results
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from fascicle.core import Annotation
from fascicle.maths import framewise_displacement, proportion_interval, read_motion, rigid_matrix
from fascicle.quality._image_annotator import ImageAnnotator
from fascicle.quality._image_labels import MOVED_MM

SEED = 20
DATA = Path(os.environ.get("FASCICLE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
MRI = DATA / "signals" / "mri"
COHORT = DATA / "signals" / "cohort"
N_VOLUMES = 20
N_JUMPS = 4
N_FLARES = 3
FLARE = 1.2
NOISE = 0.01
TR_S = 2.0
PARTS = (
    "movement_put_in", "faults_put_in", "as_they_are", "ratings_of_structure",
    "ratings_of_movement",
)  # fmt: skip
LARGE = 1 << 22
FEW_FAULTS = ("none", "movement 0.15")
"""All that large images get: each takes ten seconds."""
BOLD = PurePosixPath("sub-01/func/sub-01_task-x_bold.nii.gz")
T1W = PurePosixPath("sub-01/anat/sub-01_T1w.nii.gz")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    for part in parser.parse_args().only:
        with tempfile.TemporaryDirectory() as folder:
            found = run(part, Path(folder))
        found["measured_at"] = _commit()
        keep(part, found)


def run(part: str, room: Path) -> dict[str, Any]:
    """Return the figures of one part."""
    if part == "movement_put_in":
        return judge_movement(room, unpack_dicom(room))
    if part == "faults_put_in":
        return judge_faults(room)
    if part == "as_they_are":
        return judge_real(room, unpack_dicom(room))
    if part == "ratings_of_structure":
        return judge_structural(COHORT / "mriqc_abide" / "abide.tsv.gz", SEED)
    return judge_motion(
        COHORT / "ramp_autism_motion" / "motions_qc.tar.xz",
        COHORT / "ramp_autism" / "data" / "participants.csv",
        SEED,
    )


def keep(part: str, found: dict[str, Any]) -> None:
    """Put the figures of one part in the place of its older ones."""
    path = RESULTS / "annotate_images.json"
    older = json.loads(path.read_text("utf-8"))["results"] if path.is_file() else {}
    merged = older | {part: found}
    write_results("annotate_images", {name: merged[name] for name in PARTS if name in merged},
                  seed=SEED)  # fmt: skip


def annotate(
    room: Path, place: PurePosixPath, values: Any, affine: Any
) -> tuple[Annotation, float]:
    """Write an image into a dataset, label it, and return what it cost in CPU seconds."""
    path = room / "dataset" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(np.asarray(values, np.float32), affine)
    if np.ndim(values) > 3:
        image.header.set_zooms((*image.header.get_zooms()[:3], TR_S))
        image.header.set_xyzt_units("mm", "sec")
    nib.save(image, path)
    start = time.process_time()
    found = ImageAnnotator().annotate(room / "dataset", place)
    return found, time.process_time() - start


def unpack_dicom(room: Path) -> Path:
    """Return the 18 volumes of the Philips series, converted."""
    import dcm2niix

    with tarfile.open(MRI / "datalad_dicom_fmri_18vol" / "dicoms.tar.xz") as packed:
        packed.extractall(room / "dicom", filter="data")
    command = [dcm2niix.bin, "-z", "y", "-b", "n", "-f", "series", "-o", room, room / "dicom"]
    subprocess.run(command, check=True, capture_output=True)
    return room / "series.nii.gz"


def references(dicom: Path) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return one volume of each scanner, and where it lies."""
    found = {}
    for name, path in {
        "Siemens 3.25 mm": MRI / "niivue_chris" / "fmri_pitch.nii.gz",
        "Siemens perfusion 3 x 3 x 6 mm": MRI / "niivue_chris" / "pcasl.nii.gz",
        "Philips 3 mm": dicom,
    }.items():
        image = nib.load(path)
        values = np.asarray(image.dataobj, np.float64)
        found[name] = (values[..., 0] if values.ndim > 3 else values, image.affine)
    return found


def judge_movement(room: Path, dicom: Path) -> dict[str, Any]:
    """Move volumes by known amounts, and see what is found."""
    rows = {}
    for k, (name, (volume, affine)) in enumerate(references(dicom).items()):
        rng = np.random.default_rng([SEED, k])
        truth, flares = draw_truth(rng, volume.shape[2])
        series, centre_mm = make_series(volume, affine, truth, flares, rng)
        found, seconds = annotate(room, BOLD, series, affine)
        expected = framewise_displacement(truth)
        told = np.array(found.series["framewise_displacement"])
        still, _ = make_series(volume, affine, np.zeros((N_VOLUMES, 6)), {}, rng)
        quiet, _ = annotate(room, BOLD, still, affine)
        peer, peer_seconds = follow_by_simpleitk(series, affine, centre_mm)
        rows[name] = {
            "voxels": list(volume.shape),
            "fd_error_mm": describe(told[1:] - expected[1:]),
            "fd_error_mm_simpleitk": describe(framewise_displacement(peer)[1:] - expected[1:]),
            "fd_true_mean_mm": float(np.nanmean(expected)),
            "cpu_s_per_volume": seconds / N_VOLUMES,
            "cpu_s_per_volume_simpleitk": peer_seconds / N_VOLUMES,
            "motion": score(found, "motion", np.nan_to_num(expected) > MOVED_MM),
            "spike": score(found, "spike", np.isin(np.arange(N_VOLUMES), list(flares))),
            "still_fd_max_mm": float(np.nanmax(quiet.series["framewise_displacement"])),
            "still_n_labels": len(quiet.labels),
            "still_dvars_std": quiet.measures["dvars_std"].value,
            "still_dvars_nstd": quiet.measures["dvars_nstd"].value,
            "moved_dvars_nstd": found.measures["dvars_nstd"].value,
            "still_tsnr": quiet.measures["tsnr"].value,
            "moved_tsnr": found.measures["tsnr"].value,
        }
        print(name, json.dumps(rows[name]), flush=True)
    return rows | {"all": sum_up(rows)}


def draw_truth(
    rng: np.random.Generator, n_slices: int
) -> tuple[NDArray[np.float64], dict[int, int]]:
    """Return movement of each volume (mm, radians), and in which volume which slice flares."""
    steps = rng.normal(0, [0.05] * 3 + [0.0007] * 3, (N_VOLUMES, 6))
    steps[0] = 0
    places = rng.permutation(np.arange(3, N_VOLUMES - 3))[: N_JUMPS + N_FLARES]
    jumps = rng.normal(0, [0.5] * 3 + [0.008] * 3, (N_JUMPS, 6))
    steps[places[:N_JUMPS]] += jumps
    slices = rng.integers(n_slices // 3, 2 * n_slices // 3, N_FLARES)
    return np.cumsum(steps, axis=0), dict(
        zip(places[N_JUMPS:].tolist(), slices.tolist(), strict=True)
    )


def make_series(
    volume: NDArray[np.float64],
    affine: NDArray[np.float64],
    truth: NDArray[np.float64],
    flares: dict[int, int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return a series of one volume that moves, and the point about which it turns."""
    bright = volume > 0.3 * np.percentile(volume, 98)
    centre_mm = (affine @ [*np.argwhere(bright).mean(axis=0), 1])[:3]
    spline = spline_filter(volume, 5)
    grid = np.indices(volume.shape).reshape(3, -1)
    level = NOISE * float(np.median(volume[bright]))
    out = np.zeros((*volume.shape, len(truth)), np.float32)
    for t, motion in enumerate(truth):
        back = np.linalg.inv(affine) @ np.linalg.inv(rigid_matrix(motion, centre_mm)) @ affine
        places = back[:3, :3] @ grid + back[:3, 3:]
        moved = volume.ravel() if not motion.any() else map_coordinates(
            spline, places, order=5, prefilter=False, mode="nearest"
        )  # fmt: skip
        drift = 1 + 0.02 * t / len(truth)
        out[..., t] = np.abs(
            drift * moved.reshape(volume.shape) + rng.normal(0, level, volume.shape)
        )
        if t in flares:
            out[:, :, flares[t], t] *= FLARE
    return out, centre_mm


def follow_by_simpleitk(
    series: NDArray[np.float32], affine: NDArray[np.float64], centre_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return movement as SimpleITK's rigid registration finds it, in the same terms."""
    import SimpleITK as sitk  # noqa: N813 - its own name

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    sizes_mm = np.linalg.norm(affine[:3, :3], axis=0)
    to_grid = affine @ np.diag([*(1 / sizes_mm), 1])

    def image(t: int) -> Any:
        one = sitk.GetImageFromArray(np.ascontiguousarray(series[..., t].T))
        one.SetSpacing(sizes_mm.tolist())
        return sitk.SmoothingRecursiveGaussian(one, 5.0 / 2.3548)

    start = time.process_time()
    fixed, motions = image(0), [np.zeros(6)]
    centre = (np.linalg.inv(to_grid) @ [*centre_mm, 1])[:3]
    last = sitk.Euler3DTransform()
    last.SetCenter(centre.tolist())
    for t in range(1, series.shape[3]):
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMeanSquares()
        method.SetMetricSamplingStrategy(method.REGULAR)
        method.SetMetricSamplingPercentage(0.2)
        method.SetInterpolator(sitk.sitkLinear)
        method.SetOptimizerAsRegularStepGradientDescent(0.2, 1e-4, 100, 0.5)
        method.SetOptimizerScalesFromPhysicalShift()
        transform = sitk.Euler3DTransform(last)
        method.SetInitialTransform(transform, inPlace=True)
        method.Execute(fixed, image(t))
        last = transform
        matrix = np.eye(4)
        matrix[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
        shift = np.array(transform.GetTranslation())
        matrix[:3, 3] = centre + shift - matrix[:3, :3] @ centre
        motions.append(read_motion(to_grid @ matrix @ np.linalg.inv(to_grid), centre_mm))
    return np.array(motions), time.process_time() - start


def describe(errors: NDArray[np.float64]) -> dict[str, float]:
    finite = np.abs(errors[np.isfinite(errors)])
    return {
        "mean": float(finite.mean()), "rms": float(np.sqrt(np.mean(finite**2))),
        "p95": float(np.percentile(finite, 95)), "worst": float(finite.max()),
        "n": int(finite.size),
    }  # fmt: skip


def score(found: Annotation, kind: str, truth: NDArray[np.bool_]) -> dict[str, int]:
    """Return hits, misses and false alarms, volume by volume."""
    said = np.zeros(truth.size, bool)
    for label in found.labels:
        if label.kind == kind:
            first = round(label.onset_s / TR_S)
            said[first : first + round(label.duration_s / TR_S)] = True
    return {
        "n_hit": int((said & truth).sum()), "n_missed": int((truth & ~said).sum()),
        "n_false": int((said & ~truth).sum()), "n_without": int((~truth).sum()),
    }  # fmt: skip


def sum_up(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what was hit in all series together, with intervals."""
    found: dict[str, Any] = {}
    for kind in ("motion", "spike"):
        total = {
            key: sum(row[kind][key] for row in rows.values())
            for key in rows[next(iter(rows))][kind]
        }
        hit, missed, false = total["n_hit"], total["n_missed"], total["n_false"]
        found[kind] = total | {
            "f1": 2 * hit / max(2 * hit + missed + false, 1),
            "recall_interval": proportion_interval(hit, hit + missed),
            "precision_interval": proportion_interval(hit, hit + false),
        }
    return found


def judge_faults(room: Path) -> dict[str, Any]:
    """Spoil structural images by known amounts: measures must move, each the right way."""
    sources = {
        "T1w 0.88 mm": MRI / "niivue_chris" / "chris_t1.nii.gz",
        "T1w 1.6 mm": MRI / "niivue_register" / "register" / "T1_head_ext2.nii.gz",
    }
    shown = ("cjv", "cnr", "snr_wm", "efc", "qi_1", "fwhm_avg", "wm2max", "inu_range",
             "brain_ml", "exclude_probability")  # fmt: skip
    rows: dict[str, Any] = {}
    for name, path in sources.items():
        image = nib.load(path)
        volume = np.asarray(image.dataobj, np.float64)
        rows[name] = {}
        for fault, spoiled in spoil(volume):
            if volume.size > LARGE and fault not in FEW_FAULTS:
                continue
            found, seconds = annotate(room, T1W, spoiled, image.affine)
            row = {key: found.measures[key].value for key in shown if key in found.measures}
            row["outside"] = [f.reason for f in found.findings]
            row["cpu_s"] = seconds
            rows[name][fault] = row
            print(name, fault, {k: v for k, v in row.items() if k != "outside"}, flush=True)
        rows[name]["moves_the_right_way"] = check_ways(rows[name])
    return rows


def spoil(volume: NDArray[np.float64]) -> Any:
    """Yield an image with known faults, each in growing strength."""
    rng = np.random.default_rng(SEED)
    top = float(np.percentile(volume, 95))
    yield "none", volume
    for share in (0.03, 0.06, 0.12):
        real, imaginary = rng.normal(0, share * top, (2, *volume.shape))
        yield f"noise {share:g}", np.hypot(volume + real, imaginary)
    for share in (0.05, 0.1, 0.2):
        yield f"ghost {share:g}", volume + share * np.roll(volume, volume.shape[1] // 2, axis=1)
    for sd in (0.6, 1.0, 1.6):
        yield f"blur {sd:g}", gaussian_filter(volume, sd)
    for share in (0.2, 0.4):
        tilt = np.linspace(1 - share, 1 + share, volume.shape[2])
        yield f"shading {share:g}", volume * tilt
    for share in (0.05, 0.15, 0.3):
        yield f"movement {share:g}", move_while_scanning(volume, share, rng)


def move_while_scanning(
    volume: NDArray[np.float64], share: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return an image of which a share of the lines in k-space was taken after the head moved."""
    moved = np.roll(volume, (2, 3), axis=(0, 2))
    still, other = np.fft.fft(volume, axis=1), np.fft.fft(moved, axis=1)
    lines = rng.permutation(volume.shape[1])[: round(share * volume.shape[1])]
    still[:, lines] = other[:, lines]
    return np.abs(np.fft.ifft(still, axis=1))


def check_ways(rows: dict[str, Any]) -> dict[str, bool]:
    """Tell for each fault whether its measure moves on with its strength."""
    ways = {
        "noise": ("snr_wm", -1), "ghost": ("efc", 1), "blur": ("fwhm_avg", 1),
        "shading": ("inu_range", 1), "movement": ("cjv", 1),
    }  # fmt: skip
    found = {}
    for fault, (measure, sign) in ways.items():
        line = [rows["none"][measure]]
        line += [
            row[measure] for name, row in rows.items() if name.startswith(fault) and measure in row
        ]
        if len(line) > 1:
            found[f"{measure} with {fault}"] = bool((sign * np.diff(line) > 0).all())
    return found


def judge_real(room: Path, dicom: Path) -> dict[str, Any]:
    """Label series as they are: nothing was put in, what is found a person may look at."""
    rows = {}
    for name, path in {
        "Philips, 18 volumes": dicom,
        "Siemens perfusion, 10 volumes": MRI / "niivue_chris" / "pcasl.nii.gz",
    }.items():
        image = nib.load(path)
        found, seconds = annotate(room, BOLD, np.asarray(image.dataobj), image.affine)
        rows[name] = {
            "labels": [[label.kind, label.onset_s] for label in found.labels],
            "measures": {key: found.measures[key].value for key in
                         ("fd_mean", "fd_max", "dvars_std", "tsnr", "aor", "aqi", "gsr_y")},
            "findings": [finding.code for finding in found.findings],
            "cpu_s_per_volume": seconds / image.shape[3],
        }  # fmt: skip
        print(name, json.dumps(rows[name]), flush=True)
    return rows


if __name__ == "__main__":
    main()
