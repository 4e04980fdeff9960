import unicodedata
from collections.abc import Callable
from datetime import date

import pytest

from pcgd.territory.models import Placement, Tier, Unit, UnitName
from pcgd.territory.naming import sort_key
from pcgd.territory.services import (
    TerritoryError,
    UnitDraft,
    create_unit,
    create_units,
    end_unit,
    move_hamlet,
    move_unit,
    rename_unit,
)
from tests.territory.conftest import SmallCity

START = date(2025, 7, 1)
DAY_BEFORE = date(2026, 4, 29)
DAY = date(2026, 4, 30)
LATER = date(2027, 1, 1)

Fresh = Callable[[Unit], Unit]


def _codes(units: object) -> list[str]:
    return sorted(unit.code for unit in units)


# Tạo đơn vị


def test_created_unit_has_place_name_and_sort_key(small_city: SmallCity) -> None:
    hamlet = small_city.hamlets[0]
    assert hamlet.path == "31/11359/11359-001/"
    assert hamlet.sort_key
    placement = hamlet.placements.get()
    assert (placement.parent, placement.path) == (small_city.gia_vien, hamlet.path)
    assert (placement.valid_from, placement.valid_to) == (START, None)
    assert hamlet.names.get().name == "Tổ dân phố 1"


def test_name_is_stored_composed(small_city: SmallCity) -> None:
    name = unicodedata.normalize("NFD", "Tổ dân phố Đằng Hải")
    hamlet = small_city.unit("11359-020", name, Tier.HAMLET, small_city.gia_vien)
    assert hamlet.name == UnitName.objects.get(unit=hamlet).name == "Tổ dân phố Đằng Hải"
    assert unicodedata.is_normalized("NFC", Unit.objects.get(pk=hamlet.pk).name)


def test_hamlets_sort_by_number(small_city: SmallCity) -> None:
    names = Unit.objects.of_tier(Tier.HAMLET).order_by("sort_key").values_list("name", flat=True)
    assert list(names) == ["Tổ dân phố 1", "Tổ dân phố 2", "Tổ dân phố 10"]


def test_taken_path_gets_the_first_day(small_city: SmallCity) -> None:
    end_unit(unit=small_city.le_chan, last_day=DAY_BEFORE)
    again = small_city.unit("11383", "Phường Lê Chân Mới", Tier.WARD, small_city.city, DAY)
    assert again.path == "31/11383@20260430/"
    assert Unit.objects.by_code("11383", DAY_BEFORE) == small_city.le_chan
    assert Unit.objects.by_code("11383", DAY) == again


def test_path_once_held_is_never_given_to_another(small_city: SmallCity) -> None:
    """Subtrees of past days are read by prefix, so a path left behind stays taken."""
    hamlet = small_city.hamlets[0]
    move_hamlet(hamlet=hamlet, new_ward=small_city.le_chan, on=DAY)
    end_unit(unit=hamlet, last_day=date(2026, 12, 31))
    again = small_city.unit("11359-001", "Tổ dân phố 1", Tier.HAMLET, small_city.gia_vien, LATER)
    assert again.path == "31/11359/11359-001@20270101/"


@pytest.mark.parametrize("valid_from", [START, date(2024, 1, 1), LATER])
def test_a_borne_code_is_refused(small_city: SmallCity, valid_from: date) -> None:
    with pytest.raises(TerritoryError, match="Mã “11359” là của Phường Gia Viên từ 01/07/2025"):
        small_city.unit("11359", "Phường Khác", Tier.WARD, small_city.city, valid_from)


def test_a_code_is_free_until_its_bearer_begins(small_city: SmallCity) -> None:
    old = create_unit(
        code="11359",
        name="Phường Đằng Giang",
        tier=Tier.WARD,
        parent=small_city.city,
        valid_from=date(2004, 1, 1),
        valid_to=date(2025, 6, 30),
    )
    assert old.path == "31/11359@20040101/"


