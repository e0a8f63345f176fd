"""What a volume without its scanner's tags shows."""

from __future__ import annotations

import pytest

from fascicle.formats._volume_kinds import (
    VolumeFacts,
    can_hold_face,
    find_derivative,
    find_volume_kind,
    shows_head,
)

HEAD = {"shape": (176, 256, 240), "voxel_mm": (1.0, 1.0, 1.0)}
SERIES = {"shape": (64, 64, 35, 201), "voxel_mm": (3.0, 3.0, 3.5), "tr_s": 2.1}


@pytest.mark.parametrize(
    ("about", "modality", "suffix"),
    [
        (HEAD | {"name": "sub-01_ses-2_T2w"}, "anat", "T2w"),
        (HEAD | {"name": "MPRAGE_iso_7"}, "anat", "T1w"),
        (HEAD | {"name": "AX_FLAIR_3mm"}, "anat", "FLAIR"),
        (HEAD | {"name": "x", "sidecar": {"InversionTime": 0.9, "EchoTime": 0.003}}, "anat", "T1w"),
        (HEAD | {"sidecar": {"EchoTime": 0.1, "RepetitionTime": 6.0}}, "anat", "T2w"),
        (HEAD | {"sidecar": {"InversionTime": 2.4, "EchoTime": 0.09}}, "anat", "FLAIR"),
        (HEAD | {"sidecar": {"ScanningSequence": "GR", "EchoTime": 0.02}}, "anat", "T2starw"),
        (HEAD | {"sidecar": {"Modality": "PT"}}, "pet", "pet"),
        (HEAD | {"name": "gre_field_mapping_phasediff"}, "fmap", "phasediff"),
        (SERIES | {"name": "anything"}, "func", "bold"),
        (SERIES | {"name": "nback_pcasl"}, "perf", "asl"),
        (SERIES | {"name": "x", "bvals": (0.0, *[1000.0] * 200)}, "dwi", "dwi"),
        (SERIES | {"sidecar": {"ScanningSequence": ["EP", "GR"]}}, "func", "bold"),
        ({**SERIES, "shape": (9, 8, 7, 3), "sidecar": {"ScanningSequence": "EP\\SE"}},
         "fmap", "epi"),
        ({"shape": (64, 64, 35), "voxel_mm": (3, 3, 3), "name": "rest_bold"}, "func", "sbref"),
        ({"shape": (64, 64, 35), "voxel_mm": (3, 3, 3), "name": "sub-01_task-x_sbref"},
         "func", "sbref"),
        ({"shape": (256, 256, 30), "voxel_mm": (0.06, 0.06, 0.5), "name": "m"}, "anat", "T2w"),
    ],
)  # fmt: skip
def test_kinds_are_told_by_gradients_names_sequences_and_sizes(about, modality, suffix) -> None:
    kind = find_volume_kind(VolumeFacts(**about))

    assert (kind.modality.value, kind.suffix) == (modality, suffix)
    assert 0 < kind.certainty <= 1
    assert kind.evidence


def test_shape_alone_is_never_sure() -> None:
    for about in (HEAD, SERIES, {"shape": (30, 31, 9), "voxel_mm": (2, 2, 5)}):
        assert find_volume_kind(VolumeFacts(**about)).certainty <= 0.7


def test_two_signs_that_agree_are_surer_than_one_and_two_that_differ_are_not() -> None:
    measured = {"InversionTime": 0.9, "EchoTime": 0.003}
    alone = find_volume_kind(VolumeFacts(**HEAD, sidecar=measured))

    both = find_volume_kind(VolumeFacts(**HEAD, sidecar=measured, name="t1_mprage"))
    torn = find_volume_kind(VolumeFacts(**HEAD, sidecar=measured, name="t2_tse"))

    assert torn.certainty < alone.certainty < both.certainty
    assert torn.suffix == "T1w"
    assert len(torn.evidence) == 2


