"""Words inside compressed frames are blanked, and no byte moves."""

import struct
import zlib

import numpy as np
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


def make_obu(
    kind: int, content: bytes, *, is_sized: bool = True, is_extended: bool = False
) -> bytes:
    head = bytes([kind << 3 | 4 * is_extended | 2 * is_sized]) + b"\x20" * is_extended
    size = bytes([len(content) & 0x7F | 0x80, len(content) >> 7]) if is_sized else b""
    return head + size + content


def test_words_in_metadata_of_av1_become_padding_and_numbers_of_light_stay() -> None:
    picture, light = make_obu(6, bytes(range(150))), make_obu(5, b"\x01" + bytes(4))
    telling = [make_obu(5, b"\x04" + NAME, is_extended=True), make_obu(5, b"\x09" + NAME),
               make_obu(15, NAME)]  # fmt: skip
    sample = bytearray(b"".join((light, *telling, picture)))
    n_bytes = len(sample)

    assert find_blank("AV1", 0)(sample) == 3

    assert NAME not in sample
    assert len(sample) == n_bytes
    assert sample.startswith(light)
    assert sample.endswith(picture)
    places = np.cumsum([len(light), *map(len, telling[:-1])])
    assert [sample[at] >> 3 & 15 for at in places] == [15, 15, 15]


def test_a_last_unit_of_av1_without_a_size_reaches_to_the_end() -> None:
    sample = bytearray(make_obu(5, b"\x09" + NAME, is_sized=False))

    assert find_blank("AV1", 0)(sample) == 1
    assert sample == bytes([15 << 3]) + bytes(len(NAME)) + b"\x80"


def test_texts_of_png_become_chunks_that_decoders_pass_over() -> None:
    cv2 = pytest.importorskip("cv2")
    frame = np.random.default_rng(2).integers(0, 255, (31, 43, 3), np.uint8)
    plain = cv2.imencode(".png", frame)[1].tobytes()
    chunk = b"tEXt" + b"Author\0" + NAME
    text = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    sample = bytearray(plain[:33] + text + plain[33:])
    n_bytes = len(sample)

    assert find_blank("PNG", 0)(sample) == 1

    assert NAME not in sample
    assert len(sample) == n_bytes
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(sample, np.uint8), 1), frame)


@pytest.mark.parametrize("codec", ["AV1", "PNG"])
def test_any_bytes_are_passed_over_without_growing(codec: str) -> None:
    rng = np.random.default_rng(4)

    for n_bytes in range(200):
        sample = bytearray(rng.bytes(n_bytes))
        find_blank(codec, 0)(sample)
        assert len(sample) == n_bytes
