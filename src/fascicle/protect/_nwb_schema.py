"""The published schema of NWB, which stands in every file: known text that tells of nobody.

It names its authors with their addresses. A text that equals it letter by letter was not written
by a lab; any other in its place is read as any text is.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

_EXTENSIONS = ("ndx_pose",)
"""Extensions whose schema may stand in a file that we write."""


def is_schema(text: bytes) -> bool:
    """Tell whether a text is a part of the schema of NWB or of a known extension.

    Examples
    --------
    >>> is_schema(b'{"doc": "Anna Meier"}')
    False
    """
    return _digest(text) in _known()


@cache
def _known() -> frozenset[str]:
    """Return digests of all parts of the schema, as the installed library writes them."""
    try:
        from hdmf.backends.utils import NamespaceToBuilderHelper
        from hdmf.spec.write import SpecWriter
        from pynwb import get_manager
    except ImportError:
        return frozenset()
    for name in _EXTENSIONS:
        with suppress(ImportError):
            import_module(name)
    texts: list[bytes] = []

    class Collector(SpecWriter):  # type: ignore[misc]  # hdmf has no types
        def write_spec(self, spec: Any, path: str) -> None:  # noqa: ANN401
            texts.append(json.dumps(spec, separators=(",", ":")).encode())

        def write_namespace(self, namespace: Any, path: str) -> None:  # noqa: ANN401
            self.write_spec({"namespaces": [namespace]}, path)

    catalog = get_manager().namespace_catalog
    for name in catalog.namespaces:
        builder = NamespaceToBuilderHelper.convert_namespace(catalog, name)
        builder.export("namespace", writer=Collector())
    return frozenset(map(_digest, texts))


def _digest(text: bytes) -> str:
    return hashlib.sha256(text.rstrip(b"\0")).hexdigest()
