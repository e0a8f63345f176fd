"""What was learnt from simulated recordings: the networks that judge features, and their file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from fascicle.errors import InputError
from fascicle.maths import SmallNetwork

WEIGHTS: Final = Path(__file__).parent / "data" / "artifacts.npz"


@dataclass(frozen=True, slots=True)
class ArtifactNetworks:
    """The networks, each with what it judges.

    Attributes
    ----------
    channel : SmallNetwork
        A channel in a quarter of a second: muscle, pop, drift, movement, noise.
    head : SmallNetwork
        A quarter of a second, from the chances of its channels and of the eyes.
    blink : SmallNetwork
        A moment, held against what is expected.
    blink_own : SmallNetwork
        A moment, held against the map of the recording's own blinks.
    saccade : SmallNetwork
        A step between left and right.
    """

    channel: SmallNetwork
    head: SmallNetwork
    blink: SmallNetwork
    blink_own: SmallNetwork
    saccade: SmallNetwork


def save_networks(networks: ArtifactNetworks, path: Path) -> None:
    """Write networks as arrays of float32, nothing that runs."""
    arrays = {
        f"{field.name}.{name}": array
        for field in fields(networks)
        for name, array in getattr(networks, field.name).as_arrays().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=False, **arrays)


@cache
def load_networks(path: Path = WEIGHTS) -> ArtifactNetworks:
    """Read networks.

    Parameters
    ----------
    path : Path
        As `save_networks` wrote it; those of the package by default.

    Returns
    -------
    ArtifactNetworks
        All of them.

    Raises
    ------
    InputError
        FSC137 if the file is absent or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return ArtifactNetworks(**{
            field.name: SmallNetwork.from_arrays({
                name.removeprefix(f"{field.name}."): array
                for name, array in arrays.items()
                if name.startswith(f"{field.name}.")
            })
            for field in fields(ArtifactNetworks)
        })
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError(
            "FSC137",
            f"Expected the weights that find artefacts, got none ({type(error).__name__}).",
            "Install the package again: a file of it is missing or damaged.",
        ) from error
