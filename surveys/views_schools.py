"""The list of schools, by the ministry's codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from households.models import School, SchoolKind
from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, get_scoped_or_404
from pcgd.names import fold_name
from pcgd.territory.models import Tier, Unit
from pcgd.territory.naming import sort_key
from surveys.conflicts import Change, merge_fields
from surveys.forms_schools import SchoolForm, TakeOverForm
from surveys.periods import chosen_round, rounds_of
from surveys.school_moves import (
    StaleSchoolError,
    change_school,
    heirs_in_scope,
    left_behind,
    take_over_all,
)

PAGE_SIZE = 50
SCHOOL_EDITORS = (
    Role.WARD_SECRETARY,
    Role.DISTRICT_OFFICER,
    Role.CITY_OFFICER,
    Role.ADMINISTRATOR,
)
_KINDS = list(SchoolKind.values)
#: Which schools the list shows besides the working ones.
CLOSED, AT_FORMER_UNIT = "1", "cu"


@read_view
def school_list(request: ScopedRequest) -> HttpResponse:
    """Schools by kind and by any part of the name or code, diacritics aside."""
    schools = School.objects.within(request.scope).select_related("ward")
    several_wards = request.scope.unit.tier != Tier.WARD
    ended = Q(ward__valid_to__lt=timezone.localdate())
    state = request.GET.get("ngung", "")
    if state == AT_FORMER_UNIT and several_wards:
        schools = schools.active().filter(ended)
    elif state == CLOSED:
        schools = schools.filter(closed_on__isnull=False)
    else:
        schools, state = schools.active(), ""
    kind = request.GET.get("loai", "")
    if kind in SchoolKind.values:
        schools = schools.filter(kind=kind)
    query = request.GET.get("q", "").strip()[:100]
    is_filtered = bool(query or kind or state)
    page = Paginator(_found(schools, query), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "kinds": SchoolKind.choices,
        "kind": kind,
        "query": query,
        "state": state,
        "closed": state == CLOSED,
        "is_filtered": is_filtered,
        "is_empty": not page.object_list and not is_filtered,
        "can_add": request.scope.role in SCHOOL_EDITORS,
        "several_wards": several_wards,
        "round": chosen_round(request) if request.scope.is_whole_unit else None,
        **_at_former_units(request.scope, ended),
    }
    return render(request, "surveys/school_list.html", context)


def _at_former_units(scope: Scope, ended: Q) -> dict[str, Any]:
    """What the page says of schools that still stand at a unit which has ended: a ward names
    those that may be its own; above a ward they are counted. Nothing is said to who acts for a
    part of a ward, or for a unit that has ended itself."""
    unit, today = scope.unit, timezone.localdate()
    if not scope.is_whole_unit or _has_ended(unit, today):
        return {"left": None, "left_above": 0}
    if unit.tier == Tier.WARD:
        found = left_behind([unit], today, School.objects.active())
        return {"left": found[unit.pk], "left_above": 0}
    above = School.objects.within(scope).active().filter(ended)
    return {"left": None, "left_above": above.count()}


def _has_ended(unit: Unit, today: date) -> bool:
    return unit.valid_to is not None and unit.valid_to < today


def _found(schools: Iterable[School], query: str) -> list[School]:
    """Every word of ``query`` is in the name or code; kinds in the order of schooling, names
    in Vietnamese order. In Python: a whole city has some two thousand schools, and SQLite
    knows neither our capitals nor our alphabet."""
    words = fold_name(query).split()
    found = [
        school
        for school in schools
        if all(word in fold_name(f"{school.name} {school.code}") for word in words)
    ]
    return sorted(found, key=lambda each: (_KINDS.index(each.kind), sort_key(each.name), each.pk))


@write_view
@requires_role(*SCHOOL_EDITORS)
def school_create(request: ScopedRequest) -> HttpResponse:
    """A new school."""
    form = SchoolForm(request.POST if request.method == "POST" else None, scope=request.scope)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form.save())
    return _edit_page(request, form, None, status=422 if form.errors else 200)


@write_view
@requires_role(*SCHOOL_EDITORS)
def school_edit(request: ScopedRequest, school_id: int) -> HttpResponse:
    """One school of the list, or one that still stands at a unit which became one's own."""
    known = School.objects.filter(pk=school_id).select_related("ward").first()
    if known is not None:
        heirs = heirs_in_scope(known, request.scope, timezone.localdate())
        if heirs:
            return _take_over(request, known, heirs)
    school = get_scoped_or_404(School, request.scope, pk=school_id)
    if request.method != "POST":
        return _edit_page(request, SchoolForm(instance=school, scope=request.scope), school_id)
    form = SchoolForm(request.POST, instance=school, scope=request.scope)
    if not form.is_valid():
        return _edit_page(request, form, school_id, status=422)
    version = form.cleaned_data["base_version"] or 0
    try:
        change_school(school=form.instance, version=version, scope=request.scope)
    except StaleSchoolError:
        changes, form = _merged(request.POST, school_id, request.scope)
        return _edit_page(request, form, school_id, status=409, changes=changes)
    return _saved(request, form.instance)


