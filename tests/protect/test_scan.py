"""The proof of a whole folder."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

import pytest

from fascicle.core import Identifier, Progress, Severity
from fascicle.errors import PrivacyError
from fascicle.protect import POLICIES, scan
from fascicle.testing import IDENTIFIERS, make_clean_folder

SAFE, SHIFTED, ANIMAL = (POLICIES[name] for name in ("safe-harbour", "shifted", "animal"))
NAME = Identifier("name", "Quandt, Leonore", "header")
CODE = Identifier("id", "QX7", "raw id")
BIRTH = Identifier("birthdate", "1961-03-14", "table")
START = Identifier("date", "2018-11-23T14:31:07+00:00", "header")


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


def test_every_file_is_digested_as_it_was_searched(tmp_path: Path) -> None:
    folder = make_clean_folder(tmp_path / "dataset")

    result = scan(folder, IDENTIFIERS, SAFE)

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert result.n_files == len(files)
    assert result.n_bytes == sum(path.stat().st_size for path in files)
    for path in files:
        digest, size = result.digests[path.relative_to(folder).as_posix()]
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
        assert size == path.stat().st_size


def test_it_says_what_was_searched_and_what_cannot_be_seen(tmp_path: Path) -> None:
    result = scan(make_clean_folder(tmp_path / "dataset"), IDENTIFIERS, SAFE)

    assert result.searched == {
        "birthdate": 1, "date": 1, "id": 2, "institution": 1, "name": 4, "operator": 1, "serial": 1,
    }  # fmt: skip
    assert {"edf", "bdf", "brainvision", "fif", "set", "snirf"} <= result.cannot_detect.keys()
    assert any(line.endswith(": Stimulus/S 1") for line in result.must_look)
    assert 0 < result.expected_by_chance < 1e-3
    assert result.passed


def test_progress_is_told_file_by_file(tmp_path: Path) -> None:
    told: list[Progress] = []
    folder = make_clean_folder(tmp_path / "dataset")

    result = scan(folder, [], SAFE, on_progress=told.append)

    assert [step.done for step in told] == list(range(1, result.n_files + 1))
    assert {step.total for step in told} == {result.n_files}


def test_two_proofs_of_the_same_bytes_are_equal(tmp_path: Path) -> None:
    folder = write(make_clean_folder(tmp_path / "dataset"), "x.md", "QX7, Leonore Quandt")

    assert scan(folder, [NAME, CODE], SAFE) == scan(folder, [NAME, CODE], SAFE)


def test_a_permitted_label_excuses_a_code_and_never_a_name_or_a_birthday(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "QX7 and Leonore Quandt, 14.03.1961")

    result = scan(
        folder, [NAME, CODE, BIRTH], SHIFTED, permitted={"QX7", "Leonore Quandt", "1961-03-14"}
    )

    assert {hit.kind for hit in result.hits} == {"name", "birthdate"}
    assert result.permitted_labels == ("1961-03-14", "Leonore Quandt", "QX7")


def test_a_shifted_day_that_equals_somebodys_true_day_may_be_permitted(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "2018-11-23")

    assert not scan(folder, [START], SHIFTED).passed
    assert scan(folder, [START], SHIFTED, permitted={"2018-11-23"}).passed


def test_animals_keep_their_dates(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "2018-11-23")

    assert scan(folder, [START, BIRTH], ANIMAL).passed
    assert not scan(folder, [], SAFE).passed


def test_a_true_day_on_new_year_is_what_the_policy_writes(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "2018-01-01T00:00:00")

    assert scan(folder, [Identifier("date", "2018-01-01", "header")], SAFE).passed


def test_values_too_short_to_search_are_counted(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "01 AM")

    result = scan(folder, [Identifier("id", "01", ""), Identifier("name", "AM", "")], SAFE)

    assert result.passed
    assert result.searched == {"too short": 2}


def test_a_path_that_tells_is_not_shown(tmp_path: Path) -> None:
    folder = write(tmp_path, "quandt_leonore.txt", "x")

    result = scan(folder, [NAME], SAFE)

    assert not result.passed
    assert not any("quandt" in finding.place.lower() for finding in result.findings)


def test_only_some_files_may_be_proven_again_and_joined(tmp_path: Path) -> None:
    folder = write(write(tmp_path, "a.md", "fine"), "b.md", "Leonore Quandt")
    first = scan(folder, [NAME], SAFE)
    write(folder, "b.md", "fine too")
    write(folder, "c.md", "new")

    again = scan(folder, [NAME], SAFE, only={PurePosixPath("b.md"), PurePosixPath("c.md")})
    joined = first.joined(again)

    assert not first.passed
    assert joined.passed
    assert sorted(joined.digests) == ["a.md", "b.md", "c.md"]
    assert joined.digests == scan(folder, [NAME], SAFE).digests


def test_an_error_refuses_and_a_warning_does_not(tmp_path: Path) -> None:
    folder = write(tmp_path, "README", "a number 88412093 here")

    result = scan(folder, [], SAFE)

    assert [f.severity for f in result.findings] == [Severity.WARNING]
    assert result.passed
    assert result.hits == ()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="FSC420"):
        scan(tmp_path / "absent", [], SAFE)


def test_an_empty_folder_and_an_empty_file_pass(tmp_path: Path) -> None:
    assert scan(tmp_path, [NAME], SAFE).n_files == 0

    (tmp_path / "empty.tsv").write_bytes(b"")

    assert scan(tmp_path, [NAME], SAFE).passed


def test_texts_beyond_what_is_listed_are_counted(tmp_path: Path) -> None:
    lines = [f"{word} was seen here once." for word in map(_spell_number, range(2003))]
    (tmp_path / "README").write_text("\n".join(lines))

    result = scan(tmp_path, [], SAFE)

    assert len(result.must_look) == 2001
    assert result.must_look[-1] == "3 more texts that are not listed here."


def _spell_number(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05d}")
