"""What every plug-in must do that reads behaviour: keypoints, gaze, trials, video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from fascicle.core import Family, FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, registry, write_recording

from ._contracts import _digests, _expect_format_error, _folders, _holds, released
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 16
_STEM = "sub-01_task-reach_beh"


class BehaviourContract:
    """What every format of behaviour must do; a plug-in's test is a subclass of it.

    The recording is written as NWB or as a cleaned video, with the names of the released header
    and nothing else of the source's words.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_trials
    >>> class TestTrials(BehaviourContract):
    ...     format_name = "trials"
    ...
    ...     def make_recording(self, root):
    ...         return make_trials(root / "a.csv", seed=7, planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    def make_recording(self, root: Path) -> Path:
        """Write a recording under `root` that carries `PLANTED`; return its first file."""
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the recording as the walk over the folder finds it."""
        (source,) = [s for s in recognise(root).sources if s.format == self.format_name]
        return source

    def test_a_recording_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own file, and the walk gives it one recording."""
        primary = self.make_recording(tmp_path)

        source = self.find_source(tmp_path)

        assert tmp_path / source.primary == primary

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not registry()[self.format_name].recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Kind, length and names are read."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality.family is Family.NEURODATA
        assert header.n_times > 0
        assert all(channel.name and channel.kind for channel in header.channels)

    def test_the_same_recording_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)
        source = self.find_source(root)
        header = released(read_header(root, source))

        write_recording(root, source, header, first, _STEM)
        write_recording(root, source, header, second, _STEM)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        before = _digests(root)

        write_recording(root, source, released(read_header(root, source)), out, _STEM)

        assert _digests(root) == before

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        write_recording(root, source, released(read_header(root, source)), out, _STEM)

        for path in sorted(out.rglob("*")):
            assert not path.is_file() or not _holds(path, PLANTED), path.name

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        """The planted name is among what the header reports."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        said = [i.value for i in header.identifiers] + [header.subject.name, header.subject.code]
        assert any(PLANTED.lower() in value.lower() for value in said)

    def test_a_header_of_another_recording_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        header = released(read_header(root, source))
        other = replace(header, n_times=header.n_times + 1)

        _expect_format_error(lambda: write_recording(root, source, other, out, _STEM))

    def test_damaged_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files that are cut off or have flipped bytes are read, or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root)
        whole = primary.read_bytes()
        rng = np.random.default_rng(3)

        for share in _CUTS:
            primary.write_bytes(whole[: int(len(whole) * share)])
            self._read_and_write_or_refuse(root, source, out)
        for _ in range(_N_FLIPS):
            damaged = bytearray(whole)
            for at in rng.integers(0, len(whole), 5).tolist():
                damaged[at] ^= int(rng.integers(1, 256))
            primary.write_bytes(damaged)
            self._read_and_write_or_refuse(root, source, out)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A recording whose files are empty raises a FormatError."""
        self.make_recording(tmp_path)
        source = self.find_source(tmp_path)
        for path in source.files:
            (tmp_path / path).write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged recording: either it goes well or a FormatError says why."""
        try:
            header = read_header(root, source)
            write_recording(root, source, released(header), out, _STEM)
        except FormatError:
            pass
