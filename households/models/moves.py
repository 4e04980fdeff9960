"""A person goes from one household to another; two people who are not one."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from households.models.households import Household, NfcCharField, Resident
from pcgd.accounts.scoping import Scope, ScopedQuerySet
from pcgd.territory.models import Unit


class TransferState(models.TextChoices):
    PROPOSED = "proposed", "Chờ nhận"
    ACCEPTED = "accepted", "Đã nhận"
    DECLINED = "declined", "Từ chối"
    WITHDRAWN = "withdrawn", "Đã rút"


def _at_old_side(scope: Scope) -> Q:
    condition = Q(pk__in=[])
    for path in scope.open_paths:
        condition |= Q(from_hamlet__path__startswith=path)
    return condition


def _at_new_side(scope: Scope) -> Q:
    condition = Q(pk__in=[])
    for path in scope.open_paths:
        condition |= Q(to_ward__path__startswith=path) | Q(to_hamlet__path__startswith=path)
    return condition


class TransferQuerySet(ScopedQuerySet["Transfer"]):
    """A transfer belongs to two units: both sides see it."""

    def within(self, scope: Scope) -> Self:
        """Those that leave or reach something of ``scope``: the person's hamlet, the hamlet
        asked for, or the whole ward asked for."""
        return self.filter(_at_old_side(scope) | _at_new_side(scope))

    def open(self) -> Self:
        return self.filter(state=TransferState.PROPOSED)

    def leaving(self, ward: Unit) -> Self:
        return self.filter(from_ward=ward)

    def reaching(self, ward: Unit) -> Self:
        return self.filter(to_ward=ward)

    def waiting_for(self, scope: Scope) -> Self:
        """Without an answer, and it is for ``scope`` to give it: the side that did not ask."""
        offered = Q(asked_by_receiver=False) & _at_new_side(scope)
        asked_for = Q(asked_by_receiver=True) & _at_old_side(scope)
        return self.open().filter(offered | asked_for)

    def asked_by(self, scope: Scope) -> Self:
        """Without an answer, and it was ``scope`` that asked."""
        offered = Q(asked_by_receiver=False) & _at_old_side(scope)
        asked_for = Q(asked_by_receiver=True) & _at_new_side(scope)
        return self.open().filter(offered | asked_for)

    def settled(self) -> Self:
        return self.exclude(state=TransferState.PROPOSED)

    def between(self, ward_id: int, *, year: int, on: date) -> Self:
        """Those without an answer that leave or reach the ward and change where somebody
        counts in the round of ``year`` with the statistics point ``on``."""
        waiting = self.open().filter(year__lte=year, moved_on__lte=on)
        return waiting.filter(Q(from_ward=ward_id) | Q(to_ward=ward_id))


class Transfer(models.Model):
    """One person on the way from a household to another ward or hamlet.

    Proposed by the side that knows of it: the old side (``asked_by_receiver`` False: “đã
    chuyển sang phường X”), or the new side that met the person (True: “người này đang ở
    đây”). The other side accepts or declines; until then the person's row stays where it
    is. One open transfer a person.
    """

    scope_path = "from_hamlet__path"

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="transfers")
    year = models.PositiveSmallIntegerField("đợt điều tra")
    moved_on = models.DateField("ngày chuyển")
    from_household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    from_hamlet = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    from_ward = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    to_ward = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    to_hamlet = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True)
    to_household = models.ForeignKey(
        Household, models.PROTECT, related_name="+", null=True, blank=True
    )
    asked_by_receiver = models.BooleanField(default=False)
    state = models.CharField(
        "trạng thái", max_length=10, choices=TransferState, default=TransferState.PROPOSED
    )
    reason = NfcCharField("lý do", max_length=300, blank=True)
    #: residence_state of the year's line before the proposal changed it, to put it back.
    residence_before = models.PositiveSmallIntegerField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = NfcCharField("trả lời", max_length=300, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "đề nghị chuyển người"
        verbose_name_plural = "đề nghị chuyển người"
        ordering = ("-proposed_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=TransferState.values), name="transfer_state"
            ),
            models.CheckConstraint(
                condition=Q(state=TransferState.PROPOSED, decided_at=None, decided_by=None)
                | (
                    ~Q(state=TransferState.PROPOSED)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                ),
                name="transfer_decided_agrees",
            ),
            models.CheckConstraint(
                condition=~Q(state=TransferState.DECLINED) | ~Q(answer=""),
                name="transfer_declined_says_why",
            ),
            models.CheckConstraint(
                condition=Q(to_household=None) | ~Q(to_household=F("from_household")),
                name="transfer_goes_somewhere",
            ),
            models.UniqueConstraint(
                fields=("resident",),
                condition=Q(state=TransferState.PROPOSED),
                name="transfer_open_once",
                violation_error_message="Người này đang có một đề nghị chuyển chưa trả lời.",
            ),
        )
        indexes = (
            models.Index(fields=("to_ward", "state"), name="transfer_reaching"),
            models.Index(fields=("from_ward", "state"), name="transfer_leaving"),
        )

    def __str__(self) -> str:
        return f"{self.resident}: {self.from_ward} → {self.to_ward}"

    def counts_here(self, statistics_date: date) -> bool:
        """True when the person still belongs to the old ward at the statistics point
        (NĐ 20/2014 Đ31: residence on 30/9 decides)."""
        return self.moved_on > statistics_date


class DistinctPair(models.Model):
    """Two people who look alike and whom somebody has told apart (“người khác”); they are not
    asked about again. ``first`` has the lower id."""

    scope_path = "first__household__hamlet__path"

    first = models.ForeignKey(Resident, models.CASCADE, related_name="+")
    second = models.ForeignKey(Resident, models.CASCADE, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["DistinctPair"].as_manager()

    class Meta:
        verbose_name = "hai người khác nhau"
        verbose_name_plural = "hai người khác nhau"
        constraints = (
            models.UniqueConstraint(fields=("first", "second"), name="distinct_pair_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="distinct_pair_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"
