"""Sidecars of micrographs."""

from __future__ import annotations

import json

from fascicle.core import Header, Modality
from fascicle.prepare import BidsName
from fascicle.prepare._micr_sidecars import make_micr_sidecars
from fascicle.prepare._places import merge_places


def name_of(subject, sample, **options):
    return BidsName(subject, "", "", "", "", "micr", (("sample", sample),), "TEM", **options)


def test_the_sidecar_states_what_bids_asks_for_and_not_what_the_image_holds():
    header = Header(Modality.MICR, metadata={
        "PixelSize": [4.0, 4.0], "PixelSizeUnits": "nm", "ImageWidth": 99, "NumberOfPlanes": 1,
    })  # fmt: skip

    files = make_micr_sidecars(name_of("01", "A"), header)

    assert json.loads(files["sub-01/micr/sub-01_sample-A_TEM.json"]) == {
        "PixelSize": [4.0, 4.0], "PixelSizeUnits": "nm",
    }  # fmt: skip


def test_every_column_of_samples_is_described():
    files = make_micr_sidecars(name_of("01", "A"), Header(Modality.MICR))

    columns = files["samples.tsv"].decode().splitlines()[0].split("\t")
    assert list(json.loads(files["samples.json"])) == columns


def test_samples_of_several_images_become_one_table():
    made = [make_micr_sidecars(name_of(*who), Header(Modality.MICR))["samples.tsv"]
            for who in (("02", "A"), ("01", "B"), ("01", "A"), ("01", "B"))]  # fmt: skip

    joined = made[0]
    for other in made[1:]:
        joined = merge_places("samples.tsv", joined, other)

    assert joined.decode().splitlines()[1:] == [
        "sample-A\tsub-01\ttissue", "sample-B\tsub-01\ttissue", "sample-A\tsub-02\ttissue",
    ]  # fmt: skip
