"""Vendors whose files MNE-Python reads well: how to recognise them, and what MNE leaves aside."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from fascicle.core import FileHead, Identifier, Modality
from fascicle.errors import FormatError

from ._files import as_folder
from ._from_mne import MneFormat, Reading
from ._vendor import Opened, VendorFormat, find_identifiers, same_stem

_NIHON_DEVICES = tuple(
    device.encode()
    for device in (
        "EEG-1100A V01.00", "EEG-1100B V01.00", "EEG-1100C V01.00", "QI-403A   V01.00",
        "QI-403A   V02.00", "EEG-2100  V01.00", "EEG-2100  V02.00", "DAE-2100D V01.30",
        "DAE-2100D V02.00", "EEG-1200A V01.00",
    )
)  # fmt: skip

_NICOLET_TAGS = ("ExtraDataTags", "SegmentStream")


class AntNeuro(MneFormat):
    """ANT Neuro / eego continuous EEG (.cnt), read by antio in a process of its own."""

    name = "ant"
    title = "ANT Neuro CNT"
    isolated = True
    proven_on = "real"
    requires = "vendors"
    reader = "read_raw_ant"
    reading = Reading("ANT header", "ANT Neuro")
    companion_suffixes = (".evt", ".seg", ".rej")

    def recognises(self, head: FileHead) -> bool:
        """Look for a RIFF (or RF64) container of kind ``CNT``."""
        magic, data = head.head[:4], head.head
        return (magic == b"RIFF" and data[8:12] == b"CNT ") or (
            magic == b"RF64" and data[12:16] == b"CNT "
        )

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return marker, segment and rejection files of the same name."""
        return same_stem(head, siblings, (".evt", ".trg", ".seg", ".rej", ".sen"))

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return hospital and machine, which antio reads and MNE passes over."""
        from antio import read_cnt

        cnt = read_cnt(path)
        machine = cnt.get_machine_info(encoding="latin-1")
        return find_identifiers(
            "ANT header",
            (
                ("institution", "hospital", cnt.get_hospital(encoding="latin-1")),
                ("serial", "machine serial", machine[2]),
            ),
        )


class Gdf(MneFormat):
    """General Data Format for biosignals (.gdf), versions 1 and 2."""

    name = "gdf"
    title = "GDF"
    proven_on = "real"
    reader = "read_raw_gdf"
    reading = Reading("GDF header")

    def recognises(self, head: FileHead) -> bool:
        """Look for the version in the first eight bytes."""
        return re.match(rb"GDF [12]\.\d\d", head.head) is not None

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return patient and recording fields of the fixed header."""
        with path.open("rb") as stream:
            data = stream.read(256)
        text = [data[a:b].decode("latin-1") for a, b in ((8, 74), (88, 152), (8, 88), (88, 168))]
        is_old = data[4:6] == b"1."
        fields = [
            ("id", "patient", text[2] if is_old else text[0]),
            ("text", "recording", text[3] if is_old else text[1]),
        ]
        return find_identifiers("GDF header", fields)


class NihonKohden(MneFormat):
    """Nihon Kohden (.EEG with .PNT, .21E and .LOG)."""

    name = "nihon"
    title = "Nihon Kohden"
    modalities = (Modality.EEG, Modality.IEEG)
    reader = "read_raw_nihon"
    reading = Reading("Nihon Kohden header", "Nihon Kohden")
    companion_suffixes = (".pnt", ".21e")

    def recognises(self, head: FileHead) -> bool:
        """Look for a known device in both places where a data file names it."""
        device = head.head[:16]
        return device in _NIHON_DEVICES and head.head[0x81 : 0x81 + 16] in _NIHON_DEVICES and (
            head.path.suffix.casefold() == ".eeg"
        )  # fmt: skip

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return patient, electrode, log and further files of the same name."""
        parts = (".PNT", ".21E", ".LOG", ".CMT", ".CN2", ".EGF", ".BFT", ".REG", ".11D", ".VOR")
        return same_stem(head, siblings, parts)

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return every run of readable characters in the file on the patient."""
        patient = next((p for s in (".PNT", ".pnt") if (p := path.with_suffix(s)).exists()), None)
        if patient is None:
            return []
        with patient.open("rb") as stream:
            data = stream.read(65536)
        runs = re.findall(rb"[\x20-\x7e]{3,}", data)
        words = (run.decode().strip() for run in runs if run[:16] not in _NIHON_DEVICES)
        return find_identifiers("Nihon Kohden PNT", (("text", "text", word) for word in words))


