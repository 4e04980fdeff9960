"""What is wrong, or probably wrong, in what was typed: see ``rules.toml`` for the catalogue.

Errors stop a phiếu from being handed in; warnings ask for a look and a reason.
"""

from __future__ import annotations

from surveys.validation.notes import Line, Note, blocking
from surveys.validation.phieu import notes_of

__all__ = ["Line", "Note", "blocking", "notes_of"]
