"""The check of a volume, or of a series of them: one pass over the written image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Finding, Header, Modality, Severity, say_count
from fascicle.errors import FormatError
from fascicle.formats import Gradients, VolumeFile, open_volume_file
from fascicle.maths import robust_z

from ._burnt_in import check_burnt_in
from ._metadata import make_finding
from ._results import RecordingQuality
from ._volume_measures import VolumeMeasures, measure_volume
from ._volume_pictures import draw_volume, find_turn

NOT_FINITE_FAIL_SHARE: Final = 0.5
LOWEST_SHARE: Final = 0.1
"""A volume whose mean is below this share of the median one was dropped."""
SPIKE_Z: Final = 6.0
SPIKE_PERCENT: Final = 2.0
"""A volume stands out if its mean does by so many robust standard deviations, and percent."""
LOW_TSNR: Final = 15.0
VOXEL_MM: Final = (0.001, 20.0)
MOST_UNEQUAL: Final = 10.0
FEW_LABELS: Final = 12
B_WEIGHTED: Final = 50.0
FEWEST_DIRECTIONS: Final = 6
"""A tensor has six unknowns."""
UNIT_TOLERANCE: Final = 0.05
GAP_SHARE: Final = 0.5
_TIMED: Final = frozenset({"bold", "cbv"})


def check_volume(path: Path, header: Header) -> RecordingQuality:
    """Measure and judge a written image.

    Parameters
    ----------
    path : Path
        The ``.nii.gz``; gradients lie beside it.
    header : Header
        What may be said about it: its metadata are compared with the image.

    Returns
    -------
    RecordingQuality
        Findings, measures (``fov_x_mm``, ``voxel_min_mm``, ``anisotropy``, ``tsnr_median``,
        ``dvars_median_percent``, ``n_directions`` and others) and pictures.

    Raises
    ------
    FormatError
        If the image cannot be read: the caller makes a finding of it.

    Notes
    -----
    Movement is not estimated; DVARS and the carpet show it. For perfusion, whose volumes differ by
    intent, spikes are not looked for.
    """
    file = open_volume_file(path)
    is_series = file.n_volumes > 1
    over_time = is_series and header.modality in {Modality.FUNC, Modality.PERF}
    measures = measure_volume(file, over_time=over_time)
    gradients, broken = _read_gradients(file, header)
    findings = [
        *broken,
        *_check_values(file, measures, path.name),
        *_check_place(file, header, path.name),
        *_check_times(file, header, path.name),
        *check_burnt_in(path, header),
        *_check_overlays(header, path.name),
    ]
    if over_time:
        findings += _check_series(measures, header, path.name)
    if header.modality is Modality.DWI and gradients is not None:
        findings += _check_gradients(gradients, file.n_volumes, path.name)
    pictures = draw_volume(file, measures, gradients, exposes=header.exposes)
    extra = _measure(file, measures, gradients)
    return RecordingQuality.of_content(findings, pictures, extra)


def _read_gradients(file: VolumeFile, header: Header) -> tuple[Gradients | None, list[Finding]]:
    """Return the gradients beside a diffusion image, or a finding."""
    if header.modality is not Modality.DWI:
        return None, []
    try:
        found = file.read_gradients()
    except FormatError as error:
        return None, [_error(file.path.name, "dwi.gradients", error.problem, error.remedy)]
    if found is None and header.suffix == "dwi":
        return None, [
            _error(
                file.path.name,
                "dwi.gradients",
                "Expected b-values and directions beside a diffusion series, got none.",
                "Put the .bval and .bvec files of the scanner beside it and convert it again.",
            )
        ]
    return found, []


def _error(place: str, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.ERROR, place, reason, fix)


def _warning(place: str, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.WARNING, place, reason, fix)


def _note(place: str, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.NOTE, place, reason, fix)


def _check_overlays(header: Header, place: str) -> Iterator[Finding]:
    """Tell of graphics that lay over the pixels and did not come along."""
    n_planes = int(_number(header.metadata.get("NumberOfOverlaysRemoved")))
    if n_planes:
        yield _note(
            place,
            "image.overlay-dropped",
            f"Expected pixels alone, got {say_count(n_planes, 'overlay plane')} with graphics: "
            "rulers, contours or words that somebody drew.",
            "Nothing to do: the pixels were converted without. Keep contours that you need from "
            "the raw files.",
        )


def _check_values(file: VolumeFile, measures: VolumeMeasures, place: str) -> Iterator[Finding]:
    """Judge what the values are."""
    n_voxels = int(np.prod(file.shape))
    n_bad = int(measures.not_finite.sum())
    if n_bad:
        say = _error if n_bad >= NOT_FINITE_FAIL_SHARE * n_voxels else _warning
        yield say(
            place, "volume.not-finite",
            f"{n_bad} of {n_voxels} values are no finite numbers.",
            "Find out where they come from, or replace them by 0 where there is no signal.",
        )  # fmt: skip
    flat = measures.lowest >= measures.highest
    if flat.all():
        yield _error(
            place, "volume.constant", "All values are the same: there is no image.",
            "Convert or export it again; leave it out if it was never recorded.",
        )  # fmt: skip
        return
    middle = float(np.median(np.abs(measures.mean[~flat])))
    is_dark = np.abs(measures.mean) < LOWEST_SHARE * middle if file.n_volumes > 2 else flat
    dropped = flat | is_dark if not _has_weights(file) else flat
    if dropped.any():
        yield _error(
            place, "volume.dropped",
            f"{int(dropped.sum())} of {say_count(file.n_volumes, 'volume')} are empty or nearly "
            f"so (the first is number {int(np.flatnonzero(dropped)[0]) + 1}).",
            "Cut them off, or leave the recording out: the scan was stopped or slices were lost.",
        )  # fmt: skip
    repeated = measures.is_repeated & ~dropped
    if repeated.any():
        yield _warning(
            place, "volume.repeated",
            f"{say_count(int(repeated.sum()), 'volume')} equal the one before in every value.",
            "Compare with the scanner: volumes were lost and filled in.",
        )  # fmt: skip
    if 1 < measures.n_values <= FEW_LABELS and file.n_volumes == 1:
        yield _warning(
            place, "volume.labels",
            f"The middle slice holds {measures.n_values} different values, as masks do.",
            "Leave it out if it was drawn or computed: BIDS keeps such images in derivatives.",
        )  # fmt: skip


def _has_weights(file: VolumeFile) -> bool:
    """Tell whether volumes differ by their weights: a dark one is none that was lost."""
    stem = file.path.name.removesuffix(".gz").removesuffix(".nii")
    return file.path.with_name(f"{stem}.bval").is_file()


def _check_place(file: VolumeFile, header: Header, place: str) -> Iterator[Finding]:
    """Judge sizes and orientation."""
    if not file.is_placed or find_turn(file.affine) is None:
        yield _warning(
            place, "volume.no-orientation",
            "The image does not say how it lies in space: left and right cannot be told.",
            "Convert it again from the scanner's files.",
        )  # fmt: skip
    smallest, largest = min(file.voxel_mm), max(file.voxel_mm)
    if not VOXEL_MM[0] <= smallest <= largest <= VOXEL_MM[1]:
        yield _warning(
            place, "volume.voxel-size",
            f"Voxels measure from {smallest:.3g} to {largest:.3g} mm, which no scanner gives.",
            "Correct the sizes in the header, or convert it again.",
        )  # fmt: skip
    elif largest > MOST_UNEQUAL * smallest:
        yield _note(
            place, "volume.anisotropic",
            f"Voxels are {largest / smallest:.1f} times as long as wide.",
            "Nothing to do if thick slices were meant.",
        )  # fmt: skip
    gap = _slice_gap(header.metadata)
    thickness = _number(header.metadata.get("SliceThickness"))
    if gap is not None and gap > GAP_SHARE * thickness:
        yield _note(
            place, "volume.slice-gap",
            f"Between slices of {thickness:.3g} mm there are gaps of {gap:.3g} mm.",
            "Nothing to do if that was meant: what lies in the gaps was not recorded.",
        )  # fmt: skip


def _slice_gap(about: Mapping[str, Any]) -> float | None:
    """Return what lies between two slices, in millimetres; None if it is not known."""
    spacing, thickness = (_number(about.get(k)) for k in ("SpacingBetweenSlices", "SliceThickness"))
    return spacing - thickness if spacing > 0 and thickness > 0 else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _check_times(file: VolumeFile, header: Header, place: str) -> Iterator[Finding]:
    """Compare the times of the sidecar with the image."""
    tr_s = _number(header.metadata.get("RepetitionTime"))
    if header.suffix in _TIMED:
        if not tr_s:
            yield _error(
                place, "volume.no-repetition-time",
                "Nothing states the time between volumes (RepetitionTime).",
                "Add RepetitionTime, in seconds, to a .json file beside the raw image.",
            )  # fmt: skip
        elif file.tr_s and abs(file.tr_s - tr_s) > 0.001:
            yield _error(
                place, "volume.repetition-time",
                f"The sidecar states {tr_s:g} s between volumes, the image {file.tr_s:g} s.",
                "Correct the one that is wrong.",
            )  # fmt: skip
    timing = header.metadata.get("SliceTiming")
    if isinstance(timing, list | tuple) and timing:
        yield from _check_slice_times(file, header, [_number(t) for t in timing], tr_s)


def _check_slice_times(
    file: VolumeFile, header: Header, timing: list[float], tr_s: float
) -> Iterator[Finding]:
    """Judge number and size of the slice times."""
    axis = "ijk".find(str(header.metadata.get("SliceEncodingDirection", "k"))[:1])
    n_slices = file.shape[axis] if 0 <= axis <= 2 else file.shape[2]
    if len(timing) != n_slices:
        yield _error(
            file.path.name, "volume.slice-times",
            f"There are {len(timing)} slice times for {n_slices} slices.",
            "Take SliceTiming from the same conversion as the image.",
        )  # fmt: skip
    elif min(timing) < 0 or (tr_s and max(timing) > tr_s):
        yield _error(
            file.path.name, "volume.slice-times",
            f"Slice times run from {min(timing):g} to {max(timing):g} s, within {tr_s:g} s between "
            "volumes.",
            "State them in seconds from the start of the volume.",
        )  # fmt: skip


def _check_series(measures: VolumeMeasures, header: Header, place: str) -> Iterator[Finding]:
    """Judge a functional series."""
    if header.modality is Modality.FUNC and measures.signal.size > 2:
        spikes = find_spikes(measures.signal)
        if spikes.any():
            yield _warning(
                place, "volume.spikes",
                f"{int(spikes.sum())} of {say_count(spikes.size, 'volume')} stand out in "
                f"brightness (the first is number {int(np.flatnonzero(spikes)[0]) + 1}).",
                "Look at the carpet; censor these volumes in the analysis.",
            )  # fmt: skip
    tsnr = _median_tsnr(measures)
    if 0 < tsnr < LOW_TSNR and measures.signal.size >= 10:
        yield _warning(
            place, "volume.low-tsnr",
            f"The signal is {tsnr:.0f} times its standard deviation in time; {LOW_TSNR:.0f} and "
            "more is usual.",
            "Look at the carpet for movement, and whether the coil was connected.",
        )  # fmt: skip


def find_spikes(signal: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which volumes stand out in their mean from those around.

    A slow drift is taken away first: the median of the five volumes around.

    Examples
    --------
    >>> signal = np.linspace(1000, 1040, 41)
    >>> signal[17] += 90
    >>> np.flatnonzero(find_spikes(signal)).tolist()
    [17]
    """
    padded = np.pad(signal, 2, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    rest = signal - local
    percent = 100 * np.abs(rest) / max(abs(float(np.median(signal))), 1e-12)
    spread = 1.4826 * float(np.median(np.abs(rest)))
    far = np.abs(robust_z(rest)) > SPIKE_Z if spread > 0 else np.ones(signal.size, np.bool_)
    return far & (percent > SPIKE_PERCENT)


def _median_tsnr(measures: VolumeMeasures) -> float:
    """Return the median ratio of mean to deviation in time."""
    ratio = measures.tsnr
    inside = ratio[ratio > 0] if ratio is not None else np.zeros(0)
    return float(np.median(inside)) if inside.size else 0.0


def _check_gradients(gradients: Gradients, n_volumes: int, place: str) -> Iterator[Finding]:
    """Judge the gradients of a diffusion image."""
    bvals, bvecs = gradients.bvals, gradients.bvecs
    if bvals.size != n_volumes:
        yield _error(
            place, "dwi.counts",
            f"There are {bvals.size} b-values for {say_count(n_volumes, 'volume')}.",
            "Put the .bval and .bvec files of this series beside it and convert it again.",
        )  # fmt: skip
        return
    weighted = bvals > B_WEIGHTED
    lengths = np.linalg.norm(bvecs[:, weighted], axis=0)
    n_wrong = int((np.abs(lengths - 1) > UNIT_TOLERANCE).sum())
    if n_wrong:
        yield _warning(
            place, "dwi.vectors",
            f"{n_wrong} of {int(weighted.sum())} directions of weighted volumes are no unit "
            "vectors (0 for an average over directions).",
            "Take averages that the scanner computed out, or correct the .bvec file.",
        )  # fmt: skip
    if weighted.all():
        yield _warning(
            place, "dwi.no-b0", "No volume is without diffusion weighting.",
            "Add the unweighted volumes of the same session, which every model needs.",
        )  # fmt: skip
    n_directions = count_directions(bvecs[:, weighted])
    if 0 < n_directions < FEWEST_DIRECTIONS:
        yield _note(
            place, "dwi.few-directions",
            f"There are {n_directions} directions; a tensor needs {FEWEST_DIRECTIONS}.",
            "Nothing to do if only trace images were meant.",
        )  # fmt: skip


def count_directions(vectors: NDArray[np.float64]) -> int:
    """Return how many different directions there are; opposite ones are the same.

    Parameters
    ----------
    vectors : ndarray of float64, shape (3, n)
        Unit vectors; zero ones do not count.

    Returns
    -------
    int
        Directions closer than about two degrees are the same.

    Examples
    --------
    >>> count_directions(np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    2
    """
    lengths = np.linalg.norm(vectors, axis=0)
    units = vectors[:, lengths > UNIT_TOLERANCE] / lengths[lengths > UNIT_TOLERANCE]
    kept: list[NDArray[np.float64]] = []
    for unit in units.T:
        if not kept or float(np.abs(np.array(kept) @ unit).max()) < 0.9995:
            kept.append(unit)
    return len(kept)


def _measure(
    file: VolumeFile, measures: VolumeMeasures, gradients: Gradients | None
) -> dict[str, float]:
    """Return the measures by name."""
    extents = [n * mm for n, mm in zip(file.shape, file.voxel_mm, strict=False)]
    smallest, largest = min(file.voxel_mm), max(file.voxel_mm)
    found = {
        "n_volumes": float(file.n_volumes),
        "n_slices": float(file.shape[2]),
        **{f"fov_{axis}_mm": extent for axis, extent in zip("xyz", extents, strict=True)},
        "voxel_min_mm": smallest,
        "voxel_max_mm": largest,
        "anisotropy": largest / smallest if smallest > 0 else 0.0,
        "not_finite_share": float(measures.not_finite.sum()) / float(np.prod(file.shape)),
        "mean": float(np.mean(measures.mean)),
    }
    if measures.average is not None:
        found["tsnr_median"] = _median_tsnr(measures)
        steps = measures.dvars[np.isfinite(measures.dvars)]
        if steps.size:
            found["dvars_median_percent"] = float(np.median(steps))
            found["dvars_max_percent"] = float(steps.max())
        found["n_spikes"] = float(find_spikes(measures.signal).sum())
    if file.tr_s:
        found["repetition_time_s"] = file.tr_s
    if gradients is not None:
        weighted = gradients.bvals > B_WEIGHTED
        found["n_b0"] = float((~weighted).sum())
        found["b_max"] = float(gradients.bvals.max(initial=0.0))
        found["n_shells"] = float(len(np.unique(np.round(gradients.bvals[weighted], -2))))
        found["n_directions"] = float(count_directions(gradients.bvecs[:, weighted]))
    return {name: value for name, value in found.items() if np.isfinite(value)}
