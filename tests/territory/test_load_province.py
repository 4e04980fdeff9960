import subprocess
import sys
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from pcgd.territory.loading import DECREE, NEW_FROM, OLD_FROM, LoadResult, load_province
from pcgd.territory.models import Placement, Succession, Tier, Unit, UnitName, UnitNotFoundError
from pcgd.territory.national import NationalListError, UnknownProvinceError, read_province
from pcgd.territory.services import TerritoryError, create_unit

LAST_OLD_DAY = date(2025, 6, 30)
ROUND_2024 = date(2024, 9, 30)
ROUND_2025 = date(2025, 9, 30)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(hai_phong: LoadResult) -> None:
    """Every test here stands on province 31."""


def _below(code: str, on: date, tier: Tier) -> int:
    return Unit.objects.below(Unit.objects.by_code(code, on), on).of_tier(tier).count()


def test_old_city_and_old_province_are_whole() -> None:
    assert _below("31", LAST_OLD_DAY, Tier.DISTRICT) == 15
    assert _below("31", LAST_OLD_DAY, Tier.WARD) == 168
    assert _below("30", LAST_OLD_DAY, Tier.DISTRICT) == 12
    assert _below("30", LAST_OLD_DAY, Tier.WARD) == 207


def test_new_city_has_its_wards_directly_below() -> None:
    city = Unit.objects.by_code("31", NEW_FROM)
    children = Unit.objects.children_of(city, NEW_FROM)
    assert children.of_tier(Tier.WARD).count() == children.count() == 114
    assert _below("31", NEW_FROM, Tier.DISTRICT) == 0


def test_the_city_is_the_same_unit_and_the_old_province_ends_in_it() -> None:
    city = Unit.objects.get(code="31")
    assert (city.valid_from, city.valid_to) == (OLD_FROM, None)
    old = Unit.objects.get(code="30")
    assert old.valid_to == LAST_OLD_DAY
    link = old.successors.get()
    assert (link.new, link.whole, link.main) == (city, True, True)


def test_nothing_of_the_old_side_outlives_30_june() -> None:
    assert not Unit.objects.of_tier(Tier.DISTRICT).exclude(valid_to=LAST_OLD_DAY).exists()
    wards = Unit.objects.of_tier(Tier.WARD).filter(valid_from=OLD_FROM)
    assert wards.count() == 375
    assert not wards.exclude(valid_to=LAST_OLD_DAY).exists()
    assert Unit.objects.of_tier(Tier.WARD).in_force(NEW_FROM).count() == 114


def test_a_code_is_looked_up_on_a_day() -> None:
    assert Unit.objects.by_code("11359", ROUND_2024).name == "Phường Đằng Giang"
    assert Unit.objects.by_code("11359", LAST_OLD_DAY).name == "Phường Đằng Giang"
    assert Unit.objects.by_code("11359", NEW_FROM).name == "Phường Gia Viên"
    assert Unit.objects.by_code("11365", ROUND_2024).name == "Phường Lạch Tray"


def test_a_code_on_a_day_without_its_unit_is_refused_with_a_sentence() -> None:
    with pytest.raises(UnitNotFoundError, match="“11365” vào ngày 30/09/2025"):
        Unit.objects.by_code("11365", ROUND_2025)
    with pytest.raises(UnitNotFoundError):
        Unit.objects.by_code("11365", OLD_FROM - timedelta(days=1))


def test_113_codes_passed_from_an_old_ward_to_a_new_one() -> None:
    old = Unit.objects.of_tier(Tier.WARD).filter(valid_to=LAST_OLD_DAY).values("code")
    new = Unit.objects.of_tier(Tier.WARD).filter(valid_from=NEW_FROM)
    assert new.filter(code__in=old).count() == 113
    assert new.exclude(code__in=old).get().name == "Đặc khu Bạch Long Vĩ"


def test_old_and_new_bearer_of_a_code_have_different_paths() -> None:
    old, new = Unit.objects.filter(code="11359").order_by("valid_from")
    assert old.path == "31/304/11359/"
    assert new.path == "31/11359/"
    assert Unit.objects.values("path").distinct().count() == Unit.objects.count()


def test_lach_tray_was_divided() -> None:
    lach_tray = Unit.objects.by_code("11365", LAST_OLD_DAY)
    links = {link.new.name: link for link in lach_tray.successors.select_related("new")}
    assert set(links) == {"Phường Gia Viên", "Phường Lê Chân"}
    assert links["Phường Gia Viên"].new.code == "11359"
    assert links["Phường Gia Viên"].main
    assert not links["Phường Lê Chân"].main
    assert not any(link.whole for link in links.values())
    assert {link.effective_on for link in links.values()} == {NEW_FROM}
    assert {link.decree for link in links.values()} == {DECREE}


def test_72_wards_were_divided_and_each_has_one_main_successor() -> None:
    divided = Succession.objects.filter(whole=False)
    assert divided.values("old").distinct().count() == 72
    mains = Succession.objects.filter(main=True, old__tier=Tier.WARD)
    assert mains.count() == mains.values("old").distinct().count() == 375
    whole = Succession.objects.filter(whole=True, old__tier=Tier.WARD)
    assert whole.count() == 375 - 72


def test_every_new_ward_has_a_predecessor() -> None:
    new = Unit.objects.of_tier(Tier.WARD).filter(valid_from=NEW_FROM)
    assert not new.filter(predecessors=None).exists()


