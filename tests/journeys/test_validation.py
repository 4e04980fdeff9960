"""The ward's secretary looks at what is wrong, goes to the cell, and finds who confirmed what."""

from __future__ import annotations

import pytest
from django.urls import reverse

from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm
from surveys.validation.accepting import accept_warnings
from tests.journeys.conftest import Enter
from tests.journeys.world import HEAD, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_the_counts_to_the_cell_and_to_what_was_confirmed(enter: Enter, town: Town) -> None:
    HouseholdForm.objects.filter(pk=town.form.pk).update(state=FormState.DRAFT)
    secretary = enter(Role.WARD_SECRETARY)
    page = secretary.page

    secretary.goes_to(reverse("validation_report"))
    secretary.looks()
    page.get_by_role("link", name="Trẻ 6–14 tuổi không học, không ghi bỏ học").click()
    secretary.sees("không ghi lớp đang học, cũng không ghi bỏ học")
    secretary.looks()

    page.get_by_role("row", name="Lê Bảo Anh").get_by_role("link").click()
    girl = town.form.household.residents.get(full_name="Lê Bảo Anh")
    assert page.url.endswith(f"/phieu/{town.form.pk}/#id_m{girl.pk}-class_mark")
    page.locator(f"#id_m{girl.pk}-class_mark").wait_for(state="visible")

    accept_warnings(
        form_id=town.form.pk,
        scope=town.world.scope(Role.ENUMERATOR),
        reason_for_all="Cháu mới chuyển về, chưa xin được trường",
    )
    secretary.goes_to(reverse("validation_report"))
    page.get_by_role("link", name="1 đã xác nhận: Trẻ 6–14 tuổi").click()
    secretary.sees("Cháu mới chuyển về, chưa xin được trường")
    secretary.sees(town.full_name(Role.ENUMERATOR))
    secretary.sees(HEAD)
    secretary.looks()
