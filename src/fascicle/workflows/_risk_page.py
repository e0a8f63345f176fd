"""The page on a risk: where it may lie, and what it is called."""

from __future__ import annotations

from pathlib import Path

from fascicle import __version__
from fascicle.describe import describe_dataset
from fascicle.errors import InputError
from fascicle.jobs import translate_os_error
from fascicle.protect import MIN_LINKED, MIN_TOLD
from fascicle.report import RiskFound, RiskStory, write_risk_report

_NO_NAME = "A table of participants"
"""The name of a file may be that of a person, and the page is passed on."""


def require_page(source: Path, page: Path | str | None) -> Path | None:
    """Return where a page is to lie; None if none is wanted.

    Raises
    ------
    InputError
        FSC189 if it is no HTML file, or lies in the dataset, which nobody would prove anew.
    """
    if page is None:
        return None
    place = Path(page).absolute()
    is_page = place.suffix.lower() in {".html", ".htm"} and not place.is_dir()
    is_inside = source.is_dir() and place.resolve().is_relative_to(source.resolve())
    if not is_page or is_inside:
        raise InputError(
            "FSC189",
            "Expected an HTML file outside the dataset for the report, got "
            f"{'one inside it' if is_page else 'another name'}.",
            "Name one beside the dataset: --report risk.html.",
        )
    return place


def write_page(place: Path, source: Path, found: RiskFound) -> None:
    """Write what was found on a page, under the name that the dataset gives itself.

    Raises
    ------
    JobError
        FSC705 or FSC707 if it cannot be written.
    """
    is_dataset = (source / "dataset_description.json").is_file()
    about = describe_dataset(source) if is_dataset else None
    story = RiskStory(
        name=about.name if about else _NO_NAME,
        found=found,
        dataset_id=about.id if about else "",
        min_linked=MIN_LINKED,
        min_told=MIN_TOLD,
        made_with={"Fascicle": __version__},
    )
    try:
        write_risk_report(place, story)
    except OSError as error:
        raise translate_os_error(error) from error
