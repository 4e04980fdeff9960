"""What can go wrong. Every message is one Vietnamese sentence for the person who can mend it."""

from __future__ import annotations


class StandardsError(ValueError):
    """Any refusal of the engine."""


class DocumentError(StandardsError):
    """A document of the law is badly written; names the file and the key.

    Meant for whoever edits the documents; the start-up check stops on it.
    """

    def __init__(self, file: str, where: str, what: str) -> None:
        self.file = file
        self.where = where
        self.what = what
        super().__init__(f"{file}: {where}: {what}" if where else f"{file}: {what}")


class InputError(StandardsError):
    """Figures, child counts or parameters that cannot be true or are not understood."""


class NoDocumentError(InputError):
    """No document was in force on the day asked for."""
