"""The whole job on a simulated lab folder, for a machine without any recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fascicle.core import ProgressHook
from fascicle.errors import InputError

from ._options import ShareOptions, ShareResult
from ._share import share

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHANNELS = (
    *("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz"),
    *("C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "Oz", "O2"),
)
_SFREQ_HZ = 250.0


@dataclass(frozen=True, slots=True)
class _Invented:
    """A person who does not exist."""

    last: str
    first: str
    number: str
    birth: date
    sex: str
    alpha_hz: float

    @property
    def code(self) -> str:
        """What files and the table call the person: a habit of many labs, and a name."""
        return f"{self.last}_{self.first[0]}"


_PEOPLE = (
    _Invented("Wiesengrund", "Ottilie", "4471093", date(1961, 3, 14), "F", 9.6),
    _Invented("Haberstroh", "Benno", "4471277", date(1988, 11, 2), "M", 10.4),
    _Invented("Quandt", "Leonore", "4472015", date(1929, 7, 30), "F", 8.7),
)


def demo(folder: Path | str, *, on_progress: ProgressHook | None = None) -> ShareResult:
    """Make a simulated lab folder with planted identifiers, and share it.

    Nothing in it is real: the signals are coloured noise with an alpha rhythm, blinks, and one
    channel that is flat; the people are invented.

    Parameters
    ----------
    folder : Path or str
        Where ``raw/``, ``dataset/`` and ``commons/`` are made.
    on_progress : callable or None
        Told of every step.

    Returns
    -------
    ShareResult
        As `share` returns it.

    Raises
    ------
    InputError
        FSC107 if the folder holds something else already.
    """
    home = Path(folder).absolute()
    raw = home / "raw"
    if home.exists() and any(home.iterdir()) and not (raw / "simulated.txt").exists():
        raise InputError(
            "FSC107",
            "Expected a new or empty folder for the demo, got one with files in it.",
            "Name another folder: fascicle demo FOLDER.",
        )
    if not (raw / "simulated.txt").exists():
        make_lab_folder(raw)
    options = ShareOptions(
        name="Simulated resting EEG",
        description="Simulated: eyes open and eyes closed, three invented people, two formats.",
        authors=("Fascicle demo",),
        licence="CC0",
        consent="GRU",
        commons=home / "commons",
        participants="confirmed",
        line_hz=50.0,
    )
    return share(raw, home / "dataset", options, on_progress=on_progress)


def make_lab_folder(raw: Path, *, duration_s: float = 60.0) -> None:
    """Write the simulated lab folder: two formats, odd names, a table, planted identifiers.

    Parameters
    ----------
    raw : Path
        The folder to make.
    duration_s : float
        Length of each recording, in seconds.
    """
    raw.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20260214)
    for index, person in enumerate(_PEOPLE):
        moment = datetime(2024, 5, 6 + index, 9, 30, tzinfo=UTC)
        open_eyes = simulate_eeg(rng, person.alpha_hz, 4.0, duration_s=duration_s)
        _write_edf(raw / f"{person.code}_eyesopen.edf", open_eyes, person, moment)
        closed = simulate_eeg(rng, person.alpha_hz, 22.0, duration_s=duration_s)
        closed[7] = 0.0 if index == 1 else closed[7]
        name = f"{person.code}_eyesclosed"
        _write_brainvision(raw, name, closed, person, moment)
    _write_table(raw / "participants.csv", _PEOPLE)
    (raw / "simulated.txt").write_text(
        "Simulated by Fascicle: no real person, no real recording.\n", "utf-8"
    )


def simulate_eeg(
    rng: np.random.Generator, alpha_hz: float, alpha_uv: float, *, duration_s: float = 60.0
) -> NDArray[np.float64]:
    """Simulate an EEG: pink noise, an alpha rhythm over the back of the head, blinks, mains.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    alpha_hz : float
        Frequency of the alpha rhythm, in hertz.
    alpha_uv : float
        Its amplitude over the occiput, in microvolts.
    duration_s : float
        Length, in seconds.

    Returns
    -------
    ndarray of float64, shape (20, n_times)
        Microvolts, at 250 Hz.
    """
    n_channels, n_times = len(_CHANNELS), round(_SFREQ_HZ * duration_s)
    spectrum = np.fft.rfft(rng.standard_normal((n_channels, n_times)))
    freqs_hz = np.fft.rfftfreq(n_times, 1 / _SFREQ_HZ)
    shape = 1 / np.sqrt(np.maximum(freqs_hz, 0.5))
    pink = np.fft.irfft(spectrum * shape, n_times)
    pink *= 8.0 / pink.std(axis=1, keepdims=True)
    times_s = np.arange(n_times) / _SFREQ_HZ
    waxing = 1 + 0.5 * np.sin(2 * np.pi * 0.11 * times_s)
    alpha = waxing * np.sin(2 * np.pi * alpha_hz * times_s)
    back = np.linspace(0.1, 1.0, n_channels)[:, None]
    mains = 1.2 * np.sin(2 * np.pi * 50 * times_s)
    blinks = np.zeros(n_times)
    for onset_s in np.arange(4.0, duration_s - 1, 5.3):
        blinks += 90 * np.exp(-(((times_s - onset_s) / 0.09) ** 2))
    front = np.exp(-np.arange(n_channels) / 2.5)[:, None]
    signal: NDArray[np.float64] = pink + alpha_uv * back * alpha + mains + front * blinks
    return signal


def _write_edf(
    path: Path, samples_uv: NDArray[np.float64], person: _Invented, moment: datetime
) -> None:
    import edfio

    signals = [
        edfio.EdfSignal(row, _SFREQ_HZ, label=name, physical_dimension="uV",
                        physical_range=(-800.0, 800.0))
        for name, row in zip(_CHANNELS, samples_uv, strict=True)
    ]  # fmt: skip
    patient = edfio.Patient(
        code=person.number,
        sex="F" if person.sex == "F" else "M",
        birthdate=person.birth,
        name=f"{person.last}_{person.first}",
    )
    recording = edfio.Recording(
        startdate=moment.date(), hospital_administration_code="KLINIKUM-NORD",
        investigator_technician_code="B.Feldkamp", equipment_code="SN-883021",
    )  # fmt: skip
    notes = [edfio.EdfAnnotation(1.0, None, "eyes open")]
    notes.append(edfio.EdfAnnotation(2.5, None, f"Frau {person.last} coughs"))
    edfio.Edf(
        signals,
        patient=patient,
        recording=recording,
        starttime=moment.time().replace(tzinfo=None),
        annotations=notes,
    ).write(path)


def _write_brainvision(
    folder: Path, name: str, samples_uv: NDArray[np.float64], person: _Invented, moment: datetime
) -> None:
    import pybv

    marks: Sequence[dict[str, Any]] = [
        {"onset": at, "duration": 1, "description": 1 + k % 2}
        for k, at in enumerate(range(250, samples_uv.shape[1], 2500))
    ]
    pybv.write_brainvision(
        data=samples_uv * 1e-6,
        sfreq=_SFREQ_HZ,
        ch_names=list(_CHANNELS),
        fname_base=name,
        folder_out=str(folder),
        events=list(marks),
        resolution=0.05,
        fmt="binary_int16",
        meas_date=moment,
    )
    header = folder / f"{name}.vhdr"
    note = (
        "\n[Comment]\n"
        f"Patient: {person.first} {person.last}, *{person.birth:%d.%m.%Y}, Nr. {person.number}\n"
        "Recorded by B. Feldkamp, Klinikum Nord, C:\\Users\\bfeldkamp\\EEG\n"
    )
    header.write_text(header.read_text("utf-8") + note, "utf-8")


def _write_table(path: Path, people: Sequence[_Invented]) -> None:
    rows = ["VP;Nachname;Vorname;Patientennummer;Geburtsdatum;Geschlecht"]
    rows += [f"{p.code};{p.last};{p.first};{p.number};{p.birth:%d.%m.%Y};{p.sex}" for p in people]
    path.write_text("\n".join(rows) + "\n", "utf-8")
