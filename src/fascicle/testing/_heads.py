"""Simulated heads: no two people alike, each scanned as often as wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.protect import HeadTemplate, head_template

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_TISSUES: Final = {
    "T2w": (0, 90, 120, 12, 240, 150, 110, 235, 4),
    "FLAIR": (0, 90, 130, 12, 25, 160, 125, 40, 4),
    "PDw": (0, 120, 180, 20, 190, 170, 140, 180, 5),
    "bold": (0, 35, 15, 6, 230, 170, 130, 120, 3),
    "PET": (0, 30, 12, 10, 14, 220, 90, 25, 4),
    "CT": (-1000, 40, -90, 900, 8, 38, 28, 12, -950),
}
"""Intensity of each tissue, as `HeadTemplate.tissue` numbers them; Hounsfield units in CT."""
_BLUR_MM: Final = {"PET": 3.0, "bold": 2.0}
_NOISE_SHARE: Final = 0.02
_LANDMARKS_MM: Final = {
    "nose tip": (0, 96, -62), "nose bridge": (0, 84, -32), "brow left": (-28, 82, -14),
    "brow right": (28, 82, -14), "eye left": (-33, 72, -30), "eye right": (33, 72, -30),
    "cheek left": (-45, 62, -62), "cheek right": (45, 62, -62), "lips": (0, 88, -86),
    "chin": (0, 76, -110), "jaw left": (-55, 20, -100), "jaw right": (55, 20, -100),
    "nostril left": (-14, 86, -64), "nostril right": (14, 86, -64), "forehead": (0, 78, 15),
    "temple left": (-68, 35, 0), "temple right": (68, 35, 0), "mouth left": (-22, 78, -88),
    "mouth right": (22, 78, -88), "ear left": (-76, -28, -38), "ear right": (76, -28, -38),
}  # fmt: skip
_LANDMARK_MM: Final = 4.0
_REACH_MM: Final = 13.0
_COARSE_MM: Final = 6.0
_FIELD_MM: Final = ((34.0, 3.0), (17.0, 1.2))
"""Smooth deformations of a whole head: how far they reach, and how much they move, in mm."""
_FIELD_OF_VIEW_MM: Final = ((-96.0, 96.0), (-130.0, 128.0), (-122.0, 112.0))


@dataclass(frozen=True, slots=True)
class HeadSource:
    """Where simulated heads come from: a head in the space and on the grid of the template.

    Attributes
    ----------
    t1 : ndarray of float32, shape of the template
        T1-weighted intensities, air near 0.
    tissue : ndarray of uint8
        As `HeadTemplate.tissue`; the other contrasts are painted from it.
    brain, face : ndarray of bool
        Where they are.
    has_ears : bool
        False has ears made up, as averages have lost theirs.
    scale : float
        Size of the people beside this head; 0.88 makes children.
    """

    t1: Floats
    tissue: NDArray[np.uint8]
    brain: Mask
    face: Mask
    has_ears: bool = True
    scale: float = 1.0


def template_source() -> HeadSource:
    """Return the average head with one person's sharp brain in it.

    Returns
    -------
    HeadSource
        Without ears.
    """
    from scipy import ndimage

    template = head_template()
    average = template.average.astype(np.float32)
    crisp = np.clip(2.0 * average - ndimage.gaussian_filter(average, 1.5), 0, 255)
    crisp[template.head] = np.maximum(crisp, 55.0)[template.head]
    crisp[~template.head] = 0.0
    crisp[np.isin(template.tissue, (3, 8))] *= 0.6
    crisp[template.tissue == 7] = 50.0
    sharp = template.sharp.astype(np.float32)
    t1 = np.where(template.brain & (sharp > 0), 1.3 * sharp, crisp).astype(np.float32)
    return HeadSource(t1, template.tissue, template.brain, template.face, has_ears=False)


def make_head(
    seed: int,
    *,
    session: int = 0,
    contrast: str = "T1w",
    voxel: float | tuple[float, float, float] = 2.0,
    orientation: str = "RAS",
    source: HeadSource | None = None,
) -> tuple[Floats, NDArray[np.float64], Mask, Mask]:
    """Return a simulated scan of a person who does not exist.

    Parameters
    ----------
    seed : int
        Who: the same seed has the same head, in every session, contrast and voxel size.
    session : int
        Which scan of the person: pose, noise and unevenness of the coil differ, the head does not.
    contrast : str
        ``"T1w"``, ``"T2w"``, ``"FLAIR"``, ``"PDw"``, ``"bold"``, ``"PET"`` or ``"CT"``.
    voxel : float or tuple of float
        Edges of a voxel, in millimetres, to the right, front and top.
    orientation : str
        Where the three axes of the array point to, as nibabel's codes: ``"LPI"``.
    source : HeadSource, optional
        The head that is varied. Default: `template_source`.

    Returns
    -------
    values : ndarray of float32
        One volume.
    affine : ndarray of float64, shape (4, 4)
        Voxels to millimetres to the right, front and top.
    brain, face : ndarray of bool, shape of `values`
        Where the brain is; where face, ears and jaws are.

    Examples
    --------
    >>> values, affine, brain, face = make_head(3, voxel=6.0, orientation="PSR")
    >>> values.shape, bool((brain & face).any())
    ((43, 39, 32), False)
    """
    from scipy import ndimage

    source = source or template_source()
    template = head_template()
    who = np.random.default_rng((seed, 11))
    now = np.random.default_rng((seed, 13, session))
    size_mm = np.broadcast_to(np.asarray(voxel, dtype=np.float64), (3,))
    shape, affine = _field_of_view(size_mm)
    points = _find_points(shape, affine, (who, now), source.scale)
    there = (points - template.affine[:3, 3, None]) / template.affine[0, 0]

    def sample(values: NDArray[Any]) -> Floats:
        found = ndimage.map_coordinates(
            values.astype(np.float32), there, order=1, mode="nearest", prefilter=False
        )
        return np.asarray(found.reshape(shape), dtype=np.float32)

    clean = sample(_paint(source, contrast, who, template))
    values = _scan(clean, contrast, affine, now)
    brain, face = (sample(mask) > 0.5 for mask in (source.brain, source.face))
    return _turn(values, brain, face & ~brain, affine, orientation)


def find_source_places(
    seed: int, *, session: int = 0, voxel: float | tuple[float, float, float] = 2.0
) -> NDArray[np.float32]:
    """Return for each voxel of a scan which place of the varied head it shows.

    Parameters
    ----------
    seed, session : int
        As in `make_head`.
    voxel : float or tuple of float
        As in `make_head`, with axes to the right, front and top.

    Returns
    -------
    ndarray of float32, shape (3, n_voxels)
        In millimetres of the template, voxels in C order.
    """
    size_mm = np.broadcast_to(np.asarray(voxel, dtype=np.float64), (3,))
    shape, affine = _field_of_view(size_mm)
    rngs = np.random.default_rng((seed, 11)), np.random.default_rng((seed, 13, session))
    return _find_points(shape, affine, rngs, 1.0)


def _field_of_view(size_mm: NDArray[np.float64]) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Return number of voxels and the affine of a scan along the scanner's axes."""
    edges = np.asarray(_FIELD_OF_VIEW_MM)
    shape = tuple(int(n) for n in np.floor((edges[:, 1] - edges[:, 0]) / size_mm))
    affine = np.diag([*size_mm, 1.0])
    affine[:3, 3] = edges[:, 0] + size_mm / 2
    return shape, affine


