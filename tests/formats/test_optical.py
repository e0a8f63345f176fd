"""NIRx and BOXY."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from fascicle.core import FileHead, Source
from fascicle.formats import (
    read_header,
    read_written_header,
    recognise,
    registry,
    write_recording,
)
from fascicle.formats._optical import make_layout
from fascicle.testing import FormatContract, Planted, make_boxy, make_nirx, make_snirf, released


class TestNirx(FormatContract):
    format_name = "nirx"

    def make_recording(self, root: Path) -> Path:
        return make_nirx(root / "NIRS-2019-11-23_001.hdr", planted=Planted())

    def read_oracle(self, path: Path) -> np.ndarray:
        colours = [np.loadtxt(path.with_suffix(suffix)) for suffix in (".wl1", ".wl2")]
        # (colour, time, pair) -> (pair, colour, time): the colours of a pair follow one another
        return np.stack(colours).transpose(2, 0, 1).reshape(8, -1)


class TestBoxy(FormatContract):
    format_name = "boxy"

    def make_recording(self, root: Path) -> Path:
        return make_boxy(root / "a.txt", planted=Planted())

    def test_what_identifies_people_is_reported(self, tmp_path: Path) -> None:
        source = self.find_source(tmp_path, self.make_recording(tmp_path))

        assert read_header(tmp_path, source).identifiers == ()  # the format has no such field

    def read_oracle(self, path: Path) -> np.ndarray:
        lines = path.read_text().splitlines()
        table = np.loadtxt(lines[7:-1])
        names = lines[5].split("\t")
        order = [
            names.index(f"{d}-{kind}{s}") for d in "AB" for s in (1, 2, 3)
            for kind in ("DC", "AC", "Ph")
        ]  # fmt: skip
        scale = np.where(["Ph" in names[i] for i in order], np.pi / 180, 1)
        return table[:, order].T * scale[:, np.newaxis]


def test_all_files_of_a_measurement_are_one_recording(tmp_path):
    make_nirx(tmp_path / "NIRS-1.hdr")
    make_snirf(tmp_path / "NIRS-1.snirf")

    found = recognise(tmp_path)

    (source,) = found.sources
    assert source.format == "nirx"
    assert len(source.files) == 12
    assert found.others == ()


def test_person_and_events_are_read_and_no_day_of_birth_is_made_up(tmp_path):
    make_nirx(tmp_path / "a.hdr", planted=Planted())

    header = read_header(tmp_path, Source("nirx", (PurePosixPath("a.hdr"),), 0))

    assert header.subject.name == Planted().name
    assert header.subject.age_years == 34
    assert header.subject.birth is None
    assert header.measured_at == Planted().start
    assert [(e.onset_s, e.label) for e in header.events] == [(7.5, "1")]
    said = " ".join(identifier.value for identifier in header.identifiers)
    who = Planted()
    for word in (who.name, who.text, who.place, who.operator, who.institution):
        assert word in said


def test_the_written_probe_is_where_mne_sees_it(tmp_path):
    import mne

    make_nirx(tmp_path / "a.hdr")
    source = Source("nirx", (PurePosixPath("a.hdr"),), 0)
    header = released(read_header(tmp_path, source))

    written = write_recording(tmp_path, source, header, tmp_path, "sub-01_nirs")

    raw = mne.io.read_raw_nirx(tmp_path / "a.hdr", verbose="ERROR")
    again = mne.io.read_raw_snirf(tmp_path / written.files[0], verbose="ERROR")
    assert again.ch_names == raw.ch_names
    for one, other in zip(raw.info["chs"], again.info["chs"], strict=True):
        np.testing.assert_allclose(other["loc"][:10], one["loc"][:10], atol=1e-7)


def test_without_a_date_nothing_is_measured_in_2000(tmp_path):
    path = make_nirx(tmp_path / "a.hdr", planted=Planted())
    path.write_text(path.read_text().replace("Nov", "Brumaire"))

    header = read_header(tmp_path, Source("nirx", (PurePosixPath("a.hdr"),), 0))

    assert header.measured_at is None
    assert replace(header.subject, age_years=None).birth is None


def test_colours_are_numbered_by_wavelength():
    names = ("S1_D1 850", "S1_D1 760", "S2_D1 850", "S2_D1 760")

    layout = make_layout(names, np.arange(48.0).reshape(4, 12))

    assert layout.probe["wavelengths"].tolist() == [760, 850]
    assert [row["wavelengthIndex"] for row in layout.rows] == [2, 1, 2, 1]
    np.testing.assert_array_equal(layout.probe["sourcePos3D"][0], [15, 16, 17])


@pytest.mark.parametrize("kind", ["DC", "AC", "Ph"])
def test_boxy_tells_nothing_of_places(kind):
    layout = make_layout((f"S1_D1 {kind}",), np.full((1, 12), np.nan))

    assert np.isnan(layout.probe["sourcePos3D"]).all()
    assert layout.rows[0]["dataUnit"] == ("rad" if kind == "Ph" else "V")


def test_a_text_that_speaks_of_boxy_is_none_of_its_files():
    text = b'if "BOXY.EXE:" in line:\n    # version 0.40\n2 Detector Channels\n'

    head = FileHead(PurePosixPath("a.txt"), text, len(text))

    assert not registry()["boxy"].recognises(head)


def test_boxy_gives_phases_in_radians(tmp_path):
    make_boxy(tmp_path / "a.txt")
    source = Source("boxy", (PurePosixPath("a.txt"),), 0)

    header = read_header(tmp_path, source)
    written = write_recording(tmp_path, source, released(header), tmp_path, "sub-01_nirs")

    units = [channel.unit for channel in header.channels]
    assert units[:3] == ["V", "V", "rad"]
    assert [c.unit for c in read_written_header(tmp_path / written.files[0]).channels] == units
