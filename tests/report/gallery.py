"""One of each picture on one page, from generated arrays: to be tested, and to be looked at.

``python -m tests.report.gallery FOLDER`` writes ``shared.html`` and ``owner.html`` there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import (
    Channel,
    Drawing,
    Finding,
    Header,
    Modality,
    Picture,
    Severity,
    Subject,
)
from fascicle.quality import RecordingQuality
from fascicle.report import AlignmentStory, RecordingStory, Story, write_report

Array = NDArray[np.float64]


def make_gallery(story: Story) -> Story:
    """Return a story of many kinds of recordings, beside the EEG of another."""
    return replace(
        story,
        dataset=replace(
            story.dataset,
            name="One lab, one folder: EEG, MRI, probes, movies and cells",
            modalities=tuple(sorted({r.header.modality.value for r in _recordings()} | {"eeg"})),
            n_recordings=2 + len(_recordings()),
        ),
        recordings=(*story.recordings[:2], *_recordings()),
        held=_held(),
        alignments=make_alignments(),
    )


def make_brain(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Something like a slice through a head: skull, folds, ventricles."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1.25 : 1.25 : height * 1j, -1.1 : 1.1 : width * 1j]
    radius, angle = np.hypot(x * 1.12, y * 0.94), np.arctan2(y, x)
    folds = 0.5 + 0.5 * np.sin(11 * angle + 9 * radius + seed) * np.sin(23 * radius + 3 * angle)
    image = np.where(radius < 0.86, 0.45 + 0.35 * folds * (radius > 0.45), 0.0)
    image = np.where(radius < 0.5, 0.82 - 0.1 * folds, image)
    image = np.where(np.hypot((np.abs(x) - 0.13) * 3.2, y * 1.3) < 0.34, 0.12, image)
    image += 0.95 * np.exp(-0.5 * ((radius - 1.0) / 0.035) ** 2)
    image += rng.normal(0, 0.025, image.shape)
    return np.clip(255 * image, 0, 255).astype(np.uint8)


def slices(exposes: str = "") -> Picture:
    """Orthogonal slices side by side."""
    views = [make_brain(160, 140, k) for k in range(3)]
    return Picture(
        Drawing.IMAGE,
        "Orthogonal slices",
        "Sagittal, coronal and axial slice through the middle, left is left.",
        {"pixels": np.hstack([np.pad(v, ((0, 0), (6, 6))) for v in views])},
        exposes=exposes,
    )


def carpet() -> Picture:
    """Voxels by volumes, with a jerk and drifts."""
    rng = np.random.default_rng(4)
    grey = rng.normal(0, 24, (200, 180)) + 30 * np.sin(np.arange(180) / 9)
    grey[:, 92:96] += 80
    grey[130:] *= 0.5
    return Picture(
        Drawing.IMAGE,
        "Carpet plot",
        "Each row is a voxel, from the cortex at the top to the ventricles at the foot; percent "
        "change of its signal, from black (3 % less) to white (3 % more).",
        {
            "pixels": np.clip(128 + grey, 0, 255).astype(np.uint8),
            "extent": np.array([0.0, 360.0, 0.0, 200.0]),
        },
        x_label="time (s)",
        y_label="voxel",
    )


def motion() -> Picture:
    """Traces of different units, each on its own scale."""
    rng = np.random.default_rng(5)
    t = np.arange(180) * 2.0
    moved = np.abs(rng.normal(0.1, 0.05, 180))
    moved[93] = 1.9
    return Picture(
        Drawing.LINES,
        "Motion and global signal",
        "Framewise displacement (mm), DVARS and the mean signal; each fills its row.",
        {
            "x": t,
            "y": np.stack([moved, 1 + 4 * moved + rng.normal(0, 0.1, 180),
                           np.cumsum(rng.normal(0, 1, 180))]),
        },
        x_label="time (s)",
        legend=("displacement", "DVARS", "global signal"),
    )  # fmt: skip


def raster() -> Picture:
    """Spikes of units with rates of their own and a pause."""
    rng = np.random.default_rng(6)
    times, rows = [], []
    for k in range(41):
        t = np.cumsum(rng.exponential(1 / rng.uniform(0.3, 6.0), 400))
        t = t[(t < 60) & ~((t > 31) & (t < 34) & (k % 3 > 0))]
        times.append(t)
        rows.append(np.full(t.size, k))
    return Picture(
        Drawing.RASTER,
        "Spikes",
        "A tick for each spike in the middle minute, a row for each unit, by depth.",
        {"times": np.concatenate(times), "rows": np.concatenate(rows)},
        x_label="time (s)",
        y_label="unit",
    )


def waveforms(n_units: int = 5) -> Picture:
    """Mean shapes of spikes."""
    t = np.linspace(-1.0, 2.0, 91)
    shapes = [
        -(60 + 22 * k) * np.exp(-0.5 * ((t - 0.05 * k) / (0.11 + 0.02 * k)) ** 2)
        + (18 + 6 * k) * np.exp(-0.5 * ((t - 0.55 - 0.1 * k) / 0.3) ** 2)
        for k in range(n_units)
    ]
    return Picture(
        Drawing.OVERLAY,
        "Waveforms",
        "Mean spike of the most active units on their largest channel.",
        {"x": t, "y": np.array(shapes)},
        x_label="time (ms)",
        y_label=f"potential ({chr(0xB5)}V)",
        legend=tuple(f"unit {k + 1}" for k in range(n_units)),
    )


def spectrogram() -> Picture:
    """Power by frequency and time."""
    rng = np.random.default_rng(7)
    f = np.linspace(120, 0, 96)[:, None]
    t = np.linspace(0, 60, 240)[None]
    power = 190 * np.exp(-f / 34) + 90 * np.exp(-0.5 * ((f - 8 - 2 * np.sin(t / 6)) / 2.2) ** 2)
    power = power + 55 * (np.sin(t / 3) > 0.6) * np.exp(-0.5 * ((f - 62) / 9) ** 2)
    power = power + rng.normal(0, 9, power.shape)
    return Picture(
        Drawing.IMAGE,
        "Spectrogram",
        "Power of the channel in the middle of the probe; brighter is more, 40 dB in all.",
        {
            "pixels": np.clip(power, 0, 255).astype(np.uint8),
            "extent": np.array([0.0, 60.0, 0.0, 120.0]),
        },
        x_label="time (s)",
        y_label="frequency (Hz)",
    )


def mean_image() -> Picture:
    """The mean of a movie of cells."""
    rng = np.random.default_rng(8)
    y, x = np.mgrid[0:256, 0:256]
    image = 34 + 12 * np.sin(x / 37) * np.cos(y / 53) + rng.normal(0, 5, x.shape)
    for _ in range(70):
        cy, cx, r = rng.uniform(8, 248), rng.uniform(8, 248), rng.uniform(4, 7)
        ring = np.hypot(y - cy, x - cx)
        image += rng.uniform(40, 150) * np.exp(-0.5 * ((ring - 0.7 * r) / (0.35 * r)) ** 2)
    return Picture(
        Drawing.IMAGE,
        "Mean image",
        "Mean of 512 frames, evenly spread over the movie.",
        {"pixels": np.clip(image, 0, 255).astype(np.uint8)},
    )


def traces(n_cells: int = 12) -> Picture:
    """Fluorescence of cells."""
    rng = np.random.default_rng(9)
    decay = np.exp(-np.arange(80) / 14)
    y = np.array([
        np.convolve(rng.random(900) < 0.012, decay)[:900] * rng.uniform(0.6, 2.4)
        for _ in range(n_cells)
    ]) + rng.normal(0, 0.07, (n_cells, 900))  # fmt: skip
    return Picture(
        Drawing.LINES,
        "Traces",
        "Change of fluorescence of the most active cells.",
        {"x": np.arange(900) / 15, "y": y},
        x_label="time (s)",
        y_label="dF/F",
        legend=tuple(f"cell {7 * k + 3}" for k in range(n_cells)),
    )


def keypoints() -> Picture:
    """A mouse seen from above, with parts of its body marked."""
    rng = np.random.default_rng(10)
    y, x = np.mgrid[0:240, 0:320]
    frame = 205 + 8 * np.sin(x / 60) + rng.normal(0, 6, x.shape)
    body = np.hypot((x - 160) / 78, (y - 128 + 0.16 * (x - 160)) / 34) < 1
    tail = (np.abs(y - 118 - 14 * np.sin(x / 22)) < 3) & (x < 90) & (x > 12)
    frame = np.where(body | tail, 62 + rng.normal(0, 9, x.shape), frame)
    points = np.array([[238, 116], [214, 100], [218, 140], [160, 128], [84, 140], [50, 128],
                       [14, 122], [np.nan, np.nan]])  # fmt: skip
    return Picture(
        Drawing.IMAGE,
        "Keypoints on a frame",
        "The frame in the middle of the video, with the points found in it.",
        {
            "pixels": np.clip(frame, 0, 255).astype(np.uint8),
            "points": points,
            "classes": np.arange(8),
        },
        legend=("nose", "left ear", "right ear", "centre", "base of tail", "middle of tail",
                "tip of tail", "left paw"),
    )  # fmt: skip


def tiles() -> Picture:
    """A stained section, in colour."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:330, 0:440]
    inside = np.hypot((x - 220) / 195, (y - 170) / 140) < 1 + 0.08 * np.sin(np.arctan2(y, x) * 40)
    layers = 0.5 + 0.5 * np.sin(np.hypot(x - 220, y - 260) / 9)
    grain = rng.normal(0, 9, (*x.shape, 3))
    colour = np.array([236, 228, 238]) - inside[..., None] * (
        np.array([58, 118, 62]) * (0.35 + 0.65 * layers[..., None])
    )
    return Picture(
        Drawing.IMAGE,
        "Overview",
        "The whole image at a fifteenth of its size.",
        {
            "pixels": np.clip(colour + grain, 0, 255).astype(np.uint8),
            "extent": np.array([0.0, 6.6, 4.95, 0.0]),
        },
        x_label="mm",
        y_label="mm",
    )


