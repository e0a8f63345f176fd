"""Synthetic recordings of vendors that write binary files."""

from __future__ import annotations

import pytest

from fascicle.testing import (
    Planted,
    make_ant_head,
    make_cnt,
    make_egi,
    make_gdf,
    make_kit_head,
    make_neuralynx,
    make_nihon,
)

MAKERS = (make_cnt, make_egi, make_gdf, make_neuralynx, make_nihon)


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


@pytest.mark.parametrize("make", [make_cnt, make_gdf, make_neuralynx, make_nihon])
def test_planted_people_stand_in_the_files_and_only_when_asked(tmp_path, make):
    for name, planted in (("with", Planted()), ("without", None)):
        (tmp_path / name).mkdir()
        make(tmp_path / name / "a.x", planted=planted)

    assert Planted().name.encode() in content(tmp_path / "with")
    assert Planted().name.encode() not in content(tmp_path / "without")


def test_heads_begin_as_published(tmp_path):
    ant, kit = make_ant_head(tmp_path / "a.cnt"), make_kit_head(tmp_path / "a.sqd")

    assert ant.read_bytes()[8:12] == b"CNT "
    assert kit.read_bytes()[16:24] == b"\x10\0\0\0\x10\0\0\0"
