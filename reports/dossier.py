"""Which documents a dossier holds (NĐ 20/2014 Đ26 for a ward, Đ27 and Đ28 above), ready to print.

``catalogue(source)`` is the list to choose from, ``documents_of(source, codes)`` builds what was
chosen, in the order of the catalogue. Other modules add their documents (statistics forms,
register books) by ``register_documents``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from reports import dossier_units
from reports.dossier_standards import lower_first
from reports.dossier_units import HandedIn, Recognition, UnitsBelow, inspection_words
from reports.dossier_words import Dossier, Part, TablePart, addressee
from reports.models_dossier import CommitteeRole
from reports.qr import qr_svg
from reports.sources import DossierSource
from reports.verification import address_for, token_for
from standards.number_text import shown_number

#: Empty lines in the minutes, for names and opinions that are written by hand.
_MEMBER_LINES = 5
_OPINION_LINES = 3
#: The file that a ward keeps (NĐ 20/2014 Đ26.1).
KEPT_AT_WARD = (
    "Phiếu điều tra phổ cập giáo dục, xóa mù chữ",
    "Sổ theo dõi phổ cập giáo dục, xóa mù chữ",
    "Danh sách trẻ em hoàn thành chương trình giáo dục mầm non",
    "Danh sách học sinh hoàn thành chương trình tiểu học",
    "Danh sách học sinh tốt nghiệp trung học cơ sở, có chứng chỉ nghề",
    "Danh sách học viên được công nhận biết chữ theo các mức độ",
)
#: What a district or province gathers (NĐ 20/2014 Đ27, Đ28).
KEPT_ABOVE = (
    "Báo cáo và biểu thống kê của các đơn vị trực thuộc",
    "Biên bản kiểm tra phổ cập giáo dục, xóa mù chữ đối với các đơn vị trực thuộc",
    "Quyết định công nhận đạt chuẩn đối với các đơn vị trực thuộc",
)
_UNITS_UNKNOWN = "Số liệu này được chốt khi hệ thống chưa ghi danh sách đơn vị trực thuộc."
_NOBODY_TO_RECOGNISE = "Chưa có đơn vị trực thuộc nào được thẩm định và đạt chuẩn."


class Group(StrEnum):
    """In the order of the dossier; the text is the heading in the list to choose from."""

    LETTERS = "Văn bản đề nghị"
    MINUTES = "Biên bản"
    TABLES = "Bảng tiêu chuẩn, bảng tổng hợp"
    FORMS = "Biểu thống kê"
    INSPECTIONS = "Biên bản kiểm tra đơn vị trực thuộc"
    DECISIONS = "Quyết định công nhận"
    RECORDS = "Danh sách lưu tại đơn vị (khoản 1 Điều 26 Nghị định 20/2014/NĐ-CP)"
    LISTS = "Danh sách cần theo dõi, vận động"
    BOOKS = "Sổ theo dõi"
    CHECK = "Kiểm chứng"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list to choose from. ``reason``: why it cannot be built, a sentence."""

    code: str
    title: str
    group: Group
    is_default: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """``build`` is called only for what was chosen and can be built."""

    entry: Entry
    build: Callable[[], Part | TablePart]


Provider = Callable[[Dossier], Iterable[Document]]
_added: dict[Group, list[Provider]] = {}


class UnknownDocumentError(ValueError):
    """A chosen document does not exist, or cannot be built. The message is a sentence."""


def register_documents(group: Group, provider: Provider) -> None:
    """Documents of another module, behind our own of the group; once, when the app starts."""
    if provider not in _added.setdefault(group, []):
        _added[group].append(provider)


def catalogue(source: DossierSource) -> list[Entry]:
    """Everything that a dossier of this tier may hold, in its order."""
    return [document.entry for document in _documents(Dossier(source))]


