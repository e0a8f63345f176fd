"""Words inside compressed frames are blanked, and no byte moves."""

import pytest

from fascicle.formats._video_streams import blank_jpeg, blank_user_data, find_blank

NAME = b"Xylander-Quorn at home"
UUID = bytes(range(16))


def make_sei(payload: bytes, kind: int = 5, head: bytes = b"\x06") -> bytes:
    return head + bytes([kind, len(payload)]) + payload + b"\x80"


@pytest.mark.parametrize("length_size", [4, 2])
def test_user_data_of_h264_becomes_filler(length_size: int) -> None:
    picture = b"\x65" + bytes(range(1, 200))
    sei = make_sei(UUID + NAME)
    sample = bytearray(b"".join(len(u).to_bytes(length_size, "big") + u for u in (sei, picture)))
    n_bytes = len(sample)

    assert find_blank("H.264", length_size)(sample) == 1

    assert NAME not in sample
    assert len(sample) == n_bytes
    assert sample.endswith(picture)
    assert sample[length_size] & 0x1F == 12


def test_user_data_between_start_codes_becomes_filler() -> None:
    sample = bytearray(b"\0\0\0\x01" + make_sei(UUID + NAME) + b"\0\0\x01\x65" + bytes([7] * 50))

    assert find_blank("H.264", 0)(sample) == 1

    assert NAME not in sample
    assert sample.endswith(b"\0\0\x01\x65" + bytes([7] * 50))


def test_user_data_of_h265_becomes_filler_and_other_messages_stay() -> None:
    sei = make_sei(UUID + NAME, head=b"\x4e\x01")
    other = make_sei(b"\x01\x02", kind=1, head=b"\x4e\x01")
    sample = bytearray(b"".join(len(u).to_bytes(4, "big") + u for u in (sei, other)))

    assert find_blank("H.265", 4)(sample) == 1

    assert NAME not in sample
    assert sample.endswith(other)


def test_the_number_of_x264_stays_and_its_settings_go() -> None:
    words = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef") + b"x264 - core 148 r2643 by " + NAME
    sei = make_sei(words)
    sample = bytearray(len(sei).to_bytes(4, "big") + sei)

    find_blank("H.264", 4)(sample)

    assert b"x264 - core 148 " in sample
    assert NAME not in sample


def test_user_data_of_mpeg4_is_blanked_but_for_the_name_of_an_encoder() -> None:
    sample = bytearray(b"\0\0\x01\xb2XviD0064\0\0\x01\xb2" + NAME + b"\0\0\x01\xb6" + bytes(9))
    n_bytes = len(sample)

    assert blank_user_data(sample) == 1

    assert b"XviD0064" in sample
    assert NAME not in sample
    assert len(sample) == n_bytes


def test_comments_of_jpeg_and_what_follows_its_end_are_blanked() -> None:
    comment = b"\xff\xfe" + (len(NAME) + 2).to_bytes(2, "big") + NAME
    scan = b"\xff\xda\0\x02" + bytes([3] * 40) + b"\xff\xd9"
    sample = bytearray(b"\xff\xd8" + comment + scan + NAME)

    assert blank_jpeg(sample) == 2

    assert NAME not in sample
    assert scan in sample


def test_noise_is_left_without_an_error() -> None:
    import numpy as np

    rng = np.random.default_rng(5)
    for codec in ("H.264", "H.265", "MPEG-4", "JPEG", "VP9"):
        for size in (0, 1, 5, 700):
            sample = bytearray(rng.bytes(size))
            for length_size in (0, 4):
                find_blank(codec, length_size)(sample)
            assert len(sample) == size
