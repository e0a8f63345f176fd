"""Words that people put into paths, in English, German and French, and the role each plays.

A word here is a hint with a weight, never a verdict: what a column of words *does* over all paths
together decides (see `fascicle.prepare._columns`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

TASKS: dict[str, str] = {
    "rest": "rest|resting|restingstate|resting state|rest state|rs|ruhe|ruhezustand|repos|"
    "etat de repos|ruhemessung",
    "eyesopen": "eo|eyesopen|eyes open|open eyes|eye open|augen offen|augen auf|augenoffen|"
    "augen_auf|ao|yeux ouverts|yeuxouverts|yo|offen|ouverts",
    "eyesclosed": "ec|eyesclosed|eyes closed|closed eyes|eye closed|augen zu|augen geschlossen|"
    "augenzu|augengeschlossen|ag|yeux fermes|yeuxfermes|yf|geschlossen|fermes",
    "oddball": "oddball|odd ball",
    "p300": "p300|p 300|p3b",
    "n170": "n170|n 170",
    "n400": "n400|n 400",
    "mmn": "mmn|mismatch|mismatch negativity",
    "ssvep": "ssvep",
    "ssep": "ssep|sep",
    "vep": "vep",
    "aep": "aep|abr|bera",
    "nback": "nback|n back",
    "0back": "0back|0 back",
    "1back": "1back|1 back",
    "2back": "2back|2 back",
    "3back": "3back|3 back",
    "flanker": "flanker",
    "stroop": "stroop",
    "simon": "simon task",
    "gonogo": "gonogo|go nogo|go no go",
    "sart": "sart",
    "motor": "motor|motorik|moteur|motorimagery|motor imagery|imagery|mi|fingertapping|"
    "finger tapping|tapping|tippen|bewegung|mouvement|imagerie",
    "sleep": "sleep|schlaf|sommeil|psg|nap|night|nacht|nuit|sieste",
    "faces": "faces|face|gesichter|visages",
    "visual": "visual|visuell|visuel",
    "auditory": "auditory|auditiv|auditif|tones|toene|tone",
    "language": "language|sprache|langage",
    "reading": "reading|lesen|lecture",
    "memory": "memory|gedaechtnis|memoire|wm|workingmemory|working memory|sternberg",
    "attention": "attention|aufmerksamkeit",
    "emotion": "emotion|emotions|emotionen",
    "music": "music|musik|musique",
    "movie": "movie|film|video",
    "speech": "speech|sprechen|parole",
    "listening": "listening|hoeren|ecoute",
    "hyperventilation": "hyperventilation|hv",
    "photic": "photic|fotostimulation|photostimulation|stroboscope",
    "breathing": "breathing|atmung|respiration",
    "meditation": "meditation",
    "walking": "walking|gait|gehen|marche",
    "gambling": "gambling|reward|belohnung",
    "arithmetic": "arithmetic|math|mental arithmetic|rechnen|calcul",
    "learning": "learning|lernen|apprentissage",
    "navigation": "navigation",
    "localizer": "localizer|localiser|lokalisierer",
    "calibration": "calibration|kalibrierung|calibrage",
    "noise": "emptyroom|empty room|leerraum|leermessung",
    "exam": "routine",
}
"""Canonical task name, and the spellings it goes by."""

SESSION_WORDS = (
    "pre|post|vor|nach|vorher|nachher|avant|apres|baseline|bl|followup|follow up|fu|suivi|"
    "verlauf|morning|evening|morgen|abend|matin|soir|placebo|verum|sham|active|pretest|posttest|"
    "pre test|post test|screening|retest|admission|discharge|aufnahme tag|entlassung|"
    "intake|erstmessung|zweitmessung|first visit|second visit|inclusion"
)
ACQUISITION_WORDS = (
    "filtered|unfiltered|gefiltert|ungefiltert|filtre|wet|dry|gel|highdensity|lowdensity|hd|"
    "notch|downsampled|dry cap|wet cap|nass|trocken"
)
GROUP_WORDS = (
    "patients|patient|patienten|patientinnen|controls|control|ctrl|hc|healthy|kontrollen|kontrolle|"
    "kontrollgruppe|temoins|temoin|sains|gesund|gesunde|mdd|adhd|adhs|tdah|asd|scz|td|mci|epilepsy|"
    "epilepsie|young|older|elderly|jung|senioren|adults|adult|children|kinder|enfants|erwachsene|"
    "adultes|pilot|pilots|pilote|pilotes|piloten|male|female|men|women|cases|cas|experts|novices|"
    "stroke|parkinson|depression|dyslexia|musicians|nonmusicians|twins|zwillinge|"
    "mother|father|child|mutter|vater|kind|mere|pere|enfant|parent|sibling|brother|sister|bruder|"
    "schwester|frere|soeur|twin|zwilling|infant|baby|caregiver|partner|leader|follower"
)
COPY_WORDS = (
    "copy of|copy|kopie von|kopie|copie de|copie|backup|bak|old|alt|ancien|sicherung|sauvegarde|"
    "duplicate|dup"
)
AGAIN_WORDS = (
    "again|repeat|repeated|redo|wdh|wiederholung|neu|new|nouveau|encore|rerun|"
    "rerecorded|second try|zweiter versuch"
)
NOISE_WORDS = (
    "raw|data|daten|donnees|eeg|meg|ieeg|nirs|fnirs|ecog|seeg|lfp|recording|recordings|aufnahme|"
    "aufnahmen|messung|messungen|enregistrement|enregistrements|export|exports|exported|original|"
    "originals|edf|bdf|gdf|vhdr|fif|cnt|set|snirf|brainvision|bv|brainproducts|brain|vision|"
    "files|file|study|studie|etude|experiment|exp|lab|labor|labo|project|projekt|projet|final|"
    "subjects|participants|probanden|sujets|sub|subj|subject|participant|proband|sujet|vp|"
    "rec|session|sessions|sitzung|sitzungen|seance|seances|task|tasks|aufgabe|tache|run|runs|"
    "date|datum|id|nr|no|num|nummer|numero|name|der|die|das|le|la|les|de|du|the|of|und|et|and|"
    "converted|acq|visit|visits|day|tag|jour|block|part|teil|partie|test|messdaten|rohdaten|"
    "brutes|bids|rawdata|sourcedata|derivatives|site|group|groupe|gruppe|cohort|code|ok|good|gut|"
    "bon|complete|state|eyes|augen|yeux|biosemi|brainamp|actichamp|liveamp|egi|netstation|"
    "neuroscan|muse|openbci|emotiv|nihon|kohden|nk|micromed|xltek|natus|curry|ant|eego|asa|elekta|"
    "neuromag|ctf|kit|bti|artinis|nirx|gtec|compumedics|deltamed|stellate|nicolet|persyst|"
    "mri|fmri|anat|anatomy|anatomical|structural|func|functional|dwi|dti|diffusion|perf|fmap|"
    "fieldmap|pet|bold|sbref|epi|asl|t1w|t2w|pdw|flair|mprage|memprage|mp2rage|magnitude|"
    "phasediff|nifti|nii|mgz|dicom|dicoms|dcm|scan|scans|scanner|series|"
    "neuralynx|tmsi|epoc|bipolar|ref|avg|vpn|upload|nas|usb|disk|archive|archiv|misc|tmp|temp|"
    "labeled|labelled|behavior|behaviour|behavioural|behavioral|alf|videos|dlc|deeplabcut|sleap|"
    "eyelink|eyetracking|pose|collecteddata|iblrig|tracked|"
    "dataset|collected|collection|records|datensatz|aufzeichnung|aufzeichnungen"
)

Priors = dict[str, float]

KEYS: dict[str, Priors] = {}
"""What a word right before a number says of the number's role: log weights by role."""


