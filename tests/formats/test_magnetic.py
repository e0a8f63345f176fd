"""MEG of single vendors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, registry
from fascicle.formats._from_mne import Reading, open_raw
from fascicle.testing import PLANTED, make_kit_head, read_all, released

NAMES = ["MEG 001", "MEG 002", "EEG 001", "STI 014"]


def make_raw():
    """Return an MEG recording in memory, with people in its header."""
    import mne

    rng = np.random.default_rng(11)
    info = mne.create_info(NAMES, 251.0, ["mag", "mag", "eeg", "stim"], verbose="ERROR")
    info["experimenter"] = PLANTED
    info["subject_info"] = {"his_id": PLANTED, "last_name": PLANTED}
    samples = rng.normal(size=(4, 1009)) * np.array([[1e-12], [1e-12], [1e-5], [0]])
    samples[3, 400:410] = 5
    raw = mne.io.RawArray(samples, info, verbose="ERROR")
    raw.set_annotations(mne.Annotations([0.5], [0.0], [PLANTED]))
    return raw, samples


@pytest.mark.parametrize("name", ["ctf", "kit", "bti"])
def test_what_was_opened_is_written_as_fif_without_its_people(tmp_path, name):
    raw, samples = make_raw()
    opened = open_raw(raw, Reading("MEG", volt_unit="V", guesses_kinds=False))
    assert {i.value for i in opened.header.identifiers} == {PLANTED}

    header = released(opened.header)
    written = registry()[name].write_opened(opened, header, tmp_path, "sub-01_meg")

    path = tmp_path / written.files[0]
    assert (written.format, written.copied) == ("fif", False)
    assert [p.name for p in tmp_path.iterdir()] == ["sub-01_meg.fif"]
    again = read_written_header(path)
    assert [c.name for c in again.channels] == NAMES
    assert [c.kind for c in again.channels] == [c.kind for c in header.channels]
    assert [c.unit for c in again.channels] == ["T", "T", "V", "n/a"]
    assert [e.label for e in again.events] == ["event 0"]
    np.testing.assert_allclose(read_all(path), samples, rtol=1e-6)
    assert PLANTED.encode() not in path.read_bytes()


@pytest.mark.parametrize("name", ["ctf", "kit", "bti"])
def test_of_a_digitised_head_those_points_go_over_that_the_header_has(tmp_path, name):
    import mne

    raw, _ = make_raw()
    points = np.random.default_rng(5).normal(0, 0.09, (31, 3))
    raw.set_montage(
        mne.channels.make_dig_montage(
            nasion=[0, 0.1, 0], lpa=[-0.08, 0, 0], rpa=[0.08, 0, 0], hsp=points, coord_frame="head"
        ),
        on_missing="ignore",
    )
    opened = open_raw(raw, Reading("MEG", volt_unit="V", guesses_kinds=False))
    shape = opened.header.head_shape
    some = replace(shape, points_m=shape.points_m[3:10])

    for place, kept in (("none", None), ("some", some)):
        (tmp_path / place).mkdir()
        header = replace(released(opened.header), head_shape=kept)
        written = registry()[name].write_opened(opened, header, tmp_path / place, "sub-01_meg")
        info = mne.io.read_info(tmp_path / place / written.files[0], verbose="ERROR")
        kinds = [int(point["kind"]) for point in info["dig"]]
        assert (kinds.count(1), kinds.count(4)) == (3, len(kept.points_m) if kept else 0)
    np.testing.assert_allclose(shape.points_m, points, atol=1e-7)


def test_triggers_are_found_on_their_channel(tmp_path, monkeypatch):
    raw, _ = make_raw()
    opened = open_raw(raw, Reading("MEG", volt_unit="V", guesses_kinds=False))
    plugin = registry()["kit"]
    monkeypatch.setattr(plugin, "open", lambda root, files: opened, raising=False)

    events = plugin.read_triggers(tmp_path, Source("kit", (PurePosixPath("a.sqd"),), 0))

    assert [(round(e.onset_s * 251), e.value) for e in events] == [(400, 5)]


def test_folders_and_files_are_told_by_their_marks(tmp_path):
    kit = make_kit_head(tmp_path / "a.sqd")
    heads = {
        "kit": FileHead(PurePosixPath("a.sqd"), kit.read_bytes(), 4096),
        "ctf": FileHead(PurePosixPath("a.ds"), b"", 0, is_folder=True),
        "mff": FileHead(PurePosixPath("a.mff"), b"", 0, is_folder=True),
        "bti": FileHead(PurePosixPath("run/c,rfhp0.1Hz"), b"\0" * 4096, 9999),
        "": FileHead(PurePosixPath("a.con"), b"connection settings\n" * 9, 180),
    }

    for expected, head in heads.items():
        found = [name for name, plugin in registry().items() if plugin.recognises(head)]
        assert found == [expected] * bool(expected)


@pytest.mark.parametrize("name", ["ctf", "kit", "bti"])
def test_what_is_none_of_these_is_refused_in_our_words(tmp_path, name):
    path = make_kit_head(tmp_path / "a.sqd")
    folder = tmp_path / "a.ds"
    folder.mkdir()
    file = folder if name == "ctf" else path

    with pytest.raises(FormatError) as caught:
        read_header(tmp_path, Source(name, (PurePosixPath(file.name),), 0))

    assert str(tmp_path) not in str(caught.value)


def test_a_data_file_of_bti_needs_its_configuration(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    head = FileHead(PurePosixPath("run/c,rfDC"), b"\0" * 4096, 9999)

    assert "config" in registry()["bti"].refuses(head, tmp_path)
    (run / "config").write_bytes(b"\0")
    assert registry()["bti"].refuses(head, tmp_path) == ""
    siblings = [PurePosixPath(f"run/{name}") for name in ("c,rfDC", "config", "hs_file")]
    assert registry()["bti"].companions(head, tmp_path, siblings) == tuple(siblings[1:])


def test_the_texts_of_a_ctf_folder_are_identifiers(tmp_path):
    folder = tmp_path / "a.ds"
    folder.mkdir()
    data = bytearray(2048)
    data[1592 : 1592 + len(PLANTED)] = PLANTED.encode()
    (folder / "a.res4").write_bytes(data)
    (folder / "a.infods").write_bytes(b"\0\0_PATIENT_NAME\0\0\0\0" + PLANTED.encode() + b"\0")

    found = registry()["ctf"].find_identifiers(folder)

    assert [(i.kind, i.value) for i in found] == [("id", PLANTED), ("text", PLANTED)]
