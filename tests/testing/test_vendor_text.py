"""Synthetic recordings of vendors that write texts."""

from __future__ import annotations

import pytest

from fascicle.testing import (
    Planted,
    make_boxy,
    make_curry,
    make_emotiv,
    make_muse,
    make_nicolet,
    make_openbci,
    make_persyst,
)

MAKERS = (
    make_boxy, make_curry, make_emotiv, make_muse, make_nicolet, make_openbci, make_persyst,
)  # fmt: skip


def content(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.mark.parametrize("make", MAKERS)
def test_the_seed_makes_the_bytes(tmp_path, make):
    contents = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        folder = tmp_path / name
        folder.mkdir()
        make(folder / "a.x", seed=seed)
        contents.append(content(folder))

    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize("make", [make_curry, make_emotiv, make_persyst])
def test_planted_people_stand_in_the_files_and_only_when_asked(tmp_path, make):
    for name, planted in (("with", Planted()), ("without", None)):
        (tmp_path / name).mkdir()
        make(tmp_path / name / "a.x", planted=planted)

    assert Planted().name.encode() in content(tmp_path / "with")
    assert Planted().name.encode() not in content(tmp_path / "without")
