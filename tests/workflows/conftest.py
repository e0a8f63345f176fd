import pytest

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


@pytest.fixture
def shared(raw, tmp_path, home):
    """A dataset that was shared and not published."""
    from fascicle.workflows import ShareOptions, share

    return share(
        raw,
        tmp_path / "out",
        ShareOptions(publish=False, consent="GRU", participants="confirmed", line_hz=50.0),
    )
