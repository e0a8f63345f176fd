"""Check a BIDS folder, mend what needs no judgement, and prove again what was mended."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from fascicle.core import Finding, ProgressHook, Severity
from fascicle.errors import InputError
from fascicle.jobs import lock_folder
from fascicle.protect import check_seal
from fascicle.quality import check_folder, repair

from ._options import CheckResult, count_errors
from ._release import read_seal
from ._sealed import changed_since, prove_again, require_identifiers
from ._workspace import Workspace

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def check(dataset: Path | str, *, on_progress: ProgressHook | None = None) -> CheckResult:
    """Check a BIDS folder: official validator, signal quality, seal.

    Parameters
    ----------
    dataset : Path or str
        The folder; nothing in it is changed.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    CheckResult
        Findings, numbered from 1 in their order; ``exit_code`` is 1 if one is an error.

    Raises
    ------
    InputError
        FSC105 if the folder is no BIDS dataset.

    Examples
    --------
    >>> from fascicle import check
    >>> check("dataset").exit_code  # doctest: +SKIP
    0
    """
    folder = require_dataset(dataset)
    findings = list(check_folder(folder, on_progress=on_progress))
    document = read_seal(Workspace(folder))
    broken = check_seal(folder, document) if document is not None else ()
    gravest_first = sorted([*findings, *broken], key=lambda f: _ORDER.index(f.severity))
    sealed = None if document is None else not broken
    return CheckResult(folder, tuple(gravest_first), sealed=sealed)


def require_dataset(dataset: Path | str) -> Path:
    """Return the folder of a dataset.

    Raises
    ------
    InputError
        FSC105 if it has no dataset_description.json.
    """
    # Without "..": the private workspace is found by the folder's own name.
    folder = Path(os.path.abspath(dataset))  # noqa: PTH100 - resolve() would follow links
    if not (folder / "dataset_description.json").is_file():
        raise InputError(
            "FSC105",
            "Expected a BIDS dataset, found no dataset_description.json in the folder.",
            "Name the top folder of a dataset, or make one with `fascicle share RAW OUT`.",
        )
    return folder


def fix(
    dataset: Path | str,
    number: int | None = None,
    *,
    accept_edits: bool = False,
    on_progress: ProgressHook | None = None,
) -> CheckResult:
    """Mend what needs no judgement; a dataset that was proven is proven again.

    Parameters
    ----------
    dataset : Path or str
        The folder.
    number : int or None
        Only this finding of `check`, counted from 1; None mends all that can be mended.
    accept_edits : bool
        True proves and seals again what a person changed by hand since the last proof.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    CheckResult
        What is left, and what was mended.

    Raises
    ------
    InputError
        FSC106 if there is no finding of that number, or it needs a person.
    PrivacyError
        FSC430 if an identifier is found now, FSC451 if the dataset was changed since it was proven
        and that is not accepted, FSC452 if what the proof searched for is lost.
    """
    folder = require_dataset(dataset)
    space = Workspace(folder)
    before = check(folder, on_progress=on_progress)
    if before.sealed is False and not accept_edits:
        raise changed_since()
    chosen = _choose(before.findings, number)
    if before.sealed is None:
        done = _mend(folder, chosen)
    else:
        require_identifiers(space)
        with lock_folder(space.folder):
            done = _mend(folder, chosen)
            prove_again(space, on_progress)
    after = check(folder, on_progress=on_progress)
    if before.sealed is not None:
        n_errors = count_errors(f for f in after.findings if f.origin == "bids-validator")
        record = space.read_record()
        changed = {f.place for f in before.findings if f.origin == "seal" and f.place != "dataset"}
        edited = sorted(changed | set(record.get("edited", ())))
        space.write_record(record | {"n_bids_errors": n_errors, "edited": edited})
    return replace(after, repaired=done)


def _choose(findings: tuple[Finding, ...], number: int | None) -> list[Finding]:
    if number is None:
        return [finding for finding in findings if finding.repair]
    if number > len(findings):
        raise InputError(
            "FSC106",
            f"Expected the number of a finding from 1 to {len(findings)}, got {number}.",
            "See the numbers with `fascicle check DIR`.",
        )
    if not findings[number - 1].repair:
        raise InputError(
            "FSC106",
            f"Expected a finding that can be mended without judgement; number {number} "
            f"({findings[number - 1].code}) needs a person.",
            findings[number - 1].fix,
        )
    return [findings[number - 1]]


def _mend(folder: Path, findings: list[Finding]) -> tuple[str, ...]:
    done = [repair(folder, finding) for finding in findings]
    return tuple(dict.fromkeys(sentence for sentence in done if sentence))
