"""Intan (.rhd, .rhs): read by Neo, parted where recording was paused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fascicle.core import FileHead

from ._gaps import find_starts
from ._neo import NeoFormat


class Intan(NeoFormat):
    """Intan (.rhd, .rhs)."""

    name = "intan"
    title = "Intan"
    manufacturer = "Intan"
    companion_suffixes = ()

    def recognises(self, head: FileHead) -> bool:
        """Look for the magic numbers of the two families of chips."""
        return head.head[:4] in {b"\x02\x27\x91\xc6", b"\xac\x27\x91\xd6"}

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Return the .dat files beside a header that holds no samples itself."""
        if head.path.stem != "info":
            return ()
        return tuple(path for path in siblings if path.suffix.casefold() == ".dat")

    def make_reader(self, path: Path) -> Any:  # noqa: ANN401
        """Return Neo's reader."""
        from neo.rawio import IntanRawIO

        return IntanRawIO(filename=str(path), ignore_integrity_checks=True)

    def notes(self, path: Path, reader: Any) -> Iterable[tuple[str, str, object]]:  # noqa: ANN401
        """Return the notes that people typed."""
        told = reader._global_info  # noqa: SLF001 - Neo has no other way
        told = told | (told.get("notes") or {})
        yield from (("text", name, told.get(name)) for name in ("note1", "note2", "note3"))

    def find_pauses(self, reader: Any) -> Iterable[tuple[float, float]]:  # noqa: ANN401
        """Return where the numbers of the samples jump."""
        if not reader.discontinuous_timestamps:
            return
        numbers = reader.get_intan_timestamps()
        rate_hz = float(reader._global_info["sampling_rate"])  # noqa: SLF001 - Neo has no other way
        for start in find_starts(numbers, len(numbers))[1:]:
            yield start / rate_hz, float(int(numbers[start]) - int(numbers[0])) / rate_hz
