"""The table of a perfusion series."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from fascicle.errors import FormatError
from fascicle.formats._aslcontext import read_aslcontext

NAME = PurePosixPath("a_aslcontext.tsv")


def test_the_table_is_taken_over_word_by_word(tmp_path) -> None:
    (tmp_path / NAME).write_text("volume_type\tby\ncontrol\tAnna\nlabel\tAnna\n")

    table = read_aslcontext(tmp_path, NAME, (9, 8, 7, 2), {})

    assert table == b"volume_type\ncontrol\nlabel\n"


def test_the_order_of_a_sidecar_is_repeated(tmp_path) -> None:
    table = read_aslcontext(tmp_path, None, (9, 8, 7, 4), {"ASLContext": "control, label"})

    assert table.split() == [b"volume_type", b"control", b"label", b"control", b"label"]


@pytest.mark.parametrize("content", ["volume_type\ncontrol\n", "volume_type\nAnna\nlabel\n", ""])
def test_other_words_and_other_numbers_are_refused(tmp_path, content) -> None:
    (tmp_path / NAME).write_text(content)

    with pytest.raises(FormatError, match="FSC227") as caught:
        read_aslcontext(tmp_path, NAME, (9, 8, 7, 2), {})

    assert "Anna" not in str(caught.value)
