import json

import pytest

from fascicle.core import Tier
from fascicle.describe import JSONLD_NAME, describe_dataset, format_jsonld, make_jsonld
from fascicle.errors import InputError


def test_a_folder_is_described_by_what_lies_in_it(dataset_folder):
    got = describe_dataset(dataset_folder, tier=Tier.OPEN)

    assert got.name == "Oddball"
    assert got.description.startswith("These are recordings")
    assert got.description.endswith("eyes closed.")
    assert got.authors == ("Curie, Marie", "Emmy Noether")
    assert got.licence == "CC0"
    assert got.tier is Tier.OPEN
    assert got.species == ("Homo sapiens",)
    assert (got.tasks, got.modalities) == (("oddball",), ("eeg",))
    assert (got.n_participants, got.n_recordings) == (2, 3)
    assert got.duration_s == pytest.approx(151.75)
    assert got.ages_years == (23.0, 89.0)
    assert got.sexes == {"F": 1, "M": 1}
    assert {"tones", "Electroencephalography", "EEG", "oddball", "BIDS"} <= set(got.keywords)


def test_the_id_depends_on_name_and_participants_and_on_nothing_else(tmp_path, make_folder):
    one, other = make_folder(tmp_path / "one"), make_folder(tmp_path / "other")
    (other / "README.md").write_text("Another text.", encoding="utf-8")
    (other / "sub-01/ses-1/eeg/sub-01_ses-1_task-oddball_eeg.edf").write_bytes(b"1" * 999)

    first = describe_dataset(one).id
    assert describe_dataset(other).id == first

    (other / "sub-03").mkdir()
    assert describe_dataset(other).id != first


def test_the_id_is_kept_when_participants_are_added_later(dataset_folder):
    first = describe_dataset(dataset_folder)
    (dataset_folder / JSONLD_NAME).write_bytes(format_jsonld(make_jsonld(first)))
    (dataset_folder / "sub-03").mkdir()

    assert describe_dataset(dataset_folder).id == first.id


@pytest.mark.parametrize("identifier", ["../../etc", "ds-XYZ", 7, None, "ds-4f53cda18c2b\n"])
def test_an_id_of_another_make_is_not_taken_over(dataset_folder, identifier):
    (dataset_folder / JSONLD_NAME).write_text(json.dumps({"identifier": identifier}))

    assert describe_dataset(dataset_folder).id != identifier


def test_describing_twice_gives_the_same_and_does_not_count_itself(dataset_folder):
    first = describe_dataset(dataset_folder)
    (dataset_folder / JSONLD_NAME).write_bytes(format_jsonld(make_jsonld(first)))
    (dataset_folder / "report.html").write_text("x" * 9999)

    assert describe_dataset(dataset_folder) == first


def test_parts_of_a_split_recording_count_once(dataset_folder):
    place = dataset_folder / "sub-01/ses-1/meg"
    place.mkdir()
    for part in ("01", "02"):
        (place / f"sub-01_ses-1_task-rest_split-{part}_meg.fif").write_bytes(b"0")

    got = describe_dataset(dataset_folder)

    assert got.n_recordings == 4
    assert got.modalities == ("eeg", "meg")


def test_a_video_is_a_recording(dataset_folder):
    before = describe_dataset(dataset_folder).n_recordings
    (dataset_folder / "sub-01" / "beh").mkdir(parents=True)
    (dataset_folder / "sub-01" / "beh" / "sub-01_task-reach_video.mov").write_bytes(b"frames")

    assert describe_dataset(dataset_folder).n_recordings == before + 1


def test_sidecars_markers_and_derivatives_are_no_recordings(dataset_folder):
    place = dataset_folder / "sub-01/ses-1/eeg"
    for name in ("channels.tsv", "events.json", "electrodes.tsv"):
        (place / f"sub-01_ses-1_task-oddball_{name}").write_text("x")
    derived = dataset_folder / "derivatives/other/sub-01/eeg"
    derived.mkdir(parents=True)
    (derived / "sub-01_task-oddball_eeg.edf").write_bytes(b"0")

    assert describe_dataset(dataset_folder).n_recordings == 3


def test_animals_keep_their_species(dataset_folder):
    table = "participant_id\tspecies\nsub-01\tMus musculus\nsub-02\tmouse\n"
    (dataset_folder / "participants.tsv").write_text(table)

    assert describe_dataset(dataset_folder).species == ("Mus musculus",)


def test_an_unknown_species_is_not_called_human(dataset_folder):
    table = "participant_id\tspecies\nsub-01\tn/a\nsub-02\tn/a\n"
    (dataset_folder / "participants.tsv").write_text(table)

    assert describe_dataset(dataset_folder).species == ()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a table", b"participant_id\n"])
def test_a_broken_participants_table_leaves_the_folders_to_count(dataset_folder, content):
    (dataset_folder / "participants.tsv").write_bytes(content)

    assert describe_dataset(dataset_folder).n_participants == 2


@pytest.mark.parametrize("content", [None, "", "[]", "{"])
def test_a_folder_without_a_description_is_refused(dataset_folder, content):
    path = dataset_folder / "dataset_description.json"
    path.unlink() if content is None else path.write_text(content)

    with pytest.raises(InputError, match="FSC171"):
        describe_dataset(dataset_folder)


def test_a_nearer_sidecar_wins(dataset_folder):
    (dataset_folder / "task-oddball_eeg.json").write_text('{"RecordingDuration": 9999}')

    assert describe_dataset(dataset_folder).duration_s == pytest.approx(151.75)
