"""Label the recordings of a dataset: what is there, how sure, and by which method."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle import __version__
from fascicle.core import Annotation, Finding, Progress, ProgressHook, Severity, say_count
from fascicle.describe import describe_dataset
from fascicle.errors import FascicleError, FormatError, InputError, JobError
from fascicle.jobs import n_usable_cores, run_all, translate_os_error
from fascicle.quality import (
    ANNOTATORS,
    Annotator,
    card_address,
    read_label_version,
    write_annotation,
    write_label_cells,
    write_label_head,
)
from fascicle.report import LabelStory, write_label_report

from ._check import require_dataset
from ._decisions import Decided, match_decisions, read_decisions
from ._label_units import Unit, list_units
from ._options import count_errors
from ._risk_page import require_page
from ._sealed import is_unfinished, keep_sealed


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one method said of one recording.

    Attributes
    ----------
    place : str
        The recording's path in the dataset.
    annotation : Annotation
        Labels, measures, findings; pictures where a page was asked for.
    n_decided : int
        Labels about which a person decided in an earlier run.
    """

    place: str
    annotation: Annotation
    n_decided: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines."""
        counts: dict[str, int] = {}
        for label in self.annotation.labels:
            counts[label.kind] = counts.get(label.kind, 0) + 1
        return {
            "recording": self.place,
            "method": self.annotation.method,
            "version": self.annotation.version,
            "labels": dict(sorted(counts.items())),
            "measures": {
                name: one.value if math.isfinite(one.value) else None
                for name, one in sorted(self.annotation.measures.items())
            },
            "n_decided": self.n_decided,
        }


@dataclass(frozen=True, slots=True)
class AnnotateResult:
    """What `annotate` did.

    Attributes
    ----------
    dataset : Path
        The dataset.
    labelled : tuple of Labelled
        What was labelled in this run, in order of paths.
    n_kept : int
        Recordings whose labels were there already, by the same version of the method.
    findings : tuple of Finding
        What could not be labelled, and why.
    """

    dataset: Path
    labelled: tuple[Labelled, ...]
    n_kept: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if any finding is an error."""
        return int(count_errors(self.findings) > 0)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for machines."""
        return {
            "dataset": str(self.dataset),
            "labelled": [one.as_dict() for one in self.labelled],
            "n_kept": self.n_kept,
            "findings": [finding.as_dict() for finding in self.findings],
            "exit_code": self.exit_code,
        }


def annotate(
    dataset: Path | str,
    what: Sequence[str] = (),
    *,
    again: bool = False,
    report: Path | str | None = None,
    n_jobs: int | None = None,
    on_progress: ProgressHook | None = None,
) -> AnnotateResult:
    """Label the recordings of a BIDS dataset.

    Labels lie in ``derivatives/fascicle-annotate``; the recordings are only read. A dataset that
    was proven is proven and sealed again with them. Killed at any moment, the same call goes on.

    Parameters
    ----------
    dataset : Path or str
        The folder.
    what : sequence of str
        Names of methods; none means all of them.
    again : bool
        True labels again what the present version of a method labelled already.
    report : Path, str or None
        An HTML file outside the dataset for a page with pictures of what made the labels; all
        recordings are labelled again for it. It is for the owner: heads can be seen on it.
    n_jobs : int or None
        Processes; None takes all cores.
    on_progress : callable or None
        Told of every recording.

    Returns
    -------
    AnnotateResult
        Labels and findings.

    Raises
    ------
    InputError
        FSC105 if the folder is no BIDS dataset, FSC134 if there is no such method,
        FSC189 if the report is no HTML file outside the dataset.
    PrivacyError
        As `fix`, for a dataset that was proven.

    Examples
    --------
    >>> from fascicle import annotate
    >>> annotate("dataset", ["artifacts"]).exit_code  # doctest: +SKIP
    0
    """
    folder = require_dataset(dataset)
    annotators, page = _choose(what), require_page(folder, report)
    units = tuple(list_units(folder, annotators))
    here, away = _part(folder, units)
    due = [
        unit
        for unit in here
        if again or page or read_label_version(folder, unit[1], unit[0].name) != unit[0].version
    ]
    if not due and not is_unfinished(folder):
        return AnnotateResult(folder, (), len(here), away)
    work = _Work(folder, n_jobs or n_usable_cores(), page is not None, read_decisions(folder))
    with keep_sealed(folder, on_progress):
        used = {annotator.name for annotator, _ in here}
        write_label_head(folder, [one for one in annotators if one.name in used])
        labelled, findings = _label(work, due, on_progress)
    if page is not None:
        _write_page(page, folder, annotators, labelled)
    return AnnotateResult(folder, labelled, len(here) - len(due), (*away, *findings))


@dataclass(frozen=True, slots=True)
class _Work:
    """What is the same for every recording."""

    folder: Path
    n_jobs: int
    with_pictures: bool
    decided: Decided


def _part(folder: Path, units: Sequence[Unit]) -> tuple[tuple[Unit, ...], tuple[Finding, ...]]:
    """Part recordings from those whose content is not here, as in a clone without its annex."""
    here = tuple(unit for unit in units if (folder / unit[1]).exists())
    away = sorted({str(place) for _, place in units} - {str(place) for _, place in here})
    return here, tuple(
        Finding(
            "label.not-here", Severity.WARNING, place,
            "Expected the content of the recording, got a link to what is not here.",
            "Fetch it (`datalad get`), then run the same command again.",
            origin="annotate",
        )
        for place in away
    )  # fmt: skip


def _write_page(
    page: Path, folder: Path, annotators: Sequence[Annotator], labelled: Sequence[Labelled]
) -> None:
    """Write the page with pictures."""
    story = LabelStory(
        name=describe_dataset(folder).name,
        said=[(one.place, one.annotation) for one in labelled],
        titles={annotator.name: annotator.title for annotator in annotators},
        kinds={kind: says for one in annotators for kind, says in one.kinds.items()},
        cards={annotator.name: card_address(annotator.card) for annotator in annotators},
        made_with={"Fascicle": __version__}
        | {f"Method {one.name}": f"version {one.version}" for one in annotators},
    )
    try:
        write_label_report(page, story)
    except OSError as error:
        raise translate_os_error(error) from error


def _choose(what: Sequence[str]) -> tuple[Annotator, ...]:
    """Return the methods that are asked for, in the order in which they run."""
    known = {annotator.name for annotator in ANNOTATORS}
    if unknown := set(what) - known:
        raise InputError(
            "FSC134",
            f"Expected names of methods ({', '.join(sorted(known))}), got {len(unknown)} that "
            "none has.",
            "See `fascicle annotate --help`.",
        )
    return tuple(one for one in ANNOTATORS if not what or one.name in what)


def _label(
    work: _Work, due: Sequence[Unit], hook: ProgressHook | None
) -> tuple[tuple[Labelled, ...], tuple[Finding, ...]]:
    """Label recordings, several at a time, and write each as soon as it is done."""
    # The longest first, so that no process waits for one that began last.
    largest_first = sorted(due, key=lambda unit: -(work.folder / unit[1]).stat().st_size)
    items = [
        (work.folder, annotator, place, work.with_pictures) for annotator, place in largest_first
    ]
    labelled, findings = [], []
    for n_done, outcome in enumerate(run_all(_label_one, items, n_jobs=work.n_jobs), start=1):
        annotator, place = largest_first[outcome.index]
        if outcome.value is None:
            findings.append(_failed(place, outcome.error))
        else:
            try:
                labelled.append(_keep(work, annotator, place, outcome.value))
            except (InputError, FormatError) as error:  # a table that a person damaged, odd cells
                findings.append(_failed(place, error))
            else:
                findings.extend(labelled[-1].annotation.findings)
        if hook is not None:
            hook(Progress("annotate", n_done, len(items), f"{annotator.name}: {place.name}"))
    labelled.sort(key=lambda one: (one.annotation.method, one.place))
    return tuple(labelled), tuple(sorted(findings, key=lambda f: (f.place, f.code)))


def _label_one(unit: tuple[Path, Annotator, PurePosixPath, bool]) -> Annotation:
    """Label one recording, in whatever process; pictures of thousands would fill the memory."""
    folder, annotator, place, with_pictures = unit
    annotation = annotator.annotate(folder, place)
    return annotation if with_pictures else replace(annotation, pictures=())


def _keep(
    work: _Work, annotator: Annotator, place: PurePosixPath, annotation: Annotation
) -> Labelled:
    """Write labels, with what people decided about them before."""
    placed = tuple(replace(finding, place=str(place)) for finding in annotation.findings)
    decisions, n_left = match_decisions(
        work.folder, place, annotator.name, annotation.labels, work.decided
    )
    annotation = replace(annotation, findings=(*placed, *_say_left(place, n_left)))
    write_label_cells(work.folder, place, annotation)
    annotation = replace(annotation, found=None)
    write_annotation(work.folder, place, annotation, kinds=annotator.kinds, decisions=decisions)
    return Labelled(str(place), annotation, len(decisions))


def _say_left(place: PurePosixPath, n_left: int) -> Iterator[Finding]:
    """Yield a finding if decisions are about what no method says any more."""
    if n_left:
        yield Finding(
            "label.decision-left", Severity.NOTE, str(place),
            f"{say_count(n_left, 'decision')} of people are about labels that the method does not "
            "make any more.",
            "They are kept, and hold again if the label comes back.",
            origin="annotate",
        )  # fmt: skip


def _failed(place: PurePosixPath, error: FascicleError | None) -> Finding:
    """Return the finding on a recording whose labelling did not end."""
    if error is None:
        error = JobError("FSC706", "Expected labels, got nothing.", "Report it with these words.")
    return Finding(
        "label.failed", Severity.ERROR, str(place),
        f"The recording could not be labelled [{error.code}]: {error.problem}",
        error.remedy,
        origin="annotate",
    )  # fmt: skip
