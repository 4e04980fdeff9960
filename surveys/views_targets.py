"""The targets of a unit's own plan, beside the law and the unit's numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from pcgd.accounts.decorators import read_view, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.territory.models import Unit
from surveys.forms_targets import LoadForm, TargetForm
from surveys.models import SurveyRound, Target
from surveys.periods import rounds_of
from surveys.target_changes import conflicts, merged
from surveys.target_files import samples
from surveys.target_presenters import coverage, goal_text, plans, target_title
from surveys.target_services import (
    StaleTargetError,
    TargetError,
    create_target,
    delete_target,
    edit_refusal,
    load_sample,
    update_target,
)
from surveys.targets import Position, hold, targets_above
from surveys.views_unit import load_unit


@read_view
def target_list(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The unit's plans, then those of the units above held against the unit's own numbers."""
    unit, survey_round = load_unit(request, unit_id, year)
    rounds = rounds_of(unit)
    position = Position(unit, year, survey_round.statistics_date)
    own = list(
        Target.objects.within(request.scope).of_unit(unit).select_related("unit").in_plan_order()
    )
    above = targets_above(unit, survey_round.statistics_date)
    before = _year_before(unit, year, rounds) if own or above else None
    can_edit = not edit_refusal(request.scope, unit)
    offered = samples(unit.tier) if can_edit else []
    context = {
        "unit": unit,
        "round": survey_round,
        "rounds": rounds,
        "plans": plans(hold(own, position, before), position),
        "plans_above": plans(hold(above, position, before), position, above=True),
        "problem": position.problem,
        "coverage": coverage(position) if own or above else "",
        "can_edit": can_edit,
        "load_form": LoadForm(plans=offered) if offered else None,
    }
    return render(request, "surveys/targets.html", context)


def _year_before(unit: Unit, year: int, rounds: list[SurveyRound]) -> Position | None:
    """The same unit a year earlier; None when it did not exist or had no round."""
    last = next((each for each in rounds if each.year == year - 1), None)
    return Position(unit, last.year, last.statistics_date) if last else None


def _editable(request: ScopedRequest, unit_id: int, year: int) -> tuple[Unit, SurveyRound]:
    """Http404 outside the scope; PermissionDenied for who may only look."""
    unit, survey_round = load_unit(request, unit_id, year)
    if why := edit_refusal(request.scope, unit):
        raise PermissionDenied(why)
    return unit, survey_round


@write_view
def target_create(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """A new line of a plan; plan and year are those of the line entered last."""
    unit, survey_round = _editable(request, unit_id, year)
    last = Target.objects.of_unit(unit).order_by("-edited_at", "-pk").first()
    form = TargetForm(
        request.POST if request.method == "POST" else None,
        initial={"document": last.document, "year": last.year} if last else {},
        unit=unit,
        on=survey_round.statistics_date,
    )
    if request.method == "POST" and form.is_valid():
        try:
            target = create_target(scope=request.scope, unit=unit, values=form.values())
        except TargetError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Đã thêm chỉ tiêu “{target_title(target)}”.")
            again = "them" in request.POST
            return redirect("target_create" if again else "target_list", unit.pk, year)
    return _edit_page(request, unit, survey_round, form)


@write_view
def target_edit(request: ScopedRequest, unit_id: int, year: int, target_id: int) -> HttpResponse:
    unit, survey_round = _editable(request, unit_id, year)
    own = Target.objects.of_unit(unit)
    target = get_scoped_or_404(own, request.scope, pk=target_id)
    form = TargetForm(
        request.POST if request.method == "POST" else None,
        initial=TargetForm.initial_of(target),
        unit=unit,
        on=survey_round.statistics_date,
    )
    stale: Target | None = None
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            update_target(
                scope=request.scope, target_id=target.pk, version=version, values=form.values()
            )
        except TargetError as error:
            form.refuse(error)
        except StaleTargetError as error:
            if error.current is None:
                messages.error(request, "Chỉ tiêu này vừa bị người khác xóa.")
                return redirect("target_list", unit.pk, year)
            stale = error.current
        else:
            messages.success(request, "Đã lưu chỉ tiêu.")
            return redirect("target_list", unit.pk, year)
    return _edit_page(request, unit, survey_round, form, target=target, stale=stale)


def _edit_page(
    request: ScopedRequest,
    unit: Unit,
    survey_round: SurveyRound,
    form: TargetForm,
    *,
    target: Target | None = None,
    stale: Target | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "unit": unit,
        "round": survey_round,
        "form": form,
        "target": target,
        "target_title": target_title(target) if target else "",
        "delete_text": f"{target_title(target)}: {goal_text(target)}, năm {target.year}."
        if target
        else "",
        "conflicts": [],
    }
    status = 422 if form.errors else 200
    if stale is not None:
        opened = form.cleaned_data["version"] or 0
        mine = merged(stale, form.values(), opened)
        context["conflicts"] = conflicts(stale, mine)
        context["stale"] = stale
        # What was typed stays; saving it once more is then a decision, not an accident.
        again = Target(unit=unit, version=stale.version, **asdict(mine))
        context["form"] = TargetForm(
            initial=TargetForm.initial_of(again), unit=unit, on=survey_round.statistics_date
        )
        status = 409
    return render(request, "surveys/target_edit.html", context, status=status)


@write_view
def target_delete(request: ScopedRequest, unit_id: int, year: int, target_id: int) -> HttpResponse:
    unit, _round = _editable(request, unit_id, year)
    target = get_scoped_or_404(Target.objects.of_unit(unit), request.scope, pk=target_id)
    if request.method != "POST":
        return redirect("target_edit", unit.pk, year, target.pk)
    version = request.POST.get("version", "")
    try:
        delete_target(
            scope=request.scope,
            target_id=target.pk,
            version=int(version) if version.isascii() and version.isdigit() else 0,
        )
    except StaleTargetError as error:
        if error.current is None:
            messages.info(request, "Chỉ tiêu này đã được xóa trước đó.")
            return redirect("target_list", unit.pk, year)
        messages.error(
            request, "Chưa xóa: chỉ tiêu vừa được người khác sửa. Xin xem lại rồi xóa nếu vẫn cần."
        )
        return redirect("target_edit", unit.pk, year, target.pk)
    messages.success(request, f"Đã xóa chỉ tiêu “{target_title(target)}”.")
    return redirect("target_list", unit.pk, year)


@write_view
def target_load(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """Start from an example plan: what the unit already has stays as it is."""
    unit, _round = _editable(request, unit_id, year)
    if request.method != "POST":
        return redirect("target_list", unit.pk, year)
    offered = samples(unit.tier)
    form = LoadForm(request.POST, plans=offered)
    if not form.is_valid():
        for error in form.errors.values():
            messages.error(request, f"Chưa nạp. Kế hoạch mẫu: {error[0]}")
        return redirect("target_list", unit.pk, year)
    plan = next(each for each in offered if each.name == form.cleaned_data["plan"])
    try:
        report = load_sample(
            scope=request.scope, unit=unit, plan=plan, document=form.cleaned_data["document"]
        )
    except TargetError as error:
        messages.error(request, f"Chưa nạp gì. {error}")
        return redirect("target_list", unit.pk, year)
    messages.success(
        request,
        f"Đã thêm {len(report.added)} chỉ tiêu; "
        f"{report.present + len(report.kept)} chỉ tiêu đã có được giữ nguyên.",
    )
    return redirect("target_list", unit.pk, year)
