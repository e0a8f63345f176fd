"""Which participants are animals; when it is not certain, they count as people."""

from __future__ import annotations

# Genera that neuroscience records from. A species outside this list counts as human until it is
# added here: a person must never pass as an animal because of a typing error.
_GENERA = frozenset(  # a text, since eighty quoted words would take a page
    """
    acheta ambystoma anolis aotus aplysia apis astatotilapia bombus bos caenorhabditis
    callithrix canis capra carassius carollia cavia cebus chinchilla chlorocebus columba corvus
    coturnix cynops danionella danio doryteuthis drosophila eptesicus equus eulemur felis
    gallus gasterosteus gryllus hirudo homarus lampetra leucoraja locusta macaca manduca
    meriones mesocricetus microcebus microtus monodelphis mus mustela nothobranchius octopus
    oncorhynchus oryctolagus oryzias ovis pan papio periplaneta peromyscus petromyzon phodopus
    phyllostomus poecilia rana rattus rousettus saguinus saimiri sapajus schistocerca sepia
    setonix sus taeniopygia tetraodon trachemys tupaia tursiops tyto xenopus zonotrichia
    """.split()  # noqa: SIM905
)
_COMMON_NAMES = frozenset(
    {"mouse", "mice", "rat", "rats", "monkey", "macaque", "marmoset", "zebrafish", "cat",
     "dog", "ferret", "pig", "sheep", "rabbit"}
)  # fmt: skip


def is_animal(species: str) -> bool:
    """Tell whether a species is certainly not human.

    Parameters
    ----------
    species : str
        Binomial name, or the common name of a usual laboratory animal.

    Returns
    -------
    bool
        False when in doubt.

    Examples
    --------
    >>> is_animal("Mus musculus"), is_animal("Homo sapiens"), is_animal("n/a"), is_animal("")
    (True, False, False, False)
    """
    words = species.casefold().replace("_", " ").split()
    if len(words) == 1:
        return words[0] in _COMMON_NAMES
    return len(words) in {2, 3} and words[0] in _GENERA
