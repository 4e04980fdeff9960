from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from pcgd.territory.models import AreaStatus, Succession, Tier, Unit
from pcgd.territory.services import (
    Successor,
    TerritoryError,
    move_hamlet,
    record_succession,
    replace_unit,
    set_area_status,
)
from tests.territory.conftest import SmallCity

START = date(2025, 7, 1)
DAY_BEFORE = date(2026, 4, 29)
DAY = date(2026, 4, 30)

Fresh = Callable[[Unit], Unit]


def _codes(units: object) -> list[str]:
    return sorted(unit.code for unit in units)


def test_merged_ward_hands_its_hamlets_over(small_city: SmallCity, fresh: Fresh) -> None:
    heir = Successor(small_city.le_chan)
    replace_unit(unit=small_city.gia_vien, successors=[heir], on=DAY, decree="NQ 1")
    assert fresh(small_city.gia_vien).valid_to == DAY_BEFORE
    assert Unit.objects.children_of(small_city.le_chan, DAY).count() == 3
    assert Unit.objects.children_of(small_city.gia_vien, DAY_BEFORE).count() == 3
    link = Succession.objects.get()
    assert (link.whole, link.main, link.decree) == (True, True, "NQ 1")


def test_divided_ward_hands_what_was_not_moved_to_the_main_heir(small_city: SmallCity) -> None:
    other = small_city.unit("11360", "Phường Mới", Tier.WARD, small_city.city, DAY)
    move_hamlet(hamlet=small_city.hamlets[0], new_ward=small_city.le_chan, on=DAY)
    replace_unit(
        unit=small_city.gia_vien,
        successors=[
            Successor(other, main=True, share=Decimal("0.7")),
            Successor(small_city.le_chan, main=False, share=Decimal("0.3")),
        ],
        on=DAY,
    )
    assert _codes(Unit.objects.children_of(other, DAY)) == ["11359-002", "11359-010"]
    assert _codes(Unit.objects.children_of(small_city.le_chan, DAY)) == ["11359-001"]
    assert Succession.objects.filter(whole=False).count() == 2


def test_dividing_without_a_main_heir_needs_empty_ward(small_city: SmallCity, fresh: Fresh) -> None:
    heirs = [Successor(small_city.le_chan, main=False)]
    with pytest.raises(TerritoryError, match="cần một đơn vị kế thừa chính"):
        replace_unit(unit=small_city.gia_vien, successors=heirs, on=DAY)
    assert fresh(small_city.gia_vien).valid_to is None


def test_refused_successions(small_city: SmallCity) -> None:
    gia_vien, le_chan = small_city.gia_vien, small_city.le_chan
    third = small_city.unit("11360", "Phường Mới", Tier.WARD, small_city.city)
    with pytest.raises(TerritoryError, match="vào chính nó"):
        record_succession(old=gia_vien, new=gia_vien, effective_on=DAY)
    for share in (Decimal(0), Decimal("-0.1"), Decimal("1.0001")):
        with pytest.raises(TerritoryError, match="Tỷ lệ"):
            record_succession(old=gia_vien, new=le_chan, effective_on=DAY, share=share)
    with pytest.raises(TerritoryError, match="chưa có vào 30/06/2025"):
        record_succession(old=gia_vien, new=le_chan, effective_on=START)
    record_succession(old=gia_vien, new=le_chan, effective_on=DAY, whole=False, main=True)
    with pytest.raises(TerritoryError, match="rồi"):
        record_succession(old=gia_vien, new=le_chan, effective_on=DAY, whole=False, main=False)
    with pytest.raises(TerritoryError, match="kế thừa chính"):
        record_succession(old=gia_vien, new=third, effective_on=DAY, whole=False, main=True)
    with pytest.raises(TerritoryError, match="toàn bộ"):
        record_succession(old=gia_vien, new=third, effective_on=DAY, whole=True, main=False)
    assert Succession.objects.count() == 1


# Diện khó khăn


def test_area_status_holds_from_day_to_day(small_city: SmallCity) -> None:
    kind = AreaStatus.Kind.DISADVANTAGED
    set_area_status(unit=small_city.gia_vien, kind=kind, valid_from=DAY, decree="QĐ 861/QĐ-TTg")
    statuses = small_city.gia_vien.area_statuses
    assert not statuses.all().in_force(DAY_BEFORE).exists()
    assert statuses.all().in_force(DAY).get().decree == "QĐ 861/QĐ-TTg"


def test_a_new_decision_takes_over_from_the_old(small_city: SmallCity) -> None:
    kind = AreaStatus.Kind.DISADVANTAGED
    for first, decree in ((START, "QĐ 1"), (DAY, "QĐ 2")):
        set_area_status(unit=small_city.gia_vien, kind=kind, valid_from=first, decree=decree)
    other = AreaStatus.Kind.DIFFICULT
    set_area_status(unit=small_city.gia_vien, kind=other, valid_from=DAY, decree="QĐ 3")
    old, new = small_city.gia_vien.area_statuses.filter(kind=kind).order_by("valid_from")
    assert (old.valid_to, new.valid_to) == (DAY_BEFORE, None)


def test_the_same_first_day_corrects_the_entry(small_city: SmallCity) -> None:
    kind = AreaStatus.Kind.DISADVANTAGED
    set_area_status(unit=small_city.gia_vien, kind=kind, valid_from=START, decree="QĐ 1")
    set_area_status(
        unit=small_city.gia_vien, kind=kind, valid_from=START, valid_to=DAY, decree="QĐ 1"
    )
    assert small_city.gia_vien.area_statuses.get().valid_to == DAY


@pytest.mark.parametrize(
    ("first", "last", "decree", "sentence"),
    [
        (START, None, "  ", "Thiếu số quyết định"),
        (date(2025, 6, 30), None, "QĐ", "chưa có"),
        (DAY, DAY_BEFORE, "QĐ", "trước ngày đầu"),
    ],
)
def test_refused_area_statuses(
    small_city: SmallCity, first: date, last: date | None, decree: str, sentence: str
) -> None:
    with pytest.raises(TerritoryError, match=sentence):
        set_area_status(
            unit=small_city.gia_vien,
            kind=AreaStatus.Kind.DISADVANTAGED,
            valid_from=first,
            valid_to=last,
            decree=decree,
        )
    assert not AreaStatus.objects.exists()


def test_area_status_is_for_wards_and_in_order_of_time(small_city: SmallCity) -> None:
    kind = AreaStatus.Kind.DIFFICULT
    with pytest.raises(TerritoryError, match="không phải xã/phường"):
        set_area_status(unit=small_city.city, kind=kind, valid_from=DAY, decree="QĐ")
    set_area_status(unit=small_city.gia_vien, kind=kind, valid_from=DAY, decree="QĐ 1")
    with pytest.raises(TerritoryError, match="thứ tự thời gian"):
        set_area_status(unit=small_city.gia_vien, kind=kind, valid_from=START, decree="QĐ 2")
