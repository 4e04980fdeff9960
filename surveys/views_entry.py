"""The phiếu itself: read, type, save, submit; and its review."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Subquery
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import (
    Scope,
    ScopedFormMixin,
    ScopedModelChoiceField,
    get_scoped_or_404,
)
from pcgd.territory.models import Tier, Unit
from surveys.cell_new_people import MAX_MEMBERS
from surveys.conflicts import Change, merged_page
from surveys.entry import (
    EntryPage,
    InvalidEntryError,
    StaleFormError,
    create_household,
    entry_page,
    save_entry,
)
from surveys.entry_presenter import page_context, unpack_initials
from surveys.forms_entry import HeaderForm
from surveys.models import FormState, HouseholdForm
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.school_choices import matching_schools
from surveys.unlock import unlock_context
from surveys.work_list import next_returned
from surveys.workflow import (
    Action,
    TransitionRefusedError,
    available_actions,
    lock_reason,
    perform_on_form,
)

_REVIEW = {"withdraw", "approve", "return"}


def _load(request: ScopedRequest, form_id: int) -> HouseholdForm:
    forms = HouseholdForm.objects.select_related(
        "round__province", "household__hamlet", "hamlet", "ward", "edited_by"
    )
    return get_scoped_or_404(forms, request.scope, pk=form_id)


@write_view
def form_page(request: ScopedRequest, form_id: int) -> HttpResponse:
    """All members on one screen."""
    form = _load(request, form_id)
    if request.method != "POST":
        return _show(request, entry_page(form, blank_lines=_blank_lines(request)))
    if request.scope.role not in ENTRY_ROLES:
        raise PermissionDenied("Vai trò của bạn chỉ xem phiếu, không sửa.")
    data = unpack_initials(request.POST)
    try:
        save_entry(
            form_id=form.pk,
            version=whole_number(data.get("version", "")) or 0,
            data=data,
            scope=request.scope,
        )
    except StaleFormError:
        fresh = _load(request, form_id)
        changes, page = merged_page(fresh, data)
        return _show(request, page, changes=changes, status=409)
    except InvalidEntryError as error:
        return _show(request, error.page, status=422)
    except TransitionRefusedError as refusal:
        page = entry_page(_load(request, form_id), data)
        return _show(request, page, refusal=str(refusal), status=403)
    if "submit" not in data:
        messages.success(request, "Đã lưu phiếu.")
        return redirect("form_page", form.pk)
    return _submit(request, form)


def _submit(request: ScopedRequest, form: HouseholdForm) -> HttpResponse:
    """Hand in what has just been saved; where something is left to mend, it stays saved."""
    try:
        perform_on_form(form_id=form.pk, action="submit", scope=request.scope)
    except TransitionRefusedError as refusal:
        messages.warning(request, f"Đã lưu phiếu, chưa nộp. {refusal}")
        return redirect("form_page", form.pk)
    # As it was when the page was sent: handed in, it is returned no more.
    if form.was_returned:
        url, words = _after_mending(request, form)
        messages.success(request, f"Đã nộp phiếu. {words}".strip())
        return redirect(url)
    messages.success(request, "Đã nộp phiếu.")
    return redirect("form_page", _neighbours(request, form)[1] or form.pk)


def _after_mending(request: ScopedRequest, form: HouseholdForm) -> tuple[str, str]:
    """Where to go once a phiếu that came back is handed in again, and what to say there: to the
    next one that came back, after the last to the list of work."""
    forms = HouseholdForm.objects.within(request.scope).in_round(form.round).of_ward(form.ward)
    following = next_returned(forms, form)
    if following is not None:
        return reverse("form_page", args=[following]), ""
    url = f"{reverse('my_work')}?nam={form.round.year}"
    return url, "Không còn phiếu nào bị trả lại."


def _blank_lines(request: ScopedRequest) -> int:
    """``?them=2`` adds two empty lines for browsers without script."""
    return min(whole_number(request.GET.get("them", "")) or 0, MAX_MEMBERS)


def _neighbours(request: ScopedRequest, form: HouseholdForm) -> tuple[int | None, int | None]:
    """The phiếu before and after this one in the hamlet, by house order. One query."""
    others = HouseholdForm.objects.within(request.scope).beside(form).order_by().values("pk")
    number = form.household.number
    before = others.filter(household__number__lt=number).order_by("-household__number")
    after = others.filter(household__number__gt=number).order_by("household__number")
    pair: tuple[int | None, int | None] = (
        HouseholdForm.objects.within(request.scope)
        .order_by()
        .values_list(Subquery(before[:1]), Subquery(after[:1]))
        .get(pk=form.pk)
    )
    return pair


def _show(
    request: ScopedRequest,
    page: EntryPage,
    *,
    changes: list[Change] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    form = page.form
    unlock = unlock_context(form, request.scope)
    may_type = request.scope.role in ENTRY_ROLES and not unlock["locked"]
    editable = may_type and form.state in {FormState.NOT_STARTED, FormState.DRAFT}
    previous_id, next_id = _neighbours(request, form)
    context = {
        "page": page,
        "form": form,
        "household": form.household,
        "version": form.version,
        "unlock": unlock,
        "refusal": refusal,
        "changes": changes or [],
        "typed": request.method == "POST",
        "editable": editable,
        "after_mending": editable and form.was_returned and _after_mending(request, form),
        "actions": _review_actions(form, request.scope),
        "events": form.events.select_related("actor")[:10],
        "next_id": next_id,
        "previous_id": previous_id,
        "blank_count": len(page.new_members),
        **page_context(page),
    }
    return render(request, "surveys/form_page.html", context, status=status)


def _review_actions(form: HouseholdForm, scope: Scope) -> list[Action]:
    """The buttons below the phiếu. Nothing is to be reviewed before it is handed in, so
    then nothing is asked."""
    if form.state not in {FormState.SUBMITTED, FormState.APPROVED}:
        return []
    return [action for action in available_actions(form, scope) if action.name in _REVIEW]


@read_view
def school_choices(request: ScopedRequest, form_id: int) -> JsonResponse:
    """Schools for the “trường” cell, while somebody types: those of the ward first."""
    form = _load(request, form_id)
    found = matching_schools(form, request.GET.get("q", "")[:100])
    return JsonResponse({"schools": found})


class NewHouseholdForm(ScopedFormMixin, HeaderForm):
    """A household that was not on the list, in one of the hamlets of the round."""

    hamlet = ScopedModelChoiceField(
        Unit.objects.of_tier(Tier.HAMLET), label="Tổ dân phố/thôn", empty_label="— chọn —"
    )
    field_order = ("hamlet", "head_name", "address", "phone", "residence_kind")

    def __init__(self, *args: Any, scope: Scope, on: date, **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, **kwargs)
        field = cast("ScopedModelChoiceField", self.fields["hamlet"])
        field.queryset = field.queryset.children_of(scope.unit, on).order_by("sort_key")
        only = list(field.queryset[:2])
        if len(only) == 1:
            self.initial.setdefault("hamlet", only[0])


@write_view
@requires_role(*ENTRY_ROLES)
def household_create(request: ScopedRequest) -> HttpResponse:
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    if locked := lock_reason(request.scope.unit.pk, survey_round.pk):
        # Said before somebody types, not after.
        raise PermissionDenied(locked)
    shown = NewHouseholdForm(
        request.POST or None,
        scope=request.scope,
        on=survey_round.statistics_date,
        initial={"residence_kind": 1},
    )
    if request.method == "POST" and shown.is_valid():
        cleaned = dict(shown.cleaned_data)
        hamlet = cleaned.pop("hamlet")
        try:
            form = create_household(
                survey_round=survey_round,
                hamlet=hamlet,
                ward=request.scope.unit,
                cleaned=cleaned,
                scope=request.scope,
            )
        except TransitionRefusedError as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        messages.success(request, "Đã thêm hộ; hãy nhập từng người trong hộ.")
        return redirect(reverse("form_page", args=[form.pk]) + "?them=1")
    status = 422 if shown.errors else 200
    return render(request, "surveys/household_create.html", {"form": shown}, status=status)
