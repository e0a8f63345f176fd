"""Attack a twin as it was written, and measure what it is worth beside real people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.maths import (
    TaughtScore,
    WelchSpectrum,
    teach_and_test,
    utility_of_features,
    utility_of_matrices,
    utility_of_spectra,
    utility_of_table,
)
from fascicle.protect import (
    Generator,
    TwinAudit,
    audit_twin,
    infer_kinds,
    make_matrix_rows,
    make_series_rows,
    make_table_rows,
    make_volume_rows,
)

from ._private_inputs import to_correlation
from ._twin_codec import JointCodec, list_rows
from ._twin_inputs import Part, People, TwinSource

Vectors = NDArray[np.float64]
_WINDOW_S = 2.0
_LEAST_WINDOW = 32


@dataclass(frozen=True, slots=True)
class Sides:
    """Whom a twin is compared with.

    Attributes
    ----------
    real, twin : TwinSource
        The dataset, and the twin as it was written.
    trained, held_out : tuple of str
        People of the dataset who were trained on, and who were not.
    """

    real: TwinSource
    twin: TwinSource
    trained: tuple[str, ...]
    held_out: tuple[str, ...]

    def people(self, place: int) -> tuple[tuple[TwinSource, tuple[str, ...], Part], ...]:
        """Return trained, held out and synthetic people of the part at this place."""
        real = self.real.parts[place]
        twin = next(part for part in self.twin.parts if part.pattern == real.pattern)
        # Its sidecars may not say what those of the real people do.
        twin = replace(twin, sfreq_hz=real.sfreq_hz, is_timed=real.is_timed)
        return (
            (self.real, self.trained, real),
            (self.real, self.held_out, real),
            (self.twin, self.twin.labels, twin),
        )


@dataclass(frozen=True, slots=True)
class Utility:
    """What a twin is worth, beside what other real people are worth.

    Attributes
    ----------
    what : str
        The table, or the pattern of a part.
    measure : str
        ``"table"``, ``"connectivity"``, ``"spectra"`` or ``"voxels"``.
    twin, real : dict of str to float
        Of the twin, and of the people trained on, both beside the people held out: the second is
        what chance among people allows.
    freqs : dict of str to JSON values
        Of spectra the ``"lowest"`` and ``"highest"`` frequency, and their ``"unit"``: hertz, or
        cycles per sample where the sampling rate is not known. Empty for what has none.
    """

    what: str
    measure: str
    twin: Mapping[str, Any]
    real: Mapping[str, Any]
    freqs: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "what": self.what,
            "measure": self.measure,
            "twin": dict(self.twin),
            "real": dict(self.real),
            "freqs": dict(self.freqs) or None,
        }


def check_table(
    sides: Sides,
    columns: Sequence[str],
    secrets: Sequence[str],
    losses: tuple[Vectors, Vectors],
    seed: int,
) -> tuple[TwinAudit, Utility]:
    """Attack the table of a twin, and compare its columns.

    Parameters
    ----------
    sides : Sides
        Both have a table.
    columns : sequence of str
        Which columns were learnt.
    secrets : sequence of str
        Which an attacker would like to learn.
    losses : tuple of ndarray
        As `measure_losses` gives them.
    seed : int
        Draws what attackers try.
    """
    rows = [
        list_rows(sides.real, sides.trained, columns),
        list_rows(sides.real, sides.held_out, columns),
        list_rows(sides.twin, sides.twin.labels, columns),
    ]
    everybody = [row for table in rows[:2] for row in table]
    kinds = infer_kinds({name: [row[name] for row in everybody] for name in columns})
    (trained, held_out, twin), about = make_table_rows(rows, kinds, secrets)
    audit = audit_twin(trained, held_out, twin, columns=about, losses=losses, seed=seed)
    is_word = np.array(about.is_word, dtype=np.bool_)
    worth = Utility(
        "participants",
        "table",
        _plain(utility_of_table(held_out, twin, is_word)),
        _plain(utility_of_table(held_out, trained, is_word)),
    )
    return audit, worth


def check_part(
    sides: Sides, place: int, losses: tuple[Vectors, Vectors], seed: int
) -> tuple[TwinAudit, list[Utility]]:
    """Attack the files of a twin, and compare them with those of people held out."""
    groups = [_make_rows(part, People(part, labels)) for _, labels, part in sides.people(place)]
    trained, held_out, twin = groups
    return audit_twin(trained, held_out, twin, losses=losses, seed=seed), list(
        _compare_part(sides, place)
    )


def _make_rows(part: Part, people: People) -> Vectors:
    if part.kind == "matrix":
        return make_matrix_rows(np.stack(list(people)))
    if part.kind == "volume":
        return make_volume_rows(people)
    return make_series_rows(people, part.sfreq_hz)


def _compare_part(sides: Sides, place: int) -> Iterator[Utility]:
    """Yield what a part is worth, in the measures of its kind."""
    part = sides.real.parts[place]
    if part.kind == "volume":
        trained, held_out, twin = (
            _make_rows(one, People(one, labels)) for _, labels, one in sides.people(place)
        )
        yield _beside(part, "voxels", utility_of_features, trained, held_out, twin)
        return
    trained, held_out, twin = (
        np.stack([to_correlation(values) for values in People(one, labels)])
        for _, labels, one in sides.people(place)
    )
    yield _beside(part, "connectivity", utility_of_matrices, trained, held_out, twin)
    if part.kind != "matrix":
        spectra = [
            [_measure_spectrum(values.T, part.sfreq_hz) for values in People(one, labels)]
            for _, labels, one in sides.people(place)
        ]
        densities = (np.stack([one.density()[:, 1:] for one in some]) for some in spectra)
        worth = _beside(part, "spectra", utility_of_spectra, *densities)
        yield replace(worth, freqs=_describe_freqs(part, spectra[0][0].freqs_hz[1:]))


def _beside(part: Part, measure: str, compare: Any, *groups: Vectors) -> Utility:  # noqa: ANN401 - one of three functions of maths
    trained, held_out, twin = groups
    return Utility(
        part.pattern,
        measure,
        _plain(compare(held_out, twin)),
        _plain(compare(held_out, trained)),
    )


def _plain(utility: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever maths measured
    return dict(utility.as_dict())


def _describe_freqs(part: Part, freqs_hz: Vectors) -> dict[str, Any]:
    return {
        "lowest": float(freqs_hz[0]),
        "highest": float(freqs_hz[-1]),
        "unit": "Hz" if part.is_timed else "cycles per sample",
    }


def _measure_spectrum(values: Vectors, sfreq_hz: float) -> WelchSpectrum:
    """Return the power spectral density of signals of shape (n_channels, n_times)."""
    n_window = min(values.shape[1], max(_LEAST_WINDOW, round(_WINDOW_S * sfreq_hz)))
    welch = WelchSpectrum(values.shape[0], sfreq_hz, n_window)
    for start in range(0, values.shape[1] - n_window + 1, n_window):
        welch.add(values[:, start : start + n_window])
    return welch


def teach_on_twin(
    sides: Sides, codec: JointCodec, classes: Mapping[str, Sequence[str]]
) -> dict[str, TaughtScore]:
    """Learn a class from the twin and from real people, and tell it of people held out.

    Parameters
    ----------
    sides : Sides
        Whom to learn from.
    codec : JointCodec
        Makes features of people; none of them is the class.
    classes : dict of str to sequence of str
        Classes of the people ``"trained"``, ``"held_out"`` and ``"twin"``.

    Returns
    -------
    dict of str to TaughtScore
        Taught on the ``"twin"``, and on ``"real"`` people.
    """
    names = sorted(set(classes["trained"]) | set(classes["held_out"]))
    coded = {
        side: np.array([names.index(name) for name in told], dtype=np.int64)
        for side, told in classes.items()
    }
    tested = codec.encode(sides.real, sides.held_out), coded["held_out"]
    taught = {
        "twin": (codec.encode(sides.twin, sides.twin.labels), coded["twin"]),
        "real": (codec.encode(sides.real, sides.trained), coded["trained"]),
    }
    return {side: teach_and_test(rows, tested) for side, rows in taught.items()}


def measure_losses(
    sides: Sides, codec: JointCodec, generator: Generator, classes: Mapping[str, Sequence[str]]
) -> tuple[Vectors, Vectors]:
    """Return the generator's loss of people trained on and held out: what an insider has.

    Parameters
    ----------
    sides : Sides
        People trained on and held out.
    codec : JointCodec
        Makes vectors of them.
    generator : Generator
        Tells how well it knows each.
    classes : dict of str to sequence of str
        Classes of the people ``"trained"`` and ``"held_out"``; empty if there are none.
    """
    trained, held_out = (
        generator.losses(codec.encode(sides.real, labels), np.array(told) if told else None)
        for labels, told in (
            (sides.trained, classes["trained"]),
            (sides.held_out, classes["held_out"]),
        )
    )
    return trained, held_out
