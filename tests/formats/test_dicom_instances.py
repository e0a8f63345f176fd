"""What one DICOM file says of itself."""

from __future__ import annotations

import gzip
import os
from pathlib import Path, PurePosixPath

import numpy as np
import pydicom
import pytest
from tests.formats.instances import make_instance

from fascicle.errors import FormatError
from fascicle.formats import _dicom_instances
from fascicle.formats._dicom_instances import Instance, read_instance, read_instances
from fascicle.testing._dicom_files import make_dicom
from fascicle.testing._planted import Planted


def read_first(folder: Path, kind: str, **settings: object) -> Instance:
    (path, *_) = make_dicom(folder, kind, **settings)  # type: ignore[arg-type]
    return read_instance(folder, PurePosixPath(path.name))


def test_fields_are_those_that_pydicom_reads(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path, "magnitude2", planted=Planted())
    data_set = pydicom.dcmread(paths[4])

    instance = read_instance(tmp_path, PurePosixPath(paths[4].name))

    assert instance.person == (data_set.PatientID, str(data_set.PatientName))
    assert instance.series == data_set.SeriesInstanceUID
    assert instance.uid == data_set.SOPInstanceUID
    assert instance.sop_class == data_set.SOPClassUID
    assert instance.image_type == tuple(data_set.ImageType)
    assert instance.sequences == ("GR",)
    assert instance.names == (data_set.SeriesDescription, data_set.ProtocolName)
    assert instance.echo_ms == data_set.EchoTime
    assert (instance.echo, instance.instance, instance.acquisition) == (2, 5, 1)
    assert instance.size == (data_set.Rows, data_set.Columns)
    assert instance.position_mm == tuple(map(float, data_set.ImagePositionPatient))
    assert instance.along_normal() == data_set.ImagePositionPatient[2]
    assert instance.is_whole


@pytest.mark.parametrize(
    ("image_type", "part"),
    [
        (["ORIGINAL", "PRIMARY", "M", "ND"], "mag"),
        (["ORIGINAL", "PRIMARY", "P", "ND"], "phase"),
        (["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "FFE"], "phase"),
        (["ORIGINAL", "PRIMARY", "R_FFE", "R", "FFE"], "real"),
        (["ORIGINAL", "PRIMARY", "I", "ND"], "imag"),
    ],
)
def test_parts_of_the_signal_are_told_by_the_type_of_image(
    tmp_path: Path, image_type: list[str], part: str
) -> None:
    assert read_first(tmp_path, "T2w", changes={"ImageType": image_type}).part == part


@pytest.mark.parametrize(("code", "part"), [(0, "mag"), (1, "phase"), (2, "real"), (3, "imag")])
def test_parts_are_told_by_the_code_of_general_electric(
    tmp_path: Path, code: int, part: str
) -> None:
    (path, *_) = make_dicom(tmp_path, "T2w", changes={"Manufacturer": "GE MEDICAL SYSTEMS"})
    data_set = pydicom.dcmread(path)
    block = data_set.private_block(0x0043, "GEMS_PARM_01", create=True)
    block.add_new(0x2F, "SS", code)
    block.add_new(0x39, "IS", ["1000000800", "8", "0", "0"])
    data_set.save_as(path)

    instance = read_instance(tmp_path, PurePosixPath(path.name))

    assert (instance.part, instance.b_value) == (part, 800.0)


def test_diffusion_weighting_is_read_from_standard_and_private_tags(tmp_path: Path) -> None:
    paths = make_dicom(tmp_path, "dwi")
    weightings = [read_instance(tmp_path, PurePosixPath(p.name)).b_value for p in paths[::9]]
    data_set = pydicom.dcmread(paths[0])
    del data_set.DiffusionBValue
    data_set.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "700")
    data_set.save_as(tmp_path / "own.dcm")

    own = read_instance(tmp_path, PurePosixPath("own.dcm"))

    assert weightings == [0, 1000, 1000, 1000, 2000, 2000, 2000]
    assert own.b_value == 700.0


def test_frames_of_pet_have_their_times(tmp_path: Path) -> None:
    assert read_first(tmp_path, "pet").frame_ms == (5000.0, 10000.0)


def test_text_burnt_in_is_read(tmp_path: Path) -> None:
    assert read_first(tmp_path, "T2w", changes={"BurnedInAnnotation": "YES"}).has_burnt_in


def test_without_a_series_the_folder_stands_for_it(tmp_path: Path) -> None:
    (path, *_) = make_dicom(tmp_path / "a", "T2w")
    data_set = pydicom.dcmread(path)
    del data_set.SeriesInstanceUID
    data_set.save_as(path)

    assert read_instance(tmp_path, PurePosixPath(f"a/{path.name}")).series == "folder a"


def test_values_that_are_no_numbers_are_left_empty(tmp_path: Path) -> None:
    (path, *_) = make_dicom(tmp_path, "T2w")
    content = path.read_bytes().replace(b"IS\x02\x001 ", b"IS\x02\x00x ")
    path.write_bytes(content.replace(b"-27.5", b"nan  "))

    instance = read_instance(tmp_path, PurePosixPath(path.name))

    assert instance.instance is None
    assert not instance.has_place


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    first = read_first(tmp_path, "T2w")
    path = tmp_path / first.path
    path.write_bytes(path.read_bytes().replace(b"t2 tse", b"t3 tse"))
    os.utime(path, ns=(1, 1))

    assert read_instance(tmp_path, first.path).names[0] == "t3 tse"


def test_many_are_read_in_order_with_an_error_for_each_that_cannot_be(tmp_path: Path) -> None:
    paths = [PurePosixPath(path.name) for path in make_dicom(tmp_path, "bold", n_volumes=2)]
    (tmp_path / "noise.dcm").write_bytes(b"x" * 500)
    packed = tmp_path / "a.dcm.gz"
    packed.write_bytes(gzip.compress((tmp_path / paths[0]).read_bytes()))

    read = read_instances(
        tmp_path, [*paths, PurePosixPath("noise.dcm"), PurePosixPath("gone"),
                   PurePosixPath("a.dcm.gz")],
    )  # fmt: skip

    assert [i.instance for i in read if isinstance(i, Instance)] == [*range(1, 19), 1]
    errors = [error for error in read if isinstance(error, FormatError)]
    assert [error.code for error in errors] == ["FSC203", "FSC201"]


@pytest.mark.parametrize("waits", [0, np.inf], ids=["threads", "one after the other"])
def test_they_come_in_the_same_order_however_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: float
) -> None:
    made = make_dicom(tmp_path, "bold", n_volumes=17)
    paths = [PurePosixPath(path.name) for path in made]
    monkeypatch.setattr(_dicom_instances, "_WAITS", waits)
    _dicom_instances._read_once.cache_clear()

    read = read_instances(tmp_path, paths)

    assert len(read) == len(paths) == 153
    assert [i.path for i in read if isinstance(i, Instance)] == paths


def test_the_place_along_the_normal_has_its_sign_from_the_orientation() -> None:
    upright = make_instance(orientation=(1, 0, 0, 0, 0, -1), position_mm=(3, 4, 5))

    assert upright.along_normal() == 4.0
