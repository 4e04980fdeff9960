"""Writing the words of a dossier: paragraphs, committee, numbers and dates of the letters.

Nobody's words are lost to somebody else's: each save says what was shown when the page was
opened (a stamp), and is refused where that is no longer what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from pcgd.accounts.audit import audited
from pcgd.accounts.decorators import refusal_for
from pcgd.accounts.scoping import Scope
from pcgd.names import fold_name
from pcgd.territory.models import Unit
from reports.access import BUILDERS
from reports.dossier_paragraphs import KEYS, PARAGRAPHS, clean_text
from reports.dossier_texts import Member
from reports.models_dossier import (
    CommitteeMember,
    CommitteeRole,
    DossierLetter,
    DossierText,
    SignedAs,
)
from surveys.freeze import digest

MAX_MEMBERS = 40
#: The documents that bear a number of their own; decisions are written above the wards.
LETTER_TITLES = {
    "cong-van": "Công văn gửi hồ sơ",
    "to-trinh": "Tờ trình",
    "bao-cao": "Báo cáo",
    "bien-ban": "Biên bản tự kiểm tra",
    "quyet-dinh": "Quyết định công nhận",
}


class TextError(ValueError):
    """It cannot be written so. The message is a Vietnamese sentence."""


class Part(models.TextChoices):
    """A part of the page “Lời văn hồ sơ”."""

    TEXTS = "texts", "Lời văn báo cáo"
    MEMBERS = "members", "Ban Chỉ đạo"
    LETTERS = "letters", "Số, ngày văn bản"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved something else meanwhile: what is stored now, and what was typed.
    ``key`` is the paragraph's, or the name of the part that is compared as a whole."""

    key: str
    label: str
    now: str
    mine: str


class StaleWordsError(Exception):
    """What was opened is no longer what is stored; nothing was written."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("Lời văn đã được người khác thay đổi.")
        self.conflicts = tuple(conflicts)


@dataclass(frozen=True, slots=True)
class Typed:
    """A paragraph as it came back; ``shown`` is the stamp of the text that was shown."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class LetterValues:
    document: str
    number: int | None = None
    dated_on: date | None = None
    signed_as: str = SignedAs.DEPUTY
    signer: str = ""

    @property
    def is_blank(self) -> bool:
        return self == LetterValues(self.document)


@dataclass(frozen=True, slots=True)
class Copied:
    texts: int
    members: int


def edit_refusal(scope: Scope, unit: Unit) -> str:
    """Why this membership may not write the unit's words; empty when it may."""
    if scope.role not in BUILDERS:
        return refusal_for(scope.role, BUILDERS)
    if scope.unit.pk != unit.pk or not scope.can_change(unit):
        return f"Lời văn hồ sơ của {unit.name} do chính đơn vị này viết; đơn vị khác chỉ xem."
    return ""


def text_stamp(text: str) -> str:
    return digest(text)[:16]


def members_stamp(unit: Unit, year: int) -> str:
    return _stamp_of_members([Member(*_values(each)[:3]) for each in _members(unit, year)])


def letters_stamp(unit: Unit, year: int) -> str:
    return _stamp_of_letters(letters_of(unit, year))


def letters_of(unit: Unit, year: int) -> list[LetterValues]:
    rows = DossierLetter.objects.of_unit(unit, year).order_by("document")
    return [
        LetterValues(each.document, each.number, each.dated_on, each.signed_as, each.signer)
        for each in rows
    ]


