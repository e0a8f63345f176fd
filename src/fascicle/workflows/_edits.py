"""What a person changed in a dataset by hand: never overwritten in silence."""

from __future__ import annotations

from fascicle.errors import PrivacyError
from fascicle.jobs import clone_file, sha256_file
from fascicle.quality import LABELS, find_valid_labels

from ._release import read_seal
from ._workspace import Workspace


def require_unedited(space: Workspace) -> None:
    """Refuse to write anew what a person changed since the proof and did not have proven.

    Only the files about the whole dataset are looked at: those of recordings are never written
    anew once they are finished.

    Raises
    ------
    PrivacyError
        FSC453 if such a file was changed.
    """
    sealed = read_seal(space)
    if sealed is None or not space.out.is_dir():
        return
    changed = [
        path
        for path, entry in sealed["files"].items()
        if "/" not in path
        and (space.out / path).is_file()
        and sha256_file(space.out / path) != entry["sha256"]
    ]
    if changed:
        raise PrivacyError(
            "FSC453",
            f"Expected the dataset as it was proven, but {', '.join(sorted(changed))} changed "
            "since: sharing again would write it anew.",
            "Keep the changes with `fascicle fix OUT --accept-edits`, or undo them; then share "
            "again.",
        )


def keep_accepted_edits(space: Workspace) -> None:
    """Put back into the stage what a person changed and had proven, and labels that still hold.

    Labels of who left, or of what was recorded anew, do not go along.
    """
    if not space.record.exists():
        return
    edited = [
        path for path in space.read_record().get("edited", ()) if (space.out / path).is_file()
    ]
    labels = {path for path in edited if path.startswith(f"{LABELS}/")}
    for path in sorted(set(edited) - labels):
        clone_file(space.out / path, space.stage / path)
    for path in sorted(labels & find_valid_labels(space.out, space.stage) if labels else ()):
        clone_file(space.out / path, space.stage / path)
