"""Video: pictures come through as they were coded, and nothing else comes through."""

import struct
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, registry, write_recording
from fascicle.formats._isobmff import read_movie, walk_boxes
from fascicle.formats._video import open_video
from fascicle.testing import BehaviourContract, Planted, make_avi, make_mov, released
from fascicle.testing._video_files import HEIGHT, WIDTH

cv2 = pytest.importorskip("cv2")


class TestMov(BehaviourContract):
    format_name = "video"

    def make_recording(self, root: Path) -> Path:
        return make_mov(root / "a.mov", planted=Planted())


class TestAvi(BehaviourContract):
    format_name = "video"

    def make_recording(self, root: Path) -> Path:
        return make_avi(root / "a.avi", planted=Planted())


def decode(path: Path) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    frames = []
    while True:
        is_read, frame = video.read()
        if not is_read:
            return np.array(frames)
        frames.append(frame)


def clean(root: Path, name: str) -> Path:
    """Write the only video of a folder without what tells; return the written file."""
    (source,) = [s for s in recognise(root).sources if s.primary.name == name]
    out = root / "out"
    out.mkdir(exist_ok=True)
    written = write_recording(
        root, source, released(read_header(root, source)), out, "sub-01_task-x_video"
    )
    return out / written.files[0]


def make_coded(path: Path, letters: str, n_frames: int = 30) -> Path:
    """Write a video by the library's own encoder."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*letters), 20, (WIDTH, HEIGHT))
    if not writer.isOpened():
        pytest.skip(f"no encoder for {letters} here")
    for i in range(n_frames):
        frame = np.full((HEIGHT, WIDTH, 3), 5 * i, np.uint8)
        frame[5:12, i : i + 6] = 255 - 5 * i
        writer.write(frame)
    writer.release()
    return path


@pytest.mark.parametrize(("make", "name"), [(make_mov, "a.mov"), (make_avi, "a.avi")])
def test_every_word_stays_behind_and_every_pixel_comes(tmp_path: Path, make, name: str) -> None:
    planted = Planted()
    path = make(tmp_path / name, planted=planted)

    written = clean(tmp_path, name)

    data = written.read_bytes()
    for word in (*planted.words(), "2019-11-23", "+47.3769", "sound of a voice"):
        assert word.encode() not in data, word
    np.testing.assert_array_equal(decode(written), decode(path))
    assert len(decode(written)) == 37


@pytest.mark.parametrize(
    ("name", "letters"),
    [("a.mp4", "mp4v"), ("a.mp4", "vp09"), ("a.mov", "MJPG"), ("a.avi", "XVID"), ("a.avi", "FFV1"),
     ("a.avi", "MJPG"), ("a.avi", "I420")],
)  # fmt: skip
def test_what_encoders_write_decodes_to_the_same_pixels(
    tmp_path: Path, name: str, letters: str
) -> None:
    path = make_coded(tmp_path / name, letters)

    written = clean(tmp_path, name)

    np.testing.assert_array_equal(decode(written), decode(path))
    video = cv2.VideoCapture(str(written))
    assert (video.get(cv2.CAP_PROP_FPS), video.get(cv2.CAP_PROP_FRAME_COUNT)) == (20, 30)


def test_the_header_says_what_opencv_says(tmp_path: Path) -> None:
    make_mov(tmp_path / "a.mov", planted=Planted())
    (source,) = recognise(tmp_path).sources

    header = read_header(tmp_path, source)

    assert (header.n_times, header.sfreq_hz, header.shape) == (37, 25, (37, HEIGHT, WIDTH))
    assert (header.suffix, header.exposes) == ("video", "face")
    assert header.metadata["AudioRemoved"] is True
    assert header.measured_at == Planted().start


def test_words_places_makers_and_days_are_reported(tmp_path: Path) -> None:
    planted = Planted()
    make_mov(tmp_path / "a.mov", planted=planted)
    make_avi(tmp_path / "b.avi", planted=planted)

    for source in recognise(tmp_path).sources:
        said = [(i.kind, i.value) for i in read_header(tmp_path, source).identifiers]

        assert ("operator", planted.operator) in said
        assert any(planted.name in value for _, value in said)
        assert ("date", "2019-11-23") in said
    mov = recognise(tmp_path).sources[0]
    assert ("place", "+47.3769+008.5417/") in {
        (i.kind, i.value) for i in read_header(tmp_path, mov).identifiers
    }


def test_the_written_film_has_no_moment_and_one_track(tmp_path: Path) -> None:
    make_mov(tmp_path / "a.mov", planted=Planted())

    written = clean(tmp_path, "a.mov")

    movie = read_movie(written)
    assert (movie.created_at, movie.texts, movie.n_audio, movie.n_other) == (None, [], 0, 0)
    assert [box.kind for box in walk_boxes(written.read_bytes())] == [b"ftyp", b"moov", b"mdat"]
    assert read_written_header(written).n_times == 37


@pytest.mark.parametrize(
    "head",
    [b"\x1a\x45\xdf\xa3" + bytes(60), bytes.fromhex("3026b2758e66cf11") + bytes(60),
     b"FLV\x01" + bytes(60)],
)  # fmt: skip
def test_containers_that_cannot_be_cleaned_are_sent_back(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a.mkv").write_bytes(head)
    (source,) = recognise(tmp_path).sources

    with pytest.raises(FormatError, match=r"FSC257.*ffmpeg"):
        read_header(tmp_path, source)


def test_films_in_fragments_and_unknown_codecs_are_sent_back(tmp_path: Path) -> None:
    whole = make_mov(tmp_path / "a.mov").read_bytes()
    (tmp_path / "a.mov").write_bytes(whole + struct.pack(">I4s", 8, b"moof"))
    (tmp_path / "b.mov").write_bytes(whole.replace(b"jpeg", b"abcd"))

    for name in ("a.mov", "b.mov"):
        with pytest.raises(FormatError, match="FSC257"):
            open_video(tmp_path / name)


def test_sound_and_pictures_in_the_same_boxes_are_not_taken() -> None:
    for brand in (b"M4A ", b"heic", b"avif", b"crx "):
        head = struct.pack(">I4s4sI4s", 20, b"ftyp", brand, 0, b"mp42").ljust(64, b"\0")
        assert not registry()["video"].recognises(FileHead(PurePosixPath("a.m4a"), head, 64))


def test_a_table_that_points_out_of_the_file_is_refused(tmp_path: Path) -> None:
    path = make_mov(tmp_path / "a.mov")
    data = bytearray(path.read_bytes())
    at = data.index(b"stco") + 12
    data[at : at + 4] = (1 << 30).to_bytes(4, "big")
    path.write_bytes(data)

    with pytest.raises(FormatError, match="FSC258"):
        open_video(path)


@pytest.mark.data
def test_a_real_film_keeps_its_pixels_and_loses_its_words(signals: Path, tmp_path: Path) -> None:
    (path,) = (signals / "behaviour").rglob("*.mp4")
    (source,) = [s for s in recognise(path.parent).sources if s.format == "video"]

    written = write_recording(
        path.parent, source, released(read_header(path.parent, source)), tmp_path, "sub-01_video"
    )

    target = tmp_path / written.files[0]
    data = target.read_bytes()
    assert b"Lavf" not in data
    assert b"options: cabac" not in data
    # Its encoder's name and number stay: decoders need them to make up for a fault of it.
    assert b"x264 - core 148 " in data
    before, after = cv2.VideoCapture(str(path)), cv2.VideoCapture(str(target))
    for _ in range(400):
        np.testing.assert_array_equal(before.read()[1], after.read()[1])
