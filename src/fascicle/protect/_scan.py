"""The proof: goes over every byte that was written, and knows nothing of how it was cleaned."""

from __future__ import annotations

import mmap
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fascicle.core import Finding, Identifier, Progress, ProgressHook, Severity
from fascicle.errors import PrivacyError

from ._own_prose import is_ordinary, own_prose
from ._policies import Policy, permits_day
from ._proof import FileProof, Hit
from ._spellings import DATE_KINDS, parse_day, spell_all
from ._wordlist import WordList, is_searchable

if TYPE_CHECKING:
    from ._needle_index import NeedleIndex
    from ._scan_file import Prover

VERIFIER_VERSION = "2"
"""Changes with every change of what is searched for."""

_PERMITTABLE = frozenset({"id", "path", "text", "serial", "date"})
"""Kinds that a permitted label may equal; a name or a birthday is searched for all the same."""

_MAX_TO_LOOK_AT = 2000
_ORDINARY = (
    "Some of the names that were searched for are ordinary words, which the sentences of this"
    " report and of the README hold as well: there they were not taken for a person. Read what you"
    " wrote yourself in the title and in the description."
)
_N_THREADS = 2
"""Array work runs beside other array work; more threads wait for the interpreter."""

_FIXES = {
    "proof.identifier": "Remove it from the raw data or the answers, and run share again; if it is"
    " no identifier, allow this label by name.",
    "proof.date": "Remove the date, or choose the policy that permits it.",
    "proof.contact": "Remove the contact, or permit it by name if it is meant to be public.",
    "proof.path": "Remove the path.",
    "proof.person": "Remove the words, or permit them by name if they are meant to be public.",
    "proof.slack": "Write the file anew; nothing but the format's own fields may stand in it.",
    "proof.broken": "Write the file anew, or leave it out.",
    "proof.link": "Replace the link by the file that it points to, or leave it out.",
}


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What the proof searched for and found.

    Attributes
    ----------
    policy : str
        Name of the policy that it proved.
    findings : tuple of Finding
        Everything seen; an error refuses the output.
    hits : tuple of Hit
        Identifiers and telling texts, by place and kind, never by value.
    searched : dict of str to int
        How many identifiers of each kind were searched for, and ``"too short"`` for those that
        were not.
    permitted_labels : tuple of str
        Words that were permitted by name.
    cannot_detect : dict of str to str
        By format that occurred: what the proof cannot see in it.
    must_look : tuple of str
        Labels and prose that a person must read, each with its file.
    digests : dict of str to tuple of str and int
        Path to SHA-256 and size of the very bytes that were searched.
    n_files, n_bytes : int
        How much was searched.
    expected_by_chance : float
        How many hits samples of random bytes of this length would give.
    verifier : str
        Version of the scanner.
    """

    policy: str
    findings: tuple[Finding, ...]
    hits: tuple[Hit, ...]
    searched: dict[str, int]
    permitted_labels: tuple[str, ...]
    cannot_detect: dict[str, str]
    must_look: tuple[str, ...]
    digests: dict[str, tuple[str, int]] = field(repr=False)
    n_files: int = 0
    n_bytes: int = 0
    expected_by_chance: float = 0.0
    verifier: str = VERIFIER_VERSION

    @property
    def passed(self) -> bool:
        """True if nothing refuses the output."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def joined(self, later: ScanResult) -> ScanResult:
        """Return this proof with a later one of some of the files (new or written anew) in it."""
        again = later.digests.keys()
        digests = self.digests | later.digests
        looked_at = [t for t in self.must_look if t.partition(": ")[0] not in again]
        return replace(
            self,
            findings=(*(f for f in self.findings if f.place not in again), *later.findings),
            hits=(*(h for h in self.hits if h.place not in again), *later.hits),
            cannot_detect=dict(sorted((self.cannot_detect | later.cannot_detect).items())),
            must_look=(*looked_at, *later.must_look),
            digests=digests,
            n_files=len(digests),
            n_bytes=sum(size for _, size in digests.values()),
            expected_by_chance=self.expected_by_chance + later.expected_by_chance,
        )


