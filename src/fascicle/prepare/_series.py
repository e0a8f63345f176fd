"""Images as series: the task that a protocol's name speaks of, runs, and series exported twice.

A scanner's files are numbered by a machine. What was done is in the name that somebody gave to the
protocol (``fMRI_rest``, ``ep2d_bold_faces_run2``), and what was repeated shows by the clock.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from fascicle.core import Family, Header, Inferred, Modality

from ._columns import encode
from ._facts import start_of
from ._fields import parse_level
from ._infer import Inference, sessions_by_clock
from ._survey import Context

WITH_TASK = frozenset({
    Modality.EEG, Modality.MEG, Modality.IEEG, Modality.NIRS, Modality.FUNC, Modality.BEH,
})  # fmt: skip
"""Modalities that BIDS names by what was done."""
_MAY_HAVE_TASK = WITH_TASK | {
    Modality.ECEPHYS, Modality.ICEPHYS, Modality.OPHYS, Modality.PERF, Modality.PET,
}  # fmt: skip
_NAMES = ("ProtocolName", "SeriesDescription", "TaskName")
_TECHNIQUES = (
    "fmri bold ep2d epi cmrr mb mbep2d ep2dbold func functional mri task run tr te mm iso "
    "sbref ref moco mocoseries series scan gre se pa ap lr rl fa ms hz sms grappa p2 p3 p4 s2 "
    "s4 s6 s8 mosaic slices sl tra sag cor axial ax std nofs fs ipat acc vol vols dyn "
    "dynamics pmu physiolog sense ffe fe tse fse fast wip nordic magnitude phase me multiecho "
    "echo e1 e2 e3 "
)
_TECHNICAL = frozenset(_TECHNIQUES.split())  # fmt: skip
_GATE = re.compile(
    r"(?:^|(_))g(\d+)_t(?:\d+|cat)(?:\.(?:imec|obx)\d*|\.nidq)?(?:\.(?:ap|lf|obx))?$"
)
"""How SpikeGLX ends the name of a run: gate, trigger, probe and band."""
_SURE_WORD = 0.8
_MIN_TASK = 4
_MIN_PEOPLE = 2
_FREE_WORD = "the one word of the protocol's name that is no technique"
_SUFFIX = re.compile(
    r"(?<![^\W_])(?:t1w?|t2w?|t2starw?|t2star|pdw?|flair|mp2?rage|spgr|bold|sbref|dwi|dti|asl|"
    r"fieldmap|phasediff|magnitude[12]?|epi|pet|swi|angio|inplanet[12]|unit1)(?![^\W_])",
    re.IGNORECASE,
)


def strip_suffix(path: PurePosixPath, header: Header) -> PurePosixPath:
    """Return a path without what a machine or a standard wrote into the name.

    ``T1`` in the name of an image is no visit, and ``g0`` in that of a probe's recording nobody's
    initial.

    Parameters
    ----------
    path : PurePosixPath
        Of a recording.
    header : Header
        What its file says; paths of signals stay as they are.

    Examples
    --------
    >>> strip_suffix(PurePosixPath("P01_T1w.nii"), Header(Modality.ANAT, suffix="T1w"))
    PurePosixPath('P01_.nii')
    >>> strip_suffix(PurePosixPath("m3_g0_t0.imec0.ap.bin"), Header(Modality.ECEPHYS))
    PurePosixPath('m3_run0.bin')
    """
    family = header.modality.family
    if family is Family.NEURODATA:
        return path.with_name(_GATE.sub(r"\1run\2", path.stem) + path.suffix)
    if family is not Family.VOLUME:
        return path
    stem, dot, ending = path.name.partition(".")
    name = _SUFFIX.sub("", stem) or "file"
    return path.with_name(f"{name}{dot}{ending}")


def forget_counters(found: Inference, headers: Sequence[Header]) -> None:
    """Drop, in place, what numbers in a machine's folders seem to say of sessions and runs."""
    person = encode(found.people.labels)
    by_clock = sessions_by_clock(person, headers)
    for at, one in enumerate(found.entities):
        if one["session"].confidence < _SURE_WORD or not one["session"].value:
            one["session"] = by_clock[at]
        one["run"] = Inferred()


