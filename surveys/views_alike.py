"""What the phiếu's page asks while somebody types: who else this could be, and the answer."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, JsonResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from households.birth_dates import BirthDate, parse_birth_date
from households.models import Resident, Transfer
from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.json_answers import LockedError, json_answers
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.names import nfc
from surveys.alike import Typed, typed_of, whole_id
from surveys.alike import alike as people_alike
from surveys.claims import claim_person as claim
from surveys.claims import tell_apart
from surveys.models import HouseholdForm
from surveys.periods import ENTRY_ROLES
from surveys.workflow import TransitionRefusedError, lock_reason

LONGEST = 120


def _load(request: ScopedRequest, form_id: int) -> HouseholdForm:
    forms = HouseholdForm.objects.select_related("round__province", "household", "hamlet", "ward")
    form = get_scoped_or_404(forms, request.scope, pk=form_id)
    # Who only looks at a phiếu of another time or unit has nobody to find.
    if not request.scope.can_change(form.hamlet):
        raise PermissionDenied("Phiếu này chỉ xem, không sửa.")
    return form


def _line_id(line: str) -> int | None:
    """“m12” is the stored person 12; a line that is being added has no number yet."""
    return whole_number(line[1:]) if line.startswith("m") else None


def _birth(text: str) -> BirthDate | None:
    """As much as can be read: somebody is still typing."""
    try:
        return parse_birth_date(text) if text.strip() else None
    except ValidationError:
        return None


def _typed(data: QueryDict) -> Typed:
    return Typed(
        name=nfc(data.get("name", ""))[:LONGEST],
        birth=_birth(data.get("birth", "")[:LONGEST]),
        personal_id=whole_id(data.get("id", "")[:LONGEST]),
    )


@json_answers
@read_view
@requires_role(*ENTRY_ROLES)
def alike(request: ScopedRequest, form_id: int) -> JsonResponse:
    """``{"people": […]}`` for the line in the address; ``"asked"``: whom other wards have
    been asked for into this household."""
    form = _load(request, form_id)
    typed = _typed(request.GET)
    found = people_alike(
        form=form, scope=request.scope, typed=typed,
        resident_id=_line_id(request.GET.get("line", "")),
    )  # fmt: skip
    answer: dict[str, object] = {"people": [each.as_dict() for each in found]}
    if not typed.is_enough:
        answer["asked"] = _asked(request, form)
    return JsonResponse(answer)


def _asked(request: ScopedRequest, form: HouseholdForm) -> list[dict[str, str]]:
    waiting = (
        Transfer.objects.within(request.scope)
        .open()
        .filter(to_household=form.household_id, asked_by_receiver=True)
    )
    return [
        {
            "name": transfer.resident.full_name,
            "ward": transfer.from_ward.name,
            "url": reverse("transfer_page", args=[transfer.pk]),
        }
        for transfer in waiting.select_related("resident", "from_ward")
    ]


@json_answers
@require_POST
@write_view
@requires_role(*ENTRY_ROLES)
def claim_person(request: ScopedRequest, form_id: int) -> JsonResponse:
    """“Là người này”: ``{"message", "resident"}``; resident null while another ward is asked."""
    form = _load(request, form_id)
    line_id = _line_id(request.POST.get("line", ""))
    resident_id = _named(request, form, line_id)
    try:
        claimed = claim(
            form_id=form.pk, resident_id=resident_id, duplicate_id=line_id, scope=request.scope
        )
    except TransitionRefusedError as refusal:
        raise _refused(form, refusal) from refusal
    # The page is loaded again, and says it.
    messages.success(request, claimed.message)
    return JsonResponse({"message": claimed.message, "resident": claimed.resident_id})


@json_answers
@require_POST
@write_view
@requires_role(*ENTRY_ROLES)
def distinct_person(request: ScopedRequest, form_id: int) -> JsonResponse:
    """“Người khác”, for a line that is stored."""
    form = _load(request, form_id)
    line_id = _line_id(request.POST.get("line", ""))
    if line_id is None:
        raise SuspiciousOperation("Dòng này chưa lưu; lưu rồi mới ghi nhớ được.")
    resident_id = _named(request, form, line_id)
    try:
        tell_apart(form_id=form.pk, resident_id=line_id, other_id=resident_id, scope=request.scope)
    except TransitionRefusedError as refusal:
        raise _refused(form, refusal) from refusal
    return JsonResponse({"message": "Đã ghi nhớ: hai người khác nhau."})


def _named(request: ScopedRequest, form: HouseholdForm, line_id: int | None) -> int:
    """The person who is named, provided that the line really leads to them: nobody reaches
    people of other wards by trying numbers."""
    wanted = whole_number(request.POST.get("resident", ""))
    typed = _typed(request.POST)
    if line_id is not None and not typed.is_enough:
        stored = Resident.objects.within(request.scope).filter(pk=line_id).first()
        typed = typed_of(stored) if stored else typed
    found = people_alike(form=form, scope=request.scope, typed=typed, resident_id=line_id)
    if wanted not in {each.resident for each in found}:
        raise Http404("Không thấy người này nữa; hãy tải lại trang.")
    assert wanted is not None  # noqa: S101 - it is among the ids that were found
    return wanted


def _refused(form: HouseholdForm, refusal: TransitionRefusedError) -> PermissionDenied:
    locked = lock_reason(form.ward_id, form.round_id)
    return LockedError(str(refusal)) if locked else PermissionDenied(str(refusal))
