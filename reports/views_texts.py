"""“Lời văn hồ sơ”: what a unit itself writes into its dossier of a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from pcgd.accounts.decorators import write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from reports import text_services
from reports.forms_texts import TextsForm
from reports.text_presenters import TextsPage, load_page
from reports.text_services import StaleWordsError, TextError
from surveys.models import SurveyRound
from surveys.views_unit import load_unit


@dataclass(frozen=True, slots=True)
class _Editing:
    """One save of the page: by whom, of what."""

    request: ScopedRequest
    unit: Unit
    survey_round: SurveyRound
    page: TextsPage

    @property
    def to(self) -> dict[str, Any]:
        return {
            "scope": self.request.scope,
            "unit": self.unit,
            "year": self.survey_round.year,
        }


@write_view
def dossier_texts(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The page, and the saving of one of its parts: ``save`` says which."""
    unit, survey_round = load_unit(request, unit_id, year)
    why_not = text_services.edit_refusal(request.scope, unit)
    page = load_page(unit, survey_round, can_edit=not why_not)
    if request.method != "POST":
        return _show(request, page)
    if why_not:
        raise PermissionDenied(why_not)
    save = _SAVES.get(request.POST.get("save", ""))
    if save is None:
        return redirect("dossier_texts", unit.pk, year)
    refused = save(_Editing(request, unit, survey_round, page))
    return refused or redirect("dossier_texts", unit.pk, year)


def _show(request: ScopedRequest, page: TextsPage, *, status: int = 200) -> HttpResponse:
    return render(request, "reports/texts.html", {"page": page}, status=status)


def _save_texts(editing: _Editing) -> HttpResponse | None:
    page, request = editing.page, editing.request
    form = TextsForm(request.POST, shown=page.shown)
    if not form.is_valid():
        return _show(request, page.with_texts(form), status=422)
    try:
        changed = text_services.save_texts(
            **editing.to, typed=form.typed(), proposals=page.proposals
        )
    except StaleWordsError as error:
        form = form.show_anew(page.shown)
        return _show(request, page.with_texts(form, conflicts=error.conflicts), status=409)
    text = f"Đã lưu {changed} đoạn." if changed else "Không có đoạn nào thay đổi."
    messages.success(request, text)
    return None


def _save_members(editing: _Editing) -> HttpResponse | None:
    page, request = editing.page, editing.request
    forms, stamp = page.member_forms(request.POST), request.POST.get("stamp", "")
    if not forms.is_valid():
        return _show(request, page.with_members(forms, stamp), status=422)
    try:
        text_services.save_members(**editing.to, members=forms.members(), stamp=stamp)
    except TextError as error:
        return _show(request, page.with_members(forms, stamp, problem=str(error)), status=422)
    except StaleWordsError as error:
        return _show(
            request, page.with_members(forms, stamp, conflicts=error.conflicts), status=409
        )
    messages.success(request, "Đã lưu danh sách Ban Chỉ đạo.")
    return None


def _save_letters(editing: _Editing) -> HttpResponse | None:
    page, request = editing.page, editing.request
    forms, stamp = page.letter_forms(request.POST), request.POST.get("stamp", "")
    if not all([form.is_valid() for form in forms]):  # noqa: C419 - all are to be judged
        return _show(request, page.with_letters(forms, stamp), status=422)
    try:
        text_services.save_letters(
            **editing.to,
            letters=[form.values() for form in forms],
            stamp=stamp,
        )
    except TextError as error:
        return _show(request, page.with_letters(forms, stamp, problem=str(error)), status=422)
    except StaleWordsError as error:
        return _show(
            request, page.with_letters(forms, stamp, conflicts=error.conflicts), status=409
        )
    messages.success(request, "Đã lưu số, ngày của các văn bản.")
    return None


def _copy(editing: _Editing) -> HttpResponse | None:
    last = editing.survey_round.year - 1
    copied = text_services.copy_last_year(**editing.to)
    if copied.texts or copied.members:
        text = f"Đã lấy từ năm {last}: {copied.texts} đoạn, {copied.members} thành viên."
        messages.success(editing.request, text)
    else:
        messages.info(
            editing.request,
            f"Không có gì để lấy từ năm {last}: năm đó chưa ghi, hoặc năm nay đã có đủ.",
        )
    return None


_SAVES: Mapping[str, Callable[[_Editing], HttpResponse | None]] = {
    "texts": _save_texts,
    "members": _save_members,
    "letters": _save_letters,
    "copy": _copy,
}
