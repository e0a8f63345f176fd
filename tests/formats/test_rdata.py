"""Workspaces of R are known, refused, and it is said how to export them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import Header, Modality, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording

PACKERS: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, bz2.compress, lzma.compress)


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize(("name", "start"), [("a.rda", b"RDX3\nX\n"), ("a.rds", b"X\n\0\0\0\3")])
def test_a_workspace_is_left_out_with_how_to_export_it(
    tmp_path: Path, pack: Callable[[bytes], bytes], name: str, start: bytes
) -> None:
    (tmp_path / name).write_bytes(pack(start + b"\0" * 3000))

    found = recognise(tmp_path)

    assert found.sources == ()
    (finding,) = found.findings
    assert finding.code == "file.not-raw"
    assert "writeH5AD" in finding.reason


@pytest.mark.parametrize(
    "content", [gzip.compress(b"text", mtime=0), b"BZh9 but no bzip2", b"\x1f\x8b"]
)
def test_other_packed_files_are_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.rda").write_bytes(content)

    assert "file.not-raw" not in {f.code for f in recognise(tmp_path).findings}


def test_who_asks_for_its_header_all_the_same_is_refused(tmp_path: Path) -> None:
    source = Source("rdata", (PurePosixPath("a.rda"),), 1)

    with pytest.raises(FormatError, match="FSC241"):
        read_header(tmp_path, source)
    with pytest.raises(FormatError, match="FSC241"):
        write_recording(tmp_path, source, Header(Modality.OMICS), tmp_path, "sub-01_omics")


@pytest.mark.data
def test_a_real_workspace_is_known(signals: Path) -> None:
    found = recognise(signals / "singlecell" / "mob_spatial_rda")

    assert found.sources == ()
    assert [f.code for f in found.findings] == ["file.not-raw"]