def embedding(n_classes: int = 9) -> Picture:
    """Cells in two dimensions."""
    rng = np.random.default_rng(12)
    names = ("excitatory L2/3", "excitatory L5", "inhibitory PV", "inhibitory SST", "astrocyte",
             "oligodendrocyte", "microglia", "endothelial", "pericyte")  # fmt: skip
    sizes = [620, 430, 260, 230, 310, 280, 150, 70, 40][:n_classes]
    centres = rng.uniform(-9, 9, (n_classes, 2))
    dots = [
        centre + rng.normal(0, 1, (n, 2)) @ rng.normal(0, 0.75, (2, 2))
        for centre, n in zip(centres, sizes, strict=True)
    ]
    xy = np.vstack(dots)
    return Picture(
        Drawing.SCATTER,
        "Cells by type",
        "Two dimensions in which cells of like expression lie together (UMAP, as delivered).",
        {"x": xy[:, 0], "y": xy[:, 1], "classes": np.repeat(np.arange(n_classes), sizes)},
        x_label="UMAP 1",
        y_label="UMAP 2",
        legend=names[:n_classes],
    )


def gallery() -> tuple[Picture, ...]:
    """One of each."""
    return (slices(), carpet(), motion(), raster(), waveforms(), spectrogram(), mean_image(),
            traces(), keypoints(), tiles(), embedding())  # fmt: skip


