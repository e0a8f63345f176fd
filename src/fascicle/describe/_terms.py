"""Terms for modalities and species: a small table that needs no network.

Species carry identifiers of the NCBI Taxonomy, modalities those of MeSH, or of openMINDS where MeSH
has none of that meaning. Where neither has one, the nearest broader term stands; a comment says so.
"""

from __future__ import annotations

from fascicle.core import PREFIXES, Term

MODALITY_TERMS: dict[str, Term] = {
    "eeg": Term("Electroencephalography", "mesh:D004569", ("eeg",)),
    "meg": Term("Magnetoencephalography", "mesh:D015225", ("meg",)),
    # The broader term on purpose: MeSH's own for the cortex's surface leaves depth electrodes out.
    "ieeg": Term(
        "Intracranial electroencephalography",
        "mesh:D004569",
        ("ieeg", "ecog", "seeg", "stereo-eeg", "electrocorticography"),
    ),
    "nirs": Term(
        "Functional near-infrared spectroscopy", "mesh:D019265", ("nirs", "fnirs", "near-infrared")
    ),
    "anat": Term(
        "Structural magnetic resonance imaging",
        "openminds:technique/structuralMagneticResonanceImaging",
        ("anat", "smri", "structural mri", "anatomical mri"),
    ),
    "func": Term(
        "Functional magnetic resonance imaging",
        "openminds:technique/functionalMagneticResonanceImaging",
        ("func", "fmri", "functional mri", "bold"),
    ),
    "dwi": Term(
        "Diffusion magnetic resonance imaging",
        "mesh:D038524",
        ("dwi", "diffusion mri", "diffusion weighted imaging", "diffusion-weighted imaging"),
    ),
    # The term is that of MRI: those of perfusion leave one way of measuring it out or add others.
    "perf": Term(
        "Perfusion magnetic resonance imaging",
        "mesh:D008279",
        ("perf", "asl", "perfusion mri", "arterial spin labelling", "arterial spin labeling"),
    ),
    # The term is that of MRI: neither list has one for maps of the field.
    "fmap": Term(
        "Magnetic resonance field mapping", "mesh:D008279", ("fmap", "field map", "fieldmap")
    ),
    "pet": Term("Positron emission tomography", "mesh:D049268", ("pet", "pet scan")),
    "ecephys": Term(
        "Extracellular electrophysiology",
        "openminds:technique/extracellularElectrophysiology",
        ("ecephys", "extracellular ephys", "extracellular recording"),
    ),
    "icephys": Term(
        "Intracellular electrophysiology",
        "openminds:technique/intracellularElectrophysiology",
        ("icephys", "intracellular ephys", "intracellular recording"),
    ),
    # Broader on purpose: the terms for calcium imaging leave voltage and transmitters out.
    "ophys": Term(
        "Optical physiology", "mesh:D061848", ("ophys", "optical imaging", "optophysiology")
    ),
    "beh": Term(
        "Behaviour",
        "openminds:experimentalApproach/behavior",
        ("beh", "behavior", "behavioural recording"),
    ),
    "micr": Term("Microscopy", "mesh:D008853", ("micr", "micrograph")),
    "omics": Term("Single-cell analysis", "mesh:D059010", ("omics", "single-cell omics")),
}
"""Terms by BIDS datatype."""

SPECIES_TERMS: tuple[Term, ...] = (
    Term("Homo sapiens", "NCBITaxon:9606", ("human", "humans")),
    Term("Mus musculus", "NCBITaxon:10090", ("mouse", "mice", "house mouse")),
    Term("Rattus norvegicus", "NCBITaxon:10116", ("rat", "rats", "norway rat", "brown rat")),
    Term("Macaca mulatta", "NCBITaxon:9544", ("rhesus", "rhesus macaque", "rhesus monkey")),
    Term("Macaca fascicularis", "NCBITaxon:9541", ("cynomolgus", "crab-eating macaque")),
    Term("Callithrix jacchus", "NCBITaxon:9483", ("marmoset", "common marmoset")),
    Term("Pan troglodytes", "NCBITaxon:9598", ("chimpanzee",)),
    Term("Felis catus", "NCBITaxon:9685", ("cat",)),
    Term("Canis lupus familiaris", "NCBITaxon:9615", ("dog", "canis familiaris")),
    Term("Sus scrofa", "NCBITaxon:9823", ("pig", "minipig", "swine")),
    Term("Ovis aries", "NCBITaxon:9940", ("sheep",)),
    Term("Oryctolagus cuniculus", "NCBITaxon:9986", ("rabbit",)),
    Term("Mustela putorius furo", "NCBITaxon:9669", ("ferret",)),
    Term("Cavia porcellus", "NCBITaxon:10141", ("guinea pig",)),
    Term("Gallus gallus", "NCBITaxon:9031", ("chicken", "chick")),
    Term("Taeniopygia guttata", "NCBITaxon:59729", ("zebra finch",)),
    Term("Danio rerio", "NCBITaxon:7955", ("zebrafish",)),
    Term("Xenopus laevis", "NCBITaxon:8355", ("african clawed frog",)),
    Term("Drosophila melanogaster", "NCBITaxon:7227", ("fruit fly", "drosophila")),
    Term("Caenorhabditis elegans", "NCBITaxon:6239", ("c. elegans",)),
)
"""Species that neural recordings are commonly made of."""


def find_species(word: str) -> Term:
    """Return the term for a species' name, common name or identifier.

    Parameters
    ----------
    word : str
        As written in a participants table.

    Returns
    -------
    Term
        With an empty identifier where the table does not know the species.

    Examples
    --------
    >>> find_species("rhesus macaque").curie
    'NCBITaxon:9544'
    >>> find_species("Aplysia californica")
    Term(label='Aplysia californica', curie='', synonyms=())
    """
    for term in SPECIES_TERMS:
        if term.matches(word):
            return term
    return Term(" ".join(word.split()).capitalize())


def find_modality(word: str) -> Term:
    """Return the term for a BIDS datatype or another word for a modality.

    Examples
    --------
    >>> find_modality("ecog").label
    'Intracranial electroencephalography'
    """
    for name, term in MODALITY_TERMS.items():
        if name == word.casefold() or term.matches(word):
            return term
    return Term(word)


def expand(curie: str) -> str:
    """Write an identifier out as the address that it stands for; empty stays empty.

    Examples
    --------
    >>> expand("NCBITaxon:9606")
    'http://purl.obolibrary.org/obo/NCBITaxon_9606'
    """
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else ""
