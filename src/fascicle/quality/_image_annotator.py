"""Labels of MRI: how good an image is, which volumes moved, and whether experts would use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from fascicle.core import Annotation, Finding, Label, Severity
from fascicle.errors import FascicleError
from fascicle.formats import VolumeFile, find_inherited, open_volume_file

from ._image_labels import FD_ERROR_MM, MOVED_MM, label_series
from ._image_meanings import explain_measures
from ._image_pictures import draw_series, draw_structure
from ._image_ratings import Rating, rate_image
from ._image_series import FD_MM, Series, iterate_volumes, measure_series
from ._image_structure import measure_structure
from ._metadata import make_finding
from ._volume_measures import measure_volume
from ._volume_pictures import Turn, find_turn

_STRUCTURAL: Final = frozenset({"T1w", "T2w", "FLAIR", "PDw", "T2starw", "inplaneT1", "inplaneT2"})
_SERIES: Final = frozenset({"bold", "cbv"})
_ELSEWHERE: Final = frozenset({"derivatives", "sourcedata", "code", "stimuli"})
_STORED: Final[Turn] = ((0, False), (1, False), (2, False))
_MOST_MOVED_PERCENT: Final = 20.0
_MOST_CUT: Final = 0.25
_FEWEST_VOLUMES: Final = 5
_BRAIN_ML: Final = (700.0, 2200.0)


class ImageAnnotator:
    """Measures and labels structural and functional MRI in a BIDS dataset."""

    name: str = "images"
    title: str = (
        "Quality of MRI and fMRI: noise, contrast, movement, spikes; experts' rating of T1w."
    )
    version: str = "1"
    kinds: Mapping[str, str] = {
        "exclude": "An expert leaves such an image out more often than usual: look at it.",
        "lost": "Volumes without signal.",
        "motion": "The head moved by more than 0.5 mm since the volume before.",
        "settling": "Volumes at the start before the signal was steady.",
        "spike": "A slice is far brighter or darker than in the volumes before and after.",
    }
    card: str = "explanations/image-quality.md"
    requires: str = "mri"

    def accepts(self, place: PurePosixPath) -> bool:
        """Tell by its path in the dataset whether a file is an image that this can label."""
        if not place.name.endswith((".nii", ".nii.gz")) or place.parts[0] in _ELSEWHERE:
            return False
        suffix = _suffix(place)
        kinds = {"anat": _STRUCTURAL, "func": _SERIES}.get(place.parent.name, frozenset())
        return suffix in kinds

    def annotate(self, dataset: Path, place: PurePosixPath) -> Annotation:
        """Label one image; what is wrong with it becomes a finding, and nothing is raised."""
        try:
            file = open_volume_file(dataset / place)
            about = read_about(dataset, place)
            if _suffix(place) in _STRUCTURAL:
                return self._annotate_structure(file, place)
            return self._annotate_series(file, about, place)
        except (FascicleError, OSError, EOFError, ValueError) as error:
            reason = error.problem if isinstance(error, FascicleError) else "It cannot be read."
            fix = error.remedy if isinstance(error, FascicleError) else "Convert it again."
            return self._nothing(_error(place, "image.unreadable", reason, fix))

    def _annotate_structure(self, file: VolumeFile, place: PurePosixPath) -> Annotation:
        """Label a structural image."""
        if file.n_volumes > 1:
            return self._nothing(
                _note(
                    place,
                    "image.many-volumes",
                    "A structural image with several volumes.",
                    "Nothing to do: only single volumes are measured.",
                )
            )
        volume = next(iterate_volumes(file))
        turn = find_turn(file.affine) or _STORED
        up = (turn[2][0], -1 if turn[2][1] else 1)
        is_t1 = _suffix(place) == "T1w"
        voxel_mm = (file.voxel_mm[0], file.voxel_mm[1], file.voxel_mm[2])
        structure = measure_structure(volume, voxel_mm, up=up, is_t1=is_t1)
        measures = dict(structure.measures)
        findings = _check_brain(measures, place)
        rating = rate_image(measures) if is_t1 and not findings else None
        labels: tuple[Label, ...] = ()
        if rating is not None:
            measures["exclude_probability"] = rating.probability
            findings += _check_rating(rating, place)
            labels = _label_rating(rating)
        return Annotation(
            self.name,
            self.version,
            labels=labels,
            measures=explain_measures(measures),
            pictures=tuple(draw_structure(volume, structure)),
            findings=tuple(findings),
            settings={"rated": rating is not None and not rating.outside},
        )

    def _annotate_series(
        self, file: VolumeFile, about: Mapping[str, Any], place: PurePosixPath
    ) -> Annotation:
        """Label a functional series."""
        if file.n_volumes < _FEWEST_VOLUMES:
            return self._nothing(
                _note(
                    place,
                    "image.few-volumes",
                    f"Expected {_FEWEST_VOLUMES} volumes or more, got {file.n_volumes}.",
                    "Nothing to do: movement is not measured over so few.",
                )
            )
        passed = measure_volume(file, over_time=True)
        turn = find_turn(file.affine) or _STORED
        series = (
            measure_series(file, passed, turn, phase_axis=_phase_axis(about))
            if passed.average is not None
            else None
        )
        if series is None:
            return self._nothing(
                _warning(
                    place,
                    "image.no-brain",
                    "No brain was found in the mean of the volumes.",
                    "Look at the image; leave it out if it shows no head.",
                )
            )
        tr_s = file.tr_s or _number(about.get("RepetitionTime"))
        findings = _check_series(series, place)
        if not tr_s:
            findings.append(_no_times(place))
        return Annotation(
            self.name,
            self.version,
            labels=label_series(series, tr_s) if tr_s else (),
            measures=explain_measures(series.measures),
            series=_list_series(series),
            pictures=tuple(draw_series(file, passed, series, tr_s or 1.0)),
            findings=tuple(findings),
            settings={"moved_mm": MOVED_MM, "fd_error_mm": FD_ERROR_MM, "fd_count_mm": FD_MM},
        )

    def _nothing(self, finding: Finding) -> Annotation:
        """Return an annotation without labels."""
        return Annotation(self.name, self.version, findings=(finding,))


def read_about(dataset: Path, place: PurePosixPath) -> dict[str, Any]:
    """Return the fields of an image's sidecars, the nearest one last; damaged ones are left out."""
    about: dict[str, Any] = {}
    stem = place.name.partition(".")[0]
    beside = place.with_name(f"{stem}.json")
    inherited = [p for p in find_inherited(place, dataset) if p.suffix == ".json"]
    for path in (*inherited, beside):
        try:
            fields = json.loads((dataset / path).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        about |= fields if isinstance(fields, dict) else {}
    return about


def _suffix(place: PurePosixPath) -> str:
    return place.name.partition(".")[0].rpartition("_")[2]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _phase_axis(about: Mapping[str, Any]) -> int | None:
    """Return the stored axis of phase encoding."""
    axis = "ijk".find(str(about.get("PhaseEncodingDirection", ""))[:1] or "?")
    return axis if axis >= 0 else None


def _list_series(series: Series) -> dict[str, tuple[float, ...]]:
    """Return a number for each volume, by name."""
    columns = {
        "framewise_displacement": series.displacement_mm,
        "dvars": series.dvars.plain,
        "std_dvars": series.dvars.standard,
        "outlier_share": series.outliers,
        "median_distance": series.distances,
    }
    for at, name in enumerate(("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")):
        columns[name] = series.motion[:, at]
    return {name: tuple(values.tolist()) for name, values in columns.items()}


def _label_rating(rating: Rating) -> tuple[Label, ...]:
    """Return the label of the whole image; none where the model knows no such images."""
    if rating.outside or not rating.is_excluded:
        return ()
    return (Label("exclude", rating.probability, evidence=rating.contributions),)


def _check_rating(rating: Rating, place: PurePosixPath) -> list[Finding]:
    """Tell of an image unlike those that were learnt from."""
    if not rating.outside:
        return []
    return [
        _note(
            place,
            "image.outside-training",
            f"No rating: {', '.join(rating.outside)} outside of what the model was trained on.",
            "Look at the image yourself.",
        )
    ]


def _check_brain(measures: Mapping[str, float], place: PurePosixPath) -> list[Finding]:
    """Tell of a brain of a size that no brain has: then the mask is wrong, or the image."""
    size_ml = measures["brain_ml"]
    if _BRAIN_ML[0] <= size_ml <= _BRAIN_ML[1]:
        return []
    return [
        _warning(
            place,
            "image.no-brain",
            f"Expected a brain of {_BRAIN_ML[0]:.0f} to {_BRAIN_ML[1]:.0f} mL, found "
            f"{size_ml:.0f}: measures within the brain are not reliable.",
            "Look at the picture; animals, parts of a brain and strong shading are not covered.",
        )
    ]


def _check_series(series: Series, place: PurePosixPath) -> list[Finding]:
    """Tell what speaks against using a series."""
    found = []
    moved = float(np.mean(np.nan_to_num(series.displacement_mm) > MOVED_MM) * 100)
    if moved > _MOST_MOVED_PERCENT:
        found.append(
            _warning(
                place,
                "image.motion",
                f"The head moved by more than {MOVED_MM:g} mm in {moved:.0f} % of the volumes.",
                "Leave the labelled volumes out, or the run.",
            )
        )
    cut = series.measures.get("cut_top", 0.0)
    if cut > _MOST_CUT:
        found.append(
            _warning(
                place,
                "image.cut",
                "The top of the brain lies outside of the field of view.",
                "Mask what was not recorded before people are compared.",
            )
        )
    return found


def _no_times(place: PurePosixPath) -> Finding:
    return _warning(
        place,
        "image.no-repetition-time",
        "Neither image nor sidecar states the time between volumes: nothing was labelled.",
        "Add RepetitionTime, in seconds, to the .json file.",
    )


def _error(place: PurePosixPath, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.ERROR, place.as_posix(), reason, fix)


def _warning(place: PurePosixPath, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.WARNING, place.as_posix(), reason, fix)


def _note(place: PurePosixPath, code: str, reason: str, fix: str) -> Finding:
    return make_finding(code, Severity.NOTE, place.as_posix(), reason, fix)
