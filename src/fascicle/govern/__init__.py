"""The gate: consent, conditions, budgets, and the one handle on a commons."""

from ._accounting import affordable_rho, epsilon_of, tight_epsilon
from ._budget import Budget, Spend
from ._conditions import Conditions, Decision, combine, decide
from ._consent import ConsentTable, parse_codes, parse_consent
from ._duo import DUO, DuoTerm, explain_code, parse_code
from ._nouns import CatalogueEntry, DestroyedKeys, Filters, Grant, Hit, KeyState, LogEntry
from ._open import commons_path, open_commons
from ._species import is_animal

__all__ = [
    "DUO",
    "Budget",
    "CatalogueEntry",
    "Conditions",
    "ConsentTable",
    "Decision",
    "DestroyedKeys",
    "DuoTerm",
    "Filters",
    "Grant",
    "Hit",
    "KeyState",
    "LogEntry",
    "Spend",
    "affordable_rho",
    "combine",
    "commons_path",
    "decide",
    "epsilon_of",
    "explain_code",
    "is_animal",
    "open_commons",
    "parse_code",
    "parse_codes",
    "parse_consent",
    "tight_epsilon",
]
