"""Which words of channels, events and prose may leave: whitelists, not lists of bad words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from itertools import pairwise

from fascicle.core import Identifier

from ._compounds import is_compound
from ._words import (
    MONTHS,
    TECHNICAL,
    fold_word,
    holds_first_name,
    split_words,
    word_set,
)

NEUTRAL_LABEL = "note"
"""What stands in place of an event label that may not leave."""

_MAX_CHANNEL_NAME = 16
_MAX_DIGITS = 5
"""So many digits are no count of trials, but somebody's number."""
_MAX_LABEL = 32
_INITIALS = re.compile(r"[A-Za-z]{1,3}(?:18|19|20)\d\d")
"""Initials with a year of birth."""
_MAX_PHRASE = 160
_MIN_REPEATS = 3
_MIN_PART = 3
_LONG = 6
"""Letters from which on a forbidden word is looked for within others, too."""

_ROLES = word_set(
    """
    patient patients subject subjects subj sub participant proband person volunteer control test
    pilot male female man woman boy girl child adult infant baby healthy name names surname lastname
    firstname unknown anonymous anonymized anon none dr prof professor doctor nurse mr mrs ms herr
    frau mme session visit day week run study von van den del della the
    """
)
"""Words that stand beside a name and are no part of it."""

_ELECTRODE = (
    r"(?:Nz|N1|Iz|I[12]|NFp\d?h?z?|Fpz|Fp[12]h?|"
    r"(?:AFp|AFF|FFC|FFT|FCC|FTT|CCP|TTP|CPP|TPP|PPO|POO|OI|AF|FC|FT|CP|TP|PO|F|C|P|T|O|A|M)"
    r"(?:z|\d{1,2}h?))"
)
_CHANNEL_PATTERNS = (
    # 10-20, 10-10 and 10-5 positions, with a reference or as a bipolar pair.
    rf"(?:EEG|POL|SEEG|ECOG)?[ _:.-]*{_ELECTRODE}\.{{0,3}}"
    rf"(?:[-_ /](?:{_ELECTRODE}|REF\d?|LE|RE|AR|AVG?|G[12]|CLE|CZ))?",
    r"(?:MEG|EEG|EOG|ECG|EMG|SEEG|ECOG|DBS|STI|SYS|MISC|RESP|CHPI|HPI|IAS|EXCI|REF|ADC|BIP|AUX|DC"
    r"|HEOG|VEOG|EKG|GSR|PPG|TRIG|STIM|EXG|GRID|SRC|DIO|CH|CHAN|CHANNEL|E|EX|X|AIN|AI|PHO|UADC"
    r"|UPPT|UDIO|SCLK|BG|BP|BR|RQ|HDAC|HLC|HADC|RB|RC|RR|LFP|SO|OPT|OPM|MRU|MRO|NIRS)"
    r"[ _:.-]*\d{0,4}[A-Z]?(?:[+-]?(?:REF|\d{1,3}))?",
    # Depth, strip and grid contacts: a short shaft and a contact number, alone or as a pair.
    r"(?:EEG |POL |SEEG )?[A-Z]{1,4}'?[ _-]?\d{1,3}(?:[-_][A-Z]{0,4}'?\d{1,3})?(?:-Ref)?",
    # Optodes: source, detector, wavelength or chromophore.
    r"S\d{1,3}[_-]?D\d{1,3}[ _-]?(?:\d{3,4}|hbo|hbr|hbt)?",
    r"[A-Z]{1,2}\d{1,3}",
)
_ELECTRODES = re.compile(_ELECTRODE, re.IGNORECASE)
_SENSOR = re.compile(
    r"M[LRZ][CFOPT]\d{2}(?:-\d{2,4})?|[BGPQR]\d{1,2}-\d{2,4}|S\d{1,3}_D\d{1,3} \d{3,4}"
)
"""Sensors of CTF with the site's suffix, pairs of optodes with their wavelength in nanometres:
numbers that a day or a person's could look like."""

