"""A user's whole way with pipettes and sorted units of an animal."""

import pytest

from fascicle import share
from fascicle.core import Severity
from fascicle.testing import Planted, make_abf, make_kwik, make_phy
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Cells"}


def test_pipettes_and_units_of_mice_become_a_dataset_with_nothing_of_the_lab(tmp_path, home):
    raw = tmp_path / "raw"
    planted = Planted()
    for mouse in ("m07", "m12", "m31"):
        (raw / mouse).mkdir(parents=True)
    make_abf(raw / "m07" / "cell1.abf", planted=planted)
    make_phy(raw / "m12" / "kilosort", planted=planted)
    make_kwik(raw / "m31" / "day1.kwik", planted=planted)
    rows = "".join(f"{mouse},mus musculus,F\n" for mouse in ("m07", "m12", "m31"))
    (raw / "participants.csv").write_text("id,species,sex\n" + rows)

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert result.exit_code == 0, result.as_dict()
    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == []
    paths = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.nwb")
    )
    assert sorted(path.split("/")[-2] for path in paths) == ["ecephys", "ecephys", "icephys"]
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in files).lower()
    left = [word for word in planted.words() if word.lower().encode() in everything]
    assert left == []
