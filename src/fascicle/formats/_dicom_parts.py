"""Part a folder's DICOM files into recordings: one for each image that BIDS keeps in a file."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from fascicle.core import Finding, Severity, say_count
from fascicle.errors import FormatError

from ._dicom_instances import Instance
from ._dicom_kinds import BROKEN, other_kind
from ._gathered import Gathered

_ORIENTATION_TOLERANCE = 0.01
_POSITION_DIGITS = 2
_GAP = 1.9
"""A step between slices that is nearly two usual ones, or more, lacks a slice."""
_FEWEST_FOR_GAPS = 5


@dataclass
class _Parted:
    """What was sorted so far."""

    recordings: list[list[Instance]] = field(default_factory=list)
    left_out: list[PurePosixPath] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, files: Sequence[Instance], finding: tuple[str, Severity, str, str]) -> None:
        """Leave files out, and say why once."""
        self.left_out += [instance.path for instance in files]
        self.note([instance.path for instance in files], finding)

    def note(self, paths: Sequence[PurePosixPath], finding: tuple[str, Severity, str, str]) -> None:
        """Add a finding about some files; only the owner sees their names."""
        code, severity, reason, fix = finding
        more = f" and {say_count(len(paths) - 1, 'more file')}" if len(paths) > 1 else ""
        self.findings.append(
            Finding(
                code,
                severity,
                "raw folder",
                reason,
                fix,
                origin="look",
                raw_place=f"{min(paths)}{more}",
            )
        )


def part_series(read: Sequence[tuple[PurePosixPath, Instance | FormatError]]) -> Gathered:
    """Part DICOM files into recordings.

    A recording is what one person's series holds of one echo, one part of the complex signal, one
    size and one orientation, in whatever folders its files lie. A file that is there twice counts
    once. What is no recording, and what lacks slices, is left out with a finding for each series.

    Parameters
    ----------
    read : sequence of (PurePosixPath, Instance or FormatError)
        Every DICOM file with what it says of itself, or why it could not be read.

    Returns
    -------
    Gathered
        The files of each recording in the order in which they were scanned.

    Examples
    --------
    >>> mosaic = ("ORIGINAL", "PRIMARY", "M", "MOSAIC")
    >>> files = [
    ...     Instance(PurePosixPath(f"{i}.dcm"), modality="MR", size=(7, 5), uid=str(i), instance=i,
    ...              image_type=mosaic, echo_ms=float(i % 2))
    ...     for i in range(4)
    ... ]
    >>> parted = part_series([(f.path, f) for f in files])
    >>> [[path.name for path in paths] for paths in parted.recordings]
    [['0.dcm', '2.dcm'], ['1.dcm', '3.dcm']]
    """
    parted = _Parted()
    unreadable = [path for path, found in read if isinstance(found, FormatError)]
    if unreadable:
        parted.left_out += unreadable
        reason = f"Expected DICOM files, got {BROKEN.what}: {say_count(len(unreadable), 'file')}."
        parted.note(unreadable, (BROKEN.code, BROKEN.severity, reason, BROKEN.fix))
    instances = [found for _, found in read if isinstance(found, Instance)]
    wanted = _sort_out_kinds(_sort_out_copies(instances, parted), parted)
    groups: dict[Any, list[Instance]] = defaultdict(list)
    for instance in wanted:
        groups[_key(instance)].append(instance)
    for group in groups.values():
        for files in _by_orientation(group):
            _take_complete(sorted(files, key=_scan_order), parted)
    recordings = sorted(
        (tuple(instance.path for instance in files) for files in parted.recordings),
        key=lambda paths: paths[0].parts,
    )
    return Gathered(tuple(recordings), tuple(sorted(parted.left_out)), tuple(parted.findings))


def _sort_out_copies(instances: Sequence[Instance], parted: _Parted) -> list[Instance]:
    """Return each instance once; the first by path stays."""
    seen: set[tuple[object, ...]] = set()
    once: list[Instance] = []
    copies: dict[str, list[Instance]] = defaultdict(list)
    for instance in sorted(instances, key=lambda i: i.path.parts):
        identity = (instance.uid, instance.series, instance.person, instance.instance)
        if instance.uid and identity in seen:
            copies[instance.series].append(instance)
            continue
        seen.add(identity)
        once.append(instance)
    for files in copies.values():
        parted.leave_out(files, (
            "dicom.copy", Severity.NOTE,
            f"Expected every image once, got {say_count(len(files), 'copy', 'copies')} of a "
            "series under other names.",
            "Nothing to do: the first of each is taken.",
        ))  # fmt: skip
    return once


def _sort_out_kinds(instances: Iterable[Instance], parted: _Parted) -> list[Instance]:
    """Return what belongs to recordings; one finding for each kind in each series."""
    wanted: list[Instance] = []
    others: dict[Any, list[Instance]] = defaultdict(list)
    for instance in instances:
        kind = other_kind(instance)
        if kind is None:
            wanted.append(instance)
        else:
            others[instance.series, kind].append(instance)
    for (_, kind), files in others.items():
        reason = f"Expected a scan, got {kind.what}: {say_count(len(files), 'file')}."
        parted.leave_out(files, (kind.code, kind.severity, reason, kind.fix))
    return wanted


def _key(instance: Instance) -> tuple[object, ...]:
    """Return what all files of one recording have in common."""
    echo = None if instance.echo_ms is None else round(instance.echo_ms, 3)
    return (
        instance.person, instance.series, instance.modality, instance.size, instance.part,
        (echo, instance.echo) if instance.modality == "MR" else None,
        instance.n_frames > 1, "MOSAIC" in instance.image_type,
    )  # fmt: skip


def _by_orientation(group: Sequence[Instance]) -> list[list[Instance]]:
    """Part files by the orientation of their slices; those without one stay together."""
    parts: list[tuple[tuple[float, ...], list[Instance]]] = []
    for instance in group:
        for orientation, files in parts:
            if _are_near(orientation, instance.orientation):
                files.append(instance)
                break
        else:
            parts.append((instance.orientation, [instance]))
    return [files for _, files in parts]


def _are_near(a: Sequence[float], b: Sequence[float]) -> bool:
    return len(a) == len(b) and all(
        abs(x - y) < _ORIENTATION_TOLERANCE for x, y in zip(a, b, strict=True)
    )


def _scan_order(instance: Instance) -> tuple[object, ...]:
    number = instance.instance if instance.instance is not None else 0
    return (number, instance.path.parts)


def _take_complete(files: list[Instance], parted: _Parted) -> None:
    """Take a recording if its slices are all there; a last volume that broke off is dropped."""
    first = files[0]
    burnt_in = [instance.path for instance in files if instance.has_burnt_in]
    if burnt_in:
        parted.note(burnt_in, (
            "image.burnt-in-text", Severity.WARNING,
            "The header says that text is burnt into the picture.",
            "Look at it: names and dates there are part of the samples. Leave it out, or blank "
            "the text and remove the mark.",
        ))  # fmt: skip
    if first.n_frames > 1 or "MOSAIC" in first.image_type or not first.has_place:
        parted.recordings.append(files)
        return
    places = [round(instance.along_normal(), _POSITION_DIGITS) for instance in files]
    counts = Counter(places)
    if first.modality == "MR" and _has_gap(sorted(counts)):
        parted.leave_out(files, _missing("between those that are there"))
        return
    if len(set(counts.values())) == 1:
        parted.recordings.append(files)
        return
    rest = _without_last_volume(files, places, counts)
    if not rest:
        parted.leave_out(files, _missing("of some volumes"))
        return
    kept = set(rest)
    parted.recordings.append(rest)
    parted.leave_out([instance for instance in files if instance not in kept], (
        "dicom.broke-off", Severity.WARNING,
        f"Expected {len(counts)} slices of every volume, got "
        f"{len(files) - len(rest)} of the last one: the scan broke off.",
        "Nothing to do: the last volume is left out.",
    ))  # fmt: skip


def _missing(where: str) -> tuple[str, Severity, str, str]:
    return (
        "dicom.missing-slices", Severity.ERROR,
        f"Expected every slice of every volume, got a series that lacks slices {where}.",
        "Export the series again; it is left out until it is whole.",
    )  # fmt: skip


def _has_gap(places: Sequence[float]) -> bool:
    """Tell whether a stack of slices lacks one."""
    steps = [b - a for a, b in itertools.pairwise(places)]
    return len(steps) >= _FEWEST_FOR_GAPS and max(steps) > _GAP * statistics.median(steps)


def _without_last_volume(
    files: Sequence[Instance], places: Sequence[float], counts: Counter[float]
) -> list[Instance]:
    """Return the whole volumes, if all but the last are; nothing if slices lack elsewhere."""
    n_most = max(counts.values())
    counters: tuple[Callable[[Instance], Any], ...] = (
        lambda i: i.temporal, lambda i: i.acquisition, lambda i: i.frame_ms[:1],
    )  # fmt: skip
    for counter in counters:
        volumes: dict[Any, set[float]] = defaultdict(set)
        for instance, place in zip(files, places, strict=True):
            volumes[counter(instance)].add(place)
        is_counter = None not in volumes and len(volumes) == n_most > 1
        if is_counter and sum(map(len, volumes.values())) == len(files):
            broken = [volume for volume, found in volumes.items() if len(found) < len(counts)]
            if broken != [max(volumes)]:
                return []
            return [instance for instance in files if counter(instance) != broken[0]]
    return _without_last_round(files, places, counts)


def _without_last_round(
    files: Sequence[Instance], places: Sequence[float], counts: Counter[float]
) -> list[Instance]:
    """Do the same where volumes are not counted: by a count of images without holes."""
    numbers = sorted(instance.instance or 0 for instance in files)
    n_whole = min(counts.values())
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return []
    if max(counts.values()) != n_whole + 1:
        return []
    seen: Counter[float] = Counter()
    kept = []
    for instance, place in zip(files, places, strict=True):  # in the order of the scan
        seen[place] += 1
        if seen[place] <= n_whole:
            kept.append(instance)
    return kept
