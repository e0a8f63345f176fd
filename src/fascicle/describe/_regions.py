"""Regions of the nervous system: a reviewed table of those that labs write most, with UBERON ids.

A word is a region only if all of it is a name or an abbreviation of the table: short words are
never matched in part. Abbreviations that two regions share (ACC, PFC of rodents) are left out.
"""

from __future__ import annotations

import re

from fascicle.core import Term

_ROWS = """
brain | 0000955 |
cerebral cortex | 0000956 | cortex
neocortex | 0001950 | isocortex
frontal cortex | 0001870 |
prefrontal cortex | 0000451 | pfc
dorsolateral prefrontal cortex | 0009834 | dlpfc
orbitofrontal cortex | 0004167 | ofc
temporal lobe | 0001871 |
parietal lobe | 0001872 |
occipital lobe | 0002021 |
primary motor cortex | 0001384 | m1; mop; area 4
premotor cortex | 0016634 | pmc
somatosensory cortex | 0008930 |
primary somatosensory cortex | 0008933 | s1; ssp
visual cortex | 0000411 | vis
primary visual cortex | 0002436 | v1; visp; striate cortex
secondary visual cortex | 0022232 | v2
middle temporal area | 0004685 | mt; v5
auditory cortex | 0001393 | aud
primary auditory cortex | 0034751 | a1; audp
anterior cingulate cortex | 0009835 |
posterior cingulate cortex | 0022353 | pcc
cingulate cortex | 0003027 |
insula | 0002022 | insular cortex
retrosplenial region | 0013531 | rsc; rsp; retrosplenial cortex
posterior parietal cortex | 0034889 | ppc
superior temporal gyrus | 0002769 | stg
inferior frontal gyrus | 0002998 | ifg
fusiform gyrus | 0002766 |
hippocampal formation | 0002421 | hippocampus; hpc; hpf
hippocampus proper | 0001954 | ammon's horn
CA1 field of hippocampus | 0003881 | ca1
CA2 field of hippocampus | 0003882 | ca2
CA3 field of hippocampus | 0003883 | ca3
dentate gyrus of hippocampal formation | 0001885 | dentate gyrus; dg
subiculum | 0002191 | sub
entorhinal cortex | 0002728 | ec; ent
medial entorhinal cortex | 0007224 | mec
lateral entorhinal cortex | 0007225 | lec
perirhinal cortex | 0006083 |
amygdala | 0001876 | amy
basolateral amygdaloid nuclear complex | 0006107 | bla; basolateral amygdala
central amygdaloid nucleus | 0002883 | cea; central amygdala
basal ganglion | 0002420 | basal ganglia
striatum | 0002435 |
dorsal striatum | 0005382 |
caudate nucleus | 0001873 | caudate
putamen | 0001874 |
nucleus accumbens | 0001882 | nac; nacc
globus pallidus | 0001875 | gp
subthalamic nucleus | 0001906 | stn
substantia nigra | 0002038 | sn
substantia nigra pars compacta | 0001965 | snc
ventral tegmental area | 0002691 | vta
dorsal plus ventral thalamus | 0001897 | thalamus
lateral geniculate body | 0001926 | lgn; lateral geniculate nucleus
dorsal lateral geniculate nucleus | 0002479 | dlgn; lgd
medial geniculate body | 0001927 | mgb
mediodorsal nucleus of thalamus | 0002739 |
hypothalamus | 0001898 |
suprachiasmatic nucleus | 0002034 | scn
arcuate nucleus of hypothalamus | 0001932 |
lateral hypothalamic area | 0002430 | lha; lateral hypothalamus
paraventricular nucleus of hypothalamus | 0001930 |
septal nuclear complex | 0002663 | septum
medial septal nucleus | 0001877 | medial septum
bed nucleus of stria terminalis | 0001880 | bnst
claustrum of brain | 0002023 | claustrum
habenula | 0001904 |
lateral habenular nucleus | 0001941 | lhb; lateral habenula
zona incerta | 0001907 |
olfactory bulb | 0002264 | ob
piriform cortex | 0004725 | pir
cerebellum | 0002037 |
cerebellar cortex | 0002129 |
brainstem | 0002298 | brain stem
midbrain | 0001891 |
pons | 0000988 |
medulla oblongata | 0001896 | medulla
superior colliculus | 0001945 | optic tectum
inferior colliculus | 0001946 |
periaqueductal gray | 0003040 | pag; periaqueductal grey
red nucleus | 0001947 |
pedunculopontine tegmental nucleus | 0002142 | ppn
locus ceruleus | 0002148 | locus coeruleus
dorsal raphe nucleus | 0002043 | drn; dorsal raphe
cochlear nuclear complex | 0002610 | cochlear nucleus
nucleus of solitary tract | 0009050 | nts
spinal cord | 0002240 |
dorsal root ganglion | 0000044 | drg
retina | 0000966 |
corpus callosum | 0002336 |
mushroom body | 0001058 |
"""

_SIDES = re.compile(r"^(?:left|right|l|r)[ ._-]+|[ ._-]+(?:left|right)$")


def _parse(row: str) -> Term:
    label, number, words = (part.strip() for part in row.split("|"))
    synonyms = tuple(word.strip() for word in words.split(";") if word.strip())
    return Term(label, f"UBERON:{number}", synonyms)


REGION_TERMS = tuple(_parse(row) for row in _ROWS.strip().splitlines())
"""Regions with their UBERON identifiers and the words that labs write for them."""


def find_region(text: str) -> Term | None:
    """Return the region that a text names as a whole; None if it names none of the table.

    The side is not part of the name: UBERON's terms have none.

    Examples
    --------
    >>> find_region("left CA1").curie
    'UBERON:0003881'
    >>> find_region("CA1 of Anna") is None
    True
    """
    plain = _SIDES.sub("", " ".join(text.casefold().replace("_", " ").split()))
    return next((term for term in REGION_TERMS if term.matches(plain)), None)
