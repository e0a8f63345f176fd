import shutil
import subprocess

import numpy as np
import pytest
from scipy.io import loadmat

from fascicle import export
from fascicle.errors import InputError
from fascicle.formats import read_blocks, read_written_header
from fascicle.testing import make_brainvision, make_edf


@pytest.fixture
def dataset(tmp_path):
    """Two recordings in the places that BIDS has for them."""
    folder = tmp_path / "dataset"
    for label in ("001", "002"):
        (folder / f"sub-{label}" / "eeg").mkdir(parents=True)
    make_edf(folder / "sub-001" / "eeg" / "sub-001_task-rest_eeg.edf", seed=1)
    make_brainvision(folder / "sub-002" / "eeg" / "sub-002_task-rest_eeg.vhdr", seed=2)
    return folder


def load(path):
    return loadmat(path, squeeze_me=True, struct_as_record=False)


def read(path):
    return np.concatenate(list(read_blocks(path)), axis=1)


def test_every_recording_of_a_dataset_becomes_a_matlab_file_at_its_place(dataset, tmp_path):
    result = export(dataset, tmp_path / "mat")

    assert [path.relative_to(tmp_path / "mat").as_posix() for path in result.files] == [
        "sub-001/eeg/sub-001_task-rest_eeg.mat",
        "sub-002/eeg/sub-002_task-rest_eeg.mat",
    ]
    for path in result.files:
        (recording,) = dataset.rglob(f"{path.stem}.[ev][dh]*")
        np.testing.assert_array_equal(load(path)["data"], read(recording))


def test_a_part_begins_and_ends_at_its_samples(dataset, tmp_path):
    recording = dataset / "sub-001" / "eeg" / "sub-001_task-rest_eeg.edf"
    header = read_written_header(recording)

    export(recording, tmp_path / "part", start_s=1.0, stop_s=2.5)

    found = load(tmp_path / "part.mat")
    first, last = round(header.sfreq_hz), round(2.5 * header.sfreq_hz)
    np.testing.assert_array_equal(found["data"], read(recording)[:, first:last])
    assert found["info"].start_s == pytest.approx(1.0)
    assert list(found["info"].labels) == [channel.name for channel in header.channels]


@pytest.mark.parametrize("part", [(5.0, 4.0), (1e9, None), (-1.0, 2.0)])
def test_an_empty_part_is_wrong_use(dataset, tmp_path, part):
    recording = dataset / "sub-001" / "eeg" / "sub-001_task-rest_eeg.edf"

    with pytest.raises(InputError, match="FSC117"):
        export(recording, tmp_path / "part", start_s=part[0], stop_s=part[1])


def test_what_is_no_recording_is_wrong_use(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()

    for source in (tmp_path / "notes.txt", tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(InputError, match="FSC118"):
            export(source, tmp_path / "out")


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="GNU Octave is not installed")
def test_octave_opens_a_probe_in_nwb_and_what_was_exported_from_it(tmp_path):
    from fascicle.testing import make_nwb

    path = tmp_path / "sub-001_task-run_ecephys.nwb"
    make_nwb(path, seed=3)
    (result,) = export(path, tmp_path / "probe.mat").files
    script = (
        f"n = load('-hdf5', '{path}', 'acquisition'); m = load('{result}');"
        "f = fieldnames(n.acquisition); d = n.acquisition.(f{1}).data;"
        "assert(size(d), size(m.data)); printf('%d %d', size(d));"
    )

    done = subprocess.run(
        ["octave-cli", "--norc", "--eval", script], capture_output=True, text=True, check=True
    )

    header = read_written_header(path)
    assert done.stdout.split() == [str(len(header.channels)), str(header.n_times)]