_CHANNEL = re.compile("|".join(f"(?:{p})" for p in _CHANNEL_PATTERNS), re.IGNORECASE)
_CHANNEL_WORDS = TECHNICAL | word_set(
    """
    status sti stim trig trigger annotations marker aux accel accelerometer acc gyro mag accx accy
    accz x y z h v hor ver hori vert gyrox gyroy gyroz heart rate
    temp temperature body rectal oro nasal airflow flow
    thorax abdomen abdominal chest chin chin1 chin2 submental leg legs lleg rleg tibialis snore
    spo2 sao2 pulse pleth cms drl veogu veogl heogl heogr eogl eogr eogv eogh leog reog loc roc
    arm1 arm2 emg1 emg2 photodiode photo mic microphone pupil gaze gazex gazey eyelink horizontal
    vertical pupilleft pupilright counter interpolated battery packet cq fpz fpz-cz pz-oz
    masseter ekg1 ekg2 ecg1 ecg2 bio biovertical respiration event hr rr pr hf lf ptt cpap etco2
    co2 o2 po2 bp abp icp cvp light lux position bodyposition upper lower
    """
)
_EVENT_WORDS = (_CHANNEL_WORDS - MONTHS) | word_set(
    """
    bad bads edge skip muscle blink blinks jump saccade eeg noisy boundary squid spike sawtooth
    square circle triangle rectangle diamond star cross checkerboard checker grating gabor dot dots
    line bar arrow rt reaction hit miss fa cr false alarm correct wrong lure probe mask prime memory
    maintenance delay retention load familiar unfamiliar famous scrambled upright inverted house
    houses tool tools animal animals scene scenes letter letters digit digits number syllable vowel
    consonant pseudoword nonword noun verb sentence congruent incongruent neutral positive negative
    happy sad angry fear fearful disgust surprise emotion reward punishment win loss lose gain easy
    hard difficult small large big red green blue yellow black white grey gray colour color tone1
    tone2 standard1 standard2 click chirp noise1 silence quiet speak imagination imagined executed
    attend attended unattended ignore near far same different match mismatch new1 old1 repeat
    repeated stim1 stim2 squeeze relax tap tapping cold warm heat pain touch vibration air puff
    rsvp ssvep ssaep p300 erp mmn n400 crossmodal multimodal unimodal sham real tms tdcs tacs
    experiment1 iti isi soa epoch epochs initial practice1 done ready go1 stop1 answer choice
    question questions key1 key2 left1 right1 up1 down1 pulse sync ttl din photodiode heartbeat
    rpeak systole diastole inspiration expiration breath apnea arousal movement fixation response
    window feedback
    """
)
"""Words of tasks and stimuli. A month is none of them: with a number it is a day."""

_SETTING_WORDS = (_CHANNEL_WORDS - MONTHS) | word_set(
    """
    a an n at of by to as on is no hp lp according based extended system percent international
    equidistant placed located between behind over custom easycap waveguard quikcap waveguardtouch
    quik electrocap ag agcl cl ring tin gold cup sintered wet dry gel saline sponge rt refa tmsi
    synamps brainamp actiview dc mr plus hydrocel geodesic net n200 n300 n400 highpass lowpass
    bandpass
    bandstop notch butterworth chebyshev bessel fir iir order cutoff half amplitude db roll off
    transition bandwidth filter filters type causal zero phase anti aliasing antialiasing alias
    online offline applied sinc cic spatial compensation gradient gradientorder m cm mm um pixel
    pixels upright supine sitting seated degrees degree biosemi continuous epoched discontinuous
    neuromagsensor nirs continuouswave frequencydomain timedomain wave laser led apd sipd pin diode
    avalanche photomultiplier cadwell cerca fieldline tec gowerlabs grass hitachi iss kernel
    mbraintrain quspin ricoh techen wearable sensing yokogawa deymed ctf275 vectorview triux
    unknown captrak eeglab hj acpc scanras fsaverage mni colin talairach pararas icbm nlin asym sym
    vertex earlobe earlobes forehead cheek nape cms drl le re cq robust monopolar bipolar laplacian
    csd infinity offset gain scaling rc time constant
    """
)
"""Words of caps, amplifiers, references and filters."""

