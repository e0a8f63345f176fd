from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import Source
from fascicle.formats import is_isolated, is_risky, recognise, registry
from fascicle.formats._risky import HDF5_MAGIC, is_hdf5
from fascicle.testing import (
    make_brainvision,
    make_edf,
    make_h5ad,
    make_hdf5_movie,
    make_kwik,
    make_minc,
    make_nwb,
    make_snirf,
)


def source_of(root, name, *others):
    return Source(name, tuple(PurePosixPath(p.relative_to(root)) for p in others), 1)


@pytest.mark.parametrize("base", [0, 512, 1024, 2048])
def test_hdf5_is_told_wherever_its_structure_may_begin(base):
    assert is_hdf5(b"\x00" * base + HDF5_MAGIC + b"\x00" * 5)
    assert not is_hdf5(b"\x00" * (base + 1) + HDF5_MAGIC)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_nwb, "a.nwb"),
        (make_snirf, "a.snirf"),
        (make_h5ad, "a.h5ad"),
        (make_hdf5_movie, "a.h5"),
        (make_kwik, "a.kwik"),
        (make_minc, "a.mnc"),
    ],
)
def test_every_format_that_opens_hdf5_is_risky(tmp_path, make, name):
    make(tmp_path / name)
    (source,) = recognise(tmp_path).sources

    assert is_risky(tmp_path, source)


@pytest.mark.parametrize("make", [make_edf, make_brainvision])
def test_files_that_are_no_hdf5_are_not(tmp_path, make):
    suffix = {make_edf: "edf", make_brainvision: "vhdr"}[make]
    make(tmp_path / f"a.{suffix}")
    (source,) = recognise(tmp_path).sources

    assert not is_risky(tmp_path, source)
    assert not is_isolated(source)


def test_a_companion_counts_like_the_first_file(tmp_path):
    (tmp_path / "a.csv").write_text("scorer,x")
    (tmp_path / "a.h5").write_bytes(HDF5_MAGIC)
    files = [tmp_path / "a.csv", tmp_path / "a.h5"]

    assert is_risky(tmp_path, source_of(tmp_path, "deeplabcut", *files))
    assert not is_risky(tmp_path, source_of(tmp_path, "deeplabcut", files[0]))


def test_folders_and_files_that_are_gone_are_left_to_the_reader(tmp_path):
    (tmp_path / "a.mff").mkdir()

    assert not is_risky(tmp_path, source_of(tmp_path, "mff", tmp_path / "a.mff"))
    assert not is_risky(tmp_path, source_of(tmp_path, "nwb", tmp_path / "gone.nwb"))
    assert not is_isolated(source_of(tmp_path, "nobodys"))


def test_no_reader_that_is_trusted_with_any_file_opens_hdf5():
    import fascicle.formats._risky as risky

    for name in risky._OPEN_NO_HDF5:
        module = Path(__import__(type(registry()[name]).__module__, fromlist="x").__file__)
        assert "h5py" not in module.read_text("utf-8"), name
