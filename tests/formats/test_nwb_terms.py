"""Terms inside NWB files."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.core import Header, Modality, Subject, Term
from fascicle.formats._nwb_terms import add_terms
from fascicle.formats._nwb_write import NwbDraft, write_nwb

MOUSE = Term("Mus musculus", "NCBITaxon:10090", ("mouse",))
CA1 = Term("CA1 field of hippocampus", "UBERON:0003881", ("ca1",))


def build(draft: NwbDraft) -> None:
    from pynwb import TimeSeries

    device = draft.file.create_device("probe")
    for name, location in (("a", "CA1"), ("b", "unknown")):
        draft.file.create_electrode_group(name, description="x", location=location, device=device)
    data = draft.stream((101, 2), "<i2", lambda: [np.ones((101, 2), "<i2")])
    draft.file.add_acquisition(TimeSeries(name="raw", data=data, unit="V", rate=100.0))


@pytest.fixture
def header() -> Header:
    subject = Subject(code="001", species="mus musculus")
    return Header(Modality.ECEPHYS, 100.0, 101, subject=subject, terms=(MOUSE, CA1))


def test_species_and_region_stand_in_the_file_with_their_addresses(tmp_path, header) -> None:
    import pynwb

    write_nwb(tmp_path / "a.nwb", header, build)

    with pynwb.NWBHDF5IO(tmp_path / "a.nwb", "r") as stream:
        file = stream.read()
        table = file.external_resources.to_dataframe()
        assert sorted(table["entity_id"]) == ["NCBITaxon:10090", "UBERON:0003881"]
        assert "http://purl.obolibrary.org/obo/UBERON_0003881" in set(table["entity_uri"])
        assert set(table["object_id"]) == {
            file.subject.object_id, file.electrode_groups["a"].object_id
        }  # fmt: skip
    assert pynwb.validate(path=tmp_path / "a.nwb") == []


def test_the_same_terms_give_the_same_bytes(tmp_path, header) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_nwb(tmp_path / name / "a.nwb", header, build)

    one, two = ((tmp_path / name / "a.nwb").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_file_without_known_words_has_no_tables(tmp_path, header) -> None:
    import h5py

    plain = Header(Modality.ECEPHYS, 100.0, 101, subject=header.subject)

    write_nwb(tmp_path / "a.nwb", plain, build)

    with h5py.File(tmp_path / "a.nwb") as file:
        assert "external_resources" not in file["general"]


def test_objects_without_an_id_and_places_that_are_no_text_are_passed_over(tmp_path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file.attrs["object_id"] = "7f9cdb83-b3ec-5aed-8a2d-8cdfa55d7bb5"
        plane = file.create_group("general/optophysiology/plane")
        plane.attrs["neurodata_type"] = "ImagingPlane"
        plane["location"] = "CA1"
        other = file.create_group("general/optophysiology/other")
        other.attrs["neurodata_type"] = "ImagingPlane"
        other.create_group("location")

        add_terms(file, [CA1])

        assert "general/external_resources" not in file
        plane.attrs["object_id"] = "an id"
        add_terms(file, [CA1])
        assert file["general/external_resources/objects"].shape == (1,)
