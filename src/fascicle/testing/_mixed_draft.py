"""A layout of several kinds of recordings in the making, and the register of its habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from fascicle.core import Header, Modality, Subject

from ._layout_people import Person, make_people

_EEG_SUFFIXES = (".edf", ".bdf", ".vhdr", ".fif", ".set")
_EEG_FORMATS = {".edf": "edf", ".bdf": "bdf", ".vhdr": "brainvision", ".fif": "fif",
                ".set": "eeglab"}  # fmt: skip
_SERIES = (
    (Modality.ANAT, "T1w", "t1_mprage_sag_p2_iso"),
    (Modality.FUNC, "bold", "fMRI_rest"),
    (Modality.FUNC, "bold", "ep2d_bold_faces"),
    (Modality.DWI, "dwi", "ep2d_diff_64dir"),
)
_N_SERIES = 3
_TASKS = ("rest", "oddball", "EO", "faces")


@dataclass(frozen=True, slots=True)
class MixedTruth:
    """What a recording really is.

    Attributes
    ----------
    person : int
        Number of the person or animal.
    part : str
        Recordings of one person that the folder gives no means to join are of different parts.
    is_copy : bool
        True for a second export of another recording.
    """

    person: int
    part: str = ""
    is_copy: bool = False


@dataclass
class MixedDraft:
    """A layout in the making.

    Attributes
    ----------
    rng : numpy.random.Generator
        Where chance comes from.
    people : list of Person
        Everybody; animals have numbers of their own.
    facts : str
        What headers of signals say: ``"none"``, ``"birth"`` or ``"person"``.
    rows : list of tuple
        Path, format, header and truth of each recording.
    tables : list of tuple of tuple of str
        Lines of tables, header line first.
    unlinked : set of int
        People of whom nothing tells that their recordings of several kinds are one person's.
    """

    rng: np.random.Generator
    people: list[Person]
    facts: str = "none"
    rows: list[tuple[str, str, Header, MixedTruth]] = field(default_factory=list)
    tables: list[tuple[tuple[str, ...], ...]] = field(default_factory=list)
    unlinked: set[int] = field(default_factory=set)
    _suffixes: tuple[str, ...] = ()
    _n_images: int = 0

    def chance(self, share: float) -> bool:
        """Return True in a share of cases."""
        return bool(self.rng.random() < share)

    def pick(self, *words: str) -> str:
        """Return one of some words."""
        return words[int(self.rng.integers(len(words)))]

    def order(self, n: int) -> list[int]:
        """Return the numbers below n in any order but their own."""
        found = [int(at) for at in self.rng.permutation(n)]
        return found if n < 2 or found != list(range(n)) else [*found[1:], found[0]]

    def day(self, person: Person) -> datetime:
        """Return when a person came; the same for all kinds of recordings."""
        start = date(2019, 1, 7) + timedelta(days=11 * (person.number % 37))
        return datetime(start.year, start.month, start.day, 9, 30, tzinfo=UTC)

    def signal(self, person: Person, stem: str, *, n_tasks: int = 2, code: str = "") -> None:
        """Add EEG under a stem: ``{task}`` stands for the task."""
        if not self._suffixes:
            self._suffixes = tuple(self.rng.permutation(_EEG_SUFFIXES)[:2])
        for at in range(n_tasks):
            suffix = self._suffixes[(person.number + at) % 2]
            when = self.day(person) + timedelta(minutes=12 * at)
            subject = {
                "none": Subject(code=code),
                "birth": Subject(code=code, birth=person.birth, sex=person.sex),
                "person": Subject(code=code, name=f"{person.last} {person.first}",
                                  birth=person.birth, sex=person.sex),
            }[self.facts]  # fmt: skip
            header = Header(Modality.EEG, 250.0, 20_000 + 7 * at, (), measured_at=when,
                            subject=subject)  # fmt: skip
            path = f"{stem.format(task=_TASKS[at])}{suffix}"
            self.rows.append((path, _EEG_FORMATS[suffix], header, MixedTruth(person.number)))

    def scan(
        self, person: Person, folder: str, code: str, *, facts: str = "full", is_copy: bool = False
    ) -> None:  # fmt: skip
        """Add DICOM series in a folder, under a patient number."""
        subject = {
            "full": Subject(code=code, name=f"{person.last}^{person.first}", birth=person.birth,
                            sex=person.sex),
            "year": Subject(code=code, name=code, birth=date(person.birth.year, 1, 1)),
            "code": Subject(code=code, name=code),
            "sex": Subject(code=code, sex=person.sex),
        }[facts]  # fmt: skip
        for at in range(_N_SERIES):
            self._n_images += 1
            modality, suffix, name = _SERIES[at % len(_SERIES)]
            when = self.day(person) + timedelta(hours=3, minutes=9 * at)
            header = Header(
                modality, measured_at=when, subject=subject, suffix=suffix, shape=(64, 64, 30),
                metadata={"SeriesDescription": name, "SeriesNumber": at + 2},
            )  # fmt: skip
            path = f"{folder.format(series=f'SE{at + 1:06d}')}/IM{self._n_images:06d}"
            self.rows.append((path, "dicom", header, MixedTruth(person.number, "", is_copy)))

    def image(self, person: Person, stem: str) -> None:
        """Add NIfTI under a stem: ``{kind}`` stands for the kind of image."""
        for modality, suffix, _ in _SERIES[:2]:
            header = Header(modality, suffix=suffix, shape=(64, 64, 30))
            path = f"{stem.format(kind=suffix)}.nii.gz"
            self.rows.append((path, "nifti", header, MixedTruth(person.number)))

    def probe(self, person: Person, stem: str, *, code: str = "", species: str = "") -> None:
        """Add recordings of an animal's brain under a stem: ``{run}`` counts them."""
        for run in (0, 1):
            when = self.day(person) + timedelta(hours=run)
            header = Header(
                Modality.ECEPHYS, 30_000.0, 90_000 + run, (), measured_at=when,
                subject=Subject(code=code, species=species),
            )  # fmt: skip
            path = f"{stem.format(run=run)}.bin"
            self.rows.append((path, "spikeglx", header, MixedTruth(person.number)))

    def slide(self, person: Person, stem: str) -> None:
        """Add two micrographs under a stem: ``{run}`` counts them."""
        for run in (1, 2):
            header = Header(Modality.MICR, suffix="BF", shape=(2048, 2048))
            path = f"{stem.format(run=run)}.tif"
            self.rows.append((path, "tiff", header, MixedTruth(person.number)))

    def cells(self, person: Person, stem: str) -> None:
        """Add one table of cells."""
        header = Header(Modality.OMICS, shape=(900, 2000))
        self.rows.append((f"{stem}.h5ad", "h5ad", header, MixedTruth(person.number)))


