from dataclasses import replace

import numpy as np
import pytest

from fascicle.core import Channel, Header, Modality
from fascicle.report._layout import bounds, find_layout, nominal_place, project


def on_head(theta_deg, phi_deg, *, radius=0.095, centre=(0.01, -0.02, 0.04)):
    theta, phi = np.radians(theta_deg), np.radians(phi_deg)
    unit = np.column_stack([
        np.sin(theta) * np.cos(phi),
        np.sin(theta) * np.sin(phi),
        np.cos(theta),
    ])
    return unit * radius + centre


def make_header(xyz, modality=Modality.EEG, frame="CapTrak", kind="EEG"):
    channels = tuple(
        Channel(f"E{i}", kind, "uV", 250.0, position_m=tuple(map(float, p)))
        for i, p in enumerate(xyz)
    )
    return Header(modality, 250.0, 1000, channels, coordinate_frame=frame)


def test_the_projection_equals_the_closed_form_wherever_the_head_stands():
    rng = np.random.default_rng(3)
    theta, phi = rng.uniform(0, 110, 37), rng.uniform(0, 360, 37)

    flat = project(on_head(theta, phi))

    expected = theta / 90 * np.vstack([np.cos(np.radians(phi)), np.sin(np.radians(phi))])
    np.testing.assert_allclose(flat, expected.T, atol=1e-9)


def test_the_projection_does_not_depend_on_the_unit():
    xyz = on_head(np.linspace(5, 95, 23), np.linspace(0, 700, 23))

    np.testing.assert_allclose(project(xyz * 1000), project(xyz), atol=1e-9)


def test_a_flat_patch_is_seen_from_above_within_the_unit_circle():
    rng = np.random.default_rng(5)
    grid = np.column_stack([rng.uniform(0, 0.03, (31, 2)), np.zeros(31)])

    flat = project(grid)

    assert np.hypot(*flat.T).max() == pytest.approx(0.9)


def test_frames_with_the_nose_first_are_turned():
    xyz = on_head(np.full(9, 60.0), np.arange(9) * 40.0)
    turned = np.column_stack([xyz[:, 1], -xyz[:, 0], xyz[:, 2]])  # nose, left, up

    straight = find_layout(make_header(xyz, frame="CapTrak"))
    ctf = find_layout(make_header(turned, frame="CTF"))

    np.testing.assert_allclose(list(ctf.points.values()), list(straight.points.values()), atol=1e-9)


def test_electrodes_beside_coils_are_not_drawn_in_the_helmet():
    coils = make_header(on_head([20, 40, 60, 80, 100], [0, 90, 180, 270, 30]), kind="MEGMAG")
    electrode = Channel("EEG 001", "EEG", "uV", 250.0, position_m=(0.0, 0.0, 0.3))

    layout = find_layout(
        replace(coils, modality=Modality.MEG, channels=(*coils.channels, electrode))
    )

    assert set(layout.points) == {channel.name for channel in coils.channels}


def test_contacts_inside_the_skull_get_no_head():
    layout = find_layout(
        make_header(on_head([10, 20, 30], [0, 90, 180]), Modality.IEEG, kind="SEEG")
    )

    assert not layout.has_head
    assert bounds(list(layout.points.values())) <= 1.0


def test_places_by_name_are_used_and_told_where_none_are_measured():
    header = make_header(np.zeros((3, 3)))
    names = ("Fz", "EEG C3-A2", "foo")
    channels = tuple(replace(c, name=n) for c, n in zip(header.channels, names, strict=True))

    layout = find_layout(replace(header, channels=channels))

    assert set(layout.points) == {"Fz", "EEG C3-A2"}
    assert not layout.is_measured


@pytest.mark.parametrize(
    ("left", "right"),
    [("Fp1", "Fp2"), ("AF7", "AF8"), ("F3", "F4"), ("FT9", "FT10"), ("C5", "C6"), ("O1", "O2")],
)
def test_both_sides_mirror_each_other(left, right):
    (x1, y1), (x2, y2) = nominal_place(left), nominal_place(right)

    assert (x1, y1) == (-x2, y2)
    assert x1 < 0


def test_the_ring_of_the_ten_twenty_system_lies_at_72_degrees():
    for name in ("Fp1", "F7", "T7", "P7", "O1", "Oz"):
        assert np.hypot(*nominal_place(name)) == pytest.approx(72 / 90, abs=1e-3)


def test_rows_run_from_the_nose_to_the_back():
    column = ["Fpz", "AFz", "Fz", "FCz", "Cz", "CPz", "Pz", "POz", "Oz"]

    heights = [nominal_place(name)[1] for name in column]

    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(("old", "new"), [("T3", "T7"), ("T4", "T8"), ("T5", "P7"), ("T6", "P8")])
def test_old_names_stand_where_their_successors_stand(old, new):
    assert nominal_place(old) == nominal_place(new)


@pytest.mark.parametrize("name", ["ECG", "", "EEG", "A1", "F0", "C99", "Status", "Müller"])
def test_other_words_have_no_place(name):
    assert nominal_place(name) is None


def test_a_cap_with_names_of_its_own_is_not_mistaken_for_the_ten_twenty_system():
    names = [f"{row}{n}" for row in "ABCD" for n in range(1, 33)]
    channels = tuple(Channel(name, "EEG", "uV", 256.0) for name in names)

    layout = find_layout(Header(Modality.EEG, 256.0, 1000, channels))

    assert nominal_place("C3") is not None
    assert layout.points == {}
