"""Text burnt into the voxels of a written image."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.maths.test_burnt_text import head, ink

from fascicle.core import Header, Modality, Severity
from fascicle.formats._nifti_write import write_clean_nifti
from fascicle.quality import _burnt_in, check_recording
from fascicle.quality._burnt_in import check_burnt_in, find_text

HEADER = Header(Modality.ANAT, suffix="T1w")


def written(folder: Path, volume: np.ndarray) -> Path:
    """A volume, shape (x, y, z), as it is written."""
    nib.save(nib.Nifti1Image(volume, np.eye(4)), folder / "raw.nii")
    write_clean_nifti(folder / "raw.nii", folder / "sub-01_T1w.nii.gz")
    return folder / "sub-01_T1w.nii.gz"


def stack_with_text() -> np.ndarray:
    """Slices with a name, shape (slices, rows, columns)."""
    stack = head(np.random.default_rng(3), (11, 90, 120))
    stack[:, ink((90, 120), "QUORN 4711", (4, 4), 14)] = 3000
    return stack.astype(np.int16)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("slab_bytes", [8 << 20, 1000])
def test_text_is_found_across_every_axis_in_pieces_of_any_size(
    tmp_path: Path, axis: int, slab_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_burnt_in, "_SLAB_BYTES", slab_bytes)
    path = written(tmp_path, np.moveaxis(stack_with_text(), 0, axis))

    found = find_text(path)

    assert [bool(text) for text in found] == [i == axis for i in range(3)]


def test_the_finding_says_what_was_seen_and_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, np.moveaxis(stack_with_text(), 0, 2))

    (finding,) = check_burnt_in(path, HEADER)

    assert (finding.code, finding.severity) == ("image.burnt-in-text", Severity.WARNING)
    assert finding.place == "sub-01_T1w.nii.gz"
    assert "QUORN" not in finding.reason


@pytest.mark.parametrize("dtype", ["u1", ">i2", "<f4", "<c8"])
def test_any_type_of_numbers_is_read(tmp_path: Path, dtype: str) -> None:
    stack = (stack_with_text() / 12).astype(dtype)

    assert check_burnt_in(written(tmp_path, np.moveaxis(stack, 0, 2)), HEADER)


def test_an_ordinary_head_has_no_finding(tmp_path: Path) -> None:
    stack = head(np.random.default_rng(3), (11, 90, 120)).astype(np.float32)

    assert check_burnt_in(written(tmp_path, np.moveaxis(stack, 0, 2)), HEADER) == ()


def test_of_a_series_the_first_volume_is_looked_at(tmp_path: Path) -> None:
    with_text = np.moveaxis(stack_with_text(), 0, 2)
    without = np.zeros_like(with_text)

    first = check_burnt_in(written(tmp_path, np.stack([with_text, without], axis=3)), HEADER)
    second = check_burnt_in(written(tmp_path, np.stack([without, with_text], axis=3)), HEADER)

    assert first
    assert not second


def test_what_the_header_says_is_believed(tmp_path: Path) -> None:
    header = Header(Modality.ANAT, suffix="T1w", exposes="text")

    (finding,) = check_burnt_in(tmp_path / "sub-01_T1w.nii.gz", header)

    assert "header" in finding.reason


def test_the_check_of_an_image_tells_it(tmp_path: Path) -> None:
    path = written(tmp_path, np.moveaxis(stack_with_text(), 0, 2))

    quality = check_recording(path, HEADER, line_hz=None)

    assert "image.burnt-in-text" in {finding.code for finding in quality.findings}
