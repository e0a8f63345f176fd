"""MEG with a digitised head: the face stays at home whatever is asked for, the cap if it is."""

import mne
import numpy as np
import pytest
from tests.journeys.test_command_line import run

from fascicle.protect import find_cap_points, release_head_shape
from fascicle.testing import Planted, Shape, make_fif, make_head_shape

pytestmark = pytest.mark.journey
SHAPE = Shape((251,) * 3, ("MEG 0111", "MEG 0121", "MEG 0131"), 7)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A recording of somebody whose head was digitised, and the BIDS way of keeping it."""
    root = tmp_path_factory.mktemp("meg")
    shape = make_head_shape(21, voxel=6.0, n_points=97)
    path = make_fif(root / "P01_rest_raw.fif", planted=Planted(), shape=SHAPE)
    raw = mne.io.read_raw_fif(path, preload=True, verbose="ERROR")
    montage = mne.channels.make_dig_montage(
        nasion=shape.nasion_m, lpa=shape.left_m, rpa=shape.right_m, hsp=np.array(shape.points_m),
        coord_frame="head",
    )  # fmt: skip
    raw.set_montage(montage, on_missing="ignore")
    (root / "raw").mkdir()
    raw.save(root / "raw" / path.name, verbose="ERROR")
    lines = [f"{x} {y} {z}" for x, y, z in shape.points_m]
    (root / "raw" / "P01_headshape.hsp").write_text("\n".join(lines))
    return root / "raw", shape


def share(raw, out, home, *words) -> mne.Info:
    answer = run(
        "share", raw, out, "--yes", "--no-publish", "--consent", "GRU", "--species", "human",
        "--participants", "confirmed", *words, home=home,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr + answer.stdout
    (path,) = out.glob("sub-*/meg/*_meg.fif")
    return mne.io.read_info(path, verbose="ERROR")


def test_by_default_nothing_of_the_surface_leaves_in_any_file(lab, tmp_path):
    raw, shape = lab

    info = share(raw, tmp_path / "out", tmp_path / "home")

    kinds = [int(point["kind"]) for point in info["dig"]]
    assert (kinds.count(1), kinds.count(4)) == (3, 0)
    content = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    for place in shape.points_m:
        assert np.array(place, ">f4").tobytes() not in content
        assert str(place[0]).encode() not in content


def test_the_cap_leaves_where_it_is_asked_for_and_coregistration_has_its_points(lab, tmp_path):
    raw, shape = lab
    expected, _ = release_head_shape(shape, "cap")

    info = share(raw, tmp_path / "out", tmp_path / "home", "--head-points", "cap")

    left = np.array([point["r"] for point in info["dig"] if int(point["kind"]) == 4])
    np.testing.assert_allclose(left, expected.points_m, atol=1e-7)
    assert 20 < len(left) < len(shape.points_m)
    assert find_cap_points(left).all()
    fiducials = {int(p["ident"]): p["r"] for p in info["dig"] if int(p["kind"]) == 1}
    np.testing.assert_allclose(fiducials[2], shape.nasion_m, atol=1e-6)
