"""A twin has the dataset's layout, holds nobody, and leaves only when attacks find nobody in it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.workflows.test_twin_inputs import N_PEOPLE, N_REGIONS, make_dataset

from fascicle.core import Progress
from fascicle.errors import InputError, JobError
from fascicle.protect import Verdict
from fascicle.workflows import TwinOptions, synthesize

PLAIN = TwinOptions("gaussian", accept_unproven=True, seed=3)


def names_below(folder: Path, label: str) -> set[str]:
    """Return the names of a person's files, with the person taken out."""
    found = (folder / f"sub-{label}").rglob("*")
    return {path.name.replace(label, "") for path in found if path.is_file()}


def write_people(path: Path, n_people: int, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = [("participant_id", "age", "sex", "score")]
    for number in range(n_people):
        age = rng.integers(20, 70)
        rows.append((
            f"sub-{number}",
            age,
            rng.choice(["F", "M"]),
            f"{age / 10 + rng.normal():.2f}",
        ))
    path.write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n", "utf-8")
    return path


def test_code_that_runs_on_the_dataset_runs_on_its_twin(tmp_path: Path) -> None:
    real, twin = make_dataset(tmp_path / "real"), tmp_path / "twin"

    result = synthesize(real, twin, PLAIN)

    assert result.is_written
    assert names_below(twin, "twin001") == {
        "sub-_task-rest_relmat.tsv", "sub-_task-rest_relmat.json", "sub-_task-rest_regions.tsv",
    }  # fmt: skip
    matrices = [np.loadtxt(path) for path in twin.rglob("*_relmat.tsv")]
    assert len(matrices) == N_PEOPLE
    assert {matrix.shape for matrix in matrices} == {(N_REGIONS, N_REGIONS)}
    with (twin / "participants.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert list(rows[0]) == ["participant_id", "age", "group", "score"]
    assert {row["group"] for row in rows} <= {"ill", "well", "n/a"}
    dictionaries = [json.loads((one / "participants.json").read_text()) for one in (real, twin)]
    assert dictionaries[0] == dictionaries[1]
    assert (twin / "task-rest_relmat.json").exists()


def test_nothing_that_is_one_persons_stands_in_the_twin(tmp_path: Path) -> None:
    real, twin = make_dataset(tmp_path / "real"), tmp_path / "twin"

    synthesize(real, twin, PLAIN)

    labels = [f"p{number:02d}" for number in range(1, N_PEOPLE + 1)]
    for path in twin.rglob("*"):
        assert not any(label in path.name for label in labels)
        if path.is_file():
            text = path.read_text("utf-8")
            assert not any(label in text for label in labels)
            assert "Okonjo" not in text
    assert not (twin / "linking_key.json").exists()
    about = twin / "sub-twin001" / "func" / "sub-twin001_task-rest_relmat.json"
    assert json.loads(about.read_text("utf-8")) == {"RepetitionTime": 2.0}
    regions = about.with_name("sub-twin001_task-rest_regions.tsv").read_text("utf-8")
    assert regions == "name\nleft\nright\n"


def test_what_lies_beside_a_table_and_above_its_numbers_stays_behind(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 40)
    (tmp_path / "people.json").write_text('{"age": {"sub-3": 41}, "sub-3": "Okonjo"}', "utf-8")
    rng = np.random.default_rng(0)
    for number in range(12):
        path = tmp_path / "series" / f"s{number}.tsv"
        path.parent.mkdir(exist_ok=True)
        head = "n/a\t0.123456" if number == 0 else "left\tright"
        path.write_text(f"{head}\n" + "0.5\t0.25\n1\t2\n" * 30 + f"{rng.random()}\t1\n", "utf-8")

    synthesize(people, tmp_path / "one", PLAIN)
    synthesize(tmp_path / "series", tmp_path / "two", PLAIN)

    assert not (tmp_path / "one" / "people.json").exists()
    files = sorted((tmp_path / "two").glob("*.tsv"))
    assert {path.read_text("utf-8").partition("\n")[0] for path in files} == {"left\tright"}


def test_a_class_is_made_as_often_as_it_was_and_looks_like_itself(tmp_path: Path) -> None:
    real, twin = make_dataset(tmp_path / "real", 60), tmp_path / "twin"
    options = TwinOptions("gaussian", n_people=200, label="group", accept_unproven=True, seed=2)

    result = synthesize(real, twin, options)

    with (twin / "participants.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    ages = {name: [float(r["age"]) for r in rows if r["group"] == name] for name in ("ill", "well")}
    assert 60 < len(ages["ill"]) < 140
    assert np.mean(ages["ill"]) - np.mean(ages["well"]) == pytest.approx(10, abs=3)
    assert result.taught["twin"].accuracy > result.taught["twin"].baseline


def test_a_twin_of_copies_is_refused_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = write_people(tmp_path / "people.tsv", 160)
    monkeypatch.setattr(
        "fascicle.workflows._twins.fit_generator", lambda vectors, *_: Parrot(vectors)
    )
    monkeypatch.setattr("fascicle.workflows._twins.fit_joint_codec", ByHeart.fit)

    result = synthesize(people, tmp_path / "twin", TwinOptions(accept_unproven=True, seed=2))

    assert result.verdict is Verdict.REFUSED
    assert result.exit_code == 1
    assert not (tmp_path / "twin").exists()
    assert list(tmp_path.iterdir()) == [people]


class Parrot:
    """A generator that gives back the people it saw."""

    mechanisms = ()

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors

    def sample(self, n: int, labels: object, rng: np.random.Generator) -> np.ndarray:
        return self.vectors[np.arange(n) % len(self.vectors)]

    def losses(self, vectors: np.ndarray, labels: object = None) -> np.ndarray:
        return np.abs(vectors[:, None] - self.vectors[None]).max(axis=2).min(axis=1)


class ByHeart:
    """A codec that learns the numbers of rows by heart."""

    mechanisms = ()

    @classmethod
    def fit(cls, source, labels, columns):
        codec = cls()
        codec.columns, codec.source = columns, source
        return codec

    def encode(self, source, labels):
        return np.array([[float(source.table.labels().index(label))] for label in labels])

    def decode(self, vector, rng):
        from fascicle.workflows._twin_codec import Person, list_rows

        label = self.source.table.labels()[int(vector[0])]
        return Person(list_rows(self.source, [label], self.columns)[0], ())


def test_without_enough_people_nothing_is_written_unless_that_is_accepted(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 40)

    held = synthesize(people, tmp_path / "twin", TwinOptions(seed=4))
    written = synthesize(people, tmp_path / "twin", TwinOptions(accept_unproven=True, seed=4))

    assert held.verdict is written.verdict is Verdict.OPEN
    assert (held.is_written, written.is_written) == (False, True)
    assert held.exit_code == written.exit_code == 1
    assert {path.name for path in (tmp_path / "twin").iterdir()} == {
        "README.md", "people.tsv", "twin_audit.json",
    }  # fmt: skip
    assert "Not established" in (tmp_path / "twin" / "README.md").read_text("utf-8")


def test_the_same_seed_gives_the_same_twin(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 30)

    for name in ("one", "two"):
        synthesize(people, tmp_path / name, PLAIN)

    one, two = ((tmp_path / name / "people.tsv").read_bytes() for name in ("one", "two"))
    assert one == two


def test_series_in_folders_of_groups_stay_in_them_and_csv_stays_csv(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for at in range(24):
        path = tmp_path / "real" / ("ill", "well")[at % 2] / f"S{at:02d}_rois.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        times = rng.normal(size=(90, 4))
        times[:, 1] += (at % 2) * 3 * times[:, 0]
        np.savetxt(path, times, delimiter=",", header="a,b,c,d", comments="")

    synthesize(tmp_path / "real", tmp_path / "twin", PLAIN)

    for group, bound in (("ill", -0.4), ("well", 0.5)):
        found = sorted((tmp_path / "twin" / group).iterdir())
        assert found
        assert found[0].read_text("utf-8").startswith("a,b,c,d\n")
        tied = [np.corrcoef(np.loadtxt(one, delimiter=",", skiprows=1).T)[0, 1] for one in found]
        assert bound < np.mean(tied) < bound + 0.8


@pytest.mark.parametrize(
    ("n_ill", "options", "said"),
    [(12, {}, ""), (3, {}, "3 people or fewer"), (12, {"label": "sex"}, "--label")],
)
def test_folders_of_groups_that_the_twin_does_not_have_are_told(
    tmp_path: Path, n_ill: int, options: dict[str, str], said: str
) -> None:
    rng = np.random.default_rng(1)
    rows = ["participant_id\tsex"]
    for at in range(24):
        path = tmp_path / "real" / ("ill" if at < n_ill else "well") / f"S{at:02d}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, rng.normal(size=(90, 3)), delimiter="\t")
        rows.append(f"S{at:02d}\t{'FM'[at % 2]}")
    (tmp_path / "real" / "participants.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    told = TwinOptions("gaussian", accept_unproven=True, seed=3, **options)

    result = synthesize(tmp_path / "real", tmp_path / "twin", told)

    assert result.is_written
    found = [one for one in result.findings if one.code == "twin.folders_merged"]
    assert [said in one.reason for one in found] == [True] * bool(said)
    homes = {path.parent.name for path in (tmp_path / "twin").rglob("twin*.tsv")}
    assert homes == ({"twin"} if said else {"ill", "well"})


def test_a_second_run_to_the_same_folder_is_told_to_wait_and_harms_nothing(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.tsv", 30)
    refused = []

    def run_again(step: Progress) -> None:
        if step.done == 2:
            with pytest.raises(JobError) as found:
                synthesize(people, tmp_path / "twin", PLAIN)
            refused.append(found.value.code)

    result = synthesize(people, tmp_path / "twin", PLAIN, on_progress=run_again)

    assert refused == ["FSC704"]
    assert result.is_written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.tsv", "twin"]


@pytest.mark.slow
def test_a_dataset_with_recordings_is_learnt_by_a_network(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra twins")
    real, twin = make_dataset(tmp_path / "real", signals=True), tmp_path / "twin"

    result = synthesize(real, twin, TwinOptions(accept_unproven=True, seed=3))

    assert result.model == "gan"
    assert "sub-_task-rest_eeg.vhdr" in names_below(twin, "twin001")
    assert {one.measure for one in result.utility} == {"table", "connectivity", "spectra"}
    spectra = next(one for one in result.utility if one.measure == "spectra")
    assert spectra.twin["mean_correlation"] > 0.9


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"label": "diagnosis"}, "FSC148"),
        ({"label": "score"}, "FSC148"),
        ({"secrets": ("diagnosis",)}, "FSC148"),
    ],
)
def test_a_column_that_is_not_there_or_no_class_is_refused(
    tmp_path: Path, options: dict[str, object], code: str
) -> None:
    people = write_people(tmp_path / "people.tsv", 20)

    with pytest.raises(InputError, match=code):
        synthesize(people, tmp_path / "twin", TwinOptions(**options))


def test_what_cannot_be_followed_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="FSC146"):
        TwinOptions(held_out=1.0)
    with pytest.raises(InputError, match="FSC146"):
        TwinOptions(n_people=3)
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "a").touch()
    people = write_people(tmp_path / "people.tsv", 20)
    with pytest.raises(InputError, match="FSC147"):
        synthesize(people, tmp_path / "twin")
    with pytest.raises(InputError, match="FSC147"):
        synthesize(make_dataset(tmp_path / "ds"), tmp_path / "ds" / "twin")
    with pytest.raises(InputError, match="FSC146"):
        TwinOptions(seed=-1)


def test_a_table_of_names_alone_is_nothing_to_learn_from(tmp_path: Path) -> None:
    rows = "".join(f"sub-{number}\n" for number in range(20))
    (tmp_path / "people.tsv").write_text(f"participant_id\n{rows}", "utf-8")

    with pytest.raises(InputError, match="FSC145"):
        synthesize(tmp_path / "people.tsv", tmp_path / "twin")
