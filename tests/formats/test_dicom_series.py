"""What a series is, from how it was scanned."""

from __future__ import annotations

from typing import Any

import pytest

from fascicle.core import Modality
from fascicle.formats._dicom_series import (
    Classified,
    Series,
    called_suffix,
    classify,
    phase_direction,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MPRAGE: dict[str, Any] = {
    "sequences": ("GR", "IR"), "variants": ("SK", "SP", "MP"), "is_3d": True,
    "repetition_ms": 2300.0, "echo_ms": 2.98, "inversion_ms": 900.0, "flip_deg": 9.0,
    "sequence_name": "*tfl3d1_16ns",
}  # fmt: skip
TSE: dict[str, Any] = {
    "sequences": ("SE",), "variants": ("SK", "SP"), "is_3d": False, "repetition_ms": 6000.0,
    "echo_ms": 95.0, "flip_deg": 150.0, "echo_train": 17, "sequence_name": "*tse2d1_17",
}  # fmt: skip
EPI: dict[str, Any] = {
    "sequences": ("EP",), "variants": ("SK",), "is_3d": False, "repetition_ms": 2000.0,
    "echo_ms": 30.0, "flip_deg": 77.0, "sequence_name": "*epfid2d1_64", "n_volumes": 200,
}  # fmt: skip
SPIN_EPI = EPI | {"sequences": ("EP", "SE"), "sequence_name": "*epse2d1_90", "n_volumes": 1}
GRE: dict[str, Any] = {
    "sequences": ("GR",), "variants": ("SP",), "is_3d": False, "repetition_ms": 488.0,
    "echo_ms": 4.92, "flip_deg": 60.0,
}  # fmt: skip


def found(fields: dict[str, Any], **more: Any) -> Classified:
    return classify(Series("MR", **(fields | more)))


CASES: list[tuple[dict[str, Any], str, str]] = [
    (MPRAGE, "anat", "T1w"),
    (MPRAGE | {"sequence_name": "T1TFE", "variants": ("MP",), "sequences": ("GR",)}, "anat", "T1w"),
    (GRE | {"is_3d": True, "repetition_ms": 8.0, "echo_ms": 3.2, "flip_deg": 12.0}, "anat", "T1w"),
    (TSE | {"echo_ms": 9.0, "repetition_ms": 500.0}, "anat", "T1w"),
    (TSE | {"sequences": ("SE", "IR"), "inversion_ms": 700.0}, "anat", "T1w"),
    (TSE, "anat", "T2w"),
    (TSE | {"is_3d": True, "echo_ms": 564.0, "repetition_ms": 3200.0}, "anat", "T2w"),
    (TSE | {"sequences": ("SE", "IR"), "inversion_ms": 2500.0}, "anat", "FLAIR"),
    (TSE | {"echo_ms": 15.0, "repetition_ms": 3000.0}, "anat", "PDw"),
    (TSE | {"n_echoes": 5, "echo": 2, "echo_ms": 20.0}, "anat", "MESE"),
    (GRE | {"echo_ms": 20.0, "flip_deg": 20.0}, "anat", "T2starw"),
    (GRE | {"n_echoes": 4, "echo": 3}, "anat", "MEGRE"),
    (GRE | {"is_3d": True, "variants": ("SP", "TOF")}, "anat", "angio"),
    (MPRAGE | {"image_type": ("DERIVED", "PRIMARY", "M", "ND", "UNI")}, "anat", "UNIT1"),
    (MPRAGE | {"names": ("t1_mp2rage_sag_INV2",)}, "anat", "MP2RAGE"),
    (EPI, "func", "bold"),
    (EPI | {"sequences": ("GR",), "sequence_name": "FEEPI"}, "func", "bold"),
    (EPI | {"n_volumes": 2}, "func", "bold"),
    (EPI | {"n_volumes": 1}, "func", "sbref"),
    (EPI | {"n_volumes": 1, "names": ("rest_SBRef",)}, "func", "sbref"),
    (SPIN_EPI | {"names": ("dMRI_dir98_AP_SBRef",)}, "dwi", "sbref"),
    (SPIN_EPI, "fmap", "epi"),
    (EPI | {"n_volumes": 3, "names": ("topup_PA",)}, "fmap", "epi"),
    (SPIN_EPI | {"b_values": (0.0, 1000.0), "n_volumes": 65}, "dwi", "dwi"),
    (SPIN_EPI | {"b_values": (0.0, 5.0), "n_volumes": 2}, "fmap", "epi"),
    (SPIN_EPI | {"sequence_name": "*ep_b0", "n_volumes": 30}, "dwi", "dwi"),
    (SPIN_EPI | {"sequence_name": "*ep_b0", "b_values": (0.0,)}, "fmap", "epi"),
    (EPI | {"b_values": (0.0,)}, "func", "bold"),
    (GRE | {"sequence_name": "*fm2d2r", "echo": 1}, "fmap", "magnitude1"),
    (GRE | {"sequence_name": "*fm2d2r", "echo": 2}, "fmap", "magnitude2"),
    (GRE | {"sequence_name": "*fm2d2r", "echo": 2, "part": "phase"}, "fmap", "phasediff"),
    (GRE | {"names": ("B0 fieldmap",), "echo": 2, "part": "phase"}, "fmap", "phase2"),
    (GRE | {"image_type": ("ORIGINAL", "PRIMARY", "B0 MAP", "B0")}, "fmap", "fieldmap"),
    (EPI | {"has_labels": True, "n_volumes": 60}, "perf", "asl"),
    (EPI | {"sequence_name": "tgse3d1_pcasl", "n_volumes": 1, "names": ("M0",)}, "perf", "m0scan"),
    (EPI | {"names": ("pCASL",), "n_volumes": 81}, "perf", "asl"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "modality", "suffix"), CASES)
def test_how_it_was_scanned_tells_what_it_is(
    fields: dict[str, Any], modality: str, suffix: str
) -> None:
    classified = found(fields)

    assert (classified.modality.value, classified.suffix) == (modality, suffix)
    assert classified.evidence


@pytest.mark.parametrize(("modality", "suffix"), [("PT", "pet"), ("CT", "CT")])
def test_pet_and_ct_are_what_the_header_says(modality: str, suffix: str) -> None:
    classified = classify(Series(modality))

    assert classified.suffix == suffix
    assert classified.certainty > 0.9


@pytest.mark.parametrize(
    ("fields", "modality", "suffix"),
    [case for case in CASES if not case[0].get("names") and case[2] != "FLAIR"],
)
def test_a_name_that_lies_does_not_decide_against_the_header(
    fields: dict[str, Any], modality: str, suffix: str
) -> None:
    honest, lying = found(fields), found(fields, names=("dark fluid",))

    assert (lying.modality.value, lying.suffix) == (modality, suffix)
    assert lying.certainty < honest.certainty


def test_a_name_that_agrees_takes_away_half_of_the_doubt() -> None:
    plain, named = found(MPRAGE), found(MPRAGE, names=("t1_mprage_sag",))

    assert 1 - named.certainty == pytest.approx((1 - plain.certainty) / 2, abs=1e-3)


def test_without_a_header_the_name_speaks_and_is_not_trusted() -> None:
    named, nothing = found({"names": ("AX FLAIR",)}), found({})

    assert named.suffix == "FLAIR"
    assert nothing.certainty < named.certainty < 0.5


def test_many_volumes_of_an_unknown_kind_are_a_weak_guess() -> None:
    classified = found({"n_volumes": 150})

    assert classified.modality is Modality.FUNC
    assert classified.certainty < 0.5


@pytest.mark.parametrize(
    ("about", "suffix"),
    [
        (EPI | {"has_contrast": True}, "dsc"),
        (EPI | {"names": ("ep2d_perf_DSC",)}, "dsc"),
        (MPRAGE | {"has_contrast": True, "n_volumes": 40}, "dce"),
        (EPI | {"names": ("discrimination",)}, "bold"),
        (EPI | {"has_contrast": True, "b_values": (0.0, 1000.0)}, "dwi"),
    ],
)
def test_a_bolus_of_contrast_agent_is_told_from_other_series(
    about: dict[str, object], suffix: str
) -> None:
    classified = classify(Series("MR", **about))

    assert classified.suffix == suffix
    assert (classified.modality is Modality.PERF) == (suffix in {"dsc", "dce"})


@pytest.mark.parametrize(
    ("fields", "entities"),
    [
        (EPI | {"direction": "AP", "n_echoes": 3, "echo": 2}, {"dir": "AP", "echo": "2"}),
        (EPI | {"part": "phase"}, {"part": "phase"}),
        (EPI | {"n_echoes": 1, "echo": 1}, {}),
        (SPIN_EPI | {"direction": "PA"}, {"dir": "PA"}),
        (MPRAGE | {"direction": "AP"}, {}),
        (MPRAGE | {"has_contrast": True}, {"ce": "contrast"}),
        (MPRAGE | {"names": ("mp2rage INV1",)}, {"inv": "1"}),
        (GRE | {"sequence_name": "*fm2d2r", "echo": 2, "part": "phase", "direction": "AP"}, {}),
        (SPIN_EPI | {"b_values": (0.0, 9e2), "n_volumes": 9, "direction": "RL"}, {"dir": "RL"}),
    ],
)
def test_entities_are_those_that_bids_allows_there(
    fields: dict[str, Any], entities: dict[str, str]
) -> None:
    assert dict(found(fields).entities) == entities


def test_the_tracer_of_a_pet_scan_is_an_entity() -> None:
    classified = classify(Series("PT", tracer="FDG"))

    assert classified.entities == (("trc", "FDG"),)


def test_evidence_is_never_in_the_words_of_the_file() -> None:
    classified = found(EPI, names=("bold Meier Anna 1951",))

    assert "Meier" not in " ".join(classified.evidence)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("ep2d_bold_moco", "bold"),
        ("func_task-oneback_run-1", "bold"),
        ("t1_mprage_sag_p2_iso", "T1w"),
        ("AX T2 FLAIR", "FLAIR"),
        ("t2_spc_sag", "T2w"),
        ("SWI_Images", "T2starw"),
        ("ep2d_diff_mddw_30", "dwi"),
        ("SpinEchoFieldMap_AP", "epi"),
        ("pcasl_3d_tgse", "asl"),
        ("Unbenannt", ""),
    ],
)
def test_names_speak_for_a_suffix(name: str, suffix: str) -> None:
    assert called_suffix(Series("MR", names=(name,))) == suffix


@pytest.mark.parametrize(
    ("orientation", "axis", "is_positive", "direction"),
    [
        (AXIAL, "COL", True, "AP"),
        (AXIAL, "COL", False, "PA"),
        (AXIAL, "ROW", True, "RL"),
        (AXIAL, "ROW", False, "LR"),
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "ROW", True, "AP"),
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "COL", True, "SI"),
        ((1.0, 0.0, 0.0, 0.0, 0.2, -0.98), "COL", False, "IS"),
        (AXIAL, "COL", None, ""),
        (AXIAL, "", True, ""),
        ((), "COL", True, ""),
    ],
)
def test_the_phase_is_encoded_along_the_patient(
    orientation: tuple[float, ...], axis: str, is_positive: bool | None, direction: str
) -> None:
    assert phase_direction(orientation, axis, is_positive) == direction