def _add_keys(words: str, **priors: float) -> None:
    for word in words.split("|"):
        KEYS[word] = dict(priors)


_add_keys("sub|subj|subject|sbj|suj|sujet|participant|ppt|proband|probandin|prob", participant=6.0)
_add_keys("teilnehmer|teilnehmerin|versuchsperson|vpn|vp|tn|patient|patientin|pat", participant=6.0)
_add_keys(
    "volunteer|freiwilliger|mouse|maus|souris|rat|ratte|monkey|macaque|nhp|animal|tier",
    participant=6.0,
)
_add_keys("subjectid|patientid|pid|subid|subno|kind|child|enfant|baby|infant", participant=6.0)
_add_keys(
    "pt|pp|pb|hc|ctrl|control|controls|kontrolle|temoin|pilot|pilote|case|fall|id|user",
    participant=5.0,
)
_add_keys("s", participant=3.0, session=1.0)
_add_keys("p", participant=3.0, run=0.5)
_add_keys("c|k|h|n|x|e|a|g", participant=1.5, run=0.0)
_add_keys("m|f", participant=1.0, session=0.5)
_add_keys(
    "ses|sess|session|sitzung|seance|visit|visite|besuch|termin|tp|timepoint|mzp|fu|"
    "day|tag|jour|week|woche|semaine|month|monat|mois|followup|sn|sz",
    session=6.0,
)
_add_keys("t", session=3.0, run=1.0)
_add_keys("v", session=3.0, participant=0.5)
_add_keys("d|j|w", session=2.5)
_add_keys(
    "run|part|teil|partie|block|blk|bloc|trial|take|essai|versuch|durchgang|lauf|rec|"
    "recording|aufnahme|messung|enregistrement|segment|seg|wdh|file|nr|no",
    run=6.0,
)
_add_keys("r|b", run=3.0, participant=0.0)
_add_keys("site|centre|center|zentrum|group|gruppe|groupe|cohort|kohorte|arm|lab", group=6.0)
_add_keys("cap|haube|bonnet", acquisition=4.0)
_add_keys(
    "room|raum|zimmer|salle|piece|booth|cabin|cabine|kabine|rig|setup|platz|messplatz|station|"
    "arena|box|chamber|kammer|cage|kaefig|kafig|amp|ampli|amplifier|verstaerker|verstarker|device|"
    "geraet|gerat|appareil|scanner|pc|computer|laptop|bench|bed|bett|lit|recorder|rekorder|"
    "enregistreur|logger|machine|maschine|headbox|headset|system|anlage|ward|batch|server|drive|"
    "disk|card|karte|clinic|klinik|clinique|hospital|spital|hopital|praxis|ambulanz",
    place=6.0,
)
_add_keys("task|aufgabe|tache|cond|condition|bedingung", task=4.0)

