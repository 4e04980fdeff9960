"""The law as a calculation: dated documents in, levels out.

Knows no database, no Django and no survey round; imports nothing but the standard library.
``load_documents`` reads the law, ``rulebook`` takes what is in force on a day, ``evaluate``
holds one unit's figures against it.
"""

from standards.engine.context import ANY_LEVEL, ChildLevels, Context
from standards.engine.errors import DocumentError, InputError, NoDocumentError, StandardsError
from standards.engine.evaluate import evaluate
from standards.engine.loader import load_document, load_documents
from standards.engine.results import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.rulebook import Rulebook, rulebook

__all__ = [
    "ANY_LEVEL",
    "Assessment",
    "ChildLevels",
    "Context",
    "CriterionResult",
    "DocumentError",
    "InputError",
    "NoDocumentError",
    "Outcome",
    "Rulebook",
    "StandardResult",
    "StandardsError",
    "evaluate",
    "load_document",
    "load_documents",
    "rulebook",
]