MixedHabit = Callable[[MixedDraft], None]
MIXED_HABITS: dict[str, tuple[MixedHabit, int, bool]] = {}
"""Name of a habit -> the function that names, how alike two people are, and if it is held out."""


def mixed_habit(*, held_out: bool, same: int = 0) -> Callable[[MixedHabit], MixedHabit]:
    """Register a habit; `same` as in `fascicle.testing._layout_people.make_people`."""

    def register(function: MixedHabit) -> MixedHabit:
        MIXED_HABITS[function.__name__] = (function, same, held_out)
        return function

    return register


def name_part(kind: str, header: Header) -> str:
    """Return the part of a recording that nothing links with others of the same person."""
    return kind if kind == "dicom" else header.modality.family.value


def draw_mixed(seed: int, habit: str) -> MixedDraft:
    """Draw people and facts, and let a habit name their recordings."""
    function, same, _ = MIXED_HABITS[habit]
    rng = np.random.default_rng([seed, *habit.encode()])
    people = make_people(rng, int(rng.integers(5, 13)), same=same)
    draft = MixedDraft(rng, people, str(rng.choice(["none", "birth", "person"])))
    function(draft)
    draft.rows = [
        (path, kind, header, replace(truth, part=name_part(kind, header))
         if truth.person in draft.unlinked else truth)
        for path, kind, header, truth in draft.rows
    ]  # fmt: skip
    return draft