def test_two_drafts_of_one_code_are_refused(small_city: SmallCity) -> None:
    draft = UnitDraft("11360", "Phường A", Tier.WARD, small_city.city, START)
    with pytest.raises(TerritoryError, match="11360"):
        create_units(drafts=[draft, draft])
    assert not Unit.objects.filter(code="11360").exists()


@pytest.mark.parametrize(
    ("code", "name", "tier", "first", "sentence"),
    [
        ("", "Tên", Tier.HAMLET, START, "không hợp lệ"),
        ("1/2", "Tên", Tier.HAMLET, START, "không hợp lệ"),
        ("1@2", "Tên", Tier.HAMLET, START, "không hợp lệ"),
        ("9" * 21, "Tên", Tier.HAMLET, START, "không hợp lệ"),
        ("11359-050", " \u200b ", Tier.HAMLET, START, "từ 1 đến 150 ký tự"),
        ("11359-050", "x" * 151, Tier.HAMLET, START, "thấy 151 ký tự"),
        ("11360", "Phường", Tier.WARD, START, "không thể thuộc Phường Gia Viên"),
        ("11359-050", "Tên", Tier.HAMLET, date(2025, 6, 30), "không đứng ở một vị trí"),
    ],
)
def test_unsound_unit_is_refused(
    small_city: SmallCity, code: str, name: str, tier: Tier, first: date, sentence: str
) -> None:
    before = Unit.objects.count()
    with pytest.raises(TerritoryError, match=sentence):
        small_city.unit(code, name, tier, small_city.gia_vien, first)
    assert Unit.objects.count() == before


def test_longest_name_and_code_are_accepted(small_city: SmallCity) -> None:
    unit = small_city.unit("9" * 20, "ế" * 150, Tier.HAMLET, small_city.gia_vien)
    assert len(Unit.objects.get(pk=unit.pk).name) == 150


def test_only_a_province_stands_alone(db: None) -> None:
    with pytest.raises(TerritoryError, match="Thiếu đơn vị cấp trên"):
        create_unit(code="11359", name="Phường", tier=Tier.WARD, parent=None, valid_from=START)


def test_last_day_before_first_is_refused(db: None) -> None:
    with pytest.raises(TerritoryError, match="trước ngày đầu"):
        create_unit(
            code="31", name="Tỉnh", tier=Tier.PROVINCE, parent=None, valid_from=START,
            valid_to=date(2025, 6, 30),
        )  # fmt: skip


def test_open_unit_cannot_stand_below_one_that_ends(small_city: SmallCity) -> None:
    end_unit(unit=small_city.le_chan, last_day=DAY)
    with pytest.raises(TerritoryError, match="không đứng ở một vị trí suốt"):
        small_city.unit("11383-001", "Tổ dân phố 1", Tier.HAMLET, small_city.le_chan)


# Chuyển đơn vị


def test_moved_hamlet_is_seen_where_it_stood_on_each_day(
    small_city: SmallCity, fresh: Fresh
) -> None:
    hamlet = small_city.hamlets[1]
    move_hamlet(hamlet=hamlet, new_ward=small_city.le_chan, on=DAY, decree="NQ 12")

    before = Unit.objects.children_of(small_city.gia_vien, DAY_BEFORE)
    after = Unit.objects.children_of(small_city.gia_vien, DAY)
    assert _codes(before) == ["11359-001", "11359-002", "11359-010"]
    assert _codes(after) == ["11359-001", "11359-010"]
    assert _codes(Unit.objects.below(small_city.le_chan, DAY_BEFORE)) == []
    assert _codes(Unit.objects.below(small_city.le_chan, DAY)) == ["11359-002"]
    moved = fresh(hamlet)
    assert moved.path == "31/11383/11359-002/"
    assert moved.path_on(DAY_BEFORE) == "31/11359/11359-002/"
    assert moved.parent_on(DAY_BEFORE) == small_city.gia_vien
    assert moved.parent_on(DAY) == small_city.le_chan
    assert moved.placements.get(valid_to=None).decree == "NQ 12"


