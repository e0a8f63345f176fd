"""Mask the faces in one film, and look in what was written whether one is left.

The film is decoded three times, in a process of its own: to look for faces, to write it masked, and
to look for faces in what was written. What is missed at first and found at last is masked in a
further round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Drawing, Finding, Header, Modality, Picture, Severity, say_count
from fascicle.errors import DependencyError, FascicleError
from fascicle.formats import FrameTimes, read_frames, read_times, write_frames
from fascicle.jobs import run_isolated
from fascicle.protect import (
    FaceFinder,
    FacePlan,
    FilmShape,
    Likeness,
    MaskRule,
    Recogniser,
    Sighting,
    choose_portraits,
    find_survivors,
    is_still,
    plan_faces,
)

Frame = NDArray[np.uint8]

SIDECAR_FIELD: Final = "DeidentificationMethod"
TOLD: Final = "Faces in the video masked by boxes of one grey (Fascicle)"
"""What the sidecar says, in the field that BIDS has for it."""

_DISK_FULL: Final = "FSC707"
_FILL: Final = 127
_MAX_ROUNDS: Final = 3
_N_SHOWN: Final = 6
_SHOWN_WIDTH: Final = 240
_BASE_S: Final = 3600.0
_FRAME_S: Final = 10.0
_MAX_STILLS: Final = 60
_STILL_WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class MaskedFilm:
    """What came of a film.

    Attributes
    ----------
    path : Path or None
        What was written; None if it was not.
    findings : tuple of Finding
        Why not.
    record : dict
        Measures, as JSON values.
    size : tuple of int
        Height and width, upright.
    pictures : tuple of Picture
        Frames as they were written, for the owner to look at.
    """

    path: Path | None = None
    findings: tuple[Finding, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    pictures: tuple[Picture, ...] = ()

    @property
    def is_done(self) -> bool:
        """True if a masked film was written."""
        return self.path is not None


def mask_film(path: Path, folder: Path, stem: str, *, rule: MaskRule = "auto") -> MaskedFilm:
    """Write a film in which no face shows.

    Parameters
    ----------
    path : Path
        MP4, QuickTime or AVI; it is not changed.
    folder : Path
        Where to write.
    stem : str
        Name of the file without its ending, which follows from the film.
    rule : str
        As `plan_faces` takes it.

    Returns
    -------
    MaskedFilm
        Whether it was done; a film in doubt, or that cannot be read, is a finding.

    Raises
    ------
    DependencyError
        FSC801 or FSC804 if OpenCV, dlib or its weights are missing.
    JobError
        FSC707 if the disk is full.
    """
    try:
        times = read_times(path)
        timeout_s = _BASE_S + _FRAME_S * len(times)
        return run_isolated(_mask, path, folder, stem, times, rule, timeout_s=timeout_s)
    except DependencyError:
        raise
    except FascicleError as error:
        if error.code == _DISK_FULL:
            raise  # no film is to blame: the next run tries again
        doubt = f"a video that cannot be read to its end ({error.code})"
        return MaskedFilm(findings=(_make_doubt(doubt),))
    finally:
        # A process that was ended has left what it had written so far.
        for left in list(folder.iterdir()):
            if left.name.startswith((f".masked-{stem}.", f".part-.masked-{stem}.")):
                left.unlink()


def mask_faces_in(path: Path, header: Header, rule: str) -> tuple[Path, Header, MaskedFilm]:
    """Mask the people in a written video, before anybody looks at it.

    Parameters
    ----------
    path : Path
        The written video: it is replaced, perhaps by one of another ending.
    header : Header
        What it shows.
    rule : str
        As `plan_faces` takes it, or ``"no"``, as for all that is no video of a person.

    Returns
    -------
    path : Path
        Where the video lies now.
    header : Header
        It exposes no face any more if that was done, and its metadata say how.
    film : MaskedFilm
        What came of it; not done, without findings, where nothing was to do.
    """
    if rule == "no" or header.modality is not Modality.BEH or header.exposes != "face":
        return path, header, MaskedFilm()
    chosen: MaskRule = "region" if rule == "region" else "follow" if rule == "follow" else "auto"
    try:
        film = mask_film(path, path.parent, path.stem, rule=chosen)
    except DependencyError as error:
        missing = Finding(
            "deface.no-library", Severity.WARNING, "", error.problem, error.remedy, "deface"
        )
        return path, header, MaskedFilm(findings=(missing,))
    if film.path is None:
        return path, header, film
    if film.path != path:
        path.unlink()
    height, width = film.size
    told = {"ImageHeight": height, "ImageWidth": width, SIDECAR_FIELD: [TOLD]}
    shape = (header.n_times, height, width)
    clean = replace(header, exposes="", shape=shape, metadata={**header.metadata, **told})
    return film.path, clean, film


def _mask(path: Path, folder: Path, stem: str, times: FrameTimes, rule: MaskRule) -> MaskedFilm:
    """Look, mask, look again; runs in a process of its own."""
    sightings, film = _look(path, times)
    if film.n_frames != len(times):
        doubt = f"{film.n_frames} frames that decode where the container states {len(times)}"
        return MaskedFilm(findings=(_make_doubt(doubt),))
    for n_rounds in range(1, _MAX_ROUNDS + 1):
        plan = plan_faces(sightings, film, rule=rule)
        if plan.doubts:
            return MaskedFilm(findings=tuple(_make_doubt(doubt) for doubt in plan.doubts))
        recogniser = Recogniser()
        masked = _write_masked((path, folder, stem, times), plan, sightings, recogniser)
        again, shown = _look_again(masked, film, recogniser)
        beside, fired = find_survivors(again, plan)
        likenesses = recogniser.compare()
        if fired or any(one.is_hit for one in likenesses):
            return MaskedFilm(findings=(_make_survivor(len(fired), likenesses),))
        if not beside:
            target = masked.with_name(f"{stem}{masked.suffix}")
            masked.replace(target)
            record = _make_record(plan, film, likenesses, n_rounds)
            return MaskedFilm(target, (), record, (film.height, film.width), (_draw(shown),))
        sightings += beside
    n_left = len({one.frame for one in beside})
    return MaskedFilm(findings=(_make_left(n_left, film.n_frames),))


def _look(path: Path, times: FrameTimes) -> tuple[list[Sighting], FilmShape]:
    """Look for faces in every frame, and at whether the camera stands still."""
    finder = FaceFinder(times.rate_hz)
    sightings: list[Sighting] = []
    stills: list[Frame] = []
    every = max(1, len(times) // _MAX_STILLS)
    n_frames, height, width = 0, 0, 0
    for number, frame in enumerate(read_frames(path)):
        sightings += finder.find(frame, number)
        if number % every == 0:
            stills.append(_shrink(frame, _STILL_WIDTH))
        n_frames, (height, width) = number + 1, frame.shape[:2]
    still = is_still(np.stack(stills)) if stills else False
    return sightings, FilmShape(n_frames, height, width, times.rate_hz, still)


def _write_masked(
    where: tuple[Path, Path, str, FrameTimes],
    plan: FacePlan,
    sightings: list[Sighting],
    recogniser: Recogniser,
) -> Path:
    """Write the film with its boxes, and let the attacker see the faces below them."""
    path, folder, stem, times = where
    portraits = choose_portraits(plan, sightings)

    def change() -> Iterator[Frame]:
        for number, frame in enumerate(read_frames(path)):
            recogniser.see_original(frame, [one for one in portraits if one.frame == number])
            _paint(frame, plan.boxes_at(number))
            yield frame

    return write_frames(change(), folder, f".masked-{stem}", times)


def _paint(frame: Frame, boxes: NDArray[np.int64]) -> None:
    """Fill boxes with one grey: unlike a blurred face, nothing can be computed back from it."""
    for left, top, right, bottom in boxes.tolist():
        frame[top:bottom, left:right] = _FILL


def _look_again(
    masked: Path, film: FilmShape, recogniser: Recogniser
) -> tuple[list[Sighting], list[Frame]]:
    """Look for faces in every frame of what was written; keep some frames to be shown."""
    finder = FaceFinder(film.rate_hz)
    wanted = set(np.linspace(0, film.n_frames - 1, _N_SHOWN).astype(int).tolist())
    sightings: list[Sighting] = []
    shown: list[Frame] = []
    for number, frame in enumerate(read_frames(masked)):
        sightings += finder.find(frame, number)
        recogniser.see_masked(frame, number)
        if number in wanted:
            shown.append(_shrink(frame, _SHOWN_WIDTH))
    return sightings, shown


def _shrink(frame: Frame, width: int) -> Frame:
    """Return a small grey copy of a frame, by the mean of blocks."""
    step = max(1, frame.shape[1] // width)
    height, across = (n // step for n in frame.shape[:2])
    grey = frame[: height * step, : across * step].mean(axis=2)
    blocks = grey.reshape(height, step, across, step).mean(axis=(1, 3))
    return np.asarray(np.rint(blocks), np.uint8)


def _draw(shown: list[Frame]) -> Picture:
    """Return masked frames as one picture, two rows of three."""
    full = [*shown, *[np.zeros_like(shown[0])] * (-len(shown) % 3)]
    rows = [np.hstack(full[i : i + 3]) for i in range(0, len(full), 3)]
    return Picture(
        Drawing.IMAGE,
        "Frames after masking",
        "Frames spread evenly over the video, as they were written. Look for faces, and for what "
        "else shows who it is.",
        {"pixels": np.vstack(rows)},
        exposes="face",  # a person is to look first
    )


def _make_record(
    plan: FacePlan, film: FilmShape, likenesses: tuple[Likeness, ...], n_rounds: int
) -> dict[str, Any]:
    return {
        "rule": plan.rule,
        "n_frames": film.n_frames,
        "n_masked": plan.n_masked,
        "n_faces": sum(track.is_certain for track in plan.tracks),
        "n_rounds": n_rounds,
        "faces": [one.as_dict() for one in likenesses],
    }


def _make_doubt(doubt: str) -> Finding:
    return Finding(
        "deface.video-doubtful",
        Severity.WARNING,
        "",
        f"Expected a video in which every face can be masked, got {doubt}: not masked.",
        "Look at the video. If people keep to one place, try --mask-faces region; else cut it, "
        "mask it with a video program, or have a data steward sign.",
        "deface",
    )


def _make_survivor(n_fired: int, likenesses: tuple[Likeness, ...]) -> Finding:
    """Return the finding that a masked face is still found or recognised."""
    n_hits = sum(one.is_hit for one in likenesses)
    return Finding(
        "deface.video-survived",
        Severity.ERROR,
        "",
        f"Expected masked faces that nothing finds again, got {n_hits} of "
        f"{say_count(len(likenesses), 'face')} that a network still recognises, and "
        f"{say_count(n_fired, 'place')} at which a detector still sees one: not masked.",
        "Look at the video; mask it with a video program, or have a data steward sign.",
        "deface",
    )


def _make_left(n_left: int, n_frames: int) -> Finding:
    """Return the finding that faces show beside the masks, round after round."""
    return Finding(
        "deface.video-survived",
        Severity.ERROR,
        "",
        f"Expected no face beside the masks, got {n_left} of {n_frames} frames in which a detector "
        f"sees one after {_MAX_ROUNDS} rounds: not masked.",
        "Look at the video; mask it with a video program, or have a data steward sign.",
        "deface",
    )
