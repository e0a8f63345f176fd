"""How a version came to be, as a document of the W3C PROV family [1]_.

.. [1] T. D. Huynh et al. (2013), The PROV-JSON Serialization,
   https://www.w3.org/submissions/2013/SUBM-prov-json-20130424/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from fascicle.core import Activity, Asset, Dataset

_PREFIXES = {"fsc": "urn:fascicle:terms:", "commons": "urn:fascicle:commons:"}

# Which input an output came from is only certain where one side is a single thing.
_MAX_PAIRS_PER_END = 1


class _Document:
    """A PROV-JSON document that grows; relations get numbers."""

    def __init__(self) -> None:
        self.content: dict[str, Any] = {"prefix": dict(_PREFIXES)}
        self.generated: set[str] = set()

    def add(self, kind: str, identifier: str, **attributes: Any) -> str:  # noqa: ANN401 - JSON
        named = {name.replace("__", ":"): value for name, value in attributes.items()}
        self.content.setdefault(kind, {})[identifier] = named
        return identifier

    def relate(self, kind: str, **ends: str) -> None:
        relations = self.content.setdefault(kind, {})
        relations[f"_:{kind}{len(relations) + 1}"] = {f"prov:{n}": end for n, end in ends.items()}


def make_prov(
    dataset: Dataset, assets: Sequence[Asset], activities: Sequence[Activity], publisher: str
) -> dict[str, Any]:
    """Return the lineage of a version as PROV-JSON.

    Parameters
    ----------
    dataset : Dataset
        The version.
    assets : sequence of Asset
        Its files; their digests are not told.
    activities : sequence of Activity
        How they were made.
    publisher : str
        Who published them.

    Returns
    -------
    dict
        With ``prefix``, ``entity``, ``activity``, ``agent``, ``used``, ``wasGeneratedBy``,
        ``wasAssociatedWith``, ``wasDerivedFrom``, ``wasAttributedTo`` and ``hadMember``, as far as
        there are any.
    """
    document = _Document()
    release = _name("dataset", dataset.id, dataset.version)
    document.add(
        "entity",
        release,
        prov__type={"$": "prov:Collection", "type": "prov:QUALIFIED_NAME"},
        prov__label=dataset.name,
        fsc__version=dataset.version,
    )
    person = document.add("agent", _name("agent", publisher), prov__label=publisher)
    document.relate("wasAttributedTo", entity=release, agent=person)
    _add_assets(document, dataset, assets, release)
    for position, activity in enumerate(activities, start=1):
        _add_activity(document, dataset, position, activity)
    if dataset.version.isdecimal() and int(dataset.version) > 1:
        earlier = _name("dataset", dataset.id, str(int(dataset.version) - 1))
        document.add("entity", earlier, prov__label=dataset.name)
        document.relate("wasDerivedFrom", generatedEntity=release, usedEntity=earlier)
    return document.content


def _add_assets(
    document: _Document, dataset: Dataset, assets: Iterable[Asset], release: str
) -> None:
    """Add files and the participants whom they come from."""
    for asset in assets:
        entity = document.add(
            "entity",
            _name("asset", dataset.id, dataset.version, asset.path),
            prov__label=asset.path,
            fsc__kind=asset.kind,
            fsc__bytes={"$": str(asset.n_bytes), "type": "xsd:long"},
        )
        document.relate("hadMember", collection=release, entity=entity)
        for label in asset.participants:
            participant = document.add(
                "entity", _name("participant", dataset.id, label), prov__label=f"sub-{label}"
            )
            document.relate("wasDerivedFrom", generatedEntity=entity, usedEntity=participant)


def _add_activity(document: _Document, dataset: Dataset, position: int, activity: Activity) -> None:
    """Add an activity, who and what carried it out, and both its ends."""
    done = document.add(
        "activity",
        _name("activity", dataset.id, dataset.version, str(position)),
        prov__label=activity.name,
        prov__startTime=activity.started_at.isoformat(),
        prov__endTime=activity.ended_at.isoformat(),
        **{f"fsc__{_plain(name)}": _literal(value) for name, value in activity.parameters.items()},
    )
    tool = document.add(
        "agent",
        _name("tool", activity.tool, activity.version),
        prov__type={"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"},
        prov__label=f"{activity.tool} {activity.version}",
    )
    document.relate("wasAssociatedWith", activity=done, agent=tool)
    if activity.agent:
        who = document.add("agent", _name("agent", activity.agent), prov__label=activity.agent)
        document.relate("wasAssociatedWith", activity=done, agent=who)
    inputs = [_require_end(document, dataset, name) for name in activity.inputs]
    listed = [_require_end(document, dataset, name) for name in activity.outputs]
    # PROV knows one generation for each entity: who lists a file later on has only used it.
    outputs = [entity for entity in listed if entity not in document.generated]
    document.generated.update(outputs)
    for entity in dict.fromkeys([*inputs, *sorted(set(listed) - set(outputs))]):
        document.relate("used", activity=done, entity=entity)
    for entity in outputs:
        document.relate("wasGeneratedBy", entity=entity, activity=done)
    if min(len(inputs), len(outputs)) <= _MAX_PAIRS_PER_END:
        for made in outputs:
            for source in inputs:
                document.relate("wasDerivedFrom", generatedEntity=made, usedEntity=source)


def _require_end(document: _Document, dataset: Dataset, name: str) -> str:
    """Return the entity of an end of an activity; what stays private gets one without a file."""
    if name == dataset.id:
        return _name("dataset", dataset.id, dataset.version)
    asset = _name("asset", dataset.id, dataset.version, name)
    if asset in document.content["entity"]:
        return asset
    return document.add("entity", _name("private", dataset.id, name), prov__label=name)


def _name(*parts: str) -> str:
    """Return a qualified name in our namespace; anything unusual is percent-encoded."""
    return "commons:" + "/".join(quote(part, safe="/-._~") for part in parts)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)


def _literal(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a parameter as text, since PROV literals have no lists."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, sort_keys=True)
