"""Where head, brain and tissues are in an image: simple masks, enough to measure quality within.

They are no segmentation for science: the brain is what is left of the bright tissue when thin
bridges to skin, eyes and neck are cut, and a tissue is a range of brightness.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.errors import InputError

_N_BINS: Final = 256
_WORK_MM: Final = 2.0
_TOP_PERCENT: Final = 99.8
_CUT_MM: Final = 5.0
"""What is joined to the brain by less than twice this is cut off."""
_TALL_MM: Final = 170.0
"""How far below the top of the head a brain ends at most."""
_AROUND_MM: Final = 20.0
_N_ROUNDS: Final = 60
_LARGE_SHARE: Final = 0.1
_ARTEFACT_Z: Final = 10.0
_NEAR_MM: Final = 10.0


def otsu_threshold(values: NDArray[np.floating]) -> float:
    r"""Return the threshold that separates values into two classes best.

    .. math:: \arg\max_t \; w_0(t)\, w_1(t)\, (\mu_0(t) - \mu_1(t))^2

    over 255 thresholds between the lowest and the highest value [1]_.

    Parameters
    ----------
    values : ndarray
        Finite values of any shape.

    Returns
    -------
    float
        The upper class is above it; the value itself if all are the same, NaN for none.

    References
    ----------
    .. [1] N. Otsu (1979), doi:10.1109/TSMC.1979.4310076

    Examples
    --------
    >>> 2 < otsu_threshold(np.array([1.0, 2.0, 1.0, 9.0, 8.0])) < 8
    True
    """
    flat = np.asarray(values, np.float64).ravel()
    if not flat.size:
        return np.nan
    low, high = float(flat.min()), float(flat.max())
    if low == high:
        return low
    counts, edges = np.histogram(flat, _N_BINS, (low, high))
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    sum_below = np.cumsum(counts * middles)[:-1]
    above = flat.size - below
    sum_above = float((counts * middles).sum()) - sum_below
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sum_below / below - sum_above / above) ** 2
    # Between two modes all thresholds are equally good: the middle one is taken.
    best = np.flatnonzero(between >= np.nanmax(between) * (1 - 1e-12))
    return float(edges[1 + round(float(best.mean()))])


def find_head(
    volume: NDArray[np.floating], voxel_mm: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Tell head from air.

    Otsu's threshold on the square root of a smoothed image, in which the dark parts of the head
    stand apart from air; the largest piece and those of a tenth of its size, without holes.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        Magnitudes; what is no number counts as air.
    voxel_mm : tuple of float
        Size of a voxel along each axis, in millimetres.

    Returns
    -------
    ndarray of bool, shape (n_x, n_y, n_z)
        Empty if the image has one value only.

    Raises
    ------
    InputError
        FSC139 unless the image has three axes.

    Examples
    --------
    >>> ball = ((np.indices((21, 23, 19)) - 10) ** 2).sum(axis=0) < 49
    >>> head = find_head(100.0 * ball, (2.0, 2.0, 2.0))
    >>> bool(head[10, 10, 10]), bool(head[0, 0, 0])
    (True, False)
    """
    from scipy.ndimage import binary_closing, binary_fill_holes, gaussian_filter

    coarse, step = _coarsen(volume, voxel_mm)
    if coarse.min() == coarse.max():
        return np.zeros(volume.shape, np.bool_)
    capped = np.minimum(coarse, np.percentile(coarse, _TOP_PERCENT))
    level = np.sqrt(np.maximum(gaussian_filter(capped, 0.8), 0))
    bright = level > otsu_threshold(level)
    padded = np.pad(_large_pieces(bright), 4)
    closed = binary_closing(padded, _ball(3))
    solid = binary_fill_holes(closed)[4:-4, 4:-4, 4:-4]
    for axis in range(3):  # openings at the edge of the field of view
        for k in range(solid.shape[axis]):
            place: Any = (*(slice(None),) * axis, k)
            solid[place] = binary_fill_holes(solid[place])
    return _refine(solid, step, volume.shape)


