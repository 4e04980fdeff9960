"""Asking for a locked phiếu to be opened; the requests, and answering one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.forms import NfcCharField, StyledForm
from surveys.models import HouseholdForm, UnlockRequest
from surveys.periods import ENTRY_ROLES
from surveys.unlock import (
    ANSWER_ROLES,
    LONGEST,
    answer_refusal,
    answer_unlock,
    ask_unlock,
    requests_seen_by,
    requests_waiting_for,
    unlock_context,
)
from surveys.workflow import TransitionRefusedError

#: How many requests of others, or answered ones, the page lists.
_SHOWN = 30


class ReasonForm(StyledForm):
    """Why a phiếu must be opened. Named as in ``components/_confirm.html``."""

    comment = NfcCharField(
        label="Lý do",
        max_length=LONGEST,
        help_text="Ghi rõ ô nào sai và đúng phải là gì.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Hãy ghi lý do: ô nào sai, đúng phải là gì."},
    )


class AnswerForm(StyledForm):
    """Yes or no (the button ``grant``), with words that a no must have."""

    answer = NfcCharField(
        label="Trả lời",
        max_length=LONGEST,
        required=False,
        help_text="Không mở thì phải ghi vì sao; mở thì ghi thêm nếu cần dặn người nhập.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @property
    def grant(self) -> bool:
        return str(self.data.get("grant", "")) == "1"

    def clean_answer(self) -> str:
        answer: str = self.cleaned_data["answer"]
        if not answer and not self.grant:
            raise forms.ValidationError("Hãy ghi vì sao không mở để người xin biết.")
        return answer


@write_view
@requires_role(*ENTRY_ROLES)
def unlock_ask(request: ScopedRequest, form_id: int) -> HttpResponse:
    """The reason for opening a phiếu."""
    phieu = HouseholdForm.objects.select_related("household__hamlet", "hamlet", "ward", "round")
    form = get_scoped_or_404(phieu, request.scope, pk=form_id)
    asking = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and asking.is_valid():
        reason = asking.cleaned_data["comment"]
        try:
            ask_unlock(form_id=form.pk, reason=reason, scope=request.scope)
        except TransitionRefusedError as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        messages.success(request, "Đã gửi đề nghị mở khóa. Câu trả lời sẽ hiện ở đầu phiếu.")
        return redirect("form_page", form.pk)
    context = {
        "form": form,
        "household": form.household,
        "locked": unlock_context(form, request.scope),
        "asking": asking,
    }
    return _render(request, "surveys/unlock_ask.html", context, asking)


@read_view
@requires_role(*ANSWER_ROLES)
def unlock_list(request: ScopedRequest) -> HttpResponse:
    """What waits for an answer here, what waits elsewhere, and the last answers."""
    waiting = list(requests_waiting_for(request.scope))
    seen = requests_seen_by(request.scope).exclude(pk__in=[each.pk for each in waiting])
    context = {
        "waiting": waiting,
        "elsewhere": seen.filter(state=UnlockRequest.State.OPEN)[:_SHOWN],
        "answered": seen.exclude(state=UnlockRequest.State.OPEN).order_by("-answered_at")[:_SHOWN],
    }
    return render(request, "surveys/unlock_list.html", context)


@write_view
@requires_role(*ANSWER_ROLES)
def unlock_answer(request: ScopedRequest, request_id: int) -> HttpResponse:
    """One request: what was asked, what granting does, and the two answers."""
    asked = get_scoped_or_404(requests_seen_by(request.scope), request.scope, pk=request_id)
    answering = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and answering.is_valid():
        answer = answering.cleaned_data["answer"]
        try:
            answer_unlock(
                request_id=asked.pk, grant=answering.grant, answer=answer, scope=request.scope
            )
        except TransitionRefusedError as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        messages.success(request, _done(asked, grant=answering.grant))
        return redirect("unlock_list")
    context = {
        "asked": asked,
        "form": asked.form,
        "household": asked.form.household,
        "refusal": answer_refusal(asked, request.scope),
        "answering": answering,
    }
    return _render(request, "surveys/unlock_answer.html", context, answering)


def _render(
    request: ScopedRequest, template: str, context: dict[str, Any], typed: StyledForm
) -> HttpResponse:
    return render(request, template, context, status=422 if typed.errors else 200)


def _done(asked: UnlockRequest, *, grant: bool) -> str:
    if not grant:
        return "Đã trả lời: không mở khóa."
    if asked.submission is not None:
        ward = asked.form.ward.name
        return f"Đã trả lại hồ sơ cho {ward}; {ward} mở phiếu {asked.form.household.label}."
    return f"Đã mở khóa phiếu {asked.form.household.label} cho người nhập sửa."