def _saved(request: ScopedRequest, school: School) -> HttpResponse:
    messages.success(request, f"Đã lưu {school.name}.")
    return redirect("school_list")


def _edit_page(
    request: ScopedRequest,
    form: SchoolForm,
    school_id: int | None,
    *,
    status: int = 200,
    changes: Sequence[Change] | None = None,
) -> HttpResponse:
    # The form has already written what was typed into its school: the stored one is read anew.
    schools = School.objects.select_related("ward")
    school = None if school_id is None else schools.get(pk=school_id)
    context = {
        "form": form,
        "is_new": school is None,
        "school_id": school_id,
        "rounds": rounds_of(school.ward)[:1] if school else [],
        "changes": changes,
        "last_saved": None if school is None or changes is None else _last_saved(school),
    }
    return render(request, "surveys/school_edit.html", context, status=status)


def _last_saved(school: School) -> Any:
    """The audit row of the last save: who, and when."""
    rows = School.history.filter(id=school.pk).select_related("history_user")
    return rows.order_by("-history_id").first()


def _merged(data: QueryDict, school_id: int, scope: Scope) -> tuple[list[Change], SchoolForm]:
    """(what another person changed meanwhile, the form to show): fields not touched here take
    the new values, fields touched here keep what was typed."""
    merged = data.copy()
    changes: list[Change] = []
    shown = SchoolForm(instance=School.objects.get(pk=school_id), scope=scope)
    fields = [shown[name] for name in shown.asked]
    merge_fields(fields, "Trường", data, merged, changes)
    merged["base_version"] = str(shown["base_version"].initial)
    return changes, SchoolForm(merged, instance=School.objects.get(pk=school_id), scope=scope)


def _take_over(request: ScopedRequest, school: School, heirs: list[Unit]) -> HttpResponse:
    """Only the place changes, and only towards one's own ward."""
    data = request.POST if request.method == "POST" else None
    form = TakeOverForm(data, school=school, heirs=heirs, scope=request.scope)
    context: dict[str, Any] = {"form": form, "school": school, "former": school.ward}
    if data is None or not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "surveys/school_take_over.html", context, status=status)
    version = form.cleaned_data["base_version"] or 0
    moved = School.objects.get(pk=school.pk)
    moved.ward = form.cleaned_data["ward"]
    try:
        change_school(school=moved, version=version, scope=request.scope)
    except StaleSchoolError:
        messages.error(request, _taken_meanwhile(school.pk))
        return redirect("school_list")
    messages.success(request, f"Đã nhận {moved.name} về {moved.ward.name}.")
    return redirect("school_list")


def _taken_meanwhile(school_id: int) -> str:
    school = School.objects.select_related("ward").get(pk=school_id)
    saved = _last_saved(school)
    who = saved.history_user.full_name if saved and saved.history_user else "Người khác"
    return (
        f"Chưa ghi gì của bạn: {who} vừa sửa {school.name}, nay ghi ở {school.ward.name}. "
        "Muốn sửa tiếp thì mở lại trường này."
    )


@write_view
@requires_role(*SCHOOL_EDITORS)
def schools_take_over(request: ScopedRequest) -> HttpResponse:
    """Every school of the units that wholly became the ward, at once."""
    ward, today = request.scope.unit, timezone.localdate()
    if request.method != "POST":
        return redirect("school_list")
    if ward.tier != Tier.WARD or not request.scope.is_whole_unit or _has_ended(ward, today):
        raise PermissionDenied("Xã, phường mới nhận trường về; ở cấp khác hãy sửa từng trường.")
    moved = take_over_all(ward=ward, on=today, scope=request.scope)
    if moved:
        messages.success(request, f"Đã nhận {len(moved)} trường về {ward.name}.")
    else:
        messages.info(request, "Không còn trường nào ở đơn vị cũ đã nhập toàn bộ.")
    return redirect("school_list")