@transaction.atomic
@audited
def save_texts(
    *,
    scope: Scope,
    unit: Unit,
    year: int,
    typed: Mapping[str, Typed],
    proposals: Mapping[str, str],
) -> int:
    """Write the paragraphs that somebody changed; one that equals its proposal, or is empty,
    is not kept and follows the proposal again. Returns how many changed.

    Raises PermissionDenied, UnknownPlaceholderError, and StaleWordsError where another text is
    stored by now than was shown: then nothing is written.
    """
    _hold(scope, unit)
    rows = {row.key: row for row in DossierText.objects.of_unit(unit, year)}
    changed: dict[str, str] = {}
    conflicts = []
    for paragraph in PARAGRAPHS:
        if paragraph.key not in typed:
            continue
        mine = clean_text(typed[paragraph.key].text) or proposals[paragraph.key]
        row = rows.get(paragraph.key)
        now = row.text if row else proposals[paragraph.key]
        if mine == now or text_stamp(mine) == typed[paragraph.key].shown:
            continue
        if text_stamp(now) != typed[paragraph.key].shown:
            conflicts.append(Conflict(paragraph.key, paragraph.title, now, mine))
        changed[paragraph.key] = mine
    if conflicts:
        raise StaleWordsError(conflicts)
    for key, text in changed.items():
        row = rows.get(key)
        if text == proposals[key]:
            if row is not None:
                row.delete()
            continue
        row = row or DossierText(unit=unit, year=year, key=key, version=0)
        row.text, row.edited_by = text, scope.user
        row.version += 1
        row.save()
    return len(changed)


@transaction.atomic
@audited
def save_members(
    *,
    scope: Scope,
    unit: Unit,
    year: int,
    members: Sequence[tuple[int | None, Member]],
    stamp: str,
) -> bool:
    """The committee as it now is, in its order; ``members`` are (row or None, who). One left as
    it was shown stands in nobody's way. Returns whether it is another one now.

    Raises PermissionDenied, TextError, and StaleWordsError with both lists.
    """
    _hold(scope, unit)
    mine = [member for _pk, member in members]
    stored = members_stamp(unit, year)
    if _stamp_of_members(mine) in (stamp, stored):
        return False
    _refuse_impossible(mine)
    if stored != stamp:
        now = [Member(*_values(each)[:3]) for each in _members(unit, year)]
        raise StaleWordsError(
            [Conflict(Part.MEMBERS, "Thành viên Ban Chỉ đạo", _lines(now), _lines(mine))]
        )
    rows = {row.pk: row for row in _members(unit, year)}
    kept = []
    for order, (pk, member) in enumerate(members):
        row = rows.pop(pk, None) if pk is not None else None
        row = row or CommitteeMember(unit=unit, year=year)
        before = _values(row)
        row.name, row.position, row.role = member.name, member.position, member.role
        row.order = order
        if row.pk is None or _values(row) != before:
            kept.append(row)
    for row in rows.values():
        row.delete()
    # There is one head at most: whoever steps down does so before the next one is written.
    for row in sorted(kept, key=lambda each: each.role == CommitteeRole.HEAD):
        row.save()
    return True


@transaction.atomic
@audited
def save_letters(
    *, scope: Scope, unit: Unit, year: int, letters: Sequence[LetterValues], stamp: str
) -> bool:
    """Numbers and dates as they now are; a document with nothing entered keeps no row. Returns
    whether any is another now; letters left as they were shown stand in nobody's way.

    Raises PermissionDenied, TextError, and StaleWordsError.
    """
    _hold(scope, unit)
    stored = letters_stamp(unit, year)
    if _stamp_of_letters(letters) in (stamp, stored):
        return False
    for each in letters:
        if each.dated_on and each.dated_on.year not in (year, year + 1):
            raise TextError(
                f"Ngày của văn bản đã ghi {each.dated_on:%d/%m/%Y}; cần một ngày trong năm {year} "
                f"hoặc {year + 1}."
            )
    if stored != stamp:
        now = "\n".join(_letter_line(each) for each in letters_of(unit, year))
        mine = "\n".join(_letter_line(each) for each in letters if not each.is_blank)
        raise StaleWordsError([Conflict(Part.LETTERS, Part.LETTERS.label, now, mine)])
    rows = {row.document: row for row in DossierLetter.objects.of_unit(unit, year)}
    for each in letters:
        row = rows.get(each.document)
        if each.is_blank:
            if row is not None:
                row.delete()
            continue
        row = row or DossierLetter(unit=unit, year=year, document=each.document)
        if row.pk is not None and _parts(each)[1:] == (
            row.number, row.dated_on, row.signed_as, row.signer,
        ):  # fmt: skip
            continue
        row.number, row.dated_on = each.number, each.dated_on
        row.signed_as, row.signer = each.signed_as, each.signer
        row.save()
    return True


