"""Attacks on the whole command: identifiers in places that nobody thinks of."""

import json
import unicodedata
from datetime import UTC, date, datetime

import pytest

from fascicle import share
from fascicle.core import Event
from fascicle.testing import Planted, Shape, make_brainvision, make_edf, make_eeglab, make_fif
from fascicle.workflows import ShareOptions

pytestmark = pytest.mark.journey

ANSWERS = {"consent": "GRU", "participants": "confirmed", "line_hz": 50.0, "name": "Eyes"}
SHAPE = Shape(n_seconds=5)


def plant(name, code, day=1):
    return Planted(
        name=name, code=code, operator="Quandt", institution="Feldklinik", serial="SN99812X",
        place="Oberdorf", text="oboist", birth=date(1951, 5, day),
        start=datetime(2018, 11, day, 14, 31, 7, tzinfo=UTC),
    )  # fmt: skip


def thrice(label, first_s=0.5):
    return [Event(first_s + 0.9 * i, 0.0, label) for i in range(3)]


def list_leaks(words, *folders):
    """Return the words that stand in a file or in its path, in either spelling of accents."""
    found = set()
    for path in (path for folder in folders for path in folder.rglob("*")):
        held = path.as_posix().lower().encode()
        held += path.read_bytes().lower() if path.is_file() else b""
        for word in words:
            forms = {unicodedata.normalize(form, word).lower() for form in ("NFC", "NFD")}
            if any(form.encode() in held for form in forms):
                found.add(word)
    return sorted(found)


def make_bids(raw, labels, session="pre", acquisition=""):
    """Write a BIDS folder whose headers repeat the labels, with words in each table."""
    for i, label in enumerate(labels):
        folder = raw / f"sub-{label}" / f"ses-{session}"
        stem = f"sub-{label}_ses-{session}_task-rest{acquisition}"
        (folder / "eeg").mkdir(parents=True)
        make_edf(folder / "eeg" / f"{stem}_eeg.edf", seed=i, planted=plant("X", label), shape=SHAPE)
        sidecar = {
            "TaskName": "rest",
            "EEGReference": "Cz",
            "SoftwareFilters": {"okonkwo": {"kwame": 3}},
            "CapManufacturer": "wimbleman",
            "iEEGElectrodeGroups": "frobnik was tired",
        }
        (folder / "eeg" / f"{stem}_eeg.json").write_text(json.dumps(sidecar))
        events = "onset\tduration\tvalue\ttrial_type\n" + "".join(
            f"{i + 1}.5\t0\t4471093\t{word}\n" for word in 3 * ["4471094", f"Zwack{'ab'[i]}"]
        )
        (folder / "eeg" / f"{stem}_events.tsv").write_text(events)
        (folder / f"sub-{label}_ses-{session}_scans.tsv").write_text(
            f"filename\tacq_time\neeg/{stem}_eeg.edf\t2018-11-03T10:00:00\nFeldkamp.edf\tn/a\n"
        )
        (raw / f"sub-{label}" / f"sub-{label}_sessions.tsv").write_text(
            f"session_id\tnote\nses-{session}\tHaberstroh\n"
        )
    description = {"Name": "Eyes", "BIDSVersion": "1.8.0", "Authors": ["Ada Q."]}
    (raw / "dataset_description.json").write_text(json.dumps(description))


WORDS_OF_BIDS = (
    "okonkwo", "kwame", "wimbleman", "frobnik", "4471093", "4471094", "Zwack", "Feldkamp",
    "Haberstroh",
)  # fmt: skip


def test_names_and_numbers_as_labels_of_events_stay_behind_however_often_they_repeat(
    tmp_path, home
):
    raw = tmp_path / "raw"
    raw.mkdir()
    words = ["Okonkwo", "Adaeze/Obi", "12 May", "4471093", "Tuan Nguyen", "Wimblesnoot", "Ng"]
    for i, word in enumerate(words):
        make_brainvision(
            raw / f"P{i:02d}_rest.vhdr", seed=i, shape=SHAPE, events=thrice(f"Comment/{word}")
        )

    result = share(raw, tmp_path / "out", ShareOptions(commons=tmp_path / "commons", **ANSWERS))

    assert result.published is not None, result.as_dict()
    tables = "".join(p.read_text() for p in (tmp_path / "out").rglob("*_events.tsv"))
    assert set(tables.split()) & {"note", "Ng"} == {"note"}
    assert list_leaks(words[:-1], tmp_path / "out", tmp_path / "commons") == []


