"""A film is written with a table of its own, whatever the layout of the source was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fascicle.formats._isobmff import read_movie, walk_boxes
from fascicle.formats._isobmff_write import write_movie
from fascicle.testing import Planted, make_mov

pytest.importorskip("cv2")


@pytest.mark.parametrize("n_frames", [1, 31, 32, 33, 64, 101])
def test_every_sample_comes_back_whatever_their_number(tmp_path: Path, n_frames: int) -> None:
    source = make_mov(tmp_path / "a.mov", n_frames=n_frames)
    movie = read_movie(source)

    n_blanked = write_movie(movie, source, tmp_path / "b.mov")

    assert n_blanked == n_frames  # each has a comment
    again = read_movie(tmp_path / "b.mov").video
    np.testing.assert_array_equal(again.sizes, movie.video.sizes)
    np.testing.assert_array_equal(again.times, movie.video.times)
    before, after = source.read_bytes(), (tmp_path / "b.mov").read_bytes()
    for old, new, size in zip(movie.video.offsets, again.offsets, again.sizes, strict=True):
        comment = 4 + int.from_bytes(before[old + 4 : old + 6], "big")
        assert after[new + comment : new + size] == before[old + comment : old + size]


def test_shifts_edits_keys_and_turns_are_kept(tmp_path: Path) -> None:
    source = make_mov(tmp_path / "a.mov", planted=Planted())
    movie = read_movie(source)
    turned = np.array([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30], ">i4").tobytes()
    movie.track = replace(
        movie.video,
        shifts=np.array([[30, 24], [7, -24]]),
        keys=np.array([1, 20], np.uint32),
        edits=((444, -1), (444, 48)),
        matrix=turned,
    )

    write_movie(movie, source, tmp_path / "b.mov")

    again = read_movie(tmp_path / "b.mov").video
    np.testing.assert_array_equal(again.shifts, movie.video.shifts)
    np.testing.assert_array_equal(again.keys, [1, 20])
    assert (again.edits, again.matrix) == (movie.video.edits, turned)


def test_a_film_of_many_gigabytes_gets_wide_tables(tmp_path: Path) -> None:
    from fascicle.formats._isobmff_write import _make_moov

    source = make_mov(tmp_path / "a.mov")
    movie = read_movie(source)
    track = replace(movie.video, sizes=np.full(37, 1 << 30, np.int64))

    table = _make_moov(movie, track, 4096, is_wide=True)

    at = table.index(b"co64") + 12
    assert int.from_bytes(table[at : at + 8], "big") == 4096
    assert int.from_bytes(table[at + 8 : at + 16], "big") == 4096 + 32 * (1 << 30)


def test_the_boxes_of_a_written_film_fill_the_file(tmp_path: Path) -> None:
    source = make_mov(tmp_path / "a.mov")

    write_movie(read_movie(source), source, tmp_path / "b.mov")

    data = (tmp_path / "b.mov").read_bytes()
    boxes = list(walk_boxes(data))
    assert [box.kind for box in boxes] == [b"ftyp", b"moov", b"mdat"]
    assert boxes[-1].stop == len(data)


def test_every_cut_of_a_film_is_kept(tmp_path: Path) -> None:
    source = make_mov(tmp_path / "a.mov")
    movie = read_movie(source)
    movie.track = replace(movie.video, edits=tuple((5, 24 * (i % 30)) for i in range(101)))

    write_movie(movie, source, tmp_path / "b.mov")

    assert read_movie(tmp_path / "b.mov").video.edits == movie.video.edits
