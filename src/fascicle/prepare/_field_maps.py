"""Which maps of the magnetic field belong together, and which runs each of them corrects.

Pure: what is known of the images of one session in, links with their certainty out. What somebody
stated counts before what is inferred; of that, equal currents in the shim coils count most, because
a map holds for one state of the shim; then what the scans are called, what they have in common,
and last their order in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from ._field_map_groups import (
    FieldMap,
    Grid,
    Scan,
    group_field_maps,
    is_opposite,
    same_axis,
    same_shim,
)  # fmt: skip

SURE_ENOUGH: Final = 0.7
"""Below this certainty no link is written, and a person is asked."""

TARGETS: Final = frozenset({"bold", "cbv", "sbref", "dwi", "asl", "m0scan"})
"""Suffixes of images that are distorted where the field is."""

_STATED, _ANSWERED = 0.99, 1.0
_ALONE, _BEFORE, _AFTER, _OTHER_SHIM, _GUESS = 0.85, 0.75, 0.6, 0.5, 0.4
_DECIDED: Final = (
    (0.95, "no other map has the shim of the run"),
    (0.85, "its name tells for which scans it is"),
    (0.8, "it was measured in the same way"),
)
"""How sure the shim, the names and what scans have in common make, if one of them decides."""
_LAST: Final = "it is the last map before the run"
_AGREEMENT = 0.5
"""A sign that says the same takes away this share of the doubt."""
_AGAINST = 0.7
"""A name that speaks for other scans leaves this share of the certainty."""
_LEAST_OVERLAP = 0.5
"""A map must cover at least this share of the volume that it corrects."""
_SAMPLES = 6
_READOUT_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Link:
    """A run and the map that corrects it.

    Attributes
    ----------
    target : str
        Path of the run in the dataset.
    field_map : FieldMap
        The map.
    certainty : float
        Between 0 and 1.
    evidence : str
        What decided, in words.
    """

    target: str
    field_map: FieldMap
    certainty: float
    evidence: str


@dataclass(frozen=True, slots=True)
class FieldMapLinks:
    """What is known of the maps of one session.

    Attributes
    ----------
    field_maps : tuple of FieldMap
        Those from which a field can be computed, whether or not a run is linked with them.
    links : tuple of Link
        Sure enough to be written, by target.
    unsure : tuple of Link
        The likeliest map of each run for which none is sure enough.
    useless : tuple of FieldMap
        Maps from which no field can be computed: a part of them is missing.
    partners : dict of str to str
        For maps of one direction alone: the run of the opposite direction that completes the map,
        by the map's label.
    """

    field_maps: tuple[FieldMap, ...] = ()
    links: tuple[Link, ...] = ()
    unsure: tuple[Link, ...] = ()
    useless: tuple[FieldMap, ...] = ()
    partners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What speaks for a map and a run: 1 for, -1 against, 0 if it is not known."""

    field_map: FieldMap
    shim: int
    words: int
    alike: int
    ended_s: float | None
    lag_s: float | None

    @property
    def rank(self) -> tuple[int, int, int]:
        return (self.shim, self.words, self.alike)


def link_field_maps(scans: Sequence[Scan], session: str = "") -> FieldMapLinks:
    """Find the maps of a session, and the runs that each of them corrects.

    Parameters
    ----------
    scans : sequence of Scan
        All images of one participant's one session that are in the dataset.
    session : str
        Label of the session: labels of maps are unique within a participant.

    Returns
    -------
    FieldMapLinks
        The same for any order of `scans`.

    Examples
    --------
    >>> maps = [Scan("sub-1/fmap/sub-1_dir-AP_epi.nii.gz", "fmap", "epi", towards=(0, -1, 0)),
    ...         Scan("sub-1/fmap/sub-1_dir-PA_epi.nii.gz", "fmap", "epi", towards=(0, 1, 0))]
    >>> run = Scan("sub-1/func/sub-1_task-rest_bold.nii.gz", "func", "bold", towards=(0, -1, 0))
    >>> [(l.field_map.label, l.certainty) for l in link_field_maps([*maps, run]).links]
    [('pepolar1', 0.85)]
    """
    ordered = sorted(scans, key=lambda scan: scan.path)
    groups = group_field_maps(ordered, session)
    usable = [group for group in groups if group.is_whole]
    runs_s = [s.at_s for s in ordered if s.folder != "fmap" and s.at_s is not None]
    others = [scan for scan in ordered if scan.folder != "fmap"]
    found = [link for scan in others for link in _link(scan, usable, runs_s)]
    sure = [link for link in found if link.certainty >= SURE_ENOUGH]
    partners = _find_partners(usable, sure, ordered)
    alone = [g for g in usable if g.lacks_direction and g.label not in partners]
    useless = [*(group for group in groups if not group.is_whole), *alone]
    return FieldMapLinks(
        tuple(group for group in usable if group not in alone),
        tuple(link for link in sure if link.field_map not in alone),
        tuple(link for link in found if link.certainty < SURE_ENOUGH),
        tuple(useless),
        partners,
    )


