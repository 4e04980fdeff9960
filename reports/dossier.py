"""The documents of a dossier (NĐ 20/2014 Đ26.2, and Đ27, Đ28 for upper tiers), ready to print.

``documents_of(source)`` turns frozen data into parts; a part gives its HTML. Templates get
finished texts: every rate, level and article comes from the assessment's presenter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string

from pcgd.territory.models import Tier
from reports.dossier_lists import LIST_KINDS, ListKind, PersonRow, person_rows
from reports.dossier_standards import StandardText, lower_first, standard_text
from reports.official_names import OfficialName, official_name
from reports.sources import Authority, DossierSource
from standards.number_text import shown_number
from standards.presenter import AssessmentView, present
from standards.services import documents

_TEMPLATES = "reports/print/"
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


@dataclass(frozen=True, slots=True)
class Part:
    """One document of the dossier. ``rows`` may be long: it is printed in slices, and only
    the slice at its end carries what follows the table."""

    code: str
    title: str
    template: str
    context: Mapping[str, Any]
    is_landscape: bool = False
    rows: Sequence[PersonRow] = ()
    footer: str = ""
    mark: str = ""

    def html(self, asset_root: str, start: int = 0, stop: int = 0) -> str:
        """The document, or the slice of it with the rows from ``start`` up to ``stop``."""
        return render_to_string(
            f"{_TEMPLATES}{self.template}",
            {
                **self.context,
                "asset_root": asset_root,
                "title": self.title,
                "rows": self.rows[start:stop],
                "is_first": start == 0,
                "is_last": stop >= len(self.rows),
            },
        )


@dataclass(frozen=True, slots=True)
class ListText:
    kind: ListKind
    count: str
    rows: tuple[PersonRow, ...]

    @property
    def task(self) -> str:
        """What the report promises: “Vận động 12 em ra lớp mẫu giáo”."""
        return self.kind.task.format(f"{self.count} {self.kind.noun}")


@dataclass
class Dossier:
    """The words and numbers that its documents share."""

    source: DossierSource
    unit: OfficialName = field(init=False)
    view: AssessmentView = field(init=False)

    def __post_init__(self) -> None:
        self.unit = official_name(self.source.content["unit"]["name"])
        self.view = present(self.source.assessment)

    @property
    def year(self) -> int:
        return self.source.year

    @property
    def is_ward(self) -> bool:
        return bool(self.source.content["unit"]["tier"] == Tier.WARD)

    @property
    def addressee(self) -> str:
        return addressee(self.source.authority)

    @property
    def through(self) -> str:
        return through(self.source.authority)

    @cached_property
    def standards(self) -> tuple[StandardText, ...]:
        return tuple(standard_text(view, self.is_ward) for view in self.view.standards)

    @cached_property
    def lists(self) -> tuple[ListText, ...]:
        """The named lists that the content holds; none at upper tiers."""
        held = self.source.content["lists"]
        return tuple(
            ListText(kind, shown_number(len(held[kind.code])), person_rows(held[kind.code]))
            for kind in LIST_KINDS
            if kind.code in held
        )

    @property
    def asked(self) -> list[str]:
        """The standards for which recognition is asked: those certainly held."""
        return [
            text.level_sentence
            for text, view in zip(self.standards, self.view.standards, strict=True)
            if view.level > 0
        ]

    @property
    def not_asked(self) -> list[str]:
        return [lower_first(view.title) for view in self.view.standards if view.level == 0]

    @property
    def footer(self) -> str:
        """What the figures on every page are: frozen (when, and their digest) or a draft."""
        source = self.source
        if source.frozen_on is None:
            return f"Mã băm số liệu {source.sha256[:8]}…"
        return (
            f"Số liệu chốt ngày {source.frozen_on:%d/%m/%Y} (lần {source.number}), "
            f"mã băm {source.sha256[:8]}…"
        )

    @property
    def mark(self) -> str:
        """What nobody may overlook on a page that is not the real thing."""
        marks = []
        if not self.source.is_frozen:
            marks.append("BẢN DỰ THẢO – SỐ LIỆU CHƯA CHỐT")
        if self.source.is_demo:
            marks.append("DỮ LIỆU MINH HỌA")
        return " · ".join(marks)

    def context(self, **more: Any) -> dict[str, Any]:
        on = self.source.statistics_date
        return {
            "unit": self.unit,
            "committee": self.unit.committee,
            "issuer_lines": _in_lines(self.unit),
            "place": self.unit.place,
            "year": self.year,
            "statistics_day": f"{on.day:02d} tháng {_month(on.month)} năm {on.year}",
            "is_ward": self.is_ward,
            "addressee": self.addressee,
            "through": self.through,
            "documents": self.source.assessment.documents,
            "grounds": _grounds(self.source.assessment.documents),
            "all_held": all(
                not text.next_title and not any(each.is_failed for each in text.conditions)
                for text in self.standards
            ),
            "area": self.view.area,
            "parameters": self.view.parameters,
            "warnings": self.view.warnings,
            "view": self.view,
            "standards": self.standards,
            "lists": self.lists,
            "needed": [text for text in self.lists if text.rows],
            "asked": self.asked,
            "not_asked": self.not_asked,
            **more,
        }

    def part(self, code: str, title: str, template: str, **more: Any) -> Part:
        rows = more.pop("rows", ())
        return Part(
            code=code,
            title=title,
            template=template,
            context=self.context(**more),
            is_landscape=more.get("is_landscape", False),
            rows=rows,
            footer=f"{self.unit.full}, năm {self.year}. {self.footer}",
            mark=self.mark,
        )


def documents_of(source: DossierSource) -> list[Part]:
    """The parts in their order: letters, minutes, criteria, then a list each."""
    dossier = Dossier(source)
    parts = [
        dossier.part("to-trinh", "Tờ trình đề nghị kiểm tra, công nhận", "letter.html"),
        dossier.part("bao-cao", "Báo cáo quá trình và kết quả", "report.html"),
        dossier.part(
            "bien-ban",
            "Biên bản tự kiểm tra",
            "minutes.html",
            kept=KEPT_AT_WARD if dossier.is_ward else KEPT_ABOVE,
            member_lines=range(_MEMBER_LINES),
            opinion_lines=range(_OPINION_LINES),
        ),
        dossier.part("tieu-chi", "Bảng tiêu chuẩn, tiêu chí", "criteria.html", is_landscape=True),
    ]
    parts.extend(
        dossier.part(
            f"danh-sach-{text.kind.code.replace('_', '-')}",
            f"Danh sách {text.kind.people}",
            "people.html",
            is_landscape=True,
            rows=text.rows,
            kind=text.kind,
            number=number,
            count=text.count,
            women=shown_number(sum(row.is_female for row in text.rows)),
        )
        for number, text in enumerate(dossier.lists, start=1)
    )
    return parts


def titles_for(tier: str) -> list[str]:
    """What a dossier of this tier will hold, before anything is built."""
    titles = [
        "Tờ trình đề nghị kiểm tra, công nhận",
        "Báo cáo quá trình và kết quả",
        "Biên bản tự kiểm tra",
        "Bảng tiêu chuẩn, tiêu chí",
    ]
    if tier == Tier.WARD:
        titles.extend(f"Danh sách {kind.people}" for kind in LIST_KINDS)
    return titles


def addressee(authority: Authority | None) -> str:
    """To whom the letter goes; a province's goes to the ministry (NĐ 20/2014 Đ25.3)."""
    if authority is None:
        return "Bộ Giáo dục và Đào tạo"
    return official_name(authority.name).committee


def through(authority: Authority | None) -> str:
    """The office that receives and appraises for the authority."""
    if authority is None:
        return ""
    if authority.tier == Tier.DISTRICT:
        return f"Phòng Giáo dục và Đào tạo {official_name(authority.name).running}"
    return f"Sở Giáo dục và Đào tạo {official_name(authority.name).running}"


def _grounds(short_titles: Sequence[str]) -> list[str]:
    """The documents by their full titles, as letters name them."""
    titles = {each.short_title: each.title.rpartition(": ")[2] for each in documents()}
    return [titles.get(short, short) for short in short_titles]


def _month(month: int) -> str:
    """January and February take a leading zero (NĐ 30/2020, Phụ lục I, mục II.4b)."""
    return f"{month:02d}" if month < 3 else str(month)


def _in_lines(unit: OfficialName) -> tuple[str, str]:
    return "ỦY BAN NHÂN DÂN", unit.full.upper()
