"""The audit catches twins that leak, lets others pass, and says when people are too few."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fascicle.errors import InputError
from fascicle.protect import TwinColumns, TwinSettings, Verdict, audit_twin, fit_generator

COLUMNS = TwinColumns(("age", "sex", "score", "ward"), (False, True, False, True), ("ward",))


def draw_table(n, rng):
    level = rng.normal(size=n)
    rows = np.column_stack([
        np.round(40 + 9 * level + 5 * rng.normal(size=n)),
        (level + rng.normal(size=n) > 0).astype(float),
        level + rng.normal(size=n),
        rng.integers(0, 4, n),
    ])
    rows[rng.random(n) < 0.1, 0] = np.nan
    return rows


def draw_points(n, rng):
    return rng.normal(size=(n, 7)) @ np.diag(np.arange(1, 8))


def noisy(known, rng):
    twin = known + 0.02 * np.nanstd(known, axis=0) * rng.normal(size=known.shape)
    if known.shape[1] == 4:
        twin[:, [1, 3]] = known[:, [1, 3]]
    return twin


LEAKS = {
    "copies": lambda known, rng: known[rng.permutation(len(known))],
    "noisy copies": noisy,
    "copies of a few": lambda known, rng: np.concatenate([
        known[:20], (draw_table if known.shape[1] == 4 else draw_points)(len(known) - 20, rng)
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
@pytest.mark.parametrize("draw", [draw_table, draw_points])
def test_a_twin_that_leaks_must_not_leave(name, draw):
    rng = np.random.default_rng(0)
    people = draw(400, rng)
    columns = COLUMNS if draw is draw_table else None

    audit = audit_twin(people[:300], people[300:], LEAKS[name](people[:300], rng), columns=columns)

    assert audit.verdict is audit.generator_verdict is Verdict.REFUSED
    assert audit.words.startswith("Do not share")


def test_nearly_copied_people_are_caught_among_many_who_are_not():
    rng = np.random.default_rng(1)
    people = draw_points(800, rng)
    twin = np.concatenate([noisy(people[:60], rng), draw_points(540, rng)])

    audit = audit_twin(people[:600], people[600:], twin)

    assert audit.verdict is Verdict.REFUSED
    assert audit.linkage[0].n_hits == 0


@pytest.mark.parametrize("draw", [draw_table, draw_points])
def test_a_fresh_sample_of_the_same_law_may_leave(draw):
    rng = np.random.default_rng(2)
    people = draw(1000, rng)
    columns = COLUMNS if draw is draw_table else None

    audit = audit_twin(people[:750], people[750:], draw(750, rng), columns=columns)

    assert audit.verdict is Verdict.SHAREABLE, audit.reasons
    assert audit.words.startswith("Shareable")


@pytest.mark.parametrize("draw", [draw_table, draw_points])
def test_a_fresh_sample_is_hardly_ever_refused(draw):
    columns = COLUMNS if draw is draw_table else None
    verdicts = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        people = draw(120, rng)
        verdicts.append(
            audit_twin(people[:90], people[90:], draw(90, rng), columns=columns).verdict
        )

    assert verdicts.count(Verdict.REFUSED) <= 2


def test_of_few_people_nothing_is_established_and_it_says_how_many_are_needed():
    rng = np.random.default_rng(3)
    people = draw_points(24, rng)

    audit = audit_twin(people[:18], people[18:], draw_points(18, rng))

    assert audit.verdict is Verdict.OPEN
    assert f"about {audit.n_needed} people are needed, there are 24" in audit.words


def overfitted(n_members, rng):
    """Return people, a twin and losses of a density that wants its people more than it shows.

    The generator is a mixture of a broad law, from which nearly all of its rows come, and a narrow
    peak at each person it was trained on.
    """
    people = rng.normal(size=(n_members * 4 // 3, 10))
    known, others = people[:n_members], people[n_members:]
    is_own = rng.random(n_members) < 0.01
    twin = rng.normal(size=known.shape)
    own = known[rng.integers(0, n_members, n_members)] + 0.01 * rng.normal(size=known.shape)
    twin[is_own] = own[is_own]

    def loss(rows):
        ways = ((rows[:, None] - known) ** 2).sum(2)
        peaks = np.log(np.exp(-ways / 2e-4).mean(1) * 0.01 * 1e20 + 1e-300)
        broad = np.log(0.99) - (rows**2).sum(1) / 2
        return -np.logaddexp(peaks, broad)

    return known, others, twin, (loss(known), loss(others))


def test_a_generator_that_knows_its_people_by_loss_is_caught_though_its_rows_look_innocent():
    rng = np.random.default_rng(4)
    known, others, twin, losses = overfitted(300, rng)

    audit = audit_twin(known, others, twin, losses=losses)

    assert audit.membership[0].auc < 0.6
    assert audit.loss is not None
    assert audit.loss.auc > 0.95
    assert audit.generator_verdict is Verdict.REFUSED
    assert "must not leave" in audit.generator_words


def audit_network(settings, n_people=160):
    rng = np.random.default_rng(10)
    people = rng.normal(size=(n_people, 24)) @ rng.normal(size=(24, 24)) / 24**0.5
    known, others = people[: n_people * 3 // 4], people[n_people * 3 // 4 :]
    generator = fit_generator(known, None, settings)
    twin = generator.sample(len(known), None, rng)
    losses = generator.losses(known), generator.losses(others)
    return audit_twin(known, others, twin, losses=losses)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["gan", "vae"])
def test_networks_as_they_are_shipped_are_not_caught(model):
    pytest.importorskip("torch")

    audit = audit_network(TwinSettings(model))

    assert audit.verdict is not Verdict.REFUSED, audit.words
    assert max(attack.auc for attack in audit.membership) < 0.65


@pytest.mark.slow
def test_a_network_that_learnt_its_people_by_heart_is_caught_by_its_loss():
    pytest.importorskip("torch")
    by_heart = TwinSettings("vae", n_steps=2000, batch=64, latent=24, smoothing=0.0, width=128)

    audit = audit_network(by_heart)

    assert audit.loss is not None
    assert audit.loss.auc > 0.95
    assert audit.generator_verdict is Verdict.REFUSED


def test_losses_that_tell_nothing_let_the_generator_leave_with_its_rows():
    rng = np.random.default_rng(5)
    people = draw_points(1000, rng)
    losses = rng.normal(size=750), rng.normal(size=250)

    audit = audit_twin(people[:750], people[750:], draw_points(750, rng), losses=losses)

    assert audit.generator_verdict is Verdict.SHAREABLE
    assert "no more than its rows" in audit.generator_words


def test_a_generator_whose_loss_nobody_looked_at_must_not_leave():
    rng = np.random.default_rng(6)
    people = draw_points(1000, rng)

    audit = audit_twin(people[:750], people[750:], draw_points(750, rng))

    assert audit.generator_verdict is Verdict.OPEN
    assert "must not leave" in audit.generator_words


def test_the_same_seed_finds_the_same_and_inputs_stay_as_they_are():
    rng = np.random.default_rng(7)
    rows = [draw_table(n, rng) for n in (90, 30, 90)]
    before = [one.copy() for one in rows]

    found = audit_twin(*rows, columns=COLUMNS, seed=3)

    assert found == audit_twin(*rows, columns=COLUMNS, seed=3)
    for one, other in zip(rows, before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_audit_is_json_and_names_attacks_and_secrets():
    rng = np.random.default_rng(8)
    rows = [draw_table(n, rng) for n in (90, 30, 90)]

    told = json.loads(json.dumps(audit_twin(*rows, columns=COLUMNS).as_dict(), allow_nan=False))

    assert [attack["name"] for attack in told["linkage"]] == [
        "copies", "copied values", "singling out", "linkability", "inference of ward",
    ]  # fmt: skip
    assert len(told["reasons"]) == 8
    assert told["loss"] is None


def test_one_column_is_audited_as_far_as_it_goes():
    rng = np.random.default_rng(9)
    rows = [rng.normal(size=(n, 1)) for n in (60, 20, 60)]

    names = [attack.name for attack in audit_twin(*rows).linkage]

    assert names == ["copies", "copied values", "singling out"]


def test_secrets_that_are_no_columns_are_refused():
    rows = [np.zeros((5, 4))] * 3

    with pytest.raises(InputError, match="FSC143"):
        audit_twin(*rows, columns=TwinColumns(COLUMNS.names, COLUMNS.is_word, ("income",)))
