"""Names of channels in names of files."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.formats import telling_path

HEADER = Header(
    Modality.IEEG, 2000.0, 1009,
    tuple(Channel(name, "SEEG", "uV", 2000.0) for name in ("CSC1", "CSC12")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("P7/CSC1.ncs", "P7/channels.ncs"),
        ("P7/CSC12.ncs", "P7/channels.ncs"),
        ("CSC12_0003.ncs", "channels_0003.ncs"),
        ("P7/CSC1_Meier.ncs", "P7/CSC1_Meier.ncs"),
        ("CSC1/Events.nev", "CSC1/Events.nev"),
    ],
)
def test_a_channel_gives_way_and_all_else_stays(path, told):
    assert telling_path(PurePosixPath(path), "neuralynx", HEADER) == PurePosixPath(told)


def test_formats_with_all_channels_in_one_file_keep_their_names():
    assert telling_path(PurePosixPath("CSC1.edf"), "edf", HEADER) == PurePosixPath("CSC1.edf")
