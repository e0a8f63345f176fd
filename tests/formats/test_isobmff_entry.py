"""Descriptions of samples are made anew: numbers stay, names and unknown boxes do not."""

import struct

import pytest

from fascicle.errors import FormatError
from fascicle.formats._isobmff_entry import clean_entry

NAME = b"Xylander-Quorn"
AVC = (
    bytes([1, 100, 0, 31, 0xFF, 0xE1, 0, 3])
    + b"\x67ab"
    + bytes([1, 0, 2])
    + b"\x68c"
    + b"\xfd\xf8\xf8\0"
)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def make_entry(codec: bytes, *boxes: bytes) -> bytes:
    fixed = bytes(6) + struct.pack(">H", 1) + bytes(4) + NAME[:4] + bytes(8)
    fixed += struct.pack(">HHIIIH", 640, 480, 72 << 16, 72 << 16, 0, 1)
    fixed += bytes([len(NAME)]) + NAME.ljust(31, b"\0") + struct.pack(">Hh", 24, -1)
    return box(codec, fixed + b"".join(boxes))


def test_names_of_makers_and_compressors_are_gone_and_the_size_stays() -> None:
    entry = clean_entry(make_entry(b"avc1", box(b"avcC", AVC)))

    assert NAME[:4] not in entry.data
    assert (entry.width, entry.height, entry.packing, entry.length_size) == (640, 480, "H.264", 4)
    assert entry.data.endswith(box(b"avcC", AVC))


def test_what_follows_the_configuration_of_h264_is_cut() -> None:
    entry = clean_entry(make_entry(b"avc1", box(b"avcC", AVC + NAME)))

    assert entry.data.endswith(AVC)


def test_messages_in_the_configuration_of_h265_are_left_out() -> None:
    head = bytes(21) + b"\x03"
    sets = b"\xa1\0\1" + struct.pack(">H", 3) + b"\x42\1x"
    sei = b"\xa7\0\1" + struct.pack(">H", len(NAME)) + NAME

    entry = clean_entry(make_entry(b"hvc1", box(b"hvcC", head + b"\x02" + sets + sei)))

    assert entry.data.endswith(box(b"hvcC", head + b"\x01" + sets))
    assert entry.length_size == 4


def test_shapes_and_plain_colours_stay_and_profiles_and_strangers_do_not() -> None:
    shape = box(b"pasp", struct.pack(">II", 1, 1))
    colours = box(b"colr", b"nclx" + bytes(7))

    entry = clean_entry(make_entry(
        b"mp4v", shape, colours, box(b"colr", b"prof" + NAME), box(b"uuid", NAME),
        box(b"pasp", NAME),
    ))  # fmt: skip

    assert entry.data.endswith(shape + colours)
    assert NAME not in entry.data


@pytest.mark.parametrize("codec", [b"encv", b"SVQ3", b"raw ", b"\0\0\0\0"])
def test_other_codecs_are_refused(codec: bytes) -> None:
    with pytest.raises(FormatError, match="FSC257"):
        clean_entry(make_entry(codec))


def test_an_entry_that_is_cut_off_is_refused() -> None:
    with pytest.raises(FormatError, match="FSC258"):
        clean_entry(make_entry(b"avc1")[:60])


def test_of_the_configuration_of_av1_the_sequence_header_alone_stays() -> None:
    head, sequence = b"\x81\0\0\0", bytes([1 << 3 | 2, 3]) + b"abc"
    words = bytes([5 << 3 | 2, len(NAME) + 1]) + b"\x09" + NAME

    entry = clean_entry(make_entry(b"av01", box(b"av1C", head + words + sequence)))

    assert entry.data.endswith(box(b"av1C", head + sequence))


def test_high_profiles_of_h264_keep_their_colours_and_tell_of_no_further_sets() -> None:
    sets = b"\x01\x64\0\x1f\xff\xe1" + b"\0\2gd" + b"\1" + b"\0\2hh"

    entry = clean_entry(make_entry(b"avc1", box(b"avcC", sets + b"\xfd\xf8\xf8\1\0\4" + NAME)))

    assert entry.data.endswith(box(b"avcC", sets + b"\xfd\xf8\xf8\0"))