def find_brain(
    volume: NDArray[np.floating],
    head: NDArray[np.bool_],
    voxel_mm: tuple[float, float, float],
    *,
    up: tuple[int, int] = (2, 1),
    shows_skin: bool = True,
) -> NDArray[np.bool_]:
    """Find the brain within the head: bright tissue without what hangs on by thin bridges.

    What is brighter than Otsu's threshold of the head (without the brightest, which is fat) is
    eroded by 5 mm; its largest piece near the top of the head is grown again and filled. Where
    skin and fat are dark, what has half the mean brightness around it is taken instead: the
    coil makes the rim of the brain much brighter than its middle.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        Magnitudes in which the brain is bright: T1-weighted, or echo-planar.
    head : ndarray of bool, shape (n_x, n_y, n_z)
        As `find_head` returns it.
    voxel_mm : tuple of float
        Size of a voxel along each axis, in millimetres.
    up : tuple of int
        The stored axis that points to the top of the head, and 1 or -1 for its direction.
    shows_skin : bool
        True for structural images, False for echo-planar ones, whose fat is suppressed.

    Returns
    -------
    ndarray of bool, shape (n_x, n_y, n_z)
        Empty if nothing is left after the erosion.

    Raises
    ------
    InputError
        FSC139 unless the image has three axes.

    Notes
    -----
    Fluid at the rim of the brain is left out, and parts of the neck may come in where the field of
    view reaches far down. Where skin and brain are equally bright, as in FLAIR or with lesions,
    look at the picture.

    Examples
    --------
    >>> ball = ((np.indices((41, 43, 39)) - 20) ** 2).sum(axis=0)
    >>> volume = 900.0 * (ball < 14**2) + 300.0 * ((ball > 17**2) & (ball < 18**2))
    >>> brain = find_brain(volume, ball < 18**2, (4.0, 4.0, 4.0))
    >>> bool(brain[20, 20, 20]), bool(brain[20, 20, 3])
    (True, False)
    """
    from scipy.ndimage import binary_closing, binary_fill_holes, distance_transform_edt, label

    coarse, step = _coarsen(volume, voxel_mm)
    inside, _ = _coarsen(head.astype(np.float64), voxel_mm)
    within = _keep_top(inside > 0.5, step, voxel_mm, up)
    if not within.any():
        return np.zeros(volume.shape, np.bool_)
    size_mm = np.array(step) * voxel_mm
    bright = _bright_tissue(coarse, within, size_mm, shows_skin)
    depth = distance_transform_edt(np.pad(bright, 1), sampling=size_mm)[1:-1, 1:-1, 1:-1]
    core, n_pieces = label(depth > _CUT_MM)
    if not n_pieces:
        return np.zeros(volume.shape, np.bool_)
    largest = core == 1 + int(np.argmax(np.bincount(core.ravel())[1:]))
    away = distance_transform_edt(~largest, sampling=size_mm)
    grown = bright & (away <= _CUT_MM + float(size_mm.max()) / 2)
    closed = binary_closing(np.pad(grown, 4), _ball(3))
    return _refine(binary_fill_holes(closed)[4:-4, 4:-4, 4:-4] & within, step, volume.shape)


def find_air_artefacts(
    volume: NDArray[np.floating],
    air: NDArray[np.bool_],
    distance_mm: NDArray[np.floating],
) -> NDArray[np.bool_]:
    """Find what of the air around the head is more than noise: ghosts, blur, wrapped parts.

    Voxels 10 robust standard deviations above the median of the air that is not zero, 10 mm and
    more away from the head, in pieces that survive an opening [1]_.

    Parameters
    ----------
    volume : ndarray, shape (n_x, n_y, n_z)
        Magnitudes.
    air : ndarray of bool, shape (n_x, n_y, n_z)
        Where air is looked at.
    distance_mm : ndarray, shape (n_x, n_y, n_z)
        How far each voxel is from the head.

    Returns
    -------
    ndarray of bool, shape (n_x, n_y, n_z)
        Within `air`.

    References
    ----------
    .. [1] B. Mortamet et al. (2009), doi:10.1002/mrm.21992

    Examples
    --------
    >>> volume = np.abs(np.random.default_rng(7).normal(0, 1, (21, 19, 17)))
    >>> volume[4:9, 4:9, 4:9] = 60
    >>> all_air = np.ones(volume.shape, bool)
    >>> int(find_air_artefacts(volume, all_air, np.full(volume.shape, 30.0)).sum())
    81
    """
    from scipy.ndimage import binary_opening, generate_binary_structure

    noise = volume[air & (volume > 0)]
    if not noise.size:
        return np.zeros(air.shape, np.bool_)
    middle = float(np.median(noise))
    spread = 1.4826 * float(np.median(np.abs(noise - middle)))
    if spread == 0:
        return np.zeros(air.shape, np.bool_)
    bright = air & (volume > middle + _ARTEFACT_Z * spread) & (distance_mm >= _NEAR_MM)
    opened: NDArray[np.bool_] = binary_opening(bright, generate_binary_structure(3, 1))
    return opened


