"""The proof of one file: blocks, samples, measures, pictures."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from fascicle.core import Identifier
from fascicle.protect import POLICIES
from fascicle.protect import _scan_file as scan_file
from fascicle.protect._needle_index import NeedleIndex
from fascicle.protect._scan_file import FileProof, Prover
from fascicle.protect._spellings import spell_all
from fascicle.protect._wordlist import WordList

IDENTIFIERS = [
    Identifier("name", "Quandt", "header"),
    Identifier("id", "884120", "header"),
    Identifier("birthdate", "1961-03-14", "table"),
]
VHDR = b"NumberOfChannels=3\nBinaryFormat=INT_16\n"


def prove(path: str, data: bytes, header: bytes = VHDR) -> FileProof:
    index, words = NeedleIndex(spell_all(IDENTIFIERS)), WordList(IDENTIFIERS)
    prover = Prover(index, words, IDENTIFIERS, policy=POLICIES["safe-harbour"])
    return prover.prove(path, data, lambda ending: header if ending == ".vhdr" else None)


@pytest.mark.parametrize("place", [1018, 1020, 1023, 1024, 1026, 2046])
def test_a_name_across_two_blocks_is_found_once(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_file, "_BLOCK", 1024)
    data = bytearray(3000)
    data[place : place + 6] = b"QUANDT"

    proof = prove("a.eeg", bytes(data))

    assert [hit.where for hit in proof.hits] == [f"byte {place}, among the samples"]
    assert proof.n_sample_bytes == 3000


@pytest.mark.parametrize(
    ("word", "is_hit"),
    [(b"quandt", True), (b"Quandt", True), (b"QUANDT", True), (b"qUaNDt", False)],
)
def test_among_samples_a_short_word_is_cased_as_people_write(word: bytes, is_hit: bool) -> None:
    samples = np.random.default_rng(3).integers(-99, 99, 999).astype("<i2").tobytes()

    proof = prove("a.eeg", samples[:600] + word + samples[606:1998])

    assert bool(proof.hits) is is_hit


def test_a_number_in_a_column_of_measures_is_a_measure() -> None:
    table = b"onset\tduration\tsample\tnote\n1.5\t0\t884120\tx\n"

    assert not prove("events.tsv", table).hits
    assert not prove("physio.tsv.gz", gzip.compress(table, mtime=0)).hits
    assert prove("events.tsv", table.replace(b"\tx", b"\t884120")).hits
    telling = gzip.compress(table.replace(b"\tx", b"\t884120"), mtime=0)
    assert prove("physio.tsv.gz", telling).hits


def test_a_number_with_a_unit_is_a_measure() -> None:
    assert not prove("x.json", b'{"contentSize": "884120 B"}').hits
    assert prove("x.json", b'{"code": "884120"}').hits


def test_an_embedded_picture_is_not_accused_for_its_letters() -> None:
    rng = np.random.default_rng(5)
    run = base64.b64encode(rng.integers(0, 256, 900, dtype=np.uint8).tobytes())
    page = b'<img src="data:image/x;base64,' + run[:400] + b"qUaNDt" + run[406:] + b'">'

    assert not [hit for hit in prove("a.html", page).hits if "UTF-8" in hit.how]


def test_prose_among_samples_asks_for_a_look() -> None:
    samples = np.random.default_rng(3).integers(-99, 99, 3000).astype("<i2").tobytes()
    prose = b"the patient was very tired and asked for water several times"

    proof = prove("a.eeg", samples[:300] + prose + samples[360:])

    assert [p.code for p in proof.problems] == ["proof.text_in_samples"]
    assert not prove("a.eeg", samples).problems


def test_a_flat_channel_of_letters_is_no_prose() -> None:
    assert not prove("a.eeg", b"aA" * 3000).problems


@pytest.mark.parametrize("hint", ["birthday", "date_of_birth"])
def test_a_spreadsheet_day_is_known_by_its_field(hint: str) -> None:
    assert prove("x.json", b'{"%s": 22354}' % hint.encode()).hits
    assert not prove("x.json", b'{"n_samples": 22354}').hits


def test_a_moment_is_known_in_any_time_zone() -> None:
    seconds = int(datetime(1961, 3, 14, tzinfo=UTC).timestamp())

    assert prove("x.json", b'{"a": %d}' % (seconds + 5400)).hits
    assert not prove("x.json", b'{"a": %d}' % (seconds + 5401)).hits


@pytest.mark.parametrize(
    ("number", "kind"),
    [(8831777421, "id"), (19610314, "birthdate"), (14031961, "birthdate"), (8831777422, "")],
)
def test_an_identifier_that_is_kept_as_a_number_is_found(
    tmp_path: Path, number: int, kind: str
) -> None:
    known = [*IDENTIFIERS, Identifier("id", "883 177-7421", "header")]
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["record"] = np.array([7, number])
        file["other"] = np.arange(9.0)
        file["other"].attrs["of"] = number
    prover = Prover(
        NeedleIndex(spell_all(known)), WordList(known), known, policy=POLICIES["animal"]
    )

    path = tmp_path / "a.h5ad"
    proof = prover.prove("a.h5ad", path.read_bytes(), lambda _: None, path)

    found = [(hit.kind, hit.how) for hit in proof.hits if hit.code == "proof.identifier"]
    assert set(found) == ({(kind, "as a number")} if kind else set())
    assert len(found) == 2 * bool(kind)
