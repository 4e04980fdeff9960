"""How far the phiếu of each ward have come, kept so that a city never counts phiếu."""

from __future__ import annotations

from django.db import models

from pcgd.territory.models import Unit


class FormCounts(models.Model):
    """The phiếu of one ward in one year by state, as of ``version`` of the ward's data (see
    WardData: whoever makes or moves a phiếu raises it). Derived data only: may be dropped and
    is counted again. ``submitted`` are those handed in, approved ones among them."""

    ward = models.ForeignKey(Unit, models.CASCADE, related_name="form_counts")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField()
    total = models.PositiveIntegerField()
    submitted = models.PositiveIntegerField()
    approved = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ward", "year"), name="form_counts_once"),)

    def __str__(self) -> str:
        return f"{self.ward_id}/{self.year} v{self.version}"
