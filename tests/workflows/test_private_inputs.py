"""Tables and matrices of people are read as they come, and one person is one person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.workflows._private_inputs import (
    read_connectivity,
    read_people,
    read_prior,
    to_correlation,
)

N_REGIONS = 7


def make_series(seed: int, n_times: int = 101) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_times, N_REGIONS))


def write(path: Path, values: np.ndarray, *, delimiter: str = "\t", header: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, values, delimiter=delimiter, header=header, comments="", fmt="%.17g")


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_table_is_read_by_person(tmp_path: Path, delimiter: str) -> None:
    rows = ["participant_id", "sex", "age"], ["sub-01", "F", " 31 "], ["sub-01", "F", "33"]
    lines = [delimiter.join(row) for row in (*rows, ["02", "M", "n/a"])]
    (tmp_path / "people.tsv").write_text("\ufeff" + "\r\n".join(lines) + "\r\n", "utf-8")

    people = read_people(tmp_path / "people.tsv", ("age",))

    assert people == {"01": [{"age": "31"}, {"age": "33"}], "02": [{"age": "n/a"}]}


def test_of_a_dataset_the_participants_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t31\n")

    assert read_people(tmp_path, ("age",)) == {"01": [{"age": "31"}]}


def test_a_table_that_lacks_something_is_told_without_a_value(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("participant_id\tage\nsub-secret\t31\n")

    with pytest.raises(InputError, match=r"FSC180.*weight") as caught:
        read_people(tmp_path / "a.tsv", ("weight",))
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="FSC180"):
        read_people(tmp_path / "none.tsv", ())
    (tmp_path / "b.tsv").write_text("participant_id\tage\nsub-01\t31\n\t40\n")
    with pytest.raises(InputError, match="FSC180"):
        read_people(tmp_path / "b.tsv", ("age",))


def test_a_sign_that_looks_like_the_end_of_a_line_stays_in_its_cell(tmp_path: Path) -> None:
    text = 'participant_id,note\nsub-01,"one\u2028two\x85three"\n'
    (tmp_path / "a.csv").write_text(text, "utf-8")

    assert read_people(tmp_path / "a.csv", ("note",)) == {"01": [{"note": "one\u2028two\x85three"}]}


def test_series_and_matrices_are_one_matrix_for_each_person(tmp_path: Path) -> None:
    one, again, other = (make_series(seed) for seed in range(3))
    write(tmp_path / "sub-01" / "ses-1" / "sub-01_ses-1_timeseries.tsv", one, header="a\tb\tc")
    write(tmp_path / "sub-01" / "ses-2" / "sub-01_ses-2_timeseries.csv", again, delimiter=",")
    np.save(tmp_path / "sub-02_relmat.npy", np.corrcoef(other.T))
    write(tmp_path / "sub-03_rois.1D", make_series(4), delimiter=" ")

    found = read_connectivity(tmp_path)

    assert list(found) == ["01", "02", "03"]
    expected = (np.corrcoef(one.T) + np.corrcoef(again.T)) / 2
    assert found["01"] == pytest.approx(expected, abs=1e-9)
    assert found["02"] == pytest.approx(np.corrcoef(other.T))


def test_an_archive_holds_a_matrix_for_each_participant(tmp_path: Path) -> None:
    matrices = np.array([np.corrcoef(make_series(seed).T) for seed in range(3)])
    np.savez(tmp_path / "a.npz", matrices=matrices, participants=["sub-01", "sub-02", "sub-02"])

    found = read_connectivity(tmp_path / "a.npz")

    assert list(found) == ["01", "02"]
    assert found["02"] == pytest.approx(matrices[1:].mean(axis=0))


def test_a_region_that_never_changes_is_connected_with_nothing() -> None:
    series = make_series(0)
    series[:, 3] = 5.0

    matrix = to_correlation(series)

    assert not matrix[3].any()
    assert np.isfinite(matrix).all()


def test_what_is_no_matrix_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"FSC181.*no regions"):
        read_connectivity(tmp_path)
    write(tmp_path / "sub-01.tsv", make_series(0))
    write(tmp_path / "sub-02.tsv", make_series(1)[:, :5])
    with pytest.raises(InputError, match=r"FSC181.*5, 7 regions"):
        read_connectivity(tmp_path)


@pytest.mark.parametrize("text", ["a\tb\n1\tx\n", "", "1\t2\n3\n", "1\tnan\n2\t3\n", "1\n2\n"])
def test_a_file_without_numbers_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "sub-01.tsv").write_text(text)

    with pytest.raises(InputError, match="FSC181"):
        read_connectivity(tmp_path)


@pytest.mark.parametrize(
    "arrays",
    [
        {"matrices": np.ones((2, 3, 3))},
        {"matrices": np.ones((2, 3, 3)), "participants": ["01"]},
        {"matrices": np.ones((2, 3, 4)), "participants": ["01", "02"]},
        {"matrices": np.full((1, 3, 3), np.nan), "participants": ["01"]},
        {"matrices": np.array([None]), "participants": ["01"]},
    ],
)
def test_an_archive_that_does_not_fit_is_told(tmp_path: Path, arrays: dict) -> None:
    np.savez(tmp_path / "a.npz", **arrays)

    with pytest.raises(InputError, match="FSC181"):
        read_connectivity(tmp_path / "a.npz")


def test_a_prior_is_square_and_symmetric(tmp_path: Path) -> None:
    write(tmp_path / "good.tsv", np.corrcoef(make_series(0).T))
    write(tmp_path / "bad.tsv", make_series(0))

    assert read_prior(tmp_path / "good.tsv").shape == (N_REGIONS, N_REGIONS)
    with pytest.raises(InputError, match="FSC181"):
        read_prior(tmp_path / "bad.tsv")


@pytest.mark.parametrize("quote", ['"31', '31"', '""31', '"', "31\rsub-09", "31\u2028sub-09"])
def test_the_cell_of_one_person_never_reaches_into_the_line_of_another(
    tmp_path: Path, quote: str
) -> None:
    rest = [f"sub-0{number}\t{30 + number}\tF" for number in (2, 3)]
    ends = 'sub-04\t"34\tF'
    lines = ["participant_id\tage\tsex", f"sub-01\t{quote}\tF", *rest, ends]
    (tmp_path / "people.tsv").write_bytes("\n".join([*lines, ""]).encode())

    people = read_people(tmp_path / "people.tsv", ("age", "sex"))

    assert list(people) == ["01", "02", "03", "04"]
    assert people["02"] == [{"age": "32", "sex": "F"}]


def test_quotes_around_a_cell_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('"participant_id"\t"note"\n"sub-01"\t"a ""b"""\n')

    assert read_people(tmp_path / "a.tsv", ("note",)) == {"01": [{"note": 'a "b"'}]}


