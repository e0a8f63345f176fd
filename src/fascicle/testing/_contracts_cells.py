"""What every plug-in must do that reads tables of cells."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Family, FileHead, Format, Header, Source, Subject
from fascicle.errors import FormatError
from fascicle.formats import open_h5ad, read_header, recognise, registry, write_recording

from ._contracts import _digests, _expect_format_error, _folders
from ._planted import PLANTED

_CUTS = (0.0, 0.001, 0.01, 0.05, 0.3, 0.77, 0.999)
_N_FLIPS = 24
_STEM = "sub-01_omics"


class CellsContract:
    """What every format of tables of cells must do; a plug-in's test is a subclass of it.

    The table is written as ``.h5ad``; AnnData reads back the very values of the source.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_h5ad
    >>> class TestAnnData(CellsContract):
    ...     format_name = "anndata"
    ...
    ...     def make_recording(self, root):
    ...         return make_h5ad(root / "a.h5ad", planted=Planted())
    """

    format_name: str
    """Name of the format in the registry."""

    def make_recording(self, root: Path) -> Path:
        """Write a table under `root` that carries `PLANTED`; return its first file."""
        raise NotImplementedError

    def read_oracle(self, path: Path) -> NDArray[Any] | None:
        """Return the values, cells by genes, as another library reads them; None: no oracle."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def find_source(self, root: Path) -> Source:
        """Return the one table of this format under `root`."""
        sources = [s for s in recognise(root).sources if s.format == self.format_name]
        assert len(sources) == 1, f"expected one recording, got {len(sources)}"
        return sources[0]

    def test_a_table_is_recognised_by_its_content(self, tmp_path: Path) -> None:
        """The format knows its own file, and no other format has it."""
        primary = self.make_recording(tmp_path)

        found = recognise(tmp_path)

        assert [source.format for source in found.sources] == [self.format_name]
        assert found.sources[0].primary == PurePosixPath(primary.relative_to(tmp_path).as_posix())
        assert found.tables == ()

    def test_noise_and_nothing_are_not_recognised(self, tmp_path: Path) -> None:
        """Bytes without the format's signature are not taken for it, whatever they are called."""
        noise = np.random.default_rng(11).bytes(4096)
        name = self.make_recording(tmp_path).name

        for content in (b"", noise, b"\0" * 4096):
            head = FileHead(PurePosixPath(name), content, len(content))
            assert not self._plugin().recognises(head)

    def test_the_header_is_complete(self, tmp_path: Path) -> None:
        """Size and kind are read."""
        self.make_recording(tmp_path)

        header = read_header(tmp_path, self.find_source(tmp_path))

        assert header.modality.family is Family.CELLS
        assert len(header.shape) == 2
        assert min(header.shape) > 0
        assert header.evidence

    def test_the_same_table_gives_the_same_bytes(self, tmp_path: Path) -> None:
        """Writing twice makes the same files."""
        root, first, second = _folders(tmp_path, "raw", "one", "two")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_cells(read_header(root, source))

        write_recording(root, source, header, first, _STEM)
        write_recording(root, source, header, second, _STEM)

        assert _digests(first) == _digests(second) != {}

    def test_the_source_is_untouched(self, tmp_path: Path) -> None:
        """Reading and writing leave the raw files as they were."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        before = _digests(root)

        write_recording(root, source, released_cells(read_header(root, source)), out, _STEM)

        assert _digests(root) == before

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """AnnData reads the values of the source, bit by bit and of its type."""
        root, out = _folders(tmp_path, "raw", "out")
        primary = self.make_recording(root)
        source = self.find_source(root)
        header = released_cells(read_header(root, source))

        written = write_recording(root, source, header, out, _STEM)

        table = read_anndata(out / written.files[0])
        assert table.shape == header.shape
        assert len(set(table.obs_names)) == header.shape[0]
        oracle = self.read_oracle(primary)
        if oracle is not None:
            values = table.X.toarray() if hasattr(table.X, "toarray") else np.asarray(table.X)
            assert values.dtype == oracle.dtype
            np.testing.assert_array_equal(values, oracle)
        again = open_h5ad(out / written.files[0])
        assert list(again.cells) == list(table.obs_names)
        assert list(again.genes.names) == list(table.var_names)

    def test_nothing_planted_goes_over(self, tmp_path: Path) -> None:
        """The planted name is in no written file."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        write_recording(root, source, released_cells(read_header(root, source)), out, _STEM)

        for path in sorted(out.rglob("*")):
            assert PLANTED.lower().encode() not in path.read_bytes().lower(), path.name

    def test_words_that_were_not_released_are_not_written(self, tmp_path: Path) -> None:
        """A column of words of which nothing was released is not there."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        header = replace(released_cells(read_header(root, source)), metadata={})

        write_recording(root, source, header, out, _STEM)

        assert not any(c.is_spoken for c in open_h5ad(out / f"{_STEM}.h5ad").columns
                       if c.name not in {"sex", "sex_ontology_term_id"})  # fmt: skip

    def test_a_header_for_another_table_is_refused(self, tmp_path: Path) -> None:
        """A header that does not fit the source is not written."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        header = released_cells(read_header(root, source))
        other = replace(header, shape=(header.shape[0] + 1, header.shape[1]))

        _expect_format_error(lambda: write_recording(root, source, other, out, _STEM))

    def test_cut_files_raise_format_errors_only(self, tmp_path: Path) -> None:
        """Files cut off anywhere are read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)

        for path in (root / part for part in source.files):
            whole = path.read_bytes()
            for share in _CUTS:
                path.write_bytes(whole[: int(len(whole) * share)])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_flipped_bytes_raise_format_errors_only(self, tmp_path: Path) -> None:
        """A file with a wrong byte anywhere is read or refused with a reason."""
        root, out = _folders(tmp_path, "raw", "out")
        self.make_recording(root)
        source = self.find_source(root)
        rng = np.random.default_rng(23)

        for path in (root / part for part in source.files):
            whole = path.read_bytes()
            for at in rng.choice(len(whole), min(_N_FLIPS, len(whole)), replace=False).tolist():
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
                self._read_and_write_or_refuse(root, source, out)
            path.write_bytes(whole)

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        """A file of no bytes raises a FormatError."""
        self.make_recording(tmp_path)
        source = self.find_source(tmp_path)
        (tmp_path / source.primary).write_bytes(b"")

        _expect_format_error(lambda: read_header(tmp_path, source))

    def _read_and_write_or_refuse(self, root: Path, source: Source, out: Path) -> None:
        """Read and write a damaged table: either it goes well or a FormatError says why."""
        try:
            header = self._plugin().read_header(root, source)
            write_recording(root, source, released_cells(header), out, _STEM)
        except FormatError:
            pass

    def _plugin(self) -> Format:
        """Return the format under test."""
        return registry()[self.format_name]


def released_cells(header: Header) -> Header:
    """Return a header as a strict policy would release it: no person, words of a list alone."""
    from fascicle.protect import release_metadata

    return replace(
        header,
        subject=Subject(code="01", sex="F"),
        identifiers=(),
        evidence=(),
        metadata=release_metadata(header.metadata)[0],
    )


def read_anndata(path: Path) -> Any:  # noqa: ANN401 - an anndata.AnnData
    """Return a written table as the library AnnData reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of versions of other libraries
        import anndata

        return anndata.read_h5ad(path)
