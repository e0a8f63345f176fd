"""What a release must show before it enters a commons, and how its files are taken in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fascicle.core import (
    PUBLISH_CONFIDENCE,
    Asset,
    Consent,
    Dataset,
    Progress,
    ProgressHook,
    Release,
    Tier,
)
from fascicle.errors import Refusal
from fascicle.store import StoredAsset

from ._conditions import combine
from ._rows import read_species, split_rows
from ._seals import Manifest, read_seal
from ._species import is_animal

if TYPE_CHECKING:
    from fascicle.store import Store


_PARTICIPANTS = "participants.tsv"
_MAX_SEARCHED_BYTES = 16 * 1024 * 1024  # of files about the whole dataset: texts and tables

# What file managers leave behind when somebody looks into a folder.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def make_refusal(code: str, problem: str, remedy: str, *, clause: str) -> Refusal:
    """Return a refusal that names its clause."""
    return Refusal(code, f"{problem} (Clause: {clause}.)", remedy)


def require_seal(release: Release) -> Manifest:
    """Return what the seal vouches for.

    Raises
    ------
    Refusal
        FSC501 if there is none; FSC502 if its signature does not hold; FSC503 if it is another
        release's.
    """
    if not release.seal:
        raise make_refusal(
            "FSC501",
            "Expected the seal of a finished proof, found none.",
            "Run `fascicle share` on the raw folder: the seal is written when the proof passes.",
            clause="seal",
        )
    manifest = read_seal(release.seal)
    if manifest is None:
        raise make_refusal(
            "FSC502",
            "Expected a seal with a valid signature, found one that does not hold.",
            "The seal was changed or damaged; run `fascicle share` again, which proves it.",
            clause="seal",
        )
    listed = {asset.path: asset.digest for asset in release.assets}
    if listed != dict(manifest.digests):
        n_different = len({path for path, _ in listed.items() ^ manifest.digests.items()})
        raise make_refusal(
            "FSC503",
            f"Expected the release to list the sealed files, found {n_different} that differ.",
            "Run the proof again, then publish.",
            clause="seal",
        )
    return manifest


def require_files(release: Release, folder: Path) -> None:
    """Refuse a folder with other files than the release; bytes are compared when they are copied.

    Raises
    ------
    Refusal
        FSC504.
    """
    listed = {asset.path for asset in release.assets}
    found = set(_walk(folder))
    if found != listed or not all(map(is_inside, listed)):
        raise make_refusal(
            "FSC504",
            f"Expected the {len(listed)} sealed files and no others inside the dataset, found "
            f"{len(listed - found)} missing and {len(found - listed)} unsealed.",
            "The folder was changed after the proof; run `fascicle share` again, which proves it.",
            clause="seal",
        )


def require_identity(confidence: float) -> None:
    """Refuse what may hold two people under one label.

    Raises
    ------
    Refusal
        FSC512.
    """
    if not confidence >= PUBLISH_CONFIDENCE:  # so that NaN is refused too
        raise make_refusal(
            "FSC512",
            f"Expected a confidence of at least {PUBLISH_CONFIDENCE:.2f} that no two people "
            f"were taken for one, found {confidence:.2f}.",
            "Look at the participants in the plan, correct and confirm them, then share again.",
            clause="identity",
        )


def require_consent(consents: Mapping[str, Consent], humans: Iterable[str]) -> None:
    """Refuse what somebody did not allow.

    Raises
    ------
    Refusal
        FSC510 if a person's consent is missing; FSC511 if one has withdrawn.
    """
    asked = [consents.get(label, Consent()) for label in humans]
    n_withdrawn = sum(consent.withdrawn is not None for consent in asked)
    if n_withdrawn:
        raise make_refusal(
            "FSC511",
            f"Expected nobody to have withdrawn, found {n_withdrawn} of {len(asked)} human "
            "participants who did.",
            "Leave them out of the plan and share again.",
            clause="consent",
        )
    n_missing = sum(() in combine([consent]).permissions for consent in asked)
    if n_missing:
        raise make_refusal(
            "FSC510",
            f"Expected consent of each of {len(asked)} human participants, found none of "
            f"{n_missing}.",
            "Give it with --consent (codes, or a table with a row for each participant), or leave "
            "these participants out of the plan; a species that is not known counts as human.",
            clause="consent",
        )


def find_humans(release: Release, folder: Path) -> tuple[str, ...]:
    """Return the labels of all participants who are not certainly animals.

    The table of participants says which species each of them is, and where it is silent the
    dataset does, if it has one species only.
    """
    species = read_species(folder / _PARTICIPANTS)
    of_all = release.dataset.species[0] if len(release.dataset.species) == 1 else ""
    return tuple(
        label
        for label in find_labels(release, folder)
        if not is_animal(_known(species.get(label, "")) or of_all)
    )


def find_labels(release: Release, folder: Path) -> tuple[str, ...]:
    """Return the labels of all participants that a release speaks of, wherever it does."""
    labels = {label for asset in release.assets for label in participants_behind(asset)}
    return tuple(sorted(labels | set(release.consents) | set(read_species(folder / _PARTICIPANTS))))


def participants_behind(asset: Asset) -> tuple[str, ...]:
    """Return whom a file is derived from; a path that names a participant counts as saying so.

    Examples
    --------
    >>> participants_behind(Asset("sub-07/eeg/sub-07_eeg.json", "", 2, "sidecar"))
    ('07',)
    """
    parts = PurePosixPath(asset.path).parts
    named = {part.removeprefix("sub-") for part in parts[:-1] if part.startswith("sub-")}
    return (*asset.participants, *sorted(named - set(asset.participants)))


def find_mentioned(path: Path, labels: Collection[str]) -> tuple[str, ...]:
    """Return the participants whose label stands in a file that claims to be about nobody.

    A report or a table over all is then kept where it goes when one of them leaves.
    """
    if path.stat().st_size > _MAX_SEARCHED_BYTES:
        return ()
    found = re.findall(rb"\bsub-([0-9A-Za-z]+)", path.read_bytes())
    return tuple(sorted({label.decode() for label in found} & set(labels)))


def store_files(
    store: Store, release: Release, folder: Path, on_progress: ProgressHook | None = None
) -> tuple[StoredAsset, ...]:
    """Take all files in, comparing the stored bytes with what was sealed.

    What the controlled tier keeps is encrypted, each file under a key of those behind it.

    Raises
    ------
    Refusal
        FSC505 if a file is not the sealed one.
    """
    labels = frozenset(find_labels(release, folder))
    owners = store.require_owners(release.dataset.id, [[label] for label in sorted(labels)])
    if release.dataset.tier is Tier.CONTROLLED:
        store.require_keys(owners)
    stored = []
    for done, asset in enumerate(release.assets, start=1):
        one = _store_file(store, release.dataset, asset, folder / asset.path, labels)
        if one.stored.digest != asset.digest:
            raise make_refusal(
                "FSC505",
                f"Expected the sealed bytes, found others in file {done} of {len(release.assets)}.",
                "The folder was changed after the proof; "
                "run `fascicle share` again, which proves it.",
                clause="seal",
            )
        stored.append(one)
        if on_progress is not None:
            on_progress(Progress("publish", done, len(release.assets), asset.path))
    return tuple(stored)


def is_inside(path: str) -> bool:
    """Tell whether a path stays inside the folder that it is relative to, on every system."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and not path.startswith("/")
        and ".." not in parts
        and not any(letter in path for letter in "\\:\0")
    )


