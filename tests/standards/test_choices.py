"""A city's reading of what the law leaves open: dated, by a document, one at a time, logged."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pcgd.accounts.models import Membership
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Tier, Unit
from standards.choices import (
    ChoiceError,
    choices_for,
    end_choice,
    parameter_named,
    set_choice,
    withdraw_choice,
)
from standards.engine import NoDocumentError
from standards.models import ParameterChoice
from tests.accounts.factories import MembershipFactory, make_unit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 1)


@pytest.fixture
def province() -> Unit:
    return make_unit("31", Tier.PROVINCE)


@pytest.fixture
def officer(province: Unit) -> Membership:
    return MembershipFactory(unit=province, role=Role.CITY_OFFICER)


@pytest.fixture
def scope(officer: Membership) -> Scope:
    return scope_of(officer, TODAY)


def choose(scope: Scope, **given: Any) -> ParameterChoice:
    known: dict[str, Any] = {
        "province": scope.unit, "name": "exclude_disabled", "value": "all",
        "valid_from": date(2025, 9, 1), "document": "12/SGDĐT-GDTX", "today": TODAY,
    }  # fmt: skip
    return set_choice(scope=scope, **{**known, **given})


def test_a_choice_holds_from_its_first_day_for_every_unit_below(scope: Scope) -> None:
    ward = make_unit("11359", Tier.WARD, scope.unit)
    hamlet = make_unit("11359-001", Tier.HAMLET, ward)
    choose(scope)
    for unit in (scope.unit, ward, hamlet):
        assert choices_for(unit, date(2025, 8, 31)) == {}
        assert choices_for(unit, date(2025, 9, 1)) == {"exclude_disabled": "all"}


def test_another_city_is_not_concerned(scope: Scope) -> None:
    elsewhere = make_unit("01", Tier.PROVINCE)
    longer = make_unit("311", Tier.PROVINCE)
    choose(scope)
    for unit in (elsewhere, longer):
        assert choices_for(unit, date(2026, 1, 1)) == {}
    there = scope_of(MembershipFactory(unit=elsewhere, role=Role.CITY_OFFICER), TODAY)
    assert not ParameterChoice.objects.within(there).exists()
    assert ParameterChoice.objects.within(scope).count() == 1


def test_a_number_is_a_number_again(scope: Scope) -> None:
    choose(scope, name="mn_completion_age", value="5")
    choose(scope, name="province_share_xmc_1", value="81")
    found = choices_for(scope.unit, date(2026, 1, 1))
    assert found == {"mn_completion_age": 5, "province_share_xmc_1": 81}


def test_the_next_choice_ends_the_one_before_the_day_before(scope: Scope) -> None:
    first = choose(scope)
    choose(scope, value="unable", valid_from=date(2026, 1, 1))
    first.refresh_from_db()
    assert first.valid_to == date(2025, 12, 31)
    assert choices_for(scope.unit, date(2025, 12, 31)) == {"exclude_disabled": "all"}
    assert choices_for(scope.unit, date(2026, 1, 1)) == {"exclude_disabled": "unable"}


@pytest.mark.parametrize(
    ("given", "sentence", "field"),
    [
        ({"name": "abc"}, "Không có tham số “abc”; các tham số hiện có: exclude_disabled", None),
        ({"value": "some"}, "Không có giá trị “some”; cần một trong: unable (chỉ trừ", "value"),
        ({"value": "ALL"}, "cần một trong", "value"),
        ({"document": "  "}, "Chưa ghi số văn bản", "document"),
        ({"valid_from": date(2036, 12, 31), "settled": None}, "", None),
        ({"valid_from": date(2037, 1, 1)}, "quá xa", "valid_from"),
        (
            {"name": "province_share_xmc_1", "value": "81", "valid_from": date(2025, 6, 30)},
            "Ngày 30/06/2025 không có văn bản nào dùng tham số “province_share_xmc_1”",
            "valid_from",
        ),
        ({"settled": date(2025, 9, 1)}, "chỉ đổi được cho những ngày sau đó", "valid_from"),
        ({"settled": date(2025, 8, 31)}, "", None),
    ],
)
def test_what_cannot_be_chosen_says_what_can(
    scope: Scope, given: dict[str, Any], sentence: str, field: str | None
) -> None:
    if not sentence:
        assert choose(scope, **given).pk
        return
    with pytest.raises(ChoiceError) as refused:
        choose(scope, **given)
    assert sentence in str(refused.value)
    assert refused.value.field == field
    assert not ParameterChoice.objects.exists()


def test_no_choice_before_the_first_document(scope: Scope) -> None:
    with pytest.raises(NoDocumentError, match="15/05/2014"):
        choose(scope, valid_from=date(2014, 5, 14))


def test_only_a_province_chooses(scope: Scope) -> None:
    ward = make_unit("11359", Tier.WARD, scope.unit)
    with pytest.raises(ChoiceError, match="Chỉ tỉnh/thành phố"):
        choose(scope, province=ward)


@pytest.mark.parametrize("day", [date(2025, 9, 1), date(2025, 8, 1)])
def test_a_choice_never_slips_before_or_beside_another(scope: Scope, day: date) -> None:
    choose(scope)
    with pytest.raises(ChoiceError, match="Đã có lựa chọn áp dụng từ ngày 01/09/2025"):
        choose(scope, value="unable", valid_from=day)
    choose(scope, name="studying_on", value="or_finished", valid_from=day)


def test_after_its_end_the_default_holds(scope: Scope) -> None:
    choice = choose(scope)
    with pytest.raises(ChoiceError, match="ở trước ngày bắt đầu"):
        end_choice(scope=scope, choice=choice, last_day=date(2025, 8, 31))
    with pytest.raises(ChoiceError, match="Đã có đơn vị gửi số liệu"):
        end_choice(
            scope=scope, choice=choice, last_day=date(2025, 9, 29), settled=date(2025, 9, 30)
        )
    end_choice(scope=scope, choice=choice, last_day=date(2025, 9, 30), settled=date(2025, 9, 30))
    assert choices_for(scope.unit, date(2025, 9, 30)) == {"exclude_disabled": "all"}
    assert choices_for(scope.unit, date(2025, 10, 1)) == {}
    with pytest.raises(ChoiceError, match="đã kết thúc ngày 30/09/2025"):
        end_choice(scope=scope, choice=choice, last_day=date(2026, 1, 1))


def test_the_last_day_of_the_calendar_is_a_day(scope: Scope) -> None:
    assert end_choice(scope=scope, choice=choose(scope), last_day=date.max).valid_to == date.max


def test_a_slip_is_undone_and_what_it_replaced_holds_again(scope: Scope) -> None:
    first = choose(scope)
    slip = choose(scope, value="unable", valid_from=date(2026, 1, 1))
    with pytest.raises(ChoiceError, match="mới nhất"):
        withdraw_choice(scope=scope, choice=first)
    with pytest.raises(ChoiceError, match="Đã có đơn vị gửi số liệu"):
        withdraw_choice(scope=scope, choice=slip, settled=date(2026, 9, 30))
    assert withdraw_choice(scope=scope, choice=slip) == first
    assert choices_for(scope.unit, date(2027, 1, 1)) == {"exclude_disabled": "all"}
    with pytest.raises(ChoiceError, match="người khác bỏ"):
        withdraw_choice(scope=scope, choice=slip)
    assert withdraw_choice(scope=scope, choice=first) is None
    assert choices_for(scope.unit, date(2027, 1, 1)) == {}


def test_every_step_is_logged_with_who_took_it(scope: Scope) -> None:
    choice = choose(scope)
    choose(scope, value="unable", valid_from=date(2026, 1, 1))
    withdraw_choice(scope=scope, choice=ParameterChoice.objects.get(value="unable"))
    history = ParameterChoice.history.order_by("history_id")
    assert [(each.history_type, each.value) for each in history] == [
        ("+", "all"), ("~", "all"), ("+", "unable"), ("-", "unable"), ("~", "all"),
    ]  # fmt: skip
    assert {each.history_user for each in history} == {scope.user}
    assert choice.created_by == scope.user


def test_what_the_documents_do_not_know_says_nothing(scope: Scope) -> None:
    made = {"province": scope.unit, "valid_from": date(2025, 9, 1), "created_by": scope.user}
    ParameterChoice.objects.create(name="gone", value="1", document="1", **made)
    ParameterChoice.objects.create(name="mn_completion_age", value="7", document="1", **made)
    ParameterChoice.objects.create(name="studying_on", value="or_finished", document="1", **made)
    assert choices_for(scope.unit, date(2025, 9, 30)) == {"studying_on": "or_finished"}


def test_text_is_kept_composed(scope: Scope) -> None:
    choice = choose(scope, document=unicodedata.normalize("NFD", "Số 5/QĐ-UBND  thành phố"))
    assert choice.document == "Số 5/QĐ-UBND thành phố"


def test_the_database_keeps_one_open_choice(scope: Scope) -> None:
    choose(scope)
    for day, end in ((date(2025, 9, 1), date(2025, 9, 2)), (date(2026, 1, 1), None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ParameterChoice.objects.create(
                province=scope.unit, name="exclude_disabled", value="all", document="1",
                valid_from=day, valid_to=end, created_by=scope.user,
            )  # fmt: skip


def test_a_parameter_is_known_by_name_in_its_newest_wording() -> None:
    found = parameter_named("exclude_disabled")
    assert found is not None
    assert found.default == "unable"
    assert parameter_named("abc") is None