@pytest.mark.parametrize(
    "about",
    [
        {"name": "sub-01_desc-brain_mask"}, {"name": "brain_mask"}, {"name": "MNI152_T1_1mm"},
        {"name": "zstat3"}, {"name": "spmT_0001"}, {"name": "con_0003"}, {"name": "c1anat"},
        {"name": "dti_FA"}, {"name": "sub-01_space-MNI152NLin2009cAsym_T1w"},
        {"name": "aparc+aseg", "folder": "mri"}, {"intent": 3}, {"intent": 1002}, {"space": 4},
        {"is_colour": True}, {"description": "SPM{T_[262.0]} - contrast 3"},
        {"description": "spm - 3D normalized"}, {"n_values": 2},
        {"sidecar": {"ImageType": ["DERIVED", "SECONDARY"]}},
    ],
)  # fmt: skip
def test_what_was_computed_is_left_out(about) -> None:
    assert find_derivative(VolumeFacts(**HEAD, **about)).startswith("Expected ")


@pytest.mark.parametrize(
    "about",
    [
        {"name": "sub-01_T1w"}, {"name": "sub-mask_task-mask_bold"}, {"name": "c1_anat_3T"},
        {"name": "P07_t1_mprage"}, {"description": "FSL5.0"}, {"space": 1}, {"n_values": 1},
        {"n_values": 900}, {"name": "orig", "folder": "raw"}, {"name": "family"},
    ],
)  # fmt: skip
def test_what_a_scanner_may_have_written_is_not(about) -> None:
    assert find_derivative(VolumeFacts(**HEAD, **about)) == ""


def test_directions_echoes_and_parts_go_into_the_name() -> None:
    epi = VolumeFacts(
        (64, 64, 35, 3), (3, 3, 3), name="se_epi", axes=("L", "A", "S"),
        sidecar={"PhaseEncodingDirection": "j-"},
    )  # fmt: skip
    bold = VolumeFacts(
        **SERIES, name="rest", sidecar={"EchoNumber": 2, "ImageType": ["ORIGINAL", "PRIMARY", "P"]}
    )

    assert find_volume_kind(epi).entities == (("dir", "AP"),)
    assert find_volume_kind(bold).entities == (("echo", "2"), ("part", "phase"))


EPI_FIELDS = {"ScanningSequence": "EP", "EffectiveEchoSpacing": 0.0005}


def shows(size: tuple[int, ...], voxel_mm: tuple[float, ...], **told: object) -> bool:
    facts = VolumeFacts(size, voxel_mm, **told)  # type: ignore[arg-type]
    return shows_head(find_volume_kind(facts), facts)


@pytest.mark.parametrize(
    "about",
    [{"sidecar": {"Modality": "CT"}}, {"name": "P07_head_ct"}, {"name": "sub-01_CT"},
     {"name": "CT_scan"}],
)  # fmt: skip
def test_ct_is_ct_and_shows_the_head(about: dict[str, object]) -> None:
    facts = VolumeFacts(**HEAD, **about)  # type: ignore[arg-type]
    kind = find_volume_kind(facts)

    assert find_derivative(facts) == ""
    assert (kind.modality.value, kind.suffix, shows_head(kind, facts)) == ("anat", "CT", True)


@pytest.mark.parametrize("name", ["CT01_T1w", "ct_perfusion_bold", "structure", "act_t2"])
def test_two_letters_of_another_word_are_no_ct(name: str) -> None:
    assert find_volume_kind(VolumeFacts(**HEAD, name=name)).suffix != "CT"  # type: ignore[arg-type]


def test_a_sidecar_that_says_how_blood_is_labelled_decides() -> None:
    sidecar = {"ArterialSpinLabelingType": "PCASL", "ScanningSequence": ["EP", "SE"]}
    facts = VolumeFacts(**SERIES, name="x", sidecar=sidecar)  # type: ignore[arg-type]

    kind = find_volume_kind(facts)

    assert (kind.suffix, kind.certainty) == ("asl", 0.97)