def scan(
    folder: Path,
    identifiers: Iterable[Identifier],
    policy: Policy,
    *,
    permitted: Collection[str] = (),
    only: Collection[PurePosixPath] | None = None,
    on_progress: ProgressHook | None = None,
) -> ScanResult:
    """Search everything in a folder for identifiers, and account for every byte.

    Identifiers of six characters or more are searched in all bytes, packed ones unpacked, in every
    encoding and date spelling; shorter ones (from three letters or four digits) as whole words of
    every parsed text. Texts are searched for dates that the policy does not permit, contacts and
    paths. Samples are shown to be numbers by the arithmetic of the declared layout.

    Parameters
    ----------
    folder : Path
        What was written.
    identifiers : iterable of Identifier
        From `collect_identifiers`.
    policy : Policy
        What may stand there.
    permitted : collection of str
        Labels, public contacts and ISO dates that a person let pass, word for word. A name or a
        birthday is searched for even if it equals one of them.
    only : collection of PurePosixPath or None
        Search these files only, for a proof that is joined to an earlier one; None means all.
    on_progress : callable or None
        Called after each file.

    Returns
    -------
    ScanResult
        Refused if it holds an error; see `ScanResult.passed`.

    Raises
    ------
    PrivacyError
        FSC420 if `folder` is no folder.

    Notes
    -----
    A pattern of k bytes occurs in n random bytes about n / 256**k times; letters count in six cases
    (small, capital, title, joined). For 200 names of six letters in 100 GB of samples that is
    0.4 false alarms, reported as `ScanResult.expected_by_chance`. Real samples are less random.

    Examples
    --------
    >>> import tempfile
    >>> from fascicle.protect import POLICIES
    >>> with tempfile.TemporaryDirectory() as name:
    ...     _ = (Path(name) / "README").write_text("Seen by MEIER^ANNA.")
    ...     result = scan(Path(name), [Identifier("name", "Anna Meier", "header")],
    ...                   POLICIES["safe-harbour"])
    >>> result.passed, result.hits[0].place, result.hits[0].kind
    (False, 'README', 'name')
    """
    if not folder.is_dir():
        raise PrivacyError("FSC420", "Expected a folder to prove, got none.", "Name the folder.")
    from ._scan_file import Prover

    wanted, searched = _select(identifiers, policy, permitted)
    index, words, ordinary = _compile(tuple(wanted))
    prover = Prover(index, words, wanted, ordinary=ordinary, policy=policy, permitted=permitted)
    paths, findings = _list_files(folder)
    if only is not None:
        paths = [path for path in paths if PurePosixPath(path) in only]
    proofs: list[FileProof] = []
    own_prose()  # read once, before the threads: Python 3.11 cannot parse in two at a time
    with ThreadPoolExecutor(max_workers=_N_THREADS) as pool:
        for path, proof in zip(
            paths, pool.map(lambda p: _prove(prover, folder, p), paths), strict=True
        ):
            proofs.append(proof)
            if on_progress is not None:
                on_progress(Progress("prove", len(proofs), len(paths), path))
    return _summarise(prover, proofs, findings, searched, permitted)


@lru_cache(maxsize=1)
def _compile(wanted: tuple[Identifier, ...]) -> tuple[NeedleIndex, WordList, WordList | None]:
    """Spell the identifiers; kept, because a dataset is proven again after its report."""
    from ._needle_index import NeedleIndex

    # Bytes do not tell whose words they are: ordinary words are searched in parsed texts alone.
    ordinary: list[Identifier] = []
    telling: list[Identifier] = []
    for identifier in wanted:
        is_common = identifier.kind not in DATE_KINDS and is_ordinary(identifier.value)
        (ordinary if is_common else telling).append(identifier)
    return (
        NeedleIndex(spell_all(telling)),
        WordList(telling),
        WordList(ordinary) if ordinary else None,
    )


def _select(
    identifiers: Iterable[Identifier], policy: Policy, permitted: Collection[str]
) -> tuple[list[Identifier], dict[str, int]]:
    """Return what is searched for under a policy, with counts by kind."""
    allowed = {_compact(label) for label in permitted}
    wanted: dict[tuple[str, str], Identifier] = {}
    counts: Counter[str] = Counter()
    for identifier in identifiers:
        key = (identifier.kind, identifier.value.strip())
        if not key[1] or key in wanted:
            continue
        if identifier.kind in DATE_KINDS:
            day = parse_day(identifier.value)
            is_free = day is None or policy.dates == "keep" or _is_new_year(day, policy)
            if is_free or (identifier.kind == "date" and identifier.value[:10] in permitted):
                continue
        elif identifier.kind in _PERMITTABLE and _compact(identifier.value) in allowed:
            continue
        elif not is_searchable(identifier.value):
            counts["too short"] += 1
            continue
        wanted[key] = identifier
        counts[identifier.kind] += 1
    return list(wanted.values()), dict(sorted(counts.items()))