def _link(target: Scan, groups: Sequence[FieldMap], runs_s: Sequence[float]) -> list[Link]:
    """Return all maps of a run that somebody stated, else the likeliest one, if there is one."""
    if target.answer is not None:
        chosen = [g for g in groups if {scan.path for scan in g.scans} & set(target.answer)]
        return [Link(target.path, group, _ANSWERED, "a person said so") for group in chosen]
    stated = [group for group in groups if group.is_stated_for(target)]
    if stated:
        return [Link(target.path, group, _STATED, "the raw files said so") for group in stated]
    likeliest = _infer(target, groups, runs_s) if target.suffix in TARGETS else None
    return [] if likeliest is None else [likeliest]


def _infer(target: Scan, groups: Sequence[FieldMap], runs_s: Sequence[float]) -> Link | None:
    """Return the likeliest map of a run of which nobody said anything; None if there is none."""
    open_groups = [group for group in groups if not group.has_statement]
    signs = [found for group in open_groups if (found := _compare(group, target)) is not None]
    if not signs:
        return None
    top = max(found.rank for found in signs)
    best = [found for found in signs if found.rank == top]
    others = [found for found in signs if found.rank != top]
    decided = _decide(best, others, runs_s)
    begins = [scan.at_s for group in groups for scan in group.scans if scan.at_s is not None]
    if decided[2] == _LAST and runs_s and min(runs_s) < min(begins):
        # Where maps follow their runs, the last map before a run is that of other runs.
        decided = (decided[0], _GUESS, "maps lie before and after runs")
    return _weigh(target, decided)


def _decide(
    best: Sequence[_Signs], others: Sequence[_Signs], runs_s: Sequence[float]
) -> tuple[_Signs, float, str]:
    """Return which of several maps it is, how sure that is, and what decided."""
    one = best[0]
    if len(best) == 1 and not others:
        return one, _ALONE, "it is the only map of the session that fits"
    if len(best) == 1:
        by = next(i for i in range(3) if any(found.rank[i] != one.rank[i] for found in others))
        certainty, evidence = _DECIDED[by]
        last = _last_before([one, *others])
        is_doubted = by > 0 and last is not None and last != one
        return one, certainty * (_AGAINST if is_doubted else 1.0), evidence
    ends_s = sorted(found.ended_s for found in best if found.ended_s is not None)
    parted = all(any(a < run_s < b for run_s in runs_s) for a, b in pairwise(ends_s))
    if len(ends_s) < len(best) or one.lag_s is None or not parted:
        return one, _GUESS, "nothing tells the maps apart"
    last = _last_before(best)
    if last is not None:
        return last, _BEFORE, _LAST
    return max(best, key=lambda found: found.lag_s or 0.0), _AFTER, "it is the next map"


def _last_before(maps: Sequence[_Signs]) -> _Signs | None:
    """Return the last map before a run; None if all come later, or nobody knows when."""
    before = [found for found in maps if found.lag_s is not None and found.lag_s >= 0]
    return min(before, key=lambda found: found.lag_s or 0.0, default=None)