class Nicolet(MneFormat):
    """Nicolet (.head with .data)."""

    name = "nicolet"
    title = "Nicolet"
    modalities = (Modality.EEG, Modality.IEEG)
    reader = "read_raw_nicolet"
    options: ClassVar[Mapping[str, Any]] = {"ch_type": "eeg"}
    reading = Reading("Nicolet header", "Nicolet")
    companion_suffixes = (".data",)

    def recognises(self, head: FileHead) -> bool:
        """Look for the fields that such a header has and no other."""
        fields = (b"start_ts=", b"num_samples=", b"sample_freq=", b"elec_names=")
        return all(field in head.head for field in fields)

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the file of samples."""
        return same_stem(head, siblings, (".data",))

    def open_raw(self, path: Path) -> Any:  # noqa: ANN401 - an mne.io.BaseRaw
        """Open by the name of the file of samples, which is the one that MNE wants."""
        return MneFormat.open_raw(self, path.with_suffix(".data"))

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return the numbers of patient, admission and recording."""
        fields = dict(
            line.split("=", 1) for line in path.read_text("latin-1").splitlines() if "=" in line
        )
        kinds = (("id", "pat_id"), ("id", "adm_id"), ("id", "rec_id"), ("date", "start_ts"))
        return find_identifiers(
            "Nicolet header", ((kind, key, fields.get(key)) for kind, key in kinds)
        )


class NicoletE(VendorFormat):
    """Nicolet One (.e): known, so that nobody wonders, but no free library reads it."""

    name = "nicolet-e"
    title = "Nicolet One"
    modalities = (Modality.EEG, Modality.IEEG)

    def recognises(self, head: FileHead) -> bool:
        """Look for the tags that its index begins with, in UTF-16."""
        return all(tag.encode("utf-16-le") in head.head for tag in _NICOLET_TAGS)

    def open(self, root: Path, files: tuple[PurePosixPath, ...]) -> Opened:
        """Say that there is no reader."""
        raise FormatError(
            "FSC241",
            "Expected a format that a free library reads, got Nicolet One (.e).",
            "Export the recording as EDF+ from the Nicolet program.",
        )


class Curry(MneFormat):
    """Compumedics Curry 7 (.dap with .dat, .rs3) and 8 or 9 (.cdt with .cdt.dpa or .cdt.dpo)."""

    name = "curry"
    title = "Curry"
    modalities = (Modality.EEG, Modality.MEG)
    requires = "vendors"
    reader = "read_raw_curry"
    reading = Reading("Curry header", "Compumedics Neuroscan")
    companion_suffixes = (".cdt", ".rs3")

    def recognises(self, head: FileHead) -> bool:
        """Look for the list of data parameters that opens such a header."""
        text = head.head.replace(b"\0", b"")
        return b"DATA_PARAMETERS" in text and b"NumSamples" in text

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return samples, sensors and events: all with the stem that the header shares."""
        stem = _curry_stem(head.path.name)
        parts = (".dat", ".rs3", ".cef", ".ceo", ".cdt", ".cdt.dpa", ".cdt.dpo", ".cdt.cef",
                 ".cdt.ceo", ".hpi")  # fmt: skip
        folder = as_folder(siblings)
        found = (folder.named(stem + part) for part in parts)
        return tuple(path for path in found if path is not None and path != head.path)

    def open_raw(self, path: Path) -> Any:  # noqa: ANN401 - an mne.io.BaseRaw
        """Open by the name of the file of samples."""
        stem = _curry_stem(path.name)
        for suffix in (".cdt", ".dat"):
            data = path.with_name(stem + suffix)
            if data.exists():
                return MneFormat.open_raw(self, data)
        return MneFormat.open_raw(self, path)


def _curry_stem(name: str) -> str:
    """Return the name that all files of a Curry recording begin with."""
    return re.sub(r"(?i)(\.cdt)?\.(dap|dpa|dpo)$", "", name)


class EgiSimple(MneFormat):
    """EGI simple binary (.raw)."""

    name = "egi"
    title = "EGI simple binary"
    proven_on = "real"
    reader = "read_raw_egi"
    reading = Reading("EGI header", "EGI")

    def recognises(self, head: FileHead) -> bool:
        """Look for a version from 2 to 7 and a possible date, rate and count of channels."""
        if len(head.head) < 36:
            return False
        version, year, month, day, hour, minute, second, milli, rate, n_channels = (
            struct.unpack_from(">i6hihh", head.head)
        )
        when = (1980 <= year <= 2100, 1 <= month <= 12, 1 <= day <= 31, 0 <= hour < 24,
                0 <= minute < 60, 0 <= second < 60, 0 <= milli < 1000)  # fmt: skip
        return 2 <= version <= 7 and all(when) and 0 < rate <= 20000 and 0 < n_channels <= 1024
