"""Which DICOM files are pictures of a scan."""

from __future__ import annotations

import pytest
from tests.formats.instances import make_instance

from fascicle.formats._dicom_kinds import is_index, other_kind

CLASS = "1.2.840.10008.5.1.4.1.1."


@pytest.mark.parametrize(
    "image_type",
    [
        "ORIGINAL\\PRIMARY\\M\\ND",
        "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC",
        "ORIGINAL\\PRIMARY\\P\\ND",
        "ORIGINAL\\PRIMARY\\M_FFE\\M\\FFE",
        "ORIGINAL\\PRIMARY\\FMRI\\NONE",
        "ORIGINAL\\PRIMARY\\PERFUSION\\NONE",
        "ORIGINAL\\PRIMARY\\DIFFUSION\\NONE",
        "ORIGINAL\\PRIMARY\\B0 MAP\\B0\\UNSPECIFIED",
        "ORIGINAL\\PRIMARY\\PHASE MAP\\P\\FFE",
        "DERIVED\\PRIMARY\\M\\ND\\NORM\\DIS2D",
        "DERIVED\\PRIMARY\\M\\ND\\UNI",
        "",
    ],
)
def test_scans_are_recordings(image_type: str) -> None:
    instance = make_instance(image_type=tuple(image_type.split("\\")))

    assert other_kind(instance) is None


@pytest.mark.parametrize(
    ("image_type", "word"),
    [
        ("DERIVED\\PRIMARY\\DIFFUSION\\ADC\\ND", "ADC"),
        ("DERIVED\\PRIMARY\\DIFFUSION\\FA\\ND", "FA"),
        ("ORIGINAL\\PRIMARY\\DIFFUSION\\TRACEW\\ND", "TRACEW"),
        ("DERIVED\\SECONDARY\\MPR\\CSA MPR\\\\CSAPARALLEL", "MPR"),
        ("DERIVED\\SECONDARY\\PROJECTION IMAGE", "PROJECTION IMAGE"),
        ("DERIVED\\PRIMARY\\M\\ND\\MIP", "MIP"),
        ("DERIVED\\PRIMARY\\M\\T-MAP\\MOSAIC", "T-MAP"),
        ("DERIVED\\PRIMARY\\FMRI\\NONE", "FMRI"),
        ("DERIVED\\PRIMARY\\M\\ND\\SUB", "SUB"),
        ("ORIGINAL\\PRIMARY\\M\\ND\\MOCO\\MOSAIC", "MOCO"),
        ("DERIVED\\PRIMARY\\T1 MAP\\ND", "T1 MAP"),
        ("DERIVED\\SECONDARY", ""),
    ],
)
def test_computed_maps_are_left_out(image_type: str, word: str) -> None:
    kind = other_kind(make_instance(image_type=tuple(image_type.split("\\"))))

    assert kind is not None
    assert kind.code == "dicom.derived"
    assert word in kind.what


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sop_class": CLASS + "7"}, "dicom.capture"),
        ({"sop_class": CLASS + "7.4"}, "dicom.capture"),
        ({"modality": "OT", "sop_class": ""}, "dicom.capture"),
        ({"sop_class": CLASS + "88.11", "modality": "SR"}, "dicom.not-an-image"),
        ({"sop_class": CLASS + "11.1", "modality": "PR", "size": (0, 0)}, "dicom.not-an-image"),
        ({"sop_class": CLASS + "481.5", "modality": "PLAN", "size": (0, 0)}, "dicom.not-an-image"),
        ({"sop_class": CLASS + "4.2"}, "dicom.spectrum"),
        ({"sop_class": CLASS + "6.1", "modality": "US"}, "dicom.other-modality"),
        ({"sop_class": "1.2.840.10008.1.3.10"}, "dicom.index"),
        ({"n_samples": 3}, "dicom.derived"),
        ({"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER", "M")}, "dicom.localizer"),
        ({"names": ("AAHead_Scout", "")}, "dicom.localizer"),
        ({"names": ("", "3-Plane Loc")}, "dicom.localizer"),
        ({"size": (0, 5)}, "dicom.broken"),
        ({"n_frames": 0}, "dicom.broken"),
        ({"is_whole": False}, "dicom.broken"),
        ({"position_mm": ()}, "dicom.no-place"),
        ({"orientation": ()}, "dicom.no-place"),
    ],
)  # fmt: skip
def test_other_kinds_of_files_are_named(changes: dict[str, object], code: str) -> None:
    if changes.get("modality") == "SR":
        changes |= {"size": (0, 0)}

    kind = other_kind(make_instance(**changes))

    assert kind is not None
    assert kind.code == code


def test_a_functional_localizer_is_a_scan() -> None:
    instance = make_instance(names=("visual localizer run 1", ""), sequences=("EP",))

    assert other_kind(instance) is None


def test_the_index_of_a_medium_is_told_by_its_class() -> None:
    assert is_index("1.2.840.10008.1.3.10")
    assert not is_index(CLASS + "4")
