"""Words of the formats are nobody's."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from fascicle.core import (
    BIDS_KEYS,
    Channel,
    Header,
    Inferred,
    Modality,
    Plan,
    PlannedRecording,
    Source,
)
from fascicle.formats import registry
from fascicle.protect import collect_identifiers
from fascicle.protect._own_words import is_own_word
from fascicle.testing import make_brainvision


def plan_of(root, *folders: str) -> Plan:
    """One person for each folder."""
    recordings = tuple(
        PlannedRecording(
            f"rec-{i}", Source("edf", (PurePosixPath(folder) / "a.edf",), 1), Modality.EEG,
            {"participant": Inferred(f"P{i}77")},
        )
        for i, folder in enumerate(folders)
    )  # fmt: skip
    return Plan(str(root), "study", datetime(2026, 1, 31, tzinfo=UTC), recordings)


def test_keywords_of_a_written_header_are_own_words(tmp_path):
    path = make_brainvision(tmp_path / "a.vhdr")

    keys = re.findall(r"^([A-Za-z]+)=", path.read_text("utf-8"), re.M)

    assert len(keys) > 5
    assert [key for key in keys if not is_own_word(key)] == []


def test_titles_of_formats_are_own_words():
    words = {word for plugin in registry().values() for word in re.findall(r"\w+", plugin.title)}

    assert {word for word in words if not is_own_word(word)} == set()


@pytest.mark.parametrize("word", [*(m.value for m in Modality), *BIDS_KEYS])
def test_a_raw_folder_named_as_ours_is_not_searched_for(tmp_path, word):
    plan = plan_of(tmp_path, f"x/{word}", "x/eeg")

    assert word not in {one.value for one in collect_identifiers(tmp_path, plan, {})}


def test_fields_of_sidecars_are_own_words(tmp_path):
    from fascicle.prepare import BidsName
    from fascicle.prepare._sidecars import make_sidecars

    path = make_brainvision(tmp_path / "sub-01_task-rest_eeg.vhdr")
    header = Header(Modality.EEG, 250.0, 1009, (Channel("Cz", "EEG", "uV", 250.0),))
    sidecars = make_sidecars(path, BidsName("01", "", "rest", "", "", "eeg"), header, line_hz=50.0)

    fields = {
        f for name, text in sidecars.items() if name.endswith(".json") for f in json.loads(text)
    }

    assert {field for field in fields if not is_own_word(field)} <= {"onset", "duration"}


@pytest.mark.parametrize("word", ["Dataformat", "GDF", "probeInfo", "Levels"])
def test_a_folder_with_the_name_of_a_keyword_is_not_searched_for(tmp_path, word):
    plan = plan_of(tmp_path, word, "Wiesengrund")

    found = {i.value for i in collect_identifiers(tmp_path, plan, {}) if i.kind == "path"}

    assert found == {"Wiesengrund"}


def test_a_raw_id_with_the_name_of_a_keyword_is_searched_for_all_the_same(tmp_path):
    plan = plan_of(tmp_path, "Levels")
    person = PlannedRecording(
        "rec-9", Source("edf", (PurePosixPath("Levels/b.edf"),), 1), Modality.EEG,
        {"participant": Inferred("Power")},
    )  # fmt: skip
    plan = Plan(plan.raw, plan.study, plan.made_at, (*plan.recordings, person))

    found = {(i.kind, i.value) for i in collect_identifiers(tmp_path, plan, {})}

    assert ("id", "Power") in found