@transaction.atomic
@audited
def copy_last_year(*, scope: Scope, unit: Unit, year: int) -> Copied:
    """Take over the paragraphs of the year before that this year has not, and its committee
    where nobody was entered yet. What is there stays. Raises PermissionDenied."""
    _hold(scope, unit)
    present = set(DossierText.objects.of_unit(unit, year).values_list("key", flat=True))
    earlier = DossierText.objects.of_unit(unit, year - 1).filter(key__in=KEYS).order_by("key")
    texts = [each for each in earlier if each.key not in present]
    for each in texts:
        DossierText.objects.create(
            unit=unit, year=year, key=each.key, text=each.text, edited_by=scope.user
        )
    members = [] if _members(unit, year) else _members(unit, year - 1)
    for member in members:
        CommitteeMember.objects.create(
            unit=unit,
            year=year,
            name=member.name,
            position=member.position,
            role=member.role,
            order=member.order,
        )
    return Copied(len(texts), len(members))


def _hold(scope: Scope, unit: Unit) -> None:
    """Until the transaction ends nobody else writes this unit's words."""
    if why := edit_refusal(scope, unit):
        raise PermissionDenied(why)
    # Not the key: rows that refer to the unit go on being written meanwhile.
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)


def _refuse_impossible(members: Sequence[Member]) -> None:
    if len(members) > MAX_MEMBERS:
        raise TextError(f"Đã ghi {len(members)} người; nhiều nhất {MAX_MEMBERS} người.")
    heads = [member.name for member in members if member.role == CommitteeRole.HEAD]
    if len(heads) > 1:
        raise TextError(
            f"Đã ghi {len(heads)} Trưởng ban ({', '.join(heads)}); chỉ có một Trưởng ban."
        )
    seen: set[tuple[str, str]] = set()
    for member in members:
        who = (fold_name(member.name), fold_name(member.position))
        if who in seen:
            raise TextError(f"“{member.name}” được ghi hai lần với cùng chức vụ.")
        seen.add(who)


def _members(unit: Unit, year: int) -> list[CommitteeMember]:
    return list(CommitteeMember.objects.of_unit(unit, year).in_protocol_order())


def _values(row: CommitteeMember) -> tuple[str, str, str, int]:
    return row.name, row.position, row.role, row.order


def _parts(letter: LetterValues) -> tuple[str, int | None, date | None, str, str]:
    return letter.document, letter.number, letter.dated_on, letter.signed_as, letter.signer


def _stamp_of_members(members: Sequence[Member]) -> str:
    return digest([[each.name, each.position, each.role] for each in members])[:16]


def _stamp_of_letters(letters: Sequence[LetterValues]) -> str:
    there = sorted((each for each in letters if not each.is_blank), key=lambda each: each.document)
    return digest([[str(part) for part in _parts(each)] for each in there])[:16]


def _lines(members: Sequence[Member]) -> str:
    return "\n".join(
        ", ".join(filter(None, (each.name, each.position, each.role_label))) for each in members
    )


def _letter_line(letter: LetterValues) -> str:
    number = "chưa có số" if letter.number is None else f"số {letter.number:02d}"
    on = "chưa có ngày" if letter.dated_on is None else f"ngày {letter.dated_on:%d/%m/%Y}"
    return f"{LETTER_TITLES.get(letter.document, letter.document)}: {number}, {on}" + (
        f", {letter.signer} ký" if letter.signer else ""
    )
