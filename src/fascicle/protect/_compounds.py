"""Names of keypoints and of columns of trials: words that are run together from known ones."""

from __future__ import annotations

import re
from functools import lru_cache

from ._words import fold_word, word_set

_PARTS = word_set(
    """
    left right front fore hind rear back upper lower mid middle center centre central top bottom
    dorsal ventral lateral medial inner outer base tip end root first second third fourth fifth
    point corner edge
    body head nose snout mouth lip lips tongue jaw chin beak cheek face forehead whisker whiskers
    vibrissa vibrissae ear ears eye eyes eyelid pupil iris neck throat nape shoulder shoulders
    chest torso trunk spine back belly abdomen thorax waist flank hip hips pelvis rump arm arms
    forearm elbow wrist hand hands palm thumb finger fingers index ring pinky knuckle leg legs limb
    limbs forelimb hindlimb thigh knee shank calf ankle foot feet heel toe toes paw paws forepaw
    hindpaw hoof claw digit nail tail tailbase tailtip tailroot fin gill wing wings antenna antennae
    haltere proboscis joint skull withers keypoint marker led corner port lever joystick wheel spout
    pellet object food reward arena box camera light cue bead
    """
)
_TRIAL = word_set(
    """
    trial trials start stop begin end onset offset time times duration interval intervals period
    stim stimulus stimuli stimon stimoff cue cues gocue go nogo response responses reaction choice
    choices feedback reward rewards punishment error errors correct incorrect hit miss lick licks
    contrast contrasts signed probability prob block blocks side type kind value values volume
    amount position positions angle phase frequency amplitude gain sigma quiescent quiescence
    window movement first last previous next on off of and in left right number count index
    delay iti isi hold wait wheel speed velocity temperature pressure humidity gaze pupil blink
    saccade fixation horizontal vertical intensity orientation direction tone sound noise odor odour
    laser opto stage level difficulty accuracy outcome condition target distractor probe sample
    test match bias rule context session rt x y z pos
    """
)
_MAX_NAME = 32
_MIN_PIECE = 3
_PIECES = _PARTS | _TRIAL
_LONG = frozenset(piece for piece in _PIECES if len(piece) >= _MIN_PIECE)


def is_compound(name: str) -> bool:
    """Tell whether a name is made of words for bodies and trials alone, however they are joined.

    Pieces of fewer than three letters count only where they stand by themselves.

    Examples
    --------
    >>> is_compound("leftForePaw"), is_compound("tailbase_2"), is_compound("annapaw")
    (True, True, False)
    """
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable() or name != name.strip():
        return False
    words = re.findall(r"[A-Za-z]+|\d+", name)
    is_plain = re.fullmatch(r"[A-Za-z0-9 _.-]+", name) is not None
    return is_plain and any(w.isalpha() for w in words) and all(map(_is_known, words))


def _is_known(word: str) -> bool:
    """Tell whether a run of letters is made of known pieces; numbers have up to three digits."""
    if word.isdigit():
        return len(word) < 4
    folded = fold_word(word)
    if folded in _PIECES or (len(word) == 1 and folded in "lrxyz"):
        return True
    humps = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", word)
    return _splits(folded) or (len(humps) > 1 and all(fold_word(h) in _PIECES for h in humps))


@lru_cache(maxsize=4096)
def _splits(word: str) -> bool:
    """Tell whether a word can be cut into known pieces."""
    if not word:
        return True
    return any(word.startswith(piece) and _splits(word[len(piece) :]) for piece in _LONG)
