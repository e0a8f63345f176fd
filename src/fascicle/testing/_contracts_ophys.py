"""What every plug-in must do that reads calcium imaging."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header, Modality

from ._contracts_neurodata import NwbContract, released_mouse


class OphysContract(NwbContract):
    """What every format of movies and cells must do; a plug-in's test is a subclass of it.

    The recording is written as NWB with nothing but numbers and our own words; arrays are those
    that another library reads from the source, frame, x, y.

    Examples
    --------
    >>> from fascicle.testing import Planted, make_tiff_stack
    >>> class TestTiffMovie(OphysContract):
    ...     format_name = "tiff-movie"
    ...
    ...     def make_recording(self, root):
    ...         return make_tiff_stack(root / "a.tif", seed=7, planted=Planted())
    """

    stem = "sub-01_ophys"
    n_damaged = 2
    n_flips = 24

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Return arrays by their place in the NWB file, as another library reads the source."""
        raise NotImplementedError

    # What a subclass inherits -----------------------------------------------------------------

    def release(self, header: Header) -> Header:
        """Return a header as a strict policy would release it, of a mouse."""
        return released_ophys(header)

    def require_complete(self, header: Header) -> None:
        """Modality, length, size, and what speaks for it."""
        assert header.modality is Modality.OPHYS
        assert header.n_times == header.shape[0] > 0
        assert min(header.shape) > 0
        assert 0.5 < header.certainty <= 1
        assert header.evidence

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Every array is the oracle's, value by value, in the type it was stored in."""
        import h5py

        primary, _, path = self._convert(tmp_path)

        assert path.name == f"{self.stem}.nwb"
        with h5py.File(path, "r") as file:
            for place, expected in self.read_oracle(primary).items():
                np.testing.assert_array_equal(file[place][()], expected, err_msg=place)
                assert file[place].dtype == expected.dtype, place


def released_ophys(header: Header) -> Header:
    """Return a header as a strict policy would release it, of a mouse."""
    return released_mouse(header)
