"""Every attack is caught, and a clean dataset is not accused.

The table of attacks is in `fascicle.testing`: places, spellings and encodings in which an
identifier may survive in files that were written without the remover.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.protect import POLICIES, scan
from fascicle.testing import ATTACKS, IDENTIFIERS, Attack, copy_folder, make_clean_folder

SAFE = POLICIES["safe-harbour"]
SECRETS = (
    "Anneliese",
    "ttfried",
    "884120937",
    "QX7",
    "Brunhilde",
    "Kestrel",
    "448812",
    "1961-03-14",
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clean_folder(tmp_path_factory.mktemp("clean") / "dataset")


def test_there_are_at_least_forty_attacks_of_different_names() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 40


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_caught(attack: Attack, clean: Path, tmp_path: Path) -> None:
    folder = copy_folder(clean, tmp_path / "dataset")
    attack.plant(folder)

    result = scan(folder, IDENTIFIERS, SAFE)

    assert not result.passed
    # What the findings say may be shown: places and kinds, never a value.
    said = " ".join(f"{f.place} {f.reason} {f.fix}" for f in result.findings)
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("policy", POLICIES)
def test_a_clean_dataset_is_not_accused(policy: str, seed: int, tmp_path: Path) -> None:
    folder = make_clean_folder(tmp_path / "dataset", seed=seed)

    result = scan(folder, IDENTIFIERS, POLICIES[policy])

    assert result.hits == ()
    assert result.findings == ()
