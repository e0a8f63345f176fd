"""Movies in TIFF: ScanImage, many pages, numbered files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from fascicle.errors import FormatError
from fascicle.formats import read_header, recognise, write_recording
from fascicle.testing import (
    OphysContract,
    Planted,
    make_scanimage,
    make_tiff_sequence,
    make_tiff_stack,
    released_ophys,
)

SERIES = "acquisition/TwoPhotonSeries/data"


class TestScanImage(OphysContract):
    """One channel, one plane."""

    format_name = "tiff-movie"

    def make_recording(self, root: Path) -> Path:
        """Make the file."""
        return make_scanimage(root / "a_00001.tif", planted=Planted())

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with tifffile."""
        return {SERIES: tifffile.imread(path).transpose(0, 2, 1)}


class TestPages(OphysContract):
    """Packed pages, with a person in the tags."""

    format_name = "tiff-movie"

    def make_recording(self, root: Path) -> Path:
        """Make the file."""
        return make_tiff_stack(root / "movie.tif", planted=Planted(), is_packed=True)

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read it with tifffile."""
        return {SERIES: tifffile.imread(path, key=range(29)).transpose(0, 2, 1)}


class TestSequence(OphysContract):
    """Numbered files, in the order of their numbers."""

    format_name = "tiff-movie"

    def make_recording(self, root: Path) -> Path:
        """Make the files."""
        return make_tiff_sequence(root / "tiffs", planted=Planted())

    def read_oracle(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read them with tifffile."""
        frames = [tifffile.imread(path.parent / f"{i}.tif") for i in range(11)]
        return {SERIES: np.stack(frames).transpose(0, 2, 1)}


def write(root: Path, out: Path) -> Path:
    """Write the one recording of a folder."""
    (source,) = recognise(root).sources
    out.mkdir(exist_ok=True)
    header = released_ophys(read_header(root, source))
    return out / write_recording(root, source, header, out, "sub-01_ophys").files[0]


def test_rate_and_start_are_those_that_scanimage_states(tmp_path: Path) -> None:
    """Of frames, and of volumes."""
    make_scanimage(tmp_path / "a" / "x.tif", rate_hz=30.01)
    make_scanimage(tmp_path / "b" / "x.tif", rate_hz=30.01, n_planes=3)

    headers = [read_header(tmp_path, source) for source in recognise(tmp_path).sources]

    assert [h.sfreq_hz for h in headers] == pytest.approx([30.01, 30.01 / 3])
    assert [h.shape for h in headers] == [(29, 37, 43), (29, 3, 37, 43)]
    assert headers[0].measured_at == datetime(2019, 11, 23, 14, 31, 7, tzinfo=UTC)
    assert headers[0].metadata["ImagingType"] == "two-photon"


def test_channels_and_planes_that_take_turns_are_parted(tmp_path: Path) -> None:
    """Channels are the fastest, then planes."""
    path = make_scanimage(tmp_path / "raw" / "x.tif", n_channels=2, n_planes=3)
    pages = tifffile.imread(path, key=range(29 * 6)).reshape(29, 3, 2, 37, 43)

    written = write(tmp_path / "raw", tmp_path / "out")

    with h5py.File(written, "r") as file:
        for c in range(2):
            data = file[f"acquisition/TwoPhotonSeriesChannel{c + 1}/data"][()]
            np.testing.assert_array_equal(data, pages[:, :, c].transpose(0, 3, 2, 1))


def test_channels_and_planes_of_an_imagej_stack_are_parted(tmp_path: Path) -> None:
    """Its pages are no frames, and its interval is that of volumes."""
    rng = np.random.default_rng(4)
    pages = rng.integers(0, 4000, (29, 3, 2, 37, 43), np.uint16)
    (tmp_path / "raw").mkdir()
    said = {"axes": "TZCYX", "finterval": 250.0, "tunit": "ms"}
    tifffile.imwrite(tmp_path / "raw" / "a.tif", pages, imagej=True, metadata=said)

    written = write(tmp_path / "raw", tmp_path / "out")

    with h5py.File(written, "r") as file:
        for c in range(2):
            series = file[f"acquisition/TwoPhotonSeriesChannel{c + 1}"]
            np.testing.assert_array_equal(series["data"][()], pages[:, :, c].transpose(0, 3, 2, 1))
            assert series["starting_time"].attrs["rate"] == 4.0


