"""Recognising a raw folder."""

from __future__ import annotations

import os
import sys
import time
import zipfile

import pytest

from fascicle.errors import InputError, JobError
from fascicle.formats import recognise
from fascicle.formats._recognise import Recognition
from fascicle.jobs import run_apart
from fascicle.testing import (
    Shape,
    make_bdf,
    make_brainvision,
    make_edf,
    make_hdf5_movie,
    make_snirf,
)

SMALL = Shape(rates_hz=(50,) * 3, n_seconds=3)


def names(paths):
    return [str(path) for path in paths]


def findings(found: Recognition):
    return [(finding.code, finding.raw_place) for finding in found.findings]


@pytest.fixture
def lab(tmp_path):
    """A folder as labs have them: wrong names, tables, archives, copies, orphans."""
    make_edf(tmp_path / "a.edf", seed=1, shape=SMALL)
    make_edf(tmp_path / "b.dat", seed=2, shape=SMALL)
    make_bdf(tmp_path / "c.edf", seed=3, shape=SMALL)
    (tmp_path / "sub").mkdir()
    make_brainvision(tmp_path / "sub" / "d.vhdr", seed=4, shape=SMALL)
    make_edf(tmp_path / "sub" / "copy of a.edf", seed=1, shape=SMALL)
    (tmp_path / "lonely.vmrk").write_text("Brain Vision Data Exchange Marker File, Version 1.0")
    (tmp_path / "empty.edf").write_bytes(b"")
    (tmp_path / "people.csv").write_text("id,age\n1,34\n")
    (tmp_path / "sub" / "d_events.tsv").write_text("onset\tduration\n1\t0\n")
    (tmp_path / "notes.txt").write_text("nothing of note")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("inside.edf", "x")
    with zipfile.ZipFile(tmp_path / "table.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return tmp_path


def test_content_and_not_the_name_decides(lab):
    found = recognise(lab)

    assert [(s.format, names(s.files)) for s in found.sources] == [
        ("edf", ["a.edf"]),
        ("edf", ["b.dat"]),
        ("bdf", ["c.edf"]),
        ("edf", ["sub/copy of a.edf"]),
        ("brainvision", ["sub/d.vhdr", "sub/d.eeg", "sub/d.vmrk"]),
    ]
    sizes = [(lab / path).stat().st_size for path in found.sources[-1].files]
    assert found.sources[-1].n_bytes == sum(sizes)


def test_a_format_may_look_beyond_the_head_and_leave_the_file_to_the_next(tmp_path, monkeypatch):
    from fascicle.formats._edf import Edf

    make_edf(tmp_path / "a.edf", seed=1, shape=SMALL)
    assert [source.format for source in recognise(tmp_path).sources] == ["edf"]

    monkeypatch.setattr(Edf, "confirms", lambda self, head, root: False, raising=False)
    assert recognise(tmp_path).sources == ()

    monkeypatch.setattr(Edf, "confirms", lambda self, head, root: 1 / 0)
    assert recognise(tmp_path).sources == ()


def test_tables_are_kept_apart_and_sidecars_are_none(lab):
    found = recognise(lab)

    assert names(found.tables) == ["people.csv", "table.xlsx"]
    assert "sub/d_events.tsv" in names(found.others)
    assert "notes.txt" in names(found.others)


def test_what_is_wrong_is_found(lab):
    assert findings(recognise(lab)) == [
        ("file.empty", "empty.edf"),
        ("file.orphan", "lonely.vmrk"),
        ("file.archive", "more.zip"),
        ("file.duplicate", "sub/copy of a.edf"),
    ]


def test_places_that_are_shared_hold_no_raw_names(lab):
    findings = recognise(lab).findings

    assert len(findings) > 2
    for finding in findings:
        assert finding.place == "raw folder"
        assert "lonely" not in finding.reason + finding.fix


def test_the_same_folder_gives_the_same_answer(lab):
    assert recognise(lab) == recognise(lab, n_threads=1)


def test_progress_ends_with_all_files(lab):
    steps = []

    recognise(lab, on_progress=steps.append)

    assert steps[-1].done == steps[-1].total == 14
    assert {step.stage for step in steps} == {"look"}


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_is_found(lab):
    (lab / "a.edf").chmod(0)

    assert ("file.unreadable", "a.edf") in findings(recognise(lab))


def test_a_reader_that_stumbles_does_not_end_the_walk(lab, monkeypatch):
    from fascicle.formats import registry

    def stumble(self, head):
        raise ZeroDivisionError

    monkeypatch.setattr(type(registry()["bdf"]), "recognises", stumble)

    assert [s.format for s in recognise(lab).sources].count("edf") == 3


def test_hdf5_is_looked_into_where_a_crash_is_a_finding_and_nothing_else_is(tmp_path):
    asked = []

    def ask(function, root, head):
        asked.append(str(head.path))
        if head.path.stem == "bad":
            raise JobError("FSC702", "Expected the reader to return.", "Leave it out.")
        return function(root, head)

    for name in ("bad.h5", "good.h5"):
        make_hdf5_movie(tmp_path / name, seed=len(name))
    make_edf(tmp_path / "a.edf", shape=SMALL)

    found = recognise(tmp_path, apart=ask)

    assert sorted(asked) == ["bad.h5", "good.h5"]
    assert names(s.primary for s in found.sources) == ["a.edf", "good.h5"]
    assert findings(found) == [("file.unreadable", "bad.h5")]
    assert "FSC702" in found.findings[0].reason
    assert found == recognise(tmp_path, apart=ask)


def test_where_files_are_looked_into_changes_nothing_else(tmp_path):
    for seed, name in enumerate(("c.h5", "b.h5"), start=3):
        make_hdf5_movie(tmp_path / name, seed=seed)
    make_snirf(tmp_path / "a.snirf")
    (tmp_path / "d.mat").write_bytes(bytes(512) + b"\x89HDF\r\n\x1a\n" + bytes(99))

    assert recognise(tmp_path, apart=run_apart) == recognise(tmp_path)


def test_a_file_is_no_folder(lab):
    with pytest.raises(InputError, match="FSC110"):
        recognise(lab / "a.edf")


def test_an_empty_folder_holds_nothing(tmp_path):
    assert recognise(tmp_path) == Recognition(())


@pytest.mark.slow
def test_ten_thousand_files_take_seconds(tmp_path):
    make_edf(tmp_path / "a.edf", shape=SMALL)
    content = bytearray((tmp_path / "a.edf").read_bytes())
    for i in range(10_000):
        content[-4:] = i.to_bytes(4, "big")
        if i % 100 == 0:
            (tmp_path / f"{i}").mkdir()
        (tmp_path / f"{i - i % 100}" / f"{i}.edf").write_bytes(content)

    start = time.process_time()
    found = recognise(tmp_path)

    assert len(found.sources) == 10_001
    assert time.process_time() - start < 10


def test_an_ending_that_promises_a_recording_and_does_not_keep_it_is_found(tmp_path):
    for name in ("a.edf", "b.FIF", "c.txt", "d.set"):
        (tmp_path / name).write_bytes(b"something else altogether" * 40)

    found = recognise(tmp_path)

    assert [(f.code, f.raw_place) for f in found.findings] == [
        ("file.unknown", "a.edf"),
        ("file.unknown", "b.FIF"),
        ("file.unknown", "d.set"),
    ]
