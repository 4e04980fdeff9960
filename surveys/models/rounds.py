"""The yearly round, opened by the city."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit


class SurveyRoundQuerySet(ScopedQuerySet["SurveyRound"]):
    def for_unit(self, unit: Unit, year: int) -> SurveyRoundQuerySet:
        """The round of that year of the province above (or at) ``unit``."""
        return self.of_province_above(unit).filter(year=year)

    def of_province_above(self, unit: Unit) -> SurveyRoundQuerySet:
        return self.filter(province__path=f"{unit.path.split('/', 1)[0]}/")

    def latest_first(self) -> SurveyRoundQuerySet:
        return self.order_by("-year")


class SurveyRound(models.Model):
    """One year's survey in one province. Statistics point 30/9 (NĐ 20/2014 Đ31); hand-in
    dates are TT 19/2020 Đ8, and each province may set its own."""

    scope_path = "province__path"

    province = models.ForeignKey(Unit, models.PROTECT, related_name="rounds")
    year = models.PositiveSmallIntegerField("năm")
    opens_on = models.DateField("bắt đầu điều tra")
    closes_on = models.DateField("kết thúc điều tra")
    statistics_date = models.DateField("thời điểm thống kê")
    ward_deadline = models.DateField("hạn xã/phường gửi")
    district_deadline = models.DateField("hạn quận/huyện gửi")
    province_deadline = models.DateField("hạn tỉnh/thành phố tổng hợp")

    objects = SurveyRoundQuerySet.as_manager()

    class Meta:
        verbose_name = "đợt điều tra"
        verbose_name_plural = "đợt điều tra"
        ordering = ("-year",)
        constraints = (
            models.UniqueConstraint(fields=("province", "year"), name="round_once_a_year"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("closes_on")), name="round_dates_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"Đợt điều tra {self.year}"

    @property
    def school_year(self) -> str:
        return f"{self.year}–{self.year + 1}"

    def days_left(self, today: date) -> int:
        return (self.ward_deadline - today).days
