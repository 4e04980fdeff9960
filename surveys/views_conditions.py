"""Conditions of the schools (TT 07/2016): one school's page, and who has entered what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from households.models import School
from pcgd.accounts.decorators import read_view, refusal_for, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.territory.models import Tier
from surveys.conditions import (
    WHAT,
    ConditionsPage,
    InvalidConditionsError,
    StaleConditionsError,
    conditions_page,
    copied_page,
    merged_conditions,
    not_asked,
    save_conditions,
)
from surveys.conditions_overview import level_tables, schools_left, ward_table
from surveys.conflicts import Change
from surveys.figures import wards_of
from surveys.models import SurveyRound
from surveys.periods import round_of_year, rounds_of
from surveys.views_schools import SCHOOL_EDITORS
from surveys.views_unit import load_unit
from surveys.workflow import TransitionRefusedError, lock_reason


@write_view
def school_conditions(request: ScopedRequest, school_id: int, year: int) -> HttpResponse:
    """What one school has this year, beside the year before."""
    schools = School.objects.select_related("ward")
    school = get_scoped_or_404(schools, request.scope, pk=school_id)
    survey_round = round_of_year(school.ward, year)
    if request.method != "POST":
        return _show(request, conditions_page(school=school, year=year), survey_round)
    if request.scope.role not in SCHOOL_EDITORS:
        raise PermissionDenied(refusal_for(request.scope.role, SCHOOL_EDITORS))
    data = request.POST
    if "copy" in data:
        page, copied = copied_page(school=school, year=year, data=data)
        return _show(request, page, survey_round, copied=_copied_words(copied, year - 1))
    try:
        changed = save_conditions(
            school=school, survey_round=survey_round, data=data, scope=request.scope
        )
    except StaleConditionsError:
        changes, page = merged_conditions(school=school, year=year, data=data)
        return _show(request, page, survey_round, stale=True, changes=changes, status=409)
    except InvalidConditionsError as error:
        return _show(request, error.page, survey_round, status=422)
    except TransitionRefusedError as refusal:
        page = conditions_page(school=school, year=year, data=data)
        return _show(request, page, survey_round, refusal=str(refusal), status=403)
    if changed:
        messages.success(request, f"Đã lưu điều kiện năm {year} của {school.name}.")
    else:
        messages.info(request, f"{school.name}: không có ô nào thay đổi.")
    return redirect("conditions_overview", school.ward_id, year)


def _copied_words(count: int, year: int) -> str:
    if not count:
        return f"Không có ô trống nào chép được từ năm {year}."
    return f"Đã chép {count} ô trống từ năm {year}. Chưa lưu: xem lại từng ô rồi bấm Lưu."


def _show(
    request: ScopedRequest,
    page: ConditionsPage,
    survey_round: SurveyRound,
    *,
    stale: bool = False,
    changes: list[Change] | None = None,
    copied: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    school, scope = page.school, request.scope
    unasked = not_asked(school, survey_round.statistics_date)
    locked = "" if unasked else lock_reason(school.ward_id, survey_round.pk, WHAT)
    may_type = scope.role in SCHOOL_EDITORS and scope.can_change(school.ward)
    context: dict[str, Any] = {
        "page": page,
        "school": school,
        "ward": school.ward,
        "year": page.year,
        "last_year": page.year - 1,
        "rounds": rounds_of(school.ward),
        "last_saved": page.last_saved,
        "unasked": unasked,
        "locked": "" if refusal else locked,
        "refusal": refusal,
        "stale": stale,
        "changes": changes or [],
        "copied": copied,
        "editable": may_type and not locked and not unasked,
        "sees_ward": scope.is_whole_unit,
    }
    return render(request, "surveys/school_conditions.html", context, status=status)


@read_view
def conditions_overview(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """Which schools of a ward have entered what; above a ward, how far each ward has come."""
    unit, survey_round = load_unit(request, unit_id, year)
    on = survey_round.statistics_date
    context: dict[str, Any] = {"unit": unit, "round": survey_round, "rounds": rounds_of(unit)}
    if unit.tier != Tier.WARD:
        context["table"] = ward_table(wards_of(unit, on), year, on)
        return render(request, "surveys/conditions_wards.html", context)
    locked = lock_reason(unit.pk, survey_round.pk, WHAT)
    may_type = request.scope.role in SCHOOL_EDITORS and request.scope.can_change(unit)
    left = schools_left([unit], on)[unit.pk]
    context |= {
        "tables": level_tables(unit, year, on, left),
        "left": left,
        "can_take_all": may_type and request.scope.unit == unit,
        "locked": locked,
        "can_type": may_type and not locked,
        "may_type": may_type,
    }
    return render(request, "surveys/conditions_overview.html", context)
