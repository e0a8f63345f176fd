"""MEG of single vendors, read by MNE-Python and written as FIF: CTF, KIT/Yokogawa and BTi/4D."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from fascicle.core import Event, FileHead, Identifier, Modality, Source
from fascicle.errors import FormatError

from ._files import as_folder
from ._from_mne import MneFormat, Reading
from ._triggers import find_triggers
from ._vendor import find_identifiers, foreign_reader

_TRIGGER_NAMES = frozenset({"STI 014", "STI014", "TRIGGER", "UPPT001"})
_KIT_SUFFIXES = frozenset({".sqd", ".con", ".raw"})


class _Magnetic(MneFormat):
    """What MEG formats share: triggers stand among the samples."""

    modalities = (Modality.MEG,)

    def read_triggers(self, root: Path, source: Source) -> tuple[Event, ...]:
        """Read the trigger channel, in one pass over the samples."""
        with foreign_reader(self.title, self.requires):
            opened = self.open(root, source.files)
            channels = opened.header.channels
            found = [i for i, channel in enumerate(channels) if channel.kind == "TRIG"]
            if not found:
                return ()
            preferred = [i for i in found if channels[i].name in _TRIGGER_NAMES]
            row = (preferred or found)[0]
            codes = (
                np.abs(block[row]).round().clip(0, 2**31 - 1).astype(np.int32)
                for block in opened.blocks()
            )
            return tuple(find_triggers(codes, opened.header.sfreq_hz))


class Ctf(_Magnetic):
    """CTF (folder .ds)."""

    name = "ctf"
    title = "CTF"
    reader = "read_raw_ctf"
    reading = Reading("CTF header", "CTF")
    is_folder = True

    def recognises(self, head: FileHead) -> bool:
        """Know a folder by its ending, since a folder has no bytes of its own."""
        return head.is_folder and head.path.suffix.casefold() == ".ds"

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return the run title, the operator and the form on the person."""
        found: list[Identifier] = []
        for res4 in sorted(path.glob("*.res4")):
            with res4.open("rb") as stream:
                data = stream.read(2048)
            # Offsets of the published layout (MNE's res4 reader takes the same).
            fields = (
                ("date", "date", data[1040:1060]), ("id", "subject id", data[1592:1624]),
                ("operator", "operator", data[1624:1656]), ("text", "run title", data[1336:1592]),
            )  # fmt: skip
            texts = [(kind, name, _c_text(value)) for kind, name, value in fields]
            found += find_identifiers("CTF res4", texts)
        for infods in sorted(path.glob("*.infods")):
            words = re.findall(rb"[\x20-\x7e]{4,}", infods.read_bytes()[:65536])
            plain = [word.decode() for word in words if not word.startswith((b"_", b"WS1_"))]
            found += find_identifiers("CTF infods", (("text", "text", word) for word in plain))
        return list(dict.fromkeys(found))


def _c_text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("latin-1").strip()


class Kit(_Magnetic):
    """KIT / Yokogawa / Ricoh (.sqd, .con)."""

    name = "kit"
    title = "KIT"
    reader = "read_raw_kit"
    reading = Reading("KIT header", "KIT")

    def recognises(self, head: FileHead) -> bool:
        """Look for the directory of parts, whose first entry describes itself."""
        if len(head.head) < 32 or head.path.suffix.casefold() not in _KIT_SUFFIXES:
            return False
        offset, size, most, count = struct.unpack_from("<4i", head.head, 16)
        return bool(offset == 16 and size == 16 and 0 < count <= most <= 1024)


class Bti(_Magnetic):
    """BTi / 4D Neuroimaging (a processed data file with ``config`` and ``hs_file``)."""

    name = "bti"
    title = "BTi"
    proven_on = "real"
    reader = "read_raw_bti"
    reading = Reading("BTi header", "4D Neuroimaging")
    companion_suffixes = ()

    def recognises(self, head: FileHead) -> bool:
        """Know a data file by its name: it begins with samples, its header stands at the end."""
        return re.match(r"(hc,|ac,)*[ce],rf", head.path.name) is not None and head.n_bytes > 1024

    def refuses(self, head: FileHead, root: Path) -> str:
        """Refuse a file without the configuration that says what its channels are."""
        if (root / head.path.parent / "config").is_file():
            return ""
        return "Expected the file 'config' beside a BTi data file, got none."

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return configuration and head shape."""
        found = (as_folder(siblings).named(name) for name in ("config", "hs_file"))
        return tuple(path for path in found if path is not None)

    def open_raw(self, path: Path) -> Any:  # noqa: ANN401 - an mne.io.BaseRaw
        """Open with names of channels as the amplifier has them."""
        import mne

        if not (path.parent / "config").is_file():
            raise FormatError(
                "FSC240",
                "Expected the file 'config' beside a BTi data file, got none.",
                "Copy the whole run folder again.",
            )
        shape = "hs_file" if (path.parent / "hs_file").is_file() else None
        return mne.io.read_raw_bti(
            path, config_fname="config", head_shape_fname=shape, rename_channels=False,
            verbose="ERROR",
        )  # fmt: skip

    def find_identifiers(self, path: Path) -> list[Identifier]:
        """Return site and host of the configuration."""
        with (path.parent / "config").open("rb") as stream:
            data = stream.read(82)
        fields = (
            ("institution", "site", _c_text(data[2:34])),
            ("serial", "host", _c_text(data[34:50])),
        )
        return find_identifiers("BTi config", fields)