def documents_of(
    source: DossierSource, codes: Collection[str] | None = None
) -> list[Part | TablePart]:
    """The chosen documents in the order of the catalogue; without a choice, those that belong
    into every dossier and can be built. Raises UnknownDocumentError."""
    documents = list(_documents(Dossier(source)))
    if codes is None:
        chosen = [each for each in documents if each.entry.is_default and not each.entry.reason]
        return [each.build() for each in chosen]
    by_code = {each.entry.code: each for each in documents}
    for code in codes:
        if code not in by_code:
            raise UnknownDocumentError(f"Hồ sơ của đơn vị không có văn bản “{code}”.")
        if reason := by_code[code].entry.reason:
            raise UnknownDocumentError(f"Chưa lập được “{by_code[code].entry.title}”: {reason}")
    return [each.build() for each in documents if each.entry.code in codes]


def _documents(dossier: Dossier) -> Iterable[Document]:
    own: dict[Group, list[Document]] = {
        Group.LETTERS: _letters(dossier),
        Group.MINUTES: _minutes(dossier),
        Group.TABLES: _tables(dossier),
        Group.LISTS: _lists(dossier),
        Group.CHECK: [_check_page(dossier)],
    }
    if not dossier.is_ward:
        below = UnitsBelow(dossier)
        own[Group.TABLES].append(_unit_table(dossier, below))
        own[Group.INSPECTIONS] = [_inspection(dossier, unit) for unit in below.handed_in()]
        own[Group.DECISIONS] = _decisions(dossier, below)
    for group in Group:
        yield from own.get(group, ())
        for provider in _added.get(group, ()):
            yield from provider(dossier)


def _letters(dossier: Dossier) -> list[Document]:
    part = dossier.part
    covering = Entry("cong-van", "Công văn gửi hồ sơ", Group.LETTERS, is_default=False)
    letter = Entry("to-trinh", "Tờ trình đề nghị kiểm tra, công nhận", Group.LETTERS)
    report = Entry("bao-cao", "Báo cáo quá trình và kết quả", Group.LETTERS)
    return [
        Document(covering, lambda: part(covering.code, covering.title, "covering.html")),
        Document(letter, lambda: part(letter.code, letter.title, "letter.html")),
        Document(report, lambda: part(report.code, report.title, "report.html")),
    ]


def _minutes(dossier: Dossier) -> list[Document]:
    entry = Entry("bien-ban", "Biên bản tự kiểm tra", Group.MINUTES)

    def build() -> Part:
        return dossier.part(
            entry.code,
            entry.title,
            "minutes.html",
            kept=KEPT_AT_WARD if dossier.is_ward else KEPT_ABOVE,
            **_people(dossier),
        )

    return [Document(entry, build)]


def _people(dossier: Dossier) -> dict[str, Any]:
    """Who was there, as far as it was entered; lines for the pen where it was not."""
    texts = dossier.source.texts
    heads, deputies = texts.with_role(CommitteeRole.HEAD), texts.with_role(CommitteeRole.DEPUTY)
    secretaries = texts.with_role(CommitteeRole.SECRETARY)
    chair = next(iter((*heads, *deputies)), None)
    secretary = next(iter(secretaries), None)
    others = [each for each in texts.members if each not in (chair, secretary)]
    return {
        "chair": chair,
        "secretary": secretary,
        "others": others,
        "member_lines": range(0 if texts.members else _MEMBER_LINES),
        "opinion_lines": range(_OPINION_LINES),
    }


def _tables(dossier: Dossier) -> list[Document]:
    entry = Entry("tieu-chi", "Bảng tiêu chuẩn, tiêu chí", Group.TABLES)
    return [
        Document(
            entry,
            lambda: dossier.part(entry.code, entry.title, "criteria.html", is_landscape=True),
        )
    ]


def _lists(dossier: Dossier) -> list[Document]:
    return [_list(dossier, number) for number in range(1, 1 + len(dossier.lists))]


