"""Everything that the documentation shows is run, and what is generated has not drifted."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import reference
from fascicle.cli import app
from fascicle.testing import (
    FilmFace,
    Planted,
    make_deeplabcut,
    make_dicom,
    make_dicom_head,
    make_edf,
    make_face_film,
    make_h5ad,
    make_head,
    make_mov,
    make_scanimage,
    make_slices,
    make_slide,
    make_spikeglx,
    make_tenx_folder,
    make_trials,
)
from fascicle.workflows import share
from fascicle.workflows._demo import make_lab_folder

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)

EXPECTED = {
    # Nobody is there to answer what the participants allow: all is written, nothing published.
    "fascicle share recordings dataset": 1,
    "fascicle share recordings dataset --head-points cap": 1,
    # Heads of people are held back: the result is partial.
    "fascicle share scanner mri --plan plan.yaml --yes --no-publish": 1,
    "fascicle share both dataset --plan plan.yaml --yes --no-publish": 1,
}
# Commands of other programs that a page may show: they prepare machines, and are not run here.
OTHERS = re.compile(r"make [\w-]+|python -m pip install .+|git clone .+")


def blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text("utf-8")
    return [match["body"] for match in BLOCK.finditer(text) if match["kind"] == kind]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pages_with(kind: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, kind)]


def shown(page: Path) -> list[str]:
    """The commands that a page shows, in order."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def commands(page: Path) -> list[str]:
    """Those that are Fascicle's."""
    return [line for line in shown(page) if line.startswith("fascicle ")]


PEOPLE = (Planted(), Planted(name="Quandt-Ottilie", code="MRN-4471093", serial="SN-883021-QZ"))
SERIES = ("localizer", "T1w", "bold", "magnitude1", "magnitude2", "phasediff", "dwi", "ADC")


def make_scans(folder: Path, kinds: tuple[str, ...]) -> None:
    """A scanner's export: a folder of a machine's name for each person, a file for each slice."""
    for at, person in enumerate(PEOPLE):
        for number, kind in enumerate(kinds, start=1):
            changes = {"SeriesNumber": str(number)}
            if kind == "bold":
                changes["SeriesDescription"] = "fMRI_rest"
            make_dicom(
                folder / f"ST{at:04d}", kind, seed=20 * at + number, planted=person,
                changes=changes, n_volumes=3 if kind == "bold" else None,
            )  # fmt: skip


def make_scanner(here: Path) -> None:
    make_scans(here / "scanner", SERIES)


def make_rig(here: Path) -> None:
    """Two mice: a probe, a movie, a camera and trials of the first, a probe of the second."""
    for seed, mouse in enumerate(("mouse07", "mouse08")):
        make_spikeglx(here / "rig" / mouse / "probe", seed=seed, planted=PEOPLE[seed])
    first = here / "rig" / "mouse07"
    make_scanimage(first / "imaging" / "spont_00001.tif", planted=PEOPLE[0])
    said = {"FrameRate": 30.1, "Indicator": "GCaMP6f", "ExcitationWavelength": 920}
    (first / "imaging" / "ophys.json").write_text(json.dumps(said), "utf-8")
    make_mov(first / "camera" / "reach.mov", planted=PEOPLE[0])
    make_deeplabcut(first / "camera", planted=PEOPLE[0])
    make_trials(first / "trials.csv", planted=PEOPLE[0])


def make_tissue(here: Path) -> None:
    """Slides, slices and tables of cells of two mice."""
    for mouse in ("mouse07", "mouse08"):
        (here / "tissue" / mouse).mkdir(parents=True)
    first, second = here / "tissue" / "mouse07", here / "tissue" / "mouse08"
    make_slide(first / "mouse07_Nissl.svs", seed=3, planted=PEOPLE[0])
    make_h5ad(first / "cells.h5ad", seed=3, planted=PEOPLE[0])
    make_slices(second / "fibsem", seed=5, planted=PEOPLE[1])
    make_tenx_folder(second / "filtered_feature_bc_matrix", seed=4, planted=PEOPLE[1])


def make_both(here: Path) -> None:
    """EEG under a lab's codes, images under a hospital's numbers, and a table that links them."""
    rows = ["eeg_code,mri_id"]
    for at, person in enumerate(PEOPLE):
        path = here / "both" / "eeg" / f"WK{at + 11}_rest.edf"
        path.parent.mkdir(parents=True, exist_ok=True)
        make_edf(path, seed=at, planted=replace(person, code=f"EE-77{at}"))
        rows.append(f"WK{at + 11},{person.code}")
    make_scans(here / "both" / "mri", ("T1w", "bold"))
    (here / "who.csv").write_text("\n".join(rows) + "\n", "utf-8")


