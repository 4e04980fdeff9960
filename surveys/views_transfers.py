"""Chuyển đi, đến: the list of moves, proposing one, answering one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from households.models import Household, Resident, Transfer
from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.names import fold_name
from surveys import moving
from surveys.forms_transfers import AcceptForm, ProposeForm, own_hamlets
from surveys.models import HouseholdForm, SurveyRound
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.transfer_checks import Destination
from surveys.transfer_presenters import (
    Move,
    answered_words,
    moves_of,
    pending_words,
    where_counted,
)
from surveys.transfers import (
    accept_transfer,
    decline_transfer,
    move_within,
    propose_transfer,
    record_departure,
    withdraw_transfer,
)
from surveys.workflow import TransitionRefusedError

WARD_ROLES = (*ENTRY_ROLES, Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR)
PAGE_SIZE = 50
TABS = (("tra-loi", "Chờ tôi trả lời"), ("da-hoi", "Tôi đã đề nghị"), ("xong", "Đã xong"))
_SHOWN_HOUSEHOLDS = 8


def _with_details(transfers: Any) -> Any:
    return transfers.select_related(
        "resident", "from_household__hamlet", "from_hamlet", "from_ward", "to_ward",
        "to_hamlet", "to_household__hamlet", "proposed_by", "decided_by",
    )  # fmt: skip


@read_view
@requires_role(*WARD_ROLES)
def transfer_list(request: ScopedRequest) -> HttpResponse:
    """Who waits for an answer of this side, of the other, and what was answered."""
    scope = request.scope
    seen = Transfer.objects.within(scope)
    query = request.GET.get("q", "").strip()[:100]
    found = seen
    for word in fold_name(query).split():
        found = found.filter(
            Q(resident__search_key__contains=word) | Q(from_household__search_key__contains=word)
        )
    lists = {
        "tra-loi": found.waiting_for(scope),
        "da-hoi": found.asked_by(scope),
        "xong": found.settled(),
    }
    counts = {key: rows.count() for key, rows in lists.items()}
    wanted = request.GET.get("tab", "")
    # Whoever has nothing to answer lands on what they have asked for.
    default = "da-hoi" if not counts["tra-loi"] and counts["da-hoi"] else "tra-loi"
    tab = wanted if wanted in lists else default
    page = Paginator(_with_details(lists[tab]), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "tabs": [(key, label, counts[key], key == tab) for key, label in TABS],
        "tab": tab,
        "page": page,
        "moves": moves_of(list(page), scope),
        "query": query,
        "round": chosen_round(request),
        "may_propose": scope.role in ENTRY_ROLES,
    }
    return render(request, "surveys/transfer_list.html", context)


@write_view
@requires_role(*ENTRY_ROLES)
def transfer_propose(request: ScopedRequest, resident_id: int) -> HttpResponse:
    """People of one household leave it: for another hamlet, another ward, or the outside."""
    people = Resident.objects.select_related("household__hamlet")
    person = get_scoped_or_404(people, request.scope, pk=resident_id)
    if not request.scope.can_change(person.household.hamlet):
        raise PermissionDenied("Người này thuộc đơn vị cũ; chỉ xem, không sửa.")
    waiting = Transfer.objects.within(request.scope).open().filter(resident=person).first()
    if waiting is not None:
        messages.info(request, f"{person.full_name} đang có một đề nghị chuyển, xem dưới đây.")
        return redirect("transfer_page", waiting.pk)
    survey_round = chosen_round(request)
    if survey_round is None:
        return render(request, "surveys/no_round.html")
    start = moving.ground_of(person.household.hamlet, survey_round.statistics_date)
    shown = ProposeForm(
        request.POST if request.method == "POST" else None,
        initial={"people": [str(person.pk)], **request.GET.dict()},
        household=person.household,
        members=list(person.household.residents.order_by("position", "pk")),
        ward=start.ward,
        survey_round=survey_round,
    )
    refusal = ""
    if request.method == "POST" and shown.is_valid():
        try:
            done = _propose(request, shown, survey_round)
        except TransitionRefusedError as error:
            refusal = str(error)
        else:
            messages.success(request, done)
            return redirect(f"{reverse('transfer_list')}?tab=da-hoi")
    context = {"person": person, "form": shown, "start": start, "refusal": refusal,
               "preview": _preview(shown, survey_round, start.ward.name), "round": survey_round,
               "back": _form_url(request, person.household_id, survey_round)}  # fmt: skip
    partial = request.htmx and not request.htmx.boosted
    template = "surveys/_transfer_where.html" if partial else "surveys/transfer_propose.html"
    return render(request, template, context, status=422 if shown.errors or refusal else 200)


def _preview(shown: ProposeForm, survey_round: SurveyRound, start: str) -> str:
    pending = ""
    if shown.chosen_ward is not None and not shown.is_own_ward:
        pending = pending_words(False, start, shown.end_name)
    if shown.is_own_ward:
        return "Chuyển trong cùng xã, phường: vẫn tính ở đây, chỉ đổi hộ và tổ dân phố/thôn."
    return where_counted(survey_round, shown.day, start, shown.end_name, pending=pending)


def _propose(request: ScopedRequest, shown: ProposeForm, survey_round: SurveyRound) -> str:
    cleaned = shown.cleaned_data
    common: dict[str, Any] = {
        "resident_ids": [int(each) for each in cleaned["people"]],
        "survey_round": survey_round,
        "moved_on": cleaned["moved_on"],
        "scope": request.scope,
    }
    if shown.is_outside:
        record_departure(place=cleaned["place"], **common)
        return "Đã ghi chuyển đi nơi khác."
    ward, hamlet, household = shown.chosen_ward, cleaned["hamlet"], cleaned["household"]
    assert ward is not None  # noqa: S101 - the form asks for it
    common["reason"] = cleaned["reason"]
    if hamlet is not None and request.scope.can_change(hamlet):
        into = {"household_id": household.pk} if household else {"hamlet_id": hamlet.pk}
        arrived = move_within(**common, **into)
        return f"Đã chuyển vào phiếu {arrived.label}, {hamlet.name}."
    propose_transfer(to=Destination(ward, hamlet, household), **common)
    asked = hamlet.name if hamlet and shown.is_own_ward else ward.name
    return f"Đã báo {asked}; khi bên đó nhận, kết quả hiện ở trang này."


@write_view
@requires_role(*WARD_ROLES)
def transfer_page(request: ScopedRequest, transfer_id: int) -> HttpResponse:
    """One move: what was proposed, where the people count, and the answer."""
    transfer = get_scoped_or_404(_with_details(Transfer.objects), request.scope, pk=transfer_id)
    move = _family(request, transfer)
    survey_round = SurveyRound.objects.for_unit(transfer.to_ward, transfer.year).get()
    into = _chosen_household(request, move)
    shown = _accept_form(request, move, survey_round, into)
    refusal = ""
    if request.method == "POST":
        if request.scope.role not in ENTRY_ROLES:
            raise PermissionDenied("Vai trò của bạn chỉ xem, không trả lời đề nghị chuyển.")
        try:
            done = _answer(request, move, shown)
        except TransitionRefusedError as error:
            refusal = str(error)
        else:
            if done:
                messages.success(request, done)
                return redirect("transfer_page", transfer.pk)
    context = {
        "transfer": transfer,
        "move": move,
        "form": shown,
        "refusal": refusal,
        "counted": where_counted(
            survey_round, transfer.moved_on, transfer.from_ward.name, transfer.to_ward.name,
            pending=_pending(move),
        ) if transfer.from_ward_id != transfer.to_ward_id else "",
        "answered": answered_words(transfer),
        "forms": _forms_of(request, move, survey_round),
        "namesakes": _namesakes(request, move),
        "into": into,
        **_households(request, move),
    }  # fmt: skip
    status = 422 if refusal or shown.errors else 200
    return render(request, "surveys/transfer_page.html", context, status=status)


def _family(request: ScopedRequest, transfer: Transfer) -> Move:
    """The transfer with those of the same family that stand as it does."""
    same = Transfer.objects.within(request.scope).filter(
        from_household=transfer.from_household, to_ward=transfer.to_ward, state=transfer.state,
        year=transfer.year, moved_on=transfer.moved_on, to_hamlet=transfer.to_hamlet,
        asked_by_receiver=transfer.asked_by_receiver, to_household=transfer.to_household,
    )  # fmt: skip
    together = [each for each in _with_details(same) if each.answer == transfer.answer]
    return moves_of(together, request.scope)[0]


def _pending(move: Move) -> str:
    first = move.first
    if first.decided_at is not None:
        return ""
    return pending_words(first.asked_by_receiver, first.from_ward.name, first.to_ward.name)


def _chosen_household(request: ScopedRequest, move: Move) -> Household | None:
    """The household of one's own that was picked from the search, else the one proposed."""
    chosen = whole_number(request.GET.get("vao", ""))
    if chosen is None or not move.mine_to_answer:
        return move.first.to_household
    own = Household.objects.within(request.scope.for_writing()).select_related("hamlet")
    return own.filter(pk=chosen).first()


