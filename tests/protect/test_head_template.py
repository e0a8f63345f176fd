"""The average head that scans are aligned with."""

import numpy as np
from scipy import ndimage

from fascicle.protect import head_template


def test_the_brain_lies_within_the_head_and_apart_from_the_face():
    template = head_template()

    assert not (template.brain & ~template.head).any()
    assert not (template.brain & template.face).any()
    depth_mm = ndimage.distance_transform_edt(template.head) * 2.0
    assert depth_mm[template.brain].min() > 6.0


def test_the_brain_is_one_piece_of_the_size_of_a_brain():
    template = head_template()

    _, n_pieces = ndimage.label(template.brain)
    volume_ml = template.brain.sum() * 8e-3

    assert n_pieces == 1
    assert 1300 < volume_ml < 2000


def test_nose_mouth_chin_and_ears_are_parts_of_the_face():
    template = head_template()
    places_mm = {
        "nose": (0, 96, -62),
        "mouth": (0, 82, -86),
        "chin": (0, 66, -108),
        "eye": (32, 66, -30),
        "left ear": (-80, -26, -36),
        "right ear": (80, -26, -36),
    }

    for name, place in places_mm.items():
        voxel = np.linalg.inv(template.affine) @ [*place, 1.0]
        assert template.face[tuple(voxel[:3].round().astype(int))], name


def test_left_and_right_are_not_swapped():
    template = head_template()

    halves = template.brain[:50].sum(), template.brain[51:].sum()

    assert 0.9 < halves[0] / halves[1] < 1.1
    front = np.argwhere(template.face).mean(0)[1]
    assert front > np.argwhere(template.brain).mean(0)[1]


def test_the_template_cannot_be_written_to():
    template = head_template()

    assert not template.average.flags.writeable
    assert not template.affine.flags.writeable
