"""One recording from the raw folder to its checked place in the stage; runs in a worker."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

from fascicle.core import (
    Family,
    Finding,
    Header,
    Modality,
    Participant,
    Severity,
    Source,
    Written,
    content_id,
    say_count,
)
from fascicle.formats import (
    Compression,
    holds_speech,
    is_isolated,
    is_risky,
    open_h5ad,
    read_header,
    write_recording,
)
from fascicle.jobs import run_apart, run_isolated
from fascicle.prepare import BidsName, describe_recording, gather_evidence
from fascicle.protect import (
    DEFACE_VERSION,
    POLICIES,
    HeadPoints,
    Person,
    ReleasedHeader,
    count_personal_genes,
    forbidden_words,
    release_head_shape,
    release_header,
    release_metadata,
)
from fascicle.quality import FACE, check_recording

from ._deface_volume import Leader, take_face_out
from ._headers import format_header
from ._terms import add_terms
from ._video_mask import mask_faces_in

_N_PROBES = 16
_PROBE_BYTES = 64 << 10
_MAX_LABELS = 50
MAX_WRITE_S = 3600.0

_FILM_AXES = 3
_SHOW_HEADS = frozenset({Modality.ANAT, Modality.PET})

BURNT_IN = "image.burnt-in-text"
"""Code of the finding that words are part of a picture."""


@dataclass(frozen=True, slots=True)
class ConvertJob:
    """What a worker needs to convert one recording.

    Attributes
    ----------
    key : str
        Name of the unit in the journal.
    root, stage : str
        The raw folder and the stage.
    source : Source
        Files of the recording.
    name : BidsName
        Its place in the dataset.
    person : Person
        Pseudonym and date shift.
    policy : str
        Name of the policy.
    line_hz : float or None
        Power-line frequency as the plan has it; None leaves it to the header.
    allow_labels : frozenset of str
        Labels that the owner allows by name.
    shared_labels : frozenset of str
        Event labels of this recording that other people's recordings hold as well.
    forbidden : frozenset of str
        Words that point to people of the study; no label may hold any of them.
    modality : Modality or None
        Kind of recording as the plan has it; None leaves it to the header.
    participant : Participant or None
        Whom it is of, as released: formats that describe their subject themselves write it.
    compression : str
        How big arrays in NWB files are packed: ``"gzip"`` or ``"zstd"``.
    is_animal : bool
        True if the owner says that the participant is no person.
    deface : str
        How heads lose their faces: ``"replace"``, ``"remove"``, or ``"no"``.
    leader : Leader or None
        The scan of the session by which the head is found.
    led_by : tuple of str
        Contents of the scans that may lead it: with other ones the work is another.
    mask_faces : str
        How faces in a video are masked: ``"auto"``, ``"region"``, ``"follow"``, or ``"no"``.
    head_points : str
        Which digitised points of face and scalp leave: ``"none"`` or ``"cap"``.
    """

    key: str
    root: str
    stage: str
    source: Source
    name: BidsName
    person: Person
    policy: str
    line_hz: float | None
    allow_labels: frozenset[str] = frozenset()
    shared_labels: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    modality: Modality | None = None
    participant: Participant | None = None
    compression: Compression = "gzip"
    is_animal: bool = False
    deface: str = "no"
    leader: Leader | None = None
    led_by: tuple[str, ...] = ()
    mask_faces: str = "no"
    head_points: HeadPoints = "none"


def convert_one(job: ConvertJob) -> dict[str, Any]:
    """Convert, describe and check one recording; return what the journal keeps.

    Parameters
    ----------
    job : ConvertJob
        What to do.

    Returns
    -------
    dict
        JSON values: ``bids_path``, ``files`` (written here), ``shared`` (sidecars that several
        recordings share, by path, as text: the caller writes them, so that the order in which
        workers end does not matter), ``quality``, ``findings``, ``removed``, ``labels``,
        ``header``, ``format``, ``written_as``, ``defaced`` (measures of a face that was taken out),
        ``placed`` (where the average head lies in it), ``masked`` (measures of masked faces in a
        video), ``n_bytes``, ``n_source_files``, ``copied``, and for volumes ``scan``: what tells
        which map of the field is theirs, for the owner alone.
    """
    root, stage = Path(job.root), Path(job.stage)
    run = choose_process(root, job.source)
    header = follow_plan(run(_read_header, root, job.source), job)
    released = release_header(
        header,
        POLICIES[job.policy],
        job.person,
        allow_labels=job.allow_labels,
        shared_labels=job.shared_labels,
        forbidden=job.forbidden,
    )
    shape, told = release_head_shape(header.head_shape, job.head_points)
    clean = replace(released.header, head_shape=shape)
    clean = add_terms(_with_participant(clean, job.participant), header)
    line_hz = job.line_hz if job.line_hz is not None else clean.line_hz
    written = _write(root, job, replace(clean, line_hz=line_hz), stage, run)
    learned, left_behind = release_metadata(
        written.metadata, forbidden_words(header.identifiers) | job.forbidden
    )
    clean = replace(clean, metadata={**clean.metadata, **learned})
    primary = stage / job.name.folder / written.files[0]
    primary, clean, film = mask_faces_in(primary, clean, job.mask_faces)
    if film.is_done:
        written = replace(written, files=(PurePosixPath(primary.name),), copied=False)
    bids_path = f"{job.name.folder}/{written.files[0]}"
    files = _list_files(stage, [f"{job.name.folder}/{path}" for path in written.files])
    clean, defaced = take_face_out(primary, clean, job.deface, job.leader)
    quality = check_recording(primary, clean, line_hz=line_hz)
    placed = tuple(replace(finding, place=bids_path) for finding in quality.findings)
    pictures = (*quality.pictures, *defaced.pictures, *film.pictures)
    quality = replace(quality, findings=placed, pictures=pictures)
    # Where nobody knows the mains frequency, the spectrum tells it, if it shows a peak there.
    line_hz = line_hz if line_hz is not None else quality.line_hz
    clean = replace(clean, line_hz=line_hz)
    heard = replace(clean, exposes=clean.exposes or ("voice" if holds_voice(header) else ""))
    exposes = settle_exposure(heard, quality.findings, is_animal=job.is_animal)
    clean = replace(clean, exposes=exposes)
    sidecars = describe_recording(primary, job.name, clean, line_hz=line_hz)
    shared = {
        path: text.decode("utf-8")
        for path, text in sidecars.items()
        if not path.startswith(f"{job.name.folder}/{job.name.stem}_")
    }
    own = {path: text for path, text in sidecars.items() if path not in shared}
    for path, text in own.items():
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).write_bytes(text)
    _flush([*(stage / path for path in files), *(stage / path for path in own)])
    return {
        "bids_path": bids_path,
        "files": sorted([*files, *own]),
        "shared": shared,
        "quality": quality.as_dict(),
        "findings": [
            finding.as_dict(owner=True)
            for finding in (
                *_conversion_findings(header, released, bids_path),
                *_find_named_genes(primary, header.modality.family, bids_path),
                *(
                    replace(one, place=bids_path)
                    for one in (*told, *defaced.findings, *film.findings)
                ),
            )
        ],
        "defaced": defaced.record,
        "placed": defaced.alignment.as_dict() if defaced.alignment else {},
        "masked": dict(film.record),
        "removed": [
            *((r.kind, r.where, r.count) for r in released.removed),
            *([("text", "technical metadata", len(left_behind))] if left_behind else []),
        ],
        "labels": list(released.labels_kept),
        "labels_replaced": released.labels_replaced,
        "header": format_header(clean),
        "format": job.source.format,
        "written_as": written.format,
        "n_bytes": job.source.n_bytes,
        "n_source_files": len(job.source.files),
        "copied": written.copied,
        "scan": _scan_evidence(header, written, job.source),
    }


def _scan_evidence(header: Header, written: Written, source: Source) -> dict[str, Any]:
    """Return what only the raw files tell of the field that an image was measured in."""
    if header.modality.family is not Family.VOLUME:
        return {}
    return gather_evidence(header, written.metadata, source.primary)


def follow_plan(header: Header, job: ConvertJob) -> Header:
    """Return the header of what the plan says that a recording is: a person may have corrected it.

    Parameters
    ----------
    header : Header
        As it was read.
    job : ConvertJob
        What the plan says.

    Returns
    -------
    Header
        Showing at least what such recordings show, and never less than its file does.
    """
    modality = job.modality or header.modality
    is_anatomy = modality in _SHOW_HEADS and modality is not header.modality
    exposes = header.exposes or ("head" if is_anatomy else "")
    return replace(header, modality=modality, suffix=job.name.last_word, exposes=exposes)


def holds_voice(header: Header) -> bool:
    """Tell whether a channel is called a microphone and is fast enough for speech.

    Parameters
    ----------
    header : Header
        As it was read.

    Returns
    -------
    bool
        True if words that were spoken may be heard in it.
    """
    return any(
        holds_speech(channel.name, channel.sfreq_hz or header.sfreq_hz, kind=channel.kind)
        for channel in header.channels
    )


def settle_exposure(header: Header, findings: Sequence[Finding], *, is_animal: bool = False) -> str:
    """Return what of a person can be recognised, after the check has looked into the pictures.

    A video, also one within a file of neurodata, is taken to show a face until the check has
    looked; one of an animal shows a person only if a face was found in it, and its voice is
    nobody's. One of a person whose faces were masked shows a face if the check still finds one. The
    species is the one that its owner states, never what a file claims.

    Parameters
    ----------
    header : Header
        As it leaves.
    findings : sequence of Finding
        Of the check.
    is_animal : bool
        True if the participant is certainly an animal.

    Returns
    -------
    str
        As `Header.exposes`.
    """
    codes = {finding.code for finding in findings}
    if BURNT_IN in codes:
        return "text"
    if not is_animal:
        # Nobody looks into the brain of a person with a microscope: such a film is a camera's.
        is_film = header.modality is Modality.OPHYS and len(header.shape) >= _FILM_AXES
        return header.exposes or ("face" if is_film or FACE in codes else "")
    is_video = header.exposes == "face" and header.modality.family is Family.NEURODATA
    if (is_video and FACE not in codes) or header.exposes == "voice":
        return ""
    return header.exposes


def _list_files(stage: Path, paths: list[str]) -> list[str]:
    """Return written files by their paths in the dataset; for a folder, all files in it."""
    found: list[str] = []
    for path in paths:
        place = stage / path
        inside = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        found += [file.relative_to(stage).as_posix() for file in inside]
    return found


def _with_participant(header: Header, participant: Participant | None) -> Header:
    """Say of the subject what the dataset says of the participant."""
    if participant is None:
        return header
    age = participant.age
    sex = participant.sex if participant.sex != "n/a" else ""
    subject = replace(
        header.subject,
        age_years=float(age) if age.replace(".", "", 1).isdecimal() else None,
        sex=sex or header.subject.sex,
        species=participant.species,
    )
    return replace(header, subject=subject)


def _read_header(root: Path, source: Source) -> Header:
    """Read a header with the events that stand on trigger channels, among the samples."""
    return read_header(root, source, triggers=True)


def choose_process(root: Path, source: Source) -> Callable[..., Any]:
    """Return what calls a function where it can read this recording: here, if it is safe.

    Parameters
    ----------
    root : Path
        The raw folder.
    source : Source
        The recording.

    Returns
    -------
    callable
        Takes a function and its arguments, and returns what the function does.
    """
    if is_isolated(source):
        return run_isolated
    return run_apart if is_risky(root, source) else _call


def _call(function: Callable[..., Any], *args: object, timeout_s: float = 0.0) -> Any:  # noqa: ANN401 - as those that call it elsewhere
    return function(*args)


def _write(
    root: Path, job: ConvertJob, header: Header, stage: Path, run: Callable[..., Any]
) -> Written:
    folder = stage / job.name.folder
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{job.name.stem}_{job.name.last_word}"
    arguments = (root, job.source, header, folder, stem, job.compression)
    return cast(Written, run(write_recording, *arguments, timeout_s=MAX_WRITE_S))


def _flush(paths: list[Path]) -> None:
    """Make sure that what the journal will call finished is on disk."""
    for path in paths:
        if path.is_file():
            with path.open("rb+") as handle:
                os.fsync(handle.fileno())


def _conversion_findings(header: Header, released: ReleasedHeader, place: str) -> list[Finding]:
    findings = []
    replaced = sorted({*header.labels()} - {*released.header.labels()})
    if replaced:
        findings.append(
            Finding(
                "labels.replaced",
                Severity.NOTE,
                place,
                f"{len(replaced)} different labels of events or channels may be free text: they "
                "were replaced by neutral ones.",
                "Read them in your own report; keep those that are harmless with --allow-label.",
                "convert",
                raw_place=f"{place}: {'; '.join(replaced[:_MAX_LABELS])}",
            )
        )
    if header.measured_at is None:
        findings.append(
            Finding(
                "header.no-date",
                Severity.NOTE,
                place,
                "Expected a start time in the header, found none.",
                "Nothing needs to be done; the order of recordings is not known from it.",
                "convert",
            )
        )
    return findings


def _find_named_genes(path: Path, family: Family, place: str) -> list[Finding]:
    """Say how many genes of a written table of cells are called like people."""
    if family is not Family.CELLS:
        return []
    table = open_h5ad(path)
    genes = [table.genes, *([table.raw[0]] if table.raw else [])]
    names = {name for one in genes for name in one.names}
    names |= {str(name) for one in genes for name in one.columns.get("gene_symbols", ())}
    n_named = count_personal_genes(names)
    if not n_named:
        return []
    return [
        Finding(
            "cells.named-genes",
            Severity.WARNING,
            place,
            f"Expected names of genes, got {say_count(n_named, 'gene')} called by a first name.",
            "Look whether they are genes; give features that are called after a person another "
            "name in the raw table, and share again.",
            "convert",
        )
    ]


def fingerprint(root: Path, source: Source) -> str:
    """Return a digest that tells a recording from others, wherever its folder lies.

    Sixteen blocks of 64 KiB spread evenly over each file, and its size, are digested: the whole
    would cost a second reading. A file edited in place between two runs, outside of these blocks
    and without a change of size, is taken for unchanged.
    """
    digest = hashlib.blake2b(source.format.encode(), digest_size=16)
    for relative in source.files:
        path = root / relative
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                _probe(file, digest)
    return digest.hexdigest()


def _probe(path: Path, digest: hashlib.blake2b) -> None:
    size = path.stat().st_size
    digest.update(size.to_bytes(8, "big"))
    with path.open("rb") as handle:
        last = max(size - _PROBE_BYTES, 0)
        for start in sorted({last * i // (_N_PROBES - 1) for i in range(_N_PROBES)}):
            handle.seek(start)
            digest.update(handle.read(_PROBE_BYTES))


def unit_key(content: str, job: ConvertJob, version: str) -> str:
    """Return the journal key of a job: the same work has the same key, on every run."""
    settings = [
        content,
        version,
        job.policy,
        job.line_hz,
        job.person.label,
        job.person.shift_days,
        job.name.folder,
        job.name.stem,
        job.name.last_word,
        sorted(job.allow_labels),
        sorted(job.shared_labels),
    ]
    if job.is_animal:
        settings.append("animal")
    if job.compression != "gzip":
        settings.append(job.compression)
    if job.deface != "no":
        settings += [f"deface {job.deface}", DEFACE_VERSION, *job.led_by]
    if job.mask_faces != "no":
        settings.append(f"mask faces {job.mask_faces}")
    if job.head_points != "none":
        settings.append(f"head points {job.head_points}")
    if job.participant is not None:
        settings += [job.participant.species, job.participant.age, job.participant.sex]
    return content_id("unit", settings, n_hex=24)
