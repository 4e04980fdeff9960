"""Whom a scanned card belongs to: somebody of this household, somebody else, or nobody yet."""

from __future__ import annotations

from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import JsonResponse

from households.birth_dates import BirthDate, parse_birth_date
from households.models import Resident
from pcgd.accounts.decorators import read_view, requires_role
from pcgd.accounts.json_answers import json_answers
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.names import fold_name, nfc
from surveys.alike import Typed, Why, alike, whole_id
from surveys.models import HouseholdForm
from surveys.periods import ENTRY_ROLES

_LONGEST = 120
_BY_ID, _BY_NAME = "cùng số định danh", "cùng họ tên và ngày sinh"


@json_answers
@read_view
@requires_role(*ENTRY_ROLES)
def scan_lookup(request: ScopedRequest, form_id: int) -> JsonResponse:
    """``?so=<12 digits>&ten=<name>&sinh=<birth date>`` as read from a card.

    ``{"found": "here", "line": "m12", "name", "why"}`` for somebody on this phiếu,
    ``{"found": "elsewhere", "people": […]}`` as the question for people alike answers, or
    ``{"found": "nobody"}``. Raises BadRequest for what no card says.
    """
    forms = HouseholdForm.objects.select_related("round__province", "household", "hamlet", "ward")
    form = get_scoped_or_404(forms, request.scope, pk=form_id)
    if not request.scope.can_change(form.hamlet):
        raise PermissionDenied("Phiếu này chỉ xem, không sửa.")
    typed = _read_card(request)
    if found := _of_this_form(form, typed):
        person, why = found
        return JsonResponse(
            {"found": "here", "line": f"m{person.pk}", "name": person.full_name, "why": why}
        )
    people = [
        each.as_dict()
        for each in alike(form=form, scope=request.scope, typed=typed)
        if each.why in {Why.SAME_ID, Why.SAME_BIRTH, Why.NEAR_ID}
    ]
    return JsonResponse({"found": "elsewhere", "people": people} if people else {"found": "nobody"})


def _read_card(request: ScopedRequest) -> Typed:
    number = whole_id(request.GET.get("so", "")[:_LONGEST])
    if not number:
        raise BadRequest("Số định danh trên thẻ phải có đúng 12 chữ số.")
    name = nfc(request.GET.get("ten", ""))[:_LONGEST]
    text = request.GET.get("sinh", "")[:_LONGEST]
    try:
        return Typed(name, parse_birth_date(text) if text else None, number)
    except ValidationError as error:
        raise BadRequest(error.messages[0]) from error


def _of_this_form(form: HouseholdForm, typed: Typed) -> tuple[Resident, str] | None:
    """The person of a line of this phiếu: by number, else by name and birth date. Under one
    roof the same name and the same day is one person whose number was written wrong."""
    people = list(
        Resident.objects.filter(
            records__household=form.household_id, records__year=form.round.year
        ).order_by("position", "pk")
    )
    for person in people:
        if person.personal_id == typed.personal_id:
            return person, _BY_ID
    for person in people:
        if _same(person, typed):
            return person, _BY_NAME
    return None


def _same(person: Resident, typed: Typed) -> bool:
    birth = typed.birth
    if birth is None or fold_name(person.full_name) != typed.key:
        return False
    known = BirthDate(person.birth_year, person.birth_month, person.birth_day)
    if person.personal_id:
        return bool(known.day) and known == birth
    pairs = ((known.month, birth.month), (known.day, birth.day))
    return known.year == birth.year and all(not a or not b or a == b for a, b in pairs)
