"""NIRS of single vendors, read by MNE-Python and written as SNIRF: NIRx and BOXY."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from fascicle.core import FileHead, Header, Identifier, Modality, Written

from ._files import as_folder
from ._from_mne import MneFormat, Reading
from ._snirf_write import SnirfLayout, write_snirf
from ._vendor import Opened, find_identifiers, with_identifiers

_CHANNEL = re.compile(r"S(\d+)_D(\d+) (\S+)")
_BOXY = (rb"BOXY\.EXE:[^\n\"']*\d\.\d", rb"(?m)^\s*\d+\s+Detector Channels")
_DATA_TYPES = {"DC": 1, "AC": 101, "Ph": 102}
"""SNIRF's codes: continuous-wave amplitude, frequency-domain amplitude and phase."""


def make_layout(names: Sequence[str], places: Sequence[Any]) -> SnirfLayout:
    """Build a SNIRF layout from channel names (``S1_D2 760``) and MNE's locations.

    Parameters
    ----------
    names : sequence of str
        Channel names as MNE builds them.
    places : sequence of ndarray
        MNE's ``loc`` of each channel: source at 3 to 5, detector at 6 to 8, in metres.
    """
    found = [match for name in names if (match := _CHANNEL.fullmatch(name))]
    wavelengths = sorted({float(m[3]) for m in found if m[3] not in _DATA_TYPES})
    sources = np.full((max(int(m[1]) for m in found), 3), np.nan)
    detectors = np.full((max(int(m[2]) for m in found), 3), np.nan)
    rows = []
    for i, match in enumerate(found):
        source, detector = int(match[1]), int(match[2])
        sources[source - 1], detectors[detector - 1] = places[i][3:6], places[i][6:9]
        is_raw = match[3] in _DATA_TYPES
        rows.append({
            "sourceIndex": source,
            "detectorIndex": detector,
            "wavelengthIndex": 1 if is_raw else wavelengths.index(float(match[3])) + 1,
            "dataType": _DATA_TYPES.get(match[3], 1),
            "dataTypeIndex": 1,
            "dataUnit": "rad" if match[3] == "Ph" else "V",
        })
    probe = {
        "wavelengths": np.array(wavelengths or [np.nan]),
        "sourcePos3D": sources,
        "detectorPos3D": detectors,
    }
    return SnirfLayout(rows, probe)


class _Optical(MneFormat):
    """What NIRS formats share: they are written as SNIRF."""

    modalities = (Modality.NIRS,)

    def write_opened(self, opened: Opened, header: Header, folder: Path, stem: str) -> Written:
        """Write SNIRF with the optodes that the reader found."""
        raw = opened.raw
        layout = make_layout(raw.ch_names, [ch["loc"] for ch in raw.info["chs"]])
        times_s = np.arange(header.n_times) / header.sfreq_hz
        rows = (block.T for block in opened.blocks())
        target = write_snirf(folder / f"{stem}.snirf", header, layout, times_s, rows)
        return Written("snirf", (PurePosixPath(target.name),), copied=False)


class Nirx(_Optical):
    """NIRx NIRScout and NIRSport (.hdr with .wl1, .wl2 and others of the same name).

    A .snirf that NIRx's program put beside them holds the same measurement and counts as a part.
    """

    name = "nirx"
    title = "NIRx"
    proven_on = "real"
    reader = "read_raw_nirx"
    reading = Reading("NIRx header", "NIRx", volt_unit="V", guesses_kinds=False)
    companion_suffixes = (".wl1", ".wl2", ".nosatflags_wl1", ".nosatflags_wl2", ".tpl", ".tri")

    def recognises(self, head: FileHead) -> bool:
        """Look for the sections of a NIRx header."""
        return head.head.lstrip().startswith(b"[GeneralInfo]") and b"Sources=" in head.head

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return every file of the folder whose name begins like that of the header."""
        stem = head.path.stem.removesuffix("_config")
        named = tuple(
            path
            for path in siblings
            if path.name.startswith((f"{stem}.", f"{stem}_"))
            and path != head.path
            and path.suffix != ".zip"
        )
        points = as_folder(siblings).named("digpts.txt")
        return (*named, points) if points else named

    def complete(self, opened: Opened, path: Path) -> Opened:
        """Add the texts of side files; take back the days that MNE makes up.

        Without a date that it can read MNE puts 1 January 2000, and the day of birth it counts back
        from the age.
        """
        header = opened.header
        kept = (i for i in header.identifiers if i.kind != "birthdate")
        is_dated = header.measured_at != datetime(2000, 1, 1, tzinfo=UTC)
        header = replace(
            header,
            measured_at=header.measured_at if is_dated else None,
            subject=replace(header.subject, birth=None, age_years=_age_years(path)),
            identifiers=tuple(kept),
        )
        return replace(opened, header=with_identifiers(header, self.find_identifiers(path)))

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return the texts of the header, of the form on the person and of the settings."""
        stem = path.stem.removesuffix("_config")
        found: list[Identifier] = []
        for suffix in (path.name.removeprefix(stem), ".inf", "_description.json", "_config.txt",
                       "_config.json"):  # fmt: skip
            side = path.with_name(stem + suffix)
            if side.is_file():
                text = side.read_text("latin-1")
                found += find_identifiers(f"NIRx {suffix.lstrip('_.')}", _texts(text))
        return found


def _age_years(path: Path) -> float | None:
    """Return the age that the form on the person states."""
    form = path.with_suffix(".inf")
    text = form.read_text("latin-1") if form.is_file() else ""
    age = re.search(r"(?m)^Age=\"?(\d+(?:\.\d+)?)", text)
    return float(age[1]) if age and 0 < float(age[1]) < 120 else None


_TEXT_FIELDS = {
    "name": "name", "contact information": "contact", "study type": "text", "notes": "text",
    "experiment history": "text", "additional notes": "text", "filename": "path", "date": "date",
    "subject": "id", "device id": "serial", "experiment_name": "text", "tag": "path",
    "experiment_subject": "id", "experiment_subject_contact_info": "contact", "contact_info":
    "contact", "experiment": "text", "remarks": "text", "experiment_remarks": "text",
    "raw_data_name": "path", "probeinfo_file": "path", "borealis_id": "serial",
}  # fmt: skip
"""Fields of NIRx's side files that can point to people, and what they hold."""


def _texts(text: str) -> list[tuple[str, str, object]]:
    """Return the fields of an .ini-like or JSON text that can point to people."""
    pairs = re.findall(
        r"""(?m)^[ \t]*"?([\w ]+?)"?[ \t]*[=:][ \t]*["']?([^\n]*?)["']?[;,]?[ \t]*$""", text
    )
    return [
        (_TEXT_FIELDS[key.casefold()], key, value)
        for key, value in pairs
        if key.casefold() in _TEXT_FIELDS and value != "[Type notes here]"
    ]


class Boxy(_Optical):
    """ISS Imagent in BOXY's text (.txt).

    Such a text states neither places nor wavelengths: both are written as not-a-number, and must be
    filled in before MNE-Python opens the SNIRF file.
    """

    name = "boxy"
    title = "BOXY"
    reader = "read_raw_boxy"
    reading = Reading(
        "BOXY header", "ISS", volt_unit="V", guesses_kinds=False, keeps_positions=False
    )

    def recognises(self, head: FileHead) -> bool:
        """Look for the program with its version, and for a count of detectors."""
        return all(re.search(pattern, head.head) for pattern in _BOXY)
