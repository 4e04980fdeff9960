"""What a kind of report must be able to do, and who does it.

A builder says which parts a run has (``plan``), takes what they are made of out of the database
(``read``), makes one after the other (``build_part``) and puts them together (``join``). What is
made is kept after each part, so that a run whose worker was killed goes on where it stopped; see
reports.building for who calls what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.utils.module_loading import import_string

from reports.sources import DamagedSnapshotError
from reports.storage import StorageError
from standards.engine import StandardsError
from surveys.figures import NoDataError

if TYPE_CHECKING:
    from reports.models import ReportRun

#: Called by a builder in the middle of a long part: says that it lives. What it raises
#: (the run was stopped, or passed to another) must be let through.
Alive = Callable[[], None]


class ReportError(Exception):
    """This report cannot be built as things are. A Vietnamese sentence for who asked."""


#: Errors of the data or the server that a user can act on; each message is a sentence.
KNOWN_ERRORS: tuple[type[Exception], ...] = (
    ReportError,
    NoDataError,
    StandardsError,
    DamagedSnapshotError,
    StorageError,
)


@dataclass(frozen=True, slots=True)
class PartSpec:
    """A part still to build. ``weight`` says how much of the work it is; ``content`` is what
    the builder wants to have at hand when it comes to this part, and is never stored."""

    code: str
    title: str
    weight: int = 1
    content: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run will make. Two plans with one ``fingerprint`` give the same pages, so
    the parts of one serve the other: data, layout, addressee, whatever is printed belongs in
    it; kind, format and options are added to it by who asks. ``data_sha256`` is the digest of
    the data alone, shown to people. ``content`` is what ``join`` needs beside the parts, and is
    never stored.

    ``reads_late``: its parts are too large to be read together, so each is read when it is
    built. Then data that change meanwhile make the run begin anew.
    """

    title: str
    fingerprint: str
    parts: Sequence[PartSpec]
    data_sha256: str
    content: Any = None
    reads_late: bool = False


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """``data`` is whatever ``join`` can read; ``meta`` is small and goes through JSON."""

    data: bytes
    pages: int = 0
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A built part as it was read back."""

    code: str
    title: str
    pages: int
    meta: dict[str, Any]
    data: bytes


class HandIn(Enum):
    """Which data a builder takes. ``USUAL``: what was handed in while that stands
    (``run.snapshot``), else those of the day; ``BY_CHOICE``: those of the day, or the hand-in
    that ``options["snapshot"]`` names; ``NEVER``: always those of the day."""

    USUAL = "usual"
    BY_CHOICE = "by choice"
    NEVER = "never"


class Builder(Protocol):
    """One kind of report. Builders keep nothing between calls: a run may change hands.

    ``plan`` is called when the report is asked for, on a run that is not saved yet, and again
    by each worker that takes it. What it raises out of KNOWN_ERRORS is shown to people.
    ``read`` follows on it in the worker, both from one state of the data, and gives the plan
    with all at hand that the parts are made of; ``build_part`` reads nothing that may change,
    but of a plan that ``reads_late``. ``join`` reads nothing at all and should give the same
    bytes for the same parts.
    """

    #: The formats that can be asked for; the first is the usual one.
    formats: Sequence[str]
    hand_in: HandIn

    def plan(self, run: ReportRun) -> Plan: ...

    def read(self, run: ReportRun, plan: Plan) -> Plan: ...

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart: ...

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes: ...

    def file_name(self, run: ReportRun) -> str:
        """As the file is called where it is taken to: plain letters, with the ending."""
        ...


#: Kind → the class of its builder; a set is collected by reports.sets.
BUILDERS: dict[str, str] = {
    "dossier": "reports.builder_dossier.DossierBuilder",
    "form": "reports.builder_forms.FormsBuilder",
    "forms": "reports.builder_forms.FormsBuilder",
    "book": "reports.builder_books.BooksBuilder",
}


def builder_of(kind: str) -> Builder:
    """Raises ReportError for a kind that nobody builds."""
    path = BUILDERS.get(kind)
    if path is None:
        raise ReportError(f"Chưa lập được loại báo cáo “{kind}”.")
    return _made(path)


@cache
def _made(path: str) -> Builder:
    return cast("Builder", import_string(path)())
