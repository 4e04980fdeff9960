"""``manage.py validate``: one JSON for people and households, refusals in one sentence."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from pcgd.accounts.roles import Role
from pcgd.commands import RefusalError
from surveys.validation.accepting import accept_warnings
from surveys.validation.catalogue import catalogue
from tests.surveys.test_validation_report import begun
from tests.surveys.world import YEAR, World, add_person

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("validate", *arguments, stdout=out)
    return out.getvalue()


def answer(unit: str, year: int = YEAR) -> Any:
    return json.loads(run("--unit", unit, "--year", str(year), "--json"))


def test_a_finding_names_person_or_household(world: World) -> None:
    form = begun(world)
    child = add_person(form, 5, "Lê Bảo Anh", birth_month=1, birth_day=1,
                       personal_id="031320000001")  # fmt: skip
    lost = begun(world)
    lost.household.records.all().delete()
    lost.household.residents.all().delete()
    assert answer("11359") == [
        {
            "code": "five_no_class", "level": "warning", "person": child.resident_id,
            "field": "class_mark",
            "message": catalogue()["five_no_class"].say({}),
        },
        {
            "code": "no_members", "level": "error", "household": lost.household_id, "field": "",
            "message": f"Phiếu của hộ {lost.household.head_name} chưa có người nào.",
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "count"), [("11359-001", 1), ("11359-002", 0), ("11359", 1), ("31", 2)]
)
def test_any_tier_is_asked_about(world: World, unit: str, count: int) -> None:
    for hamlet in (world.hamlet, world.far_hamlet):
        add_person(begun(world, hamlet), 5, "Lê Bảo Anh", birth_month=1, birth_day=1,
                   personal_id=f"0313200{hamlet.pk:05d}")  # fmt: skip
    assert len(answer(unit)) == count


def test_nothing_found_is_an_empty_list(world: World) -> None:
    begun(world)
    assert answer("11359") == []


def test_what_somebody_confirmed_is_not_asked_again(world: World) -> None:
    form = begun(world)
    add_person(form, 5, "Lê Bảo Anh", birth_month=1, birth_day=1, personal_id="031320000001")
    accept_warnings(form_id=form.pk, scope=world.scope(Role.ENUMERATOR), reason_for_all="ốm")
    assert answer("11359") == []
    assert "đã xác nhận 1" in run("--unit", "11359", "--year", str(YEAR))


def test_without_json_a_table_with_counts(world: World) -> None:
    form = begun(world)
    add_person(form, 5, "Lê Bảo Anh")
    add_person(form, 11, "Lê Bảo Em", study_level=4, grade=6, class_name="6A", completed_level=1)
    shown = run("--unit", "11359", "--year", str(YEAR)).splitlines()
    assert shown[0].endswith(f"đợt {YEAR}: 1 lỗi, 6 cảnh báo")
    # Errors first.
    assert " ".join(shown[1].split()) == "1 lỗi Bậc tốt nghiệp thấp hơn lớp đang học"
    assert any(line.split()[:3] == ["2", "cảnh", "báo"] for line in shown)


def test_the_catalogue_is_printed(world: World) -> None:
    shown = run("--rules")
    assert "| `age_class` | cảnh báo | một người |" in shown
    assert len(shown.splitlines()) == len(catalogue().rules) + 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--unit", "99999", "--year", "2025"), "Không có đơn vị nào mang mã “99999”"),
        (("--unit", "11359", "--year", "1999"), "Năm 1999 không hợp lệ"),
        (("--unit", "11359", "--year", "2031"), "không có đợt điều tra năm 2031"),
        (("--unit", "11359", "--year", "hai"), "cần một số nguyên"),
        (("--unit", "11359"), "cần --unit MÃ cùng --year NĂM"),
        ((), "cần --unit MÃ cùng --year NĂM"),
    ],
)
def test_a_wrong_call_is_refused_in_one_sentence(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(RefusalError) as refused:
        run(*arguments)
    assert said in str(refused.value)
    assert refused.value.returncode == 2
