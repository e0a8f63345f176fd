"""Small sealed releases, as the proof would leave them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fascicle.core import Activity, Asset, Consent, Dataset, Release, format_canonical

_GENERAL_RESEARCH = Consent(duo=("DUO:0000042",))
_MADE_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MadeRelease:
    """A release and the folder that it describes.

    Attributes
    ----------
    release : Release
        With a valid seal.
    folder : Path
        Its files.
    """

    release: Release
    folder: Path


@dataclass(frozen=True, slots=True)
class Sealer:
    """Signs as a vault would, with a key that derives from a seed.

    Attributes
    ----------
    seed : int
        Equal seeds sign with the same key.
    """

    seed: int = 0

    def seal(self, digests: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
        """Return a signed manifest of SHA-256 digests and sizes by path."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(np.random.default_rng(self.seed).bytes(32))
        seal: dict[str, Any] = {
            "files": {path: {"sha256": d, "size": n} for path, (d, n) in digests.items()},
            "public_key": key.public_key().public_bytes_raw().hex(),
        }
        return seal | {"signature": key.sign(format_canonical(seal)).hex()}


@dataclass(frozen=True, slots=True)
class ReleaseShape:
    """What a made release looks like.

    Attributes
    ----------
    labels : tuple of str
        Its participants.
    dataset : Dataset
        How it is described.
    consents : mapping of str to Consent, or None
        By label; None gives general research use to each.
    seed : int
        Of the samples.
    n_bytes : int
        Size of each recording.
    """

    labels: tuple[str, ...] = ("01", "02", "03")
    dataset: Dataset = field(
        default_factory=lambda: Dataset(
            "ds-0123456789ab",
            "Resting EEG with eyes closed",
            species=("homo sapiens",),
            tasks=("rest",),
            modalities=("eeg",),
            n_participants=3,
        )
    )
    consents: Mapping[str, Consent] | None = None
    seed: int = 7
    n_bytes: int = 4099


def make_release(
    folder: Path, shape: ReleaseShape | None = None, *, sealer: Sealer | None = None
) -> MadeRelease:
    """Write a small dataset and seal it.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    shape : ReleaseShape, optional
        What it looks like.
    sealer : Sealer, optional
        Who signs.

    Returns
    -------
    MadeRelease
        Equal shapes give equal bytes.

    Examples
    --------
    >>> made = make_release(getfixture("tmp_path") / "out")
    >>> [asset.path for asset in made.release.assets][:2]
    ['README', 'dataset_description.json']
    """
    shape = shape or ReleaseShape()
    _write_files(folder, shape)
    given = shape.consents
    release = Release(
        dataset=shape.dataset,
        assets=list_assets(folder),
        consents=dict.fromkeys(shape.labels, _GENERAL_RESEARCH) if given is None else dict(given),
        activities=tuple(_convert(label) for label in shape.labels),
    )
    return MadeRelease(seal_release(release, sealer or Sealer()), folder)


def list_assets(folder: Path) -> tuple[Asset, ...]:
    """Return the files of a made dataset as assets, by path."""
    assets = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        labels = {part.removeprefix("sub-") for part in name.split("/")[:-1] if "sub-" in part}
        if name == "participants.tsv":
            labels = {line.split("\t")[0][4:] for line in content.decode().splitlines()[1:]}
        kind = "recording" if path.suffix == ".eeg" else "description"
        digest = hashlib.sha256(content).hexdigest()
        assets.append(Asset(name, digest, len(content), kind, tuple(sorted(labels))))
    return tuple(assets)


def seal_release(release: Release, sealer: Sealer) -> Release:
    """Return a release with a seal over the assets that it lists."""
    from dataclasses import replace

    digests = {asset.path: (asset.digest, asset.n_bytes) for asset in release.assets}
    return replace(release, seal=sealer.seal(digests))


def _write_files(folder: Path, shape: ReleaseShape) -> None:
    """Write files about nobody, about all, and about each participant."""
    rng = np.random.default_rng(shape.seed)
    species = shape.dataset.species[0] if len(shape.dataset.species) == 1 else "n/a"
    rows = [f"sub-{label}\t{rng.integers(18, 80)}\t{species}\r\n" for label in shape.labels]
    texts = {
        "README": "A made dataset.\n",
        "dataset_description.json": '{"Name": "made", "BIDSVersion": "1.10.0"}\n',
        "participants.tsv": "participant_id\tage\tspecies\r\n" + "".join(rows),
    }
    for name, text in texts.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    for label in shape.labels:
        stem = folder / f"sub-{label}" / "eeg" / f"sub-{label}_task-rest_eeg"
        stem.parent.mkdir(parents=True, exist_ok=True)
        stem.with_suffix(".eeg").write_bytes(rng.bytes(shape.n_bytes))
        stem.with_suffix(".json").write_bytes(b'{"TaskName": "rest"}\n')  # the same for everybody


def _convert(label: str) -> Activity:
    """Return how one participant's recording was made."""
    return Activity(
        name="convert",
        tool="fascicle",
        version="1.0",
        started_at=_MADE_AT,
        ended_at=_MADE_AT,
        agent="ada",
        parameters={"policy": "safe-harbour", "line_hz": 50.0},
        inputs=(f"rec-{label}",),
        outputs=(f"sub-{label}/eeg/sub-{label}_task-rest_eeg.eeg",),
    )
