"""Every format that is registered keeps to the protocol."""

from __future__ import annotations

import inspect
from pathlib import PurePosixPath

import pytest

from fascicle.core import FileHead, Format, Modality, Progress
from fascicle.formats import registry


@pytest.mark.parametrize("name", list(registry()))
def test_a_registered_format_has_all_that_the_protocol_asks(name: str) -> None:
    plugin = registry()[name]

    assert plugin.name == name
    assert plugin.title
    assert set(plugin.modalities) <= set(Modality)
    assert plugin.proven_on in {"real", "generated"}
    for method in ("recognises", "companions", "read_header", "write"):
        promised = list(inspect.signature(getattr(Format, method)).parameters)[1:]
        kept = list(inspect.signature(getattr(plugin, method)).parameters)
        assert kept == promised


@pytest.mark.parametrize("name", list(registry()))
def test_no_format_takes_an_empty_file_or_a_text_for_its_own(name: str) -> None:
    for content in (b"", b"A note about Tuesday.\n" * 40):
        head = FileHead(PurePosixPath("note.txt"), content, len(content))

        assert not registry()[name].recognises(head)


def test_a_step_of_progress_has_words_only_if_it_was_given_some() -> None:
    assert Progress("look", 1, 3).what == ""
