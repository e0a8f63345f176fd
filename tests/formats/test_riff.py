"""AVI is read by its chunks, and written with the frames and an index of its own."""

import struct
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats._riff import read_clip, write_clip
from fascicle.testing import Planted, make_avi

pytest.importorskip("cv2")


def test_frames_are_found_and_sound_is_counted(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi", planted=Planted())

    clip = read_clip(path)

    data = path.read_bytes()
    assert (len(clip.sizes), clip.rate_hz, clip.n_audio, clip.packing) == (37, 25, 1, "JPEG")
    assert all(data[at : at + 2] == b"\xff\xd8" for at in clip.offsets.tolist())
    said = dict(clip.texts)
    assert (said[b"strn"], said[b"IART"]) == (Planted().name, Planted().operator)


def test_the_index_points_to_every_frame(tmp_path: Path) -> None:
    source = make_avi(tmp_path / "a.avi")

    write_clip(read_clip(source), source, tmp_path / "b.avi")

    data = (tmp_path / "b.avi").read_bytes()
    movi = data.index(b"movi")
    at = data.index(b"idx1") + 8
    entries = np.frombuffer(data[at:], "<u4").reshape(-1, 4)
    assert len(entries) == 37
    for tag, flags, offset, size in entries.tolist():
        start = movi + offset
        assert data[start : start + 8] == struct.pack("<II", tag, size)
        assert flags == 0x10
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8


def test_frames_that_repeat_the_one_before_stay_empty(tmp_path: Path) -> None:
    source = make_avi(tmp_path / "a.avi")
    clip = read_clip(source)
    clip.sizes[5] = 0

    write_clip(clip, source, tmp_path / "b.avi")

    assert read_clip(tmp_path / "b.avi").sizes[5] == 0


def test_a_second_part_of_opendml_is_read_on(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi")
    frame = b"\xff\xd8\xff\xd9"
    more = b"LIST" + struct.pack("<I", 4 + 8 + 4) + b"movi00dc" + struct.pack("<I", 4) + frame
    path.write_bytes(
        path.read_bytes() + b"RIFF" + struct.pack("<I", 4 + len(more)) + b"AVIX" + more
    )

    clip = read_clip(path)

    assert len(clip.sizes) == 38
    assert clip.sizes[-1] == 4


def test_unknown_codecs_and_files_without_video_are_refused(tmp_path: Path) -> None:
    whole = make_avi(tmp_path / "a.avi").read_bytes()
    (tmp_path / "b.avi").write_bytes(whole.replace(b"MJPG", b"IV50"))
    (tmp_path / "c.avi").write_bytes(whole.replace(b"vids", b"txts"))

    with pytest.raises(FormatError, match="FSC257"):
        read_clip(tmp_path / "b.avi")
    with pytest.raises(FormatError, match="FSC258"):
        read_clip(tmp_path / "c.avi")


def test_a_film_that_avi_cannot_hold_is_refused_before_it_is_written(tmp_path: Path) -> None:
    source = make_avi(tmp_path / "a.avi")
    clip = read_clip(source)
    clip.sizes[:] = 1 << 28

    with pytest.raises(FormatError, match=r"FSC257.*4 GiB"):
        write_clip(clip, source, tmp_path / "b.avi")

    assert not (tmp_path / "b.avi").exists()


def test_keys_of_a_film_of_several_parts_are_those_of_the_parts_indices(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi", n_frames=11)
    data = path.read_bytes().replace(b"MJPG", b"XVID")
    path.write_bytes(data)
    offsets = read_clip(path).offsets
    sizes = read_clip(path).sizes
    is_key = np.arange(11) % 4 == 0
    entries = np.stack([offsets - 100, sizes | np.where(is_key, 0, 1 << 31)], axis=1)
    head = struct.pack("<HBBI4sQI", 2, 0, 1, 11, b"00dc", 100, 0)
    index = head + entries.astype("<u4").tobytes()
    part = b"LIST" + struct.pack("<I", 12 + len(index)) + b"movi"
    path.write_bytes(data + part + b"ix00" + struct.pack("<I", len(index)) + index)

    assert read_clip(path).keys.tolist() == is_key.tolist()


def test_without_an_index_of_all_frames_each_may_be_the_first(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi", n_frames=11)
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"XVID"))

    assert read_clip(path).keys.all()