def _store_file(
    store: Store, dataset: Dataset, asset: Asset, path: Path, labels: frozenset[str]
) -> StoredAsset:
    """Store one file: a table over several people line by line, all else as an object."""
    behind = participants_behind(asset) or find_mentioned(path, labels)
    asset = Asset(asset.path, asset.digest, asset.n_bytes, asset.kind, behind)
    encrypted = dataset.tier is Tier.CONTROLLED
    rows = split_rows(path, labels)
    if rows is None or len(behind) == 1:
        stored = store.put_file(dataset.id, behind, path, encrypted=encrypted)
        return StoredAsset(asset, stored)
    owned = tuple(
        (store.require_owner(dataset.id, [label] if label else []), line) for label, line in rows
    )
    return StoredAsset(asset, store.make_table(owned, encrypted=encrypted), owned)


def _known(species: str) -> str:
    """Return a cell of the table, or nothing where it says that nobody knows."""
    return "" if species.strip().casefold() in {"", "n/a", "unknown"} else species


def _walk(folder: Path) -> Iterator[str]:
    """Yield the files of a folder; a link gets a name that nobody seals, and so is refused."""
    for path in folder.rglob("*"):
        if path.name in _LITTER or path.name.startswith("._"):
            continue
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield f"{name}@"
        elif not path.is_dir():
            yield name
