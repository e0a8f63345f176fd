"""What columns of cells mean: which leave, under which name, and which point to people.

A column is known by its name alone, folded to small letters and digits. What has no known meaning
stays behind, whatever it holds: a free column may hold anything of anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fascicle.core import Identifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_WORDS = 5000
"""A column with more different words than this names single cells, not kinds of them."""

_SPOKEN = {
    "cell_type": "celltype celltypes celltypelabel celltypename cellontologyclass annotation "
    "annotations celllabel predictedcelltype strlabels celltypelabels authorcelltype",
    "cell_class": "class classlabel cellclass majorclass broadcelltype celltypemajor",
    "cell_subclass": "subclass subclasslabel cellsubclass celltypeminor",
    "cluster": "cluster clusters clusterid clustername clusterlabel leiden louvain labels label "
    "seuratclusters phenograph supertype supercluster",
    "tissue": "tissue organ sampletissue tissuename",
    "tissue_type": "tissuetype",
    "region": "region brainregion brainarea regionlabel dissection regionofinterest structure "
    "anatomicalregion roi",
    "layer": "layer corticallayer layerlabel spatialdomain domain layerguess",
    "assay": "assay technology platform method chemistry librarymethod",
    "disease": "disease diagnosis condition diseasestate",
    "sex": "sex gender donorsex",
    "development_stage": "developmentstage devstage stage",
    "organism": "organism species",
    "suspension_type": "suspensiontype suspension",
    "phase": "phase cellcycle cellcyclephase",
    "cell_type_ontology_term_id": "celltypeontologytermid",
    "tissue_ontology_term_id": "tissueontologytermid",
    "assay_ontology_term_id": "assayontologytermid",
    "disease_ontology_term_id": "diseaseontologytermid",
    "sex_ontology_term_id": "sexontologytermid",
    "development_stage_ontology_term_id": "developmentstageontologytermid",
    "organism_ontology_term_id": "organismontologytermid",
}
"""Columns of words; the words themselves are released one by one."""

_COUNTED = {
    "donor_id": "donor donorid donorname patient patientid patientname subject subjectid "
    "individual individualid participant participantid mouse mouseid animal animalid person "
    "personid case caseid monkey",
    "sample_id": "sample sampleid samplename origident specimen specimenid biosample slide section",
    "batch": "batch batchid library libraryid lane run channel gemgroup plate fov",
}
"""Columns whose words point to people, days or samples: they leave as d1, s1, b1."""

_NUMBERS = {
    "n_counts": "ncounts ncount ncountrna ncountspatial totalcounts numi numis umis sumcounts",
    "n_genes": "ngenes ngene nfeature nfeaturerna nfeaturespatial ngenesbycounts genesdetected",
    "pct_counts_mt": "pctcountsmt pctcountsmito percentmt percentmito percentmitochondrial",
    "pct_counts_ribo": "pctcountsribo percentribo",
    "total_counts_mt": "totalcountsmt",
    "log1p_total_counts": "log1ptotalcounts",
    "log1p_n_genes_by_counts": "log1pngenesbycounts",
    "doublet_score": "doubletscore doubletscores scrubletscore",
    "predicted_doublet": "predicteddoublet predicteddoublets isdoublet",
    "s_score": "sscore",
    "g2m_score": "g2mscore",
    "size_factor": "sizefactor sizefactors",
    "cell_area": "area cellarea",
    "cell_volume": "volume cellvolume",
    "x_coord": "xcoord x xcentroid centerx xposition spatialx globalx",
    "y_coord": "ycoord y ycentroid centery yposition spatialy globaly",
    "z_coord": "zcoord z zcentroid centerz zposition",
    "array_row": "arrayrow",
    "array_col": "arraycol arraycolumn",
    "in_tissue": "intissue",
    "pseudotime": "pseudotime dptpseudotime latenttime velocitypseudotime",
    "is_primary_data": "isprimarydata",
}
"""Columns of numbers, and of yes and no."""

_PEOPLE = {
    "name": "name firstname lastname surname fullname",
    "operator": "operator experimenter technician preparedby analyst",
    "institution": "institution hospital clinic lab site center centre",
    "contact": "email contact",
    "date": "date collectiondate dateofcollection librarydate sequencingdate processingdate",
    "birthdate": "birthdate dateofbirth dob",
    "serial": "serial serialnumber",
    "place": "place city address",
    "path": "path file filename folder",
    "id": "mrn hospitalnumber casenumber",
}
"""Columns that stay behind and whose words are searched for."""


def _by_alias(table: dict[str, str]) -> dict[str, str]:
    """Return the meaning of each folded name."""
    return {alias: name for name, aliases in table.items() for alias in aliases.split()}


_SPOKEN_BY, _COUNTED_BY = _by_alias(_SPOKEN), _by_alias(_COUNTED)
_NUMBERS_BY, _PEOPLE_BY = _by_alias(_NUMBERS), _by_alias(_PEOPLE)
_FOLD = re.compile(r"[^a-z0-9]+")
_SECOND = re.compile(r"_\d$")
_BARCODE = re.compile(r"[ACGTN]{6,40}(?:[-.]\d{1,3})?")
_INSIDE = re.compile(r"(?<![A-Za-z])[ACGTN]{10,40}(?![A-Za-z])")
_NUMBER = re.compile(r"\d{1,7}")
_MAX_PEOPLE_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """What is said of every cell.

    Attributes
    ----------
    name : str
        The name under which it is written.
    values : ndarray, shape (n_cells,)
        Numbers; or for words, the place of each in `words`, -1 where there is none.
    words : tuple of str
        As they stand in the file.
    is_spoken : bool
        True if its words may leave, those that are known.
    """

    name: str
    values: NDArray[Any]
    words: tuple[str, ...] = ()
    is_spoken: bool = False


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of a file: numbers, or codes with their words."""

    name: str
    values: NDArray[Any]
    words: tuple[str, ...] | None = None