def make_alignments() -> tuple[AlignmentStory, ...]:
    """Two streams in step, two that jumped, two that nothing ties."""
    rng = np.random.default_rng(13)
    times = np.linspace(4, 3570, 311)
    jumped = rng.normal(0, 0.3, 311) + 7.5 * (times > 2100) - 3
    return (
        AlignmentStory(
            "sub-01, ses-1", ("ecephys", "video"), "TTL pulses", "pass",
            "All 311 pulses were matched; nothing is left over beyond half a frame.", 311,
            -0.0123, 14.2, 0.21, 0.94, times, rng.normal(0, 0.3, 311),
        ),
        AlignmentStory(
            "sub-01, ses-2", ("ecephys", "behaviour box"), "TTL pulses", "warn",
            "After 35 minutes the second clock jumps by 7.5 ms.", 311, 62.5, -3.1, 2.9, 5.4,
            times, jumped,
        ),
        AlignmentStory(
            "sub-02, ses-1", ("two-photon", "treadmill"), "shared clock", "pass",
            "One device wrote both streams.", None, 0.0, 0.0,
        ),
        AlignmentStory(
            "sub-03, ses-1", ("EEG", "eye tracker"), "", "none",
            "Neither shares a clock, pulses or time stamps with the other.",
        ),
    )  # fmt: skip


def _story(
    path: str,
    header: Header,
    pictures: tuple[Picture, ...],
    extra: dict[str, float],
    *found: Finding,
) -> RecordingStory:
    return RecordingStory(path, header, RecordingQuality.of_content(found, pictures, extra))