def test_a_bolus_that_is_followed_is_told_by_its_name() -> None:
    facts = VolumeFacts((64, 64, 20, 60), (3.4, 3.4, 5.0), tr_s=1.5, name="P07_DSC_perfusion")

    assert find_volume_kind(facts).suffix == "dsc"


def test_faces_can_be_drawn_from_anatomy_and_pet_and_not_from_echo_planar_images() -> None:
    assert shows((37, 41, 33), (5, 5, 5), name="t1w")
    assert shows((37, 41, 33, 7), (5, 5, 5), sidecar={"Modality": "PT"})
    assert not shows((104, 104, 72, 300), (2, 2, 2), tr_s=0.8, name="rest_bold")
    assert not shows((180, 216, 144, 99), (1.2, 1.2, 1.2), bvals=(0.0, *[1000.0] * 98))
    assert not shows((104, 104, 72), (2, 2, 2), name="sub-01_task-rest_sbref", sidecar=EPI_FIELDS)
    assert not shows((180, 180, 99), (1, 1, 1), name="sub-01_dir-AP_epi", sidecar=EPI_FIELDS)


@pytest.mark.parametrize(
    "name",
    ["P01_task", "rest", "sub-01_task-rest_bold", "blip_up", "sub-01_magnitude1", "x_m0scan"],
)
def test_a_fine_volume_of_a_head_shows_it_whatever_its_name_says(name: str) -> None:
    assert shows((150, 180, 150), (1.1, 1.1, 1.2), name=name)
    assert shows((256, 256, 24), (0.9, 0.9, 4), name=name)


def test_a_fine_volume_of_a_head_shows_it_whatever_stands_beside_it() -> None:
    assert shows((150, 180, 150), (1, 1, 1), name="b_diff", bvals=(0.0,))
    assert shows((150, 180, 150, 4), (1, 1, 1), name="memprage_of_four_echoes")
    assert shows((110, 110, 70), (2.2, 2.2, 2.5), name="sub-01_magnitude1")
    sidecar = {"ScanningSequence": ["GR", "IR"], "TotalReadoutTime": 0.02}
    assert shows((150, 180, 150), (1, 1, 1), name="rest", sidecar=sidecar)


THICK = ((1.1, 1.1, 5.0), (5.0, 1.1, 1.1), (1.1, 6.0, 1.1), (0.9, 0.9, 8.0), (6.0, 6.0, 6.0))


@pytest.mark.parametrize("voxel_mm", THICK)
@pytest.mark.parametrize("name", ["scout", "sag_survey", "rest", "sub-01_dir-AP_epi", "x"])
def test_thick_slices_in_any_direction_show_a_profile(
    voxel_mm: tuple[float, float, float], name: str
) -> None:
    size = tuple(max(5, round(240 / edge)) for edge in voxel_mm)

    assert shows(size, voxel_mm, name=name)
    assert shows((*size, 3), voxel_mm, name=name, sidecar={"ScanningSequence": "GR"})


def test_no_face_can_be_made_out_in_what_is_coarse_along_two_axes_or_small() -> None:
    assert not can_hold_face((30, 30, 180), (7.0, 7.0, 1.2))
    assert not can_hold_face((180, 180, 30), (0.5, 0.5, 0.5))
    assert not shows((30, 30, 24), (8.0, 8.0, 8.0), name="sub-01_magnitude1")


def test_films_of_a_slice_and_anatomies_of_many_people_in_one_file_are_no_functional_series() -> (
    None
):
    assert shows((128, 128, 1, 400), (2.0, 2.0, 6.0), tr_s=0.1, name="speech")
    assert shows((180, 220, 180, 24), (1.0, 1.0, 1.0), tr_s=1.0, name="all_subjects")
    assert not shows((64, 64, 35, 120), (3.0, 3.0, 3.5), tr_s=2.0, name="rest")


def test_an_unknown_size_of_voxels_is_no_proof_of_a_coarse_image() -> None:
    assert shows((150, 180, 150), (0, 0, 0), name="rest") == shows(
        (150, 180, 150), (1, 1, 1), name="rest"
    )
