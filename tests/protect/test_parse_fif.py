"""FIF: every tag, beside what MNE writes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from fascicle.protect._contents import Context
from fascicle.protect._parse_fif import parse_fif
from fascicle.testing._clean_files import fif_bytes, fif_tag


def test_a_file_that_mne_writes_is_accounted_for_and_read(tmp_path: Path) -> None:
    import mne

    info = mne.create_info(["EEG 001", "EEG 002", "STI 014"], 101.0, ["eeg", "eeg", "stim"])
    info["description"] = "about Leonore"
    info["experimenter"] = "Brunhilde Vok"
    info["subject_info"] = {"his_id": "H884120", "last_name": "Quandt"}
    samples = np.random.default_rng(2).normal(0, 1e-5, (3, 707))
    raw = mne.io.RawArray(samples, info, verbose="error")
    raw.set_annotations(mne.Annotations([0.5], [0.1], ["eyes open"]))
    raw.save(tmp_path / "a_raw.fif", verbose="error")
    data = (tmp_path / "a_raw.fif").read_bytes()

    contents = parse_fif(data, Context("a_raw.fif"))

    texts = " ".join(field.text for field in contents.fields)
    for word in ("about Leonore", "Brunhilde Vok", "H884120", "Quandt", "eyes open", "EEG 002"):
        assert word in texts
    assert {p.code for p in contents.problems} <= {"proof.machine"}
    assert sum(stop - start for start, stop in contents.samples) >= 3 * 707 * 4


def test_a_machine_id_is_a_computers_address() -> None:
    tag = fif_tag(103, 31, struct.pack(">5i", 65540, 1, 2, 0, 0))

    contents = parse_fif(fif_bytes(1, tag), Context("a.fif"))

    assert [p.code for p in contents.problems] == ["proof.machine"]


@pytest.mark.parametrize(
    ("kind", "code", "hint"), [(204, 3, "date"), (404, 6, "date"), (200, 3, "size")]
)
def test_moments_are_known_by_their_tag(kind: int, code: int, hint: str) -> None:
    tag = fif_tag(kind, code, struct.pack(">i", 2437373))

    numbers = parse_fif(fif_bytes(1, tag), Context("a.fif")).numbers

    assert hint in [n.hint for n in numbers if n.value == 2437373]


def test_bytes_between_and_after_tags_are_slack() -> None:
    data = fif_bytes(1)
    jump = data[:-16] + fif_tag(206, 10, b"x", following=len(data) + 33) + b"hidden words...."
    jump += b"\x00" * (len(data) + 33 - len(jump)) + fif_tag(108, 0, b"", following=-1)

    between = parse_fif(jump, Context("a.fif"))
    after = parse_fif(data + b"hidden words", Context("a.fif"))

    for contents in (between, after):
        assert [p.code for p in contents.problems] == ["proof.slack"]
        assert any("hidden words" in f.text for f in contents.fields)


def test_a_chain_that_turns_back_on_itself_ends() -> None:
    loop = fif_tag(206, 10, b"x", following=0) + fif_tag(206, 10, b"y", following=17)

    assert parse_fif(loop, Context("a.fif")).problems == []
