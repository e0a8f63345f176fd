"""Risk is measured over table, signals and context; a change is made in a copy, and only there."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.workflows.test_risk_prints import write_series

from fascicle.errors import InputError, StoreError
from fascicle.protect import Level, Role
from fascicle.workflows import RiskOptions, apply_risk_change, check, measure_risk


def write_table(path, n=61, seed=4, **more):
    rng = np.random.default_rng(seed)
    columns = {
        "participant_id": [f"sub-{i}" for i in range(n)],
        "age": rng.integers(18, 60, n).astype(str).tolist(),
        "sex": rng.choice(["F", "M"], n).tolist(),
        "site": rng.choice(["Xanten", "Ulm", "Trier"], n, p=[0.6, 0.35, 0.05]).tolist(),
        **more,
    }
    lines = ["\t".join(columns), *("\t".join(row) for row in zip(*columns.values(), strict=True))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    write_table(folder / "participants.tsv")
    (folder / "participants.json").write_text('{"age": {"Description": "Age."}, "sex": {}}')
    (folder / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    (folder / "phenotype").mkdir()
    (folder / "phenotype" / "scores.tsv").write_text("participant_id\tage\nsub-0\t31\n")
    return folder


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_dataset_gets_a_level_with_reasons_and_changes(dataset):
    before = contents(dataset)

    result = measure_risk(dataset)

    assert result.level is Level.HIGH
    assert result.table.records.n_records == 61
    assert result.is_assumed
    assert result.table.n_population == 100_000
    assert result.context.n_repeats == 1
    assert result.changes[-1].share_small == 0
    assert contents(dataset) == before


def test_what_is_told_is_json_and_holds_no_value_of_a_person(dataset):
    told = json.dumps(measure_risk(dataset).as_dict(), allow_nan=False)

    assert json.loads(told)["level"] == "high"
    for value in ("Xanten", "Ulm", "sub-0", "Trier"):
        assert value not in told


def test_a_steward_says_what_counts(dataset):
    options = RiskOptions(ignore=("age", "site"), sensitive=("sex",), quasi=())

    result = measure_risk(dataset, options)

    roles = {column.name: column.role for column in result.table.columns}
    assert roles == {"participant_id": Role.KEY, "age": Role.OTHER, "sex": Role.SENSITIVE,
                     "site": Role.OTHER}  # fmt: skip
    assert result.table.records.k == 61
    assert RiskOptions(ignore=("a",), quasi=("a",)).roles() == {"a": Role.QUASI}


def test_a_population_that_is_given_counts(dataset):
    small = measure_risk(dataset, RiskOptions(n_population=70))
    large = measure_risk(dataset, RiskOptions(n_population=7_000_000))

    assert not small.is_assumed
    assert small.table.marketer > 10 * large.table.marketer
    with pytest.raises(InputError, match="FSC194"):
        measure_risk(dataset, RiskOptions(n_population=60))


def test_signals_are_linked_and_tell_what_they_hold(tmp_path):
    folder = write_series(tmp_path / "series", n=43)
    first = [np.load(folder / f"sub-{n}_ses-1_timeseries.npy") for n in range(43)]
    own = np.array([np.corrcoef(one.T)[0, 1] for one in first])
    sexes = ["F" if one > np.median(own) else "M" for one in own]
    table = write_table(tmp_path / "people.tsv", n=43, sex=sexes)

    result = measure_risk(table, RiskOptions(timeseries=folder))

    linked = {one.what: one for one in result.linkages}
    assert set(linked) == {f"connectome of the time series, {b}" for b in ("halves", "sessions")}
    assert all(one.n_hits > 30 for one in linked.values())
    told = {one.column: one for one in result.traits}
    assert told["sex"].is_established
    assert told["sex"].p <= 0.01
    assert told["age"].p > 0.01
    assert result.level is Level.VERY_HIGH


def test_signals_alone_are_enough_and_can_be_left_out(tmp_path):
    folder = write_series(tmp_path / "series", n=5)
    (tmp_path / "empty").mkdir()

    result = measure_risk(tmp_path / "empty", RiskOptions(timeseries=folder))

    assert result.table is None
    assert result.linkages[0].n_people == 5
    with pytest.raises(InputError, match="FSC180"):
        measure_risk(tmp_path / "empty")


def test_a_change_is_made_in_a_copy_with_the_risk_that_was_promised(dataset, tmp_path):
    before, found = contents(dataset), measure_risk(dataset)

    done = apply_risk_change(dataset, tmp_path / "coarser", 2)

    assert contents(dataset) == before
    after = contents(tmp_path / "coarser")
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == {"participants.tsv", "participants.json"}
    assert set(after) == set(before)
    promised, measured = found.changes[1], measure_risk(tmp_path / "coarser").table.records
    assert done.change == promised
    assert (measured.k, measured.n_unique) == (promised.k, promised.n_unique)
    assert measured.share_small == promised.share_small
    touched = {step.column for step in promised.steps}
    assert done.repeats == (("phenotype/scores.tsv",) if "age" in touched else ())
    told = json.loads(after["participants.json"])
    if "age" in told and "age" in touched:
        assert told["age"]["Description"].startswith("Age. ")
    assert not done.was_sealed


def test_that_a_copy_is_no_longer_sealed_is_told(shared, tmp_path):
    options = RiskOptions(min_size=2)
    assert check(shared.out).sealed

    done = apply_risk_change(shared.out, tmp_path / "coarser", 1, options)

    assert done.was_sealed
    assert check(shared.out).sealed
    assert check(tmp_path / "coarser").sealed is None


@pytest.mark.parametrize("number", [0, 99])
def test_a_change_that_is_none_is_refused(dataset, tmp_path, number):
    with pytest.raises(InputError, match="FSC187"):
        apply_risk_change(dataset, tmp_path / "out", number)

    assert not (tmp_path / "out").exists()


def test_a_copy_is_never_written_over_anything_or_into_the_dataset(dataset, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").touch()

    for out in (tmp_path / "full", dataset / "out", dataset):
        with pytest.raises(InputError, match="FSC183"):
            apply_risk_change(dataset, out, 1)
    (tmp_path / "empty").mkdir()
    assert apply_risk_change(dataset, tmp_path / "empty", 1).out.is_dir()


def test_a_table_with_several_rows_of_a_person_is_measured_by_the_first_and_not_changed(tmp_path):
    table = write_table(tmp_path / "people.tsv")
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n")

    assert measure_risk(table).n_left_out == 1
    with pytest.raises(InputError, match="FSC188"):
        apply_risk_change(table, tmp_path / "out", 1)


def test_without_a_table_nothing_is_changed(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="FSC180"):
        apply_risk_change(tmp_path / "empty", tmp_path / "out", 1)


def test_empty_cells_are_written_as_bids_has_them(tmp_path):
    table = write_table(tmp_path / "people.csv", note=["a  b", "", *["c"] * 59])

    apply_risk_change(table, tmp_path / "out", 1)

    lines = (tmp_path / "out" / "people.tsv").read_text().splitlines()
    assert [line.split("\t")[-1] for line in lines[:4]] == ["note", "a b", "n/a", "c"]


def test_what_hidden_folders_keep_goes_into_no_copy_and_is_no_other_table(dataset, tmp_path):
    known = dataset / ".git" / "annex" / "objects" / "MD5E--1.tsv"
    known.parent.mkdir(parents=True)
    known.write_bytes((dataset / "participants.tsv").read_bytes())
    (dataset / ".bidsignore").write_text("extra/\n")
    (dataset / "report.html").write_text("None was found.")
    (dataset / "sub-0_scans.tsv").symlink_to(dataset / "nowhere")

    result = measure_risk(dataset)
    done = apply_risk_change(dataset, tmp_path / "coarser", 1)

    assert result.context.n_repeats == 1
    assert set(contents(tmp_path / "coarser")) == {
        ".bidsignore", "dataset_description.json", "participants.json", "participants.tsv",
        "phenotype/scores.tsv",
    }  # fmt: skip
    assert done.n_absent == 1


def test_a_commons_that_is_named_and_not_there_is_told(dataset, tmp_path):
    with pytest.raises(StoreError, match="FSC6"):
        measure_risk(dataset, commons=tmp_path / "no-commons")
