"""“Báo cáo & hồ sơ” of a unit and year: what may be chosen, ready to print."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from pcgd.accounts.requests import whole_number
from pcgd.territory.models import Tier, Unit
from reports.books import phieu
from reports.books.kinds import kinds
from reports.builders import KNOWN_ERRORS, ReportError
from reports.centre_choices import Choices
from reports.dossier import Entry, Group, catalogue
from reports.form_presenters import form_file_url, form_url, has_files_at_once
from reports.forms.versions import FormVersion
from reports.hand_ins import VersionOption, version_options, word_for
from reports.presenters import DataState, data_state, superseded_state, unfrozen_state
from reports.sources import DossierSource, draft_source, frozen_source
from standards.number_text import shown_number
from surveys.models import Snapshot, SurveyRound
from surveys.periods import rounds_of

_YEAR_DIGITS = 4
#: A longer group of documents is folded: a city's minutes of more than a hundred wards.
_LONG_GROUP = 12
#: Name of a control of the form for books → the choice that it is of.
BOOK_FIELDS = {"so": "book", "to": "hamlet", "sinh": "born"}
_FORM_GROUPS = {
    "MN": "Giáo dục mầm non",
    "TH": "Giáo dục tiểu học",
    "THCS": "Giáo dục trung học cơ sở",
    "XMC": "Xóa mù chữ",
}
#: In the address of the page: the usual documents ticked, whatever was ticked last.
TICKS, USUAL_TICKS = "danh-dau", "mac-dinh"
#: What “Tệp của từng đơn vị” offers: value → words.
SET_CHOICES = {
    "ho-so": "Hồ sơ đề nghị công nhận (PDF)",
    "bieu-xlsx": "Bộ biểu thống kê (XLSX)",
    "bieu-pdf": "Bộ biểu thống kê (PDF)",
}


@dataclass(frozen=True, slots=True)
class DocumentGroup:
    """``reason``: why none of its documents can be built, said once."""

    title: str
    entries: Sequence[Entry]
    is_long: bool
    summary: str
    reason: str


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form; the addresses of files are empty where it is built in the background."""

    code: str
    title: str
    url: str
    xlsx_url: str
    pdf_url: str


@dataclass(frozen=True, slots=True)
class FormGroup:
    title: str
    forms: Sequence[FormLine]


@dataclass(frozen=True, slots=True)
class BookProblem:
    """Why no book was built; ``field`` is the name of the control where that is mended."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Centre:
    """``chosen`` is the word of the version for the address; ``documents_problem`` says why
    there is nothing to choose from, ``forms_problem`` why this version has no forms.
    ``choices`` stand in the fields, ``ticked_…`` are the codes that are ticked of them;
    ``defaults`` are the usual documents, ``usual_url`` is the page with these ticked."""

    chosen: str
    choices: Choices
    ticked_documents: Collection[str]
    ticked_forms: Collection[str]
    usual_url: str
    data: DataState
    options: Sequence[VersionOption]
    compare_url: str
    documents: Sequence[DocumentGroup]
    documents_problem: str
    defaults: str
    forms: Sequence[FormGroup]
    forms_problem: str
    books: Sequence[tuple[str, str]]
    hamlets: Sequence[Unit]
    sets: Sequence[tuple[str, str]]


def load_centre(
    unit: Unit,
    survey_round: SurveyRound,
    chosen: Snapshot | None,
    standing: Snapshot | None,
    choices: Choices,
) -> Centre:
    """``standing`` are the figures with which the unit's submission is on its way."""
    year = survey_round.year
    word = word_for(chosen)
    options = version_options(unit, year, chosen)
    entries, problem = _entries(unit, year, chosen)
    usual = [each.code for each in entries if _is_ticked(each)]
    is_ward = unit.tier == Tier.WARD
    forms = _form_groups(FormVersion(unit, year, chosen), word)
    compare = reverse("compare_versions", args=[unit.pk, year])
    return Centre(
        chosen=word,
        choices=choices,
        ticked_documents=usual if choices.documents is None else choices.documents,
        ticked_forms=_codes(forms) if choices.forms is None else choices.forms,
        usual_url=_usual_url(unit, year, word),
        data=_state(unit, survey_round, chosen, standing),
        options=options,
        compare_url=compare if len(options) > 1 or len(rounds_of(unit)) > 1 else "",
        documents=_groups(entries),
        documents_problem=problem,
        defaults=",".join(usual),
        forms=forms,
        forms_problem=""
        if forms
        else "Lần chốt này chưa giữ biểu thống kê; hãy chọn “Số liệu hiện có” để lập biểu.",
        books=[*((kind.code, f"{kind.title}: {kind.whom[0].lower()}{kind.whom[1:]}")
                 for kind in kinds().values()),
               (phieu.CODE, phieu.TITLE)] if is_ward else (),
        hamlets=hamlets_of(unit, survey_round) if is_ward else (),
        sets=() if is_ward else list(SET_CHOICES.items()),
    )  # fmt: skip