_EVENT_PATTERNS = (
    r"[+-]?\d{1,5}(?:\.0)?",
    r"(?:Stimulus|Response|Trigger|Event|Marker|Comment|Sync Status|SyncStatus|Segment|Toggle"
    r"|Threshold|Keyboard|Button|Key|Code|Value|Condition|Cond|Trial|Block|Run|Item)"
    r"[ /_:-]*[A-Z]{0,2} *\d{0,5}",
    r"(?:S|R|T|D|DIN|DI|TRSP|TREV|STIM|TRIG|EVT|EV|E|C|B|CH|TASK|CEL|BGIN|SESS|IEND|net)"
    r"[ _:-]*\d{0,5}",
    r"New Segment/?.*?|LostSamples: \d+|Sync On|SyncStatus/Sync On|Buffer Overflow",
    r"Sleep stage [WR?N1234]{1,2}|Movement time|Lights (?:on|off)|Light(?:s)? (?:On|Off)@?@?\w{0,5}"
    r"|Stage[ -]?[WRN1234]{1,2}|NREM ?[1234]|N[1234]|REM|Arousal|Apnea|Hypopnea|W",
)
_EVENT = re.compile("|".join(f"(?:{p})" for p in _EVENT_PATTERNS))
_NEW_SEGMENT = re.compile(r"New Segment\b.*", re.IGNORECASE)
_SHORT_LABEL = re.compile(r"[A-Za-z0-9 _/.,:;+=()<>%*#&?!'-]{1,32}")
_DATE = re.compile(
    r"(?<!\d)(?:(?:18|19|20)\d\d[-./]?[01]\d[-./]?[0-3]\d"
    r"|[0-3]?\d[-./][0-3]?\d[-./](?:19|20)?\d\d"
    r"|[0-3]?\d[-. ]{1,2}(?:jan|feb|m[aä]r|apr|ma[iy]|ju[nl]|aug|sep|o[ck]t|nov|de[cz])[a-z]*[-. ]"
    r"{1,2}(?:19|20)?\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|m[aä]r(?:ch|z|s)?|apr(?:il)?|ma[iy]|ju[nl][eiy]?"
    r"|aug(?:ust)?|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)(?![^\W\d_])"
)
_DAY_OF_YEAR = re.compile(
    rf"(?<![\w.])(?:[0-3]?\d\.?(?:st|nd|rd|th)?[ ./_-]*{_MONTH}|{_MONTH}[ ./_-]+[0-3]?\d)(?!\w)"
    r"|(?<![\w.])[0-3]?\d\.[01]?\d\.(?!\d)",
    re.IGNORECASE,
)
"""A day without its year: ``12 May``, ``23.11.``."""

_PERSON_CODE = re.compile(
    r"(pat|patient|sub|subj|subject|participant|proband|volunteer|person|vp|ctrl|control|case|mrn)"
    r"[-_. ]?(\d{2,})"
)
"""A person's number as labs write it; no electrode and no trigger is called so."""

_NUMBERED = re.compile(r"[A-Za-z]{0,3}[-_ ]?\d{1,3}")
_LONG_DIGITS = re.compile(r"\d(?:[ .-]?\d){4,}")
_CONTACT = re.compile(
    r"@|https?:|www\.|\\\\|[A-Za-z]:\\|/home/|/Users/|\b(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}\b", re.I
)
_TITLE = re.compile(
    r"\b(?:dr|prof|mr|mrs|ms|mme|herr|frau|patient|name|geb|born|dob)\b\.?:? *[A-Z]", re.IGNORECASE
)


def forbidden_words(identifiers: Iterable[Identifier]) -> frozenset[str]:
    """Return the folded words of the identifiers that no released label may hold.

    Words of the lab and words of fewer than three characters are left out.

    Examples
    --------
    >>> sorted(forbidden_words([Identifier("name", "Meier, Anna (EEG)", "header")]))
    ['anna', 'annameier', 'meier', 'meieranna']
    """
    words: set[str] = set()
    for identifier in identifiers:
        if identifier.kind in {"birthdate", "date"}:
            continue
        if identifier.kind == "id" and (
            code := _PERSON_CODE.fullmatch(fold_word(identifier.value))
        ):
            words.add(code[1] + code[2])
        if _is_numbered(identifier):
            continue
        value = identifier.value
        if identifier.kind == "text":
            # Of a remark only words that may be names, and numbers: the others are language.
            value = " ".join(w for w in re.split(r"[\W_]+", value) if w and not w.islower())
        parts = [part for part in split_words(value) if part not in TECHNICAL]
        if identifier.kind in {"name", "operator"}:
            words.update(_ordinary_name(split_words(value)))
        words.update(part for part in parts if len(part) >= _MIN_PART)
        if 1 < len(parts) <= _MIN_PART:
            words.update(("".join(parts), "".join(reversed(parts))))
    return frozenset(word for word in words if not (word.isdigit() and len(word) <= _MIN_PART))


