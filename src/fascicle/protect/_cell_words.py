"""Words of tables of cells: types, layers, regions, assays; what is none of them is numbered."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ._labels import holds_identifier, is_telling
from ._words import word_set

_WORDS = word_set(
    """
    a and or of the in with non no not other others unknown unassigned undefined unclassified mixed
    low high positive negative pos neg like associated related type types class subtype cluster
    group general early late young mature immature mid intermediate new newly formed
    active activated resting reactive proliferating cycling dividing transitional damaged stressed
    homeostatic disease inflammatory doublet doublets debris empty outlier quality

    cell cells neuron neurons neuronal nonneuronal glia glial interneuron interneurons projection
    excitatory inhibitory exc inh ex glut gaba gabaergic glutamatergic glycinergic
    dopaminergic serotonergic noradrenergic cholinergic peptidergic histaminergic nitrergic
    excitatories inhibitories excitatoryneurons inhibitoryneurons
    astro astrocyte astrocytes astroglia oligo oligos oligodendrocyte oligodendrocytes
    oligodendroglia opc opcs cop cops nfol mol mfol progenitor progenitors precursor precursors
    micro microglia microglial microglias macrophage macrophages perivascular pvm vlmc vlmcs smc
    smcs vsmc endo endothelial endothelials endothelium epithelial ependymal ependyma pericyte
    pericytes peri mural vascular leptomeningeal leptomeninges fibroblast fibroblasts stromal
    mesenchymal meningeal choroid plexus tanycyte tanycytes bergmann muller mueller radial
    schwann satellite ensheathing olfactory blood vessel vessels smooth muscle arterial venous
    arteriole venule capillary lymphatic
    pyramidal pyramidals granule granules purkinje golgi basket chandelier stellate martinotti
    bipolar unipolar brush horizontal amacrine ganglion rod rods cone cones photoreceptor
    photoreceptors mossy cajal retzius spiny medium msn msns spn spns ivy oriens lacunosum
    neurogliaform bistratified bouquet double tufted
    intratelencephalic extratelencephalic corticothalamic subplate pyramidaltract tract near
    projecting it et pt np ct cr ca dg ge cge mge lge pn in
    neuroblast neuroblasts neuroepithelial neurogenic stem nsc nscs npc npcs ipc ipcs ipsc organoid
    motor sensory proprioceptor nociceptor mechanoreceptor

    immune leukocyte leukocytes lymphocyte lymphocytes t b nk natural killer monocyte monocytes
    dendritic neutrophil neutrophils eosinophil basophil mast plasma erythrocyte erythrocytes
    platelet platelets megakaryocyte hepatocyte keratinocyte cardiomyocyte adipocyte epithelium
    naive memory effector regulatory treg tregs cytotoxic helper germinal center classical
    nonclassical conventional plasmacytoid dc pdc cdc tumor tumour malignant

    layer layers l superficial deep upper lower white grey gray matter wm gm cortex cortical
    subcortical neocortex allocortex isocortex brain whole forebrain midbrain hindbrain
    hippocampus hippocampal formation dentate gyrus subiculum entorhinal perirhinal piriform
    striatum striatal caudate putamen accumbens pallidum thalamus thalamic hypothalamus
    hypothalamic amygdala amygdalar cerebellum cerebellar cerebral medulla pons brainstem tegmental
    tegmentum ventral dorsal lateral medial anterior posterior rostral caudal central inferior
    superior left right bulb spinal cord dorsalhorn horn root retina retinal nucleus nuclei
    substantia nigra compacta reticulata septum septal claustrum insula insular cingulate frontal
    prefrontal orbitofrontal dorsolateral ventromedial parietal temporal occipital visual auditory
    somatosensory motor primary secondary association gustatory retrosplenial area areas field
    region fiber fibre ventricle ventricular subventricular svz zone telencephalon diencephalon
    colliculus periaqueductal raphe habenula zona incerta basal meninges pia
    mtg dlpfc pfc acc mpfc v v1 v2 m1 s1 visp visl mop ssp alm snc snr vta lgn pag nac cpu gpe gpi
    stn ob cb th hy mb hb sc pbmc pbmcs lung liver kidney heart skin gut colon intestine spleen
    thymus lymph node bone marrow muscle pancreas tissue organ culture line tissuetype

    seq rna sequencing single snrna scrna chromium visium xenium merfish cosmx stereo slide drop
    smart patch split mars cel indrop seqfish osmfish starmap geomx slideseq slideseqv2
    smartseq smartseq2 smartseq3 v3 v4 v1 v2 x multiome gene expression spatial chemistry prime
    nuclei suspension na fixed frozen fresh flex parse evercode bd rhapsody sci ht probe

    normal healthy control controls ctrl wt wildtype ko het mutant disease diseased patient case
    alzheimer alzheimers parkinson parkinsons huntington multiple sclerosis amyotrophic epilepsy
    schizophrenia autism depression stroke injury dementia lewy body tauopathy glioma glioblastoma
    treated untreated vehicle saline stimulated unstimulated baseline sham lesion mild cognitive
    impairment s syndrome disorder

    adult embryonic embryo fetal foetal neonatal postnatal juvenile aged old stage human mouse rat
    homo sapiens mus musculus rattus norvegicus macaca mulatta fascicularis callithrix jacchus danio
    rerio drosophila melanogaster caenorhabditis elegans pan troglodytes sus scrofa
    f m o female male intersex g1 g2 g2m s phase
    """
)
_GENES = word_set(
    """
    adamts aldh aqp arc calb calca car cbln cck cd cdh cdkn chat chodl chrm chrna chrnb cldn
    cnr cntnap col cpne crh crhbp crhr cryab csf ctgf ctss cux cxcl cxcr dcn dcx drd ebf egf
    egfr egr emx enpp eomes esr etv fezf fgf fgfr flt fn fos foxj foxp gad gal galn gfap gja glp gpc
    grik grin grm hbb hcrt hmgb hpca hspg htr igf igfbp il itga itgam itpr jam kcn kcng klk
    krt lamp lhx lum lypd map mafb mbp meis mki mog mrc myl mylk nckap ndnf ndst nefm nes neurod
    nfib nkx nos npas npy npybr nr nrgn ntng ntrk nts nxph olig otof oxt oxtr p2ry pax pcp pdgfra
    pdgfrb pdyn penk plp pnoc pomc ppp prdm prkcd prox prss ptgds pthlh ptprc pvalb rasgrf rbfox
    reln rgs rorb rspo scnn serpinf slc sla snap sncg sox sp spp sst stac stmn sulf syt tac tacr
    tbr tcf tcerg th thsd timp tle tmem tnc tox tph trh trps tshz tubb unc vcan vip vim vwf wfs
    wnt zic igtp igfbpl mybpc serpinb npnt myh batf ptpn lrrk efemp cemip frem angpt cplx plcxd
    lingo sema onecut cobll themis opalin
    """
)
"""Families of genes after which types of neurons are called: ``Sst Chodl``, ``L5 IT Rspo1``."""

_CODE = re.compile(
    # Two initials and two figures may be somebody's, and the year of birth.
    r"L\d(?:[-/]\d)?[ab]?|[A-Z]{1,3}\d?[a-c]?|[A-Z]\d\d[a-c]?|CD\d{1,3}[a-z]?|CA\d|D\d|E\d{1,2}|P\d{1,2}|"
    r"G\d|\d{1,4}|\d{1,2}[a-z]|Ex\d{1,2}|In\d{1,2}|v\d|\d{1,2}x"
)
_TERM = re.compile(
    r"(?:CL|UBERON|EFO|PATO|NCBITaxon|MmusDv|ZFA|ZFS|FBbt|FBdv|WBbt|WBls)"
    r":\d{1,10}(?: \((?:cell culture|organoid|cell line)\))?"
)
"""Terms of a person's age (HsapDv tells the year, also above 89) and descent (HANCESTRO) stay
behind: the table of participants says an age as far as the policy lets it. So do diseases (MONDO):
one that a single donor has points to that donor."""

_SOMEBODY = re.compile(r"(?:patient|case|control|ctrl|subject|donor|human|mouse|rat)s?\W*\d", re.I)

_TERM_COLUMN = "_ontology_term_id"
_MAX_WORD = 64
_SPLIT = re.compile(r"[\s_/|,;:()\[\]+.'-]+")
_LETTERS = re.compile(r"([a-z][a-z0-9]*?)(\d{0,4}[a-z]{0,2})")


def release_annotations(
    columns: object, forbidden: Collection[str] = (), allow: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return the words of every column as they may leave, in their order.

    A word leaves if every part of it is of the vocabulary of cells, a code of a few letters, a
    number of up to four digits, or called after a gene, and if it holds no identifier, day or
    first name; or if somebody allows it. Every other one becomes the column's name with a number.

    Parameters
    ----------
    columns : mapping of str to list of str
        Words by the name of their column.
    forbidden : collection of str
        Folded words that point to people of the study.
    allow : collection of str
        Words that somebody looked at and lets go.

    Examples
    --------
    >>> release_annotations({"cell_type": ["Sst Chodl", "Astrocytes", "Meier's favourite"]})
    {'cell_type': ['Sst Chodl', 'Astrocytes', 'cell type 3']}
    """
    if not isinstance(columns, Mapping):
        return {}
    return {
        name: _release_column(name, words, forbidden, allow)
        for name, words in columns.items()
        if isinstance(name, str) and isinstance(words, Sequence) and not isinstance(words, str)
    }


