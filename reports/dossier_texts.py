"""What people wrote into a unit's dossier of a year, as plain data for whoever prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from pcgd.names import nfc
from pcgd.territory.models import Unit
from reports.models_dossier import (
    CommitteeMember,
    CommitteeRole,
    DossierLetter,
    DossierText,
    SignedAs,
)
from surveys.freeze import digest


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the steering committee."""

    name: str
    position: str
    role: str

    @property
    def role_label(self) -> str:
        return CommitteeRole(self.role).label


@dataclass(frozen=True, slots=True)
class Letter:
    """Number and date of one document as NĐ 30/2020, Phụ lục I writes them: a number below
    10, a day below 10 and the months 1 and 2 with a leading zero; "" leaves room for the pen."""

    number: str = ""
    day: str = ""
    month: str = ""
    year: str = ""
    by_chair: bool = False
    signer: str = ""


#: Of a document of which nothing was entered.
BY_HAND = Letter()


@dataclass(frozen=True, slots=True)
class DossierTexts:
    """``paragraphs``: key → text, for those that somebody has written; ``letters``: code of
    the document → number and date."""

    paragraphs: Mapping[str, str] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    letters: Mapping[str, Letter] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The same digest, the same words: part of what tells one file from another."""
        return digest(
            {
                "paragraphs": dict(self.paragraphs),
                "members": [asdict(each) for each in self.members],
                "letters": {code: asdict(each) for code, each in self.letters.items()},
            }
        )

    def letter(self, document: str) -> Letter:
        return self.letters.get(document, BY_HAND)

    def with_role(self, role: CommitteeRole) -> tuple[Member, ...]:
        return tuple(each for each in self.members if each.role == role)


def texts_of(*, unit_id: int, year: int) -> DossierTexts:
    """Three queries."""
    which = {"unit_id": unit_id, "year": year}
    texts = DossierText.objects.filter(**which).order_by("key").values_list("key", "text")
    members = CommitteeMember.objects.filter(**which).in_protocol_order()
    letters = DossierLetter.objects.filter(**which).order_by("document")
    return DossierTexts(
        paragraphs=dict(texts),
        members=tuple(Member(nfc(each.name), nfc(each.position), each.role) for each in members),
        letters={each.document: _letter(each) for each in letters},
    )


def texts_digest(unit: Unit, year: int) -> str:
    """What belongs into the fingerprint of every file with these words."""
    return texts_of(unit_id=unit.pk, year=year).sha256


def _letter(row: DossierLetter) -> Letter:
    on = row.dated_on
    return Letter(
        number="" if row.number is None else f"{row.number:02d}",
        day="" if on is None else f"{on.day:02d}",
        month="" if on is None else shown_month(on.month),
        year="" if on is None else str(on.year),
        by_chair=row.signed_as == SignedAs.CHAIR,
        signer=nfc(row.signer),
    )


def shown_month(month: int) -> str:
    """January and February take a leading zero (NĐ 30/2020, Phụ lục I, mục II.4b)."""
    return f"{month:02d}" if month < 3 else str(month)


def shown_day(on: date) -> str:
    """“30 tháng 9 năm 2025”."""
    return f"{on.day:02d} tháng {shown_month(on.month)} năm {on.year}"
