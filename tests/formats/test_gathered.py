"""What a format says that parts its files itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import FileHead, Finding, Severity
from fascicle.formats import _recognise, recognise
from fascicle.formats._gathered import Gathered


class _Numbered:
    """Takes files that begin with a digit; what begins with 0 is no recording."""

    name = "numbered"

    def recognises(self, head: FileHead) -> bool:
        return head.head[:1].isdigit()

    def companions(
        self, head: FileHead, root: Path, siblings: Sequence[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        return ()

    def gather(self, heads: Sequence[FileHead], root: Path) -> Gathered:
        kept = tuple(head.path for head in heads if not head.head.startswith(b"0"))
        out = tuple(head.path for head in heads if head.head.startswith(b"0"))
        note = Finding("numbered.zero", Severity.NOTE, "raw folder", "Zero.", "None.")
        return Gathered((kept,), out, (note,))


def test_what_is_left_out_is_no_recording_and_has_its_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_recognise, "registry", lambda: {"numbered": _Numbered()})
    for name, content in (("a", "1"), ("b", "0"), ("c", "22")):
        (tmp_path / name).write_text(content)

    found = recognise(tmp_path)

    (source,) = found.sources
    assert [path.name for path in source.files] == ["a", "c"]
    assert source.n_bytes == 3
    assert found.others == (PurePosixPath("b"),)
    assert [f.code for f in found.findings] == ["numbered.zero"]
