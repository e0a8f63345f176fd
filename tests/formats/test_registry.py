"""The registry of formats."""

from __future__ import annotations

from importlib import metadata
from pathlib import PurePosixPath

import pytest

from fascicle.core import FileHead
from fascicle.formats import registry
from fascicle.formats._registry import ENTRY_POINT_GROUP, FORMATS


@pytest.fixture(autouse=True)
def _fresh():
    registry.cache_clear()
    yield
    registry.cache_clear()


@pytest.mark.parametrize("name", [name for name, _ in FORMATS])
def test_every_format_keeps_the_protocol(name):
    plugin = registry()[name]

    assert plugin.name == name
    assert plugin.title
    assert plugin.modalities
    assert plugin.proven_on in {"real", "generated"}
    assert isinstance(plugin.isolated, bool)
    assert not plugin.recognises(FileHead(PurePosixPath("nothing.bin"), b"", 0))


def test_plug_ins_join_behind_the_built_in_ones_and_replace_none(monkeypatch):
    points = [
        metadata.EntryPoint("edf", "fascicle.formats._edf:Bdf", ENTRY_POINT_GROUP),
        metadata.EntryPoint("mine", "fascicle.formats._edf:Edf", ENTRY_POINT_GROUP),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: points)

    formats = registry()

    assert list(formats)[-1] == "mine"
    assert formats["edf"].name == "edf"
    assert len(formats) == len(FORMATS) + 1


def test_a_format_is_loaded_once():
    assert registry()["edf"] is registry()["edf"]
