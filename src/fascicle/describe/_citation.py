"""How to cite a dataset: a sentence, BibTeX, and a CITATION.cff."""

from __future__ import annotations

from datetime import date

from fascicle.core import Dataset

_BIBTEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def format_citation(dataset: Dataset, *, published: date | None = None, doi: str = "") -> str:
    """Write the sentence that cites a dataset, in the order that DataCite recommends.

    Parameters
    ----------
    dataset : Dataset
        What to cite.
    published : date or None
        Day of publication; None writes "unpublished".
    doi : str
        Its DOI, bare (``10.…``); empty writes the dataset's own id.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> data = Dataset("ds-1", "Rest", authors=("Curie, Marie", "Noether, Emmy"))
    >>> format_citation(data, published=date(2026, 5, 4))
    'Curie, Marie; Noether, Emmy (2026). Rest (version 1) [Data set]. ds-1'
    """
    authors = "; ".join(dataset.authors) or "Authors not stated"
    year = str(published.year) if published else "unpublished"
    where = f"https://doi.org/{doi}" if doi else dataset.id
    return f"{authors} ({year}). {dataset.name} (version {dataset.version}) [Data set]. {where}"


def make_bibtex(dataset: Dataset, *, published: date | None = None, doi: str = "") -> str:
    r"""Write the BibTeX entry of a dataset.

    Parameters
    ----------
    dataset : Dataset
        What to cite.
    published : date or None
        Day of publication; None leaves the year out.
    doi : str
        Its DOI, bare; empty gives the dataset's own id as a note.

    Returns
    -------
    str
        An entry of the kind ``@misc``.

    Examples
    --------
    >>> print(make_bibtex(Dataset("ds-1", "Rest & task", authors=("Curie, Marie",))))
    @misc{ds-1,
      author = {Curie, Marie},
      title = {{Rest \& task}},
      version = {1},
      note = {Data set ds-1}
    }
    """
    fields = {"author": " and ".join(_escape(name) for name in dataset.authors)}
    fields["title"] = f"{{{_escape(dataset.name)}}}"
    fields["year"] = str(published.year) if published else ""
    fields["version"] = _escape(dataset.version)
    fields["doi"] = doi
    fields["note"] = "Data set" if doi else f"Data set {dataset.id}"
    body = ",\n".join(f"  {key} = {{{value}}}" for key, value in fields.items() if value)
    return f"@misc{{{dataset.id},\n{body}\n}}"


def _escape(text: str) -> str:
    return "".join(_BIBTEX_SPECIAL.get(letter, letter) for letter in text)