def _is_new_year(day: date, policy: Policy) -> bool:
    """Tell whether a day looks like what the policy writes for its year."""
    return policy.dates == "year" and permits_day(day, policy)


def _compact(text: str) -> str:
    """Return the letters and digits of a text, small."""
    return re.sub(r"[\W_]", "", text).lower()


def _list_files(folder: Path) -> tuple[list[str], list[Finding]]:
    """Return every file by its relative path, sorted; links are findings and are not followed."""
    paths: list[str] = []
    findings: list[Finding] = []
    for parent, folders, files in os.walk(folder):
        for name in sorted((*folders, *files)):
            path = Path(parent) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                findings.append(
                    _make_finding("proof.link", "dataset", "Expected files, got a link.", True)
                )
            elif name in files:
                paths.append(relative)
    return sorted(paths), findings


def _prove(prover: Prover, folder: Path, relative: str) -> FileProof:
    """Search one file, mapped and never loaded."""
    path = folder / relative

    def read_sibling(ending: str) -> bytes | None:
        beside = path.with_suffix(ending)
        return beside.read_bytes() if beside.is_file() else None

    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return prover.prove(relative, b"", read_sibling, path)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return prover.prove(relative, data, read_sibling, path)


def _make_finding(code: str, place: str, reason: str, is_error: bool) -> Finding:
    """Make a finding of the proof."""
    fix = _FIXES.get(code, "Look at it, and decide whether it may leave.")
    severity = Severity.ERROR if is_error else Severity.WARNING
    return Finding(code, severity, place, reason, fix, origin="scan")


def _findings_of(proof: FileProof) -> Iterator[Finding]:
    """Turn what one file showed into findings, one for each code and kind."""
    grouped: dict[tuple[str, str, bool], list[Hit]] = {}
    for hit in proof.hits:
        grouped.setdefault((hit.code, hit.kind, hit.is_error), []).append(hit)
    for (code, kind, is_error), hits in grouped.items():
        first = hits[0]
        count = f"{len(hits)} places, the first" if len(hits) > 1 else "one place"
        reason = (
            f"Expected nothing of the kind, got {kind} ({first.how}) in {count}: {first.where}."
        )
        yield _make_finding(code, proof.shown_path, reason, is_error)
    for problem in proof.problems:
        reason = f"{problem.reason.rstrip('.')} ({problem.place})."
        yield _make_finding(problem.code, proof.shown_path, reason, problem.is_error)


def _summarise(
    prover: Prover,
    proofs: list[FileProof],
    findings: list[Finding],
    searched: dict[str, int],
    permitted: Collection[str],
) -> ScanResult:
    """Put the files' proofs together."""
    from ._limits import limits

    for proof in proofs:
        findings.extend(_findings_of(proof))
    to_look_at: dict[str, str] = {}
    for proof in proofs:
        for text in proof.to_look_at:
            to_look_at.setdefault(text, proof.shown_path)
    n_sample_bytes = sum(proof.n_sample_bytes for proof in proofs)
    return ScanResult(
        policy=prover.policy.name,
        findings=tuple(findings),
        hits=tuple(hit for proof in proofs for hit in proof.hits if hit.is_error),
        searched=searched,
        permitted_labels=tuple(sorted(set(permitted))),
        cannot_detect={name: limits(name) for name in sorted({p.format for p in proofs})},
        must_look=(
            *((_ORDINARY,) if prover.knows_ordinary_words else ()),
            *_cut(
                f"{path}: {text}"
                for text, path in sorted(to_look_at.items(), key=lambda item: item[::-1])
            ),
        ),
        digests={proof.path: (proof.sha256, proof.n_bytes) for proof in proofs},
        n_files=len(proofs),
        n_bytes=sum(proof.n_bytes for proof in proofs),
        expected_by_chance=prover.expected_by_chance(n_sample_bytes),
    )


def _cut(texts: Iterable[str]) -> list[str]:
    """Return the first texts, and how many more there are."""
    shown = list(texts)
    more = len(shown) - _MAX_TO_LOOK_AT
    return [
        *shown[:_MAX_TO_LOOK_AT],
        *([f"{more:,} more texts that are not listed here."] * (more > 0)),
    ]
