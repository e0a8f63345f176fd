"""Words and sentences that Fascicle itself writes: reports, READMEs, descriptions.

Somebody may be called Page or White, and each report says *page*. In what the product wrote itself
such a word is no sign of a person; in tables, labels and headers it is one like any other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from ._contents import Field
from ._own_words import is_own_word
from ._words import fold_word, is_technical

_OWN_FILES = frozenset({"README.md", "dataset.jsonld", "report.html"})
_OWN_FOLDERS = ("derivatives/fascicle-quality/", "derivatives/fascicle-annotate/")

_ROOMS = ("describe", "formats", "govern", "prepare", "protect", "quality", "report", "workflows")
_LISTS = frozenset({
    "describe/_regions.py",
    "formats/_cell_columns.py",
    "formats/_micr_kinds.py",
    "formats/_nwb_words.py",
    "formats/_tracers.py",
    "formats/_volume_words.py",
    "prepare/_columns.py",
    "prepare/_words.py",
    "protect/_compounds.py",
    "protect/_gene_names.py",
    "protect/_imaging_fields.py",
    "protect/_labels.py",
    "protect/_metadata.py",
    "protect/_words.py",
    "workflows/_demo.py",
})
"""Modules whose texts are lists of words, or an invented lab, and nothing that is written."""

_WORD = re.compile(r"[^\W\d_]+")
_OWN_PATH = re.compile(
    r"(?:ses-[A-Za-z0-9]+/)?(?:[a-z]+/)?sub-[A-Za-z0-9]+(?:_[A-Za-z0-9]+-[A-Za-z0-9]+)*"
    r"(?:_[a-z]+\.[a-z]+)?"
)
"""A participant's label, or a path in our table of recordings; paths are read as paths."""

_ENTITY = re.compile(r"(?<![A-Za-z0-9])[a-z]+-([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class OwnProse:
    """What stands in the product's own texts.

    Attributes
    ----------
    words : frozenset of str
        Folded.
    texts : frozenset of str
        Whole, as they are written; of two words or more.
    """

    words: frozenset[str]
    texts: frozenset[str]


@cache
def own_prose() -> OwnProse:
    """Read the product's own texts from its source; none where it was installed without.

    Examples
    --------
    >>> {"page", "white"} <= own_prose().words, "meier" in own_prose().words
    (True, False)
    """
    texts = {text for room in _ROOMS for text in _texts_of(files(f"fascicle.{room}"), room)}
    words = {fold_word(word) for text in texts for word in _WORD.findall(text)}
    return OwnProse(
        frozenset(words), frozenset(text.strip() for text in texts if len(text.split()) > 1)
    )


def is_ordinary(value: str) -> bool:
    """Tell whether a name is a word that stands in the product's own texts.

    Examples
    --------
    >>> is_ordinary("Page"), is_ordinary("Anna Page"), is_ordinary("Meier")
    (True, False, False)
    """
    word = value.strip()
    return bool(_WORD.fullmatch(word)) and (
        is_own_word(word) or fold_word(word) in own_prose().words
    )


def is_own_file(path: str) -> bool:
    """Tell whether a file holds only sentences of ours and what stands in other files as well.

    Examples
    --------
    >>> is_own_file("report.html"), is_own_file("participants.tsv")
    (True, False)
    """
    return path in _OWN_FILES or path.startswith(_OWN_FOLDERS)


def needs_reader(path: str, text: str) -> bool:
    """Tell whether a person must read a text of a file: not if we wrote it, or copied it there.

    What stands in our measures and in the description for search engines stands in the tables,
    headers and the README as well, where it is read.

    Examples
    --------
    >>> needs_reader("derivatives/fascicle-quality/sub-1/eeg/x_channels.tsv", "Meier")
    False
    >>> needs_reader("participants.json", "Age at the recording."), needs_reader("README.md", "Hi")
    (False, True)
    """
    is_copy = path == "dataset.jsonld" or path.startswith(_OWN_FOLDERS)
    is_ours = text in own_prose().texts or text.lstrip("# ") in own_prose().texts
    is_path = bool(_OWN_PATH.fullmatch(text)) and not find_spoken_labels(text)
    return not (is_copy or is_ours or is_path or text == "n/a")


def foreign_words(text: Field, format_name: str = "") -> list[str]:
    """Return what of a text of a file may be somebody's: none of it if we wrote it.

    Ours are whole sentences of the source, keys and lines of a BrainVision header that are made of
    keywords, and of a path all but the labels.

    Examples
    --------
    >>> foreign_words(Field("key", "DataFormat", "key")), foreign_words(Field("cell", "White"))
    ([], ['White'])
    >>> foreign_words(Field("path", "sub-Page_channels.tsv", "name"))
    ['Page']
    """
    if text.role == "name" and not format_name:
        return [label for label in _ENTITY.findall(text.text) if label != "quality"]
    if text.text.strip() in own_prose().texts:
        return []
    is_header = text.role == "key" or (format_name == "brainvision" and text.role == "text")
    if is_header and all(is_ordinary(word) for word in _WORD.findall(text.text)):
        return []
    return [text.text]


def find_spoken_labels(part: str) -> list[str]:
    """Return the labels in a file's name that are words which nobody knows: somebody must look.

    Examples
    --------
    >>> find_spoken_labels("sub-001_task-rest_acq-Winterthur_eeg.edf")
    ['acq-Winterthur']
    """
    return [
        match[0]
        for match in _ENTITY.finditer(part)
        if match[1].isalpha() and not is_technical(match[1]) and match[1] != "quality"
    ]


def _texts_of(folder: Traversable, room: str) -> Iterator[str]:
    """Yield the texts in the modules and templates of a room."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from _texts_of(item, room)
        elif item.name.endswith((".j2", ".css")):
            yield item.read_text(encoding="utf-8")
        elif item.name.endswith(".py") and f"{room}/{item.name}" not in _LISTS:
            yield from _literals(ast.parse(item.read_text(encoding="utf-8")))


def _literals(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module without its docstrings, whose examples name invented people."""
    docstrings = set()
    for node in ast.walk(tree):  # parents come before their children
        if isinstance(node, ast.Expr):
            docstrings.add(id(node.value))
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and id(node) not in docstrings:
            yield value