def _weigh(target: Scan, decided: tuple[_Signs, float, str]) -> Link:
    """Return a link with what else speaks for it and against it."""
    signs, certainty, evidence = decided
    n_signs = sum(sign > 0 for sign in signs.rank)
    # A sign that decided counts in the certainty already.
    n_more = n_signs - any(evidence == decisive for _, decisive in _DECIDED)
    if certainty > _GUESS:
        for _ in range(n_more):
            certainty = _more(certainty)
    if signs.shim > 0:
        evidence = f"{evidence}; the shim is the same"
    elif signs.shim < 0:
        certainty, evidence = _OTHER_SHIM, "the shim was changed between map and run"
    if signs.words < 0:
        certainty, evidence = certainty * _AGAINST, f"{evidence}; its name speaks against it"
    return Link(target.path, signs.field_map, round(min(certainty, _STATED), 3), evidence)


def _more(certainty: float) -> float:
    """Return a certainty to which one more sign was added."""
    return 1 - (1 - certainty) * _AGREEMENT


def _compare(group: FieldMap, target: Scan) -> _Signs | None:
    """Return what speaks for a map and a run; None if the map cannot be meant for it."""
    one = group.scans[0]
    shim = same_shim(one, target)
    if one.study and target.study and one.study != target.study and shim <= 0:
        return None
    parallel = same_axis(one, target) if group.kind == "pepolar" else True
    if parallel is False or _overlap(group, target) < _LEAST_OVERLAP:
        return None
    words = _compare_words(group, target)
    alike = _likeness(one, target) if group.kind == "pepolar" else 0
    times = [scan.at_s for scan in group.scans if scan.at_s is not None]
    ended_s = max(times, default=None)
    lag_s = None if target.at_s is None or ended_s is None else target.at_s - ended_s
    return _Signs(group, shim, words, alike, ended_s, lag_s)


def _compare_words(group: FieldMap, target: Scan) -> int:
    """Tell whether the names of a map speak for the kind of a run, or for another kind."""
    purposes = {word for scan in group.scans for word in scan.purposes}
    if not purposes:
        return 0
    return 1 if purposes & {target.folder, f"task-{target.task}"} else -1


def _likeness(one: Scan, target: Scan) -> int:
    """Tell whether an echo-planar map has the grid and the readout of a run."""
    known = []
    if one.readout_s and target.readout_s:
        known.append(abs(one.readout_s / target.readout_s - 1) <= _READOUT_TOLERANCE)
    if one.grid is not None and target.grid is not None:
        sizes = [(grid.shape, grid.voxel_mm()) for grid in (one.grid, target.grid)]
        known.append(
            sizes[0][0] == sizes[1][0] and np.allclose(sizes[0][1], sizes[1][1], rtol=0.02)
        )
    return 0 if not known else 1 if all(known) else -1


def _overlap(group: FieldMap, target: Scan) -> float:
    """Return the share of a run's volume that a map covers; 1 if it is not known."""
    grids = [scan.grid for scan in group.scans if scan.grid is not None]
    if target.grid is None or not grids:
        return 1.0
    return max(_share_inside(target.grid, grid) for grid in grids)


@lru_cache(maxsize=1024)
def _share_inside(grid: Grid, other: Grid) -> float:
    """Return the share of the first grid that lies in the second one."""
    to_voxel, shape = other.to_voxels()
    at = grid.points_mm(_SAMPLES) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    inside = (at >= -0.5) & (at <= np.asarray(shape) - 0.5)
    return float(inside.all(axis=1).mean())


def _find_partners(
    groups: Sequence[FieldMap], links: Sequence[Link], scans: Sequence[Scan]
) -> dict[str, str]:
    """Return the run of the opposite direction for each map that has one direction alone."""
    by_path = {scan.path: scan for scan in scans}
    partners = {}
    for group in groups:
        if not group.lacks_direction:
            continue
        own = [by_path[link.target] for link in links if link.field_map == group]
        opposite = [scan for scan in own if is_opposite(scan, group.scans[0])]
        if opposite:
            # A reference volume has no motion, and no contrast that changes.
            partners[group.label] = min(opposite, key=lambda s: _distance(s, group.scans[0])).path
    return partners


