"""How to cite a dataset: a sentence, BibTeX, and a CITATION.cff."""

from __future__ import annotations

import json
import re
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


def make_cff(dataset: Dataset, *, published: date | None = None, doi: str = "") -> str:
    """Write the dataset's ``CITATION.cff`` (Citation File Format 1.2.0).

    Parameters
    ----------
    dataset : Dataset
        What to cite.
    published : date or None
        Day of publication; None leaves it out.
    doi : str
        Its DOI, bare; empty leaves it out.

    Returns
    -------
    str
        YAML whose values are quoted as JSON, which is YAML too, so that no name can break it.

    Examples
    --------
    >>> print(make_cff(Dataset("ds-1", "Rest", authors=("Curie, Marie",))).splitlines()[2])
    type: dataset
    """
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use this dataset, please cite it as below."',
        "type: dataset",
        f"title: {_quote(dataset.name)}",
        f"version: {_quote(dataset.version)}",
    ]
    # The format asks for at least one author; BIDS forbids the same facts in two places only
    # when they differ, so the names are those of dataset_description.json.
    lines.append("authors:")
    for name in dataset.authors or ("Authors not stated",):
        lines.extend(_author_lines(name, is_known=bool(dataset.authors)))
    lines += [f"abstract: {_quote(dataset.description)}"] if dataset.description else []
    lines += ["keywords:", *(f"  - {_quote(w)}" for w in dataset.keywords)] * bool(dataset.keywords)
    if re.fullmatch(r"[A-Za-z0-9.+-]+", dataset.licence) and dataset.licence not in {"n/a"}:
        lines.append(
            f"license: {_quote('CC0-1.0' if dataset.licence == 'CC0' else dataset.licence)}"
        )
    lines += [f"date-released: {_quote(published.isoformat())}"] if published else []
    lines += [f"doi: {_quote(doi)}"] if doi else []
    return "\n".join(lines) + "\n"


def _author_lines(name: str, *, is_known: bool) -> list[str]:
    """Family and given name where the name says which is which; else the whole as it stands."""
    if not is_known:
        return [f"  - name: {_quote(name)}"]
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma:
        given, _, family = name.strip().rpartition(" ")
    if not (family and given):
        return [f"  - name: {_quote(name)}"]
    return [f"  - family-names: {_quote(family)}", f"    given-names: {_quote(given)}"]


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escape(text: str) -> str:
    return "".join(_BIBTEX_SPECIAL.get(letter, letter) for letter in text)
