import numpy as np
import pytest
from scipy import signal

from fascicle import look
from fascicle.errors import InputError
from fascicle.workflows import demo
from fascicle.workflows._demo import make_lab_folder, simulate_eeg


def test_the_simulated_alpha_rhythm_lies_where_it_was_put():
    samples_uv = simulate_eeg(np.random.default_rng(3), 10.4, 22.0)

    freqs_hz, power = signal.welch(samples_uv, 250.0, nperseg=1000)

    alpha = (freqs_hz > 7) & (freqs_hz < 14)
    assert abs(freqs_hz[alpha][power[-1, alpha].argmax()] - 10.4) <= 0.3
    assert power[-1, alpha].max() > 5 * power[0, alpha].max()


def test_the_same_seed_gives_the_same_folder(tmp_path):
    make_lab_folder(tmp_path / "a", duration_s=2.0)
    make_lab_folder(tmp_path / "b", duration_s=2.0)

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_table_of_the_folder_is_that_of_its_people(tmp_path, home):
    make_lab_folder(tmp_path, duration_s=2.0)

    found = look(tmp_path)

    assert [finding.code for finding in found.findings] == ["table.column-unknown"]
    numbers = [person.columns["Patientennummer"] for person in found.plan.participants]
    assert numbers == ["4471277", "4472015", "4471093"]
    assert {person.subject.sex for person in found.plan.participants} == {"F", "M"}


def test_a_folder_of_someone_else_is_left_alone(tmp_path, home):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(InputError, match="FSC107"):
        demo(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