def hamlets_of(unit: Unit, survey_round: SurveyRound) -> list[Unit]:
    on = survey_round.statistics_date
    below = Unit.objects.of_tier(Tier.HAMLET).children_of(unit, on)
    return list(below.order_by("sort_key", "code"))


def _state(
    unit: Unit, survey_round: SurveyRound, chosen: Snapshot | None, standing: Snapshot | None
) -> DataState:
    if chosen is None and standing is not None:
        return unfrozen_state(standing, survey_round.year)
    if chosen is not None and (standing is None or standing.pk != chosen.pk):
        return superseded_state(chosen, standing, survey_round.year)
    on = survey_round.statistics_date
    has_authority = chosen is not None or unit.parent_on(on) is not None
    return data_state(chosen, survey_round.year, has_authority=has_authority)


def _entries(unit: Unit, year: int, chosen: Snapshot | None) -> tuple[list[Entry], str]:
    try:
        source: DossierSource = (
            draft_source(unit=unit, year=year) if chosen is None else frozen_source(chosen)
        )
        return catalogue(source), ""
    except KNOWN_ERRORS as error:
        return [], str(error)


def _groups(entries: Sequence[Entry]) -> list[DocumentGroup]:
    found = []
    for group in Group:
        own = [each for each in entries if each.group == group]
        if own:
            ready = sum(not each.reason for each in own)
            found.append(
                DocumentGroup(
                    title=group.value,
                    entries=own,
                    is_long=len(own) > _LONG_GROUP,
                    summary=f"{shown_number(len(own))} văn bản, lập được {shown_number(ready)}",
                    reason=_common_reason(own),
                )
            )
    return found


def _common_reason(entries: Sequence[Entry]) -> str:
    reasons = {each.reason for each in entries}
    return reasons.pop() if len(reasons) == 1 and len(entries) > 1 else ""


def _is_ticked(entry: Entry) -> bool:
    return entry.is_default and not entry.reason


def _form_groups(version: FormVersion, word: str) -> list[FormGroup]:
    unit, year = version.unit, version.year
    direct = has_files_at_once(unit)
    groups: dict[str, list[FormLine]] = {}
    for each in version.layouts():
        files = [
            form_file_url(unit, year, each.code, kind, word) if direct else ""
            for kind in ("xlsx", "pdf")
        ]
        groups.setdefault(each.group, []).append(
            FormLine(each.code, each.title, form_url(unit, year, each.code, word), *files)
        )
    return [FormGroup(_FORM_GROUPS[group], forms) for group, forms in groups.items()]


def _codes(groups: Sequence[FormGroup]) -> list[str]:
    return [form.code for group in groups for form in group.forms]


def _usual_url(unit: Unit, year: int, word: str) -> str:
    query = urlencode({"chot": word, TICKS: USUAL_TICKS})
    return f"{reverse('dossier', args=[unit.pk, year])}?{query}#ho-so-gom"


def born_problem(born: str) -> BookProblem | None:
    """What was typed for a year of birth and is no year; which years a book has, its builder
    knows."""
    if not born or (len(born) == _YEAR_DIGITS and whole_number(born)):
        return None
    return BookProblem(
        "sinh",
        f"Năm sinh đã ghi là “{born}”, không phải một năm; ghi năm bằng bốn chữ số, ví dụ 2015, "
        "hoặc để trống để lập sổ của mọi tuổi.",
    )


def book_problem(
    error: Exception, asked: Mapping[str, str], hamlets: Collection[str]
) -> BookProblem:
    """A builder's refusal, at the field that is to be changed."""
    field = "so"
    if asked["hamlet"] and asked["hamlet"] not in hamlets:
        field = "to"
    elif asked["born"] and isinstance(error, ReportError):
        field = "sinh"
    return BookProblem(field, str(error))


def centre_url(unit_id: int, year: int, chosen: str = "", anchor: str = "") -> str:
    """The page with a version chosen, at one of its sections."""
    address = reverse("dossier", args=[unit_id, year])
    query = f"?{urlencode({'chot': chosen})}" if chosen else ""
    return f"{address}{query}{anchor}"
