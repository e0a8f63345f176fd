"""Objects are whole or absent, one folder for each owner, under keyed digests."""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import StoreError
from fascicle.store._objects import ObjectFolder, PlainCodec

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.fixture
def objects(tmp_path: Path) -> ObjectFolder:
    return ObjectFolder(tmp_path / "objects", PlainCodec(shutil.copyfile))


def write(path: Path, *, n_bytes: int = 9_000_001) -> bytes:
    content = np.random.default_rng(11).bytes(n_bytes)
    path.write_bytes(content)
    return content


def test_the_address_is_the_keyed_digest_of_the_bytes(objects, tmp_path: Path) -> None:
    content = write(tmp_path / "plain")

    address, digest = objects.put("owner", KEY, tmp_path / "plain")

    assert address == hmac.new(KEY, content, hashlib.sha256).hexdigest()
    assert digest == hashlib.sha256(content).hexdigest()
    assert objects.path("owner", address).read_bytes() == content


def test_an_address_does_not_tell_what_the_plain_file_is(objects, tmp_path: Path) -> None:
    content = write(tmp_path / "plain")

    mine, _ = objects.put("mine", KEY, tmp_path / "plain")
    other, _ = objects.put("other", OTHER_KEY, tmp_path / "plain")

    assert len({mine, other, hashlib.sha256(content).hexdigest()}) == 3


def test_an_empty_file_is_an_object_too(objects, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()

    address, digest = objects.put("owner", KEY, tmp_path / "plain")
    objects.restore("owner", address, tmp_path / "again")

    assert (tmp_path / "again").read_bytes() == b""
    assert digest == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("failing", ["clone", "rename"])
def test_a_copy_that_fails_leaves_nothing(failing: str, tmp_path: Path, monkeypatch) -> None:
    write(tmp_path / "plain")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    objects = ObjectFolder(
        tmp_path / "objects", PlainCodec(fail if failing == "clone" else shutil.copyfile)
    )
    if failing == "rename":
        monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(StoreError, match="FSC607"):
        objects.put("owner", KEY, tmp_path / "plain")

    assert list(objects.walk()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_stored_object_cannot_be_written_to(objects, tmp_path: Path) -> None:
    write(tmp_path / "plain")
    address, _ = objects.put("owner", KEY, tmp_path / "plain")

    with pytest.raises(PermissionError):
        objects.path("owner", address).open("r+b")


def test_a_changed_object_is_not_intact_and_a_lost_one_is_missing(objects, tmp_path: Path) -> None:
    write(tmp_path / "plain")
    address, _ = objects.put("owner", KEY, tmp_path / "plain")
    path = objects.path("owner", address)

    assert objects.is_intact("owner", address, KEY) is True
    path.chmod(0o600)
    with path.open("r+b") as handle:
        handle.seek(8_500_000)
        handle.write(b"\0\1\2")
    assert objects.is_intact("owner", address, KEY) is False
    objects.remove("owner", address)
    assert objects.is_intact("owner", address, KEY) is None


def test_storing_a_damaged_object_again_mends_it(objects, tmp_path: Path) -> None:
    write(tmp_path / "plain")
    address, _ = objects.put("owner", KEY, tmp_path / "plain")
    objects.path("owner", address).chmod(0o600)
    objects.path("owner", address).write_bytes(b"damaged")

    objects.put("owner", KEY, tmp_path / "plain")

    assert objects.is_intact("owner", address, KEY) is True


@dataclass(frozen=True)
class Inverting:
    """A codec whose stored bytes are the plain ones with every bit turned."""

    def encode(self, plain: Path, stored: Path) -> None:
        stored.write_bytes(bytes(255 - byte for byte in plain.read_bytes()))

    decode = encode

    def plain_blocks(self, stored: Iterator[memoryview]) -> Iterator[memoryview]:
        for block in stored:
            yield memoryview(bytes(255 - byte for byte in block))


def test_another_codec_stores_other_bytes_and_gives_the_same_back(tmp_path: Path) -> None:
    content = write(tmp_path / "plain", n_bytes=1009)
    objects = ObjectFolder(tmp_path / "objects", Inverting())

    address, digest = objects.put("owner", KEY, tmp_path / "plain")
    objects.restore("owner", address, tmp_path / "again")

    stored = objects.path("owner", address).read_bytes()
    assert stored != content
    assert address == hmac.new(KEY, stored, hashlib.sha256).hexdigest()
    assert digest == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "again").read_bytes() == content
