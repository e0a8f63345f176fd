"""What came of a twin, and the plain words that go with it to whoever gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fascicle import __version__
from fascicle.core import Finding, say_count
from fascicle.jobs import write_atomic
from fascicle.maths import TaughtScore
from fascicle.protect import TwinAudit, Verdict

from ._twin_check import Utility

_MODELS = {
    "gaussian": "a Gaussian copula",
    "gan": "a generative adversarial network",
    "vae": "a variational autoencoder",
}
_MEASURES = {
    "connectivity": "correlation of mean connectivity",
    "spectra": "correlation of mean spectra (decibels)",
    "voxels": "correlation of the mean image",
}
AUDIT_NAME = "twin_audit.json"


@dataclass(frozen=True, slots=True)
class TwinResult:
    """A twin, or why there is none.

    Attributes
    ----------
    model : str
        What generated it.
    verdict : Verdict
        Of all audits the gravest.
    n_trained, n_held_out, n_twin : int
        People trained on, people who were not, synthetic people.
    audits : dict of str to TwinAudit
        For the table (``"participants"``) and each part.
    utility : tuple of Utility
        What the twin is worth, beside other real people.
    taught : dict of str to TaughtScore
        A class told of real people by who learnt from the ``"twin"``, and from ``"real"`` people;
        empty if no class was named.
    findings : tuple of Finding
        What the twin does not have.
    is_written : bool
        Whether it lies at `target`.
    privacy : dict of str to JSON values
        What it cost each person, if it was made under differential privacy; empty otherwise.
    target : Path
        Where it was to lie.
    """

    model: str
    verdict: Verdict
    n_trained: int
    n_held_out: int
    n_twin: int
    audits: Mapping[str, TwinAudit]
    utility: tuple[Utility, ...]
    taught: Mapping[str, TaughtScore]
    findings: tuple[Finding, ...]
    is_written: bool
    privacy: Mapping[str, Any] = field(default_factory=dict)
    target: Path = Path()

    @property
    def exit_code(self) -> int:
        """0 if the twin was written and may be shared, else 1."""
        is_fit = self.verdict is Verdict.SHAREABLE or bool(self.privacy)
        return int(not (is_fit and self.is_written))

    @property
    def words(self) -> str:
        """The verdict in words, of the table or part that fares worst."""
        worst = max(self.audits.values(), key=lambda audit: audit.verdict)
        return worst.words

    def placed(self, target: Path) -> TwinResult:
        """Return it with the place that it was meant for."""
        return replace(self, target=target)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; nothing in it is one person's."""
        return {
            "verdict": str(self.verdict),
            "words": self.words,
            "model": self.model,
            "n_trained": self.n_trained,
            "n_held_out": self.n_held_out,
            "n_synthetic": self.n_twin,
            "audits": {name: audit.as_dict() for name, audit in self.audits.items()},
            "utility": [one.as_dict() for one in self.utility],
            "taught": {side: score.as_dict() for side, score in self.taught.items()},
            "findings": [finding.as_dict() for finding in self.findings],
            "is_written": self.is_written,
            "privacy": dict(self.privacy) or None,
            "made_by": {"tool": "Fascicle", "version": __version__},
        }

    def describe_privacy(self) -> dict[str, Any]:
        """Return what may be said of a private twin: nothing that was measured on people."""
        return {
            "model": self.model,
            "n_people": self.n_trained + self.n_held_out,
            "n_synthetic": self.n_twin,
            "privacy": dict(self.privacy),
            "made_by": {"tool": "Fascicle", "version": __version__},
        }


def write_statement(result: TwinResult, folder: Path) -> None:
    """Write the audit for machines, and a README that says what the twin is.

    Parameters
    ----------
    result : TwinResult
        What came of it.
    folder : Path
        The twin.
    """
    # Audit and utility are measured on people, and were not paid for: they do not leave with a
    # private twin.
    told = result.describe_privacy() if result.privacy else result.as_dict()
    write_atomic(folder / AUDIT_NAME, json.dumps(told, indent=2) + "\n")
    if (folder / "dataset_description.json").is_file():
        write_atomic(folder / ".bidsignore", f"{AUDIT_NAME}\n")
    write_atomic(folder / "README.md", describe_twin(result))


