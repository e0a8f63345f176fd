"""What a user may ask of a run, and what a run answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from fascicle.core import Finding, Plan, Question, Severity, Tier


def count_errors(findings: Iterable[Finding]) -> int:
    """Count the findings that are errors."""
    return sum(finding.severity is Severity.ERROR for finding in findings)


@dataclass(frozen=True, slots=True)
class ShareOptions:
    """Settings of one run; what is None is asked, taken from the plan, or has a default.

    Attributes
    ----------
    plan : Path or None
        A plan to follow instead of looking.
    table : Path or None
        A participants table that lies elsewhere than in the raw folder.
    link : Path or None
        A table with a column of identifiers for each kind of recordings.
    study : str or None
        Name of the study; pseudonyms are kept per study. Default: the output folder's name.
    name, description, licence, protocol : str or None
        Title, paragraph, licence, and number of the ethics or animal protocol.
    authors : tuple of str
        In the order of citation.
    tier : Tier or None
        Who may have it; default controlled.
    consent : str or None
        DUO codes for all, or the path of a table; None leaves it to the plan.
    consent_form, attested_by : str or None
        Version of the consent form, and who attests that it was signed, where the table does not
        say.
    policy : str or None
        ``safe-harbour``, ``shifted`` or ``animal``; default by species.
    species, task, participants : str or None
        Answers to questions of the plan.
    line_hz : float or None
        Power-line frequency.
    signed_by : str or None
        Data steward who signs that recordings in which a person can be recognised may leave
        unmasked; None holds them back.
    allow_labels : tuple of str
        Event labels and channel names that are known to be harmless.
    commons : Path or None
        Where to publish; default the user's commons.
    publish : bool
        False stages only.
    keep_refused : bool
        Keep a stage that failed the proof, for the owner to look at.
    n_jobs : int or None
        Processes; default one for each core.
    compression : str
        How big arrays in NWB files are packed: ``"gzip"``, which every reader opens, or ``"zstd"``,
        smaller and faster, for readers with HDF5's plug-ins.
    deface : str
        What becomes of faces in images of people's heads: ``"replace"`` puts an average head in
        their place, ``"remove"`` nothing, ``"no"`` leaves them, so that the images are held back.
    mask_faces : str
        What becomes of faces in videos of people: ``"region"`` masks all places at which a face was
        in every frame, ``"follow"`` masks boxes that follow faces, ``"auto"`` the region where the
        camera stands still and people move little, ``"no"`` leaves them, so that the videos are
        held back.
    head_points : str
        Which digitised points of face and scalp leave with MEG: ``"none"``, or ``"cap"``: those
        above the forehead and the ears.
    cluster : str or None
        Address of a Dask scheduler whose workers convert, as ``tcp://10.0.0.5:8786``.
    passphrase : str or None
        Opens an encrypted vault.
    agent : str
        Who asks.
    """

    plan: Path | None = None
    table: Path | None = None
    link: Path | None = None
    study: str | None = None
    name: str | None = None
    description: str | None = None
    licence: str | None = None
    protocol: str | None = None
    authors: tuple[str, ...] = ()
    tier: Tier | None = None
    consent: str | None = None
    consent_form: str | None = None
    attested_by: str | None = None
    policy: str | None = None
    species: str | None = None
    task: str | None = None
    participants: str | None = None
    line_hz: float | None = None
    signed_by: str | None = None
    allow_labels: tuple[str, ...] = ()
    commons: Path | None = None
    publish: bool = True
    keep_refused: bool = False
    n_jobs: int | None = None
    compression: Literal["gzip", "zstd"] = "gzip"
    deface: Literal["replace", "remove", "no"] = "replace"
    mask_faces: Literal["auto", "region", "follow", "no"] = "auto"
    head_points: Literal["none", "cap"] = "none"
    cluster: str | None = None
    passphrase: str | None = None
    agent: str = "owner"

    def answers(self) -> dict[str, str]:
        """Return the answers to questions that were given as options, by question id."""
        given = {
            "consent": self.consent,
            "species": self.species,
            "task": self.task,
            "participants": self.participants,
            "line_hz": None if self.line_hz is None else f"{self.line_hz:g}",
        }
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class LookResult:
    """What `look` found.

    Attributes
    ----------
    plan : Plan
        The plan.
    plan_path : Path or None
        Where it was written, if it was.
    """

    plan: Plan
    plan_path: Path | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen."""
        return self.plan.findings

    @property
    def questions(self) -> tuple[Question, ...]:
        """What only a person can settle."""
        return self.plan.questions

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines; like the plan, for the owner's eyes only."""
        plan = self.plan
        return {
            "plan": str(self.plan_path) if self.plan_path else None,
            "study": plan.study,
            "n_recordings": len(plan.recordings),
            "n_participants": len(plan.participants),
            "identity_confidence": plan.identity_confidence,
            "bids_input": plan.bids_input,
            "recordings": [
                {
                    "key": recording.key,
                    "files": [str(path) for path in recording.source.files],
                    "format": recording.source.format,
                    "modality": recording.modality.value,
                    "include": recording.include,
                    "duration_s": recording.duration_s,
                    "n_channels": recording.n_channels,
                    "entities": {n: asdict(one) for n, one in recording.entities.items()},
                }
                for recording in plan.recordings
            ],
            "questions": [asdict(question) for question in plan.questions],
            "findings": [finding.as_dict(owner=True) for finding in plan.findings],
            "ignored": list(plan.ignored),
        }


