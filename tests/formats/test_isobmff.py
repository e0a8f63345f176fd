"""MP4 and QuickTime are read by their boxes, in every layout that writers choose."""

import struct
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._isobmff import read_movie, walk_boxes
from fascicle.testing import Planted, make_mov

pytest.importorskip("cv2")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def test_samples_are_found_where_they_lie(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")

    track = read_movie(path).video

    data = path.read_bytes()
    for offset, size in zip(track.offsets.tolist(), track.sizes.tolist(), strict=True):
        sample = data[offset : offset + size]
        assert sample.startswith(b"\xff\xd8")
        assert sample.endswith(b"\xff\xd9")
    assert (track.n_frames, track.rate_hz, track.codec) == (37, 25, "jpeg")


def test_sound_words_and_the_day_are_noted(tmp_path: Path) -> None:
    planted = Planted()

    movie = read_movie(make_mov(tmp_path / "a.mov", planted=planted))

    assert (movie.n_audio, movie.created_at) == (1, planted.start)
    said = dict(movie.texts)
    assert said[b"\xa9ART"] == planted.operator
    assert said[b"\xa9xyz"] == "+47.3769+008.5417/"


def test_large_and_open_boxes_are_walked() -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"hello"
    endless = struct.pack(">I4s", 0, b"free") + b"rest"

    found = [(b.kind, b.n_bytes) for b in walk_boxes(large + endless)]

    assert found == [(b"mdat", 5), (b"free", 4)]


def test_the_usual_step_is_the_rate_not_the_mean_over_a_gap(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")
    whole = path.read_bytes()
    at = whole.index(b"stts") - 4
    # One frame lasts a minute; the table grows by a run, so do the boxes around it.
    runs = box(b"stts", struct.pack(">IIIIII", 0, 2, 36, 24, 1, 36000))
    old = whole[at : at + 24]
    assert old == box(b"stts", struct.pack(">IIII", 0, 1, 37, 24))
    grown = bytearray(whole.replace(old, runs, 1))
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        place = grown.index(kind) - 4
        (size,) = struct.unpack_from(">I", grown, place)
        struct.pack_into(">I", grown, place, size + 8)
    path.write_bytes(grown)

    track = read_movie(path).video

    assert track.rate_hz == 25
    np.testing.assert_array_equal(track.times, [[36, 24], [1, 36000]])


def test_a_film_without_frames_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", b""))

    with pytest.raises(FormatError, match="FSC255"):
        _ = read_movie(path).video


@pytest.mark.parametrize("size", [1, 2, 7])
def test_boxes_smaller_than_their_heads_are_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"isom") + struct.pack(">I4s", size, b"moov") + bytes(2))

    with pytest.raises(FormatError, match=r"FSC25[78]"):
        read_movie(path)


def change_table(path: Path, old: bytes, new: bytes) -> None:
    """Put another table in the place of one, and let the boxes around it grow."""
    data = path.read_bytes()
    at = data.index(old)
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        place = data.rindex(kind, 0, at) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(new) - len(old)
        data = data[:place] + size.to_bytes(4, "big") + data[place + 4 :]
    path.write_bytes(data[:at] + new + data[at + len(old) :])


def test_of_two_descriptions_the_one_that_the_samples_name_is_taken(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")
    data = path.read_bytes()
    at = data.index(b"stsd") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    table, entry = data[at : at + size], data[at + 16 : at + size]
    other = entry.replace(b"jpeg", b"mp4v").replace(struct.pack(">HH", 48, 32), b"\0\7\0\5")
    change_table(path, table, box(b"stsd", struct.pack(">II", 0, 2) + other + entry))
    runs = box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1))
    change_table(path, runs, box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 2)))

    track = read_movie(path).video

    assert (track.codec, track.width, track.height) == ("jpeg", 48, 32)


def test_samples_of_two_descriptions_are_refused(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")
    data = path.read_bytes()
    at = data.index(b"stsd") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    table, entry = data[at : at + size], data[at + 16 : at + size]
    change_table(path, table, box(b"stsd", struct.pack(">II", 0, 2) + entry + entry))
    runs = box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1))
    both = struct.pack(">IIIIIIII", 0, 2, 1, 1, 1, 20, 1, 2)
    change_table(path, runs, box(b"stsc", both))

    with pytest.raises(FormatError, match="FSC257"):
        read_movie(path)


def test_a_film_without_a_description_is_damaged(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")
    path.write_bytes(path.read_bytes().replace(b"stsd", b"free"))

    with pytest.raises(FormatError, match="FSC258"):
        read_movie(path)


@pytest.mark.parametrize(("flags", "is_own"), [(1, True), (0, False)])
def test_samples_of_another_file_are_refused(tmp_path: Path, flags: int, is_own: bool) -> None:
    path = make_mov(tmp_path / "a.mov")
    entry = box(b"url ", struct.pack(">I", flags) + b"file:///b.mov\0")
    dinf = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1) + entry))
    data = path.read_bytes()
    at = data.index(b"vmhd") - 4
    for kind in (b"minf", b"mdia", b"trak", b"moov"):
        place = data.rindex(kind, 0, at) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(dinf)
        data = data[:place] + size.to_bytes(4, "big") + data[place + 4 :]
    path.write_bytes(data[: at + 20] + dinf + data[at + 20 :])

    if is_own:
        assert read_movie(path).video.n_frames == 37
    else:
        with pytest.raises(FormatError, match="FSC257"):
            read_movie(path)
