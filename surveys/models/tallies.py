"""Stored tallies: a ward's persons as counts, with the data version that they show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db import models

from pcgd.territory.models import Unit
from surveys.cells import unpack, unpack_columns


class WardData(models.Model):
    """The version of one ward's data of one year. It grows in the same transaction as any
    change of a counted fact, and a tally of an older version is never shown."""

    ward = models.ForeignKey(Unit, models.CASCADE, related_name="data_versions")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ward", "year"), name="ward_data_once"),)

    def __str__(self) -> str:
        return f"{self.ward_id}/{self.year} v{self.version}"


class Tally(models.Model):
    """``cells`` is a list of ``(hamlet id, *counted columns, n)`` (see surveys.tally), kept
    packed;
    ``figures`` is what follows from them with the standing parameters, kept so that a city
    reads its wards without opening the cells. ``people`` is how many persons were
    surveyed, counted or not (a proposal is not). ``ground`` names what the cells rest on
    besides the data (which hamlets, which columns), ``basis`` what the figures rest on besides
    the cells (the text of the measures, the parameters). Derived data only: may be dropped and
    is counted again."""

    ward = models.ForeignKey(Unit, models.CASCADE, related_name="tallies")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField()
    packed = models.BinaryField()
    figures = models.JSONField(default=dict)
    people = models.PositiveIntegerField(default=0)
    ground = models.CharField(max_length=64, default="")
    basis = models.CharField(max_length=64, default="")
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ward", "year"), name="tally_once"),)

    def __str__(self) -> str:
        return f"{self.ward_id}/{self.year} v{self.version}"

    @cached_property
    def cells(self) -> list[tuple[Any, ...]]:
        return unpack(bytes(self.packed))

    @property
    def columns(self) -> list[Sequence[int | None]]:
        """The cells column after column: what a table of many selections is counted over."""
        return unpack_columns(bytes(self.packed))
