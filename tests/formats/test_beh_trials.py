"""Tables of trials: their bounds, their columns, their words."""

from pathlib import Path

import numpy as np

from fascicle.core import Header, Modality
from fascicle.formats._beh import Behaviour, write_behaviour
from fascicle.formats._beh_trials import Column, Trials, bound_trials
from fascicle.testing import released

STARTS = np.array([1.0, 4.0, 9.5])


def test_columns_stand_beside_the_bounds_under_names_of_their_own(tmp_path: Path) -> None:
    import pynwb

    columns = (
        Column("choice", np.array(["left", "right", "left"])),
        Column("start_time", np.array([1, 2, 3])),
        Column("cue", STARTS + 0.5, "s"),
    )
    opened = Behaviour(Header(Modality.BEH, n_times=3), (Trials(STARTS, STARTS + 1, columns),))
    path = tmp_path / "a.nwb"

    write_behaviour(opened, released(opened.told()), path)

    assert pynwb.validate(path=str(path)) == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        table = io.read().trials
        assert table.colnames == ("start_time", "stop_time", "choice", "start_time_2", "cue")
        assert table["choice"][:].tolist() == ["left", "right", "left"]
        assert "seconds" in table["cue"].description
        assert table["stop_time"][:].tolist() == [2.0, 5.0, 10.5]


def test_trials_are_bounded_by_what_is_known_of_each() -> None:
    starts, stops = bound_trials([
        np.array([np.nan, 4.0, np.nan]),
        np.array([2.0, 3.0, np.nan]),
    ])

    np.testing.assert_array_equal(starts, [2.0, 3.0, np.nan])
    np.testing.assert_array_equal(stops, [2.0, 4.0, np.nan])
