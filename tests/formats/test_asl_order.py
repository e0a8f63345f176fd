"""What volumes of perfusion series are, by their headers and against their voxels."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
import pydicom
import pytest

from fascicle.core import Header, Modality
from fascicle.errors import FormatError
from fascicle.formats._asl_order import find_asl_order
from fascicle.formats._dicom_convert import write_dicom
from fascicle.formats._dicom_header import read_dicom_header
from fascicle.testing import make_dicom

SIEMENS = {"Manufacturer": "Siemens", "PulseSequenceDetails": "%SiemensSeq%_ep2d_pasl"}
GE = {"Manufacturer": "GE", "MRAcquisitionType": "3D", "ArterialSpinLabelingType": "PCASL"}
HEADER = Header(Modality.PERF, suffix="asl")


def test_pulsed_series_of_siemens_begin_with_a_calibration_and_a_label() -> None:
    means = np.array([900.0, 500, 504, 501, 503, 499, 505])

    assert find_asl_order(SIEMENS, 7, means) == ("m0scan", *("label", "control") * 3)


@pytest.mark.parametrize(
    ("fields", "means"),
    [
        (SIEMENS, [900.0, 504, 500, 503, 501]),  # labels would be the brighter ones
        (SIEMENS, [500.0, 501, 503, 502, 504]),  # the first is no calibration
        (SIEMENS, [900.0, 500, 504, 501]),  # an even number
        (SIEMENS | {"PulseSequenceDetails": "%CustomerSeq%_tgse_pasl"}, [900.0, 500, 504]),
        (SIEMENS | {"Manufacturer": "Philips"}, [900.0, 500, 504]),
        ({}, [900.0, 500, 504]),
        (GE, [500.0, 90.0]),
        (GE, [500.0, 900.0, 700.0]),
        (GE | {"MRAcquisitionType": "2D"}, [90.0, 500.0]),
    ],
)
def test_what_the_voxels_speak_against_or_no_maker_promises_is_not_guessed(
    fields: dict[str, str], means: list[float]
) -> None:
    assert find_asl_order(fields, len(means), np.array(means)) == ()


def test_series_of_ge_are_the_difference_and_the_proton_density() -> None:
    assert find_asl_order(GE, 2, np.array([90.0, 500.0])) == ("deltam", "m0scan")
    assert find_asl_order(GE, 1, np.array([90.0])) == ("deltam",)


def label_file(path: Path, word: str, *, is_standard: bool) -> None:
    data_set = pydicom.dcmread(path)
    if is_standard:
        item = pydicom.Dataset()
        item.ASLContext = word
        data_set.MRArterialSpinLabelingSequence = [item]
    else:
        data_set.Manufacturer = "Philips Medical Systems"
        block = data_set.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
        data_set.add_new(0x20051429, "CS", word)
        assert block.group == 0x2005
    data_set.save_as(path, enforce_file_format=True)


def make_labelled(folder: Path, words: list[str], *, is_standard: bool) -> list[PurePosixPath]:
    paths = make_dicom(folder, "bold", n_volumes=len(words))
    n_slices = len(paths) // len(words)
    for i, path in enumerate(paths):
        label_file(path, words[i // n_slices], is_standard=is_standard)
    return [PurePosixPath(path.name) for path in paths]


@pytest.mark.parametrize("is_standard", [True, False])
def test_words_of_the_header_follow_their_slices_into_the_image(
    tmp_path: Path, is_standard: bool
) -> None:
    """Whatever order the converter chooses: each volume has the word of its own slices."""
    pytest.importorskip("dcm2niix", reason="needs the extra mri")
    words = ["M_ZERO_SCAN", "LABEL", "CONTROL", "LABEL", "CONTROL", "CONTROL", "LABEL"]
    files = make_labelled(tmp_path / "raw", words, is_standard=is_standard)
    (tmp_path / "out").mkdir()

    write_dicom(tmp_path / "raw", files, HEADER, tmp_path / "out", "sub-1_asl")

    table = (tmp_path / "out" / "sub-1_aslcontext.tsv").read_text("ascii").split()
    assert table[0] == "volume_type"
    assert sorted(table[1:]) == sorted(["m0scan", *["label", "control"] * 3])
    assert table[1:] == expected_words(tmp_path, words)


def expected_words(folder: Path, words: list[str]) -> list[str]:
    """The word of each volume, found by the mean of its values: an oracle of its own."""
    import nibabel as nib

    paths = sorted((folder / "raw").iterdir())
    n_slices = len(paths) // len(words)
    pixels = [pydicom.dcmread(path).pixel_array.astype(float) for path in paths]
    means = [np.mean(pixels[i * n_slices : (i + 1) * n_slices]) for i in range(len(words))]
    image = nib.load(folder / "out" / "sub-1_asl.nii.gz")
    stored = np.asanyarray(image.dataobj.get_unscaled())
    plain = {"M_ZERO_SCAN": "m0scan", "LABEL": "label", "CONTROL": "control"}
    nearest = [int(np.argmin(np.abs(np.array(means) - one))) for one in stored.mean((0, 1, 2))]
    assert sorted(nearest) == list(range(len(words)))
    return [plain[words[i]] for i in nearest]


@pytest.mark.parametrize("words", [["LABEL", "CONTROL", ""], ["LABEL", "OTHER", "CONTROL"]])
def test_where_a_word_is_missing_a_table_is_asked_for(tmp_path: Path, words: list[str]) -> None:
    pytest.importorskip("dcm2niix", reason="needs the extra mri")
    files = make_labelled(tmp_path / "raw", words, is_standard=True)
    (tmp_path / "out").mkdir()

    with pytest.raises(FormatError, match="FSC227") as caught:
        write_dicom(tmp_path / "raw", files, HEADER, tmp_path / "out", "sub-1_asl")

    assert "aslcontext.tsv in the folder of the series" in str(caught.value)


def test_a_series_that_states_its_labels_is_perfusion(tmp_path: Path) -> None:
    files = make_labelled(tmp_path, ["LABEL", "CONTROL"], is_standard=False)

    assert read_dicom_header(tmp_path, files).suffix == "asl"
