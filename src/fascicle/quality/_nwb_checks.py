"""The NWB Inspector, with the configuration of the DANDI archive, as findings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from fascicle.core import Finding, Severity, say_count
from fascicle.errors import JobError
from fascicle.jobs import run_isolated

from ._metadata import make_finding, name_some

_SEVERITIES = {
    "ERROR": Severity.ERROR,
    "PYNWB_VALIDATION": Severity.ERROR,
    "CRITICAL": Severity.ERROR,
    "BEST_PRACTICE_VIOLATION": Severity.WARNING,
    "BEST_PRACTICE_SUGGESTION": Severity.NOTE,
}
_LEFT_OUT = frozenset({
    "check_experimenter_exists",
    "check_experimenter_form",
    "check_institution",
})
"""What points to people and places stays behind: that it is missing is no fault."""

_UNKNOWN = {
    "check_subject_species_exists": ("species of the subject", "a column species"),
    "check_subject_age": ("age of the subject", "a column age"),
    "check_subject_sex": ("sex of the subject", "a column sex"),
}
"""Checks of the archive for what the participants' table tells."""

_TIMEOUT_S = 600.0

Message = tuple[str, str, str]
"""Importance, name of the check, and where in the file."""


def inspect_nwb(path: Path) -> tuple[Finding, ...]:
    """Return what the NWB Inspector says of a file, offline and in a process apart.

    Parameters
    ----------
    path : Path
        An ``.nwb`` file.

    Returns
    -------
    tuple of Finding
        One for each check that found something, the worst first. An inspector that is not
        installed or fails is a note: the file may be well.
    """
    try:
        messages = run_isolated(_inspect, str(path), timeout_s=_TIMEOUT_S)
    except JobError as error:
        return (_not_inspected(path, error.code),)
    if messages is None:
        return (_not_inspected(path, "not installed"),)
    return tuple(_to_findings(messages, path.name))


def _inspect(path: str) -> list[Message] | None:
    """Run the inspector; runs in a process of its own."""
    import warnings

    warnings.simplefilter("ignore")
    try:
        from nwbinspector import inspect_nwbfile, load_config
    except ImportError:
        return None
    found = inspect_nwbfile(nwbfile_path=path, config=load_config("dandi"))
    return [
        (message.importance.name, message.check_function_name, message.location or "/")
        for message in found
    ]


def _to_findings(messages: list[Message], place: str) -> list[Finding]:
    """Return one finding for each check, and one for all suggestions together."""
    counts = Counter((m[0], m[1]) for m in messages if m[1] not in _LEFT_OUT)
    findings = []
    suggested = []
    for (importance, check), count in sorted(counts.items()):
        severity = _SEVERITIES.get(importance, Severity.WARNING)
        if severity is Severity.NOTE:
            suggested.append(_in_words(check))
        elif check in _UNKNOWN:
            what, column = _UNKNOWN[check]
            findings.append(
                make_finding(
                    "nwb.subject", Severity.WARNING, place,
                    f"The DANDI archive wants the {what}, and the file does not tell it.",
                    f"Put {column} into the participants' table and share the folder again.",
                )
            )  # fmt: skip
        else:
            findings.append(
                make_finding(
                    "nwb.inspector", severity, place,
                    f"The NWB Inspector's check '{_in_words(check)}' found "
                    f"{say_count(count, 'place')}.",
                    "Read what the check asks for at https://nwbinspector.readthedocs.io, and "
                    "mend it in the source.",
                )
            )  # fmt: skip
    if suggested:
        findings.append(
            make_finding(
                "nwb.suggestions", Severity.NOTE, place,
                f"The NWB Inspector suggests to say more: {name_some(suggested)}.",
                "Nothing needs to be done; a description helps those who use the data.",
            )
        )  # fmt: skip
    order = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def _in_words(check: str) -> str:
    """Return the name of a check as words."""
    return check.removeprefix("check_").replace("_", " ")


def _not_inspected(path: Path, why: str) -> Finding:
    return make_finding(
        "nwb.not-inspected", Severity.NOTE, path.name,
        f"The NWB Inspector could not look at the file ({why}).",
        "Install it with pip install 'fascicle[neurodata]', or run it on the file yourself.",
    )  # fmt: skip
