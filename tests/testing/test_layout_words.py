from __future__ import annotations

import numpy as np

from fascicle.testing._layout_draft import Draft
from fascicle.testing._layout_people import make_people
from fascicle.testing._layout_words import choose_words, label_people, plain_session


def test_labels_are_padded_to_their_width() -> None:
    rng = np.random.default_rng(7)
    draft = Draft(rng, make_people(rng, 11), 1, ["rest"], 1)

    label_people(draft, "VP", 3)

    assert [p.label for p in draft.people][::10] == ["VP001", "VP011"]


def test_words_for_sessions_mean_what_inference_writes() -> None:
    rng = np.random.default_rng(7)
    draft = Draft(rng, make_people(rng, 5), 3, ["rest"], 1)

    words = choose_words(draft)

    assert len(words) == 3
    assert plain_session("T2") == "2"
    assert plain_session("post") == "post"
