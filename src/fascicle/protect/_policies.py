"""What may leave, by name: three policies, and what each does to a day and an age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Literal

from fascicle.errors import PrivacyError


@dataclass(frozen=True, slots=True)
class Person:
    """What the vault remembers of one person in one study.

    Attributes
    ----------
    label : str
        Pseudonym: the BIDS label without ``sub-``.
    shift_days : int
        Whole days that are added to every date under the policy ``shifted``; negative.
    key : bytes
        32 random bytes that belong to this person in this study alone.

    Examples
    --------
    >>> Person("007", -4000, b"secret")
    Person(label='007')
    """

    label: str
    shift_days: int = field(default=0, repr=False)
    key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A named decision on what may leave.

    Attributes
    ----------
    name : str
        As typed: ``"safe-harbour"``.
    title : str
        A few words for a report.
    summary : str
        What it does, in one sentence.
    dates : str
        ``"year"``: only the year is kept; ``"shift"``: moved per person by a whole number of days,
        intervals and time of day kept; ``"keep"``: as they were.
    pool_age_over : int or None
        Ages above it, in years, are given as this number; None keeps every age.
    note : str
        What a reader must know before relying on it; empty if nothing.
    """

    name: str
    title: str
    summary: str
    dates: Literal["year", "shift", "keep"]
    pool_age_over: int | None = 89
    note: str = ""


_POLICIES = (
    Policy(
        name="safe-harbour",
        title="Safe Harbor",
        summary=(
            "Of dates only the year stays, ages over 89 are pooled as 89, and names, numbers, "
            "operators, institutions, places, serial numbers and free text are gone "
            "(after 45 CFR 164.514(b)(2))."
        ),
        dates="year",
        note=(
            "Pictures of a head, voices and names that nobody listed are not judged by this "
            "policy; see what a person must look at."
        ),
    ),
    Policy(
        name="shifted",
        title="Shifted dates",
        summary=(
            "As Safe Harbor, but dates are moved by a whole number of days that is drawn once for "
            "each person; intervals and time of day stay."
        ),
        dates="shift",
        note="Dates that keep their intervals need an expert determination (45 CFR 164.514(b)(1)).",
    ),
    Policy(
        name="animal",
        title="Animals",
        summary="Dates and ages stay; names of staff, institutions, paths and free text are gone.",
        dates="keep",
        pool_age_over=None,
        note="For animals only: it does not protect a human participant.",
    ),
)
POLICIES: Mapping[str, Policy] = MappingProxyType({policy.name: policy for policy in _POLICIES})
"""Every policy by its name."""


def require_policy(name: str) -> Policy:
    """Return the policy of this name.

    Raises
    ------
    PrivacyError
        FSC400 if there is none.

    Examples
    --------
    >>> require_policy("shifted").dates
    'shift'
    """
    if name not in POLICIES:
        raise PrivacyError(
            "FSC400",
            f"Expected one of {', '.join(POLICIES)} as the policy, got another word.",
            "Name one of these.",
        )
    return POLICIES[name]


def release_time(when: datetime | None, policy: Policy, shift_days: int = 0) -> datetime | None:
    """Return a moment as the policy lets it leave, in UTC.

    A moment without a time zone is taken as UTC.

    Parameters
    ----------
    when : datetime or None
        As recorded.
    policy : Policy
        What of a date may leave.
    shift_days : int
        Whole days that are added under a policy that moves dates.

    Returns
    -------
    datetime or None
        None where nothing was known.

    Examples
    --------
    >>> moment = datetime(2013, 5, 12, 9, 30, tzinfo=UTC)
    >>> str(release_time(moment, POLICIES["safe-harbour"]))
    '2013-01-01 00:00:00+00:00'
    >>> str(release_time(moment, POLICIES["shifted"], -4000))
    '2002-05-30 09:30:00+00:00'
    """
    if when is None:
        return None
    moment = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    if policy.dates == "year":
        # The year of the local calendar, as the lab wrote it.
        return datetime(when.year, 1, 1, tzinfo=UTC)
    if policy.dates == "shift":
        return moment + timedelta(days=shift_days)
    return moment


def permits_day(day: date, policy: Policy) -> bool:
    """Tell whether a full date may stand in a released file under this policy.

    Examples
    --------
    >>> permits_day(date(2013, 1, 1), POLICIES["safe-harbour"])
    True
    >>> permits_day(date(2013, 5, 12), POLICIES["safe-harbour"])
    False
    """
    return policy.dates != "year" or (day.month == 1 and day.day == 1)


def release_age(age_years: float | None, policy: Policy) -> str:
    """Return an age as it may leave: whole years, ``"n/a"`` if unknown, the highest ones pooled.

    BIDS asks for the plain number 89 for everybody of 89 and over. Under three years one decimal
    stays, because development is fast. Animals keep three decimals.

    Examples
    --------
    >>> [release_age(age, POLICIES["safe-harbour"]) for age in (34.7, 93.0, 0.54, None)]
    ['34', '89', '0.5', 'n/a']
    """
    if age_years is None or not 0 <= age_years < 150:
        return "n/a"
    if policy.pool_age_over is None:
        return f"{age_years:.3f}".rstrip("0").rstrip(".")
    if age_years >= policy.pool_age_over:
        return str(policy.pool_age_over)
    if age_years < 3:
        return f"{int(age_years * 10) / 10:g}"
    return str(int(age_years))
