"""The phiếu itself: read, type, save, submit; and its review."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from households.models import School
from households.school_lookup import SchoolFinder, school_text
from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import (
    Scope,
    ScopedFormMixin,
    ScopedModelChoiceField,
    get_scoped_or_404,
)
from pcgd.territory.models import Tier, Unit
from surveys.conflicts import Change, merged_page
from surveys.entry import (
    EntryPage,
    InvalidEntryError,
    StaleFormError,
    create_household,
    entry_page,
    save_entry,
)
from surveys.forms_entry import HeaderForm, MemberForm
from surveys.models import HouseholdForm
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.validation import warnings_of
from surveys.workflow import (
    TransitionRefusedError,
    available_actions,
    lock_reason,
    past_reason,
)

MAX_MEMBERS = 60


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
    data = request.POST
    try:
        save_entry(
            form_id=form.pk,
            version=whole_number(data.get("version", "")) or 0,
            data=data,
            scope=request.scope,
            submit="submit" in data,
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
    messages.success(request, "Đã nộp phiếu." if "submit" in data else "Đã lưu phiếu.")
    if "submit" in data and (following := _neighbour(request, form, after=True)):
        return redirect("form_page", following)
    return redirect("form_page", form.pk)


def _blank_lines(request: ScopedRequest) -> int:
    """``?them=2`` adds two empty lines for browsers without script."""
    return min(whole_number(request.GET.get("them", "")) or 0, MAX_MEMBERS)


def _neighbour(request: ScopedRequest, form: HouseholdForm, *, after: bool) -> int | None:
    """The phiếu before or after this one in the hamlet, by house order."""
    others = HouseholdForm.objects.within(request.scope).beside(form)
    number = form.household.number
    if after:
        others = others.filter(household__number__gt=number).order_by("household__number")
    else:
        others = others.filter(household__number__lt=number).order_by("-household__number")
    return others.values_list("pk", flat=True).first()


def _show(
    request: ScopedRequest,
    page: EntryPage,
    *,
    changes: list[Change] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    form = page.form
    locked = past_reason(form, request.scope) or lock_reason(form.ward_id, form.round_id)
    may_type = request.scope.role in ENTRY_ROLES and not locked
    schools = School.objects.active().filter(ward=form.ward_id)
    context = {
        "page": page,
        "form": form,
        "household": form.household,
        "version": form.version,
        "locked": locked,
        "refusal": refusal,
        "changes": changes or [],
        "editable": may_type and form.state in {"not_started", "draft"},
        "actions": [
            action
            for action in available_actions(form, request.scope)
            if action.name in {"withdraw", "approve", "return"}
        ],
        "events": form.events.select_related("actor")[:10],
        "warnings": warnings_of(page),
        "school_options": [school_text(school) for school in schools],
        "next_id": _neighbour(request, form, after=True),
        "previous_id": _neighbour(request, form, after=False),
        "blank_count": len(page.new_members),
    }
    return render(request, "surveys/form_page.html", context, status=status)


@read_view
def member_line(request: ScopedRequest, form_id: int) -> HttpResponse:
    """One more empty line, asked for by the button “Thêm người”."""
    form = _load(request, form_id)
    line = min(whole_number(request.GET.get("n", "")) or 1, MAX_MEMBERS)
    member = MemberForm(
        prefix=f"n{line}", year=form.round.year, schools=SchoolFinder([]), empty_permitted=True
    )
    context = {"member": member, "editable": True, "form": form, "next_number": line + 1}
    return render(request, "surveys/_member_added.html", context)


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