def _ordinary_name(parts: Sequence[str]) -> Iterator[str]:
    """Yield the half of a name that is a word of the lab: the one of Anna Day that every lab says.

    By itself such a word is no name: a field may hold a word for what was done, or for whom.
    """
    ordinary = [part for part in parts if part in TECHNICAL]
    if len(parts) == 2 and len(ordinary) == 1 and all(part.isalpha() for part in parts):
        yield from (part for part in ordinary if part not in _ROLES and len(part) >= _MIN_PART)


def _is_numbered(identifier: Identifier) -> bool:
    """Tell whether this is a code such as S07 or P10: electrodes and triggers are named alike."""
    return identifier.kind in {"id", "path"} and bool(_NUMBERED.fullmatch(identifier.value.strip()))


def holds_identifier(text: str, forbidden: Collection[str]) -> bool:
    """Tell whether a text holds a forbidden word: short ones as words, long ones anywhere.

    Examples
    --------
    >>> holds_identifier("AnnaMeier moved", {"annameier"}), holds_identifier("Cz", {"cz12"})
    (True, False)
    """
    if not forbidden:
        return False
    words = split_words(text)
    joined = "".join(words)
    counted = [word + number for word, number in pairwise(words) if number.isdigit()]
    return any(
        word in forbidden for word in (*words, *counted, *(w.strip("0123456789") for w in words))
    ) or _holds_anywhere(joined, forbidden)


def _holds_anywhere(text: str, forbidden: Collection[str]) -> bool:
    """Tell whether a long word stands within a text, by the shorter of two ways.

    Large studies forbid hundreds of thousands of words, and labels have few parts.
    """
    n_parts = len(text) ** 2 // 2
    if not isinstance(forbidden, Set) or len(forbidden) < n_parts:
        return any(len(bad) >= _LONG and bad in text for bad in forbidden)
    return any(
        text[start:stop] in forbidden
        for start in range(len(text) - _LONG + 1)
        for stop in range(start + _LONG, len(text) + 1)
    )


def is_telling(text: str, forbidden: Collection[str] = ()) -> bool:
    """Tell whether a text holds an identifier, a day, a long number, a contact or a first name."""
    return bool(
        _DATE.search(text)
        or _DAY_OF_YEAR.search(text)
        or _LONG_DIGITS.search(text)
        or _CONTACT.search(text)
        or _TITLE.search(text)
        or holds_first_name(text)
        or holds_identifier(text, forbidden)
    )


def _is_vocabulary(text: str, vocabulary: Collection[str]) -> bool:
    """Tell whether each word is of the vocabulary, or a number, with up to four digits."""
    words = split_words(text)
    stems = [word.rstrip("0123456789") for word in words]
    return bool(words) and all(
        (not stem or stem in vocabulary) and len(word) - len(stem) < _MAX_DIGITS
        for word, stem in zip(words, stems, strict=True)
    )


def release_channel_names(
    names: Sequence[str], forbidden: Collection[str] = (), *, allow: Collection[str] = ()
) -> tuple[str, ...]:
    """Return channel names that may leave: known ones as they are, others as ``CH001``.

    Known is a position of the 10-20, 10-10 or 10-5 system, a sensor or contact name (letters and a
    number), an optode pair, or a technical word, of at most 16 characters; and what is joined from
    words for bodies and trials, of at most 32. Names stay unique.

    Parameters
    ----------
    names : sequence of str
        As recorded.
    forbidden : collection of str
        Folded words that point to people; a name that holds one is replaced.
    allow : collection of str
        Names that somebody looked at and lets go.

    Returns
    -------
    tuple of str
        One for each name, in their order.

    Examples
    --------
    >>> release_channel_names(["Fp1", "LAHC2", "EEG Fpz-Cz", "Meier Anna"])
    ('Fp1', 'LAHC2', 'EEG Fpz-Cz', 'CH004')
    """
    released: list[str] = []
    taken = {name for name in names if _keeps_channel(name, forbidden, allow)}
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name in taken and name not in seen:
            seen.add(name)
            released.append(name)
            continue
        # A second channel of the same name keeps the name where that is known, with its place.
        base = f"{name}-{position}" if name in taken else f"CH{position:03d}"
        while base in taken or base in seen:
            base += "x"
        seen.add(base)
        released.append(base)
    return tuple(released)


