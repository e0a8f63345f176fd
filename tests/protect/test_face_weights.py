"""The weights are files of an installed package; without them the error says what to install."""

import sys

import pytest

from fascicle.errors import DependencyError
from fascicle.protect._face_weights import find_weights, require_dlib


def test_weights_are_files_and_the_package_is_not_imported() -> None:
    pytest.importorskip("dlib")

    path = find_weights("mmod_human_face_detector")

    with open(path, "rb") as stream:  # noqa: PTH123 - as dlib opens it, by its name
        assert len(stream.read(100)) == 100
    assert "face_recognition_models" not in sys.modules


def test_without_the_weights_or_the_library_the_remedy_is_told(monkeypatch) -> None:
    with pytest.raises(DependencyError, match=r"FSC804.*pip install"):
        find_weights("no_such_network")
    monkeypatch.setattr("fascicle.protect._face_weights.find_spec", lambda name: None)
    with pytest.raises(DependencyError, match="FSC804"):
        find_weights("mmod_human_face_detector")
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(DependencyError, match="FSC804"):
        require_dlib()
