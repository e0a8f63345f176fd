"""What a volume without its scanner's tags shows: from sizes, times, sidecar fields and name.

Pure: facts in, a kind with its evidence out; no file is opened here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fascicle.core import Modality, split_bids_name

from ._volume_words import (
    BIDS_SUFFIXES,
    FREESURFER_MAPS,
    MAP_DESCRIPTIONS,
    MAP_NAMES,
    MATRIX_INTENTS,
    NAME_RULES,
    STATISTIC_INTENTS,
)

B_WEIGHTED: Final = 50.0
"""Volumes with a higher b-value, in s/mm², are weighted by diffusion."""

_STANDARD_SPACES: Final = {3: "Talairach", 4: "MNI"}
_FEW_VALUES: Final = 12
_MANY_VOLUMES: Final = 20
_WHOLE_HEAD_MM: Final = 130.0
_RODENT_MM: Final = 60.0
_ISOTROPIC_MM: Final = 1.5
_PART_OF_HEAD_MM: Final = 100.0
_FACE_EDGE_MM: Final = 6.0
"""Edges of a voxel, in millimetres, up to which a face can be made out along an axis."""
_FINE_MM: Final = 1.5
"""Edges of a cube, in millimetres: repeated images with smaller voxels may be anatomical ones."""
_FEWEST_SLICES: Final = 5
_A_SERIES: Final = 10
_ECHO_PLANAR_FIELDS: Final = (
    "EffectiveEchoSpacing",
    "TotalReadoutTime",
    "MultibandAccelerationFactor",
)
_ALLOWED_ENTITIES: Final = ("ce", "trc", "rec", "dir", "mod", "echo", "flip", "inv", "mt", "part")
_DIRECTIONS: Final = {"A": "PA", "P": "AP", "R": "LR", "L": "RL", "S": "IS", "I": "SI"}


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """What is known of a volume before it is named.

    Attributes
    ----------
    shape : tuple of int
        Length along each axis, without trailing ones.
    voxel_mm : tuple of float
        Size of a voxel along the first three axes, in millimetres.
    tr_s : float
        Time between volumes, in seconds; 0 if unknown.
    bvals : tuple of float or None
        One b-value for each volume, in s/mm²; None if there is no such file.
    name : str
        File name without its endings.
    folder : str
        Name of the folder that it lies in.
    description : str
        Free text of the header.
    intent : int
        Code of what the numbers mean, as NIfTI lists them; 0 if nothing is said.
    space : int
        Code of the space that the coordinates are in: 4 for MNI, 3 for Talairach.
    is_colour : bool
        True if a voxel is a colour.
    n_values : int
        How many different whole numbers the middle slices hold; 0 if not counted, or no whole
        numbers.
    axes : tuple of str
        Where each axis points to, of ``"R"``, ``"L"``, ``"A"``, ``"P"``, ``"S"``, ``"I"``.
    sidecar : mapping of str to JSON values
        Fields of the file that a converter wrote beside it.
    """

    shape: tuple[int, ...]
    voxel_mm: tuple[float, ...]
    tr_s: float = 0.0
    bvals: tuple[float, ...] | None = None
    name: str = ""
    folder: str = ""
    description: str = ""
    intent: int = 0
    space: int = 0
    is_colour: bool = False
    n_values: int = 0
    axes: tuple[str, ...] = ()
    sidecar: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_series(self) -> bool:
        """True if there is more than one volume."""
        return len(self.shape) > 3 and self.shape[3] > 1


@dataclass(frozen=True, slots=True)
class VolumeKind:
    """What a volume shows.

    Attributes
    ----------
    modality : Modality
        Folder of the dataset.
    suffix : str
        Last word of the BIDS name: ``"T1w"``.
    certainty : float
        Between 0 and 1.
    evidence : tuple of str
        Sentences: what speaks for it.
    entities : tuple of (str, str)
        Further parts of the BIDS name.
    """

    modality: Modality
    suffix: str
    certainty: float
    evidence: tuple[str, ...]
    entities: tuple[tuple[str, str], ...] = ()


def find_derivative(facts: VolumeFacts) -> str:
    """Say why a volume is no recording of a scanner but was computed; nothing if it may be one.

    Parameters
    ----------
    facts : VolumeFacts
        What is known of it.

    Returns
    -------
    str
        One sentence, or nothing.

    Examples
    --------
    >>> find_derivative(VolumeFacts((91, 109, 91), (2, 2, 2), name="MNI152_T1_2mm"))
    'Expected an image from a scanner, got a map, a mask or a template by its name.'
    >>> find_derivative(VolumeFacts((64, 64, 35, 120), (3, 3, 3), tr_s=2.0, name="rest"))
    ''
    """
    what = _derived_by_header(facts) or _derived_by_name(facts)
    if not what and 1 < facts.n_values <= _FEW_VALUES and len(facts.shape) == 3:
        what = f"a mask or labels: its slices hold {facts.n_values} different values"
    return f"Expected an image from a scanner, got {what}." if what else ""


def _derived_by_header(facts: VolumeFacts) -> str:
    """Return what header fields say that a computed volume is."""
    image_type = [str(word).upper() for word in _as_list(facts.sidecar.get("ImageType"))]
    space = _STANDARD_SPACES.get(facts.space, "")
    signs = (
        (facts.is_colour, "a map in colours"),
        (facts.intent in STATISTIC_INTENTS, "a map of a statistic by its header"),
        (
            facts.intent in MATRIX_INTENTS or len(facts.shape) > 4,
            "labels, vectors or a deformation by its header",
        ),
        (bool(space), f"one that was moved to a standard space ({space})"),
        (
            any(pattern.search(facts.description) for pattern in MAP_DESCRIPTIONS),
            "a map, or one that was moved to a standard space, by its description",
        ),
        (image_type[:2] == ["DERIVED", "SECONDARY"], "a map that was computed at the scanner"),
    )
    return next((what for is_so, what in signs if is_so), "")


def _derived_by_name(facts: VolumeFacts) -> str:
    """Return what the name says that a computed volume is."""
    if facts.folder == "mri" and facts.name.casefold() in FREESURFER_MAPS:
        return "a volume that FreeSurfer computed"
    named = dict(_pairs(facts.name))
    if named.keys() & {"desc", "space", "label", "seg", "res", "den"}:
        return "one that was processed, by its name"
    bare = re.sub(r"(?:sub|ses|task|acq|run)-[A-Za-z0-9]+", "", facts.name)  # a task may be a mask
    if any(pattern.search(bare) for pattern in MAP_NAMES):
        return "a map, a mask or a template by its name"
    return ""


def find_volume_kind(facts: VolumeFacts) -> VolumeKind:
    """Tell what a volume shows, and how sure that is.

    Gradients decide, then a BIDS name; then how it was measured as the sidecar says, words of the
    names, and at last its shape alone.

    Parameters
    ----------
    facts : VolumeFacts
        What is known of it.

    Returns
    -------
    VolumeKind
        Always one; of little certainty where only the shape is known.

    Examples
    --------
    >>> kind = find_volume_kind(VolumeFacts((64, 64, 35, 120), (3.0, 3.0, 3.5), tr_s=2.0))
    >>> kind.modality.value, kind.suffix, kind.certainty
    ('func', 'bold', 0.7)
    >>> find_volume_kind(VolumeFacts((176, 256, 256), (1.0, 1.0, 1.0))).suffix
    'T1w'
    """
    kind = _by_gradients(facts) or _by_bids_name(facts)
    if kind is None:
        found = [k for k in (_by_sidecar(facts), _by_words(facts)) if k is not None]
        kind = _agree(found) if found else _by_shape(facts)
    return VolumeKind(
        kind.modality, kind.suffix, kind.certainty, kind.evidence, _entities(facts, kind)
    )


def shows_head(kind: VolumeKind, facts: VolumeFacts) -> bool:
    """Tell whether a face may be drawn from a volume.

    Anatomical images and PET have the skin in them. So has every other volume that can hold a face
    (see `can_hold_face`), whatever its name says: only what is known to be echo-planar has not.
    That an image was defaced cannot be seen from its name: a person signs for it, or it is masked
    again.

    Parameters
    ----------
    kind : VolumeKind
        What it is taken for.
    facts : VolumeFacts
        Its sizes, and what speaks for echo-planar imaging.

    Returns
    -------
    bool
        True when in doubt.

    Examples
    --------
    >>> fine = VolumeFacts((176, 256, 256), (1.0, 1.0, 1.0), name="rest")
    >>> kind = find_volume_kind(fine)
    >>> kind.suffix, shows_head(kind, fine)
    ('sbref', True)
    >>> coarse = VolumeFacts((64, 64, 35, 120), (3.0, 3.0, 3.5), tr_s=2.0)
    >>> shows_head(find_volume_kind(coarse), coarse)
    False
    """
    if kind.modality in {Modality.ANAT, Modality.PET}:
        return True
    return can_hold_face(facts.shape, facts.voxel_mm) and not _is_echo_planar(facts)


def can_hold_face(shape: Sequence[int], voxel_mm: Sequence[float]) -> bool:
    """Tell whether a volume is large and fine enough for a face to be made out in it.

    Two axes are enough: a thick sagittal slice shows a profile.

    Parameters
    ----------
    shape : sequence of int
        Length along the first axes.
    voxel_mm : sequence of float
        Size of a voxel along each of them, in millimetres; 0 if it is not known.

    Returns
    -------
    bool
        True when in doubt.

    Examples
    --------
    >>> can_hold_face((256, 256, 5), (1.0, 1.0, 8.0)), can_hold_face((32, 32, 20), (7, 7, 7))
    (True, False)
    >>> can_hold_face((24, 20, 9), (2.1, 2.2, 2.5))
    False
    """
    edges_mm = [mm or 1.0 for mm in voxel_mm]  # an unknown size is no proof of a coarse image
    extent_mm = max(n * mm for n, mm in zip(shape, edges_mm, strict=False))
    return extent_mm >= _PART_OF_HEAD_MM and sorted(edges_mm)[1] <= _FACE_EDGE_MM


def _is_echo_planar(facts: VolumeFacts) -> bool:
    """Tell what was certainly measured with echo-planar imaging, which does not show the skin."""
    sequences = {str(word).upper() for word in _as_list(facts.sidecar.get("ScanningSequence"))}
    if any("EP" in re.split(r"[\\/_ ]", word) for word in sequences):
        return True
    if sequences - {"", "RM"}:
        return False
    if any(_number(facts.sidecar.get(name)) > 0 for name in _ECHO_PLANAR_FIELDS):
        return True
    if not facts.is_series:
        return False
    # Films of a slice show who speaks; anatomical images of many people may stand in one file.
    is_coarse = math.prod(mm or 1.0 for mm in facts.voxel_mm) > _FINE_MM**3
    is_volume = facts.shape[2] >= _FEWEST_SLICES
    is_repeated = facts.shape[3] >= _A_SERIES and 0.05 <= facts.tr_s <= 30
    is_weighted = any(value > B_WEIGHTED for value in facts.bvals or ())
    return is_weighted or (is_repeated and is_coarse and is_volume)


def _agree(found: Sequence[VolumeKind]) -> VolumeKind:
    """Join what sidecar and words say; the sidecar is right where they differ."""
    first, *rest = found
    if not rest:
        return first
    if (rest[0].modality, rest[0].suffix) == (first.modality, first.suffix):
        certainty = 1 - (1 - first.certainty) * (1 - rest[0].certainty)
        both = (*first.evidence, *rest[0].evidence)
        return VolumeKind(first.modality, first.suffix, round(certainty, 3), both)
    best = max(found, key=lambda kind: kind.certainty)
    doubt = f"but {rest[0].evidence[0] if best is first else first.evidence[0]}"
    return VolumeKind(best.modality, best.suffix, 0.5, (*best.evidence, doubt))


def _by_gradients(facts: VolumeFacts) -> VolumeKind | None:
    """Judge by the b-values beside the image."""
    if facts.bvals is None:
        return None
    n_weighted = sum(value > B_WEIGHTED for value in facts.bvals)
    if facts.is_series:
        says = f"there are b-values beside it, {n_weighted} of them above {B_WEIGHTED:g}"
        return VolumeKind(Modality.DWI, "dwi", 0.95 if n_weighted else 0.6, (says,))
    return VolumeKind(Modality.DWI, "sbref", 0.6, ("it is one volume with a b-value",))


def _by_bids_name(facts: VolumeFacts) -> VolumeKind | None:
    """Judge by the last word of a name that is a BIDS name."""
    named, suffix = split_bids_name(facts.name)
    if not named or suffix not in BIDS_SUFFIXES:
        return None
    modalities, axes = BIDS_SUFFIXES[suffix]
    inside = [m for m in modalities if m.value == facts.folder]
    modality = (inside or list(modalities))[0]
    if len(modalities) > 1 and not inside and "task" not in named:
        modality = Modality.DWI
    fits = axes == 0 or facts.is_series == (axes == 4)
    says = f"its name ends in {suffix}, as in BIDS"
    but = () if fits else (f"but it has {len(facts.shape)} axes",)
    return VolumeKind(modality, suffix, 0.95 if fits else 0.5, (says, *but))


def _by_sidecar(facts: VolumeFacts) -> VolumeKind | None:
    """Judge by how it was measured: sequence and times, in seconds."""
    about = facts.sidecar
    if str(about.get("Modality", "")).upper() in {"PT", "PET"}:
        return VolumeKind(Modality.PET, "pet", 0.99, ("the sidecar says that it is PET",))
    if str(about.get("Modality", "")).upper() == "CT":
        return VolumeKind(Modality.ANAT, "CT", 0.99, ("the sidecar says that it is CT",))
    if facts.is_series and about.get("ArterialSpinLabelingType"):
        return VolumeKind(Modality.PERF, "asl", 0.97, ("the sidecar says that blood is labelled",))
    words = " ".join(str(about.get(k) or "") for k in ("SeriesDescription", "ProtocolName"))
    told = _match_words(words, facts, 0.85, "the series is called after it in the sidecar")
    measured = _by_sequence(facts)
    if told is not None and measured is not None:
        return _agree([told, measured])
    return told or measured


def _by_sequence(facts: VolumeFacts) -> VolumeKind | None:
    """Judge by the physics that the sidecar states."""
    sequences = {str(w).upper() for w in _as_list(facts.sidecar.get("ScanningSequence"))}
    sequences = {part for word in sequences for part in re.split(r"[\\/_ ]", word)}
    if "EP" in sequences:
        return _by_echo_planar(facts, is_spin_echo="SE" in sequences)
    echo_s, tr_s, inversion_s = (
        _number(facts.sidecar.get(name)) for name in ("EchoTime", "RepetitionTime", "InversionTime")
    )
    if facts.is_series or not echo_s:
        return None
    is_gradient = "GR" in sequences
    signs = (
        (inversion_s > 1.5 and echo_s > 0.05, "FLAIR", 0.7,
         "fluid is suppressed and the echo is late"),
        (0.3 < inversion_s <= 1.5 and echo_s < 0.01, "T1w", 0.85,
         "it has an inversion pulse and an early echo"),
        (echo_s > 0.06 and tr_s > 1.5, "T2w", 0.75, "the echo is late and the repetition slow"),
        (is_gradient and echo_s > 0.015, "T2starw", 0.6, "it is a gradient echo with a late echo"),
        (is_gradient and echo_s < 0.01 and tr_s < 0.1, "T1w", 0.6,
         "it is a fast gradient echo with an early echo"),
    )  # fmt: skip
    return next((_anat(suffix, sure, says) for is_so, suffix, sure, says in signs if is_so), None)


def _by_echo_planar(facts: VolumeFacts, *, is_spin_echo: bool) -> VolumeKind | None:
    """Judge an echo-planar image without b-values: a few spin echoes map the field."""
    if facts.is_series and (not is_spin_echo or facts.shape[3] > _MANY_VOLUMES):
        return VolumeKind(Modality.FUNC, "bold", 0.8, ("it is an echo-planar series",))
    if is_spin_echo:
        says = ("it is a short spin-echo echo-planar series",)
        return VolumeKind(Modality.FMAP, "epi", 0.7, says)
    return None


def _anat(suffix: str, certainty: float, says: str) -> VolumeKind:
    return VolumeKind(Modality.ANAT, suffix, certainty, (says,))


def _by_words(facts: VolumeFacts) -> VolumeKind | None:
    """Judge by words of the file's name, else of its folder's."""
    return _match_words(facts.name, facts, 0.7, "its name says so") or _match_words(
        facts.folder, facts, 0.5, "the name of its folder says so"
    )


def _match_words(text: str, facts: VolumeFacts, certainty: float, says: str) -> VolumeKind | None:
    """Return the kind of the first rule that a text meets, for one volume or for a series."""
    for rule in NAME_RULES:
        suffix = rule.series if facts.is_series else rule.single
        if suffix and rule.pattern.search(text):
            evidence = (f"{says} ({rule.modality.value})",)
            return VolumeKind(rule.modality, suffix, round(certainty * rule.weight, 3), evidence)
    return None


def _by_shape(facts: VolumeFacts) -> VolumeKind:
    """Judge by sizes alone, which says little."""
    if facts.is_series:
        n_volumes = facts.shape[3]
        if 0.05 <= facts.tr_s <= 30 and n_volumes >= _A_SERIES:
            says = f"it has {n_volumes} volumes, one every {facts.tr_s:g} s, and no b-values"
            return VolumeKind(Modality.FUNC, "bold", 0.7, (says,))
        says = f"it has {n_volumes} volumes and no b-values"
        return VolumeKind(Modality.FUNC, "bold", 0.4, (says,))
    extent_mm = [n * mm for n, mm in zip(facts.shape, facts.voxel_mm, strict=False)]
    if extent_mm and 0 < max(extent_mm) <= _RODENT_MM:
        return _anat("T2w", 0.3, "it is one volume of the size of a small animal's head")
    if len(extent_mm) == 3 and min(extent_mm) >= _WHOLE_HEAD_MM:
        if max(facts.voxel_mm) <= _ISOTROPIC_MM:
            return _anat("T1w", 0.5, "it is one fine volume of the size of a head")
        return _anat("T1w", 0.35, "it is one volume of the size of a head")
    return _anat("T1w", 0.2, "it is one volume")


def _entities(facts: VolumeFacts, kind: VolumeKind) -> tuple[tuple[str, str], ...]:
    """Return further parts of the name: of a BIDS-like name, else of the sidecar."""
    named = {k: v for k, v in _pairs(facts.name) if k in _ALLOWED_ENTITIES}
    if kind.modality is Modality.FUNC and "echo" not in named:
        number = facts.sidecar.get("EchoNumber")
        if isinstance(number, int) and number > 0:
            named["echo"] = str(number)
    if "part" not in named and kind.modality in {Modality.FUNC, Modality.ANAT, Modality.DWI}:
        image_type = {str(word).upper() for word in _as_list(facts.sidecar.get("ImageType"))}
        if image_type & {"P", "PHASE"}:
            named["part"] = "phase"
    if "dir" not in named and kind.suffix == "epi":
        direction = _phase_direction(facts)
        if direction:
            named["dir"] = direction
    return tuple(sorted(named.items(), key=lambda pair: _ALLOWED_ENTITIES.index(pair[0])))


def _phase_direction(facts: VolumeFacts) -> str:
    """Return where the phase was encoded to, as ``"AP"``; nothing if it is not known."""
    told = re.search(r"(?<![A-Za-z])(AP|PA|LR|RL)(?![A-Za-z])", facts.name)
    if told:
        return told[1]
    stated = str(facts.sidecar.get("PhaseEncodingDirection", ""))
    axis = "ijk".find(stated[:1]) if stated else -1
    if axis < 0 or axis >= len(facts.axes):
        return ""
    towards = _DIRECTIONS.get(facts.axes[axis], "")
    return towards[::-1] if stated.endswith("-") else towards


def _pairs(name: str) -> list[tuple[str, str]]:
    """Return the pairs of key and label of a name, whatever else is in it."""
    return re.findall(r"(?:^|_)([a-z]+)-([A-Za-z0-9]+)(?=_|$)", name)


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
