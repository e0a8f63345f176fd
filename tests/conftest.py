"""What every test stands on: no network, no traces in the user's home, the optional real data."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# The same examples on every run: a failure seen once can be seen again.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")


def data_folder() -> Path:
    """Return where real recordings would lie."""
    return Path(os.environ.get("FASCICLE_TEST_DATA", ROOT.parent / "shared" / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs real recordings on machines that have none."""
    folder = data_folder() / "signals"
    if folder.is_dir():
        return
    skip = pytest.mark.skip(reason="no real recordings here: set FASCICLE_TEST_DATA")
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(skip)


@pytest.fixture
def signals() -> Path:
    """Folder of real recordings; read in place, never written to."""
    folder = data_folder() / "signals"
    if not folder.is_dir():
        pytest.skip("no real recordings here: set FASCICLE_TEST_DATA")
    return folder


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:
    """Keep the vault and the default commons of every test out of the user's home."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FASCICLE_HOME", str(home / "fascicle"))
    # MNE asks for its own settings folder when it is first imported.
    monkeypatch.setenv("_MNE_FAKE_HOME_DIR", str(home))
    monkeypatch.setenv("MNE_DONTWRITE_HOME", "true")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that reaches for another machine: everything must work offline."""
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in LOOPBACK:
            raise OSError("a test reached for the network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_nearby)
