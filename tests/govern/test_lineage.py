"""Lineage is a document that the reference library of W3C PROV reads, and it tells the truth."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fascicle.core import Activity, Asset, Dataset
from fascicle.govern._lineage import make_prov

prov_model = pytest.importorskip("prov.model", reason="the reference library of PROV is missing")

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATASET = Dataset("ds-1", "Resting EEG", version="2")
RAW, SIDECAR = "sub-01/eeg/sub-01 é.eeg", "sub-01/eeg/sub-01.json"
ASSETS = (
    Asset(RAW, "f" * 64, 1009, "recording", ("01",)),
    Asset(SIDECAR, "e" * 64, 7, "sidecar", ("01",)),
    Asset("README", "d" * 64, 3, "description"),
)
CONVERT = Activity(
    "convert", "fascicle", "1.0", AT, AT, "ada", {"policy": "animal", "bands": [1, 2]},
    ("rec-0001",), (RAW, SIDECAR),
)  # fmt: skip
VERIFY = replace(CONVERT, name="verify", inputs=(RAW, SIDECAR), outputs=(RAW, SIDECAR))
PUBLISH = Activity("publish", "fascicle", "1.0", AT, AT, "ada", outputs=("ds-1",))


@pytest.fixture
def content() -> dict:
    return make_prov(DATASET, ASSETS, (CONVERT, VERIFY, PUBLISH), "ada")


def pairs(content: dict, kind: str, first: str, second: str) -> set[tuple[str, str]]:
    return {(r[f"prov:{first}"], r[f"prov:{second}"]) for r in content[kind].values()}


def asset(path: str) -> str:
    return f"commons:asset/ds-1/2/{path}"


RAW_ENTITY, SIDECAR_ENTITY = asset("sub-01/eeg/sub-01%20%C3%A9.eeg"), asset(SIDECAR)


def test_the_reference_library_reads_it_and_writes_the_same_graph(content: dict) -> None:
    document = prov_model.ProvDocument.deserialize(content=json.dumps(content), format="json")

    again = prov_model.ProvDocument.deserialize(content=document.serialize(), format="json")
    assert again == document
    n_elements = sum(len(content[kind]) for kind in ("entity", "activity", "agent"))
    assert len(list(document.get_records(prov_model.ProvElement))) == n_elements
    assert len(list(document.get_records(prov_model.ProvActivity))) == 3


def test_each_file_comes_from_its_recording_and_its_participant(content: dict) -> None:
    derived = pairs(content, "wasDerivedFrom", "generatedEntity", "usedEntity")

    assert derived == {
        (RAW_ENTITY, "commons:private/ds-1/rec-0001"),
        (SIDECAR_ENTITY, "commons:private/ds-1/rec-0001"),
        (RAW_ENTITY, "commons:participant/ds-1/01"),
        (SIDECAR_ENTITY, "commons:participant/ds-1/01"),
        ("commons:dataset/ds-1/2", "commons:dataset/ds-1/1"),
    }


def test_a_file_is_generated_once_and_only_used_from_then_on(content: dict) -> None:
    convert, verify, publish = (f"commons:activity/ds-1/2/{n}" for n in (1, 2, 3))

    assert pairs(content, "wasGeneratedBy", "entity", "activity") == {
        (RAW_ENTITY, convert), (SIDECAR_ENTITY, convert), ("commons:dataset/ds-1/2", publish)
    }  # fmt: skip
    assert pairs(content, "used", "activity", "entity") == {
        (convert, "commons:private/ds-1/rec-0001"), (verify, RAW_ENTITY), (verify, SIDECAR_ENTITY)
    }  # fmt: skip


def test_it_says_who_and_with_which_tool(content: dict) -> None:
    associated = {agent for _, agent in pairs(content, "wasAssociatedWith", "activity", "agent")}

    assert associated == {"commons:agent/ada", "commons:tool/fascicle/1.0"}
    attributed = pairs(content, "wasAttributedTo", "entity", "agent")
    assert attributed == {("commons:dataset/ds-1/2", "commons:agent/ada")}


def test_it_never_tells_a_digest(content: dict) -> None:
    text = json.dumps(content)

    assert not any(one.digest in text for one in ASSETS)


def test_many_to_many_claims_no_derivation_that_is_not_known() -> None:
    both = replace(CONVERT, inputs=("rec-0001", "rec-0002"))

    content = make_prov(replace(DATASET, version="1"), ASSETS, (both,), "ada")

    derived = pairs(content, "wasDerivedFrom", "generatedEntity", "usedEntity")
    assert not any("private" in used for _, used in derived)
    assert len(content["used"]) == 2
