"""Synthetic recordings of vendors that write containers."""

from __future__ import annotations

from functools import partial

import pytest

from fascicle.testing import Planted, make_eeglab, make_mff, make_nirx, make_snirf, make_xdf

MAKERS = {
    "eeglab": make_eeglab,
    "eeglab with fdt": partial(make_eeglab, kind="fdt"),
    "eeglab 7.3": partial(make_eeglab, kind="7.3"),
    "mff": make_mff,
    "nirx": make_nirx,
    "snirf": make_snirf,
    "xdf": make_xdf,
}


def content(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_seed_makes_the_bytes(tmp_path, make):
    contents = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        folder = tmp_path / name
        folder.mkdir()
        make(folder / "a.x", seed=seed)
        contents.append(content(folder))

    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize("make", [make_mff, make_nirx, make_snirf, make_xdf])
def test_planted_people_stand_in_the_files(tmp_path, make):
    make(tmp_path / "a.x", planted=Planted())

    assert Planted().name.encode() in content(tmp_path)
