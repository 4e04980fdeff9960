"""The report as the page prints it: counts by rule and by hamlet, and the cases behind one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from pcgd.territory.models import Unit
from surveys.forms_entry import MemberForm, VisitForm
from surveys.validation.catalogue import WARD, Rule, catalogue
from surveys.validation.notes import HEADER
from surveys.validation.report import Case, WardReport

ERROR_TEXT, WARNING_TEXT, MISSING_TEXT = "Lỗi", "Cảnh báo", "Thiếu thông tin"
#: Values of ``?muc=``; those that are only reported are a kind of their own for readers.
KINDS = {"error": ERROR_TEXT, "warning": WARNING_TEXT, "missing": MISSING_TEXT}
_TONES = {"error": "bad", "warning": "warn", "missing": "none"}
_ICONS = {"error": "circle-x", "warning": "alert-triangle", "missing": "info"}
_MEANING = {
    "error": "Phải sửa mới nộp được phiếu.",
    "warning": "Xem lại; đúng như vậy thì xác nhận kèm lý do trong phiếu.",
    "missing": "Chỉ báo trong trang này, không chặn nộp phiếu.",
}


def kind_of(rule: Rule) -> str:
    """A warning that is only reported is a missing piece of information."""
    if rule.is_error:
        return "error"
    return "missing" if rule.where == WARD and rule.code != "repeated_in_hamlet" else "warning"


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for: a hamlet, a rule, a kind; confirmed ones instead of open
    ones; phiếu that nobody has begun too; the year where the address names one."""

    hamlet: int | None = None
    code: str = ""
    kind: str = ""
    accepted: bool = False
    proposals: bool = False
    year: str = ""

    @property
    def asks_for_cases(self) -> bool:
        return bool(self.hamlet or self.code or self.kind or self.accepted)

    def url(self, **changes: object) -> str:
        values = {
            "nam": self.year, "to": self.hamlet or "", "ma": self.code, "muc": self.kind,
            "xn": int(self.accepted) or "", "de-xuat": int(self.proposals) or "",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }  # fmt: skip
        asked = urlencode({name: value for name, value in values.items() if value})
        return f"{reverse('validation_report')}{'?' if asked else ''}{asked}"

    def lets_through(self, case: Case) -> bool:
        """Whether the case is among those asked for, confirmed or not."""
        return (
            (not self.hamlet or case.form.hamlet_id == self.hamlet)
            and (not self.code or case.note.code == self.code)
            and (not self.kind or kind_of(catalogue()[case.note.code]) == self.kind)
        )


@dataclass(frozen=True, slots=True)
class RuleRow:
    rule: Rule
    open: int
    accepted: int
    url: str
    accepted_url: str


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The rules of one kind with something found, the most frequent first."""

    title: str
    meaning: str
    icon: str
    tone: str
    total: int
    can_confirm: bool
    rows: Sequence[RuleRow]


@dataclass(frozen=True, slots=True)
class HamletRow:
    """``counts`` are (kind's text, how many, address) in the order of KINDS."""

    name: str
    url: str
    counts: Sequence[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class CaseRow:
    label: str
    head: str
    hamlet: str
    who: str
    message: str
    field: str
    url: str
    icon: str
    tone: str
    kind: str
    reason: str = ""
    by: str = ""
    at: datetime | None = None


def rule_groups(report: WardReport, query: Query) -> list[RuleGroup]:
    """Counts by rule of the cases that the filters let through; errors first."""
    counts: Counter[tuple[str, bool]] = Counter(
        (case.note.code, case.note.accepted) for case in report.cases if query.lets_through(case)
    )
    found = {code for code, _accepted in counts}
    groups = []
    for kind, title in KINDS.items():
        rows = [
            RuleRow(
                rule,
                counts[rule.code, False],
                counts[rule.code, True],
                query.url(ma=rule.code, xn=""),
                query.url(ma=rule.code, xn=1),
            )
            for rule in catalogue().rules.values()
            if rule.code in found and kind_of(rule) == kind
        ]
        if rows:
            rows.sort(key=lambda row: -row.open)
            total = sum(row.open for row in rows)
            can = kind == "warning"
            groups.append(
                RuleGroup(title, _MEANING[kind], _ICONS[kind], _TONES[kind], total, can, rows)
            )
    return groups


def hamlet_rows(report: WardReport, hamlets: Iterable[Unit], query: Query) -> list[HamletRow]:
    """Open cases by hamlet and kind, in the order of the hamlets."""
    rules = catalogue()
    counts: Counter[tuple[int, str]] = Counter(
        (case.form.hamlet_id, kind_of(rules[case.note.code])) for case in report.open_cases
    )
    return [
        HamletRow(
            hamlet.name,
            query.url(to=hamlet.pk),
            [
                (text, counts[hamlet.pk, kind], query.url(to=hamlet.pk, muc=kind))
                for kind, text in KINDS.items()
            ],
        )
        for hamlet in hamlets
    ]


def cases_of(report: WardReport, query: Query) -> tuple[list[Case], list[Case]]:
    """The cases asked for, house by house: those that are open, those that are confirmed."""
    found = [case for case in report.cases if query.lets_through(case)]
    return (
        [case for case in found if not case.note.accepted],
        [case for case in found if case.note.accepted],
    )


def case_rows(cases: Iterable[Case], hamlets: Mapping[int, Unit]) -> list[CaseRow]:
    return [_case_row(case, hamlets.get(case.form.hamlet_id)) for case in cases]


def _case_row(case: Case, hamlet: Unit | None) -> CaseRow:
    note, form = case.note, case.form
    kind = kind_of(catalogue()[note.code])
    number = hamlet.code.rsplit("-", 1)[-1] if hamlet else ""
    kept = case.acceptance
    return CaseRow(
        label=f"{number}-{form.number:03d}",
        head=form.head_name,
        hamlet=hamlet.name if hamlet else "",
        who=case.who,
        message=note.message,
        field=field_label(note.line, note.field),
        url=f"{reverse('form_page', args=[form.form_id])}{_anchor(case)}" if form.form_id else "",
        icon=_ICONS[kind],
        tone=_TONES[kind],
        kind=KINDS[kind],
        reason=note.reason,
        by=str(kept.get("by", "")),
        at=_moment(str(kept.get("at", ""))),
    )


def _anchor(case: Case) -> str:
    """To the field where there is one; a person without a line this year has none."""
    note = case.note
    if note.code == "no_year_data" or (note.line == HEADER and not note.field):
        return ""
    return f"#id_{note.line}-{note.field}" if note.field else f"#{note.line}"


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if timezone.is_aware(found) else None


def field_label(line: str, name: str) -> str:
    """What the phiếu calls the field; "" for the whole line."""
    fields = VisitForm.base_fields if line == HEADER else MemberForm.base_fields
    return str(fields[name].label) if name in fields else ""