def test_hamlet_may_come_back(small_city: SmallCity, fresh: Fresh) -> None:
    hamlet = small_city.hamlets[1]
    move_hamlet(hamlet=hamlet, new_ward=small_city.le_chan, on=DAY)
    move_hamlet(hamlet=fresh(hamlet), new_ward=small_city.gia_vien, on=LATER)
    assert fresh(hamlet).path == "31/11359/11359-002/"
    assert fresh(hamlet).parent_on(DAY) == small_city.le_chan


def test_what_stands_below_follows(small_city: SmallCity, fresh: Fresh) -> None:
    district = small_city.unit("303", "Quận", Tier.DISTRICT, small_city.city)
    move_unit(unit=small_city.gia_vien, new_parent=district, on=DAY)
    hamlet = fresh(small_city.hamlets[0])
    assert hamlet.path == "31/303/11359/11359-001/"
    assert hamlet.path_on(DAY_BEFORE) == "31/11359/11359-001/"
    assert hamlet.parent_on(DAY) == small_city.gia_vien
    assert Unit.objects.below(district, DAY).count() == 4
    assert Unit.objects.below(district, DAY_BEFORE).count() == 0
    assert Unit.objects.below(small_city.city, DAY).count() == 6


def test_prefix_of_a_code_is_not_below(small_city: SmallCity, fresh: Fresh) -> None:
    small_city.unit("113", "Quận 113", Tier.DISTRICT, small_city.city)
    district = Unit.objects.get(code="113")
    move_unit(unit=small_city.le_chan, new_parent=district, on=DAY)
    assert fresh(small_city.gia_vien).path == "31/11359/"
    assert _codes(Unit.objects.below(district, DAY)) == ["11383"]


def test_unit_that_begins_below_after_the_move_follows_too(
    small_city: SmallCity, fresh: Fresh
) -> None:
    late = small_city.unit("11359-030", "Tổ mới", Tier.HAMLET, small_city.gia_vien, LATER)
    district = small_city.unit("303", "Quận", Tier.DISTRICT, small_city.city)
    move_unit(unit=small_city.gia_vien, new_parent=district, on=DAY)
    assert fresh(late).path == fresh(late).path_on(LATER) == "31/303/11359/11359-030/"


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (START, "cần ngày chuyển sau ngày đó"),
        (date(2025, 6, 30), "chưa có vào 30/06/2025"),
    ],
)
def test_move_on_or_before_the_first_day_is_refused(
    small_city: SmallCity, on: date, sentence: str
) -> None:
    with pytest.raises(TerritoryError, match=sentence):
        move_unit(unit=small_city.hamlets[0], new_parent=small_city.le_chan, on=on)
    assert small_city.hamlets[0].placements.count() == 1


def test_move_on_the_second_day_is_accepted(small_city: SmallCity) -> None:
    move_unit(unit=small_city.hamlets[0], new_parent=small_city.le_chan, on=date(2025, 7, 2))
    assert small_city.hamlets[0].placements.count() == 2


def test_refused_moves(small_city: SmallCity) -> None:
    hamlet, ward, city = small_city.hamlets[0], small_city.gia_vien, small_city.city
    with pytest.raises(TerritoryError, match="đã thuộc"):
        move_unit(unit=hamlet, new_parent=ward, on=DAY)
    with pytest.raises(TerritoryError, match="không thể thuộc"):
        move_unit(unit=ward, new_parent=hamlet, on=DAY)
    with pytest.raises(TerritoryError, match="không thể thuộc"):
        move_unit(unit=ward, new_parent=ward, on=DAY)
    with pytest.raises(TerritoryError, match="không phải tổ dân phố"):
        move_hamlet(hamlet=ward, new_ward=city, on=DAY)
    with pytest.raises(TerritoryError, match="không phải xã/phường"):
        move_hamlet(hamlet=hamlet, new_ward=city, on=DAY)
    end_unit(unit=small_city.le_chan, last_day=DAY_BEFORE)
    with pytest.raises(TerritoryError, match="đã kết thúc ngày 29/04/2026"):
        move_hamlet(hamlet=hamlet, new_ward=Unit.objects.get(code="11383"), on=DAY)


