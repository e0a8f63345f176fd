"""The check of calcium imaging: what is wrong in a movie, its traces, and what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from fascicle.core import Drawing, Header
from fascicle.formats import read_header, recognise, write_recording
from fascicle.quality import RecordingQuality
from fascicle.quality._ophys_quality import check_ophys
from fascicle.testing import (
    make_caiman,
    make_suite2p,
    make_trace_tables,
    released_ophys,
    simulate_movie,
)

Frames = NDArray[np.uint16]


def check(raw: Path, out: Path, **told: object) -> RecordingQuality:
    """Write the one recording of a folder and check it."""
    (source,) = recognise(raw).sources
    header: Header = released_ophys(read_header(raw, source))
    out.mkdir(exist_ok=True)
    header = replace(header, metadata={**header.metadata, **told})
    written = write_recording(raw, source, header, out, "sub-01_ophys")
    return check_ophys(out / written.files[0], header)


def check_movie(tmp_path: Path, frames: Frames) -> RecordingQuality:
    """Write frames as TIFF, share them, and check."""
    (tmp_path / "raw").mkdir()
    tifffile.imwrite(tmp_path / "raw" / "a.tif", frames, photometric="minisblack", metadata=None)
    return check(tmp_path / "raw", tmp_path / "out")


def codes(quality: RecordingQuality) -> set[str]:
    """The codes of findings about the frames."""
    return {f.code for f in quality.findings} - {"ophys.frame-rate", "ophys.optics"}


def still(seed: int = 3, n_frames: int = 40) -> Frames:
    """Return a good movie."""
    return simulate_movie(seed, (n_frames, 61, 83))


def test_a_good_movie_has_measures_and_pictures_and_no_findings_of_its_frames(
    tmp_path: Path,
) -> None:
    """Mean and deviation are numpy's."""
    frames = still()

    quality = check_movie(tmp_path, frames)

    assert codes(quality) == set()
    assert quality.extra["mean_brightness"] == pytest.approx(frames.mean())
    assert quality.extra["n_frames"] == 40
    assert quality.extra["motion_px"] <= 1
    drawings = [picture.drawing for picture in quality.pictures]
    assert drawings == [Drawing.IMAGE, Drawing.IMAGE, Drawing.LINES]
    assert quality.pictures[0].arrays["pixels"].shape == (61, 83)
    np.testing.assert_allclose(
        quality.pictures[2].arrays["y"][0], frames.mean(axis=(1, 2)), rtol=1e-5
    )
    order = np.argsort(quality.pictures[1].arrays["pixels"].ravel(), kind="stable")
    assert frames.std(axis=0).ravel()[order[-40:]].mean() > 2 * frames.std(axis=0).mean()


def test_what_nobody_told_is_asked_for(tmp_path: Path) -> None:
    """Rate and optics; not if they are told."""
    quality = check_movie(tmp_path, still())
    assert {"ophys.frame-rate", "ophys.optics"} <= {f.code for f in quality.findings}
    assert "FrameRate" in next(f.fix for f in quality.findings if f.code == "ophys.frame-rate")

    (tmp_path / "raw" / "ophys.json").write_text('{"FrameRate": 30.0, "ImagingType": "two-photon"}')
    told = check(
        tmp_path / "raw", tmp_path / "out", Indicator="GCaMP6f", ExcitationWavelength=920.0,
        BrainRegion="cortex",
    )  # fmt: skip

    assert told.findings == ()
    assert told.verdict == "pass"
    assert told.extra["duration_s"] == pytest.approx(40 / 30)


def blank(frames: Frames) -> Frames:
    frames[[7, 19]] = 0
    return frames


def repeated(frames: Frames) -> Frames:
    frames[11] = frames[10]
    return frames


def dark(frames: Frames) -> Frames:
    frames[5] //= 4
    return frames


def saturated(frames: Frames) -> Frames:
    return np.minimum(frames.astype(np.int64) * 8, 4095).astype(np.uint16)


def bleached(frames: Frames) -> Frames:
    fading = np.linspace(1, 0.5, len(frames))[:, np.newaxis, np.newaxis]
    return (frames * fading).astype(np.uint16)


def moved(frames: Frames) -> Frames:
    for i in range(0, len(frames), 4):
        frames[i] = np.roll(frames[i], (6, -9), axis=(0, 1))
    return frames


