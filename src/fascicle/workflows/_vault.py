"""What the owner may ask of the vault."""

from __future__ import annotations

from pathlib import Path

from fascicle.errors import InputError

from ._homes import open_own_vault


def find_person(study: str, who: str, *, passphrase: str | None = None) -> dict[str, str]:
    """Find the raw id behind a pseudonym, or the pseudonym of a raw id.

    Parameters
    ----------
    study : str
        Name of the study.
    who : str
        A pseudonym (``"sub-001"`` or ``"001"``) or a raw id.
    passphrase : str or None
        Opens an encrypted vault.

    Returns
    -------
    dict
        ``pseudonym`` and ``raw_id``.

    Raises
    ------
    InputError
        FSC108 if the vault knows neither.
    """
    with open_own_vault(passphrase) as vault:
        label = who.removeprefix("sub-")
        raw_id = vault.find(study, label)
        if raw_id is not None:
            return {"pseudonym": f"sub-{label}", "raw_id": raw_id}
        for entry in vault.look_up(who):
            if entry.study == study:
                return {"pseudonym": f"sub-{entry.label}", "raw_id": entry.raw_id}
    raise InputError(
        "FSC108",
        "Expected a pseudonym or raw id of this study, but the vault knows neither.",
        "Check the name of the study (by default the name of the output folder) and the id.",
    )


def export_vault(
    path: Path | str,
    export_passphrase: str,
    *,
    passphrase: str | None = None,
    replace: bool = False,
) -> None:
    """Write the vault, encrypted, to a file to be kept elsewhere.

    Parameters
    ----------
    path : Path or str
        The file.
    export_passphrase : str
        Opens the file.
    passphrase : str or None
        Opens the vault, if it is encrypted.
    replace : bool
        Whether another file at `path` may be replaced.

    Raises
    ------
    InputError
        FSC159 if there is something else at `path`.
    """
    with open_own_vault(passphrase) as vault:
        vault.export(Path(path), export_passphrase, replace=replace)


def import_vault(
    path: Path | str, export_passphrase: str, *, passphrase: str | None = None
) -> None:
    """Read a vault that was exported.

    Parameters
    ----------
    path : Path or str
        The file.
    export_passphrase : str
        Opens the file.
    passphrase : str or None
        Opens the vault of this machine, if it is encrypted.

    Raises
    ------
    PrivacyError
        FSC4xx if the passphrase is wrong, or a vault with people in it is there already.
    """
    with open_own_vault(passphrase) as vault:
        vault.import_from(Path(path), export_passphrase)
