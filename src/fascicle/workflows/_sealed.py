"""Add to a dataset that was proven, and prove it again with what was added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fascicle.core import ProgressHook
from fascicle.errors import PrivacyError
from fascicle.jobs import lock_folder
from fascicle.protect import POLICIES, check_seal, seal
from fascicle.quality import LABELS

from ._homes import open_own_vault
from ._proving import prove
from ._release import read_seal, write_seal
from ._workspace import Workspace


@contextmanager
def keep_sealed(folder: Path, hook: ProgressHook | None = None) -> Iterator[list[Path]]:
    """Hold a dataset while labels are written, then prove and seal it again, if it was sealed.

    Parameters
    ----------
    folder : Path
        The dataset.
    hook : callable or None
        Told of every step of the proof.

    Yields
    ------
    list of Path
        To be filled with what is written: a later run of `share` keeps it.

    Raises
    ------
    PrivacyError
        FSC430 if an identifier is found, FSC451 if something else than labels was changed since
        the dataset was proven, FSC452 if what the proof searched for is lost.
    """
    space = Workspace(folder)
    document = read_seal(space)
    if document is None:
        yield []
        return
    require_identifiers(space)
    with lock_folder(space.folder):
        # Labels without a seal are those of a run that was killed.
        broken = check_seal(folder, document)
        if any(not finding.place.startswith(f"{LABELS}/") for finding in broken):
            raise changed_since()
        written: list[Path] = []
        yield written
        prove_again(space, hook)
        record = space.read_record()
        kept = {path.relative_to(folder).as_posix() for path in written}
        space.write_record(record | {"edited": sorted(kept | set(record.get("edited", ())))})


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