def _recordings() -> tuple[RecordingStory, ...]:
    jerk = Finding(
        "volume.motion", Severity.WARNING, "sub-01_task-rest_bold.nii.gz",
        "The head moved by 1.9 mm in one of 180 volumes (aim: below 0.5 mm).",
        "Look at the volumes around it before you average over them.", "quality",
    )  # fmt: skip
    mri = {"RepetitionTime": 2.0, "EchoTime": [0.0131, 0.0312, 0.0485], "FlipAngle": 78,
           "MagneticFieldStrength": 3, "PhaseEncodingDirection": "j-", "Manufacturer": "Siemens",
           "ManufacturersModelName": "Prisma", "MultibandAccelerationFactor": 2}  # fmt: skip
    probe = tuple(Channel(f"AP{k}", "MISC", "uV", 30_000.0) for k in range(384))
    return (
        _story(
            "sub-01/func/sub-01_task-rest_bold.nii.gz",
            Header(Modality.FUNC, 0.5, 180, suffix="bold", shape=(64, 64, 36, 180), metadata=mri),
            (slices(), carpet(), motion()),
            {"voxel_x_mm": 3.0, "voxel_y_mm": 3.0, "voxel_z_mm": 3.5, "tsnr": 48.2,
             "displacement_mean_mm": 0.113, "outlier_share": 0.022},
            jerk,
        ),
        _story(
            "sub-01/fmap/sub-01_dir-AP_epi.nii.gz",
            Header(Modality.FMAP, suffix="epi", shape=(64, 64, 36), metadata={"EchoTime": 0.066}),
            (), {"voxel_x_mm": 3.0, "voxel_y_mm": 3.0, "voxel_z_mm": 3.5},
        ),
        _story(
            "sub-m1/ecephys/sub-m1_ecephys.nwb",
            Header(Modality.ECEPHYS, 30_000.0, 108_000_000, probe, shape=(108_000_000, 384),
                   metadata={"NumberOfUnits": 41, "NumberOfSpikes": 102_140}),
            (raster(), waveforms(), spectrogram()),
            {"isi_violation_share": 0.0042, "noise_uv": 9.3},
        ),
        _story(
            "sub-m1/ophys/sub-m1_ophys.nwb",
            Header(Modality.OPHYS, 30.0, 18_000, shape=(18_000, 512, 512), metadata={
                "NumberOfFrames": 18_000, "FrameRate": 30.0, "NumberOfROIs": 312,
                "ImageWidth": 512, "ImageHeight": 512, "ExcitationWavelength": 920}),
            (mean_image(), traces()), {"bleaching_share": 0.06},
        ),
        _story(
            "sub-m1/beh/sub-m1_beh.nwb",
            Header(Modality.BEH, 60.0, 36_000, subject=Subject(species="Mus musculus"), metadata={
                "NumberOfFrames": 36_000, "FrameRate": 60.0, "NumberOfKeypoints": 8,
                "ImageWidth": 320, "ImageHeight": 240}),
            (keypoints(),), {"keypoint_likelihood_median": 0.981},
        ),
        _story(
            "sub-m1/micr/sub-m1_sample-A_BF.ome.tif",
            Header(Modality.MICR, suffix="BF", shape=(6600, 4950), metadata={
                "PixelSize": [1.0, 1.0], "PixelSizeUnits": "um", "Magnification": 10,
                "NumericalAperture": 0.3}),
            (tiles(),), {"saturated_share": 0.0008, "focus": 31.4},
        ),
        _story(
            "sub-m1/omics/sub-m1_omics.h5ad",
            Header(Modality.OMICS, shape=(2_390, 32_738)),
            (embedding(),), {"umis_median": 4213.0, "mitochondrial_share": 0.041},
        ),
    )  # fmt: skip


def _held() -> tuple[RecordingStory, ...]:
    return (
        _story(
            "sub-01/anat/sub-01_T1w.nii.gz",
            Header(Modality.ANAT, suffix="T1w", shape=(256, 256, 192), exposes="head",
                   metadata={"RepetitionTime": 2.3, "EchoTime": 0.00298, "FlipAngle": 9}),
            (slices("head"),), {"voxel_x_mm": 1.0, "voxel_y_mm": 1.0, "voxel_z_mm": 1.0,
                                "snr": 12.8},
        ),
    )  # fmt: skip


def main(folder: Path) -> None:
    """Write both pages."""
    from tests.report.conftest import make_story

    folder.mkdir(parents=True, exist_ok=True)
    write_report(folder / "shared.html", make_gallery(make_story()))
    write_report(folder / "owner.html", make_gallery(make_story(owner=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
