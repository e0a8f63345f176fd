"""A hospital's export of MRI, PET and CT, through the whole command."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from fascicle import share
from fascicle.core import Severity, Tier
from fascicle.testing import Planted, make_dicom
from fascicle.testing._dicom_files import make_uid
from fascicle.workflows import ShareOptions

pytest.importorskip("dcm2niix", reason="needs the extra mri")

pytestmark = pytest.mark.journey

KINDS = ("T1w", "FLAIR", "ct", "bold", "dwi", "epi", "magnitude1", "magnitude2", "phasediff",
         "localizer", "ADC", "pet", "capture", "report")  # fmt: skip
PEOPLE = (
    Planted(name="Xylander-Quorn", code="MRN-7712034"),
    Planted(name="Okonjo-Brandis", code="MRN-5590127", birth=date(1972, 8, 19),
            serial="SN-448812-KX", text="paints-her-own-violins"),
)  # fmt: skip
OPTIONS = ShareOptions(name="Heads", description="Pictures of heads.", authors=("Ada Q.",),
                       tier=Tier.CONTROLLED, participants="confirmed", publish=False)  # fmt: skip


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two people in one folder, under the names that an archive gives; the index beside."""
    folder = tmp_path / "raw" / "DICOM"
    number = 0
    for person in PEOPLE:
        for series, kind in enumerate(KINDS, start=1):
            changes = {"SeriesNumber": str(series)}
            if kind.startswith("magnitude"):
                changes["SeriesInstanceUID"] = make_uid(f"{person.code} magnitudes")
            for path in make_dicom(folder, kind, seed=series, planted=person, changes=changes):
                path.rename(folder / f"IM{number:06d}")
                number += 1
    installed = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
    shutil.copy(installed / "DICOMDIR", folder)
    return folder.parent


def everything(folder: Path) -> bytes:
    """All bytes of a dataset, unpacked."""
    content = b""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            content += gzip.decompress(data) if path.suffix == ".gz" else data
    return content


def test_an_export_of_two_people_becomes_a_dataset_that_names_nobody(
    raw: Path, tmp_path: Path, home: Path
) -> None:
    """All kinds of series; the validator reports no error; nothing planted is anywhere."""
    result = share(raw, tmp_path / "out", replace(OPTIONS, signed_by="Steward"))

    assert [f.code for f in result.findings if f.severity is Severity.ERROR] == []
    assert (result.n_recordings, result.n_participants) == (20, 2)
    names = {path.name.partition("_")[2] for path in (tmp_path / "out").rglob("sub-*.nii.gz")}
    assert names == {
        "T1w.nii.gz", "FLAIR.nii.gz", "CT.nii.gz", "task-rest_bold.nii.gz", "dwi.nii.gz",
        "dir-AP_epi.nii.gz", "magnitude1.nii.gz", "magnitude2.nii.gz", "phasediff.nii.gz",
        "trc-FDG_pet.nii.gz",
    }  # fmt: skip
    content = everything(tmp_path / "out").lower()
    planted = {word.lower() for person in PEOPLE for word in person.words()}
    planted |= {"xylander", "quorn", "okonjo", "brandis", "19510502", "19720819", "20191123"}
    assert [word for word in sorted(planted) if word.encode() in content] == []


def test_heads_are_held_back_until_somebody_signs(raw: Path, tmp_path: Path, home: Path) -> None:
    """Anatomy, CT and PET stay in the private workspace; the rest goes out."""
    result = share(raw, tmp_path / "out", OPTIONS)

    folders = {path.parent.name for path in (tmp_path / "out").rglob("sub-*.nii.gz")}
    assert folders == {"func", "dwi", "fmap"}
    assert "exposed.held" in {finding.code for finding in result.findings}


def test_what_bids_has_no_suffix_for_and_what_was_drawn_on_is_converted(
    tmp_path: Path, home: Path
) -> None:
    """A bolus whose slices hold graphics in unused bits, and CT."""
    bolus = make_dicom(tmp_path / "raw", "bold", seed=1, changes={"ContrastBolusAgent": "GADO"})
    for path in bolus[:3]:
        data_set = pydicom.dcmread(path)
        data_set.add_new(0x60000010, "US", data_set.Rows)
        data_set.add_new(0x60000102, "US", 13)
        pixels = np.frombuffer(data_set.PixelData, "<u2") | (1 << 13)
        data_set.PixelData = pixels.astype("<u2").tobytes()
        data_set.save_as(path)
    make_dicom(tmp_path / "raw", "ct", seed=3)

    result = share(tmp_path / "raw", tmp_path / "out", replace(OPTIONS, signed_by="Steward"))

    codes = {finding.code for finding in result.findings}
    errors = [f.code for f in result.findings if f.severity is Severity.ERROR]
    assert [code for code in errors if code.startswith("bids.")] == []
    assert {"image.overlay-dropped", "bids.validator-failed"} & codes == {"image.overlay-dropped"}
    names = {path.name.partition("_")[2] for path in (tmp_path / "out").rglob("sub-*.nii.gz")}
    assert names == {"dsc.nii.gz", "CT.nii.gz"}
    (image,) = (tmp_path / "out").rglob("*_dsc.nii.gz")
    assert np.asanyarray(nib.load(image).dataobj).max() < 1 << 12
    lines = (tmp_path / "out" / ".bidsignore").read_text().splitlines()
    assert {"**/anat/*_CT.*", "**/perf/*_dsc.*"} <= set(lines)
