"""Single fields of SNIRF files."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.formats._snirf_fields import find_measurements, find_tags, read_text
from fascicle.testing import make_snirf


@pytest.mark.parametrize("value", ["abc", np.bytes_("abc"), np.array([b"abc"]), "abc\0"])
def test_a_text_is_read_however_it_was_stored(tmp_path, value):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["text"] = value if value != "abc\0" else np.bytes_(b"abc\0\0")

        assert read_text(file, "text") == "abc"
        assert read_text(file, "missing") == ""


def test_both_forms_of_the_list_of_measurements_say_the_same(tmp_path):
    import h5py

    found = []
    for kind in ("1.0", "1.1"):
        path = make_snirf(tmp_path / f"{kind}.snirf", kind=kind)
        with h5py.File(path) as file:
            rows = find_measurements(file["nirs/data1"])
            assert read_text(find_tags(file["nirs"]), "TimeUnit") == "s"
        found.append([
            [int(row[name]) for name in ("sourceIndex", "detectorIndex", "wavelengthIndex")]
            for row in rows
        ])

    assert found[0] == found[1]
    assert found[0][:3] == [[1, 1, 1], [1, 1, 2], [1, 2, 1]]