# Đổi tên


def test_renamed_unit_keeps_its_old_name_for_past_days(small_city: SmallCity, fresh: Fresh) -> None:
    new_name = unicodedata.normalize("NFD", "Phường Gia Viên Đông")
    rename_unit(unit=small_city.gia_vien, name=new_name, on=DAY, decree="NQ 5")
    ward = fresh(small_city.gia_vien)
    assert ward.name == "Phường Gia Viên Đông"
    assert ward.name_on(DAY_BEFORE) == "Phường Gia Viên"
    assert ward.name_on(DAY) == "Phường Gia Viên Đông"
    assert ward.sort_key == sort_key("Phường Gia Viên Đông")


@pytest.mark.parametrize(
    ("name", "on", "sentence"),
    [
        ("Phường Gia Viên", DAY, "đã mang tên này"),
        ("Phường B", START, "cần ngày đổi tên sau ngày đó"),
        ("  ", DAY, "từ 1 đến 150"),
        ("Phường B", date(2025, 6, 30), "chưa có"),
    ],
)
def test_refused_renames(small_city: SmallCity, name: str, on: date, sentence: str) -> None:
    with pytest.raises(TerritoryError, match=sentence):
        rename_unit(unit=small_city.gia_vien, name=name, on=on)
    assert small_city.gia_vien.names.count() == 1


# Kết thúc


def test_ending_a_ward_ends_its_hamlets(small_city: SmallCity, fresh: Fresh) -> None:
    end_unit(unit=small_city.gia_vien, last_day=DAY_BEFORE, decree="NQ 9")
    for unit in (small_city.gia_vien, *small_city.hamlets):
        assert fresh(unit).valid_to == DAY_BEFORE
        assert fresh(unit).end_decree == "NQ 9"
    assert fresh(small_city.le_chan).valid_to is None
    assert Unit.objects.below(small_city.city, DAY_BEFORE).count() == 5
    assert _codes(Unit.objects.below(small_city.city, DAY)) == ["11383"]
    assert not Placement.objects.in_force(DAY).filter(unit=small_city.gia_vien).exists()


def test_hamlet_that_moves_on_the_next_day_lives_on(small_city: SmallCity, fresh: Fresh) -> None:
    hamlet = small_city.hamlets[0]
    move_hamlet(hamlet=hamlet, new_ward=small_city.le_chan, on=DAY)
    end_unit(unit=small_city.gia_vien, last_day=DAY_BEFORE)
    assert fresh(hamlet).valid_to is None
    assert fresh(small_city.hamlets[1]).valid_to == DAY_BEFORE


def test_refused_ends(small_city: SmallCity, fresh: Fresh) -> None:
    with pytest.raises(TerritoryError, match="chỉ có từ 01/07/2025"):
        end_unit(unit=small_city.gia_vien, last_day=date(2025, 6, 30))
    move_hamlet(hamlet=small_city.hamlets[0], new_ward=small_city.le_chan, on=LATER)
    with pytest.raises(TerritoryError, match="thay đổi ghi sau"):
        end_unit(unit=small_city.gia_vien, last_day=DAY)
    with pytest.raises(TerritoryError, match="thay đổi ghi sau"):
        end_unit(unit=small_city.le_chan, last_day=DAY)
    end_unit(unit=small_city.hamlets[1], last_day=DAY)
    with pytest.raises(TerritoryError, match="đã kết thúc ngày 30/04/2026"):
        end_unit(unit=fresh(small_city.hamlets[1]), last_day=DAY)


def test_unit_may_live_one_day(small_city: SmallCity, fresh: Fresh) -> None:
    end_unit(unit=small_city.le_chan, last_day=START)
    assert fresh(small_city.le_chan).valid_to == START
