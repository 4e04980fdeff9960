"""The words and numbers that the documents of a dossier share, and one document of it.

Templates get finished texts: every rate, level and article comes from the assessment's
presenter, every paragraph from what the unit wrote or from the proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string

from pcgd.territory.models import Tier
from reports.dossier_lists import LIST_KINDS, ListKind, PersonRow, person_rows
from reports.dossier_paragraphs import PARAGRAPHS, Paragraph, filled, lines_of, placeholder_values
from reports.dossier_standards import StandardText, lower_first, standard_text
from reports.dossier_texts import shown_day
from reports.forms.table import Table
from reports.official_names import OfficialName, official_name
from reports.sources import Authority, DossierSource
from standards.number_text import shown_number
from standards.presenter import AssessmentView, present
from standards.services import documents

_TEMPLATES = "reports/print/"


@dataclass(frozen=True, slots=True)
class Part:
    """One document of the dossier. ``rows`` may be long: it is printed in slices, and only
    the slice at its end carries what follows the table. ``late`` gives what is read only when
    the document is printed: a city's minutes of a hundred wards are never in memory together.
    """

    code: str
    title: str
    template: str
    context: Mapping[str, Any]
    is_landscape: bool = False
    rows: Sequence[PersonRow] = ()
    footer: str = ""
    mark: str = ""
    late: Callable[[], Mapping[str, Any]] | None = None

    def html(self, asset_root: str, start: int = 0, stop: int = 0) -> str:
        """The document, or the slice of it with the rows from ``start`` up to ``stop``.
        Raises DamagedSnapshotError where a unit below is read."""
        return render_to_string(
            f"{_TEMPLATES}{self.template}",
            {
                **self.context,
                **(self.late() if self.late else {}),
                "asset_root": asset_root,
                "title": self.title,
                "rows": self.rows[start:stop],
                "is_first": start == 0,
                "is_last": stop >= len(self.rows),
            },
        )


@dataclass(frozen=True, slots=True)
class TablePart:
    """A document that is one table or several; ``late`` gives them when it is printed."""

    code: str
    title: str
    late: Callable[[], Sequence[Table]]
    footer: str
    mark: str
    rows: Sequence[PersonRow] = ()


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
    #: What documents of other modules share, by module.
    kept: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.unit = official_name(self.source.content["unit"]["name"])
        self.view = present(self.source.assessment)

    @property
    def year(self) -> int:
        return self.source.year

    @property
    def tier(self) -> str:
        return str(self.source.content["unit"]["tier"])

    @property
    def is_ward(self) -> bool:
        return self.tier == Tier.WARD

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
    def is_complete(self) -> bool:
        """Nothing is left to reach: the highest levels, and nobody on a list."""
        return not any(text.next_title for text in self.standards) and not any(
            text.rows for text in self.lists
        )

    @property
    def statistics_day(self) -> str:
        return shown_day(self.source.statistics_date)

    @cached_property
    def placeholders(self) -> dict[str, str]:
        """What stands for each name in braces, here and now."""
        return placeholder_values(
            self.source.content, running=self.unit.running, statistics_day=self.statistics_day
        )

    def proposal(self, paragraph: Paragraph) -> str:
        """What is proposed for it, its numbers still in braces."""
        return paragraph.proposal(is_ward=self.is_ward, is_complete=self.is_complete)

    @cached_property
    def paragraphs(self) -> dict[str, list[str]]:
        """Key → printed paragraphs: what the unit wrote, else what is proposed."""
        written = self.source.texts.paragraphs
        return {
            each.key: lines_of(
                filled(written.get(each.key) or self.proposal(each), self.placeholders)
            )
            for each in PARAGRAPHS
        }

    @property
    def footer(self) -> str:
        """What the figures on every page are: frozen (when, and their digest) or a draft."""
        source = self.source
        head = f"{self.unit.full}, đợt điều tra {self.year}."
        if source.frozen_on is None:
            return f"{head} Số liệu chưa chốt, mã băm {source.sha256[:8]}…"
        return (
            f"{head} Số liệu chốt ngày {source.frozen_on:%d/%m/%Y} (lần {source.number}), "
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

    @cached_property
    def _shared(self) -> dict[str, Any]:
        grounds = _grounds(self.source.assessment.documents)
        return {
            "unit": self.unit,
            "committee": self.unit.committee,
            "issuer_lines": ("ỦY BAN NHÂN DÂN", self.unit.full.upper()),
            "place": self.unit.place,
            "year": self.year,
            "statistics_day": self.statistics_day,
            "is_ward": self.is_ward,
            "addressee": addressee(self.source.authority),
            "through": through(self.source.authority),
            "documents": self.source.assessment.documents,
            "grounds": grounds,
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
            "paragraphs": self.paragraphs,
            "report_letter": self.source.texts.letter("bao-cao"),
        }

    def part(
        self,
        code: str,
        title: str,
        template: str,
        *,
        rows: Sequence[PersonRow] = (),
        is_landscape: bool = False,
        late: Callable[[], Mapping[str, Any]] | None = None,
        **more: Any,
    ) -> Part:
        """A document with this template; ``more`` is what only it needs."""
        letter = self.source.texts.letter(code)
        return Part(
            code=code,
            title=title,
            template=template,
            context={**self._shared, "letter": letter, **more},
            is_landscape=is_landscape,
            rows=rows,
            footer=self.footer,
            mark=self.mark,
            late=late,
        )


def addressee(authority: Authority | None) -> str:
    """To whom the letter goes; a province's goes to the ministry (NĐ 20/2014 Đ25.3)."""
    if authority is None:
        return "Bộ Giáo dục và Đào tạo"
    return official_name(authority.name).committee


def through(authority: Authority | None) -> str:
    """The office that receives and appraises for the authority."""
    if authority is None:
        return ""
    return education_office(official_name(authority.name), authority.tier)


def education_office(unit: OfficialName, tier: str) -> str:
    """Which office of a district or a province does the work."""
    kind = "Phòng" if tier == Tier.DISTRICT else "Sở"
    return f"{kind} Giáo dục và Đào tạo {unit.running}"


def _grounds(short_titles: Sequence[str]) -> list[str]:
    """The documents by their full titles, as letters name them."""
    titles = {each.short_title: each.title.rpartition(": ")[2] for each in documents()}
    return [titles.get(short, short) for short in short_titles]
