"""What the names of stored things give away: nothing."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.govern.published import publish

from fascicle.core import Tier
from fascicle.testing import ReleaseShape, make_release


def test_no_plain_digest_stands_in_a_file_name_or_the_log(commons, made, tmp_path: Path) -> None:
    publish(commons, made)
    digests = {asset.digest for asset in made.release.assets}

    names = {path.name for path in (tmp_path / "commons" / "objects").rglob("*")}

    assert names.isdisjoint(digests)
    assert not any(digest in repr(commons.log()) for digest in digests)


def test_equal_files_of_two_people_cannot_be_linked_by_their_addresses(
    commons, tmp_path: Path
) -> None:
    open_ = replace(ReleaseShape().dataset, tier=Tier.OPEN)  # what is encrypted differs anyway
    made = make_release(tmp_path / "open", ReleaseShape(dataset=open_))

    publish(commons, made)  # each participant's sidecar has the same bytes

    sidecar = (made.folder / "sub-01" / "eeg" / "sub-01_task-rest_eeg.json").read_bytes()
    stored = [
        path
        for path in (tmp_path / "commons" / "objects").rglob("*")
        if path.is_file() and path.read_bytes() == sidecar
    ]
    assert len({path.name for path in stored}) == len({path.parent for path in stored}) == 3


def test_no_label_and_no_path_of_the_machine_is_a_name_in_the_store(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    for path in (tmp_path / "commons" / "objects").rglob("*"):
        assert path.name == "shared" or re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", path.name)
    database = b"".join(p.read_bytes() for p in (tmp_path / "commons").glob("commons.sqlite*"))
    assert str(made.folder).encode() not in database
    assert os.fsencode(tmp_path) not in database


def test_a_persons_lines_of_a_table_are_stored_apart_from_the_others(
    commons, made, tmp_path: Path
) -> None:
    publish(commons, made)

    with closing(sqlite3.connect(tmp_path / "commons" / "commons.sqlite")) as raw:
        owners = raw.execute("SELECT count(DISTINCT owner), count(*) FROM rows").fetchone()

    table = (made.folder / "participants.tsv").read_bytes()
    assert owners == (4, 4)  # the header is about nobody
    for path in (tmp_path / "commons" / "objects").rglob("*"):
        assert not path.is_file() or path.read_bytes() != table
    assert hashlib.sha256(table).hexdigest() not in {
        path.name for path in (tmp_path / "commons").rglob("*")
    }
