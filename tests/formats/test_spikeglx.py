"""SpikeGLX through the contract; scales and places as Neo and ProbeInterface read them."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fascicle.core import FileHead, Source
from fascicle.errors import FormatError
from fascicle.formats import read_header, read_written_header, recognise, write_recording
from fascicle.formats._registry import registry
from fascicle.formats._spikeglx import _channel_names, _gains, _read_meta, _sites
from fascicle.testing import FormatContract, Planted, make_spikeglx, released


def read_with_neo(folder: Path) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Return counts and gains of every stream, as Neo reads them."""
    from neo.rawio import SpikeGLXRawIO

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = SpikeGLXRawIO(dirname=str(folder))
        reader.parse_header()
        streams = {}
        for index, stream in enumerate(reader.header["signal_streams"]):
            rows = reader.header["signal_channels"]["stream_id"] == stream["id"]
            gains = reader.header["signal_channels"]["gain"][rows]
            counts = reader.get_analogsignal_chunk(stream_index=index)
            streams[str(stream["name"])] = (np.asarray(counts), gains)
    return streams


class TestSpikeGlx(FormatContract):
    format_name = "spikeglx"
    tolerance = 1e-9

    def make_recording(self, root: Path) -> Path:
        return make_spikeglx(root / "run_g0", seed=7, planted=Planted())

    def read_oracle(self, path: Path) -> NDArray[np.float64] | None:
        streams = read_with_neo(path.parent)
        ap, lf, nidq = streams["imec0.ap"], streams["imec0.lf"], streams["nidq"]
        rows = [ap[0] * ap[1], lf[0] * lf[1], nidq[0][:, 1:]]
        rows += [nidq[0][:, :1] * nidq[1][:1], streams["imec0.ap-SYNC"][0]]
        rows += [streams["imec0.lf-SYNC"][0]]
        n_times = len(ap[0])
        held = [part if len(part) == n_times else part[np.arange(n_times) // 12] for part in rows]
        return np.hstack(held).T


def sources_of(root: Path) -> tuple[Source, ...]:
    return tuple(s for s in recognise(root).sources if s.format == "spikeglx")


def test_all_streams_of_a_run_are_one_recording_wherever_its_probes_lie(tmp_path: Path) -> None:
    make_spikeglx(tmp_path / "mouse_g0")
    make_spikeglx(tmp_path / "rat_g0")
    probe = tmp_path / "mouse_g0" / "mouse_g0_imec0"
    probe.mkdir()
    for path in (tmp_path / "mouse_g0").glob("*.imec0.*"):
        path.rename(probe / path.name)

    sources = sources_of(tmp_path)

    assert [len(source.files) for source in sources] == [6, 6]


def test_packed_counts_are_those_that_mtscomp_unpacks(tmp_path: Path) -> None:
    import mtscomp

    primary = make_spikeglx(tmp_path / "packed", is_packed=True)
    make_spikeglx(tmp_path / "plain")
    packed, plain = sources_of(tmp_path)
    plugin = registry()["spikeglx"]

    span = plugin.open(tmp_path, packed.files).read(501, 2003)

    np.testing.assert_array_equal(span, plugin.open(tmp_path, plain.files).read(501, 2003))
    unpacked = mtscomp.decompress(
        primary.with_suffix(".cbin"), primary.with_suffix(".ch"), check_after_decompress=False
    )
    gains = np.array([0.6 / 512 / (500 if i % 2 else 250) * 1e6 for i in range(7)])
    np.testing.assert_allclose(span[:7], unpacked[501:2003, :7].T * gains[:, np.newaxis])
    unpacked.close()


def test_lines_of_two_probes_are_not_taken_for_one(tmp_path: Path) -> None:
    run = make_spikeglx(tmp_path / "run").parent
    for path in sorted(run.glob("*.imec0.*")):
        shutil.copy(path, run / path.name.replace("imec0", "imec1"))
    (source,) = sources_of(tmp_path)

    header = read_header(tmp_path, source, triggers=True)

    labels = [event.label for event in header.events]
    assert sorted(labels) == ["TTL 2", "probe 1 TTL 6", "probe 2 TTL 6"]
    # The probes began 300 samples after the auxiliary device, at which the recording begins.
    starts = sorted({round(clock.start_s, 6) for clock in header.clocks})
    assert starts == [round(-300 * 12 / 2503, 6), round(-300 / 2503, 6), 0.0]


def test_pulses_on_the_digital_lines_become_events(tmp_path: Path) -> None:
    make_spikeglx(tmp_path / "run")
    (source,) = sources_of(tmp_path)

    events = read_header(tmp_path, source, triggers=True).events

    # The line of the field potentials is that of the spikes: it is told once.
    assert [event.label for event in events] == ["TTL 2", "probe 1 TTL 6"]
    # Up from the fifth to the seventh tenth of three seconds; the probe began 300 samples later.
    assert events[0].onset_s == pytest.approx(1.5, abs=1e-3)
    assert events[1].onset_s == pytest.approx(1.5 + 300 / 2503, abs=1e-3)
    assert events[1].duration_s == pytest.approx(0.6, abs=1e-3)


def test_a_stream_without_samples_is_left_out_and_said(tmp_path: Path) -> None:
    primary = make_spikeglx(tmp_path / "run")
    primary.with_name(primary.name.replace(".ap.", ".lf.")).with_suffix(".bin").unlink()
    (source,) = sources_of(tmp_path)

    header = read_header(tmp_path, source)

    assert not header.is_as_stated
    assert {channel.kind for channel in header.channels} == {"EXT", "TRIG", "MISC"}


def test_texts_without_any_samples_are_refused_with_a_reason(tmp_path: Path) -> None:
    make_spikeglx(tmp_path / "run")
    for path in (tmp_path / "run").glob("*.bin"):
        path.unlink()
    (source,) = sources_of(tmp_path)

    with pytest.raises(FormatError, match="FSC205"):
        read_header(tmp_path, source)


def test_two_probes_of_a_run_have_channel_names_of_their_own(tmp_path: Path) -> None:
    primary = make_spikeglx(tmp_path / "run")
    for suffix in (".meta", ".bin"):
        path = primary.with_suffix(suffix)
        shutil.copy(path, path.with_name(path.name.replace("imec0", "imec1")))
    (source,) = sources_of(tmp_path)

    names = [channel.name for channel in read_header(tmp_path, source).channels]

    assert len(set(names)) == len(names)
    assert names[:8] == [*(f"AP{i}" for i in range(7)), "AP0-P2"]


def test_the_written_file_is_valid_nwb_with_the_places_of_the_contacts(tmp_path: Path) -> None:
    import pynwb

    make_spikeglx(tmp_path / "run", planted=Planted())
    (source,) = sources_of(tmp_path)

    write_recording(
        tmp_path, source, released(read_header(tmp_path, source)), tmp_path, "sub-01_ecephys"
    )

    path = tmp_path / "sub-01_ecephys.nwb"
    assert pynwb.validate(path=str(path)) == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert set(file.acquisition) == {
            "ElectricalSeriesAP", "ElectricalSeriesLF", "TimeSeriesNIDQ", "TimeSeriesDIGITAL",
            "TimeSeriesSYNC", "TimeSeriesSYNC2",
        }  # fmt: skip
        table = file.electrodes.to_dataframe()
        assert table["rel_y"][:7].tolist() == [0, 0, 20, 20, 40, 40, 60]
        assert table["rel_y"][7:].tolist() == [0, 0, 20, 20, 40, 40, 60]


def test_a_table_of_mtscomp_is_not_taken_for_a_description(tmp_path: Path) -> None:
    primary = make_spikeglx(tmp_path / "run", is_packed=True).with_suffix(".ch")
    head = FileHead(primary.relative_to(tmp_path), primary.read_bytes()[:4096], 999)  # type: ignore[arg-type]

    assert not registry()["described"].recognises(head)


@pytest.mark.data
def test_scales_of_real_probes_are_those_that_neo_reads(signals: Path) -> None:
    from neo.rawio.spikeglxrawio import extract_stream_info, read_meta_file

    n_compared = 0
    for path in sorted((signals / "ephys/spikeglx_meta").rglob("*.meta")):
        meta = _read_meta(path)
        if path.stem.endswith("nidq") is ("~imroTbl" in path.read_text("utf-8")):
            continue  # tables without a tilde Neo takes for letters
        try:
            info = extract_stream_info(path, read_meta_file(path))
        except (ValueError, KeyError, IndexError):
            continue  # a prototype that Neo does not know

        names = _channel_names(meta)
        gains, unit = _gains(meta, info["stream_kind"] or "nidq", names)

        assert unit == info["units"]
        keep = [i for i, name in enumerate(names) if not name.startswith(("SY", "XD"))]
        assert names == info["channel_names"], path.name
        np.testing.assert_allclose(gains[keep], info["channel_gains"][keep], rtol=1e-12)
        n_compared += 1
    assert n_compared >= 15


def test_a_run_without_a_probe_is_written_and_read_again(tmp_path: Path) -> None:
    make_spikeglx(tmp_path / "run")
    for path in (tmp_path / "run").glob("*.imec0.*"):
        path.unlink()
    (source,) = sources_of(tmp_path)
    header = read_header(tmp_path, source)

    write_recording(tmp_path, source, released(header), tmp_path, "sub-01_ecephys")

    again = read_written_header(tmp_path / "sub-01_ecephys.nwb")
    assert [c.name for c in again.channels] == [c.name for c in header.channels] == ["XD0", "XA0"]
    assert again.modality is header.modality


def test_a_number_of_channels_that_no_probe_has_is_refused(tmp_path: Path) -> None:
    primary = make_spikeglx(tmp_path / "run")
    text = primary.read_text("utf-8").replace("nSavedChans=8", "nSavedChans=800000000")
    primary.write_text(text, "utf-8")
    (source,) = sources_of(tmp_path)

    with pytest.raises(FormatError, match="FSC203"):
        read_header(tmp_path, source)


@pytest.mark.data
def test_the_places_of_real_contacts_are_read(signals: Path) -> None:
    paths = sorted((signals / "ephys/spikeglx_meta").rglob("*.ap.meta"))

    assert paths
    for path in paths:
        meta = _read_meta(path)
        names = [name for name in _channel_names(meta) if not name.startswith("SY")]

        sites = _sites(path, meta, names)

        assert sites is not None, path.name
        assert len(sites.shanks) == len(names)
        assert len(set(sites.shanks)) in {1, 4}
        assert 0 < np.ptp(sites.y_um) < 13_000


@pytest.mark.data
def test_a_real_runs_texts_with_generated_samples_go_through(signals: Path, tmp_path: Path) -> None:
    import h5py

    raw = tmp_path / "raw"
    raw.mkdir()
    rng = np.random.default_rng(7)
    samples = {}
    for path in (signals / "ephys/spikeglx_meta").glob("sample3B_g0_t0.*.meta"):
        shutil.copy(path, raw / path.name)
        n_channels = int(_read_meta(path)["nSavedChans"])
        n_times = 101 if ".lf." in path.name else 1212
        samples[path.stem] = rng.integers(-99, 99, (n_times, n_channels)).astype("<i2")
        (raw / path.name).with_suffix(".bin").write_bytes(samples[path.stem].tobytes())
    (source,) = sources_of(raw)

    written = write_recording(
        raw, source, released(read_header(raw, source)), tmp_path, "sub-01_ecephys"
    )

    assert len(source.files) == 6
    with h5py.File(tmp_path / written.files[0]) as file:
        for name, stem in (("AP", "sample3B_g0_t0.imec1.ap"), ("LF", "sample3B_g0_t0.imec1.lf")):
            stored = file[f"acquisition/ElectricalSeries{name}/data"][:]
            np.testing.assert_array_equal(stored, samples[stem][:, :384])
        places = file["general/extracellular_ephys/electrodes/rel_y"][:]
        assert np.isfinite(places).all()
        assert places.size == 768


def test_the_filter_of_spikes_is_told_where_it_was_on(tmp_path: Path) -> None:
    primary = make_spikeglx(tmp_path / "run")
    text = primary.read_text("utf-8").replace("(1 0 0 500 125 1)", "(1 0 0 500 125 0)")
    primary.write_text(text, "utf-8")
    (source,) = sources_of(tmp_path)

    channels = {c.name: c for c in read_header(tmp_path, source).channels}

    assert channels["AP0"].low_cutoff_hz == 300.0
    assert channels["AP1"].low_cutoff_hz is None
    assert channels["LF0"].low_cutoff_hz is None
