"""Films of people who do not exist: painted heads that move before a wall, and animals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fascicle.formats import FrameTimes, write_frames
from fascicle.protect import head_template

Frame = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_HALF_MM: Final = 110.0
_DEEP_MM: Final = 120.0
_STEP_MM: Final = 2.0
_LIGHT: Final = (0.15, 0.4, 0.9)
_YAW_STEP: Final = 5
"""Heads are drawn at every fifth degree."""


@dataclass(frozen=True, slots=True)
class FilmFace:
    """One head in a film.

    Attributes
    ----------
    seed : int
        Who: size, skin, hair, eyes and mouth.
    height : int
        From crown to neck, in pixels; the face is about half as wide.
    start, step : tuple of float
        Middle of the head in the first frame, to the right and down, and its move in each frame.
    yaw, turn : float
        Where it looks, in degrees (0: into the camera), and how far it turns in each frame.
    hidden : range
        Frames in which it is not there.
    """

    seed: int
    height: int = 130
    start: tuple[float, float] = (160.0, 120.0)
    step: tuple[float, float] = (0.0, 0.0)
    yaw: float = 0.0
    turn: float = 0.0
    hidden: range = range(0)


def make_face_film(
    folder: Path,
    faces: tuple[FilmFace, ...],
    *,
    n_frames: int = 30,
    size: tuple[int, int] = (240, 320),
    brightness: float = 1.0,
    pan: float = 0.0,
) -> tuple[Path, NDArray[np.bool_]]:
    """Write a film of heads before a wall with a pattern.

    Parameters
    ----------
    folder : Path
        Where ``film.avi`` is written, at 10 frames a second.
    faces : tuple of FilmFace
        Who is in it; later ones stand before earlier ones.
    n_frames : int
        Frames.
    size : tuple of int
        Height and width in pixels.
    brightness : float
        1 in a lit room, 0.2 in a dark one.
    pan : float
        By how many pixels the wall moves in each frame: 0 for a camera that stands still.

    Returns
    -------
    path : Path
        The film.
    truth : ndarray of bool, shape (n_frames, height, width)
        Where faces are: from the forehead to the chin, without hair and neck.
    """
    height, width = size
    truth = np.zeros((n_frames, height, width), np.bool_)
    frames = []
    for i in range(n_frames):
        frame = draw_wall(size, shift=pan * i)
        for face in faces:
            if i not in face.hidden:
                _put(frame, truth[i], face, i)
        noise = np.random.default_rng((i, 17)).normal(0.0, 3.0, frame.shape)
        frames.append(np.clip(brightness * frame + noise, 0, 255).astype(np.uint8))
    folder.mkdir(parents=True, exist_ok=True)
    times = FrameTimes(10, np.arange(n_frames, dtype=np.int64), 1)
    return write_frames(frames, folder, "film", times), truth


def draw_wall(size: tuple[int, int], *, shift: float = 0.0) -> NDArray[np.float64]:
    """Return a wall with stripes and a shelf, shape (height, width, 3)."""
    height, width = size
    down, across = np.mgrid[:height, :width].astype(np.float64)
    across += shift
    wall = 140 + 30 * np.sin(across / 37) + 15 * np.sin(down / 23)
    wall[(down % 90 > 80) & (across % 200 > 70)] = 80
    return np.repeat(wall[..., None], 3, axis=2)


def draw_face(seed: int, yaw: float) -> tuple[Frame, Mask, Mask]:
    """Draw a head as a camera sees it.

    Parameters
    ----------
    seed : int
        Who.
    yaw : float
        Where it looks, in degrees, to the nearest fifth one.

    Returns
    -------
    colours : ndarray of uint8, shape (n_down, n_across, 3)
        Blue, green, red; 2 mm to a pixel.
    head, face : ndarray of bool, shape (n_down, n_across)
        Where the head is, and its face.
    """
    return _draw(seed, round(yaw / _YAW_STEP) * _YAW_STEP)


@cache
def _draw(seed: int, yaw: int) -> tuple[Frame, Mask, Mask]:
    rng = np.random.default_rng((seed, 5))
    surface = _meet(np.radians(yaw), rng.normal(1.0, 0.05, 3))
    colours = _paint(surface, rng)
    down, across = np.gradient(surface["depth"], _STEP_MM)
    normal = np.stack([-across, down, np.ones_like(down)])
    normal /= np.linalg.norm(normal, axis=0)
    light = np.asarray(_LIGHT) / np.linalg.norm(_LIGHT)
    bright = 0.35 + 0.65 * np.clip(np.tensordot(light, normal, axes=1), 0, 1)
    head = surface["is_met"] > 0
    x, y, z = surface["x"], surface["y"], surface["z"]
    face = head & (y > 40) & (z < 25) & (z > -105) & (np.abs(x) < 60)
    return (255 * colours * bright[..., None]).clip(0, 255).astype(np.uint8), head, face


def _meet(yaw: float, scale: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return where rays from the front meet a head that is turned, in its own millimetres."""
    from scipy import ndimage

    head = ndimage.gaussian_filter((head_template().tissue > 0).astype(np.float32), 0.7)
    right = np.arange(-_HALF_MM, _HALF_MM, _STEP_MM)
    ahead = np.arange(_DEEP_MM, -_DEEP_MM, -_STEP_MM)
    up = np.arange(-_HALF_MM - 30, _HALF_MM, _STEP_MM)
    across, deep, high = np.meshgrid(right, ahead, up, indexing="ij")
    cosine, sine = np.cos(yaw), np.sin(yaw)
    x = (cosine * across - sine * deep) / scale[0]
    y = (sine * across + cosine * deep) / scale[1]
    z = high / scale[2]
    origin = head_template().affine[:3, 3]
    there = np.stack([axis - start for axis, start in zip((x, y, z), origin, strict=True)]) / 2.0
    solid = ndimage.map_coordinates(head, there.reshape(3, -1), order=1).reshape(x.shape)
    solid = np.maximum(solid, (x**2 + (y + 10) ** 2 < 55**2) & (z < -100))
    first = (solid > 0.5).argmax(axis=1)

    def take(values: NDArray[Any]) -> NDArray[Any]:
        met = np.take_along_axis(values, first[:, None], axis=1)[:, 0]
        return met.T[::-1].astype(np.float64)

    is_met = (solid > 0.5).any(axis=1).T[::-1]
    depth = np.where(is_met, ahead[first].T[::-1], -45.0)
    return {
        "depth": ndimage.gaussian_filter(depth, 1.0), "is_met": is_met.astype(np.float64),
        "x": take(x), "y": take(y), "z": take(z),
    }  # fmt: skip


