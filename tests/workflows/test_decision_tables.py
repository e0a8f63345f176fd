"""Decisions in a table, as spreadsheets write them."""

from __future__ import annotations

import csv
import io

import pytest
from tests.workflows.labelling import LoudestSecond

from fascicle.core import Decision
from fascicle.errors import InputError
from fascicle.quality import LABELS
from fascicle.workflows import annotate, list_labels, review
from fascicle.workflows._decision_tables import read_decision_table


@pytest.fixture
def labelled(shared, monkeypatch):
    for module in ("_annotate", "_review"):
        monkeypatch.setattr(f"fascicle.workflows.{module}.ANNOTATORS", (LoudestSecond(),))
    annotate(shared.out, n_jobs=1)
    return shared.out


def gather(folder):
    """Return the rows of all tables of labels."""
    rows = []
    for path in sorted((folder / LABELS).rglob("*_events.tsv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows.extend(csv.DictReader(stream, delimiter="\t"))
    return rows


def save(path, rows, encoding="utf-8", delimiter="\t", end="\n"):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [
        ("utf-8", "\t", "\n"), ("utf-16", "\t", "\r\n"), ("utf-8-sig", ";", "\r\n"),
        ("cp1252", ",", "\r\n"),
    ],
)  # fmt: skip
def test_a_table_is_read_however_a_spreadsheet_wrote_it(
    labelled, tmp_path, encoding, delimiter, end
):
    first, second, third, *others = gather(labelled)
    first |= {"decision": " Accept", "decided_type": "n/a"}
    second |= {"decision": "change", "decided_type": "Geräusch"}
    third |= {"decision": ""}
    rows = [first, second, third, *others]
    table = save(tmp_path / "reviewed", rows, encoding, delimiter, end)

    found = read_decision_table(labelled, table)

    assert found == {
        first["label_id"]: Decision("accept"),
        second["label_id"]: Decision("change", "Geräusch"),
    }


def test_what_somebody_else_decided_before_is_not_decided_again(labelled, tmp_path):
    one, other, *_ = list_labels(labelled)
    review(labelled, {one.key: Decision("accept")}, by="A")
    rows = gather(labelled)
    for row in rows:
        if row["label_id"] == other.key:
            row["decision"] = "reject"

    found = read_decision_table(labelled, save(tmp_path / "reviewed.tsv", rows))

    assert found == {other.key: Decision("reject")}
    assert read_decision_table(labelled, save(tmp_path / "as-it-is.tsv", gather(labelled))) == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"a\tb\n1\t2\n", b"label_id\tdecision\nx\tperhaps\n", b"label_id\tdecision\n\taccept\n",
     b"label_id\tdecision\nx\tn/a\n", b"\x00\x01\n\xff\x00", b'label_id\tdecision\n"x\t1\r2'],
)  # fmt: skip
def test_a_table_without_decisions_is_refused(labelled, tmp_path, content):
    (tmp_path / "odd.tsv").write_bytes(content)

    with pytest.raises(InputError, match="FSC100"):
        read_decision_table(labelled, tmp_path / "odd.tsv")
