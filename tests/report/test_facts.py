import math
from dataclasses import replace

import pytest

from fascicle.core import Channel, Event, Header, Modality
from fascicle.quality import RecordingQuality
from fascicle.report._facts import list_facts, say_contents, say_measure, say_number

X = " \N{MULTIPLICATION SIGN} "


def facts(header: Header, **extra: float) -> dict[str, str]:
    return dict(list_facts(header, RecordingQuality.of_content(extra=extra)))


def test_a_scan_is_told_in_the_units_of_its_field():
    header = Header(
        Modality.FUNC, 0.5, 180, suffix="bold", shape=(64, 60, 36, 180),
        metadata={"RepetitionTime": 2.0, "EchoTime": [0.013, 0.0312], "MagneticFieldStrength": 3,
                  "FlipAngle": 78, "Manufacturer": "Siemens", "ManufacturersModelName": "Prisma"},
    )  # fmt: skip

    told = facts(header, voxel_x_mm=3.0, voxel_y_mm=3.0, voxel_z_mm=3.5, tsnr=48.21)

    assert told == {
        "Size": f"64{X}60{X}36 voxels, 180 volumes",
        "Voxel size": f"3{X}3{X}3.5 mm",
        "Length": "6 min",
        "Repetition time": "2 s",
        "Echo time": "13 / 31.2 ms",
        "Flip angle": "78\N{DEGREE SIGN}",
        "Field strength": "3 T",
        "Recorded with": "Siemens Prisma",
        "tSNR": "48.2",
    }


def test_a_probe_is_told_by_units_and_spikes_whoever_counted_them():
    channels = tuple(Channel(f"{k}", "MISC", "uV", 30_000.0) for k in range(384))
    header = Header(Modality.ECEPHYS, 30_000.0, 1_800_000, channels)

    told = facts(header, n_units=52.0, n_spikes=10_214.0)

    assert told == {
        "Length": "1 min", "Sampling": "30,000 Hz", "Channels": "384", "Units": "52",
        "Spikes": "10,214",
    }  # fmt: skip


@pytest.mark.parametrize("modality", list(Modality))
def test_nothing_is_said_of_what_is_not_known(modality):
    told = dict(list_facts(Header(modality), None))

    assert all(told.values())
    if modality.family.value != "signal":
        assert told == {}


@pytest.mark.parametrize(
    "value", [None, "x", [], ["a"], {"a": 1}, [math.nan], True, [1, None], ...], ids=repr
)
def test_a_field_of_another_form_does_no_harm(value):
    fields = ("RepetitionTime", "EchoTime", "AcquisitionVoxelSize", "PixelSize", "ImageWidth",
              "InjectedRadioactivity", "Manufacturer", "NumberOfUnits",
              "NumberOfCells")  # fmt: skip

    for modality in Modality:
        header = Header(modality, shape=(3,), metadata=dict.fromkeys(fields, value))
        assert all(isinstance(words, str) for _, words in list_facts(header, None))
        say_contents(header, None)


def test_many_values_are_summed_up():
    frames = [10.0] * 6 + [60.0] * 9 + [600.0]
    header = Header(Modality.PET, metadata={"FrameDuration": frames})

    assert facts(header)["Frames"] == "16, from 10 to 600 s long"
    alike = replace(header, metadata={"FrameDuration": [30.0] * 24})
    assert facts(alike)["Frames"] == f"24{X}30 s long"


def test_an_image_of_tissue_is_told_by_pixels():
    header = Header(
        Modality.MICR, shape=(6600, 4950),
        metadata={"PixelSize": [0.5, 0.5], "PixelSizeUnits": "um", "Magnification": 40},
    )  # fmt: skip

    told = facts(header)

    assert told["Size"] == f"6,600{X}4,950 pixels"
    assert told["Pixel size"] == f"0.5{X}0.5 \N{MICRO SIGN}m"
    assert told["Magnification"] == "40\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (Header(Modality.OMICS, shape=(2700, 32_738)), f"2,700 cells{X}32,738 genes"),
        (Header(Modality.OMICS, metadata={"NumberOfCells": 1}), "1 cell"),
        (Header(Modality.ANAT, shape=(256, 256, 192)), f"256{X}256{X}192 voxels"),
        (Header(Modality.ICEPHYS, metadata={"NumberOfSweeps": 1}), "1 sweep"),
        (Header(Modality.OPHYS, 30.0, 900, metadata={"NumberOfROIs": 31}), "31 cells, 30 s"),
        (Header(Modality.BEH), ""),
    ],
)
def test_what_a_recording_holds_fits_in_a_line(header, words):
    assert say_contents(header, None) == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("isi_violation_share", 0.0042, ("ISI violation", "0.42 %")),
        ("snr", -3.14159, ("SNR", "\N{MINUS SIGN}3.14")),
        ("drift_max_um", 12.0, ("Largest drift", "12 \N{MICRO SIGN}m")),
        ("umis_median", 4213.0, ("Median UMIs", "4,213")),
        ("noise_uv", math.nan, ("Noise", "not known")),
        ("s", 2.0, ("S", "2")),
        ("", 1.0, ("", "1")),
    ],
)
def test_names_of_measures_become_words_and_units(name, value, words):
    assert say_measure(name, value) == words


@pytest.mark.parametrize(("value", "words"), [(1e-7, "1e\N{MINUS SIGN}07"), (999.96, "1e+03")])
def test_numbers_keep_three_figures(value, words):
    assert float(say_number(value).replace("\N{MINUS SIGN}", "-").replace(",", "")) == (
        pytest.approx(value, rel=5e-3)
    )


def test_events_are_counted_where_there_are_any():
    told = facts(Header(Modality.BEH, 60.0, 600, events=(Event(1.0, 0.0, "lick"),)))

    assert told["Events"] == "1"


def test_a_field_of_view_is_one_fact_and_nothing_is_told_twice():
    header = Header(Modality.FUNC, shape=(20, 18, 9, 5), metadata={"RepetitionTime": 2.0})

    told = list_facts(header, RecordingQuality.of_content(extra={
        "fov_x_mm": 50.4, "fov_y_mm": 44.0, "fov_z_mm": 22.5, "repetition_time_s": 2.0,
        "anisotropy": 1.19, "not_finite_share": 0.0,
    }))  # fmt: skip

    names = [name for name, _ in told]
    assert dict(told)["Field of view"] == f"50.4{X}44{X}22.5 mm"
    assert not any(name.startswith("Fov") for name in names)
    assert names.count("Repetition time") == 1
    assert {"Longest to shortest edge of a voxel", "Values that are no numbers"} <= set(names)


def test_columns_of_a_table_of_trials_are_no_channels():
    columns = tuple(Channel(name, "MISC", "s", 0.0) for name in ("go_cue", "response"))
    header = Header(Modality.BEH, 0.0, 23, columns, metadata={"NumberOfTrials": 23})

    assert "Channels" not in facts(header)
    assert say_contents(header, None) == "23 trials"


def test_points_of_a_body_are_no_channels():
    points = tuple(Channel(name, "MISC", "px", 25.0) for name in ("snout", "tail"))
    header = Header(Modality.BEH, 25.0, 61, points, metadata={"NumberOfKeypoints": 2})

    assert "Channels" not in facts(header)
    assert facts(header, missing_share=0.25)["Keypoints missing"] == "25 %"
    assert "channel" not in say_contents(header, None)
