"""Ids derive from content, and from nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from fascicle.core import content_id, format_canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_changes_nothing(value) -> None:
    turned = dict(reversed(list(value.items())))

    assert format_canonical(turned) == format_canonical(value)


def test_text_outside_ascii_stays_text() -> None:
    assert format_canonical("Müller") == '"Müller"'.encode()


def test_an_id_is_the_beginning_of_a_sha256() -> None:
    expected = hashlib.sha256(b'{"a":1}').hexdigest()[:7]

    assert content_id("ds", {"a": 1}, n_hex=7) == f"ds-{expected}"


def test_different_values_have_different_ids() -> None:
    ids = {content_id("x", value) for value in (None, 0, False, "", [], {}, "0", [0])}

    assert len(ids) == 8
