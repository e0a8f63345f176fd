"""What encryption costs: one large file into a commons and out again, beside the plain ways.

    python benchmarks/encryption.py [--megabytes 256] [--rounds 3]

A file of random bytes is stored and restored encrypted, stored and restored as it is (cloned, where
the file system can, else copied), and copied by the system alone. Rates are the best of the rounds,
in millions of plain bytes per second of wall time, on warm files. Storing as it is includes its two
digests; storing encrypted reads the file three times: for the digest that finds what is stored
already, to encrypt it, and to decrypt what was stored. Beside it, the cipher alone in memory.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _results import write_results

from fascicle.core import Asset, Dataset
from fascicle.jobs import clone_file, write_atomic
from fascicle.store import KeyPlace, NewVersion, StoredAsset, open_store

if TYPE_CHECKING:
    from fascicle.store import Store

SEED = 20_261_120
MB = 1_000_000


def main() -> None:
    """Run all ways over one file and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="Where to work; default: the system's.")
    asked = parser.parse_args()
    rates: dict[str, float] = {}
    for number in range(asked.rounds):
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            path = Path(folder) / "plain"
            make_file(path, asked.megabytes, SEED + number)
            for name, rate in measure(Path(folder), path).items():
                rates[name] = max(rate, rates.get(name, 0.0))
    values = {"megabytes": asked.megabytes, "rounds": asked.rounds}
    print(write_results("encryption", values | {"mb_per_s": rates}, seed=SEED))
    for name, rate in rates.items():
        print(f"{name:24} {rate:8.0f} MB/s")


def make_file(path: Path, megabytes: int, seed: int) -> None:
    """Write random bytes, which nothing can compress or find twice."""
    rng = np.random.default_rng(seed)
    with path.open("wb") as handle:
        for _ in range(megabytes):
            handle.write(rng.bytes(MB))


def measure(folder: Path, path: Path) -> dict[str, float]:
    """Return the rate of each way over one file."""
    n_bytes = path.stat().st_size
    rates = {"copy": rate(n_bytes, lambda: shutil.copyfile(path, folder / "copy"))}
    place = KeyPlace(folder / "keys", write_atomic)
    with closing(
        open_store(folder / "commons", clone=clone_file, create=True, keys=place)
    ) as store:
        for name, encrypted in (("plain", False), ("encrypted", True)):
            rates |= measure_store(store, path, name, encrypted=encrypted)
    return rates | {"cipher in memory": rate_of_cipher()}


def measure_store(store: Store, path: Path, name: str, *, encrypted: bool) -> dict[str, float]:
    """Return the rates of one way into the commons and out again."""
    kept: list[StoredAsset] = []
    n_bytes, out = path.stat().st_size, path.with_name("out")

    def put() -> None:
        with store.publishing():
            one = store.put_file(name, ["01"], path, encrypted=encrypted)
        kept.append(StoredAsset(Asset("a", one.digest, n_bytes, "recording", ("01",)), one))
        new = NewVersion(Dataset(name, name), tuple(kept), {}, (), {}, "ada", "00")
        store.add_version(new)

    rates = {f"{name} in": rate(n_bytes, put)}
    rates |= {f"{name} out": rate(n_bytes, lambda: store.restore(kept[0], out))}
    out.unlink()
    return rates


def rate_of_cipher() -> float:
    """Return the rate of the cipher on chunks that lie in memory."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, chunk = AESGCM(bytes(32)), bytes(1 << 20)
    n_chunks = 256
    return rate(
        n_chunks << 20,
        lambda: [cipher.encrypt(index.to_bytes(12), chunk, b"") for index in range(n_chunks)],
    )


def rate(n_bytes: int, work: Callable[[], object]) -> float:
    """Return millions of bytes per second of wall time."""
    started = time.perf_counter()
    work()
    return round(n_bytes / MB / (time.perf_counter() - started), 1)


if __name__ == "__main__":
    main()
