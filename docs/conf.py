"""How the documentation is built."""

import sys
from pathlib import Path

from fascicle import __version__

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

from benchmark_tables import render_benchmarks  # noqa: E402 - found on the path set above

# Tables of figures are made from the files that benchmarks left, at each build.
(HERE / "reference" / "benchmarks.md").write_text(render_benchmarks(), "utf-8")

project = "Fascicle"
author = "The Fascicle developers"
copyright = "The Fascicle developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Fascicle {version}"
html_static_path = ["_static"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2a6f77", "color-brand-content": "#2a6f77"},
    "dark_css_variables": {"color-brand-primary": "#7cc0c8", "color-brand-content": "#7cc0c8"},
}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Members stand in the order of the source; fields are told by their Attributes section.
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