def _paint(surface: dict[str, NDArray[np.float64]], rng: np.random.Generator) -> NDArray[Any]:
    """Return the colours of skin, hair, eyes, brows, nostrils and lips, between 0 and 1."""
    x, y, z = surface["x"], surface["y"], surface["z"]
    skin = rng.uniform(0.5, 0.95) * np.array([0.62, 0.75, 1.0])
    hair = rng.uniform(0.05, 0.5) * np.array([0.5, 0.7, 1.0])
    colours = np.broadcast_to(skin, (*x.shape, 3)).copy()
    apart, eye, brow, mouth, wide = rng.normal(0.0, 2.0, 5)

    def blot(middle: tuple[float, float], radii: tuple[float, float], colour: Any) -> None:  # noqa: ANN401 - three numbers
        inside = ((x - middle[0]) / radii[0]) ** 2 + ((z - middle[1]) / radii[1]) ** 2
        share = (np.clip((1 - inside) / 0.3, 0, 1) * (y > 40))[..., None]
        colours[:] = colours * (1 - share) + share * np.asarray(colour)

    for side in (-1, 1):
        at = (side * (32 + apart), -32 + eye)
        blot(at, (17, 8), 0.7 * skin)
        blot(at, (13, 5), (0.85, 0.85, 0.85))
        blot(at, (5.5, 5.5), (0.1, 0.1, 0.1))
        blot((at[0], at[1] + 5), (15, 1.8), (0.1, 0.1, 0.1))
        blot((side * (30 + apart), -15 + brow), (19, 4), 0.6 * hair)
        blot((side * 9.0, -72.0), (5, 3), 0.3 * skin)
    blot((0.0, -88 + mouth), (24 + wide, 6.5), (0.35, 0.35, 0.7))
    blot((0.0, -88 + mouth), (24 + wide, 1.5), (0.1, 0.1, 0.25))
    is_ear = (np.abs(x) > 62) & (z < -5) & (z > -75) & (y > -60) & (y < 0)
    colours[(z > 28) | ((y < 25) & (z > -35) & ~is_ear)] = hair
    return colours


def _put(frame: NDArray[np.float64], truth: Mask, face: FilmFace, number: int) -> None:
    """Draw a head into a frame; what lies outside of the picture is cut off."""
    import cv2

    colours, head, own = draw_face(face.seed, face.yaw + face.turn * number)
    scale = face.height / colours.shape[0]
    size = (round(colours.shape[1] * scale), face.height)
    seen = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    is_head, is_face = (
        np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)) > 0
        for mask in (head, own)
    )
    left = round(face.start[0] + face.step[0] * number - size[0] / 2)
    top = round(face.start[1] + face.step[1] * number - size[1] / 2)
    down = np.arange(size[1])[:, None] + top
    across = np.arange(size[0])[None] + left
    is_inside = (down >= 0) & (down < frame.shape[0]) & (across >= 0) & (across < frame.shape[1])
    rows, columns = np.nonzero(is_head & is_inside)
    frame[rows + top, columns + left] = seen[rows, columns]
    truth[rows + top, columns + left] = is_face[rows, columns]


def make_animal_film(folder: Path, *, n_frames: int = 30, seed: int = 7) -> Path:
    """Write a film of two dark animals with tails on a bright floor, at 10 frames a second.

    Parameters
    ----------
    folder : Path
        Where ``film.avi`` is written.
    n_frames : int
        Frames.
    seed : int
        The same seed gives the same film.

    Returns
    -------
    Path
        The film, of 240 x 320 pixels.
    """
    import cv2

    rng = np.random.default_rng(seed)
    places = rng.uniform(60, 180, (2, 2))
    frames = []
    for _ in range(n_frames):
        frame = np.clip(205 + rng.normal(0, 4, (240, 320, 3)), 0, 255).astype(np.uint8)
        places = np.clip(places + rng.normal(0, 6, (2, 2)), 50, 190)
        for place in places:
            x, y = (int(value) for value in place)
            cv2.ellipse(frame, (x, y), (32, 17), 20, 0, 360, (50, 48, 45), -1)
            cv2.ellipse(frame, (x + 33, y + 12), (13, 9), 20, 0, 360, (55, 50, 48), -1)
            cv2.circle(frame, (x + 30, y + 3), 5, (95, 85, 90), -1)
            cv2.line(frame, (x - 30, y - 10), (x - 65, y - 25), (70, 65, 65), 3)
        frames.append(frame)
    folder.mkdir(parents=True, exist_ok=True)
    times = FrameTimes(10, np.arange(n_frames, dtype=np.int64), 1)
    return write_frames(frames, folder, "film", times)