def _distance(scan: Scan, one: Scan) -> tuple[bool, float, str]:
    known = scan.at_s is not None and one.at_s is not None
    gap_s = abs((scan.at_s or 0.0) - (one.at_s or 0.0)) if known else 0.0
    return (scan.suffix != "sbref", gap_s, scan.path)


def make_link_fields(found: FieldMapLinks) -> dict[str, dict[str, object]]:
    """Return the fields of BIDS that say which map corrects which run.

    Parameters
    ----------
    found : FieldMapLinks
        Of one session.

    Returns
    -------
    dict of str to dict
        ``B0FieldIdentifier`` and ``IntendedFor`` of maps, ``B0FieldSource`` of runs, by the path
        of the image.

    Examples
    --------
    >>> group = FieldMap("direct1", "direct", (Scan("sub-1/fmap/a.nii.gz", "fmap", "fieldmap"),))
    >>> link = Link("sub-1/func/b.nii.gz", group, 0.9, "it is the only map that fits")
    >>> fields = make_link_fields(FieldMapLinks((group,), (link,)))
    >>> fields["sub-1/fmap/a.nii.gz"]
    {'B0FieldIdentifier': 'direct1', 'IntendedFor': ['bids::sub-1/func/b.nii.gz']}
    >>> fields["sub-1/func/b.nii.gz"]
    {'B0FieldSource': 'direct1'}
    """
    return dict(_fields(found))


def _fields(found: FieldMapLinks) -> Iterator[tuple[str, dict[str, object]]]:
    for group in found.field_maps:
        targets = sorted(link.target for link in found.links if link.field_map == group)
        for scan in group.scans:
            fields: dict[str, object] = {"B0FieldIdentifier": group.label}
            if targets:
                fields["IntendedFor"] = [f"bids::{target}" for target in targets]
            yield scan.path, fields
    sources: dict[str, list[str]] = {}
    for link in found.links:
        sources.setdefault(link.target, []).append(link.field_map.label)
    for target, labels in sources.items():
        own = [label for label, path in found.partners.items() if path == target]
        itself = {"B0FieldIdentifier": _one_or_all(own)} if own else {}
        yield target, {**itself, "B0FieldSource": _one_or_all(labels)}


def _one_or_all(labels: list[str]) -> str | list[str]:
    return labels if len(labels) > 1 else labels[0]


def link_calibrations(scans: Sequence[Scan]) -> dict[str, dict[str, object]]:
    """Find the perfusion series that each calibration (``m0scan``) is for.

    What was stated counts first; then equal names; then the only calibration of a session is for
    all of its series, and of several each series takes the nearest in time.

    Parameters
    ----------
    scans : sequence of Scan
        All images of one participant's one session that are in the dataset.

    Returns
    -------
    dict of str to dict
        ``IntendedFor``, which BIDS asks for, by the path of the calibration.

    Examples
    --------
    >>> scans = [Scan(f"sub-1/perf/{word}.nii.gz", "perf", word) for word in ("asl", "m0scan")]
    >>> link_calibrations(scans)
    {'sub-1/perf/m0scan.nii.gz': {'IntendedFor': ['bids::sub-1/perf/asl.nii.gz']}}
    """
    ordered = sorted(scans, key=lambda scan: scan.path)
    series = [scan for scan in ordered if scan.suffix == "asl"]
    calibrations = [scan for scan in ordered if scan.suffix == "m0scan"]
    found: dict[str, list[str]] = {}
    for scan in series:
        stated = [one for one in calibrations if scan.path in one.intended]
        free = [one for one in calibrations if not one.intended]
        named = [one for one in free if (one.acquisition, one.run) == (scan.acquisition, scan.run)]
        timed = [one for one in free if one.at_s is not None and scan.at_s is not None]
        nearest = sorted(timed, key=lambda one: abs((one.at_s or 0.0) - (scan.at_s or 0.0)))[:1]
        for one in stated or named or (free if len(free) == 1 else nearest):
            found.setdefault(one.path, []).append(f"bids::{scan.path}")
    return {path: {"IntendedFor": uris} for path, uris in found.items()}
