"""How long a search takes among many datasets, and how often it shows what was meant.

    python benchmarks/find.py [--datasets 10000] [--queries 300]

Datasets are described by seed: modality, task, species, sample and a text in which other datasets'
subjects are spoken of too, as real descriptions do. *Time*: the wall time of a warm query, beside
a plain scan that looks for every word in every text (what a folder of JSON files would offer).
*Meant*: somebody asks in everyday words ("electroencephalography sleep people") for datasets of
one modality, task and species; of the first ten that are shown, the share that is of these (of as
many as there are, if fewer than ten), for `find`, for the bare full-text search of the same words,
and for the scan. The words stand in the table of synonyms: this shows what the table does for those
who use such words, not how complete it is.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from _results import write_results

from fascicle.core import Dataset
from fascicle.discover import find
from fascicle.govern import open_commons
from fascicle.jobs import clone_file
from fascicle.store import NewVersion, open_store

SEED = 20_260_301
N_SHOWN = 10

# What the catalogue says, and what somebody may type for it.
MODALITIES = {
    "eeg": ("eeg", "electroencephalography", "electroencephalogram"),
    "meg": ("meg", "magnetoencephalography"),
    "ieeg": ("ieeg", "ecog", "intracranial eeg"),
    "nirs": ("fnirs", "nirs", "near infrared spectroscopy"),
}
TASKS = {
    "rest": ("rest", "resting", "resting state"),
    "sleep": ("sleep", "sleeping"),
    "oddball": ("oddball",),
    "motorimagery": ("motor imagery", "motorimagery"),
    "nback": ("nback", "n back"),
    "language": ("language", "linguistic"),
    "faces": ("faces", "face"),
    "music": ("music", "melody"),
    "stroop": ("stroop",),
    "fingertapping": ("finger tapping", "fingertapping"),
}
SPECIES = {
    "homo sapiens": ("human", "people", "homo sapiens"),
    "mus musculus": ("mouse", "mice", "mus musculus"),
    "macaca mulatta": ("macaque", "rhesus"),
}
SUBJECTS = """
    memory attention ageing epilepsy depression perception learning speech vision decision
    reward anxiety pain stroke autism infants children adolescents volunteers patients musicians
    connectivity oscillations alpha theta gamma spindles evoked potentials artefacts source
    reconstruction decoding
""".split()  # noqa: SIM905
SENTENCES = (
    "We recorded {modality} while participants took part in {task}.",
    "The recordings were made to study {subject} and {other}.",
    "Earlier work on {other_task} with {other_modality} suggested an effect of {subject}.",
    "All sessions were held on {n} days between breakfast and noon.",
    "Channels were referenced online and sampled with {n} amplifiers.",
    "The data have been used to compare {subject} with {other}.",
    "Stimuli, triggers and questionnaires on {other} are part of the dataset.",
)


def pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    return str(words[int(rng.integers(len(words)))])


def make_dataset(number: int, rng: np.random.Generator) -> Dataset:
    """Return a dataset described in everyday words."""
    modality = pick(rng, tuple(MODALITIES))
    task = pick(rng, tuple(TASKS))
    species = str(rng.choice(tuple(SPECIES), p=(0.8, 0.15, 0.05)))
    n_sentences = int(rng.integers(2, 8))
    text = " ".join(
        pick(rng, SENTENCES).format(
            modality=pick(rng, MODALITIES[modality]),
            task=pick(rng, TASKS[task]),
            subject=pick(rng, SUBJECTS),
            other=pick(rng, SUBJECTS),
            other_task=pick(rng, TASKS[pick(rng, tuple(TASKS))]),
            other_modality=pick(rng, MODALITIES[pick(rng, tuple(MODALITIES))]),
            n=int(rng.integers(2, 9)),
        )
        for _ in range(n_sentences)
    )
    young = float(rng.integers(18, 60))
    return Dataset(
        id=f"ds-{number:012x}",
        name=f"{pick(rng, SUBJECTS).title()} and {pick(rng, SUBJECTS)} in study {number}",
        description=text,
        keywords=(pick(rng, SUBJECTS), pick(rng, SUBJECTS)),
        species=(species,),
        tasks=(task,),
        modalities=(modality,),
        n_participants=int(rng.integers(3, 120)),
        ages_years=(young, young + 20),
        sexes={"F": 5, "M": 4},
    )


def make_queries(n_queries: int, rng: np.random.Generator) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is typed, and the modality, task and species that are meant."""
    queries = []
    for _ in range(n_queries):
        facts = (
            pick(rng, tuple(MODALITIES)),
            pick(rng, tuple(TASKS)),
            pick(rng, tuple(SPECIES)),
        )
        tables = (MODALITIES, TASKS, SPECIES)
        words = [pick(rng, table[fact]) for table, fact in zip(tables, facts, strict=True)]
        queries.append((" ".join(rng.permutation(words)), facts))
    return queries


