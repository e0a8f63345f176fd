"""A commons, and a release to publish into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.govern import open_commons
from fascicle.testing import (
    MadeRelease,
    make_release,
)


@pytest.fixture
def made(tmp_path: Path) -> MadeRelease:
    return make_release(tmp_path / "out")


@pytest.fixture
def commons(tmp_path: Path):
    with open_commons(tmp_path / "commons", agent="ada", create=True) as commons:
        yield commons
