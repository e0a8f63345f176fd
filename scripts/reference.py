"""Write the reference pages that are made from the code, so that they cannot drift from it.

``docs/reference/cli.md`` from the help of the commands, ``formats.md`` and ``limits.inc`` from the
registry of formats, ``real-files.md`` from the last benchmark on real recordings.
``tests/test_docs.py`` fails if a page differs from what this writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from fascicle.cli import app
from fascicle.core import Family, Format, Modality
from fascicle.formats import registry
from fascicle.protect import limits
from real_modalities import render_real_modalities
from real_recordings import render_real_files

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTICE = "<!-- Made by scripts/reference.py; do not edit. -->\n"
WIDTH = 88
NOWHERE = "Nowhere seen:"

# Formats that stay what they are; all others are written in the common format of their modality.
KEPT = {"bdf", "brainvision", "edf", "fif", "nwb", "snirf"}
KEPT_IN_BIDS = {"eeglab"}
WRITTEN_BESIDE = {
    "AnnData (.h5ad)": "h5ad",
    "NIfTI (.nii.gz)": "nifti",
    "OME-TIFF": "ome-tiff",
    "OME-Zarr": "ome-zarr",
    "Video (MP4, QuickTime, AVI)": "video",
}
REFUSED = {"igor-packed", "nicolet-e", "rdata"}
"""Recognised so that a finding says what to do; no free reader opens them."""
COMMON = {
    Modality.EEG: "BrainVision",
    Modality.IEEG: "BrainVision",
    Modality.MEG: "FIF",
    Modality.NIRS: "SNIRF",
}
COMMON_OF_FAMILY = {
    Family.VOLUME: "NIfTI",
    Family.NEURODATA: "NWB",
    Family.MICROGRAPH: "OME-TIFF or OME-Zarr",
    Family.CELLS: "AnnData",
}


def render_cli() -> str:
    """Return the page of all commands: what ``--help`` prints, command by command."""
    parts = [
        NOTICE,
        "# The command line\n",
        "Every command but `completion` takes `--json` for machines. [Exit codes](exit-codes.md)\n"
        "have a page of their own. Shell completion: `fascicle completion bash` prints a script\n"
        "to source.\n",
    ]
    for path, command in walk(app, ("fascicle",)):
        info_name = " ".join(path)
        settings = {"terminal_width": WIDTH, **app.context_settings}
        with click.Context(command, info_name=info_name, **settings) as context:
            text = command.get_help(context)
        parts.append(f"## {info_name}\n\n```text\n{tidy(text)}\n```\n")
    return "\n".join(parts)


def walk(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and all below it, in the order of their group."""
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from walk(command.commands[name], (*path, name))


def tidy(text: str) -> str:
    """Drop spaces at line ends."""
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip("\n")


def render_formats() -> str:
    """Return the page of formats, one row for each plug-in of the registry."""
    lines = [
        NOTICE,
        "# Formats\n",
        "Files are recognised by content, never by name alone. *Tested on* says whether real\n"
        "files of that format went through Fascicle, or only generated ones made after its\n"
        "published specification. *In a process of its own*: the reader can crash the\n"
        "interpreter on a broken file, and is run apart.\n",
        "| format | name | kind | written as | tested on | needs | in a process of its own |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += sorted(row_of(plugin) for plugin in registry().values())
    lines += [
        "",
        "Samples are copied bit by bit where the format stays the same, and decoded and written",
        "anew where it changes. A format that *needs* an extra is installed with it, as",
        "`pip install 'fascicle[vendors]'` (or all of them: `fascicle[all]`); without it the file",
        "is recognised, reported, left out.",
    ]
    return "\n".join(lines) + "\n"


def row_of(plugin: Format) -> str:
    """Return the table row of one format."""
    kinds = ", ".join(modality.value for modality in plugin.modalities)
    tested = {"real": "real files", "generated": "generated files only"}[plugin.proven_on]
    needs = f"`{plugin.requires}`" if plugin.requires else ""
    apart = "yes" if plugin.isolated else ""
    cells = (plugin.title, f"`{plugin.name}`", kinds, written_as(plugin), tested, needs, apart)
    return "| " + " | ".join(cells) + " |"


def written_as(plugin: Format) -> str:
    """Say in which format recordings of this one are written."""
    if plugin.name in KEPT:
        return "itself"
    if plugin.name in REFUSED:
        return "refused, with what to do"
    kinds = (COMMON.get(m) or COMMON_OF_FAMILY[m.family] for m in plugin.modalities)
    common = ", ".join(dict.fromkeys(kinds))
    return f"{common}; itself in a BIDS folder" if plugin.name in KEPT_IN_BIDS else common


def render_limits() -> str:
    """Return the table of what cannot be detected, one row for each format that is written."""
    written = [plugin for name, plugin in sorted(registry().items()) if name in KEPT | KEPT_IN_BIDS]
    titles = {plugin.title: plugin.name for plugin in written} | WRITTEN_BESIDE
    told = {title: limits(titles[title]).partition(NOWHERE) for title in sorted(titles)}
    lines = [NOTICE, "| in files of the format | what the proof sees, and what it does not |"]
    lines += [
        "|---|---|",
        *(f"| {title} | {of_it.strip()} |" for title, (of_it, *_) in told.items()),
    ]
    # What no format lets a program see is the same sentence in each.
    nowhere = sorted({rest.strip() for *_, rest in told.values() if rest})
    lines += [f"\nIn no format can be seen: {rest}" for rest in nowhere]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": render_cli,
    "formats.md": render_formats,
    "limits.inc": render_limits,
    "real-files.md": render_real_files,
    "real-modalities.md": render_real_modalities,
}


def main() -> int:
    """Write all pages."""
    for name, render in PAGES.items():
        (REFERENCE / name).write_text(render(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
