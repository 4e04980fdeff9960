"""The versions of a unit's figures that one may choose: the data of the day, or a hand-in.

In an address ``chot`` says which: ``hien-co``, or the id of a hand-in of that unit and year.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.utils import timezone

from pcgd.territory.models import Unit
from reports.builders import ReportError
from surveys.models import Snapshot

#: The value of ``chot`` for the data of the day.
LIVE = "hien-co"
#: Longer than any id: a database answers such a number with an error, not with “none”.
_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class VersionOption:
    """One line of the select; ``value`` is what ``chot`` says."""

    value: str
    label: str
    is_chosen: bool


def hand_ins_of(unit: Unit, year: int) -> list[Snapshot]:
    """Newest first, without what they hold."""
    found = Snapshot.objects.filter(submission__unit=unit, submission__round__year=year)
    return list(found.defer("content").order_by("-number"))


def hand_in_of(unit: Unit, year: int, key: object) -> Snapshot:
    """That hand-in of the unit and year. Raises ReportError where it is not theirs."""
    text = str(key)
    found: Snapshot | None = None
    if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS:
        found = (
            Snapshot.objects.select_related("submission__unit", "submission__authority")
            .filter(pk=int(text), submission__unit=unit, submission__round__year=year)
            .first()
        )
    if found is None:
        raise ReportError("Không tìm thấy lần chốt số liệu đã chọn của đơn vị này.")
    return found


def asked_hand_in(unit: Unit, year: int, chosen: str) -> Snapshot | None:
    """What ``chot`` says: a hand-in, None for the data of the day (also where it says
    nothing). Raises Http404 for a hand-in that is not the unit's."""
    if chosen in ("", LIVE):
        return None
    try:
        return hand_in_of(unit, year, chosen)
    except ReportError as error:
        raise Http404(str(error)) from error


def word_for(snapshot: Snapshot | None) -> str:
    """What ``chot`` says for this version."""
    return LIVE if snapshot is None else str(snapshot.pk)


def version_label(snapshot: Snapshot | None) -> str:
    """“Số liệu chốt lần 2 ngày 03/10/2025”."""
    if snapshot is None:
        return "Số liệu hiện có"
    day = timezone.localtime(snapshot.created_at)
    return f"Số liệu chốt lần {snapshot.number} ngày {day:%d/%m/%Y}"


def version_options(unit: Unit, year: int, chosen: Snapshot | None) -> list[VersionOption]:
    """The data of the day, then the hand-ins, newest first."""
    versions = [None, *hand_ins_of(unit, year)]
    key = chosen.pk if chosen else None
    return [
        VersionOption(word_for(each), version_label(each), key == (each.pk if each else None))
        for each in versions
    ]
