import re

import pytest

from fascicle.quality._bids_advice import ADVICE
from fascicle.quality._repair import REPAIRS


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_advice_is_whole_sentences_and_names_repairs_that_exist(code):
    advice = ADVICE[code]

    assert re.fullmatch(r"[A-Z0-9_]+", code)
    for words in (advice.reason, advice.fix):
        assert words.endswith(".")
        assert words[0].isupper() or words.startswith(("participants.tsv", "{"))
    assert not advice.repair or advice.repair in REPAIRS


def test_the_commonest_codes_have_words_of_their_own():
    assert len(ADVICE) >= 40


def test_the_codes_are_the_validators(validator_source):
    unknown = [code for code in ADVICE if code not in validator_source]

    assert unknown == []


@pytest.fixture(scope="module")
def validator_source():
    from importlib.resources import files

    return (files("bids_validator_deno") / "bids-validator.js").read_text("utf-8")
