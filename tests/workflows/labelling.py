"""A small annotator for tests of what carries annotators out: it labels the loudest second."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from fascicle.core import Annotation, Finding, Label, Measure, Severity
from fascicle.errors import FormatError
from fascicle.formats import read_blocks, read_written_header


class LoudestSecond:
    """Finds the second with the largest amplitude; refuses recordings that it cannot read."""

    name = "loudest"
    title = "The loudest second of a recording."
    version = "1"
    card = "explanations/what-is-guaranteed.md"
    requires = ""

    def __init__(self) -> None:
        self.n_read = 0
        self.kinds = {"loud": "More happens here than anywhere else."}

    def accepts(self, place: PurePosixPath) -> bool:
        return place.parent.name == "eeg" and place.suffix in {".edf", ".vhdr", ".bdf", ".set"}

    def annotate(self, dataset: Path, place: PurePosixPath) -> Annotation:
        self.n_read += 1
        path = dataset / place
        try:
            header = read_written_header(path)
            samples = np.hstack(list(read_blocks(path)))
        except FormatError as error:
            broken = Finding("loudest.unreadable", Severity.ERROR, place.name, error.problem, "No.")
            return Annotation(self.name, self.version, findings=(broken,))
        n_second = int(header.sfreq_hz)
        n_whole = samples.shape[1] // n_second
        loud = samples[:, : n_whole * n_second].reshape(len(samples), n_whole, n_second).std(axis=2)
        channel, second = np.unravel_index(loud.argmax(), loud.shape)
        label = Label(
            "loud", 0.75, float(second), 1.0, (header.channels[channel].name,),
            {"spread": float(loud.max())},
        )  # fmt: skip
        return Annotation(
            self.name, self.version, (label,), {"n_seconds": Measure(n_whole, "s", "Whole ones.")}
        )
