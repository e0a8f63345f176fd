"""How many planted identifiers the proof catches, how often it is wrong, and how fast it is.

    python benchmarks/scan_attacks.py [--random 600] [--clean 60] [--megabytes 512] [--seed 1]

*Table*: the attacks that the tests run. *Random*: invented people, spelled and placed at random by
code that shares nothing with the verifier; these were not developed on. A hit of these must be an
identifier found, not only a refusal. *Clean*: generated datasets, searched for 200 invented people.
Intervals are Clopper-Pearson at 95 %. *Speed*: one BrainVision recording, 200 identifiers.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parent))

from _results import write_results

from fascicle.core import Identifier
from fascicle.protect import POLICIES, scan
from fascicle.testing import ATTACKS, IDENTIFIERS, copy_folder, make_clean_folder
from fascicle.testing._clean_files import fif_bytes, fif_tag, write_set

SAFE = POLICIES["safe-harbour"]
EEG = "sub-001/eeg/sub-001_task-rest"
SYLLABLES = tuple(a + b for a in "bdklmnrstwzg" for b in ("a", "e", "i", "o", "u", "ä", "ö", "ü"))
DAY_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y",
             "%d.%m.%y", "%Y/%m/%d", "%d%b%Y", "%d/%m/%Y", "%Y-%m-%dT00:00:00")  # fmt: skip


def interval(hits: int, n: int) -> list[float]:
    """Clopper-Pearson at 95 %."""
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))
    return [round(low, 4), round(high, 4)]


def invent_word(rng: np.random.Generator, n: int) -> str:
    return "".join(rng.choice(SYLLABLES, n)).capitalize()


def invent_person(rng: np.random.Generator) -> list[Identifier]:
    last, first = invent_word(rng, int(rng.integers(3, 5))), invent_word(rng, 3)
    born = date(1935, 1, 2) + timedelta(days=int(rng.integers(0, 27000)))
    number = str(rng.integers(10**6, 10**9))
    return [
        Identifier("name", f"{last}, {first}", ""),
        Identifier("name", last, ""),
        Identifier("name", first, ""),
        Identifier("id", number, ""),
        Identifier("birthdate", born.isoformat(), ""),
    ]


def spell_at_random(rng: np.random.Generator, identifier: Identifier) -> bytes:
    """Write an identifier in one of its usual forms and one encoding."""
    if identifier.kind == "birthdate":
        text = date.fromisoformat(identifier.value).strftime(str(rng.choice(DAY_FORMS)))
    elif identifier.kind == "id":
        text = identifier.value
    else:
        parts = identifier.value.split(", ")
        order = parts if rng.random() < 0.5 else parts[::-1]
        text = str(rng.choice(["_", " ", "^", ", ", "-", ""])).join(order)
    text = str(rng.choice([text, text.upper(), text.lower()]))
    if text.isascii() is False and rng.random() < 0.3:
        text = text.translate(
            str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE"})
        )
    encoders: list[Callable[[], bytes]] = [
        lambda: text.encode(),
        lambda: text.encode(),
        lambda: text.encode("latin-1"),
        lambda: text.encode("utf-16-le"),
        lambda: base64.b64encode(b"note: " + text.encode() + b" end"),
    ]
    return encoders[int(rng.integers(len(encoders)))]()


def zip_bytes(raw: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("notes.txt", (1980, 1, 1, 0, 0, 0)), b"see " + raw)
    return out.getvalue()


def append(path: Path, raw: bytes) -> None:
    with path.open("ab") as file:
        file.write(raw)


def overwrite(path: Path, place: int, raw: bytes) -> None:
    data = bytearray(path.read_bytes())
    data[place : place + len(raw)] = raw
    path.write_bytes(bytes(data))


def places() -> dict[str, Callable[[Path, bytes], None]]:
    """Where an identifier may be left behind."""

    def at(path: str, place: int) -> Callable[[Path, bytes], None]:
        return lambda folder, raw: overwrite(folder / path, place, raw[:79] + b" ")

    def after(
        path: str, before: bytes = b"\n", behind: bytes = b"\n"
    ) -> Callable[[Path, bytes], None]:
        return lambda folder, raw: append(folder / path, before + raw + behind)

    def instead(path: str, make: Callable[[bytes], bytes]) -> Callable[[Path, bytes], None]:
        return lambda folder, raw: (folder / path).write_bytes(make(raw)) and None

    def in_matlab(folder: Path, raw: bytes) -> None:
        path = folder / f"{EEG}_run-07_eeg.set"
        write_set(path, 1, is_packed=True, comments=raw.decode("latin-1"))

    def in_annotation(folder: Path, raw: bytes) -> None:
        overwrite(folder / edf, 1280 + 606 + 40, b"+1\x14" + raw[:80] + b"\x14\x00")

    edf, bdf = f"{EEG}_eeg.edf", f"{EEG}_run-02_eeg.bdf"
    fif, packed = f"{EEG}_run-05_meg.fif", f"{EEG}_physio.tsv.gz"
    return {
        "README": after("README.md"),
        "events table": after(f"{EEG}_events.tsv", b"1\t0\t", b"\t1\t9\n"),
        "sidecar": instead(
            f"{EEG}_eeg.json", lambda raw: json.dumps({"Note": raw.decode("latin-1")}).encode()
        ),
        "EDF patient": at(edf, 8),
        "EDF annotation": in_annotation,
        "EDF tail": after(edf, b"", b""),
        "BDF recording": at(bdf, 88),
        "BDF samples": at(bdf, 1280 + 303),
        "BrainVision comment": after(f"{EEG}_run-03_eeg.vhdr", b"\n; "),
        "BrainVision samples": at(f"{EEG}_run-03_eeg.eeg", 401),
        "FIF description": instead(fif, lambda raw: fif_bytes(1, fif_tag(206, 10, b"by " + raw))),
        "FIF opaque tag": instead(fif, lambda raw: fif_bytes(1, fif_tag(3333, 0, b"\x01" + raw))),
        "MATLAB text": in_matlab,
        "gzip": instead(packed, lambda raw: gzip.compress(b"onset\n" + raw + b"\n", mtime=0)),
        "zip": instead("code.zip", zip_bytes),
        "page": after("report.html", b"<p>", b"</p>"),
        "unknown file": instead("blob.bin", lambda raw: b"\x00\x81" + raw + b"\xff\x00"),
    }


def run_table(clean: Path, home: Path) -> dict[str, object]:
    missed = []
    for number, attack in enumerate(ATTACKS):
        folder = copy_folder(clean, home / f"table-{number}")
        attack.plant(folder)
        if scan(folder, IDENTIFIERS, SAFE).passed:
            missed.append(attack.name)
    n = len(ATTACKS)
    return {
        "caught": n - len(missed),
        "of": n,
        "interval": interval(n - len(missed), n),
        "missed": missed,
    }


def run_random(clean: Path, home: Path, n: int, rng: np.random.Generator) -> dict[str, object]:
    missed: list[str] = []
    refused = 0
    where = places()
    for number in range(n):
        person = invent_person(rng)
        identifier = person[int(rng.integers(len(person)))]
        place = str(rng.choice(list(where)))
        raw = spell_at_random(rng, identifier)
        folder = copy_folder(clean, home / f"random-{number}")
        where[place](folder, raw)
        result = scan(folder, person, SAFE)
        refused += not result.passed
        if not any(hit.code == "proof.identifier" for hit in result.hits):
            missed.append(
                f"{place}: {identifier.kind}, {len(raw)} bytes, refused: {not result.passed}"
            )
    return {
        "caught": n - len(missed), "of": n, "interval": interval(n - len(missed), n),
        "refused": refused, "missed": missed,
    }  # fmt: skip


def run_clean(home: Path, n: int, rng: np.random.Generator) -> dict[str, object]:
    people = [identifier for _ in range(40) for identifier in invent_person(rng)]
    accused, findings = 0, []
    for seed in range(n):
        folder = make_clean_folder(home / f"clean-{seed}", seed=1000 + seed)
        result = scan(folder, people, SAFE)
        accused += not result.passed
        findings += [finding.code for finding in result.findings]
    return {
        "accused": accused,
        "of": n,
        "interval": interval(accused, n),
        "n_identifiers": len(people),
        "findings": findings,
    }


def run_speed(home: Path, megabytes: int, rng: np.random.Generator) -> dict[str, object]:
    people = [identifier for _ in range(40) for identifier in invent_person(rng)]
    folder = home / "speed"
    folder.mkdir()
    header = "NumberOfChannels=64\nBinaryFormat=INT_16\n"
    (folder / "a_eeg.vhdr").write_text(header, "utf-8")
    block = np.cumsum(rng.normal(0, 9, (64, 1 << 16)), axis=1).T  # (n_times, n_channels)
    raw = (block % 2000 - 1000).astype("<i2").tobytes()
    with (folder / "a_eeg.eeg").open("wb") as file:
        for _ in range(megabytes * (1 << 20) // len(raw)):
            file.write(raw)
    scan(folder, people[:1], SAFE)  # warm
    walls, cpus = [], []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        result = scan(folder, people, SAFE)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    seconds, cpu_seconds = sorted(walls)[1], sorted(cpus)[1]
    megabytes_read = result.n_bytes / 1e6
    return {
        "megabytes": round(megabytes_read),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "megabytes_per_second": round(megabytes_read / seconds),
        "megabytes_per_cpu_second": round(megabytes_read / cpu_seconds),
        "n_identifiers": len(people),
        "expected_by_chance": result.expected_by_chance,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=600)
    parser.add_argument("--clean", type=int, default=60)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        clean = make_clean_folder(home / "clean")
        results = {
            "table": run_table(clean, home),
            "random": run_random(clean, home, options.random, rng),
            "clean": run_clean(home, options.clean, rng),
            "speed": run_speed(home, options.megabytes, rng),
        }
    path = write_results("scan_attacks", results, seed=options.seed)
    for part, values in results.items():
        print(part, json.dumps(values))
    print(path)


if __name__ == "__main__":
    main()
