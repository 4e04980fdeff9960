"""Every address with every role: nobody meets another unit's objects, nobody gets a 500.

A new address fails here until it is listed in ADDRESSES with the objects that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from households.models import Transfer
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from reports.models import ReportRun
from reports.sources import DossierSource
from reports.verification import token_for
from standards.models import ParameterChoice
from surveys.models import HouseholdForm, Target, UnlockRequest
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

#: Pages that need no object.
PLAIN = {
    "home", "dashboard", "hand_in_own", "dossier_own", "form_list", "approve_many",
    "my_work", "work_next", "unchanged_review",
    "household_create", "resident_list", "school_list", "school_create",
    "schools_take_over", "hamlet_list",
    "hamlet_create", "forms_prepare", "round_list", "round_open", "login", "logout",
    "password_change", "membership_choose", "accounts_list", "accounts_create",
    "membership_grant", "rules", "choice_list", "unlock_list", "transfer_list",
    "grid", "grid_rows", "paper", "paper_forms", "paper_blank", "paper_visits", "paper_handover",
    "sign_in_again", "service_worker", "offline_page",
    "validation_report", "choose_place",
}  # fmt: skip
#: Asked by scripts: their answers are JSON, also to strangers.
FOR_SCRIPTS = {"save_cells", "grid_rows", "scan_lookup", "alike", "claim_person", "distinct_person"}
_runs = count(1)
#: Pages of one object: name → its arguments in the world's ward, and in the far ward.
Arguments = Callable[[World, bool], list[Any]]


def form_of(world: World, far: bool) -> list[Any]:
    hamlet = world.far_hamlet if far else world.hamlet
    form = HouseholdForm.objects.filter(hamlet=hamlet).first() or make_form(world, hamlet)
    add_person(form, 30)
    return [form.pk]


def unlock_of(world: World, far: bool) -> list[Any]:
    """An approved phiếu that its enumerator wants opened."""
    form = make_form(world, world.far_hamlet if far else world.hamlet)
    asked = UnlockRequest.objects.create(
        form=form, reason="Sai lớp", asked_by=world.members[Role.ENUMERATOR].user
    )
    return [asked.pk]


def unit_of(world: World, far: bool) -> list[Any]:
    return [(world.far_ward if far else world.ward).pk, YEAR]


def report_of(world: World, far: bool) -> list[Any]:
    unit = world.far_ward if far else world.ward
    run = ReportRun.objects.create(
        unit=unit, year=YEAR, requested_by=world.members[Role.WARD_HEAD].user,
        fingerprint=f"{unit.pk}-{next(_runs)}", heartbeat_at=timezone.now(),
    )  # fmt: skip
    return [run.pk]


def membership_of(world: World, far: bool) -> list[Any]:
    if not far:
        return [world.members[Role.ENUMERATOR].pk]
    return [MembershipFactory(unit=world.far_ward, enumerator=True, areas=[world.far_hamlet]).pk]


def school_of(world: World, far: bool) -> list[Any]:
    if not far:
        return [world.school.pk]
    made, _created = type(world.school).objects.get_or_create(
        code="X1", defaults={"name": "X", "kind": "TH", "ward": world.far_ward}
    )
    return [made.pk]


def round_of(world: World, far: bool) -> list[Any]:
    if not far:
        return [world.round.pk]
    elsewhere = make_unit("01", Tier.PROVINCE)
    return [type(world.round).objects.create(**{
        field.attname: getattr(world.round, field.attname)
        for field in world.round._meta.concrete_fields
        if field.name not in {"id", "province"}
    }, province=elsewhere).pk]  # fmt: skip


def choice_of(world: World, far: bool) -> list[Any]:
    code = f"9{next(_runs)}"
    province = make_unit(code, Tier.PROVINCE) if far else world.province
    choice = ParameterChoice.objects.create(
        province=province, name=f"thu_{code}", value="all", valid_from=date(2025, 9, 1),
        document="12/SGDĐT", created_by=world.members[Role.CITY_OFFICER].user,
    )  # fmt: skip
    return [choice.pk]


def target_of(world: World, far: bool) -> list[Any]:
    unit = world.far_ward if far else world.ward
    target, _made = Target.objects.get_or_create(
        unit=unit, document="KH", year=2030, kind="rate", indicator="age6_in_grade1", at_least=99
    )
    return [unit.pk, YEAR, target.pk]


def resident_of(world: World, far: bool) -> list[Any]:
    form = HouseholdForm.objects.get(pk=form_of(world, far)[0])
    return [form.household.residents.latest("pk").pk]


def transfer_of(world: World, far: bool) -> list[Any]:
    """From the ward to the far ward; the far one is between two wards of which none is ours."""
    form = HouseholdForm.objects.get(pk=form_of(world, far)[0])
    beyond = Unit.objects.filter(code="99999").first() or make_unit(
        "99999", Tier.WARD, world.province
    )
    made = Transfer.objects.create(
        resident=add_person(form, 20).resident, year=YEAR, moved_on=date(YEAR, 9, 1),
        from_household=form.household, from_hamlet=form.hamlet, from_ward=form.ward,
        to_ward=beyond if far else world.far_ward,
        proposed_by=world.members[Role.WARD_SECRETARY].user,
    )  # fmt: skip
    return [made.pk]


def check_of(world: World, far: bool) -> list[Any]:
    """The printed address of a draft's figures."""
    ward = world.far_ward if far else world.ward
    content = {"unit": {"id": ward.pk}, "year": YEAR}
    return [token_for(DossierSource(content, "0" * 64, None, None, None, None, False))]


