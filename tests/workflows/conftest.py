import os
import shutil
from dataclasses import replace

import pytest

from fascicle.workflows import ShareOptions, share
from fascicle.workflows._demo import make_lab_folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A vault and commons of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FASCICLE_HOME", str(folder))
    monkeypatch.delenv("FASCICLE_VAULT_PASSPHRASE", raising=False)
    return folder


@pytest.fixture
def raw(tmp_path):
    """Three invented people, two short recordings each."""
    make_lab_folder(tmp_path / "raw", duration_s=3.0)
    return tmp_path / "raw"


@pytest.fixture(scope="session")
def shared_once(tmp_path_factory):
    """A dataset that was shared and not published, with its vault; not to be changed."""
    folder = tmp_path_factory.mktemp("shared")
    make_lab_folder(folder / "raw", duration_s=3.0)
    before = os.environ.get("FASCICLE_HOME")
    os.environ["FASCICLE_HOME"] = str(folder / "home")
    options = ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0)
    try:
        result = share(folder / "raw", folder / "out", options)
    finally:
        os.environ.pop("FASCICLE_HOME")
        if before is not None:
            os.environ["FASCICLE_HOME"] = before
    assert result.exit_code == 0, result.as_dict()
    return folder, result


@pytest.fixture
def shared(shared_once, tmp_path, home):
    """A copy of that dataset that a test may change."""
    folder, result = shared_once
    for name in ("out", "out.private", "home"):
        shutil.copytree(folder / name, tmp_path / name)
    private = tmp_path / "out.private"
    return replace(
        result,
        out=tmp_path / "out",
        report=tmp_path / "out" / "report.html",
        owner_report=private / "report.html",
        plan_path=private / "plan.yaml",
    )