def three_classes(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middles of three classes of brightness, and the two limits between them.

    Lloyd's rounds on a histogram, from the same start each time [1]_: within the brain of a
    T1-weighted image the classes are fluid, grey and white matter, from dark to bright.

    Parameters
    ----------
    values : ndarray
        Finite values of any shape.

    Returns
    -------
    ndarray of float64, shape (3,), and ndarray of float64, shape (2,)
        In the unit of `values`; all NaN for fewer than three different values.

    References
    ----------
    .. [1] S. P. Lloyd (1982), doi:10.1109/TIT.1982.1056489

    Examples
    --------
    >>> three_classes(np.array([1.0, 1.0, 5.0, 5.0, 9.0, 9.0, 9.0]))[0].round(1)
    array([1., 5., 9.])
    """
    flat = np.asarray(values, np.float64).ravel()
    if np.unique(flat[:: max(flat.size // 10_000, 1)]).size < 3:
        return np.full(3, np.nan), np.full(2, np.nan)
    low, high = np.percentile(flat, [0.5, 99.5])
    counts, edges = np.histogram(np.clip(flat, low, high), 4 * _N_BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    means = np.percentile(flat, [10, 45, 85])
    for _ in range(_N_ROUNDS):
        limits = (means[1:] + means[:-1]) / 2
        classes = np.searchsorted(limits, middles)
        weight = np.bincount(classes, counts, 3)
        moved = np.bincount(classes, counts * middles, 3) / np.maximum(weight, 1)
        moved = np.where(weight > 0, moved, means)
        if np.allclose(moved, means, rtol=1e-6):
            break
        means = moved
    return means, (means[1:] + means[:-1]) / 2


def _coarsen(
    volume: NDArray[np.floating], voxel_mm: tuple[float, float, float]
) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Return means over blocks of about 2 mm, and the size of the blocks in voxels."""
    if volume.ndim != 3:
        raise InputError(
            "FSC139",
            f"Expected an image of three axes, got {volume.ndim}.",
            "Give one volume of the series.",
        )
    one, two, three = (max(1, round(_WORK_MM / mm)) for mm in voxel_mm)
    step = (one, two, three)
    finite = np.nan_to_num(np.asarray(volume, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    pads = [(0, -n % s) for n, s in zip(finite.shape, step, strict=True)]
    padded = np.pad(finite, pads, mode="edge")
    n_x, n_y, n_z = (n // s for n, s in zip(padded.shape, step, strict=True))
    blocks = padded.reshape(n_x, one, n_y, two, n_z, three)
    return blocks.mean(axis=(1, 3, 5)), step


def _refine(
    mask: NDArray[np.bool_], step: tuple[int, int, int], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return a mask of blocks as one of voxels."""
    fine: Any = mask
    for axis, n in enumerate(step):
        fine = np.repeat(fine, n, axis=axis)
    return np.asarray(fine[: shape[0], : shape[1], : shape[2]], np.bool_)


def _large_pieces(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected piece, and those of a tenth of its size: bone may part them."""
    from scipy.ndimage import label

    pieces, n = label(mask)
    if not n:
        return mask
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= _LARGE_SHARE * sizes.max())[pieces])


def _ball(radius: int) -> NDArray[np.bool_]:
    """Return a ball, in voxels."""
    places = np.indices((2 * radius + 1,) * 3) - radius
    return np.asarray((places**2).sum(axis=0) <= radius**2)


def _bright_tissue(
    coarse: NDArray[np.float64],
    within: NDArray[np.bool_],
    size_mm: NDArray[np.float64],
    shows_skin: bool,
) -> NDArray[np.bool_]:
    """Return what of the head is bright, without a limit for what is around it if it is dark."""
    from scipy.ndimage import gaussian_filter

    capped = np.minimum(coarse, np.percentile(coarse[within], 98))
    level = gaussian_filter(capped, 0.5)
    if shows_skin:
        limit: Any = otsu_threshold(capped[within])
    else:
        around = gaussian_filter(within.astype(np.float64), _AROUND_MM / size_mm)
        limit = 0.5 * gaussian_filter(capped * within, _AROUND_MM / size_mm)
        limit = limit / np.maximum(around, 1e-6)
    bright: NDArray[np.bool_] = within & (level > limit)
    return bright


def _keep_top(
    mask: NDArray[np.bool_],
    step: tuple[int, int, int],
    voxel_mm: tuple[float, float, float],
    up: tuple[int, int],
) -> NDArray[np.bool_]:
    """Return what of the head lies within a brain's height of its top."""
    axis, sign = up
    others = tuple(a for a in range(3) if a != axis)
    rows = np.flatnonzero(mask.any(axis=others))
    if not rows.size:
        return mask
    n_tall = max(1, round(_TALL_MM / (step[axis] * voxel_mm[axis])))
    place = np.arange(mask.shape[axis])
    near = place > rows[-1] - n_tall if sign > 0 else place < rows[0] + n_tall
    kept: NDArray[np.bool_] = mask & near.reshape([-1 if a == axis else 1 for a in range(3)])
    return kept
