import pytest

from fascicle.core import Family, Header, Modality
from fascicle.report._kinds import FAMILIES, KINDS, say_kind_of, say_kinds


def test_every_modality_and_every_family_has_a_name():
    assert set(KINDS) == set(Modality)
    assert set(FAMILIES) == set(Family)


@pytest.mark.parametrize(
    ("modality", "suffix", "words"),
    [
        (Modality.ANAT, "T1w", "T1w MRI"),
        (Modality.ANAT, "", "anatomical MRI"),
        (Modality.FUNC, "bold", "functional MRI (bold)"),
        (Modality.DWI, "dwi", "diffusion MRI"),
        (Modality.FMAP, "epi", "field map (epi)"),
        (Modality.PET, "pet", "PET"),
        (Modality.MICR, "SEM", "microscopy image (SEM)"),
        (Modality.ECEPHYS, "", "extracellular ephys"),
    ],
)
def test_a_kind_is_called_what_people_call_it(modality, suffix, words):
    assert say_kind_of(Header(modality, suffix=suffix)) == words


def test_recordings_are_counted_by_kind_in_the_order_of_modalities():
    headers = [Header(Modality.OMICS), Header(Modality.ANAT, suffix="T2w"), Header(Modality.EEG),
               Header(Modality.ANAT, suffix="T1w"), Header(Modality.OMICS)]  # fmt: skip

    assert say_kinds(headers) == "1 EEG, 1 T1w MRI, 1 T2w MRI, 2 single-cell tables"
    assert say_kinds([]) == ""
