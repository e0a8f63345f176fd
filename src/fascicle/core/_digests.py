"""Digests of values, for ids that derive from content."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def format_canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Write a JSON value in one way only: sorted keys, no spaces, UTF-8.

    Examples
    --------
    >>> format_canonical({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def content_id(prefix: str, value: Any, *, n_hex: int = 12) -> str:  # noqa: ANN401
    """Return an id that derives from a JSON value, as ``"ds-4f53cda18c2b"``.

    Parameters
    ----------
    prefix : str
        What the id is of: ``"ds"``.
    value : any JSON value
        Equal values have equal ids, in any order of their keys.
    n_hex : int
        Digits after the dash; two of a million values share an id of 12 with probability 0.002.

    Returns
    -------
    str
        Prefix, dash, and the first digits of the SHA-256 of the canonical bytes.

    Examples
    --------
    >>> content_id("ds", []) == content_id("ds", [])
    True
    """
    return f"{prefix}-{hashlib.sha256(format_canonical(value)).hexdigest()[:n_hex]}"