@pytest.mark.parametrize(
    "text",
    [
        'participant_id,age\nsub-01,"31\nsub-02,32\nsub-03,33"\n',
        'participant_id,age\nsub-01,"31\nsub-02,32\n',
        'participant_id,age\nsub-01,"31"2\n',
        "participant_id,age\nsub-01,31\rsub-02,32\n",
    ],
)
def test_a_csv_whose_cells_go_over_lines_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode())

    with pytest.raises(InputError, match="FSC180"):
        read_people(tmp_path / "a.csv", ("age",))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"participant_id,age\nsub-M\xfcller,31\n")

    with pytest.raises(InputError, match=r"FSC180.*UTF-8"):
        read_people(tmp_path / "a.csv", ("age",))


def test_a_line_that_is_too_short_or_long_says_nothing_in_other_columns(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("participant_id\tage\nsub-01\nsub-02\t32\t99\n\t\n")

    assert read_people(tmp_path / "a.tsv", ("age",)) == {"01": [{"age": ""}], "02": [{"age": "32"}]}


def test_where_no_file_says_whose_it_is_each_is_a_person(tmp_path: Path) -> None:
    for seed, name in enumerate(("Pitt_1_rois.1D", "Pitt_2_rois.1D")):
        write(tmp_path / name, make_series(seed), delimiter=" ")

    assert list(read_connectivity(tmp_path)) == ["Pitt_1_rois", "Pitt_2_rois"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["sub-01_rest.tsv", "rest_01.tsv", "rest_02.tsv"], "found it in 1 of 3"),
        (["sub-CON-01_rest.tsv", "sub-CON-02_rest.tsv"], "found a dash"),
    ],
)
def test_files_that_do_not_say_for_certain_whose_they_are_are_refused(
    tmp_path: Path, names: list[str], words: str
) -> None:
    for seed, name in enumerate(names):
        write(tmp_path / name, make_series(seed))

    with pytest.raises(InputError, match=f"FSC181.*{words}"):
        read_connectivity(tmp_path)
