from pathlib import Path

import pytest
from tests.journeys import bad_files

from fascicle.testing import make_edf
from fascicle.workflows._demo import make_lab_folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A vault and commons of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FASCICLE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    """Three invented people, two recordings each, in two formats, full of identifiers."""
    raw = tmp_path_factory.mktemp("lab") / "raw"
    make_lab_folder(raw, duration_s=7.0)
    return raw


@pytest.fixture
def raw(lab_folder, tmp_path):
    """A copy that a test may change."""
    import shutil

    return Path(shutil.copytree(lab_folder, tmp_path / "raw"))


@pytest.fixture
def small(tmp_path):
    """Two short recordings of two people."""
    folder = tmp_path / "small"
    folder.mkdir()
    for seed, name in enumerate(bad_files.GOOD):
        make_edf(folder / name, seed=60 + seed, shape=bad_files.SHAPE)
    return folder


def list_bytes(folder):
    """Every file but the report, by path, with its bytes: what must be reproducible."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "report.html"
    }