def is_of_use(name: str) -> bool:
    """Tell whether a column has a known meaning, so that it is worth reading.

    Examples
    --------
    >>> is_of_use("Cell Type"), is_of_use("remarks")
    (True, False)
    """
    folded = fold(name)
    return any(folded in k for k in (_SPOKEN_BY, _COUNTED_BY, _NUMBERS_BY, _PEOPLE_BY))


def fold(name: str) -> str:
    """Return a name in small letters and digits alone, without the number of a second column."""
    return _FOLD.sub("", _SECOND.sub("", name.casefold()))


def choose_columns(
    raw: Iterable[RawColumn],
) -> tuple[tuple[Column, ...], tuple[str, ...], tuple[Identifier, ...]]:
    """Return the columns that leave, the names of the others, and what points to people.

    Two columns of one meaning are parted by a number: ``cluster``, ``cluster_2``.
    """
    columns: list[Column] = []
    left_out: list[str] = []
    found: dict[Identifier, None] = {}
    taken: dict[str, int] = {}
    for entry in raw:
        meant = _mean(entry)
        found |= dict.fromkeys(_find_people(entry))
        if meant is None or (meant.name == "is_primary_data" and meant.values.dtype != bool):
            left_out.append(entry.name)
            continue
        taken[meant.name] = taken.get(meant.name, 0) + 1
        n = taken[meant.name]
        name = meant.name if n == 1 else f"{meant.name}_{n}"
        columns.append(Column(name, meant.values, meant.words, meant.is_spoken))
    return tuple(columns), tuple(left_out), tuple(found)


def _mean(entry: RawColumn) -> Column | None:
    """Return a column as it leaves, or None."""
    folded = fold(entry.name)
    if folded in _NUMBERS_BY:
        if entry.words is not None or entry.values.dtype.kind not in "iufb":
            return None
        return Column(_NUMBERS_BY[folded], entry.values)
    is_spoken = folded in _SPOKEN_BY
    if not is_spoken and folded not in _COUNTED_BY:
        return None
    codes, words = as_words(entry)
    if not words or len(words) > MAX_WORDS:
        return None
    name = _SPOKEN_BY[folded] if is_spoken else _COUNTED_BY[folded]
    return Column(name, codes, words, is_spoken)


def texts_of(values: Any) -> list[str]:  # noqa: ANN401 - whatever h5py returns
    """Return stored values as texts, one or many."""
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in np.atleast_1d(np.asarray(values)).ravel().tolist()
    ]


