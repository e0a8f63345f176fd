"""What every format must do, whatever it reads: the tests that all contracts share."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path, PurePosixPath
from unittest import SkipTest

import numpy as np

from fascicle.core import FileHead, Format, Header, Source, Subject
from fascicle.errors import FormatError, JobError
from fascicle.formats import is_risky, read_header, recognise, registry, write_recording
from fascicle.jobs import run_apart

from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_MAX_S = 30.0


class RecordingContract:
    """What every format must do; the contract of a family adds what its content demands.

    A format's test inherits from the contract of its family (`FormatContract` for channels over
    time, `VolumeContract`, ...), which says how a header is released and what reads back.
    """

    format_name: str
    """Name of the format in the registry."""

    stem: str = "sub-01_recording"
    """Name of what is written, without suffix."""

    carries_names: bool = True
    """False for formats that have no room for a person."""

    n_damaged: int | None = None
    """How many of its files are damaged, one after the other; None damages all."""

    n_flips: int = 24
    """How often bytes are flipped, in those files by turns."""

    flip_reach: int | None = 2048
    """Bytes are flipped among so many first ones, where headers stand; None: anywhere."""

    stands_flips: bool = False
    """True flips bytes of an isolated format, too: what it is isolated for is another thing."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its primary file."""
        raise NotImplementedError

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it."""
        return released(header)

    def make_misfit(self, header: Header) -> Header:
        """Return the header of another recording: of another length or shape."""
        return replace(header, n_times=header.n_times + 1)

    def require_complete(self, header: Header) -> None:
        """Fail unless the header says what every recording of the family has."""
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path, primary: Path) -> Source:
        """Return the one recording under `root`: of this format, and no other has its files."""
        found = recognise(root)
        assert [source.format for source in found.sources] == [self.format_name]
        assert found.tables == ()
        (source,) = found.sources
        assert source.primary == _relative(root, primary)
        return source

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own file, and all its files are one recording."""
        primary = self.make_recording(tmp_path)

        source = self.find_source(tmp_path, primary)

        assert source.format == self.format_name
        assert self._plugin().recognises(_head(tmp_path, _relative(tmp_path, primary)))

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096, gzip.compress(noise)[:4096]):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """What every recording of the family has is read."""
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        header = read_header(tmp_path, source)

        self.require_complete(header)

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        source = self.find_source(root, self.make_recording(root))

        self._write(root, source, first)
        self._write(root, source, second)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))
        before = _digests(root)

        self._write(root, source, out)

        assert _digests(root) == before

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file, packed or unpacked."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))

        self._write(root, source, out)

        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        assert files
        for path in files:
            assert not _holds(path, PLANTED), path.name

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        header = read_header(tmp_path, source)

        said = [i.value for i in header.identifiers] + [header.subject.name, header.subject.code]
        assert any(PLANTED.lower() in value.lower() for value in said) is self.carries_names

    def test_a_header_of_another_recording_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))
        other = self.make_misfit(self.release(read_header(root, source)))

        _expect_format_error(lambda: write_recording(root, source, other, out, self.stem))

    def test_cut_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))

        for path in self._damaged_files(root, source):
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_flipped_bytes_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files with wrong bytes, one or a few, are read or refused with a reason.

        HDF5 is read apart, as everywhere: there a crash is a reason as well.
        """
        if self._plugin().isolated and not self.stands_flips:
            raise SkipTest("its reader may end the process, and runs in one of its own")
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))
        rng = np.random.default_rng(23)
        call = _call_apart if is_risky(root, source) else _call_here

        for path, i in zip(cycle(self._damaged_files(root, source)), range(self.n_flips)):
            whole = path.read_bytes()
            damaged = bytearray(whole)
            for at in rng.integers(0, len(whole[: self.flip_reach]), 1 + i % 5):
                damaged[at] ^= int(rng.integers(1, 256))
            path.write_bytes(damaged)
            call(self._read_and_write_or_refuse, root, source, out)
            path.write_bytes(whole)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A recording whose first file is of no bytes raises a FormatError."""
        source = self.find_source(tmp_path, self.make_recording(tmp_path))
        first = _parts(tmp_path, source)[0]
        first.write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def test_a_recording_of_empty_files_is_refused(self, tmp_path: Path) -> None:
        """A recording all of whose files are of no bytes raises a FormatError."""
        source = self.find_source(tmp_path, self.make_recording(tmp_path))
        for path in _parts(tmp_path, source):
            path.write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def _convert(
        self, tmp_path: Path, change: Callable[[Header], Header] | None = None
    ) -> tuple[Path, Header, Path]:
        """Write a recording; return its primary file, what was released, and what was written."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root, primary)
        header = self.release(read_header(root, source))
        header = header if change is None else change(header)
        written = write_recording(root, source, header, out, self.stem)
        return primary, header, out / written.files[0]

    def _write(self, root: Path, source: Source, out: Path) -> None:
        """Write a recording as released."""
        write_recording(root, source, self.release(read_header(root, source)), out, self.stem)

    def _damaged_files(self, root: Path, source: Source) -> list[Path]:
        """Return the files that are damaged in turn."""
        return _parts(root, source)[: self.n_damaged]

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = self._plugin().read_header(root, source)
            written = write_recording(root, source, self.release(header), out, self.stem)
            self._read_again(out / written.files[0])
        except FormatError:
            pass

    def _read_again(self, path: Path) -> None:
        """Read what was written of a damaged recording; a family that can says how."""

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def _call_here(function: Callable[..., None], *args: object) -> None:
    """Call a function in this process."""
    function(*args)


def _call_apart(function: Callable[..., None], *args: object) -> None:
    """Call a function where a crash and a stall are errors, and nothing else is let pass."""
    try:
        run_apart(function, *args, timeout_s=_MAX_S)
    except JobError as error:
        if error.code not in {"FSC702", "FSC703"}:
            raise


def released(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, no head."""
    events = tuple(replace(event, label=f"event {i % 3}") for i, event in enumerate(header.events))
    return replace(
        header,
        subject=Subject(code="sub-01", sex="F"),
        identifiers=(),
        measured_at=datetime(2001, 1, 1, tzinfo=UTC),
        events=events,
        head_shape=None,
    )


def _expect_format_error(call: Callable[[], object]) -> None:
    """Fail unless the call raises a FormatError."""
    try:
        call()
    except FormatError:
        return
    raise AssertionError("a FormatError was due")


def _relative(root: Path, path: Path) -> PurePosixPath:
    """Return a path as a `Source` names it."""
    return PurePosixPath(path.relative_to(root).as_posix())


def _head(root: Path, path: PurePosixPath) -> FileHead:
    """Return the beginning of a file or a folder as the walk shows it."""
    full = root / path
    if full.is_dir():
        return FileHead(path, b"", 0, is_folder=True)
    with full.open("rb") as stream:
        return FileHead(path, stream.read(4096), full.stat().st_size)


def _parts(root: Path, source: Source) -> list[Path]:
    """Return the files of a recording, those of a folder one by one."""
    files: list[Path] = []
    for path in (root / part for part in source.files):
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files.extend(one for one in inside if one.is_file())
    return files


def _folders(parent: Path, *names: str) -> tuple[Path, ...]:
    """Make folders."""
    for name in names:
        (parent / name).mkdir()
    return tuple(parent / name for name in names)


def _digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _holds(path: Path, word: str) -> bool:
    """Tell whether a file, packed or not, holds a word in one of the usual encodings."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content += gzip.decompress(content)
    content = content.lower()
    spellings = (word.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
    return any(spelling in content for spelling in spellings)