def scan(datasets: Sequence[Dataset], text: str) -> list[Dataset]:
    """Look for every word in every description, most words first."""
    words = text.casefold().split()
    counted = [
        (sum(word in whole for word in words), number)
        for number, dataset in enumerate(datasets)
        for whole in [
            " ".join((
                dataset.name, dataset.description, *dataset.keywords, *dataset.tasks,
                *dataset.modalities, *dataset.species,
            )).casefold()
        ]
    ]  # fmt: skip
    best = sorted(counted, key=lambda one: (-one[0], one[1]))[:N_SHOWN]
    return [datasets[number] for n_words, number in best if n_words]


def facts_of(dataset: Dataset) -> tuple[str, ...]:
    return (dataset.modalities[0], dataset.tasks[0], dataset.species[0])


def measure(
    search: Callable[[str], Sequence[Dataset]],
    queries: Sequence[tuple[str, tuple[str, ...]]],
    n_meant: Counter[tuple[str, ...]],
) -> dict[str, float]:
    """Return times in milliseconds, and the share of what is shown that was meant."""
    times_s, shares = [], []
    for text, facts in queries:
        began = time.perf_counter()
        shown = search(text)
        times_s.append(time.perf_counter() - began)
        meant = [facts_of(dataset) == facts for dataset in shown[:N_SHOWN]]
        shares.append(sum(meant) / min(N_SHOWN, n_meant[facts]))
    quantiles = np.percentile(np.array(times_s) * 1000, [50, 95, 100])
    return {
        "median_ms": round(float(quantiles[0]), 2),
        "p95_ms": round(float(quantiles[1]), 2),
        "slowest_ms": round(float(quantiles[2]), 2),
        "found_of_meant": round(float(np.mean(shares)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--datasets", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=300)
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    datasets = [make_dataset(number, rng) for number in range(asked.datasets)]
    n_meant = Counter(map(facts_of, datasets))
    queries = make_queries(asked.queries, rng)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with closing(open_store(Path(folder) / "c", clone=clone_file, create=True)) as store:
            for dataset in datasets:
                store.add_version(NewVersion(dataset, (), {}, (), {}, "bench", "00"))
        filled_s = time.perf_counter() - began
        with open_commons(Path(folder) / "c", agent="bench") as commons:
            find(commons, "warm up")
            ways: dict[str, Callable[[str], Sequence[Dataset]]] = {
                "find": lambda text: [hit.dataset for hit in find(commons, text, N_SHOWN)],
                "full_text_only": lambda text: [
                    hit.dataset for hit in commons.search(text, limit=N_SHOWN)
                ],
                "scan": lambda text: scan(datasets, text),
            }
            results = {name: measure(search, queries, n_meant) for name, search in ways.items()}
    for name, values in results.items():
        print(name, values)
    print(write_results("find", {
        "n_datasets": asked.datasets, "n_queries": asked.queries,
        "filling_s": round(filled_s, 1), **results,
    }, seed=SEED))  # fmt: skip


if __name__ == "__main__":
    main()
