"""The official BIDS validator, run here on this machine, its words turned into findings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from fascicle.core import Finding, Severity

from ._bids_advice import ADVICE, Advice
from ._sidecars import can_correct, can_describe, can_fill

ORIGIN = "bids-validator"
MAX_PLACES = 200
"""Findings of one code beyond which its places are summed up."""
SHOWN_PLACES = 5
_RECOMMENDED = ("JSON_KEY_RECOMMENDED", "SIDECAR_KEY_RECOMMENDED")
_TELLING = frozenset({"DeviceSerialNumber", "InstitutionAddress", "InstitutionName",
                      "InstitutionalDepartmentName", "StationName"})  # fmt: skip
"""Fields that BIDS recommends and de-identification takes away."""
_MAIN = {".eeg": ".vhdr", ".vmrk": ".vhdr", ".fdt": ".set"}
_PART = re.compile(r"\.(eeg|vmrk|fdt)$")
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}


def validate_bids(dataset: Path, *, timeout_s: float = 3600.0) -> tuple[Finding, ...]:
    """Run the official BIDS validator on a dataset.

    It runs as a program of its own that may read the dataset and nothing else: no network, no
    writing, no other programs. All rows of all tables are looked at.

    Parameters
    ----------
    dataset : Path
        Top folder of the dataset; it is only read.
    timeout_s : float
        Longest time that it may take, in seconds.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then notes; by place within each. Fields that BIDS merely
        recommends are notes, one for each file. A code with more than 200 places is one finding
        with their number and the first of them. `Finding.repair` names a repair where one is sure
        to need no judgement.

    Notes
    -----
    If the validator is not installed or cannot run, the one finding says so
    (``bids.validator-missing``, ``bids.validator-failed``): no finding never means "not checked".
    """
    command = _find_command()
    if command is None:
        return (
            _make_finding(
                "bids.validator-missing", Severity.WARNING, "dataset",
                "The official BIDS validator is not installed: the dataset was not validated.",
                "Install it with: pip install bids-validator-deno",
            ),
        )  # fmt: skip
    try:
        output = _run(command, dataset, timeout_s)
    except (OSError, subprocess.SubprocessError, ValueError):
        return (
            _make_finding(
                "bids.validator-failed", Severity.WARNING, "dataset",
                "The official BIDS validator did not finish: the dataset was not validated.",
                "Run bids-validator-deno on the dataset by hand to see why.",
            ),
        )  # fmt: skip
    return gather_issues(output["issues"]["issues"], output["issues"].get("codeMessages", {}))


UNVALIDATED = frozenset({"bids.validator-missing", "bids.validator-failed"})
"""Codes of the findings that say that the validator has told nothing."""


def _find_command() -> list[str] | None:
    """Return the command line without the dataset; None if a part of it is missing."""
    try:
        from deno import find_deno_bin  # type: ignore[import-untyped]  # it ships no types

        deno = str(find_deno_bin())
        with as_file(files("bids_validator_deno") / "bids-validator.js") as bundle:
            script = str(bundle)
    except (ImportError, FileNotFoundError):
        return None
    if not Path(script).is_file():
        return None
    permissions = ["--deny-net", "--deny-run", "--deny-write", "--allow-env", "--allow-read=."]
    if sys.platform == "win32":
        permissions.append("--allow-sys=osRelease")
    options = ["--no-prompt", "--no-remote", "--cached-only", "--no-config", "--no-lock"]
    # The dataset is the working folder: a comma in its path would split --allow-read.
    return [deno, "run", *options, *permissions, script, ".", "--format", "json", "--max-rows=-1"]


def _run(command: list[str], dataset: Path, timeout_s: float) -> dict[str, Any]:
    """Run the validator in the dataset; its exit status only repeats what its output says."""
    environment = os.environ | {"DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        cwd=dataset,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    output = json.loads(done.stdout)
    if not isinstance(output, dict) or "issues" not in output:
        raise ValueError("The validator's output has no issues.")
    return output


def gather_issues(
    issues: Iterable[dict[str, Any]], messages: dict[str, str]
) -> tuple[Finding, ...]:
    """Turn the validator's issues into findings, alike ones into one."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    severities: dict[tuple[str, str], Severity] = {}
    issues = list(issues)
    nobody = any(issue["code"] == "NO_AUTHORS" for issue in issues)
    for issue in issues:
        code = str(issue["code"])
        if nobody and code == "TOO_FEW_AUTHORS":
            continue  # said once is enough
        if code in _RECOMMENDED and issue.get("subCode") in _TELLING:
            continue  # nobody should be advised to say where and on which machine it was
        severity = _SEVERITIES.get(str(issue.get("severity")), Severity.NOTE)
        key = (code, "") if code in _RECOMMENDED else (code, str(issue.get("subCode") or ""))
        severities[key] = Severity.NOTE if code in _RECOMMENDED else severity
        place = str(issue.get("location") or "/").lstrip("/") or "dataset"
        if code.startswith(("SIDECAR_", "EVENTS_TSV_MISSING")):
            # One sidecar serves all files of a recording: it is named by the one that is read.
            place = _PART.sub(lambda part: _MAIN[part[0]], place)
        groups[key].append((place, str(issue.get("subCode") or "")))
    findings: list[Finding] = []
    for key, places in groups.items():
        findings.extend(_describe_group(key[0], severities[key], places, messages))
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    return tuple(sorted(findings, key=lambda f: (order.index(f.severity), f.place, f.code)))