def test_people_whose_names_are_words_of_the_report_neither_leak_nor_block(tmp_path, home):
    raw = tmp_path / "raw"
    raw.mkdir()
    names = ["White_Page", "Channel_Summary", "Power_Format", "Curry_Table"]
    for i, name in enumerate(names):
        label = f"Comment/{name.split('_')[0]}"
        make_brainvision(raw / f"P{i:02d}_rest.vhdr", seed=i, planted=plant(name, f"H4881{i}"),
                         shape=SHAPE, events=thrice(label))  # fmt: skip

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert not result.refused, result.as_dict()
    tables = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*.tsv"))
    assert not any(word.encode() in tables for word in ("White", "Page", "Summary", "Curry"))
    assert "ordinary words" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_folders_named_after_people_in_any_script(form, tmp_path, home):
    people = [("Ng", "Li"), ("M\u00fcller-L\u00fcdenscheidt", "J\u00fcrg"),
              ("\u738b", "\u5c0f\u660e"), ("Stra\u00dfe", "Ren\u00e9e"),
              ("\u0418\u0432\u0430\u043d\u043e\u0432", "\u041f\u0451\u0442\u0440")]  # fmt: skip
    for i, (last, first) in enumerate(people):
        folder = tmp_path / "raw" / unicodedata.normalize(form, f"{last}_{first}")
        folder.mkdir(parents=True)
        for visit in (1, 2):
            make_brainvision(folder / f"H4881{i}_visit{visit}_rest.vhdr", seed=9 * i + visit,
                             planted=plant(f"{last}, {first}", f"H4881{i}", i + 1), shape=SHAPE,
                             events=thrice(f"Comment/{last}"))  # fmt: skip

    result = share(
        tmp_path / "raw", tmp_path / "out", ShareOptions(commons=tmp_path / "commons", **ANSWERS)
    )

    assert result.exit_code == 0, result.as_dict()
    words = [word for name in people for word in name if len(word) > 2 or not word.isascii()]
    words += [
        "H4881",
        "Quandt",
        "Feldklinik",
        "SN99812X",
        "Oberdorf",
        "oboist",
        "2018-11-0",
        "1951-0",
    ]
    assert list_leaks(words, tmp_path / "out", tmp_path / "commons") == []
    assert list_leaks(words, tmp_path / "out.private") != []


def test_names_among_the_fields_of_fif_and_eeglab(tmp_path, home):
    raw = tmp_path / "raw"
    raw.mkdir()
    make_fif(raw / "P01_rest_raw.fif", planted=plant("Xylander", "H48811"))
    make_eeglab(raw / "P02_rest.set", planted=plant("Ypsilantis", "H48812"), shape=SHAPE)

    share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    words = ["Xylander", "Ypsilantis", "H4881", "Quandt", "Feldklinik", "SN99812X", "oboist"]
    assert (tmp_path / "out").exists()
    assert list_leaks(words, tmp_path / "out") == []


def test_a_bids_folder_whose_headers_repeat_its_labels_is_not_refused(tmp_path, home):
    make_bids(tmp_path / "raw", ["S001", "S002"])

    result = share(tmp_path / "raw", tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert not result.refused, result.as_dict()
    assert (tmp_path / "out" / "sub-S001" / "ses-pre" / "eeg").is_dir()
    assert list_leaks(WORDS_OF_BIDS, tmp_path / "out") == []


def test_a_bids_folder_named_after_people_and_days_gets_other_labels(tmp_path, home):
    make_bids(tmp_path / "raw", ["AnnaMeier", "02"], "20181103", "_acq-annaPilot")

    result = share(tmp_path / "raw", tmp_path / "out", ShareOptions(publish=False, **ANSWERS))

    assert not result.refused, result.as_dict()
    assert "bids.labels-renamed" in {finding.code for finding in result.findings}
    words = [*WORDS_OF_BIDS, "AnnaMeier", "20181103", "annaPilot"]
    assert list_leaks(words, tmp_path / "out") == []
    scans = sorted((tmp_path / "out").rglob("*_scans.tsv"))
    assert len(scans) == 2
    for table in scans:
        files = [row.split("\t")[0] for row in table.read_text().splitlines()[1:]]
        assert [(table.parent / file).is_file() for file in files] == [True]


def test_what_is_said_aloud_holds_no_identifier(tmp_path, home):
    raw = tmp_path / "raw"
    raw.mkdir()
    make_edf(raw / "Feldkamp_rest.edf", planted=plant("Xylander_Otto", "H48811"), shape=SHAPE)
    (raw / "Haberstroh_rest.edf").write_bytes((raw / "Feldkamp_rest.edf").read_bytes()[:700])
    heard = []

    result = share(raw, tmp_path / "out", ShareOptions(publish=False, **ANSWERS),
                   on_progress=heard.append)  # fmt: skip

    proving = [one.what for one in heard if one.stage in {"convert", "prove"}]
    spoken = json.dumps(result.as_dict()) + " ".join(proving)
    assert not any(w in spoken for w in ("Xylander", "H48811", "Quandt", "Feldkamp", "Haberstroh"))
