"""What people do with a commons: publish, find, show, get, verify, log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fascicle.core import ProgressHook, Request
from fascicle.discover import find as find_in
from fascicle.discover import parse_query
from fascicle.errors import Refusal
from fascicle.govern import CatalogueEntry, Grant, Hit, LogEntry, commons_path, open_commons

from ._options import CheckResult, Published
from ._release import publish_workspace
from ._workspace import Workspace


def publish(
    out: Path | str,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
    accept_key: bool = False,
    on_progress: ProgressHook | None = None,
) -> Published:
    """Publish a dataset that `share` made and proved.

    Parameters
    ----------
    out : Path or str
        The dataset, with its private workspace beside it.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who publishes.
    accept_key : bool
        True lets the agent sign with a new key from now on, after a vault was lost or renewed.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    Published
        Its name; publishing the same bytes again returns the same version.

    Raises
    ------
    Refusal
        FSC5xx if a byte is not as it was proven, consent is missing, or it is not sure who is who.
    InputError
        FSC104 if the private workspace is not beside the dataset.

    Examples
    --------
    >>> from fascicle import publish
    >>> publish("dataset").version  # doctest: +SKIP
    '1'
    """
    space = Workspace(Path(out).absolute())
    if space.read_record()["n_bids_errors"]:
        raise Refusal(
            "FSC550",
            "Expected a valid BIDS dataset, but the official validator reports errors.",
            "Mend them (`fascicle check`, `fascicle fix`), then publish again.",
        )
    return publish_workspace(
        space, commons=commons_path(commons), agent=agent, accept_key=accept_key, hook=on_progress
    )


def find(
    *words: str,
    commons: Path | str | None = None,
    agent: str = "",
    limit: int = 20,
    **filters: Any,  # noqa: ANN401 - modality, task, species, age, sex, min_participants
) -> tuple[Hit, ...]:
    """Find datasets by words and filters.

    Parameters
    ----------
    *words : str
        Plain words; filters such as ``modality:eeg`` or ``n>=20`` may stand among them.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who looks.
    limit : int
        How many at most.
    **filters
        ``modality``, ``task``, ``species``, ``sex`` (words), ``age`` (``"20-40"``, in years),
        ``min_participants`` (int).

    Returns
    -------
    tuple of Hit
        The best first, each with its `Dataset` and its score.

    Examples
    --------
    >>> from fascicle import find
    >>> hits = find("resting", "eeg", min_participants=20)  # doctest: +SKIP
    """
    named = [f"{name}:{filters[name]}" for name in ("modality", "task", "sex", "age")
             if filters.get(name)]  # fmt: skip
    if filters.get("species"):
        named.append(f'species:"{filters["species"]}"')
    if filters.get("min_participants"):
        named.append(f"n>={filters['min_participants']}")
    query = parse_query(" ".join([*words, *named]))
    with open_commons(commons_path(commons), agent=agent) as handle:
        return find_in(handle, query, limit)


def _split(dataset: str) -> tuple[str, str]:
    """Split ``ds-...@2`` into id and version."""
    name, _, version = dataset.partition("@")
    return name, version


def show(dataset: str, *, commons: Path | str | None = None, agent: str = "") -> CatalogueEntry:
    """Say what is known of a dataset in a commons.

    Parameters
    ----------
    dataset : str
        Its id, with ``@version`` or without.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who looks.

    Returns
    -------
    CatalogueEntry
        Description, versions, conditions, how it was made.

    Raises
    ------
    InputError
        FSC153 if there is no such dataset.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.describe(*_split(dataset))


def lineage(dataset: str, *, commons: Path | str | None = None, agent: str = "") -> dict[str, Any]:
    """Say how a dataset came to be, as W3C PROV-JSON.

    Parameters
    ----------
    dataset : str
        Its id, with ``@version`` or without.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who looks.

    Returns
    -------
    dict
        A PROV document: entities, activities, agents and how they hang together.

    Raises
    ------
    InputError
        FSC153 if there is no such dataset.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.lineage(*_split(dataset))


def get(
    dataset: str,
    destination: Path | str,
    request: Request | None = None,
    *,
    commons: Path | str | None = None,
) -> Grant:
    """Fetch a dataset, if its conditions allow the use that is named.

    Parameters
    ----------
    dataset : str
        Its id, with ``@version`` or without.
    destination : Path or str
        An empty or new folder; it appears when all files are there and verified.
    request : Request or None
        Who asks and what for; both are written to the log, as is the answer. None is the owner,
        who names no purpose.
    commons : Path, str or None
        Folder of the commons; None is the user's own.

    Returns
    -------
    Grant
        Where it lies now, and on what ground and with which duties it was given.

    Raises
    ------
    Refusal
        FSC520, with the condition that says no.
    """
    name, version = _split(dataset)
    asked = request or Request("owner")
    with open_commons(commons_path(commons), agent=asked.agent, purpose=asked.purpose) as handle:
        return handle.read(name, version, Path(destination).absolute(), asked)


def verify(*, commons: Path | str | None = None, agent: str = "owner") -> CheckResult:
    """Check a commons: every stored byte, every table, the chain of the log.

    Parameters
    ----------
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who checks.

    Returns
    -------
    CheckResult
        Empty findings if all is as it was written.
    """
    folder = commons_path(commons)
    with open_commons(folder, agent=agent) as handle:
        return CheckResult(folder, handle.verify())


def log(
    dataset: str | None = None, *, commons: Path | str | None = None, agent: str = "owner"
) -> tuple[LogEntry, ...]:
    """Return the log: who did what, grants and refusals, the oldest first.

    Parameters
    ----------
    dataset : str or None
        Only the lines about this dataset.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who asks.

    Returns
    -------
    tuple of LogEntry
        Each with its number, time, event, details and the digest that the next one holds.
    """
    with open_commons(commons_path(commons), agent=agent) as handle:
        return handle.log(_split(dataset)[0] if dataset else None)