#: Open to everybody, with or without a unit: shows sums and digests only.
PUBLIC = {"dossier_check"}
OBJECTS: dict[str, Arguments] = {
    "dossier_check": check_of,
    "scan_lookup": form_of,
    "save_cells": form_of,
    "alike": form_of,
    "claim_person": form_of,
    "distinct_person": form_of,
    "transfer_propose": resident_of,
    "transfer_page": transfer_of,
    "target_list": unit_of,
    "target_create": unit_of,
    "target_load": unit_of,
    "target_edit": target_of,
    "target_delete": target_of,
    "form_page": form_of,
    "form_action": form_of,
    "confirm_household": form_of,
    "school_choices": form_of,
    "unlock_ask": form_of,
    "unlock_answer": unlock_of,
    "unit_page": unit_of,
    "what_if": unit_of,
    "board_rates": unit_of,
    "board_export": unit_of,
    "hand_in": unit_of,
    "history": unit_of,
    "submission_action": unit_of,
    "dossier": unit_of,
    "dossier_build": unit_of,
    "dossier_set": unit_of,
    "forms_build": unit_of,
    "book_build": unit_of,
    "compare_versions": unit_of,
    "statistics_form": lambda world, far: [*unit_of(world, far), "TH-1TE"],
    "statistics_form_file": lambda world, far: [*unit_of(world, far), "TH-1TE", "xlsx"],
    "form_cell_persons": lambda world, far: [*unit_of(world, far), "TH-1TE"],
    "form_cell_file": lambda world, far: [*unit_of(world, far), "TH-1TE"],
    "dossier_texts": unit_of,
    "persons": lambda world, far: [*unit_of(world, far), "age5_total"],
    "persons_print": lambda world, far: [*unit_of(world, far), "age5_total"],
    "persons_file": lambda world, far: [*unit_of(world, far), "age5_total"],
    "shortfall": lambda world, far: [*unit_of(world, far), "PCGDTH", 1],
    "visits_print": lambda world, far: [*unit_of(world, far), "PCGDTH", 1],
    "visits_file": lambda world, far: [*unit_of(world, far), "PCGDTH", 1],
    "dossier_run": report_of,
    "dossier_cancel": report_of,
    "dossier_rebuild": report_of,
    "dossier_download": report_of,
    "dossier_view": report_of,
    "assign": membership_of,
    "school_edit": school_of,
    "school_conditions": lambda world, far: [*school_of(world, far), YEAR],
    "conditions_overview": unit_of,
    "round_edit": round_of,
    "choice_set": lambda world, far: ["exclude_disabled"],
    "choice_end": choice_of,
    "membership_end": membership_of,
    "password_issue": membership_of,
}


