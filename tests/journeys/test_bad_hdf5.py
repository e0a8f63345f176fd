"""Damaged HDF5 files that crash or stall the library which reads them, beside good ones."""

import json
from functools import partial

import pytest
from tests.journeys.bad_files import crash_hdf5, stall_hdf5
from tests.journeys.bad_runs import ANSWERS, ON_POSIX, list_raw, require_calm, run_command

from fascicle.errors import FascicleError, JobError
from fascicle.formats import read_header, recognise
from fascicle.jobs import run_isolated
from fascicle.prepare import _headers
from fascicle.prepare._headers import find_damaged, read_sources
from fascicle.testing import PLANTED, Planted, make_hdf5_movie
from fascicle.workflows import ShareOptions, share

pytestmark = ON_POSIX

OPTIONS = ShareOptions(publish=False, n_jobs=1, name="Films", species="Mus musculus", **ANSWERS)


def make_films(raw, n_films=4):
    raw.mkdir()
    for at in range(n_films):
        make_hdf5_movie(raw / f"M{at + 1:02d}_film.h5", seed=31 + at, planted=Planted())
    return raw


@pytest.fixture
def films(tmp_path):
    """Four films; the second ends every process that reads its header."""
    raw = make_films(tmp_path / "raw")
    crash_hdf5(raw / "M02_film.h5")
    sources = {source.primary.name: source for source in recognise(raw).sources}
    try:
        run_isolated(read_header, raw, sources["M02_film.h5"])
    except JobError as error:
        assert error.code == "FSC702"
        return raw
    except FascicleError:
        pass
    pytest.skip("this version of HDF5 survives the damage")


def require_found(findings):
    [found] = [f for f in findings if f["code"] == "file.unreadable"]
    assert found["raw_place"] == "M02_film.h5"
    assert "FSC702" in found["reason"]


def test_look_goes_on_without_the_film_that_kills_its_reader(films, tmp_path):
    before = list_raw(films)

    answer = run_command("look", films, "--json", home=tmp_path / "home")

    said = json.loads(answer.stdout)
    require_calm(answer, 0)
    require_found(said["findings"])
    assert said["n_recordings"] == 3
    assert list_raw(films) == before


def test_share_publishes_the_others(films, tmp_path):
    out = tmp_path / "out"

    result = share(films, out, OPTIONS)

    assert (result.n_recordings, result.exit_code) == (3, 1)
    require_found([{"code": f.code, "raw_place": f.raw_place, "reason": f.reason}
                   for f in result.findings])  # fmt: skip
    assert len(list(out.rglob("*.nwb"))) == 3
    assert not any(PLANTED.encode() in path.read_bytes() for path in out.rglob("*.nwb"))


def test_a_folder_of_nothing_else_is_told_as_unreadable(films, tmp_path):
    for path in films.iterdir():
        if path.name != "M02_film.h5":
            path.unlink()

    answer = run_command("look", films, home=tmp_path / "home")

    said = require_calm(answer, 1, 2, 3)
    assert "FSC114" in said
    assert "FSC702" in said


def test_a_film_that_stalls_its_reader_is_given_up_and_the_others_are_read(tmp_path, monkeypatch):
    raw = make_films(tmp_path / "raw", n_films=3)
    stall_hdf5(raw / "M02_film.h5")
    monkeypatch.setattr(_headers, "run_apart", partial(_headers.run_apart, timeout_s=4.0))
    sources = recognise(raw).sources

    read = read_sources(raw, sources)

    if not isinstance(read[1], JobError):
        pytest.skip("this version of HDF5 survives the damage")
    [found] = find_damaged(sources, read)
    assert (found.code, found.raw_place) == ("file.unreadable", "M02_film.h5")
    assert "FSC703" in found.reason
