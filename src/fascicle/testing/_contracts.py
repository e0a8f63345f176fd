"""What every plug-in must do that reads channels over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fascicle.core import Header
from fascicle.formats import read_blocks, read_written_header

from ._contracts_base import RecordingContract


class FormatContract(RecordingContract):
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

    stem = "sub-01_task-rest_eeg"
    n_flips = 12  # what goes well is written and read again

    tolerance: float = 0.0
    """Largest difference allowed to the oracle, in the channel's unit."""

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        """Return the samples as another library reads them, in header units; None: no oracle."""
        return None

    # What a subclass inherits -----------------------------------------------------------------

    def make_misfit(self, header: Header) -> Header:
        """Return the header of a recording with fewer channels."""
        return replace(header, channels=header.channels[:-1])

    def require_complete(self, header: Header) -> None:
        """Length, rate, names and types are read."""
        assert header.n_times > 0
        assert header.sfreq_hz > 0
        assert header.sfreq_hz == max(channel.sfreq_hz for channel in header.channels)
        assert all(channel.name and channel.kind for channel in header.channels)

    def test_what_was_written_reads_back_equal(self, tmp_path: Path) -> None:
        """Names, length and samples come back, the samples as the oracle reads the source."""
        primary, header, path = self._convert(tmp_path)

        again = read_written_header(path)
        assert [c.name for c in again.channels] == [c.name for c in header.channels]
        assert again.n_times == header.n_times
        assert again.sfreq_hz == header.sfreq_hz
        samples = read_all(path)
        assert samples.shape == (len(header.channels), header.n_times)
        oracle = self.read_oracle(primary)
        if oracle is not None:
            np.testing.assert_allclose(samples, oracle, rtol=1e-6, atol=self.tolerance)

    def _read_again(self, path: Path) -> None:
        """Read the samples of what was written of a damaged recording."""
        read_all(path)


def read_all(path: Path) -> NDArray[np.float64]:
    """Return all samples of a written recording, shape (n_channels, n_times)."""
    return np.concatenate(list(read_blocks(path, block_s=3.3)), axis=1)
