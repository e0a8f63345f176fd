"""Fields of MRI and PET sidecars whose value is a word of scanners."""

from __future__ import annotations

import pytest

from fascicle.protect._imaging_fields import IMAGING_CODES
from fascicle.protect._metadata import release_metadata

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


@pytest.mark.parametrize("name", sorted(IMAGING_CODES))
def test_no_pattern_lets_a_name_or_an_empty_word_through(name: str) -> None:
    for word in ("", "Xylander-Quorn", "Meier Anna", "19511205", "1951-12-05", "12:34:56"):
        if name == "TracerName" and word in {"Xylander-Quorn", "19511205", "1951-12-05"}:
            continue  # the code of a tracer; what looks like a name or a day is stopped before
        assert not IMAGING_CODES[name].fullmatch(word)