@dataclass(frozen=True, slots=True)
class Published:
    """What a commons calls a dataset that it took in.

    Attributes
    ----------
    id, version : str
        Together its name: ``ds-4f53cda18c2b@1``.
    """

    id: str
    version: str

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class ShareResult:
    """What became of a run.

    Attributes
    ----------
    out : Path
        The dataset; not there if the proof refused it.
    report : Path or None
        The report that goes with the dataset.
    owner_report : Path
        The owner's report, with raw names.
    plan_path : Path
        The plan that was followed.
    n_recordings, n_participants : int
        What the dataset holds.
    n_new : int
        Recordings converted in this run; the others were finished before.
    left_out : dict of str to str
        Recording keys that are not in the dataset, with the reason.
    findings : tuple of Finding
        Everything that was seen.
    refused : bool
        True if an identifier was found in what was written: there is no dataset.
    published : Published or None
        Its name in the commons.
    not_published : str
        Why not; empty if it was.
    fair_score : float or None
        In percent.
    fair_within_reach : float
        The score that mending what the report lists would give, in percent.
    asked_to_publish : bool
        False with ``--no-publish``.
    """

    out: Path
    report: Path | None
    owner_report: Path
    plan_path: Path
    n_recordings: int
    n_participants: int
    n_new: int
    left_out: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    refused: bool = False
    published: Published | None = None
    not_published: str = ""
    fair_score: float | None = None
    fair_within_reach: float = 0.0
    asked_to_publish: bool = True

    @property
    def partial(self) -> bool:
        """True if something was left out."""
        return bool(self.left_out)

    @property
    def exit_code(self) -> int:
        """0 done, 1 refused, partial or not published though asked."""
        held = self.asked_to_publish and self.published is None
        return int(self.refused or self.partial or held)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines; no raw names."""
        return {
            "out": str(self.out),
            "report": str(self.report) if self.report else None,
            "owner_report": str(self.owner_report),
            "plan": str(self.plan_path),
            "n_recordings": self.n_recordings,
            "n_participants": self.n_participants,
            "n_new": self.n_new,
            "partial": self.partial,
            "left_out": self.left_out,
            "refused": self.refused,
            "published": asdict(self.published) if self.published else None,
            "not_published": self.not_published,
            "fair_score": self.fair_score,
            "fair_within_reach": self.fair_within_reach,
            "findings": [finding.as_dict() for finding in self.findings],
            "exit_code": self.exit_code,
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What `check` or `fix` saw in a dataset.

    Attributes
    ----------
    dataset : Path
        The folder.
    findings : tuple of Finding
        Numbered from 1 in this order: ``fascicle fix DIR N`` mends the N-th.
    repaired : tuple of str
        What `fix` did.
    sealed : bool or None
        True if every byte is as it was proven; None if there is no seal.
    """

    dataset: Path
    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()
    sealed: bool | None = None

    @property
    def exit_code(self) -> int:
        """1 if any finding is an error."""
        return int(count_errors(self.findings) > 0)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines."""
        return {
            "dataset": str(self.dataset),
            "sealed": self.sealed,
            "repaired": list(self.repaired),
            "findings": [finding.as_dict() for finding in self.findings],
            "exit_code": self.exit_code,
        }