ARM_WORDS = frozenset(["", "placebo", "verum", "sham", "active"])
"""Treatments: visits of one participant in one study, groups of participants in another."""

FAMILY_KEYS = frozenset([
    "fam",
    "family",
    "familie",
    "famille",
    "pair",
    "paar",
    "dyad",
    "dyade",
    "couple",
    "duo",
    "triad",
])
"""Words before a number that count families or pairs: who of them it was must follow."""
for _word in FAMILY_KEYS:
    KEYS[_word] = {"participant": 3.0}

BIDS_KEYS = {"sub": "participant", "ses": "session", "task": "task", "acq": "acquisition",
             "run": "run"}  # fmt: skip
UNITS = {"hz": "acquisition", "khz": "acquisition", "ch": "acquisition", "chan": "acquisition",
         "channels": "acquisition", "kanal": "acquisition", "kanaele": "acquisition",
         "elec": "acquisition"}  # fmt: skip
"""Words right after a number: ``500Hz``, ``64ch``."""

_WEAK = (
    "abr ad aep ag alt and ant ao ap asd avg bak bis bl bon bv ctf das de der die dry du "
    "dup ec eo et exp film fu gel gut hc hd hv id kit la lab le mci mdd mi nap neu new nk "
    "no nr of ok old pd post pre ref rs scz sep set td tmp vep vor vp wet wm yf yo "
)
WEAK_WORDS = frozenset(_WEAK.split())
"""Short words that may as well be somebody's initials: believed only in company."""

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan|january|januar|janvier", "feb|february|februar|fevrier", "mar|march|maerz|mrz|mars",
         "apr|april|avril|avr", "may|mai", "jun|june|juni|juin", "jul|july|juli|juillet",
         "aug|august|aout", "sep|sept|september|septembre", "oct|okt|october|oktober|octobre",
         "nov|november|novembre", "dec|dez|december|dezember|decembre"), start=1)
    for name in names.split("|")
}  # fmt: skip

SPECIES = {
    "mus musculus": ("mouse", "mice", "maus", "maeuse", "souris"),
    "rattus norvegicus": ("rat", "rats", "ratte", "ratten"),
    "macaca mulatta": ("macaque", "monkey", "nhp", "makake", "macaca", "rhesus", "singe"),
    "felis catus": ("cat", "cats"),
    "sus scrofa domesticus": ("pig", "minipig"),
    "danio rerio": ("zebrafish",),
    "homo sapiens": ("human", "humans", "homo"),
}
"""Binomial names, and the words that stand for them."""


def _spellings(words: str) -> tuple[tuple[str, ...], ...]:
    """Return a phrase as folded words: with umlauts written as two letters, and as one."""
    short = words.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return tuple(dict.fromkeys((tuple(words.split()), tuple(short.split()))))


def _make_vocabulary() -> dict[tuple[str, ...], tuple[str, str]]:
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for role, words in (
        ("noise", NOISE_WORDS),
        ("again", AGAIN_WORDS),
        ("copy", COPY_WORDS),
        ("group", GROUP_WORDS),
        ("acquisition", ACQUISITION_WORDS),
        ("session", SESSION_WORDS),
    ):
        for word in words.split("|"):
            for spelling in _spellings(word):
                found[spelling] = (role, "".join(spelling))
    for canonical, words in TASKS.items():
        for word in words.replace("_", " ").split("|"):
            for spelling in _spellings(word):
                found[spelling] = ("task", canonical)
    return found


VOCABULARY = _make_vocabulary()
"""Sequence of folded words -> (role, canonical spelling)."""
LONGEST = max(len(words) for words in VOCABULARY)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return lower-case text without accents, as vocabularies are written.

    Examples
    --------
    >>> fold("Müller"), fold("Fermés")
    ('muller', 'fermes')
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()
