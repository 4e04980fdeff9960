"""Taking an invented population away again, and never a real one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from households.models import Household, ResidenceEvent, Resident, School, SchoolingRecord
from pcgd.territory.models import Unit
from surveys.demo import DEMO_MARK
from surveys.demo.conditions import clear_conditions
from surveys.models import FormEvent, HouseholdForm, SurveyRound
from surveys.workflow import lock_reason

_AT_ONCE = 500


class NotDemoDataError(Exception):
    """What stands there must not be deleted. The message is a Vietnamese sentence."""


def clear_ward(*, ward: Unit, hamlets: Iterable[Unit], survey_round: SurveyRound) -> None:
    """Delete the invented households of the ward, with their people, phiếu and audit rows, and
    what was invented about its schools; hamlets and the schools themselves stay. Call inside
    a transaction.

    Raises NotDemoDataError when somebody there is not marked as invented, when there are
    lines of another year, or when the ward's figures have been handed in.
    """
    if locked := lock_reason(ward.pk, survey_round.pk):
        raise NotDemoDataError(f"Không thay được dữ liệu minh họa: {locked}")
    households = list(Household.objects.filter(hamlet__in=hamlets).values_list("pk", flat=True))
    _refuse_real_data(ward, households, survey_round.year)
    people = list(_of(Resident, "household", households))
    forms = list(_of(HouseholdForm, "household", households))
    _delete(FormEvent, "form", forms)
    _delete(HouseholdForm, "household", households)
    _delete(ResidenceEvent, "resident", people)
    _delete(SchoolingRecord, "resident", people)
    _delete(Resident, "household", households)
    _delete(Household, "pk", households)
    schools = School.objects.filter(ward=ward).values_list("pk", flat=True)
    clear_conditions(school_ids=schools, year=survey_round.year)


def _refuse_real_data(ward: Unit, households: list[int], year: int) -> None:
    for part in _parts(households):
        people = Resident.objects.filter(household__in=part)
        real = people.exclude(note=DEMO_MARK).first()
        if real is not None:
            raise NotDemoDataError(
                f"{ward.name} có người không mang dấu “{DEMO_MARK}” ({real.full_name}); "
                "không xóa dữ liệu thật."
            )
        if SchoolingRecord.objects.filter(resident__household__in=part).exclude(year=year).exists():
            raise NotDemoDataError(
                f"{ward.name} có dữ liệu của những năm khác năm {year}; không thay được."
            )
        if Household.objects.filter(pk__in=part, residents=None).exists():
            raise NotDemoDataError(
                f"{ward.name} có hộ chưa có người nào, không phải hộ minh họa; không xóa."
            )


def _parts(ids: list[int]) -> Iterable[list[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _of(model: type[models.Model], field: str, ids: list[int]) -> Iterable[int]:
    for part in _parts(ids):
        yield from model._default_manager.filter(**{f"{field}__in": part}).values_list(
            "pk", flat=True
        )


def _delete(model: Any, field: str, ids: list[int]) -> None:
    """Delete rows and their audit rows in bulk: an audit of people who never were, taken
    away one signal at a time, would cost minutes and tell nothing."""
    for part in _parts(ids):
        rows = model.objects.filter(**{f"{field}__in": part})
        if hasattr(model, "history"):
            gone = list(rows.values_list("pk", flat=True))
            for some in _parts(gone):
                model.history.filter(**{f"{model._meta.pk.name}__in": some}).delete()
        rows._raw_delete(rows.db)
