"""Files of probes with flipped bytes are read, or refused with a reason: nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import FormatError
from fascicle.formats import read_blocks, read_header, recognise, write_recording
from fascicle.testing import (
    make_axona,
    make_blackrock,
    make_described,
    make_intan,
    make_mcs,
    make_mcs_raw,
    make_mearec,
    make_nwb,
    make_openephys,
    make_openephys_legacy,
    make_plexon,
    make_spikeglx,
    released,
)

N_TRIALS = 6
MAKERS: tuple[tuple[Callable[..., Path], str], ...] = (
    (make_spikeglx, "run"), (make_openephys, "node"), (make_described, "si"),
    (make_nwb, "lab.nwb"), (make_mcs, "a.h5"), (make_mearec, "a.h5"), (make_mcs_raw, "a.raw"),
    (make_intan, "a.rhd"), (make_blackrock, "a.ns5"), (make_plexon, "a.plx"),
    (make_axona, "a.set"), (make_openephys_legacy, "node"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("make", "name"), MAKERS, ids=lambda value: getattr(value, "__name__", ""))
def test_flipped_bytes_give_format_errors_only(
    tmp_path: Path, make: Callable[..., Path], name: str
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    out.mkdir()
    make(raw / name)
    source = recognise(raw).sources[0]
    rng = np.random.default_rng(7)

    for trial in range(N_TRIALS):
        path = raw / source.files[trial % 2 * (len(source.files) - 1)]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        for _ in range(9):
            damaged[rng.integers(min(len(damaged), 4096))] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            header = released(read_header(raw, source, triggers=True))
            written = write_recording(raw, source, header, out, "sub-01_ecephys")
            for block in read_blocks(out / written.files[0]):
                assert block.shape[0] == len(header.channels)
        except FormatError:
            continue
        finally:
            path.write_bytes(whole)
