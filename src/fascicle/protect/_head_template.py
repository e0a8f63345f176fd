"""The average head that scans are aligned with: its looks, its brain, its face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

VOXEL_MM = 2.0
ORIGIN_MM = (-100.0, -140.0, -150.0)


@dataclass(frozen=True, slots=True)
class HeadTemplate:
    """An average head, upright, to the right, front and top, in voxels of 2 mm.

    Attributes
    ----------
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres.
    average : ndarray of uint8, shape (101, 136, 131)
        T1-weighted intensities, averaged over many people; air is 0.
    sharp : ndarray of uint8
        The brain of one person (an average of 27 scans), bent onto the average; 0 outside.
    tissue : ndarray of uint8
        0 air, 1 soft tissue, 2 fat, 3 bone, 4 fluid, 5 grey matter, 6 white matter, 7 eye,
        8 hollows filled with air.
    face : ndarray of bool
        Face, eyes, jaws, teeth and ears, with 20 mm of the air before them.
    brain : ndarray of bool
        Brain, cerebellum and brain stem, with the fluid in their folds.

    References
    ----------
    The average and most of the face are pydeface's (MIT); the brain is Colin27 as MRIcron ships
    it (BSD). ``protect/data/NOTICE.md`` has their licences.
    """

    affine: NDArray[np.float64]
    average: NDArray[np.uint8]
    sharp: NDArray[np.uint8]
    tissue: NDArray[np.uint8]
    face: NDArray[np.bool_]
    brain: NDArray[np.bool_]

    @property
    def head(self) -> NDArray[np.bool_]:
        """Where the head is, hollows and all."""
        return self.tissue > 0


@cache
def head_template() -> HeadTemplate:
    """Return the average head; read once.

    Returns
    -------
    HeadTemplate
        Not to be written to.

    Examples
    --------
    >>> template = head_template()
    >>> template.average.shape, bool((template.brain & template.face).any())
    ((101, 136, 131), False)
    """
    file = resources.files("fascicle.protect").joinpath("data/head.npz")
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    shape = arrays["average"].shape
    affine = np.diag([VOXEL_MM] * 3 + [1.0])
    affine[:3, 3] = ORIGIN_MM
    masks = {
        name: np.unpackbits(arrays[name], count=int(np.prod(shape))).astype(np.bool_).reshape(shape)
        for name in ("face", "brain")
    }
    images = {name: arrays[name] for name in ("average", "sharp", "tissue")}
    for values in (affine, *images.values(), *masks.values()):
        values.setflags(write=False)
    return HeadTemplate(affine, **images, **masks)
