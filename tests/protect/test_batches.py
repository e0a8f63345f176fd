from collections import Counter

import numpy as np
import pytest

from fascicle.core import Identifier
from fascicle.protect import POLICIES
from fascicle.protect._batches import search_fields
from fascicle.protect._contents import Contents, Field
from fascicle.protect._proof import FileProof
from fascicle.protect._scan_file import NeedleIndex, Prover
from fascicle.protect._wordlist import WordList

TELLING = [
    "Meier Anna", "seen by A n n a M e i e r", "03.04.1970", "19700403", "on 3 Apr 1970", "P-4711",
    "a@b.ch", "Dr. Roth", "+41 44 255 11 11", "tel. 044", "/home/anna/x", "10.0.0.17",
    "756.1234.5678.97", "mrn: 471 a", "12345678", "M%65ier Anna", "Meier&#32;Anna", "Müller Jörg",
    "Mueller Joerg", "x=Meier Anna", "Meier\nAnna", "00:1B:44:11:3A:B7", "Lee", "40 Hz Lee 5ms",
    "1970-04-03.", "20150403.", "MeierAnna", "P4711",
]  # fmt: skip
HARMLESS = [
    "cell-000{}", "AACGTTGACC-{}", "gene {}", "Meier{}x", "Anna", "C{}", "0.{}", "x_{} y", "Str{}",
]  # fmt: skip


@pytest.fixture(scope="module")
def prover():
    wanted = [
        Identifier("name", "Anna Meier", "h"), Identifier("name", "Lee", "h"),
        Identifier("name", "Jörg Müller", "h"), Identifier("id", "P4711", "h"),
        Identifier("birthdate", "1970-04-03", "h"),
    ]  # fmt: skip
    policy = POLICIES["safe-harbour"]
    return Prover(NeedleIndex([]), WordList(wanted), wanted, policy=policy)


@pytest.mark.parametrize("seed", range(9))
def test_many_texts_together_give_what_each_gives_alone(prover, seed):
    rng = np.random.default_rng(seed)
    texts = [HARMLESS[at].format(at**4) for at in rng.integers(0, len(HARMLESS), 1777)]
    for text in rng.choice(TELLING, 7, replace=False):
        texts.insert(int(rng.integers(len(texts))), str(text))
    roles = ("text", "label", "name")
    fields = [Field(f"row {i}", text, roles[i // 700]) for i, text in enumerate(texts)]
    alone = [hit for field in fields for hit in prover._search_text(field)]

    together = list(search_fields(fields, prover._search_text))

    assert together == alone
    assert len(alone) >= 6


@pytest.mark.parametrize("telling", TELLING)
def test_each_telling_text_is_found_first_last_and_between(prover, telling):
    crowd = [Field("", f"cell-{at:05d}x", "text") for at in range(301)]
    for at in (0, 150, 301):
        fields = [*crowd[:at], Field("here", telling), *crowd[at:]]
        alone = Counter(hit.kind for hit in prover._search_text(Field("here", telling)))

        found = list(search_fields(fields, prover._search_text))

        assert Counter(hit.kind for hit in found) == alone
        assert {hit.where for hit in found} <= {"here"}
        assert found, telling


def test_what_two_lines_make_together_is_no_find(prover):
    fields = [Field("", "Anna"), Field("", "Meier"), Field("", "19700"), Field("", "403")]

    assert list(search_fields(fields, prover._search_text)) == []


def test_harmless_texts_are_searched_in_few_calls():
    calls = []

    def search(field):
        calls.append(field)
        return iter(())

    list(search_fields([Field("", f"cell-{at:06d}") for at in range(20_000)], search))

    assert len(calls) < 100
    assert max(len(field.text) for field in calls) <= 4096


def test_a_file_is_searched_whole(prover):
    contents = Contents("h5ad")
    for at in range(999):
        contents.add("obs", f"cell-{at}")
    contents.add("obs", "Anna Meier")
    proof = FileProof("x.h5ad", "x.h5ad")

    prover._search_contents(proof, contents, "", 4)

    assert [(hit.kind, hit.where) for hit in proof.hits] == [("name", "obs")]