@pytest.mark.parametrize("counts", ["slices=13", "frames=13\nslices=7"])
def test_pages_of_imagej_are_frames_where_its_counts_say_no_more(
    tmp_path: Path, counts: str
) -> None:
    """Slices alone are how a movie is opened; counts that disagree with the pages say nothing."""
    pages = np.random.default_rng(2).integers(0, 4000, (13, 37, 43), np.uint16)
    (tmp_path / "raw").mkdir()
    said = f"ImageJ=1.53t\nimages=13\n{counts}\nfinterval=0.05\n"
    tifffile.imwrite(tmp_path / "raw" / "a.tif", pages, description=said, metadata=None)

    written = write(tmp_path / "raw", tmp_path / "out")

    with h5py.File(written, "r") as file:
        np.testing.assert_array_equal(file[SERIES][()], pages.transpose(0, 2, 1))


def test_what_the_lab_states_beside_the_file_goes_into_the_plane(tmp_path: Path) -> None:
    """Rate, indicator, wavelengths, and one photon."""
    raw = tmp_path / "raw"
    make_tiff_stack(raw / "movie.tif")
    said = {"FrameRate": 20.5, "ExcitationWavelength": 470, "ImagingType": "one-photon",
            "Indicator": "GCaMP6f", "PixelSizeMicrometres": [0.7, 0.9]}  # fmt: skip
    (raw / "movie.json").write_text(json.dumps(said))

    written = write(raw, tmp_path / "out")

    with h5py.File(written, "r") as file:
        plane = file["general/optophysiology/ImagingPlane"]
        assert plane["excitation_lambda"][()] == 470
        assert plane["indicator"][()] == b"GCaMP6f"
        assert plane["location"][()] == b"unknown"
        assert plane["grid_spacing"][()].tolist() == pytest.approx([0.7, 0.9])
        series = file["acquisition/OnePhotonSeries"]
        assert series["starting_time"].attrs["rate"] == 20.5


def test_the_nearest_statement_holds_and_one_that_is_no_object_says_nothing(
    tmp_path: Path,
) -> None:
    """As BIDS has it for its sidecars: from the top down, then the recording's own."""
    make_tiff_stack(tmp_path / "m1" / "day1" / "a.tif")
    make_tiff_stack(tmp_path / "m1" / "day1" / "b.tif", seed=9)
    (tmp_path / "ophys.json").write_text('{"FrameRate": 10, "Indicator": "GCaMP6f"}')
    (tmp_path / "m1" / "ophys.json").write_text('{"FrameRate": 20}')
    (tmp_path / "m1" / "day1" / "ophys.json").write_text("[30")
    (tmp_path / "m1" / "day1" / "b.json").write_text('{"FrameRate": 40}')

    found = recognise(tmp_path)
    headers = [read_header(tmp_path, source) for source in found.sources]

    # All of it is part of the recording: who corrects it and shares again has another one.
    assert [path.name for path in found.sources[1].files] == [
        "b.tif",
        *["ophys.json"] * 3,
        "b.json",
    ]
    assert found.others == ()
    assert [header.sfreq_hz for header in headers] == [20, 40]
    assert {header.metadata["Indicator"] for header in headers} == {"GCaMP6f"}


def test_a_rate_that_nobody_knows_is_said_to_be_unknown(tmp_path: Path) -> None:
    """Times count frames."""
    make_tiff_stack(tmp_path / "raw" / "movie.tif")

    written = write(tmp_path / "raw", tmp_path / "out")

    with h5py.File(written, "r") as file:
        assert "not known" in file["acquisition/TwoPhotonSeries"].attrs["comments"]


def test_a_sequence_with_an_odd_frame_in_the_middle_is_refused(tmp_path: Path) -> None:
    """A frame of another size belongs to another recording."""
    raw = tmp_path / "raw"
    make_tiff_sequence(raw)
    (source,) = recognise(raw).sources
    header = released_ophys(read_header(raw, source))
    tifffile.imwrite(raw / "5.tif", np.zeros((31, 43), np.uint16))

    with pytest.raises(FormatError, match="FSC251"):
        write_recording(raw, source, header, tmp_path, "sub-01_ophys")


def test_all_frames_behind_one_page_of_imagej_are_read(tmp_path: Path) -> None:
    """As ImageJ writes files above 4 GB."""
    pages = np.random.default_rng(2).integers(0, 4000, (13, 37, 43), np.uint16)
    (tmp_path / "raw").mkdir()
    said = "ImageJ=1.53t\nimages=13\nframes=13\nfinterval=0.05\n"
    tifffile.imwrite(tmp_path / "raw" / "a.tif", pages[0], description=said, metadata=None,
                     byteorder=">")  # fmt: skip
    with (tmp_path / "raw" / "a.tif").open("ab") as stream:
        with tifffile.TiffFile(tmp_path / "raw" / "a.tif") as file:
            offset = file.pages[0].dataoffsets[0]
        stream.truncate(offset + pages[0].nbytes)
        stream.seek(0, 2)
        stream.write(pages[1:].astype(">u2").tobytes())

    written = write(tmp_path / "raw", tmp_path / "out")

    with h5py.File(written, "r") as file:
        np.testing.assert_array_equal(file[SERIES][()], pages.transpose(0, 2, 1))
        assert file["acquisition/TwoPhotonSeries/starting_time"].attrs["rate"] == 20.0