def _release_column(
    name: str, words: Sequence[Any], forbidden: Collection[str], allow: Collection[str]
) -> list[str]:
    """Return the words of one column, each as it may leave."""
    neutral = name.removesuffix(_TERM_COLUMN).replace("_", " ")
    is_term = name.partition("_ontology_term_id")[1] != ""
    released = []
    for number, word in enumerate(words, start=1):
        text = str(word).strip()
        if is_term:
            is_known = bool(_TERM.fullmatch(text)) or text in {"unknown", "na"} or text in allow
            released.append(text if is_known else "unknown")
        elif text in allow or is_word_of_cells(text, forbidden):
            released.append(text)
        else:
            released.append(f"{neutral} {number}")
    return released


def is_word_of_cells(text: str, forbidden: Collection[str] = ()) -> bool:
    """Tell whether a text is a type of cells, a layer, a region or an assay, and nothing else.

    Examples
    --------
    >>> is_word_of_cells("L2/3 IT Cux2"), is_word_of_cells("10x 3' v3"), is_word_of_cells("Roth")
    (True, True, False)
    """
    if not 0 < len(text) <= _MAX_WORD or not text.isprintable():
        return False
    if re.fullmatch(r"\d{1,4}", text):
        return text not in forbidden
    parts = [part for part in _SPLIT.split(text) if part]
    if not parts or _SOMEBODY.search(text) or holds_identifier(text, forbidden):
        return False
    if not all(_is_known(part) for part in parts):
        return False
    return not is_telling(text) or all(_is_spoken(part) for part in parts)


def _is_known(part: str) -> bool:
    """Tell whether one part of a word is known."""
    return _is_spoken(part) or bool(_CODE.fullmatch(part))


def _is_spoken(part: str) -> bool:
    """Tell whether one part is of the vocabulary, or called after a gene."""
    small = part.casefold()
    if small in _WORDS:
        return True
    match = _LETTERS.fullmatch(small)
    stem = small.rstrip("0123456789")
    return stem in _WORDS or stem in _GENES or bool(match and match[1] in _GENES)