def settle_series(found: Inference, headers: Sequence[Header]) -> None:
    """Correct tasks and runs of a group of recordings that are not signals, in place.

    Parameters
    ----------
    found : Inference
        What the paths say.
    headers : sequence of Header
        In the same order.
    """
    for at, header in enumerate(headers):
        found.entities[at]["task"] = _settle_task(found.entities[at]["task"], header)
    _drop_lone_words(found)
    _settle_runs(found, headers)


def _settle_task(task: Inferred, header: Header) -> Inferred:
    if header.modality not in _MAY_HAVE_TASK:
        return Inferred("", 1.0)
    known = task if task.confidence >= _settle_task_floor(header) else Inferred("", 0.0)
    if known.value:
        return known
    return read_task(header) if header.modality is Modality.FUNC else known


def _drop_lone_words(found: Inference) -> None:
    """Drop words of protocols that one person alone has: who typed them may have meant a name."""
    people: dict[str, set[str]] = {}
    for one in found.entities:
        people.setdefault(one["task"].value, set()).add(one["participant"].value)
    for one in found.entities:
        if one["task"].evidence == (_FREE_WORD,) and len(people[one["task"].value]) < _MIN_PEOPLE:
            one["task"] = Inferred("", 0.0)


def _settle_task_floor(header: Header) -> float:
    """Words that files of images share are mostly of the technique; elsewhere they may be tasks."""
    return 0.9 if header.modality.family is Family.VOLUME else 0.0


def read_task(header: Header) -> Inferred:
    """Return what a protocol's name says that people did.

    Parameters
    ----------
    header : Header
        Of a functional series.

    Returns
    -------
    Inferred
        Empty if the name holds technical words only.

    Examples
    --------
    >>> read_task(Header(Modality.FUNC, metadata={"SeriesDescription": "fMRI_rest"})).value
    'rest'
    """
    names = [str(header.metadata[key]) for key in _NAMES if header.metadata.get(key)]
    for name in names:
        known = [f.value for f in parse_level(name, Context()) if f.kind == "task"]
        if known:
            task = "".join(dict.fromkeys(known))
            return Inferred(task, 0.9, ("the name of the protocol speaks of it",))
    for name in names:
        words = [word for word in re.findall(r"[^\W_]+", name) if _may_be_task(word)]
        if len(words) == 1:
            return Inferred(words[0], 0.6, (_FREE_WORD,))
    return Inferred("", 0.0)


def _may_be_task(word: str) -> bool:
    letters = re.sub(r"\d", "", word.lower())
    if {word.lower(), letters} & _TECHNICAL or len(letters) < _MIN_TASK:
        return False
    return sum(c.isdecimal() for c in word) <= 1


def _settle_runs(found: Inference, headers: Sequence[Header]) -> None:
    """Leave out series that came twice, and count those that nothing else tells apart as runs."""
    _leave_out_twice(found, headers)
    cells: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for at, header in enumerate(headers):
        if header.modality.family is not Family.VOLUME or at in found.copies:
            continue
        one = found.entities[at]
        values = [one[name].value for name in ("participant", "session", "task", "acquisition")]
        key = (*values, header.modality, header.suffix, header.entities, one["run"].value)
        cells[key].append(at)
    for members in cells.values():
        says = ("the order in which the series were recorded",)
        ordered = sorted(members, key=lambda at: (_clock(headers[at]), at))
        for number, at in enumerate(ordered if len(ordered) > 1 else (), start=1):
            found.entities[at]["run"] = Inferred(str(number), 0.8, says)


def _leave_out_twice(found: Inference, headers: Sequence[Header]) -> None:
    """Mark series of one person that were exported twice as copies."""
    seen: set[tuple[object, ...]] = set()
    for at, header in enumerate(headers):
        trace = _trace(header)
        if trace:
            own = (found.people.labels[at], *trace)
            if own in seen:
                found.copies.add(at)
            seen.add(own)


def _trace(header: Header) -> tuple[object, ...]:
    """Return what no two series of one person share: number, name, size and moment."""
    number = header.metadata.get("SeriesNumber")
    if header.measured_at is None or number is None:
        return ()
    name = str(header.metadata.get("SeriesDescription", ""))
    kind = header.modality, header.suffix, header.entities
    return (header.measured_at, str(number), name, header.shape, header.n_times, *kind)


def _clock(header: Header) -> tuple[str, float]:
    moment = start_of(header)
    number = header.metadata.get("SeriesNumber")
    order = float(number) if isinstance(number, int | float) else 0.0
    return (moment.isoformat() if moment else "", order)
