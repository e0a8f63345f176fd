"""Hold back recordings in whose samples a person can be recognised, until somebody signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fascicle.core import Finding, Severity, say_count

from ._settle import Decisions
from ._stage import Staged
from ._workspace import Workspace, remove_empty_folders

SHOWN = {
    "head": "a head, whose face can be drawn from it",
    "face": "people, who can be recognised",
    "voice": "voices, by which people can be recognised",
    "text": "words that are burnt into the picture",
}
"""What may be recognised in samples, in the words of a sentence that begins with `It shows`."""

_MAX_NAMED = 5


def hold_exposed(staged: Staged, decisions: Decisions, space: Workspace) -> None:
    """Leave out what shows a person, unless a steward signed for it; keep it for the owner.

    What is held lies in the private workspace (``held/``), converted and described, so that it can
    be masked there; the next run takes it from there instead of converting it again. An animal's
    head may be shown; words burnt into its pictures, and people beside it, may not.

    Parameters
    ----------
    staged : Staged
        What was converted; the held recordings leave ``entries`` and enter ``held``.
    decisions : Decisions
        Who signed.
    space : Workspace
        Where it lies.
    """
    for path, entry in list(staged.entries.items()):
        exposes = str(entry["header"]["exposes"])
        if not exposes or (entry.get("is_animal", False) and exposes == "head"):
            continue
        if decisions.signed_by:
            continue
        _move(entry, space.stage, space.held)
        staged.held[path] = entry
        del staged.entries[path]
        shown = SHOWN.get(exposes, "somebody who can be recognised")
        staged.left_out[entry["recording"]] = f"Held back: it shows {shown}."
        staged.findings.extend(_find_doubts(entry))
    remove_empty_folders(space.stage)
    signed = [path for path, entry in staged.entries.items() if entry["header"]["exposes"]]
    staged.findings.extend(_describe(len(staged.held), signed if decisions.signed_by else []))


def _find_doubts(entry: Mapping[str, Any]) -> list[Finding]:
    """Return why a recording that is held could not be masked; it is named by its key alone."""
    return [
        Finding(
            found["code"], Severity(found["severity"]), entry["recording"], found["reason"],
            found["fix"], found["origin"],
        )
        for found in entry.get("findings", ())
        if found["code"].startswith("deface.")
    ]  # fmt: skip


def find_still_out(staged: Staged, space: Workspace) -> list[Finding]:
    """Say which recordings that do not leave any more stand in OUT, where it stays as it was.

    Parameters
    ----------
    staged : Staged
        What was converted and withheld.
    space : Workspace
        Its OUT is of an earlier run.

    Returns
    -------
    list of Finding
        One, or none if OUT holds nothing of it.
    """
    still = [path for path in staged.withheld if (space.out / path).exists()]
    if not still:
        return []
    named = ", ".join(still[:_MAX_NAMED])
    more = f" and {len(still) - _MAX_NAMED} more" if len(still) > _MAX_NAMED else ""
    return [
        Finding(
            "out.still-holds",
            Severity.ERROR,
            "dataset",
            "Expected nothing in the output folder that is held back now, got "
            f"{say_count(len(still), 'recording')} of an earlier run there, because no new "
            f"dataset takes its place: {named}{more}.",
            "If they may be shared, share again as before (with --sign-exposed, or with the "
            "consents); if not, delete the output folder: this run's copies stay in the private "
            "workspace. What was published or passed on from it is not called back.",
            "convert",
        )
    ]


def _move(entry: Mapping[str, Any], source: Path, target: Path) -> None:
    for file in entry["files"]:
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        (source / file).replace(place)


def _describe(n_held: int, signed: Sequence[str]) -> list[Finding]:
    found = []
    if n_held:
        found.append(
            Finding(
                "exposed.held",
                Severity.ERROR,
                "dataset",
                "Expected nobody to be recognisable, got "
                f"{say_count(n_held, 'recording')} with heads, faces, voices or burnt-in words: "
                "held back.",
                "Mask them, or have a data steward sign for them: --sign-exposed NAME. They lie "
                "in the private workspace, in the folder held.",
                "convert",
            )
        )
    if signed:
        found.append(
            Finding(
                "exposed.signed",
                Severity.WARNING,
                "dataset",
                f"{say_count(len(signed), 'recording')} in which somebody can be recognised "
                "leave unmasked, on the signature of a data steward.",
                "Nothing to do if that was meant; leave out --sign-exposed to hold them back.",
                "convert",
            )
        )
    return found
