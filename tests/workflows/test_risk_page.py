"""The page on a risk lies beside the dataset, under the name that the dataset gives itself."""

from __future__ import annotations

import pytest
from tests.workflows.test_risk import contents, dataset, write_table  # noqa: F401 - a fixture

from fascicle.errors import InputError, JobError
from fascicle.workflows import _risk as risk
from fascicle.workflows import measure_risk


def test_a_dataset_gets_a_page_with_its_name_and_stays_as_it_is(dataset, tmp_path):  # noqa: F811
    before = contents(dataset)

    result = measure_risk(dataset, report=tmp_path / "risk.html")

    page = (tmp_path / "risk.html").read_text("utf-8")
    assert '<h1 id="summary-title">x</h1>' in page
    assert f"<strong>{result.level}</strong>" in page
    assert result.reasons[0].words in page
    assert contents(dataset) == before


def test_a_table_by_itself_gives_the_page_no_name_of_a_file(tmp_path):
    table = write_table(tmp_path / "Quandt.tsv")

    measure_risk(table, report=tmp_path / "risk.html")

    page = (tmp_path / "risk.html").read_text("utf-8")
    assert "A table of participants" in page
    assert "Quandt" not in page


def test_a_page_in_the_dataset_or_of_another_kind_is_refused_before_anything_is_read(
    dataset, tmp_path, monkeypatch  # noqa: F811
):  # fmt: skip
    monkeypatch.setattr(risk, "read_people_table", lambda _path: pytest.fail("nothing is read"))
    (tmp_path / "folder.html").mkdir()

    for place in (
        dataset / "risk.html",
        dataset / "phenotype" / ".." / "risk.html",
        dataset / "participants.tsv",
        tmp_path / "people.tsv",
        tmp_path / "folder.html",
    ):
        with pytest.raises(InputError, match="FSC189"):
            measure_risk(dataset, report=place)


def test_a_page_that_cannot_be_written_is_told(dataset, tmp_path):  # noqa: F811
    (tmp_path / "file").touch()

    with pytest.raises(JobError, match="FSC705"):
        measure_risk(dataset, report=tmp_path / "file" / "risk.html")
