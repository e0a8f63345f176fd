"""What every plug-in must do, as test classes to inherit from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from fascicle.core import FileHead, Format, Header, Source, Subject, Written
from fascicle.errors import FormatError
from fascicle.formats import (
    read_blocks,
    read_header,
    read_written_header,
    registry,
    write_recording,
)

from ._planted import PLANTED


class FormatContract:
    """What every format must do; a plug-in's test is a subclass that fills in the first two.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_edf
    >>> class TestEdf(FormatContract):
    ...     format_name = "edf"
    ...
    ...     def make_recording(self, root):
    ...         return make_edf(root / "a.edf", seed=7, planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    tolerance: float = 0.0
    """Largest difference allowed to the oracle, in the channel's unit."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its primary file."""
        raise NotImplementedError

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        """Return the samples as another library reads them, in header units; None: no oracle."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path, primary: Path) -> Source:
        """Return the recording with its companions, as `recognise` would."""
        plugin = self._plugin()
        relative = PurePosixPath(primary.relative_to(root).as_posix())
        siblings = _siblings(root, primary)
        head = _head(root, relative)
        files = (relative, *plugin.companions(head, root, siblings))
        n_bytes = sum(_n_bytes(root / path) for path in files)
        return Source(self.format_name, files, n_bytes)

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own file."""
        primary = self.make_recording(tmp_path)

        head = _head(tmp_path, PurePosixPath(primary.relative_to(tmp_path).as_posix()))

        assert self._plugin().recognises(head)

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        suffix = self.make_recording(tmp_path).suffix

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(f"noise{suffix}"), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Length, rate, names and types are read."""
        primary = self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path, primary))

        assert header.n_times > 0
        assert header.sfreq_hz > 0
        assert header.sfreq_hz == max(channel.sfreq_hz for channel in header.channels)
        assert all(channel.name and channel.kind for channel in header.channels)

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        source = self.find_source(root, self.make_recording(root))
        header = released(read_header(root, source))

        write_recording(root, source, header, first, "sub-01_task-rest_eeg")
        write_recording(root, source, header, second, "sub-01_task-rest_eeg")

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))
        before = _digests(root)

        write_recording(root, source, released(read_header(root, source)), out, "sub-01_eeg")

        assert _digests(root) == before

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Names, length and samples come back, the samples as the oracle reads the source."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root, primary)
        header = released(read_header(root, source))

        written = write_recording(root, source, header, out, "sub-01_task-rest_eeg")

        again = read_written_header(_primary(out, written))
        assert [c.name for c in again.channels] == [c.name for c in header.channels]
        assert again.n_times == header.n_times
        assert again.sfreq_hz == header.sfreq_hz
        samples = read_all(_primary(out, written))
        assert samples.shape == (len(header.channels), header.n_times)
        oracle = self.read_oracle(primary)
        if oracle is not None:
            np.testing.assert_allclose(samples, oracle, rtol=1e-6, atol=self.tolerance)

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))

        write_recording(root, source, released(read_header(root, source)), out, "sub-01_eeg")

        for path in sorted(out.rglob("*")):
            assert not path.is_file() or not _holds(path, PLANTED), path.name

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        header = read_header(tmp_path, source)

        said = [i.value for i in header.identifiers] + [header.subject.name, header.subject.code]
        assert any(PLANTED.lower() in value.lower() for value in said)

    def test_a_header_for_other_channels_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        source = self.find_source(root, self.make_recording(root))
        header = released(read_header(root, source))
        fewer = replace(header, channels=header.channels[:-1])

        _expect_format_error(lambda: write_recording(root, source, fewer, out, "sub-01_eeg"))

    def test_cut_and_empty_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root, primary)
        files = [root / path for path in source.files if (root / path).is_file()]

        for path in files:
            whole = path.read_bytes()
            for share in (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999):
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A file of no bytes raises a FormatError."""
        (root,) = _folders(tmp_path, "raw")
        source = self.find_source(root, self.make_recording(root))
        if (root / source.primary).is_file():
            (root / source.primary).write_bytes(b"")

            _expect_format_error(lambda: read_header(root, source))

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = self._plugin().read_header(root, source)
            written = write_recording(root, source, released(header), out, "sub-01_eeg")
            read_all(_primary(out, written))
        except FormatError:
            pass

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def released(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, no day, neutral events."""
    events = tuple(replace(event, label=f"event {i % 3}") for i, event in enumerate(header.events))
    return replace(
        header,
        subject=Subject(code="sub-01", sex="F"),
        identifiers=(),
        measured_at=datetime(2001, 1, 1, tzinfo=UTC),
        events=events,
    )


def read_all(path: Path) -> NDArray[np.float64]:
    """Return all samples of a written recording, shape (n_channels, n_times)."""
    return np.concatenate(list(read_blocks(path, block_s=3.3)), axis=1)


def _expect_format_error(call: Callable[[], object]) -> None:
    """Fail unless the call raises a FormatError."""
    try:
        call()
    except FormatError:
        return
    raise AssertionError("a FormatError was due")


def _head(root: Path, path: PurePosixPath) -> FileHead:
    """Return the beginning of a file or a folder as the walk shows it."""
    full = root / path
    if full.is_dir():
        return FileHead(path, b"", 0, is_folder=True)
    with full.open("rb") as stream:
        return FileHead(path, stream.read(4096), full.stat().st_size)


def _siblings(root: Path, primary: Path) -> list[PurePosixPath]:
    """Return everything in the primary file's folder."""
    return [PurePosixPath(p.relative_to(root).as_posix()) for p in sorted(primary.parent.iterdir())]


def _n_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    return path.stat().st_size


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


def _primary(folder: Path, written: Written) -> Path:
    """Return the file that a reader is given."""
    return folder / written.files[0]


def _holds(path: Path, word: str) -> bool:
    """Tell whether a file holds a word in one of the usual encodings."""
    content = path.read_bytes().lower()
    spellings = (word.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
    return any(spelling in content for spelling in spellings)
