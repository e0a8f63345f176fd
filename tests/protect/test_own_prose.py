"""Names that are ordinary words: no sign of a person in our own sentences, one everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.core import Identifier
from fascicle.protect import POLICIES, scan
from fascicle.protect._contents import Field
from fascicle.protect._own_prose import (
    foreign_words,
    is_ordinary,
    is_own_file,
    needs_reader,
    own_prose,
)
from fascicle.testing import make_brainvision, make_clean_folder

SAFE = POLICIES["safe-harbour"]
ORDINARY = ("White", "Page", "Channel", "Summary", "Power", "Curry", "Format")
NAMES = tuple(Identifier("name", name, "table") for name in ORDINARY)


@pytest.mark.parametrize("name", ORDINARY)
def test_words_of_our_own_sentences_are_ordinary(name: str) -> None:
    assert is_ordinary(name)


@pytest.mark.parametrize(
    "name",
    ["Meier", "Anna", "Okonkwo", "Feldkamp", "White Page", "Ottilie", "Roth", "7712034", "Cho"],
)
def test_names_of_examples_and_of_invented_labs_are_not(name: str) -> None:
    assert not is_ordinary(name)


def test_our_own_texts_name_almost_nobody() -> None:
    from fascicle.protect._words import FIRST_NAMES

    assert own_prose().words & FIRST_NAMES <= {"jan", "julian", "mark", "max", "roman", "art"}


def test_our_own_sentences_do_not_refuse_a_dataset(tmp_path: Path) -> None:
    make_clean_folder(tmp_path)
    make_brainvision(tmp_path / "a.vhdr")
    (tmp_path / "README.md").write_text("# Eyes\n\nThis page names each channel and its power.\n")
    (tmp_path / "report.html").write_text("<p class='page'>A summary of a white page.</p>")

    result = scan(tmp_path, NAMES, SAFE)

    assert [hit for hit in result.hits if hit.kind == "name"] == []
    assert any("ordinary words" in text for text in result.must_look)


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("participants.tsv", "participant_id\tgroup\nsub-001\t{}\n"),
        ("sub-001/eeg/sub-001_task-rest_events.tsv", "onset\ttrial_type\n1.5\t{}\n"),
        ("dataset_description.json", '{{"Name": "Study of {}"}}'),
        ("sub-001/eeg/sub-{}_task-rest_eeg.json", "{{}}"),
        ("a.vmrk", "Mk1=Comment,{},1,1,0"),
        ("CHANGES", "1.0 written by {}"),
    ],
)
def test_in_tables_labels_and_names_of_files_they_are_an_error(
    path: str, text: str, name: str, tmp_path: Path
) -> None:
    target = tmp_path / path.format(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.format(name))

    result = scan(tmp_path, NAMES, SAFE)

    assert [hit.kind for hit in result.hits][:1] == ["name"]


def test_the_whole_name_is_an_error_in_our_own_sentences_too(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<p>A white page.</p><p>Page White</p>")

    result = scan(tmp_path, [*NAMES, Identifier("name", "White Page", "table")], SAFE)

    assert {hit.place for hit in result.hits} == {"report.html"}


def test_only_files_that_repeat_what_others_say_are_our_own() -> None:
    assert is_own_file("derivatives/fascicle-quality/sub-001/x.json")
    assert is_own_file("derivatives/fascicle-annotate/sub-001/x.json")
    assert not is_own_file("sub-001/README.md")


def test_a_cell_with_a_sentence_of_ours_is_ours() -> None:
    assert foreign_words(Field("cell", "Label of the marker.", "text")) == []
    assert foreign_words(Field("cell", "Label of White.", "text")) == ["Label of White."]


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [("participants.json", "Age at the recording.", False),
     ("README.md", "## How it was made", False),
     ("README.md", "Everybody came from one village.", True),
     ("sub-001/sub-001_scans.tsv", "eeg/sub-001_task-rest_eeg.edf", False),
     ("sub-001/sub-001_scans.tsv", "eeg/sub-001_acq-Winterthur_eeg.edf", True),
     ("participants.tsv", "sub-001", False), ("participants.tsv", "sub-Page", True),
     ("sub-001/eeg/sub-001_channels.tsv", "Cz", True),
     ("sub-001/eeg/sub-001_channels.tsv", "n/a", False),
     ("derivatives/fascicle-quality/sub-001/eeg/x_channels.tsv", "Cz", False),
     ("derivatives/other/x.tsv", "Cz", True)],
)  # fmt: skip
def test_a_person_reads_what_others_wrote_and_once(path: str, text: str, is_read: bool) -> None:
    assert needs_reader(path, text) is is_read