def as_raw_column(name: str, values: Any) -> RawColumn:  # noqa: ANN401
    """Return texts as places in a sorted list of words, numbers as they are.

    Examples
    --------
    >>> column = as_raw_column("cluster", [b"b", b"a", b"b"])
    >>> column.values.tolist(), column.words
    ([1, 0, 1], ('a', 'b'))
    """
    array = np.asarray(values)
    if array.dtype.kind not in "OSU":
        return RawColumn(name, array)
    texts = texts_of(array)
    words = sorted(set(texts))
    places = {word: place for place, word in enumerate(words)}
    codes = np.fromiter((places[text] for text in texts), np.int64, len(texts))
    return RawColumn(name, codes, tuple(words))


def as_words(entry: RawColumn) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return places and words of a column; whole numbers are words, too."""
    if entry.words is not None:
        codes = entry.values.astype(np.int64)
        codes[(codes < 0) | (codes >= len(entry.words))] = -1
        return codes, entry.words
    if entry.values.dtype.kind not in "iub":
        return np.zeros(0, np.int64), ()
    values, codes = np.unique(entry.values.astype(np.int64), return_inverse=True)
    return codes.astype(np.int64), tuple(str(value) for value in values.tolist())


def count_words(column: Column) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return a column whose words point to people as numbers in the order of the cells.

    Examples
    --------
    >>> count_words(Column("donor_id", np.array([1, 0, -1, 1]), ("Meier", "Roth")))[1]
    ('d1', 'd2')
    """
    letter = column.name[0]
    codes, firsts = np.unique(column.values, return_index=True)
    firsts, codes = firsts[codes >= 0], codes[codes >= 0]
    table = np.full(len(column.words) + 1, -1, np.int64)  # the last one is where -1 leads
    table[codes[np.argsort(firsts)]] = np.arange(len(codes))
    return table[column.values], tuple(f"{letter}{i + 1}" for i in range(len(codes)))


def used_words(column: Column) -> tuple[str, ...]:
    """Return the words that some cell has: a table that was cut may list others, too.

    Examples
    --------
    >>> used_words(Column("sex", np.array([1, -1, 1]), ("female", "male")))
    ('male',)
    """
    codes = np.unique(column.values)
    return tuple(column.words[code] for code in codes[codes >= 0].tolist())


def name_cells(names: Sequence[str]) -> list[str]:
    """Return names of cells that tell of nobody.

    Barcodes are random, and numbers count: they stay where every cell has one. Of a name with a
    barcode in it (``patient_AAACCTGAGT-1``) the barcode stays, with a number for what stood
    around it; of others a number alone.

    Examples
    --------
    >>> name_cells(["AAACCTGA-1", "AAACCTGC-1"]), name_cells(["Roth-1", "Roth-2"])
    (['AAACCTGA-1', 'AAACCTGC-1'], ['cell1', 'cell2'])
    >>> name_cells(["Roth_AAACCTGAGT-1", "Vok_AAACCTGAGT-1"])
    ['AAACCTGAGT-1', 'AAACCTGAGT-2']
    """
    if all(map(_BARCODE.fullmatch, names)) or all(map(_NUMBER.fullmatch, names)):
        return list(names)
    inside = [_INSIDE.search(name) for name in names]
    if not all(inside):
        return [f"cell{i + 1}" for i in range(len(names))]
    groups: dict[tuple[str, str], int] = {}
    plain = []
    for name, match in zip(names, inside, strict=True):
        assert match is not None  # noqa: S101 - all of them are, see above
        around = name[: match.start()], name[match.end() :]
        plain.append(f"{match[0]}-{groups.setdefault(around, len(groups) + 1)}")
    return plain


def _find_people(entry: RawColumn) -> Iterable[Identifier]:
    """Yield the words of columns that point to people, places and days."""
    folded = fold(entry.name)
    kind = _PEOPLE_BY.get(folded, "")
    is_counted = _COUNTED_BY.get(folded) in {"sample_id", "batch"}
    if not kind and not is_counted:
        return
    for word in as_words(entry)[1][:_MAX_PEOPLE_WORDS]:
        text = word.strip()
        # A sample may be called cortex; with a number in it, it is somebody's.
        is_code = len(text) >= 5 and any(c.isdigit() for c in text)
        if len(text) > 2 and (kind or is_code):
            yield Identifier(kind or "id", text, "table of cells: column")