def _accept_form(
    request: ScopedRequest, move: Move, survey_round: SurveyRound, into: Household | None
) -> AcceptForm:
    first = move.first
    needs_place = not first.asked_by_receiver
    hamlets = (
        own_hamlets(first.to_ward, survey_round.statistics_date, request.scope)
        if needs_place
        else []
    )
    return AcceptForm(
        request.POST if request.POST.get("action") == "accept" else None,
        initial={
            "hamlet": str(first.to_hamlet_id or ""),
            "household": into.pk if into else None,
        },
        people=[(each.pk, each.resident.full_name) for each in move.transfers],
        hamlets=hamlets,
        needs_place=needs_place,
    )


def _answer(request: ScopedRequest, move: Move, shown: AcceptForm) -> str:
    """Do what was pressed; what was done in one sentence, "" when the form is not filled in."""
    everybody = [each.pk for each in move.transfers]
    action, scope = request.POST.get("action", ""), request.scope
    if action == "accept":
        if not shown.is_valid():
            return ""
        chosen = shown.cleaned_data
        into = chosen["household"]
        household = accept_transfer(
            transfer_ids=[int(each) for each in chosen["people"]],
            household_id=into,
            hamlet_id=None if into else chosen["hamlet"],
            scope=scope,
        )
        if move.first.asked_by_receiver:
            return f"Đã đồng ý; người này nay ở {move.end}."
        return f"Đã nhận vào phiếu {household.label}, {household.hamlet.name}."
    if action == "decline":
        reason = request.POST.get("comment", "")[:300]
        decline_transfer(transfer_ids=everybody, reason=reason, scope=scope)
        return "Đã từ chối; bên kia thấy lý do của bạn."
    if action == "withdraw":
        withdraw_transfer(transfer_ids=everybody, scope=scope)
        return "Đã rút lại đề nghị."
    raise PermissionDenied("Không có thao tác này.")


