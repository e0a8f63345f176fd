"""What every store must do, whatever it is built on."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fascicle.core import Asset, Consent, Dataset
from fascicle.errors import StoreError
from fascicle.store import Filters, NewVersion, StoredAsset

if TYPE_CHECKING:
    from fascicle.store import Store


class StoreContract:
    """To be subclassed: `open_store` gives the store under test."""

    def open_store(self, folder: Path) -> Store:
        """Open the store in a folder, making it if it is not there."""
        raise NotImplementedError

    def test_what_was_put_in_comes_out_byte_for_byte(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            plain = _write(tmp_path / "plain.bin", n_bytes=1_000_003)
            new = _version(store, {"01": plain})

            store.add_version(new)
            (stored,) = store.read_assets(new.dataset.id, "1")
            store.restore(stored, tmp_path / "back" / "again.bin")

            assert (tmp_path / "back" / "again.bin").read_bytes() == plain.read_bytes()
            assert stored.stored.digest == hashlib.sha256(plain.read_bytes()).hexdigest()

    def test_an_edit_of_the_original_never_changes_what_is_stored(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            plain = _write(tmp_path / "plain.bin")
            before = plain.read_bytes()
            store.add_version(_version(store, {"01": plain}))

            with plain.open("r+b") as handle:
                handle.write(b"changed in place")

            (stored,) = store.read_assets("ds-1", "1")
            store.restore(stored, tmp_path / "again.bin")
            assert (tmp_path / "again.bin").read_bytes() == before

    def test_the_input_is_left_as_it_is(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            plain = _write(tmp_path / "plain.bin")
            before = (plain.read_bytes(), plain.stat().st_mtime_ns)

            store.add_version(_version(store, {"01": plain}))

            assert (plain.read_bytes(), plain.stat().st_mtime_ns) == before

    def test_equal_bytes_of_one_participant_are_stored_once_and_of_two_twice(
        self, tmp_path: Path
    ) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            plain = _write(tmp_path / "plain.bin")

            with store.publishing():
                mine = store.put_file("ds-1", ["01"], plain)
                again = store.put_file("ds-1", ["01"], plain)
                another = store.put_file("ds-1", ["02"], plain)
                elsewhere = store.put_file("ds-2", ["01"], plain)

            assert mine == again
            addresses = {mine.address, another.address, elsewhere.address}
            owners = {mine.owner, another.owner, elsewhere.owner}
            assert len(addresses) == len(owners) == 3

    def test_the_same_version_twice_is_one(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            new = _version(store, {"01": _write(tmp_path / "plain.bin")})

            first, second = store.add_version(new), store.add_version(new)

            assert (first, second) == (("1", True), ("1", False))

    def test_other_bytes_make_the_next_version_and_leave_the_old_one(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            old, new = _write(tmp_path / "old.bin", seed=1), _write(tmp_path / "new.bin", seed=2)
            store.add_version(_version(store, {"01": old}))

            added = store.add_version(_version(store, {"01": new}))

            assert added == ("2", True)
            for version, plain in (("1", old), ("2", new)):
                (stored,) = store.read_assets("ds-1", version)
                store.restore(stored, tmp_path / version)
                assert (tmp_path / version).read_bytes() == plain.read_bytes()

    def test_a_closed_store_opens_again_with_all_that_was_in_it(self, tmp_path: Path) -> None:
        first = self.open_store(tmp_path / "commons")
        first.add_version(_version(first, {"01": _write(tmp_path / "plain.bin")}))
        first.close()

        second = self.open_store(tmp_path / "commons")

        found = second.read_version("ds-1")
        assert found is not None
        assert found.consents == {"01": Consent(("DUO:0000042",))}
        assert [match.dataset.id for match in second.search([["made"]], Filters(), 5)] == ["ds-1"]
        second.close()

    def test_files_that_no_version_names_are_removed_and_others_are_not(
        self, tmp_path: Path
    ) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            kept = _write(tmp_path / "kept.bin", seed=1)
            lost = _write(tmp_path / "lost.bin", seed=2)
            store.add_version(_version(store, {"01": kept}))
            with store.publishing():
                store.put_file("ds-1", ["02"], lost)
                store.put_file("ds-1", ["01"], lost)

            n_removed = store.remove_orphans()

            assert n_removed == 2
            assert list(store.find_broken_assets()) == []

    def test_nothing_is_removed_while_somebody_publishes(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            with store.publishing():
                store.put_file("ds-1", ["01"], _write(tmp_path / "plain.bin"))

                assert store.remove_orphans() is None

            assert store.remove_orphans() == 1

    def test_the_log_holds_after_many_lines_and_tells_who_did_what(self, tmp_path: Path) -> None:
        with closing(self.open_store(tmp_path / "commons")) as store:
            for number in range(17):
                store.record("read", f"agent {number % 3}", "", {"number": number})

            log = store.read_log()

            assert [entry.details["number"] for entry in log] == list(range(17))
            assert len({entry.agent for entry in log}) == 3
            assert store.find_log_breaks() == ()

    def test_lost_bytes_are_reported_and_never_restored(self, tmp_path: Path) -> None:
        store = self.open_store(tmp_path / "commons")
        store.add_version(_version(store, {"01": _write(tmp_path / "plain.bin")}))
        shutil.rmtree(tmp_path / "commons" / "objects")

        broken = list(store.find_broken_assets())

        assert broken == [("ds-1", "1", "sub-01/plain.bin", "missing")]
        (stored,) = store.read_assets("ds-1", "1")
        try:
            store.restore(stored, tmp_path / "again.bin")
        except StoreError as error:
            assert error.code == "FSC603"
        else:
            raise AssertionError("expected a StoreError")
        store.close()


def _write(path: Path, *, seed: int = 5, n_bytes: int = 10_007) -> Path:
    """Write random bytes."""
    path.write_bytes(np.random.default_rng(seed).bytes(n_bytes))
    return path


def _version(store: Store, files: dict[str, Path]) -> NewVersion:
    """Store a file for each participant and return the version that names them."""
    assets = []
    with store.publishing():
        for label, path in files.items():
            stored = store.put_file("ds-1", [label], path)
            name = f"sub-{label}/plain.bin"
            asset = Asset(name, stored.digest, stored.n_bytes, "recording", (label,))
            assets.append(StoredAsset(asset, stored))
    return NewVersion(
        dataset=Dataset("ds-1", "Made data", n_participants=len(files)),
        assets=tuple(assets),
        consents={label: Consent(("DUO:0000042",)) for label in files},
        activities=(),
        seal={},
        publisher="ada",
        public_key="00",
    )