def _describe_group(
    code: str, severity: Severity, places: list[tuple[str, str]], messages: dict[str, str]
) -> Iterable[Finding]:
    """Yield one finding for each place of a code, or one for all of very many."""
    words_by_place: dict[str, list[str]] = defaultdict(list)
    for place, what in places:
        if what not in words_by_place[place]:
            words_by_place[place].append(what)
    many = len(words_by_place) > MAX_PLACES
    if many:
        shown = ", ".join(sorted(words_by_place)[:SHOWN_PLACES])
        words = list(dict.fromkeys(what for _, what in places))
        where = f" This concerns {len(words_by_place)} files, the first: {shown}."
        words_by_place = {"dataset": words}
    for place, words in words_by_place.items():
        advice = _find_advice(code, messages)
        what = ", ".join(words)
        yield _make_finding(
            "bids." + code.lower().replace("_", "-"), severity, place,
            advice.reason.replace("{what}", what) + (where if many else ""),
            advice.fix.replace("{what}", what),
            _choose_repair(code, place, words, advice),
        )  # fmt: skip


def _find_advice(code: str, messages: dict[str, str]) -> Advice:
    """Return our words for a code, or the validator's own, which never hold a value."""
    if code in ADVICE:
        return ADVICE[code]
    words = " ".join(messages.get(code, "").split()) or code.replace("_", " ").capitalize() + "."
    return Advice(words, "See what the BIDS specification says about it.")


def _choose_repair(code: str, place: str, words: list[str], advice: Advice) -> str:
    """Name the repair of a finding; one that depends on the field only where it can help."""
    if code in ("SIDECAR_KEY_REQUIRED", "SIDECAR_KEY_RECOMMENDED"):
        return "fill-sidecar" if any(can_fill(word) for word in words) else ""
    if code in ("JSON_KEY_REQUIRED", "JSON_KEY_RECOMMENDED"):
        known = {"BIDSVersion", "DatasetType", "Name"} & set(words)
        return "complete-description" if place == "dataset_description.json" and known else ""
    if code == "JSON_SCHEMA_VALIDATION_ERROR":
        return "correct-values" if any(can_correct(word) for word in words) else ""
    if advice.repair == "describe-columns":
        return advice.repair if any(can_describe(word) for word in words) else ""
    return advice.repair


def _make_finding(
    code: str, severity: Severity, place: str, reason: str, fix: str, repair: str = ""
) -> Finding:
    """Make a finding of the validator."""
    return Finding(code, severity, place, reason, fix, origin=ORIGIN, repair=repair)
