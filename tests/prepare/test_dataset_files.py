import json
from datetime import UTC, datetime

from fascicle.core import Participant, Tier
from fascicle.prepare import About, make_dataset_files, make_scans

ABOUT = About("Eyes", "", ("A. Author", "B. Author"), "CC0", Tier.CONTROLLED, "", "Removed.", "1.0")


def test_participants_are_sorted_and_empty_columns_left_out():
    people = [Participant("002", age="30", sex="F"), Participant("001", sex="M")]

    files = make_dataset_files(ABOUT, people)

    assert files["participants.tsv"].decode() == (
        "participant_id\tspecies\tage\tsex\n"
        "sub-001\thomo sapiens\tn/a\tM\nsub-002\thomo sapiens\t30\tF\n"
    )


def test_every_column_of_the_table_is_described():
    people = [Participant("001", hand="L", group="patient", extra={"mmse": "29"})]

    files = make_dataset_files(ABOUT, people)

    columns = files["participants.tsv"].decode().split("\n")[0].split("\t")
    described = json.loads(files["participants.json"])
    assert list(described) == columns
    assert {"handedness", "group", "mmse"} <= set(columns)


def test_the_description_names_authors_licence_and_maker():
    description = json.loads(make_dataset_files(ABOUT, [])["dataset_description.json"])

    assert description["Authors"] == ["A. Author", "B. Author"]
    assert description["License"] == "CC0"
    assert description["GeneratedBy"][0]["Name"] == "Fascicle"


def test_nobody_is_cited_by_accident():
    nobody = About("Eyes", "", (), "", Tier.OPEN, "", "Removed.", "1.0")

    description = json.loads(make_dataset_files(nobody, [])["dataset_description.json"])

    assert "Authors" not in description


def test_the_readme_says_how_it_was_deidentified_and_never_that_it_is_safe():
    readme = make_dataset_files(ABOUT, [Participant("001")])["README.md"].decode()

    assert "Removed." in readme
    assert "anonym" not in readme.lower()


def test_there_is_one_scans_table_for_each_session():
    moment = datetime(2019, 1, 1, tzinfo=UTC)
    times = {
        "sub-1/ses-a/eeg/sub-1_ses-a_task-x_eeg.edf": moment,
        "sub-1/ses-b/eeg/sub-1_ses-b_task-x_eeg.edf": None,
        "sub-2/eeg/sub-2_task-x_eeg.edf": moment,
    }

    files = make_scans(times)

    assert sorted(files) == [
        "sub-1/ses-a/sub-1_ses-a_scans.tsv",
        "sub-1/ses-b/sub-1_ses-b_scans.tsv",
        "sub-2/sub-2_scans.tsv",
    ]
    assert files["sub-2/sub-2_scans.tsv"] == (
        b"filename\tacq_time\neeg/sub-2_task-x_eeg.edf\t2019-01-01T00:00:00\n"
    )


def test_images_without_a_suffix_in_bids_are_listed_where_there_are_some():
    with_ct = make_dataset_files(ABOUT, [], recordings=["sub-1/anat/sub-1_CT.nii.gz"])
    without = make_dataset_files(ABOUT, [], recordings=["sub-1/anat/sub-1_T1w.nii.gz"])

    assert b"**/anat/*_CT.*\n" in with_ct[".bidsignore"]
    assert b"CT" not in without[".bidsignore"]
    with_bolus = make_dataset_files(ABOUT, [], recordings=["sub-1/perf/sub-1_dsc.nii.gz"])
    assert b"**/perf/*_dsc.*\n" in with_bolus[".bidsignore"]