def test_frames_are_streamed_and_not_all_in_memory(tmp_path: Path) -> None:
    """The block of frames that is yielded is bounded, whatever the length."""
    from fascicle.formats import _ophys
    from fascicle.formats._tiff_movies import TiffMovie

    make_tiff_stack(tmp_path / "movie.tif")
    (source,) = recognise(tmp_path).sources
    opened = TiffMovie().open_ophys(tmp_path, source.files)

    sizes = [block.nbytes for block in opened.movies[0].blocks()]

    assert max(sizes) <= _ophys.BLOCK_BYTES
    assert sum(sizes) == 29 * 37 * 43 * 2


def change_settings(path: Path, **settings: object) -> NDArray[Any]:
    """Write the pages of a movie of ScanImage again, with other settings; return the pages."""
    with tifffile.TiffFile(path) as file:
        pages = file.asarray(key=range(len(file.pages)))
        software = str(file.pages[0].tags[305].value)
    for name, value in settings.items():
        own = f"SI.{name.replace('__', '.')} = {value}"
        software = "\n".join([
            *(line for line in software.split("\n") if not line.startswith(own.partition("=")[0])),
            own,
        ])  # fmt: skip
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for page in pages:
            writer.write(page, photometric="minisblack", software=software, metadata=None,
                         description="frameNumbers = 1", contiguous=False)  # fmt: skip
    return pages


SLOW = {
    "hFastZ__enable": "false", "hStackManager__enable": "true", "hStackManager__numSlices": 5,
    "hStackManager__numVolumes": 2,
}  # fmt: skip


@pytest.mark.parametrize("n_averaged", [1, 3])
def test_frames_that_are_taken_of_one_plane_before_the_next_stay_with_their_plane(
    tmp_path: Path, n_averaged: int
) -> None:
    path = make_scanimage(tmp_path / "raw" / "x.tif", n_planes=2, rate_hz=30.0)  # 58 pages
    pages = change_settings(
        path, **SLOW, hStackManager__framesPerSlice=3 * n_averaged,
        hScan2D__logAverageFactor=n_averaged,
    )  # fmt: skip

    written = write(tmp_path / "raw", tmp_path / "out")
    header = read_header(tmp_path / "raw", recognise(tmp_path / "raw").sources[0])

    taken = pages[:45].reshape(3, 5, 3, 37, 43).transpose(0, 2, 1, 3, 4).reshape(9, 5, 37, 43)
    page_hz = 30.0 / n_averaged
    assert header.shape == (9, 5, 37, 43)
    assert header.sfreq_hz == pytest.approx(page_hz / 5)
    assert not header.is_as_stated
    with h5py.File(written, "r") as file:
        series = file["acquisition/TwoPhotonSeries"]
        np.testing.assert_array_equal(series["data"][()], taken.transpose(0, 3, 2, 1))
        expected = (15 * np.arange(3)[:, np.newaxis] + np.arange(3)).ravel() / page_hz
        np.testing.assert_allclose(series["timestamps"][()], expected)


def test_frames_that_are_averaged_before_they_are_written_come_more_slowly(tmp_path: Path) -> None:
    change_settings(make_scanimage(tmp_path / "a" / "x.tif"), hScan2D__logAverageFactor=4,
                    hStackManager__framesPerSlice=116)  # fmt: skip
    change_settings(make_scanimage(tmp_path / "b" / "x.tif", n_planes=3),
                    hScan2D__logAverageFactor=4)  # fmt: skip

    flat, deep = (read_header(tmp_path, source) for source in recognise(tmp_path).sources)

    assert (flat.sfreq_hz, flat.shape, flat.is_as_stated) == (30.01 / 4, (29, 37, 43), True)
    assert (deep.sfreq_hz, deep.shape) == (0.0, (29, 3, 37, 43))


def test_pages_of_a_volume_that_broke_off_are_told(tmp_path: Path) -> None:
    path = make_scanimage(tmp_path / "x.tif", n_planes=3)
    with tifffile.TiffFile(path) as file:
        software = str(file.pages[0].tags[305].value)
        pages = file.asarray(key=range(86))
    with tifffile.TiffWriter(path) as writer:
        for page in pages:
            writer.write(page, software=software, metadata=None, contiguous=False)

    header = read_header(tmp_path, recognise(tmp_path).sources[0])

    assert header.shape[0] == 28
    assert not header.is_as_stated