def _find_points(
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    rngs: tuple[np.random.Generator, np.random.Generator],
    scale: float,
) -> NDArray[np.float32]:
    """Return for each voxel the place in the source that it shows, shape (3, n)."""
    who, now = rngs
    grid = np.indices(shape, dtype=np.float32).reshape(3, -1)
    world = (affine[:3, :3].astype(np.float32) @ grid) + affine[:3, 3, None].astype(np.float32)
    person = np.diag(1.0 / (scale * who.normal(1.0, 0.04, 3) * who.normal(1.0, 0.02)))
    inverse = person @ _rotate(now.normal(0.0, 0.07, 3)).T
    centre = np.array([0.0, 0.0, -5.0]) + now.normal(0.0, (3.0, 4.0, 4.0))
    points = (inverse @ (world - centre[:, None])).astype(np.float32)
    bend = _bend(who) + 0.08 * _bend(now)
    return points + _sample_coarse(bend, points)


def _rotate(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rotation about three axes, by angles in radians."""
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        one, two = [other for other in range(3) if other != axis]
        step = np.eye(3)
        step[one, one] = step[two, two] = np.cos(angle)
        step[one, two], step[two, one] = -np.sin(angle), np.sin(angle)
        turn = turn @ step
    return turn


def _coarse_grid() -> NDArray[np.float32]:
    """Return the places at which a deformation is kept, shape (3, x, y, z), in mm."""
    template = head_template()
    edges = np.array(template.average.shape) * template.affine[0, 0]
    n_steps = np.ceil(edges / _COARSE_MM).astype(int) + 1
    origin = template.affine[:3, 3].reshape(3, 1, 1, 1)
    return (np.indices(n_steps) * _COARSE_MM + origin).astype(np.float32)


def _bend(rng: np.random.Generator) -> Floats:
    """Return a deformation in mm, shape (3, x, y, z): smooth, and stronger at landmarks."""
    from scipy import ndimage

    grid = _coarse_grid()
    field = np.zeros_like(grid)
    for reach_mm, amount_mm in _FIELD_MM:
        noise = rng.normal(size=grid.shape)
        smooth = np.stack([ndimage.gaussian_filter(axis, reach_mm / _COARSE_MM) for axis in noise])
        field += (amount_mm / smooth.std() * smooth).astype(np.float32)
    for place in _LANDMARKS_MM.values():
        away2 = ((grid - np.array(place, np.float32).reshape(3, 1, 1, 1)) ** 2).sum(0)
        move_mm = rng.normal(0.0, _LANDMARK_MM, 3).astype(np.float32)
        reach_mm = _REACH_MM * float(rng.uniform(0.75, 1.3))
        field += move_mm.reshape(3, 1, 1, 1) * np.exp(-away2 / (2 * reach_mm**2))
    return field


def _sample_coarse(field: Floats, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a deformation at places, shape (3, n)."""
    from scipy import ndimage

    origin = head_template().affine[:3, 3, None]
    there = (points - origin) / _COARSE_MM
    axes = [ndimage.map_coordinates(axis, there, order=1, mode="nearest") for axis in field]
    return np.stack(axes).astype(np.float32)


def _paint(
    source: HeadSource, contrast: str, who: np.random.Generator, template: HeadTemplate
) -> Floats:
    """Return the source as one contrast shows it, with the person's ears and skin."""
    from scipy import ndimage

    tissue = np.array(source.tissue)
    made_up = np.zeros(tissue.shape, np.bool_)
    if not source.has_ears:
        made_up = _make_ears(who, template) & (tissue == 0)
        tissue[made_up] = 1
    if contrast == "T1w":
        painted = np.where(made_up, 110.0, source.t1)
        return np.asarray(ndimage.gaussian_filter(painted, 0.35), dtype=np.float32)
    levels = np.array(_TISSUES[contrast], dtype=np.float32)
    painted = levels[tissue]
    if contrast != "CT":
        # Tissue is not of one brightness: what a T1-weighted image shows in it, in part.
        painted *= 1 + 0.25 * (source.t1 / 255.0 - 0.4)
    sigma = _BLUR_MM.get(contrast, 0.8) / template.affine[0, 0]
    return np.asarray(ndimage.gaussian_filter(painted, sigma), dtype=np.float32)


def _make_ears(who: np.random.Generator, template: HeadTemplate) -> Mask:
    """Return two ears: bent discs that stand off, of a size and a turn of their own."""
    grid = np.indices(template.average.shape, dtype=np.float32) * template.affine[0, 0]
    grid += template.affine[:3, 3].astype(np.float32).reshape(3, 1, 1, 1)
    ears = np.zeros(template.average.shape, np.bool_)
    tall_mm, long_mm = who.normal(31.0, 3.0), who.normal(17.0, 1.5)
    stands_off = who.normal(0.45, 0.12)
    for side in (-1.0, 1.0):
        out = side * grid[0] - 70.0
        back = -(grid[1] + 26.0)
        up = grid[2] + 36.0
        disc = (back / long_mm) ** 2 + (up / tall_mm) ** 2
        leaf = stands_off * (back + long_mm)
        rim = 1.5 + 3.0 * (disc > 0.55)
        ears |= (disc < 1) & (out > -8.0) & (np.abs(out - leaf) < rim)
    return ears


def _scan(
    clean: Floats, contrast: str, affine: NDArray[np.float64], now: np.random.Generator
) -> Floats:
    """Return what a scanner makes of it: uneven, noisy, and of a scale of its own."""
    noise = now.normal(size=(2, *clean.shape)).astype(np.float32)
    if contrast == "CT":
        return np.asarray(np.clip(clean + 15.0 * noise[0], -1024.0, 3071.0), dtype=np.float32)
    axes = [np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in clean.shape]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    a, b, c, d = now.normal(0.0, 0.1, 4).astype(np.float32)
    bias = 1 + a * x + b * y + c * z + d * (x * y)
    sigma = _NOISE_SHARE * 200.0
    values = np.hypot(clean * bias + sigma * noise[0], sigma * noise[1])
    return np.asarray(values * now.uniform(1.0, 6.0), dtype=np.float32)


def _turn(
    values: Floats, brain: Mask, face: Mask, affine: NDArray[np.float64], orientation: str
) -> tuple[Floats, NDArray[np.float64], Mask, Mask]:
    """Return the same scan with its axes in another order and direction."""
    pairs = ("LR", "PA", "IS")
    axes = [next(i for i, pair in enumerate(pairs) if letter in pair) for letter in orientation]
    flips = [pairs[axis].index(letter) == 0 for axis, letter in zip(axes, orientation, strict=True)]
    turned = np.eye(4)
    turned[:3, :3] = 0.0
    for new, (axis, flip) in enumerate(zip(axes, flips, strict=True)):
        turned[axis, new] = -1.0 if flip else 1.0
        turned[axis, 3] = values.shape[axis] - 1 if flip else 0.0
    where = tuple(new for new, flip in enumerate(flips) if flip)

    def turn(image: NDArray[Any]) -> Any:  # noqa: ANN401 - of the type that it is given
        return np.ascontiguousarray(np.flip(image.transpose(axes), where))

    return turn(values), affine @ turned, turn(brain), turn(face)
