from __future__ import annotations

from pathlib import PurePosixPath

from fascicle.prepare._survey import survey


def paths(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(f"{name}.edf") for name in names]


def test_eight_digits_are_days_only_where_all_of_them_are() -> None:
    numbers = ("00412345", "00998877", "07654321")
    seen = survey(paths(*(f"{n}/2019031{i}/rest" for i, n in enumerate(numbers))))

    dates = dict(seen.dates)

    assert dates == {(("dir", 1), 8, 0): "ymd"}


def test_a_place_full_of_initials_holds_no_task() -> None:
    names = [f"{initials}_EO" for initials in ("AB", "MK", "EC", "FG", "RS", "JK", "LM")]

    seen = survey(paths(*names, *(n.replace("EO", "EC") for n in names)))

    assert (("name", 0), 0) in seen.initials
    assert (("name", 0), 1) not in seen.initials
    assert {"eo", "ec"} <= seen.weak


def test_a_word_before_ever_other_numbers_is_a_key() -> None:
    seen = survey(paths(*(f"WK{i}_rest" for i in range(5, 12))))

    assert "wk" in seen.prefixes


def test_letters_that_change_with_the_digits_make_codes() -> None:
    codes = survey(paths("X7K2_a", "M4T9_a", "Q2W8_a", "B5N3_a", "S6R4_a"))
    keyed = survey(paths("S1R2", "S2R1", "S3R1", "S4R2", "S5R5"))

    assert (("name", 0), 0) in codes.codes
    assert keyed.codes == frozenset()


def test_codes_behind_one_word_are_codes() -> None:
    codes = survey(paths(*(f"rna/tube{code}" for code in ("X7K2", "M4T9", "S9F3", "B8H6", "P2L5"))))
    runs = survey(paths(*(f"WK{n}R{n}" for n in range(12, 17))))

    assert (("name", 0), 0) in codes.codes
    assert not runs.codes


def test_few_codes_whose_letters_all_change_are_codes() -> None:
    codes = survey(paths("eeg/L7K7", "eeg/Q7K4", "eeg/U4R9", "eeg/U4T5"))
    keys = survey(paths("eeg/S1R1", "eeg/S1R2", "eeg/P2R1", "eeg/P2T2"))

    assert (("name", 0), 0) in codes.codes
    assert not keys.codes
