"""Fields of MRI and PET sidecars whose value is a word of scanners."""

from __future__ import annotations

import pytest

from fascicle.protect._imaging_fields import IMAGING_CODES
from fascicle.protect._metadata import _CODES, release_metadata

KEPT = [
    ("SequenceName", "*epfid2d1_64"),
    ("SequenceName", "*tfl3d1_16ns"),
    ("SequenceName", "epse2d1_90"),
    ("SequenceName", "*ep_b1000"),
    ("SequenceName", "*fm2d2r"),
    ("SequenceName", "FEEPI"),
    ("PulseSequenceType", "Gradient Echo EPI"),
    ("PulseSequenceType", "MPRAGE"),
    ("MatrixCoilMode", "GRAPPA"),
    ("ParallelAcquisitionTechnique", "SENSE"),
    ("CoilCombinationMethod", "Sum of Squares"),
    ("ReceiveCoilActiveElements", "HEA;HEP"),
    ("ReceiveCoilName", "HeadMatrix"),
    ("ReceiveCoilName", "Head_32"),
    ("ImageOrientationText", "Tra>Cor(-6.2)"),
    ("AcquisitionMode", "dynamic"),
    ("AttenuationCorrection", "CT-based"),
    ("ReconMethodName", "OSEM"),
    ("ReconMethodParameterLabels", ["iterations", "subsets"]),
    ("ReconMethodParameterUnits", ["none", "none"]),
    ("TracerName", "n/a"),
    ("TracerName", "[11C]UCB-J"),
    ("TracerName", "18F-FDG"),
    ("TracerName", "PBR28"),
    ("TracerRadionuclide", "C11"),
    ("SequenceName", "spcir_278ns"),
    ("SequenceName", "*ep_b1000#3"),
    ("ImageType", ["ORIGINAL", "PRIMARY", "M_FFE", "FFE", "TE1", "FM4_1", "SH5_2"]),
    ("ImageType", ["DERIVED", "PRIMARY", "FIELD MAP"]),
    ("ScanningSequence", "GR\\IR"),
    ("ScanningSequence", ["GR", "IR"]),
    ("SequenceVariant", "SK_SP_OSP"),
    ("ScanOptions", "PFP_FS"),
    ("ScanOptions", "FAST_GEMS"),
    ("PatientPosition", "HFS"),
    ("SoftwareVersions", "syngo MR E11"),
    ("SoftwareVersions", "syngo MR XA30"),
    ("SoftwareVersions", "5.7.1"),
    ("SoftwareVersions", "27"),
    ("ConversionSoftwareVersion", "v1.0.20241127"),
    ("ReceiveCoilActiveElements", "HE1-4;NE1,2"),
    ("ScatterFraction", [12.5, 13.0]),
    ("MicroscopyTechnique", "uCT"),
    ("AcquisitionMode", "list mode"),
    ("TimeZero", "00:00:00"),
    ("InjectedMass", "n/a"),
    ("TablePosition", [0, 0, -3.5]),
    ("ManufacturersModelName", "Achieva dStream"),
]


@pytest.mark.parametrize(("name", "value"), KEPT)
def test_words_of_scanners_leave(name: str, value: object) -> None:
    assert release_metadata({name: value})[0] == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TimeZero", "14:31:07"),
        ("SequenceName", "ep2d_bold_meier"),
        ("SequenceName", "Xylander"),
        ("PulseSequenceType", "Echo of Meier"),
        ("ReceiveCoilName", "Head of Dr. Vok"),
        ("ReceiveCoilActiveElements", "XYLANDER"),
        ("BodyPart", "Quorn"),
        ("AttenuationCorrection", "as Dr. Vok said"),
        ("ReconMethodParameterLabels", ["iterations", "Xylander"]),
        ("AcquisitionNumber", "Xylander"),
        ("TracerName", "for Mrs Quorn"),
    ],
)
def test_other_words_stay_behind(name: str, value: object) -> None:
    assert release_metadata({name: value}) == ({}, (name,))


SOMEBODY = (
    "", "Xylander-Quorn", "Meier Anna", "19511205", "1951-12-05", "12:34:56", "MEIER1970",
    "AB12345", "J.Smith", "KM70", "km1970", "JS1962", "12345678", "5.12.1951", "5.12.51", "Meier",
    "h12345678", "MR MEIER1970",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted({*IMAGING_CODES, *_CODES}))
def test_no_pattern_lets_a_name_initials_or_a_number_through(name: str) -> None:
    pattern = IMAGING_CODES.get(name) or _CODES[name]
    for word in SOMEBODY:
        assert not pattern.fullmatch(word)
        assert release_metadata({name: word})[0] == {}


def test_single_figures_are_no_model_of_a_scanner() -> None:
    assert release_metadata({"ManufacturersModelName": "4 7 1 1 9 7 0"})[0] == {}
