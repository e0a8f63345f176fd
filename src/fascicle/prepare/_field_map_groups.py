"""Images that map the magnetic field together, out of the images of one session."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PHASES: Final = frozenset({"phasediff", "phase1", "phase2", "fieldmap"})
MAGNITUDES: Final = frozenset({"magnitude", "magnitude1", "magnitude2"})
_PARALLEL = 0.8
_PAIR = 2
_SHIM_TOLERANCE = 1e-3
_LONGEST_PAUSE_S = 1800.0
"""Parts of one map are never further apart."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the voxels of an image lie.

    Attributes
    ----------
    shape : tuple of int
        Length along three axes.
    affine : tuple of tuple of float
        Voxels to millimetres to the right, the front and the head: three rows of four.
    """

    shape: tuple[int, int, int]
    affine: tuple[tuple[float, ...], ...]

    def voxel_mm(self) -> NDArray[np.float64]:
        """Return the edges of a voxel, shape (3,), in millimetres."""
        edges: NDArray[np.float64] = np.linalg.norm(np.asarray(self.affine)[:, :3], axis=0)
        return edges

    def points_mm(self, n: int) -> NDArray[np.float64]:
        """Return `n` points along each axis, inside of the outer voxels, shape (n ** 3, 3)."""
        steps = [(np.arange(n) + 0.5) / n * size - 0.5 for size in self.shape]
        at = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
        affine = np.asarray(self.affine, dtype=np.float64)
        points: NDArray[np.float64] = at @ affine[:, :3].T + affine[:, 3]
        return points

    def to_voxels(self) -> tuple[NDArray[np.float64], tuple[int, ...]]:
        """Return the way back, shape (4, 4), and the lengths of the axes."""
        whole = np.vstack([np.asarray(self.affine, dtype=np.float64), [0, 0, 0, 1]])
        return np.linalg.pinv(whole), self.shape


@dataclass(frozen=True, slots=True)
class Scan:
    """One image, as far as it matters for maps of the field.

    Attributes
    ----------
    path : str
        In the dataset, with forward slashes.
    folder, suffix : str
        Of its modality, and the last word of its name.
    task, acquisition, run : str
        Of its name.
    at_s : float or None
        When it began, in seconds from any moment that all scans of a session share.
    study : str
        Which examination it was part of; empty if unknown.
    shim : tuple of float
        Currents in the shim coils; empty if unknown.
    towards : tuple of float
        Where the phase was encoded to: to the right, the front and the head; empty if unknown.
    readout_s : float or None
        How long a readout takes, in seconds.
    grid : Grid or None
        Where it lies.
    purposes : frozenset of str
        For which scans its names say that it is: ``"func"``, ``"dwi"``, ``"perf"``,
        ``"task-rest"``.
    intended : tuple of str
        Paths in the dataset that its own sidecar named.
    identifiers, sources : tuple of str
        ``B0FieldIdentifier`` and ``B0FieldSource`` of its own sidecar.
    answer : tuple of str or None
        Paths of the map that a person chose; empty for none; None if nobody was asked.
    """

    path: str
    folder: str
    suffix: str
    task: str = ""
    acquisition: str = ""
    run: str = ""
    at_s: float | None = None
    study: str = ""
    shim: tuple[float, ...] = ()
    towards: tuple[float, ...] = ()
    readout_s: float | None = None
    grid: Grid | None = None
    purposes: frozenset[str] = frozenset()
    intended: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    answer: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Images from which one map of the field is computed.

    Attributes
    ----------
    label : str
        Unique within a participant: ``"pepolar1"``, ``"phasediff2_ses01"``.
    kind : str
        ``"pepolar"``, ``"phasediff"``, ``"twophase"`` or ``"direct"``.
    scans : tuple of Scan
        By path.
    """

    label: str
    kind: str
    scans: tuple[Scan, ...]

    @property
    def is_whole(self) -> bool:
        """True if nothing is missing from which the field is computed."""
        suffixes = {scan.suffix for scan in self.scans}
        if self.kind == "twophase":
            return {"phase1", "phase2"} <= suffixes
        return self.kind != "magnitude"

    @property
    def lacks_direction(self) -> bool:
        """True for echo-planar maps of known directions that are all the same."""
        one = self.scans[0]
        return self.kind == "pepolar" and all(
            scan.towards and not is_opposite(scan, one) for scan in self.scans
        )

    @property
    def has_statement(self) -> bool:
        """True if the raw files said for which runs it is."""
        return any(scan.intended or scan.identifiers for scan in self.scans)

    def is_stated_for(self, target: Scan) -> bool:
        """Tell whether the raw files said that it is for a run."""
        return any(
            target.path in scan.intended or set(scan.identifiers) & set(target.sources)
            for scan in self.scans
        )


def same_shim(one: Scan, other: Scan) -> int:
    """Compare the shim of two scans: 1 if it is the same, -1 if not, 0 if it is not known."""
    if not one.shim or not other.shim or len(one.shim) != len(other.shim):
        return 0
    scale = max(1.0, *(abs(current) for current in one.shim))
    gap = max(abs(a - b) for a, b in zip(one.shim, other.shim, strict=True))
    return 1 if gap <= _SHIM_TOLERANCE * scale else -1