def _households(request: ScopedRequest, move: Move) -> dict[str, Any]:
    """Households of one's own that the people could join, by head or số phiếu."""
    query = request.GET.get("ho", "").strip()[:100]
    found: list[Household] = []
    words = fold_name(query).split()
    if words and move.mine_to_answer:
        households = Household.objects.within(request.scope.for_writing()).active()
        households = households.filter(hamlet__path__startswith=move.first.to_ward.path)
        for word in words:
            condition = Q(search_key__contains=word)
            last = whole_number(word.rsplit("-", 1)[-1])
            if last is not None and last < 1_000_000:
                condition |= Q(number=last)
            households = households.filter(condition)
        found = list(households.select_related("hamlet")[:_SHOWN_HOUSEHOLDS])
    return {"household_query": query, "households": found}


def _forms_of(
    request: ScopedRequest, move: Move, survey_round: SurveyRound
) -> dict[str, HouseholdForm]:
    """The phiếu at both ends, as far as this membership may see them."""
    first = move.first
    ends = {"from": first.from_household_id, "to": first.to_household_id}
    forms = HouseholdForm.objects.within(request.scope).in_round(survey_round)
    both = forms.filter(household__in=[pk for pk in ends.values() if pk])
    found = {form.household_id: form for form in both}
    return {end: found[pk] for end, pk in ends.items() if pk in found}


def _namesakes(request: ScopedRequest, move: Move) -> list[Resident]:
    """People of one's own ward with the same name and year: perhaps the same person, who was
    already typed here."""
    if not move.mine_to_answer or move.first.asked_by_receiver:
        return []
    same = Q(pk__in=[])
    for transfer in move.transfers:
        person = transfer.resident
        same |= Q(name_key=person.name_key, birth_year=person.birth_year)
    people = Resident.objects.within(request.scope).filter(same)
    known = [transfer.resident_id for transfer in move.transfers]
    return list(people.exclude(pk__in=known).select_related("household__hamlet")[:5])


def _form_url(request: ScopedRequest, household_id: int, survey_round: SurveyRound) -> str:
    forms = HouseholdForm.objects.within(request.scope).in_round(survey_round)
    form = forms.filter(household=household_id).first()
    return reverse("form_page", args=[form.pk]) if form else reverse("form_list")