def _keeps_channel(name: str, forbidden: Collection[str], allow: Collection[str]) -> bool:
    """Tell whether this channel name may leave as it is."""
    if name in allow:
        return True
    if is_compound(name):
        return not is_telling(name, forbidden)
    if not 0 < len(name) <= _MAX_CHANNEL_NAME or not name.isprintable() or name != name.strip():
        return False
    if _SENSOR.fullmatch(name):
        return not holds_identifier(name, forbidden)
    if is_telling(name, forbidden):
        return False
    return bool(_CHANNEL.fullmatch(name)) or _is_vocabulary(name, _CHANNEL_WORDS)


def release_labels(
    labels: Iterable[str],
    forbidden: Collection[str] = (),
    *,
    allow_labels: Collection[str] = (),
    shared: Collection[str] = (),
) -> dict[str, str]:
    """Return for each distinct event label what may stand in its place.

    A label stays if it is allowed by name, if it looks like a trigger or is of the vocabulary of
    tasks, sleep stages and artefacts, or if recordings of several people share it, it is short,
    occurs at least three times, has no more than two words, and holds neither identifier, day,
    first name nor a run of five digits. Every other one becomes `NEUTRAL_LABEL`. That a word
    repeats within one person's recording says nothing: their own name is a usual stimulus.

    Parameters
    ----------
    labels : iterable of str
        One for each event, so that repeats can be counted.
    forbidden : collection of str
        Folded words, from `forbidden_words`.
    allow_labels : collection of str
        Labels that a person has read and lets pass.
    shared : collection of str
        Labels that recordings of at least two people hold.

    Returns
    -------
    dict of str to str
        Label as recorded to label as released.

    Examples
    --------
    >>> release_labels(["S  1", "eyes open", "Frau Meier hustet"])
    {'S  1': 'S  1', 'eyes open': 'eyes open', 'Frau Meier hustet': 'note'}
    """
    counts = Counter(labels)
    return {
        label: _release_label(
            label, forbidden, allow_labels, is_common=n >= _MIN_REPEATS and label in shared
        )
        for label, n in counts.items()
    }


def _release_label(
    label: str, forbidden: Collection[str], allow: Collection[str], *, is_common: bool
) -> str:
    """Return one label as it may leave."""
    if label in allow:
        return label
    text = " ".join(label.split()) if not _EVENT.fullmatch(label) else label
    if _NEW_SEGMENT.fullmatch(text):
        # BrainVision writes the time of day behind it.
        return "New Segment/"
    if not text or len(text) > _MAX_LABEL or not text.isprintable() or is_telling(text, forbidden):
        return NEUTRAL_LABEL
    known = bool(_EVENT.fullmatch(text)) or _is_vocabulary(text, _EVENT_WORDS)
    common = is_common and bool(_SHORT_LABEL.fullmatch(text)) and len(split_words(text)) <= 2
    return text if known or common else NEUTRAL_LABEL


def release_phrase(text: str, forbidden: Collection[str] = ()) -> str:
    """Return the words of a setting as they may leave; empty unless every word is known.

    Settings are what sidecars say of caps, references and filters; known are words of the lab and
    of amplifiers, electrodes, and numbers of up to four digits.

    Examples
    --------
    >>> release_phrase("placed on Cz, linked mastoids"), release_phrase("annemarie was tired")
    ('placed on Cz, linked mastoids', '')
    """
    if len(text) > _MAX_PHRASE or not text.isprintable() or is_telling(text, forbidden):
        return ""
    words = [word for word in re.split(r"[^\w']+|_", text) if word]
    if any(map(_INITIALS.fullmatch, words)):
        return ""
    is_known = all(
        _is_vocabulary(word, _SETTING_WORDS) or _ELECTRODES.fullmatch(word) for word in words
    )
    return text if words and is_known else ""