def addresses(patterns: list[Any] | None = None) -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name == "admin":
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def test_every_address_is_walked() -> None:
    assert set(addresses()) == PLAIN | set(OBJECTS)


@pytest.mark.parametrize("name", sorted(PLAIN | set(OBJECTS)))
def test_a_stranger_is_sent_to_the_login(client: Any, world: World, name: str) -> None:
    url = reverse(name, args=OBJECTS[name](world, False) if name in OBJECTS else [])
    for send in (client.get, client.post):
        answer = send(url)
        if name == "login":
            assert answer.status_code == 200
        elif name in {"sign_in_again", "service_worker", "offline_page"} | PUBLIC:
            assert answer.status_code in {200, 400, 405}, url
        elif name == "logout":
            assert answer.status_code in {302, 405}
        elif name in FOR_SCRIPTS:
            assert answer.status_code == 401, url
            assert answer.json()["error"]
        else:
            assert answer.status_code == 302, url
            assert reverse("login") in answer["Location"]


@pytest.mark.parametrize("role", list(Role))
def test_another_wards_objects_do_not_exist(world: World, role: Role) -> None:
    """GET and POST of each object of the far ward: 404, or 403 for who may not use the page
    at all. City roles see both wards; for them a round of another province does not exist."""
    client = world.client(role)
    city = role in {Role.CITY_OFFICER, Role.CITY_HEAD}
    for name, arguments in OBJECTS.items():
        if name in PUBLIC or (city and name != "round_edit"):
            continue
        url = reverse(name, args=arguments(world, True))
        for send in (client.get, client.post):
            status = send(url).status_code
            assert status in {404, 403, 405}, (name, status)
            if name in {"form_page", "form_action", "unit_page", "persons", "hand_in", "dossier"}:
                assert status in {404, 405}, (name, status)


@pytest.mark.parametrize("role", list(Role))
def test_no_page_breaks_for_anybody(world: World, role: Role) -> None:
    client = world.client(role)
    for name in sorted(PLAIN | set(OBJECTS)):
        url = reverse(name, args=OBJECTS[name](world, False) if name in OBJECTS else [])
        answer = client.get(url)
        # A question of a script without what it asks about is refused as such.
        expected = {200, 302, 403, 404, 405} | ({400} if name in FOR_SCRIPTS else set())
        assert answer.status_code in expected, (name, answer.status_code)
        if answer.status_code in {400, 403} and name in FOR_SCRIPTS:
            assert answer.json()["error"], name
        elif answer.status_code == 403:
            assert "Không được phép" in answer.content.decode(), name


@pytest.mark.parametrize("role", list(Role))
def test_the_operators_pages_are_closed_to_every_role(world: World, role: Role) -> None:
    for name in ("admin:index", "admin:households_school_changelist"):
        answer = world.client(role).get(reverse(name))
        assert answer.status_code == 302
        assert "login" in answer["Location"]


@pytest.mark.parametrize("role", list(Role))
def test_an_unapproved_write_is_refused_with_its_reason(world: World, role: Role) -> None:
    """Inside the scope but in the wrong role: 403 and a sentence, never a silent success."""
    form = make_form(world)
    add_person(form, 30)
    answer = world.client(role).post(reverse("form_action", args=[form.pk]), {"action": "approve"})
    outside = role in {Role.DISTRICT_OFFICER, Role.DISTRICT_HEAD}
    assert answer.status_code == (404 if outside else 403)
    form.refresh_from_db()
    assert form.state == "not_started"
