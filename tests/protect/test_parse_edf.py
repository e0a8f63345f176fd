"""Every byte of EDF and BDF is a field, a sample or an annotation."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.core import Event
from fascicle.protect._contents import Contents, Context
from fascicle.protect._parse_edf import parse_edf
from fascicle.testing import Planted, Shape, make_bdf, make_edf

EVENTS = (Event(1.5, 0.0, "eyes open"), Event(3.25, 0.5, "Öffnen"))


def parse(path: Path) -> Contents:
    return parse_edf(path.read_bytes(), Context(path.name))


def test_every_planted_word_is_read(tmp_path: Path) -> None:
    planted = Planted()
    edf = make_edf(tmp_path / "a.edf", planted=planted, events=EVENTS)
    bdf = make_bdf(tmp_path / "a.bdf", planted=planted)

    for path in (edf, bdf):
        texts = " ".join(field.text for field in parse(path).fields)
        assert all(word in texts for word in planted.words())

    assert {"eyes open", "Öffnen"} <= {field.text for field in parse(edf).fields}


@pytest.mark.parametrize("rates", [(251,) * 7, (7, 251, 13)])
def test_header_samples_and_annotations_fill_the_file(
    tmp_path: Path, rates: tuple[int, ...]
) -> None:
    path = make_edf(tmp_path / "a.edf", events=EVENTS, shape=Shape(rates_hz=rates, n_seconds=5))

    contents = parse(path)

    assert contents.problems == []
    assert sum(stop - start for start, stop in contents.samples) == 2 * 5 * sum(rates)


def test_bytes_after_the_records_are_slack(tmp_path: Path) -> None:
    path = make_edf(tmp_path / "a.edf")
    path.write_bytes(path.read_bytes() + b"tail of somebody")

    contents = parse(path)

    assert [p.code for p in contents.problems] == ["proof.slack"]
    assert "tail of somebody" in [f.text for f in contents.fields]


@pytest.mark.parametrize(("place", "raw"), [(184, b"77      "), (252, b"x   "), (236, b"-1      ")])
def test_a_header_that_cannot_be_followed_is_broken(tmp_path: Path, place: int, raw: bytes) -> None:
    path = make_edf(tmp_path / "a.edf")
    data = bytearray(path.read_bytes())
    data[place : place + len(raw)] = raw

    contents = parse_edf(bytes(data), Context("a.edf"))

    assert [p.code for p in contents.problems] == ["proof.broken"]


def test_a_cut_file_is_broken(tmp_path: Path) -> None:
    data = make_edf(tmp_path / "a.edf").read_bytes()

    assert parse_edf(data[:-5], Context("a.edf")).problems[0].code == "proof.broken"
