"""Every box and chunk of a video is accounted for; what the remover leaves, the proof finds."""

import struct
from pathlib import Path

import pytest

from fascicle.formats import read_header, recognise, write_recording
from fascicle.protect._containers import read_contents
from fascicle.protect._contents import Contents, Context
from fascicle.testing import Planted, make_avi, make_mov, released

pytest.importorskip("cv2")


def parse(path: Path, data: bytes | None = None) -> Contents:
    whole = path.read_bytes() if data is None else data
    return read_contents(whole, Context(path.name, path=path))


@pytest.fixture(params=["a.mov", "a.avi"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make = {"a.mov": make_mov, "a.avi": make_avi}[request.param]
    make(tmp_path / request.param, planted=Planted())
    (source,) = recognise(tmp_path).sources
    header = released(read_header(tmp_path, source))
    out = tmp_path / "out"
    out.mkdir()
    return out / write_recording(tmp_path, source, header, out, "sub-01_video").files[0]


def test_a_cleaned_video_has_no_problem_and_no_words(written: Path) -> None:
    contents = parse(written)

    assert contents.format == "video"
    assert contents.problems == []
    assert {f.text for f in contents.fields} <= {"qt", "vide", "jpeg", "vidsMJPG", "MJPG"}
    n_samples = sum(stop - start for start, stop in contents.samples)
    assert 0.4 < n_samples / written.stat().st_size < 1


@pytest.mark.parametrize("make", [make_mov, make_avi])
def test_in_an_uncleaned_video_every_word_is_found(tmp_path: Path, make) -> None:
    planted = Planted()
    name = "a.mov" if make is make_mov else "a.avi"

    contents = parse(make(tmp_path / name, planted=planted))

    texts = " ".join(f.text for f in contents.fields)
    for word in (planted.name, planted.serial, planted.operator, planted.text, planted.institution):
        assert word in texts, word
    assert contents.problems


def test_bytes_behind_or_between_are_slack(written: Path) -> None:
    data = written.read_bytes()
    is_avi = written.suffix == ".avi"
    extra = b"ICMT" + struct.pack("<I", 16) if is_avi else struct.pack(">I4s", 24, b"free")

    for more in (b"Meier", extra + b"Anna Meier was h"):
        contents = parse(written, data + more)

        assert any(p.code == "proof.slack" for p in contents.problems)
        assert "Meier" in " ".join(f.text for f in contents.fields) or len(more) < 6


def test_a_moment_in_a_header_is_a_date(written: Path) -> None:
    if written.suffix == ".avi":
        pytest.skip("AVI has no moments in its headers")
    data = bytearray(written.read_bytes())
    at = data.index(b"mvhd") + 8
    data[at : at + 4] = (3_600_000_000).to_bytes(4, "big")

    numbers = [n for n in parse(written, bytes(data)).numbers if n.hint == "date"]

    assert [n.value for n in numbers] == [3_600_000_000 - 2_082_844_800]


def test_a_gap_between_samples_is_slack(written: Path) -> None:
    if written.suffix == ".avi":
        pytest.skip("chunks of AVI follow one another")
    data = written.read_bytes()
    at = data.index(b"stsz") + 16
    (first,) = struct.unpack(">I", data[at : at + 4])
    changed = data[:at] + struct.pack(">I", first - 5) + data[at + 4 :]

    assert any(p.code == "proof.slack" for p in parse(written, changed).problems)


def test_damaged_videos_are_problems_and_no_errors(written: Path) -> None:
    data = written.read_bytes()

    for share in (0.01, 0.05, 0.1, 0.5, 0.99):
        assert parse(written, data[: int(len(data) * share)]).problems


def test_frames_of_motion_jpeg_are_no_text(written: Path) -> None:
    from fascicle.protect import POLICIES, scan

    proof = scan(written.parent, [], POLICIES["safe-harbour"])

    assert "proof.text_in_samples" not in {finding.code for finding in proof.findings}
