"""What people do with a commons: publish, find, show, get, verify, log."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fascicle.core import Dataset, ProgressHook, Request
from fascicle.discover import find as find_in
from fascicle.discover import parse_query
from fascicle.errors import Refusal
from fascicle.govern import default_commons_path, open_commons

from ._options import CheckResult
from ._release import publish_workspace
from ._workspace import Workspace


def publish(
    out: Path | str,
    *,
    commons: Path | str | None = None,
    agent: str = "owner",
    on_progress: ProgressHook | None = None,
) -> dict[str, str]:
    """Publish a dataset that `share` made and proved.

    Parameters
    ----------
    out : Path or str
        The dataset, with its private workspace beside it.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who publishes.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    dict
        ``id`` and ``version``; publishing the same bytes again returns the same version.

    Raises
    ------
    Refusal
        FSC5xx if a byte is not as it was proven, consent is missing, or it is not sure who is who.
    InputError
        FSC104 if the private workspace is not beside the dataset.

    Examples
    --------
    >>> from fascicle import publish
    >>> publish("dataset")["version"]  # doctest: +SKIP
    '1'
    """
    space = Workspace(Path(out).absolute())
    blockers = [b for b in space.read_record()["blockers"] if "BIDS" in b]
    if blockers:
        raise Refusal(
            "FSC550",
            "Expected a valid BIDS dataset, but the official validator reports errors.",
            "Mend them (`fascicle check`, `fascicle fix`), then share and publish again.",
        )
    return publish_workspace(space, commons=_path(commons), agent=agent, hook=on_progress)


def _path(commons: Path | str | None) -> Path:
    return Path(commons) if commons is not None else default_commons_path()


def find(
    *words: str,
    commons: Path | str | None = None,
    agent: str = "",
    limit: int = 20,
    **filters: Any,  # noqa: ANN401 - modality, task, species, age, sex, min_participants
) -> list[dict[str, Any]]:
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
    list of dict
        The best first: ``id``, ``version``, ``name``, ``score`` and the facts of each dataset.

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
    with open_commons(_path(commons), agent=agent) as handle:
        hits = find_in(handle, query, limit)
        return [_facts(hit.dataset) | {"score": round(hit.score, 3)} for hit in hits]


def _facts(dataset: Dataset) -> dict[str, Any]:
    facts = asdict(dataset)
    facts["tier"] = dataset.tier.value
    return facts


def _split(dataset: str) -> tuple[str, str]:
    """Split ``ds-...@2`` into id and version."""
    name, _, version = dataset.partition("@")
    return name, version


def show(
    dataset: str, *, commons: Path | str | None = None, agent: str = "", prov: bool = False
) -> dict[str, Any]:
    """Say what is known of a dataset in a commons.

    Parameters
    ----------
    dataset : str
        Its id, with ``@version`` or without.
    commons : Path, str or None
        Folder of the commons; None is the user's own.
    agent : str
        Who looks.
    prov : bool
        True returns its lineage as W3C PROV-JSON instead.

    Returns
    -------
    dict
        Description, versions, conditions in plain words, how it was made.

    Raises
    ------
    InputError
        FSC153 if there is no such dataset.
    """
    name, version = _split(dataset)
    with open_commons(_path(commons), agent=agent) as handle:
        if prov:
            return handle.lineage(name, version)
        entry = handle.describe(name, version)
    steps = [f"{step.name} ({step.tool} {step.version})" for step in entry.activities]
    return _facts(entry.dataset) | {
        "versions": list(entry.versions),
        "conditions": list(entry.conditions.explain()),
        "published_at": entry.published_at.isoformat(),
        "publisher": entry.publisher,
        "protocol": entry.protocol,
        "n_files": entry.n_files,
        "made_by": steps,
    }


def get(
    dataset: str,
    destination: Path | str,
    request: Request | None = None,
    *,
    commons: Path | str | None = None,
) -> dict[str, Any]:
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
    dict
        ``id``, ``version``, ``n_files``, ``reason`` and ``obligations``.

    Raises
    ------
    Refusal
        FSC520, with the condition that says no.
    """
    name, version = _split(dataset)
    asked = request or Request("owner")
    with open_commons(_path(commons), agent=asked.agent, purpose=asked.purpose) as handle:
        grant = handle.read(name, version, Path(destination).absolute(), asked)
    return {
        "id": grant.dataset.id,
        "version": grant.dataset.version,
        "n_files": grant.n_files,
        "destination": str(destination),
        "reason": grant.decision.reason,
        "obligations": list(grant.decision.obligations),
    }


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
    folder = _path(commons)
    with open_commons(folder, agent=agent) as handle:
        return CheckResult(folder, handle.verify())


def log(
    dataset: str | None = None, *, commons: Path | str | None = None, agent: str = "owner"
) -> list[dict[str, Any]]:
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
    list of dict
        ``number``, ``at``, ``action``, ``agent``, ``dataset``, ``reason``, ``digest``.
    """
    with open_commons(_path(commons), agent=agent) as handle:
        entries = handle.log(_split(dataset)[0] if dataset else None)
    return [
        {
            "number": entry.number,
            "at": entry.at,
            "action": entry.event,
            "agent": str(entry.details.get("agent", entry.agent)),
            "dataset": str(entry.details.get("dataset", "")),
            "reason": str(entry.details.get("reason") or entry.details.get("clause") or ""),
            "digest": entry.digest,
        }
        for entry in entries
    ]
