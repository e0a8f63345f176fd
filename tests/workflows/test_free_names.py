"""Names of which an earlier session may have taken some."""

from __future__ import annotations

from fascicle.prepare import BidsName
from fascicle.workflows._free_names import free_names

REST = BidsName("01", "", "rest", "", "", "eeg")


def entry(name: BidsName, content: str, ending: str = ".edf") -> dict[str, str]:
    path = f"{name.folder}/{name.stem}_{name.last_word}{ending}"
    return {"bids_path": path, "stem": name.stem, "content": content}


def test_the_same_recording_keeps_its_name() -> None:
    assert free_names([(REST, "a")], [entry(REST, "a")]) == [REST]


def test_another_recording_becomes_the_next_run() -> None:
    names = free_names([(REST, "b"), (REST, "c")], [entry(REST, "a")])

    assert [name.run for name in names] == ["02", "03"]


def test_images_that_differ_in_their_last_word_keep_their_names() -> None:
    names = [BidsName("01", "", "", "", "", "fmap", suffix=suffix)
             for suffix in ("magnitude1", "magnitude2", "phasediff")]  # fmt: skip
    done = [entry(name, str(i), ".nii.gz") for i, name in enumerate(names)]

    assert free_names([(name, str(i)) for i, name in enumerate(names)], done) == names


def test_recordings_of_other_kinds_may_share_a_name() -> None:
    meg = BidsName("01", "", "rest", "", "", "meg")

    assert free_names([(REST, "a"), (meg, "b")], []) == [REST, meg]