def same_axis(one: Scan, other: Scan) -> bool | None:
    """Tell whether phases were encoded along one axis, either way; None if it is not known."""
    along = _along(one, other)
    return None if along is None else abs(along) >= _PARALLEL


def is_opposite(one: Scan, other: Scan) -> bool:
    """Tell whether phases are known to be encoded in opposite directions."""
    along = _along(one, other)
    return along is not None and along <= -_PARALLEL


def _along(one: Scan, other: Scan) -> float | None:
    """Return the cosine between two directions."""
    if not one.towards or not other.towards:
        return None
    return float(np.dot(one.towards, other.towards))


def group_field_maps(scans: Iterable[Scan], session: str = "") -> list[FieldMap]:
    """Group the images that map the field together.

    Where the times are known, parts follow one another; else names tell. Maps of the radio
    frequency field (``TB1``) are none.

    Parameters
    ----------
    scans : iterable of Scan
        Images of one session.
    session : str
        Its label.

    Returns
    -------
    list of FieldMap
        By label.

    Examples
    --------
    >>> scans = [Scan(f"fmap/run-{run}_{suffix}", "fmap", suffix, run=run)
    ...          for run in "12" for suffix in ("magnitude1", "phasediff")]
    >>> [(group.label, len(group.scans)) for group in group_field_maps(scans)]
    [('phasediff1', 2), ('phasediff2', 2)]
    """
    ordered = sorted(scans, key=lambda scan: scan.path)
    planar = [s for s in ordered if s.folder == "fmap" and s.suffix == "epi"]
    gradient = [s for s in ordered if s.folder == "fmap" and s.suffix in PHASES | MAGNITUDES]
    busy_s = [s.at_s for s in ordered if s.folder != "fmap" and s.at_s is not None]
    parted = [*_part(planar, busy_s), *_part(gradient, busy_s)]
    whole = sorted(
        (tuple(sorted(group, key=lambda scan: scan.path)) for group in parted),
        key=lambda group: group[0].path,
    )
    counts: Counter[str] = Counter()
    ending = f"_ses{session}" if session else ""
    groups = []
    for group in whole:
        kind = _kind(group)
        counts[kind] += 1
        groups.append(FieldMap(f"{kind}{counts[kind]}{ending}", kind, group))
    return groups


def _kind(scans: Sequence[Scan]) -> str:
    """Return the way in which the field is computed."""
    suffixes = {scan.suffix for scan in scans}
    if "epi" in suffixes:
        return "pepolar"
    if suffixes & {"phase1", "phase2"}:
        return "twophase"
    by_suffix = {"phasediff": "phasediff", "fieldmap": "direct"}
    return next((kind for word, kind in by_suffix.items() if word in suffixes), "magnitude")


def _part(scans: Sequence[Scan], busy_s: Sequence[float]) -> list[list[Scan]]:
    """Part maps of one technique into those that belong together."""
    classes: dict[tuple[object, ...], list[Scan]] = defaultdict(list)
    is_timed = all(scan.at_s is not None for scan in scans)
    for scan in scans:
        stated = scan.identifiers[:1]
        name = "" if is_timed or stated else scan.run
        classes[stated, "" if stated else scan.acquisition, name].append(scan)
    parted = []
    for key, members in classes.items():
        in_order = sorted(members, key=lambda scan: (scan.at_s or 0.0, scan.path))
        parted += [in_order] if key[0] or not is_timed else _part_by_time(in_order, busy_s)
    return parted


def _part_by_time(scans: Sequence[Scan], busy_s: Sequence[float]) -> list[list[Scan]]:
    """Part maps that follow one another: one ends where a part of it comes again."""
    groups: list[list[Scan]] = []
    for scan in scans:
        if groups and _continues(groups[-1], scan, busy_s):
            groups[-1].append(scan)
        else:
            groups.append([scan])
    return groups


def _continues(group: Sequence[Scan], scan: Scan, busy_s: Sequence[float]) -> bool:
    """Tell whether a scan may be a part of a map that was begun."""
    last = group[-1]
    last_s, now_s = last.at_s or 0.0, scan.at_s or 0.0
    is_other = scan.study and last.study and scan.study != last.study
    if is_other or now_s - last_s > _LONGEST_PAUSE_S or same_shim(last, scan) < 0:
        return False
    if scan.suffix != "epi":
        return _gradient_part(scan) not in {_gradient_part(one) for one in group}
    if same_axis(last, scan) is False or not _same_size(last, scan):
        return False
    if not scan.towards or not last.towards:
        return len(group) < _PAIR
    n_same = sum(not is_opposite(one, scan) for one in group)
    is_parted = n_same > 0 and any(last_s < moment_s < now_s for moment_s in busy_s)
    # Whole pairs are closed; what is measured twice in one direction waits for the other.
    return not is_parted and n_same * _PAIR != len(group)


def _gradient_part(scan: Scan) -> str:
    """Return which part of a map a gradient echo is."""
    return re.sub(r"^magnitude$", "magnitude1", scan.suffix)


def _same_size(one: Scan, other: Scan) -> bool:
    """Tell whether two images have the same grid, wherever it lies; True if it is not known."""
    if one.grid is None or other.grid is None:
        return True
    sizes = np.allclose(one.grid.voxel_mm(), other.grid.voxel_mm(), rtol=0.02)
    return one.grid.shape == other.grid.shape and bool(sizes)
