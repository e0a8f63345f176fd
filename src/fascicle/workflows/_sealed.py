"""Add to a dataset that was proven, and prove it again with what was added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fascicle.core import ProgressHook
from fascicle.errors import PrivacyError
from fascicle.jobs import lock_folder, sha256_file
from fascicle.protect import POLICIES, check_seal, seal
from fascicle.quality import LABELS

from ._homes import open_own_vault
from ._proving import prove
from ._release import read_seal, write_seal
from ._workspace import Workspace


@contextmanager
def keep_sealed(folder: Path, hook: ProgressHook | None = None) -> Iterator[None]:
    """Hold a dataset while labels are written, then prove and seal it again, if it was sealed.

    Parameters
    ----------
    folder : Path
        The dataset.
    hook : callable or None
        Told of every step of the proof.

    Yields
    ------
    None
        While labels may be written: a later run of `share` keeps them.

    Raises
    ------
    PrivacyError
        FSC430 if an identifier is found, FSC451 if something else than labels was changed since
        the dataset was proven, FSC452 if what the proof searched for is lost.
    """
    space = Workspace(folder)
    document = read_seal(space)
    if document is None:
        yield
        return
    require_identifiers(space)
    with lock_folder(space.folder):
        # Labels without a seal are those of a run that was killed.
        broken = check_seal(folder, document)
        if any(not finding.place.startswith(f"{LABELS}/") for finding in broken):
            raise changed_since()
        for half in (folder / LABELS).rglob(".writing-*"):  # nobody else writes while we hold it
            half.unlink()
        yield
        prove_again(space, hook)
        record = space.read_record()
        # Also those of a run that was killed, which this one did not write.
        space.write_record(record | {"edited": sorted({*_read_kept(space), *_list_labels(folder)})})


def is_unfinished(folder: Path) -> bool:
    """Tell whether a dataset that was proven has labels that its seal or its record do not know.

    That is what a run leaves that was killed after its last label.
    """
    space = Workspace(folder)
    document = read_seal(space)
    if document is None:
        return False
    sealed = {
        path: entry["sha256"]
        for path, entry in document["files"].items()
        if path.startswith(f"{LABELS}/")
    }
    labels = {path: sha256_file(folder / path) for path in _list_labels(folder)}
    return labels != sealed or not labels.keys() <= _read_kept(space)


def _read_kept(space: Workspace) -> set[str]:
    """Return what the next run of `share` keeps beside what it writes."""
    return set(space.read_record().get("edited", ()))


def _list_labels(folder: Path) -> list[str]:
    """Return the files of all labels of a dataset."""
    files = (path for path in (folder / LABELS).rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def changed_since() -> PrivacyError:
    """Return the refusal of a dataset that is not as it was proven."""
    return PrivacyError(
        "FSC451",
        "Expected the dataset as it was proven, but files were changed since.",
        "If you made them, keep them with `fascicle fix DIR --accept-edits`, which proves the "
        "dataset again; else undo them. Nothing was mended.",
    )


def require_identifiers(space: Workspace) -> None:
    """Refuse to prove what nothing could be searched for in: such a proof would pass.

    Raises
    ------
    PrivacyError
        FSC452 if the list of identifiers is lost.
    """
    if not space.identifiers.is_file():
        raise PrivacyError(
            "FSC452",
            "Expected the list of what the proof searches for in the private workspace, got none.",
            "Run `fascicle share` again: it makes the list anew.",
        )


def prove_again(space: Workspace, hook: ProgressHook | None) -> None:
    """Prove a dataset as the last run did, and seal it.

    Raises
    ------
    PrivacyError
        FSC430 if an identifier is found.
    """
    record = space.read_record()
    proof = prove(
        space.out,
        space.read_identifiers(),
        POLICIES[record["policy"]],
        permitted=frozenset(record["permitted"]),
        animals=record.get("animals", {}),
        on_progress=hook,
    )
    with open_own_vault() as vault:
        write_seal(space, seal(space.out, proof, vault))
