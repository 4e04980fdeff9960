"""The pages beside the road: fit for use on a PC and on a phone, for eye, ear and keyboard."""

from __future__ import annotations

import pytest
from django.urls import reverse

from pcgd.accounts.roles import Role
from tests.journeys.conftest import Enter
from tests.journeys.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.ENUMERATOR, ("household_create", "resident_list", "password_change")),
        (Role.WARD_SECRETARY, ("school_list", "school_create", "hamlet_list", "hamlet_create")),
        (Role.CITY_OFFICER, ("round_list", "hand_in_own", "dossier_own", "rules", "choice_list")),
        (Role.ADMINISTRATOR, ("accounts_list", "accounts_create", "membership_grant")),
    ],
)
def test_page_is_fit_for_use(enter: Enter, town: Town, role: Role, names: tuple[str, ...]) -> None:
    somebody = enter(role)

    for name in names:
        somebody.goes_to(reverse(name))
        somebody.looks()


def test_trying_other_numbers_is_fit_for_use(enter: Enter, town: Town) -> None:
    """Counts of a ward, the units below a city, a refusal; and the form that sets a choice."""
    officer = enter(Role.CITY_OFFICER)

    for unit, change in (
        (town.world.ward, "so.age6_in_grade1=0"),
        (town.world.ward, "so.age6_in_grade1=-1"),
        (town.world.province, "ngay=31/12/2025"),
    ):
        officer.goes_to(f"{reverse('what_if', args=[unit.pk, 2025])}?{change}")
        officer.looks()
    officer.goes_to(reverse("choice_set", args=["exclude_disabled"]))
    officer.looks()


def test_what_stands_behind_a_number_is_fit_for_use(enter: Enter, town: Town) -> None:
    """Why a number is what it is, who is left out, who could make the level, the years, the
    plan's targets and the schools' conditions of a ward."""
    head, ward = enter(Role.WARD_HEAD), town.world.ward

    for name, *arguments in (
        ("persons", "age6_in_grade1"),
        ("persons_print", "age5_total"),
        ("shortfall", "PCGDTH", 3),
        ("history",),
        ("target_list",),
        ("conditions_overview",),
    ):
        head.goes_to(reverse(name, args=[ward.pk, 2025, *arguments]))
        head.looks()
    head.goes_to(reverse("unit_page", args=[ward.pk, 2025]))
    head.page.get_by_role("main").get_by_role("link", name="vì sao?").first.click()
    head.sees("Cách tính")
    head.page.get_by_role("link", name="Người không tính").click()
    head.sees("Bùi Bé 3")
    head.looks()


def test_boards_are_fit_for_use(enter: Enter, town: Town) -> None:
    """A city's units against the standards, how its rates are spread, what it lacks, its years."""
    officer, city = enter(Role.CITY_OFFICER), town.world.province

    for name, *arguments in (
        ("unit_page",),
        ("board_rates",),
        ("shortfall", "XMC", 2),
        ("history",),
        ("target_list",),
        ("conditions_overview",),
    ):
        officer.goes_to(reverse(name, args=[city.pk, 2025, *arguments]))
        officer.looks()


def test_refusal_is_fit_for_use(enter: Enter, town: Town) -> None:
    """A page outside the scope, and a page that the role may not open."""
    teacher = enter(Role.ENUMERATOR)

    teacher.goes_to(reverse("unit_page", args=[town.world.far_ward.pk, 2025]))
    teacher.looks()
    teacher.goes_to(reverse("school_create"))
    teacher.looks()
