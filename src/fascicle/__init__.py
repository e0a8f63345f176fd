"""Share, protect, find and jointly learn from neural data.

The main job in two calls (everything else is found from their results):

>>> import fascicle
>>> sorted(fascicle.__all__)[:2]
['__version__', 'annotate']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "annotate",
    "check",
    "export",
    "find",
    "fix",
    "get",
    "lineage",
    "log",
    "look",
    "publish",
    "share",
    "show",
    "verify",
]

if TYPE_CHECKING:
    from fascicle.workflows import (
        annotate,
        check,
        export,
        find,
        fix,
        get,
        lineage,
        log,
        look,
        publish,
        share,
        show,
        verify,
    )


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    # Loaded when first used: `import fascicle` stays far below 0.3 s.
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("fascicle.workflows"), name)
    raise AttributeError(f"module 'fascicle' has no attribute {name!r}")
