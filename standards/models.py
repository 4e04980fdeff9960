"""What a city has decided where the law leaves a choice: dated, by a document, logged."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit


class ParameterChoiceQuerySet(ScopedQuerySet["ParameterChoice"]):
    def in_force(self, on: date) -> Self:
        return self.filter(Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on)))

    def of_province_above(self, unit: Unit) -> Self:
        """The choices of the province above (or at) ``unit``."""
        return self.filter(province__path=f"{unit.path.split('/', 1)[0]}/")

    def newest_first(self) -> Self:
        return self.order_by("name", "-valid_from")


class ParameterChoice(models.Model):
    """From ``valid_from`` to ``valid_to`` (both days included; None: until further notice) a
    province reads one point that the law leaves open in this way.

    ``name`` and ``value`` are those of a parameter in ``standards/documents``; ``value`` is
    kept as text (“11-14”, “6”, “81”). Written only by ``standards.choices``.
    """

    scope_path = "province__path"

    province = models.ForeignKey(
        Unit, models.PROTECT, related_name="parameter_choices", verbose_name="tỉnh/thành phố"
    )
    name = models.CharField("tham số", max_length=60)
    value = models.CharField("giá trị", max_length=60)
    valid_from = models.DateField("áp dụng từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    document = models.CharField("số văn bản", max_length=200)
    note = models.CharField("ghi chú", max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người ghi"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ParameterChoiceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "cách hiểu quy định"
        verbose_name_plural = "cách hiểu quy định"
        constraints = (
            models.UniqueConstraint(
                fields=("province", "name", "valid_from"), name="parameter_choice_once_a_day"
            ),
            models.UniqueConstraint(
                fields=("province", "name"),
                condition=Q(valid_to=None),
                name="parameter_choice_open_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="parameter_choice_dates_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(document=""), name="parameter_choice_names_its_document"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} = {self.value}, từ {self.valid_from:%d/%m/%Y}"

    def is_in_force(self, on: date) -> bool:
        """The same rule as ``ParameterChoiceQuerySet.in_force``, for one loaded row."""
        return self.valid_from <= on and (self.valid_to is None or self.valid_to >= on)