@pytest.mark.parametrize(
    ("spoil", "code", "number"),
    [
        (blank, "ophys.blank-frames", "2 of 40"),
        (repeated, "ophys.repeated-frames", "1 of 40"),
        (dark, "ophys.dark-frames", "1 of 40"),
        (saturated, "ophys.saturated", "%"),
        (bleached, "ophys.bleaching", "%"),
        (moved, "ophys.motion", "11 pixels"),
    ],
)
def test_each_fault_of_frames_is_found_and_nothing_else(
    tmp_path: Path, spoil: Callable[[Frames], Frames], code: str, number: str
) -> None:
    """With how much of it there is, and a fix."""
    quality = check_movie(tmp_path, spoil(still()))

    assert codes(quality) == {code}
    finding = next(f for f in quality.findings if f.code == code)
    assert number in finding.reason
    assert finding.fix
    assert quality.verdict == "warn"


def test_a_movie_in_which_nothing_changes_fails(tmp_path: Path) -> None:
    """The detector was off."""
    quality = check_movie(tmp_path, np.full((9, 61, 83), 7, np.uint16))

    assert codes(quality) == {"ophys.no-signal"}
    assert quality.verdict == "fail"


def test_noise_alone_tells_no_movement(tmp_path: Path) -> None:
    """And is not said to stand still."""
    noise = np.random.default_rng(4).poisson(20, (40, 61, 83)).astype(np.uint16)

    quality = check_movie(tmp_path, noise)

    assert "ophys.motion-unknown" in codes(quality)
    assert quality.extra.get("motion_px", 0) == 0 or quality.extra["n_frames_compared"] < 20


def test_missing_pixels_are_counted(tmp_path: Path) -> None:
    """Of movies in floating point."""
    frames = still().astype(np.float32)
    frames[3, :2, :5] = np.nan

    quality = check_movie(tmp_path, frames)

    assert codes(quality) == {"ophys.not-finite"}
    assert "10 values" in next(f.reason for f in quality.findings if f.code == "ophys.not-finite")


def test_cells_are_counted_and_outlined_and_their_traces_drawn(tmp_path: Path) -> None:
    """On the mean image, those that were rejected apart."""
    stat_path = make_suite2p(tmp_path / "raw" / "suite2p", n_planes=1, has_movie=False)
    judged = np.load(stat_path.with_name("iscell.npy"))

    quality = check(tmp_path / "raw", tmp_path / "out")

    assert quality.extra["n_rois"] == len(judged)
    assert quality.extra["n_cells"] == judged[:, 0].sum()
    image, lines = quality.pictures
    assert image.legend == ("rejected", "cell")
    stat = np.load(stat_path, allow_pickle=True)
    pixels = {(x, y) for cell in stat for x, y in zip(cell["xpix"], cell["ypix"], strict=True)}
    assert {tuple(point) for point in image.arrays["points"].astype(int)} <= pixels
    assert lines.arrays["y"].shape == (len(judged), 29)


def test_flat_and_missing_traces_are_found(tmp_path: Path) -> None:
    """A cell that never changes, and one that was recorded for a shorter time."""
    import h5py

    path = make_caiman(tmp_path / "raw" / "a.hdf5")
    with h5py.File(path, "a") as file:
        file["estimates/S"][1] = 5.0
        file["estimates/S"][2, 20:] = np.nan

    quality = check(tmp_path / "raw", tmp_path / "out")

    assert codes(quality) == {"ophys.traces-flat", "ophys.traces-missing"}
    reasons = " ".join(f.reason for f in quality.findings)
    assert "1 cell of 5 in Deconvolved" in reasons


def test_traces_without_places_have_no_image(tmp_path: Path) -> None:
    """Tables of traces."""
    make_trace_tables(tmp_path / "raw")

    quality = check(tmp_path / "raw", tmp_path / "out")

    assert [p.drawing for p in quality.pictures] == [Drawing.LINES]
    assert quality.extra["n_rois"] == 5


def test_large_images_are_drawn_small_and_keep_their_place() -> None:
    """What a page can hold."""
    from fascicle.quality._ophys_quality import _stretch

    image = np.add.outer(np.arange(1009.0), 2 * np.arange(701.0))

    pixels = _stretch(image)

    assert pixels.shape == (336, 233)
    small = image[1:1008:3, 1:699:3]
    assert np.corrcoef(pixels.ravel(), small.ravel())[0, 1] > 0.999