def describe_twin(result: TwinResult) -> str:
    """Return the statement that goes with a twin, in Markdown."""
    if result.privacy:
        return _describe_private(result)
    lines = [
        "# Synthetic twin",
        "",
        f"{say_count(result.n_twin, 'person', 'people')} who never were, made by "
        f"{_MODELS[result.model]} from {result.n_trained} people. Names, columns and formats are "
        "those of the real dataset: what is written against the twin runs there. Find out with it "
        "whether an analysis runs, and what it might show; what is true is found in the real data.",
        "",
        f"## May it be shared? {str(result.verdict).capitalize()}",
        "",
        result.words,
        "",
        f"Attacks were measured on the {result.n_trained} people trained on beside "
        f"{result.n_held_out} who were held out, on the files as they lie here. The generator "
        f"itself does not leave. {_describe_insider(result)}",
        "",
        *[f"- {name}: {audit.verdict}" for name, audit in result.audits.items()],
        "",
        *_describe_worth(result),
        "## What it cannot show",
        "",
        "Time series are Gaussian: spectra and correlations are kept, events, bursts and waveforms "
        "are not. Relations that the generator did not see are not there. An audit rules out the "
        "attacks that it ran, at the stated precision, and no others. Every figure stands in "
        f"`{AUDIT_NAME}`.",
    ]
    return "\n".join(lines) + "\n"


def _describe_private(result: TwinResult) -> str:
    """Return the statement of a private twin, without a figure that was measured on people."""
    privacy = result.privacy
    lines = [
        "# Synthetic twin, differentially private",
        "",
        f"{say_count(result.n_twin, 'person', 'people')} who never were, made by "
        f"{_MODELS[result.model]} from {result.n_trained + result.n_held_out} people. Names, "
        "columns and formats are those of the real dataset: what is written against the twin runs "
        "there.",
        "",
        "## What protects the participants",
        "",
        f"Epsilon {privacy['epsilon']:g} at a delta of {privacy['delta']:g}, for each person, "
        "whatever is known already, and however many twins are drawn: whether one person's data "
        "were there or blanked hardly changes the odds of any result. Columns of which nothing was "
        "public are empty. How many people there are is public.",
        "",
        f"Dataset {privacy['dataset']}; line {privacy['log_line']} of the log of its commons. The "
        f"noise stands in `{AUDIT_NAME}`. Attacks on it, and what it is worth, were measured on "
        "people: the steward has these figures, and they did not leave.",
    ]
    return "\n".join(lines) + "\n"


def _describe_worth(result: TwinResult) -> list[str]:
    """Return what the twin is worth, beside what other real people are worth."""
    lines = [
        "## What is it worth?",
        "",
        "Beside people held out; in brackets what the people trained on reach, who are real.",
        "",
    ]
    for one in result.utility:
        if one.measure == "table":
            lines.append(
                f"- {one.what}: columns differ by {one.twin['mean_distance']:.2f} on average "
                f"({one.real['mean_distance']:.2f}); 0 is alike, 1 has nothing in common"
            )
        else:
            lines.append(
                f"- `{one.what}`: {_MEASURES[one.measure]}{_say_freqs(one)} "
                f"{one.twin['mean_correlation']:.2f} "
                f"({one.real['mean_correlation']:.2f}), spread {one.twin['spread_ratio']:.2f} "
                f"({one.real['spread_ratio']:.2f}) times that of real people"
            )
    if result.taught:
        twin, real = result.taught["twin"], result.taught["real"]
        lines.append(
            f"- Whoever learns the class from the twin tells {twin.accuracy:.0%} of the people "
            f"held out rightly ({real.accuracy:.0%}); naming the commonest class always "
            f"{real.baseline:.0%}"
        )
    return [*lines, ""]


def _say_freqs(one: Utility) -> str:
    """Say between which frequencies spectra were compared; nothing of what has none."""
    if not one.freqs:
        return ""
    return f" from {one.freqs['lowest']:.3g} to {one.freqs['highest']:.3g} {one.freqs['unit']}"


def _describe_insider(result: TwinResult) -> str:
    """Say what whoever had the generator would find: how much it learnt by heart."""
    found = next(iter(result.audits.values())).loss
    if found is None:
        return ""
    low, high = found.interval()
    return (
        f"Whoever had it would tell the people trained on with an AUC of {found.auc:.2f} (95 % "
        f"{low:.2f} to {high:.2f}; 0.5 is chance)."
    )