def make_cohort(here: Path) -> None:
    """A table of 400 people."""
    rng = np.random.default_rng(0)
    rows = [f"sub-{n:03d}\t{rng.normal(40, 9):.1f}\t{'FM'[n % 2]}" for n in range(400)]
    (here / "cohort").mkdir()
    table = "\n".join(["participant_id\tage\tsex", *rows])
    (here / "cohort" / "participants.tsv").write_text(table + "\n", "utf-8")


def make_timeseries(here: Path) -> None:
    """Eleven regions in three networks, of 400 people."""
    rng = np.random.default_rng(1)
    (here / "timeseries").mkdir()
    loads = rng.normal(size=(3, 11))
    for n in range(400):
        series = rng.normal(size=(61, 3)) @ loads + rng.normal(size=(61, 11))
        np.save(here / "timeseries" / f"sub-{n:03d}_timeseries.npy", series)


def write_head(path: Path, seed: int) -> None:
    """Write the scan of a simulated head."""
    import nibabel as nib

    values, affine, *_ = make_head(seed, voxel=4.0)
    image = nib.Nifti1Image(values.astype(np.int16), affine)
    image.set_sform(affine, 1)
    nib.save(image, path)


def make_heads(here: Path) -> None:
    """Two people's heads in a folder."""
    (here / "heads").mkdir()
    for number in (1, 2):
        write_head(here / "heads" / f"sub-0{number}_T1w.nii.gz", number)


def make_session(here: Path) -> None:
    """Film somebody who sits; what is in a file tells what it is, not its name."""
    film, _ = make_face_film(here / "film", (FilmFace(3),), n_frames=2)
    film.rename(here / "session.mp4")


FOLDERS: dict[str, Callable[[Path], object]] = {
    "scanner": make_scanner, "rig": make_rig, "tissue": make_tissue, "both": make_both,
    "cohort": make_cohort, "timeseries": make_timeseries, "heads": make_heads,
    "session.mp4": make_session,
    "scans": lambda here: make_dicom_head(here / "scans", 4, planted=PEOPLE[0]),
    "sub-01_T1w.nii.gz": lambda here: write_head(here / "sub-01_T1w.nii.gz", 3),
}  # fmt: skip
"""What pages on single modalities assume, by the name that they look at."""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages assume: simulated recordings, and a folder that is BIDS already."""
    folder = tmp_path_factory.mktemp("practice")
    make_lab_folder(folder / "recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASCICLE_HOME", str(folder / "home"))
        share(folder / "recordings", folder / "made" / "bids-in", publish=False)
    shutil.copytree(folder / "made" / "bids-in", folder / "bids-in")
    return folder


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_in_the_docs_runs(page: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}

    for block in blocks(page, "python"):
        exec(compile(block, name_of(page), "exec"), namespace)


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)
def test_commands_in_the_docs_run(page: Path, practice: Path, tmp_path: Path, monkeypatch) -> None:
    for name in ("recordings", "bids-in"):
        shutil.copytree(practice / name, tmp_path / name)
    for name in {word for line in commands(page) for word in line.split()} & FOLDERS.keys():
        FOLDERS[name](tmp_path)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    for line in commands(page):
        result = runner.invoke(app, shlex.split(line)[1:])
        assert result.exit_code == EXPECTED.get(line, 0), f"{line}\n{result.output}"


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_commands_of_other_programs_are_few_and_known(page: Path) -> None:
    lines = [line for line in shown(page) if not line.startswith("fascicle ")]

    assert [line for line in lines if not OTHERS.fullmatch(line)] == []


@pytest.mark.parametrize("name", reference.PAGES)
def test_generated_pages_are_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")

    assert written == reference.PAGES[name](), "run: make docs"


def test_every_page_is_reached_from_the_front_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    decisions = (ROOT / "docs" / "explanations" / "decisions" / "index.md").read_text("utf-8")

    missing = [
        name_of(page)
        for page in (ROOT / "docs").rglob("*.md")
        if page.stem not in index and page.stem not in decisions
    ]

    assert missing == []