def _list(dossier: Dossier, number: int) -> Document:
    text = dossier.lists[number - 1]
    code = f"danh-sach-{text.kind.code.replace('_', '-')}"
    entry = Entry(code, f"Danh sách {text.kind.people}", Group.LISTS)

    def build() -> Part:
        return dossier.part(
            code,
            entry.title,
            "people.html",
            is_landscape=True,
            rows=text.rows,
            kind=text.kind,
            number=number,
            count=text.count,
            women=shown_number(sum(row.is_female for row in text.rows)),
        )

    return Document(entry, build)


def _unit_table(dossier: Dossier, below: UnitsBelow) -> Document:
    entry = Entry(
        "don-vi",
        "Bảng tổng hợp các đơn vị trực thuộc",
        Group.TABLES,
        reason="" if below.known else _UNITS_UNKNOWN,
    )
    return Document(
        entry,
        lambda: dossier.part(entry.code, entry.title, "units.html", is_landscape=True, units=below),
    )


def _inspection(dossier: Dossier, unit: HandedIn) -> Document:
    entry = Entry(
        f"bien-ban-kiem-tra-{unit.code}",
        f"Biên bản kiểm tra {unit.name.running}",
        Group.INSPECTIONS,
        reason=unit.reason,
    )

    def build() -> Part:
        return dossier.part(
            entry.code,
            entry.title,
            "inspection.html",
            late=partial(inspection_words, unit),
            kept=KEPT_AT_WARD if unit.is_ward else KEPT_ABOVE,
            **_people(dossier),
        )

    return Document(entry, build)


def _decisions(dossier: Dossier, below: UnitsBelow) -> list[Document]:
    """One decision with a list of all units; and, where somebody wants them, one for each."""
    found = below.recognitions()
    whole = Entry(
        "quyet-dinh",
        "Quyết định công nhận các đơn vị trực thuộc",
        Group.DECISIONS,
        reason=_why_no_decision(below, found),
    )
    return [
        Document(whole, lambda: _decision(dossier, below, whole, found)),
        *(
            Document(entry, partial(_decision, dossier, below, entry, [unit]))
            for unit in found
            for entry in (
                Entry(
                    f"quyet-dinh-{unit.code}",
                    f"Quyết định công nhận {unit.name.running}",
                    Group.DECISIONS,
                    is_default=False,
                ),
            )
        ),
    ]


def _why_no_decision(below: UnitsBelow, found: list[Recognition]) -> str:
    if found:
        return ""
    return _NOBODY_TO_RECOGNISE if below.known else _UNITS_UNKNOWN


def _decision(dossier: Dossier, below: UnitsBelow, entry: Entry, units: list[Recognition]) -> Part:
    is_single = entry.code != "quyet-dinh"
    return dossier.part(
        entry.code,
        entry.title,
        "decision.html",
        units=units,
        single=units[0] if is_single else None,
        count=shown_number(len(units)),
        noun=below.noun,
        by_standard=[
            (lower_first(view.title), shown_number(number))
            for view in below.standards
            if (number := sum(view.code in each.held for each in units))
        ],
        short_titles=[view.short_title for view in below.standards],
        office=dossier_units.office_of(dossier),
        chief=dossier_units.chief_of(dossier),
        superior=addressee(dossier.source.authority),
    )


def _check_page(dossier: Dossier) -> Document:
    entry = Entry("kiem-chung", "Trang kiểm chứng số liệu", Group.CHECK)

    def build() -> Part:
        source = dossier.source
        address = address_for(token_for(source))
        return dossier.part(
            entry.code,
            entry.title,
            "check.html",
            address=address,
            is_whole_address=address.startswith("http"),
            qr=qr_svg(address),
            sha256=source.sha256,
            frozen_on=f"{source.frozen_on:%d/%m/%Y}" if source.frozen_on else "",
            freeze_number=source.number,
        )

    return Document(entry, build)
