from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from tests.journeys.bad_files import crash_hdf5

from fascicle.core import Header, Progress, Source
from fascicle.errors import FormatError, JobError
from fascicle.formats import read_header, recognise
from fascicle.prepare import look, read_headers
from fascicle.prepare._headers import find_damaged, read_sources
from fascicle.testing import (
    make_brainvision,
    make_edf,
    make_gdf,
    make_hdf5_movie,
    make_snirf,
    make_xdf,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_edf(tmp_path / "S1_rest.edf")
    make_brainvision(tmp_path / "S2_rest.vhdr")
    (tmp_path / "S3_rest.edf").write_bytes((tmp_path / "S1_rest.edf").read_bytes()[:300])
    return tmp_path


def test_no_file_is_opened_again_to_tell_what_was_seen_already(tmp_path, monkeypatch):
    make_snirf(tmp_path / "a.snirf")
    make_xdf(tmp_path / "b.xdf")
    seen = recognise(tmp_path)
    opened = []
    monkeypatch.setattr(
        "fascicle.formats._risky._read_start", lambda path: opened.append(path) or b""
    )

    read = read_sources(tmp_path, seen.sources, hdf5=seen.hdf5)

    assert opened == []
    assert [isinstance(one, Header) for one in read] == [True, True]
    assert dict(seen.hdf5) == {PurePosixPath("a.snirf"): True, PurePosixPath("b.xdf"): False}


def test_a_broken_file_does_not_stop_the_others(folder: Path) -> None:
    sources = recognise(folder).sources

    read = read_sources(folder, sources)

    by_name = dict(zip((str(s.primary) for s in sources), read, strict=True))
    assert isinstance(by_name["S1_rest.edf"], Header)
    assert isinstance(by_name["S2_rest.vhdr"], Header)
    assert isinstance(by_name["S3_rest.edf"], FormatError)
    findings = find_damaged(sources, read)
    assert [(f.code, f.raw_place) for f in findings] == [("file.unreadable", "S3_rest.edf")]


def test_headers_come_in_the_order_of_the_sources_and_progress_is_told(folder: Path) -> None:
    sources = recognise(folder).sources
    steps: list[Progress] = []

    read_sources(folder, sources, steps.append)

    assert [(s.stage, s.done, s.total) for s in steps] == [("headers", i, 3) for i in (1, 2, 3)]
    assert [s.what for s in steps] == [s.primary.name for s in sources]


def test_a_format_that_nobody_knows_is_an_error_and_no_crash(tmp_path: Path) -> None:
    (found,) = read_sources(tmp_path, [Source("zorg", (PurePosixPath("a.zorg"),), 9)])

    assert isinstance(found, FormatError)


def test_a_file_that_kills_its_reader_does_not_stop_the_others(
    folder: Path,
) -> None:
    for at in range(3):
        make_hdf5_movie(folder / f"M{at}.h5", seed=41 + at)
    crash_hdf5(folder / "M1.h5")
    sources = recognise(folder).sources

    read = read_sources(folder, sources)

    by_name = dict(zip((str(s.primary) for s in sources), read, strict=True))
    if isinstance(by_name["M1.h5"], Header):
        pytest.skip("this version of HDF5 survives the damage")
    assert isinstance(by_name["M1.h5"], JobError)
    assert by_name["M1.h5"].code == "FSC702"
    assert [n for n, one in by_name.items() if not isinstance(one, Header)] == [
        "M1.h5", "S3_rest.edf"]  # fmt: skip
    for at in (0, 2):
        assert by_name[f"M{at}.h5"] == read_header(folder, sources[at])


def test_reading_leaves_standard_output_alone(folder: Path) -> None:
    make_gdf(folder / "S4_rest.gdf")
    before = sys.stdout

    read_sources(folder, recognise(folder).sources)

    assert sys.stdout is before


def test_the_headers_of_a_plan_are_those_that_look_read(folder: Path) -> None:
    looked = look(folder, made_at=NOW)

    headers = read_headers(looked.plan)

    assert headers == looked.headers