def test_wards_whose_codes_the_two_lists_disagree_on_are_joined_by_name() -> None:
    """Ngô Quyền is 11341 in one list, 11329 in the other: the old wards Máy Chai, Vạn Mỹ …
    must lead to it and not to whichever ward has the same code."""
    ngo_quyen = Unit.objects.by_code("11341", NEW_FROM)
    assert ngo_quyen.name == "Phường Ngô Quyền"
    assert "Phường Máy Chai" in {link.old.name for link in ngo_quyen.predecessors.all()}
    cam_giang = Unit.objects.by_code("10888", NEW_FROM)
    assert cam_giang.name == "Xã Cẩm Giang"
    assert cam_giang.predecessors.exists()


def test_island_district_without_wards_has_one_ward() -> None:
    district = Unit.objects.by_code("318", LAST_OLD_DAY)
    (island,) = Unit.objects.children_of(district, LAST_OLD_DAY)
    assert (island.code, island.name, island.tier) == (
        "318-000",
        "Huyện đảo Bạch Long Vĩ",
        Tier.WARD,
    )
    assert island.successors.get().new.name == "Đặc khu Bạch Long Vĩ"


def test_every_unit_has_its_place_and_its_name_for_its_whole_life() -> None:
    for dated in (Placement, UnitName):
        periods = set(dated.objects.values_list("unit_id", "valid_from", "valid_to"))
        assert periods == set(Unit.objects.values_list("pk", "valid_from", "valid_to"))


def test_a_second_run_changes_nothing() -> None:
    before = (Unit.objects.count(), Placement.objects.count(), Succession.objects.count())
    result = load_province(code="31")
    assert not result.changed
    after = (Unit.objects.count(), Placement.objects.count(), Succession.objects.count())
    assert after == before


def test_a_second_run_leaves_later_changes_alone() -> None:
    ward = Unit.objects.by_code("11359", NEW_FROM)
    Unit.objects.filter(pk=ward.pk).update(name="Phường Gia Viên Mới")
    load_province(code="31")
    assert Unit.objects.get(pk=ward.pk).name == "Phường Gia Viên Mới"


def test_what_is_missing_is_added_by_a_second_run() -> None:
    lach_tray = Unit.objects.by_code("11365", LAST_OLD_DAY)
    lach_tray.successors.all().delete()
    lach_tray.delete()
    result = load_province(code="31")
    assert (result.units_added, result.links_added) == (1, 2)


def test_the_command_tells_what_it_did_and_that_nothing_changed() -> None:
    out = StringIO()
    call_command("load_units", province="31", stdout=out)
    assert "15 quận/huyện, 168 xã/phường" in out.getvalue()
    assert "114 xã/phường" in out.getvalue()
    assert "72 bị chia" in out.getvalue()
    assert "không thay đổi gì" in out.getvalue()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("99", "Không có tỉnh/thành phố nào mang mã “99”"),
        ("", "Không có tỉnh/thành phố nào"),
        ("Hải Phòng", "Không có tỉnh/thành phố nào"),
        ("30", "hãy dùng mã 31"),
    ],
)
def test_unknown_province_is_one_sentence_and_exit_2(code: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        call_command("load_units", province=code)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--province"],
        ["--province", "31", "--file", "a.xlsx"],
        ["--province", "31", "--dry-run"],
        ["--province", "31", "--xa"],
    ],
)
def test_wrong_use_of_the_command_exits_2(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("load_units", *arguments)
    assert caught.value.returncode == 2


def test_province_whose_code_had_another_bearer_is_a_new_unit() -> None:
    """15 was Yên Bái; since 1/7/2025 it is Lào Cai, whose old code was 10."""
    load_province(code="15")
    old, new = Unit.objects.filter(code="15").order_by("valid_from")
    assert (old.name, old.valid_to, old.path) == ("Tỉnh Yên Bái", LAST_OLD_DAY, "15/")
    assert (new.name, new.valid_from, new.path) == ("Tỉnh Lào Cai", NEW_FROM, "15@20250701/")
    assert {link.old.name for link in new.predecessors.all()} == {"Tỉnh Lào Cai", "Tỉnh Yên Bái"}
    assert _below("15", NEW_FROM, Tier.WARD) == 99


def test_one_digit_and_spaces_are_understood() -> None:
    assert read_province(" 1 ").province.name == "Thành phố Hà Nội"


def test_all_34_provinces_can_be_read_and_join_exactly() -> None:
    numbers = [1, 4, 8, 11, 12, 14, 15, 19, 20, 22, 24, 25, 31, 33, 37, 38, 40, 42, 44, 46, 48]
    numbers += [51, 52, 56, 66, 68, 75, 79, 80, 82, 86, 91, 92, 96]
    histories = [read_province(str(number)) for number in numbers]
    assert sum(len(history.new_wards) for history in histories) == 3321
    assert sum(len(history.old_provinces) for history in histories) == 63
    assert sum(len(history.old_wards) for history in histories) == 10_040
    discontinued = {history.province.code for history in histories if not history.continues}
    assert discontinued == {"15", "24", "44", "52", "80", "82", "91"}


def test_a_unit_typed_by_hand_in_the_way_is_named() -> None:
    create_unit(code="48", name="Tạm", tier=Tier.PROVINCE, parent=None, valid_from=date(2020, 1, 1))
    units = Unit.objects.count()
    with pytest.raises(TerritoryError, match="Mã “48” là của Tạm từ 01/01/2020"):
        load_province(code="48")
    assert Unit.objects.count() == units


def test_absent_list_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcgd.territory.national.find_spec", lambda name: None)
    with pytest.raises(NationalListError, match="cài lại"):
        read_province("31")


def test_lists_are_read_without_importing_the_heavy_package() -> None:
    code = (
        "import sys; from pcgd.territory import national; national.read_province('31'); "
        "print('vietnamadminunits' in sys.modules or 'vietnam_provinces' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_unknown_province_error_is_a_lookup_error() -> None:
    with pytest.raises(UnknownProvinceError):
        read_province("32")
