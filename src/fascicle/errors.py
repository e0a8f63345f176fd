"""Every error that Fascicle raises, with a stable code.

::

    FascicleError
    ├── InputError (ValueError)         FSC1xx  what a caller passed is not usable
    ├── FormatError (ValueError)        FSC2xx  a file is not what it says, or is broken
    ├── PlanError (ValueError)          FSC3xx  a plan cannot be read or followed
    ├── PrivacyError (RuntimeError)     FSC4xx  the proof failed, or the vault is not usable
    ├── Refusal (PermissionError)       FSC5xx  the gate says no; always written to the log
    ├── StoreError (OSError)            FSC6xx  a commons cannot be read, or was changed
    ├── JobError (RuntimeError)         FSC7xx  work could not be started or finished
    └── DependencyError (ImportError)   FSC8xx  an optional library is missing

A code never changes its meaning; ``docs/reference/errors.md`` has one entry for each. A message
names fields, types and counts, never a value read from a participant's data.
"""

from __future__ import annotations

__all__ = [
    "DependencyError",
    "FascicleError",
    "FormatError",
    "InputError",
    "JobError",
    "PlanError",
    "PrivacyError",
    "Refusal",
    "StoreError",
]


class FascicleError(Exception):
    """Something that stops the work.

    Parameters
    ----------
    code : str
        Stable code, as ``"FSC101"``.
    problem : str
        One sentence: what was expected and what came.
    remedy : str
        One sentence: what to do.

    Examples
    --------
    >>> str(InputError("FSC101", "Expected a folder, got a file.", "Name the folder."))
    '[FSC101] Expected a folder, got a file. Name the folder.'
    """

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(code, problem, remedy)
        self.code = code
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"[{self.code}] {self.problem} {self.remedy}"


class InputError(FascicleError, ValueError):
    """What a caller passed is not usable."""


class FormatError(FascicleError, ValueError):
    """A file is not what it says that it is, or is broken."""


class PlanError(FascicleError, ValueError):
    """A plan cannot be read or followed."""


class PrivacyError(FascicleError, RuntimeError):
    """The proof failed, or the vault is not usable."""


class Refusal(FascicleError, PermissionError):  # noqa: N818 - the house word for a gate's no
    """The gate's no, with the clause that it rests on."""

    def __str__(self) -> str:
        # OSError, a base, would print its own errno form.
        return FascicleError.__str__(self)


class StoreError(FascicleError, OSError):
    """A commons cannot be read, or was changed behind the gate's back."""

    def __str__(self) -> str:
        return FascicleError.__str__(self)


class JobError(FascicleError, RuntimeError):
    """Work could not be started or finished."""


class DependencyError(FascicleError, ImportError):
    """An optional library is missing."""
