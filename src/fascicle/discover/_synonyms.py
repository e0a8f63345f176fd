"""Words that mean the same to somebody who looks for data; each row was reviewed by hand.

Short words are never matched by likeness: only what stands here is taken for the same.
"""

from __future__ import annotations

# The first word of a row is the one that the catalogue uses; phrases are matched as phrases.
_ROWS: tuple[tuple[str, ...], ...] = (
    # modalities, by the names of their BIDS folders
    ("eeg", "electroencephalography", "electroencephalogram", "electroencephalographic"),
    ("meg", "magnetoencephalography", "magnetoencephalogram", "magnetoencephalographic"),
    (
        "ieeg",
        "intracranial eeg",
        "intracranial electroencephalography",
        "ecog",
        "electrocorticography",
        "seeg",
        "stereo eeg",
        "stereoelectroencephalography",
    ),
    ("nirs", "fnirs", "near infrared spectroscopy", "functional near infrared spectroscopy"),
    # species
    ("homo sapiens", "human", "people"),
    ("mus musculus", "mouse"),
    ("rattus norvegicus", "rat"),
    ("macaca mulatta", "macaque", "rhesus", "rhesus monkey"),
    ("callithrix jacchus", "marmoset"),
    ("danio rerio", "zebrafish"),
    # tasks and paradigms
    ("rest", "resting", "resting state", "restingstate"),
    ("polysomnography", "psg"),
    ("p300", "p3b"),
    ("mismatch negativity", "mmn"),
    ("motor imagery", "imagined movement", "motorimagery"),
    ("motor", "movement"),
    ("finger tapping", "fingertapping"),
    ("visual", "vision"),
    ("auditory", "hearing", "acoustic", "listening"),
    ("somatosensory", "tactile", "touch"),
    ("language", "linguistic"),
    ("nback", "n back"),
    ("emotion", "affective"),
    ("steady state visual evoked potential", "ssvep"),
    ("brain computer interface", "bci", "brain machine interface"),
    ("event related potential", "erp", "evoked potential"),
    ("meditation", "mindfulness"),
    ("music", "melody"),
    ("navigation", "maze"),
    # conditions
    ("epilepsy", "epileptic"),
    ("seizure", "ictal"),
    ("parkinson", "parkinsons", "parkinsonian"),
    ("alzheimer", "alzheimers"),
    ("depression", "depressive", "mdd"),
    ("schizophrenia", "schizophrenic"),
    ("adhd", "attention deficit"),
    ("autism", "asd", "autistic"),
    ("ischemic", "ischaemic"),
    ("tumour", "tumor"),
    # who
    ("child", "children", "paediatric", "pediatric", "kids"),
    ("infant", "baby"),
    ("neonatal", "newborn"),
    ("elderly", "older adults"),
    ("ageing", "aging"),
)

# Who asks for the general word also means the special ones, but not the other way round.
_NARROWER: dict[str, tuple[str, ...]] = {
    "rest": ("eyes open", "eyes closed"),
    "resting": ("eyes open", "eyes closed"),
    "sleep": ("polysomnography", "psg", "nap"),
    "oddball": ("p300", "mismatch negativity", "mmn"),
    "motor": ("finger tapping", "fingertapping", "motor imagery", "motorimagery"),
    "language": ("speech", "reading", "listening"),
    "memory": ("nback", "n back", "sternberg"),
    "working memory": ("nback", "n back", "sternberg"),
    "attention": ("flanker", "stroop"),
    "epilepsy": ("seizure", "ictal"),
    "dementia": ("alzheimer",),
    "psychosis": ("schizophrenia",),
    "tumour": ("glioma",),
    "stroke": ("ischemic", "ischaemic"),
    "monkey": ("macaque", "macaca", "rhesus", "marmoset", "callithrix"),
}

MODALITIES: dict[str, str] = {word: row[0] for row in _ROWS[:4] for word in row}
"""The folder name of a modality, by each word for it."""

SPECIES: dict[str, str] = {
    "human": "homo sapiens",
    "humans": "homo sapiens",
    "homo sapiens": "homo sapiens",
    "mouse": "mus musculus",
    "mice": "mus musculus",
    "rat": "rattus norvegicus",
    "rats": "rattus norvegicus",
    "macaque": "macaca mulatta",
    "marmoset": "callithrix jacchus",
    "zebrafish": "danio rerio",
}
"""The binomial name of a species, by its common names."""

SEXES: dict[str, str] = {
    "f": "f", "female": "f", "females": "f", "women": "f",
    "m": "m", "male": "m", "males": "m", "men": "m",
    "o": "o", "other": "o",
}  # fmt: skip
"""The code of a sex, by each word for it."""

_BY_WORD: dict[str, tuple[str, ...]] = {}
for _row in _ROWS:
    for _word in _row:
        _BY_WORD.setdefault(_word, _row)

N_WORDS_LONGEST = max(len(word.split()) for word in _BY_WORD)
"""Words of the longest phrase in the table."""


def expand_word(word: str) -> tuple[str, ...]:
    """Return a word or phrase with all that mean the same, itself first.

    Examples
    --------
    >>> expand_word("mouse")
    ('mouse', 'mus musculus')
    >>> expand_word("hippocampus")
    ('hippocampus',)
    """
    return tuple(dict.fromkeys((word, *_BY_WORD.get(word, ()), *_NARROWER.get(word, ()))))


def is_known(phrase: str) -> bool:
    """Tell whether the table has a word or phrase."""
    return phrase in _BY_WORD
