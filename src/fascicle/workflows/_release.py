"""From a proven folder to a release in a commons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fascicle import __version__
from fascicle.core import Activity, Asset, Consent, Dataset, ProgressHook, Release, Tier
from fascicle.describe import describe_dataset
from fascicle.govern import open_commons
from fascicle.jobs import write_atomic

from ._options import Published
from ._workspace import Workspace, damaged


def write_seal(space: Workspace, seal: Mapping[str, Any]) -> None:
    """Keep the signed manifest in the private workspace."""
    write_atomic(space.seal, json.dumps(seal, indent=1, sort_keys=True))


def read_seal(space: Workspace) -> dict[str, Any] | None:
    """Return the signed manifest; None if there is none."""
    if not space.seal.exists():
        return None
    try:
        document: dict[str, Any] = json.loads(space.seal.read_text("utf-8"))
    except ValueError as error:
        raise damaged(space.seal) from error
    return document


def publish_workspace(
    space: Workspace,
    *,
    commons: Path,
    agent: str,
    accept_key: bool = False,
    hook: ProgressHook | None = None,
) -> Published:
    """Publish what a run made.

    Parameters
    ----------
    space : Workspace
        Where the run kept its record and seal.
    commons : Path
        Folder of the commons.
    agent : str
        Who publishes.
    accept_key : bool
        True lets the agent sign with a new key from now on.
    hook : callable or None
        Told of every step.

    Returns
    -------
    Published
        Its name in the commons.

    Raises
    ------
    Refusal
        FSC5xx if a byte is not as it was sealed, or consent is missing.
    """
    record = space.read_record()
    release = make_release(space, record, agent)
    handle = open_commons(commons, agent=agent, create=True)
    with handle:
        if accept_key:
            handle.accept_key(release.seal["public_key"])
        published = handle.publish(
            release,
            space.out,
            identity_confidence=record["identity_confidence"],
            protocol=record["protocol"],
            on_progress=hook,
        )
    return Published(published.dataset.id, published.dataset.version)


def make_release(space: Workspace, record: Mapping[str, Any], agent: str) -> Release:
    """Gather the nouns of a release: dataset, assets, consents, activities, seal."""
    sealed = read_seal(space) or {}
    manifest: Mapping[str, Mapping[str, Any]] = sealed.get("files", {})
    dataset = describe_dataset(space.out, tier=Tier(record["tier"]))
    assets = tuple(
        Asset(path, entry["sha256"], entry["size"], _kind(path), _behind(path, record))
        for path, entry in sorted(manifest.items())
    )
    return Release(
        dataset=dataset,
        assets=assets,
        consents={label: _consent(values) for label, values in record["consents"].items()},
        activities=_activities(record, dataset, agent),
        seal=sealed,
    )


def _kind(path: str) -> str:
    if path.startswith("derivatives/"):
        return "derivative"
    if "/" not in path:
        return "table" if path.endswith(".tsv") else "description"
    return "sidecar" if path.endswith((".json", ".tsv")) else "recording"


def _behind(path: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the participants that a file is derived from, by its place."""
    labels = [
        part.removeprefix("sub-")
        for part in path.split("/")
        if part.startswith("sub-") and "_" not in part
    ]
    if labels:
        return (labels[0],)
    whole = path in {"participants.tsv", "report.html"}
    return tuple(sorted(record["people"])) if whole else ()


def _consent(values: Mapping[str, Any]) -> Consent:
    days = {
        name: date.fromisoformat(values[name]) if values[name] else None
        for name in ("since", "withdrawn")
    }
    return Consent(**(dict(values) | days | {"duo": tuple(values["duo"])}))


def _activities(record: Mapping[str, Any], dataset: Dataset, agent: str) -> tuple[Activity, ...]:
    """Say how the release was made; raw files are named by their keys alone."""
    moment = datetime.fromisoformat(record["made_at"])
    recordings: Mapping[str, Mapping[str, str]] = record["recordings"]
    keys = tuple(sorted(entry["key"] for entry in recordings.values()))
    outputs = tuple(sorted(recordings))
    steps = {
        "convert": {"modalities": list(dataset.modalities)},
        "de-identify": {"policy": record["policy"]},
        "check": {},
        "verify": {},
    }
    return tuple(
        Activity(
            name=name,
            tool="Fascicle",
            version=__version__,
            started_at=moment,
            ended_at=moment,
            agent=agent,
            parameters=parameters,
            inputs=keys if name == "convert" else outputs,
            outputs=outputs,
        )
        for name, parameters in steps.items()
    )
