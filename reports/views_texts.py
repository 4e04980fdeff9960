"""“Lời văn hồ sơ”: what a unit itself writes into its dossier of a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pcgd.accounts.decorators import write_view
from pcgd.accounts.kept_posts import forget_kept_post, kept_post
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from reports import text_services
from reports.text_presenters import TextsPage, load_page
from reports.words_saving import Saved, WordsRefusedError, save_words
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
    """The page and its one form; ``save`` names what else is to be done than saving it."""
    unit, survey_round = load_unit(request, unit_id, year)
    why_not = text_services.edit_refusal(request.scope, unit)
    page = load_page(unit, survey_round, can_edit=not why_not)
    if request.method != "POST":
        return _show(request, _with_kept(request, page))
    if why_not:
        raise PermissionDenied(why_not)
    act = _ACTS.get(request.POST.get("save", ""), _save)
    return act(_Editing(request, unit, survey_round, page))


def _show(request: ScopedRequest, page: TextsPage, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "reports/texts.html", {"page": page}, status=status)


def _with_kept(request: ScopedRequest, page: TextsPage) -> TextsPage:
    """With what its writer sent when their session had ended."""
    kept = kept_post(request) if page.can_edit else None
    return page if kept is None else page.with_sent(page.read(kept), {}, is_kept=True)


def _back(editing: _Editing) -> HttpResponse:
    """To the page, at the message: it is long, and its address may end in a part of it."""
    page = reverse("dossier_texts", args=[editing.unit.pk, editing.survey_round.year])
    return redirect(f"{page}#thong-bao")


def _save(editing: _Editing) -> HttpResponse:
    page, request = editing.page, editing.request
    forget_kept_post(request)
    sent = page.read(request.POST)
    try:
        saved = save_words(**editing.to, words=sent.words(), proposals=page.proposals)
    except WordsRefusedError as refused:
        is_stale = any(each.conflicts for each in refused.parts.values())
        status = HTTPStatus.CONFLICT if is_stale else HTTPStatus.UNPROCESSABLE_ENTITY
        return _show(request, page.with_sent(sent, refused.parts), status=status)
    messages.success(request, _said(saved))
    return _back(editing)


def _said(saved: Saved) -> str:
    new = [
        f"{saved.texts} đoạn lời văn" if saved.texts else "",
        "danh sách Ban Chỉ đạo" if saved.members else "",
        "số, ngày của văn bản" if saved.letters else "",
    ]
    if not any(new):
        return "Không có gì thay đổi nên không phải lưu."
    return f"Đã lưu: {'; '.join(filter(None, new))}."


def _copy(editing: _Editing) -> HttpResponse:
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
    return _back(editing)


def _give_up(editing: _Editing) -> HttpResponse:
    forget_kept_post(editing.request)
    messages.info(editing.request, "Đã bỏ những gì chưa lưu; trang này là nội dung đang lưu.")
    return _back(editing)


_ACTS: Mapping[str, Callable[[_Editing], HttpResponse]] = {"copy": _copy, "give-up": _give_up}
