from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from pcgd.territory.changes import apply_change_file
from pcgd.territory.models import AreaStatus, Unit
from tests.territory.change_files import DECREE, Write, refused, row, state
from tests.territory.conftest import SmallCity

DAY_BEFORE = date(2026, 4, 29)
DAY = date(2026, 4, 30)


# Thay đổi trái với dữ liệu đã ghi


def test_unknown_codes_are_told_row_by_row(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(
        row("kết thúc", "99999"),
        row("kết thúc", "99999"),
        row("chuyển", "11359-001", ma_cap_tren="88888"),
        row("nhập", "11383", ma_moi="77777"),
    )
    lines = refused(path)[1:]
    assert len(lines) == 4
    assert "cột “Mã”: thấy “99999”; cần mã của một đơn vị có vào ngày 29/04/2026" in lines[0]
    assert "cột “Mã cấp trên”: thấy “88888”" in lines[2]
    assert "cột “Mã mới”: thấy “77777”; cần mã của một đơn vị có vào ngày 30/04/2026" in lines[3]


def test_what_follows_from_a_unit_that_could_not_be_founded_is_not_told_again(
    small_city: SmallCity, as_json: Write
) -> None:
    path = as_json(
        row("thành lập", "11410", ten="Phường Mới", cap="phường", ma_cap_tren="99"),
        row("nhập", "11383", ma_moi="11410"),
    )
    (line,) = refused(path)[1:]
    assert "cột “Mã cấp trên”: thấy “99”" in line


def test_a_later_error_takes_back_what_went_well(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(
        row("đổi tên", "11359", ten="Phường Khác"),
        row("thành lập", "11383", ten="Phường Trùng", cap="xã", ma_cap_tren="31"),
    )
    (line,) = refused(path)[1:]
    assert "dòng 2" in line
    assert "Mã “11383” là của Phường Lê Chân" in line
    assert Unit.objects.get(code="11359").name == "Phường Gia Viên"


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ([{"ma_moi": "11383", "phan_chinh": "x"}], "Mã"),
        ([{"ma_moi": "11383"}, {"ma_moi": "11408"}], "Phần chính"),
        (
            [{"ma_moi": "11383", "phan_chinh": "x"}, {"ma_moi": "11408", "phan_chinh": "có"}],
            "Phần chính",
        ),
        ([{"ma_moi": "11383", "phan_chinh": "x"}, {"ma_moi": "11383"}], "Mã mới"),
        (
            [
                {"ma_moi": "11383", "phan_chinh": "x", "ty_le": 0.6},
                {"ma_moi": "11408", "ty_le": "50%"},
            ],
            "Tỷ lệ",
        ),
        ([{"ma_moi": "11383", "phan_chinh": "vâng"}, {"ma_moi": "11408"}], "Phần chính"),
    ],
)
def test_ill_formed_division_is_refused(
    small_city: SmallCity, as_json: Write, rows: list[dict[str, Any]], column: str
) -> None:
    (line,) = refused(as_json(*[row("chia", "11359", **cells) for cells in rows]))[1:]
    assert f"cột “{column}”" in line


def test_unit_cannot_merge_into_itself(small_city: SmallCity, as_json: Write) -> None:
    (line,) = refused(as_json(row("nhập", "11383", ma_moi="11383")))[1:]
    assert "cột “Mã mới”" in line


# Thay đổi đúng


def test_dry_run_tells_all_and_writes_nothing(small_city: SmallCity, as_workbook: Write) -> None:
    path = as_workbook(
        row("đổi tên", "11359", ten="Phường Khác"),
        row("nhập", "11383", ma_moi="11359"),
    )
    before, out = state(), StringIO()
    call_command("load_units", file=path, dry_run=True, stdout=out)
    assert state() == before
    assert Unit.objects.get(code="11359").name == "Phường Gia Viên"
    assert out.getvalue().splitlines() == [
        "thay_doi, dòng 2: đổi tên Phường Gia Viên (11359) thành Phường Khác từ 30/04/2026",
        "thay_doi, dòng 3: nhập Phường Lê Chân (11383) vào Phường Khác (11359) từ 30/04/2026",
        "Chạy thử, không ghi gì: 1 đổi tên, 1 nhập.",
    ]
    out = StringIO()
    call_command("load_units", file=path, stdout=out)
    assert out.getvalue() == "Đã ghi: 1 đổi tên, 1 nhập.\n"
    assert Unit.objects.get(code="11383").valid_to == DAY_BEFORE


def test_new_ward_takes_the_code_of_one_that_merged_into_it(
    small_city: SmallCity, as_json: Write
) -> None:
    """As on 1/7/2025: the rows may stand in any order."""
    path = as_json(
        row("chuyển", "11359-001", ma_cap_tren="11383"),
        row("nhập", "11383", ma_moi="11383"),
        row("nhập", "11359", ma_moi="11383"),
        row("thành lập", "11383", ten="Phường Lê Chân Mới", cap="phường", ma_cap_tren="31"),
    )
    report = apply_change_file(path=path)
    assert not report.problems
    old, new = Unit.objects.filter(code="11383").order_by("valid_from")
    assert (old.valid_to, new.valid_from) == (DAY_BEFORE, DAY)
    assert new.path == "31/11383@20260430/"
    assert Unit.objects.children_of(new, DAY).count() == 3
    assert {link.old.code for link in new.predecessors.all()} == {"11383", "11359"}
    assert Unit.objects.children_of(small_city.gia_vien, DAY_BEFORE).count() == 3


def test_divided_ward(small_city: SmallCity, as_workbook: Write) -> None:
    path = as_workbook(
        row("thành lập", "11410", ten="Phường Mới", cap="Phường", ma_cap_tren="31"),
        row("chuyển", "11359-010", ma_cap_tren="11383"),
        row("chia", "11359", ma_moi="11410", ty_le="70 %", phan_chinh="x"),
        row("chia", "11359", ma_moi="11383", ty_le=0.3),
    )
    assert not apply_change_file(path=path).problems
    links = {link.new.code: link for link in small_city.gia_vien.successors.all()}
    assert (links["11410"].share, links["11410"].main) == (Decimal("0.7"), True)
    assert (links["11383"].share, links["11383"].main) == (Decimal("0.3"), False)
    assert Unit.objects.children_of(links["11410"].new, DAY).count() == 2
    assert Unit.objects.children_of(small_city.le_chan, DAY).get().code == "11359-010"


def test_ward_that_gives_a_part_away_lives_on(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(
        row("chia", "11359", ma_moi="11359", phan_chinh="x"),
        row("chia", "11359", ma_moi="11383"),
        row("chuyển", "11359-010", ma_cap_tren="11383"),
    )
    assert not apply_change_file(path=path).problems
    ward = Unit.objects.get(code="11359")
    assert ward.valid_to is None
    link = ward.successors.get()
    assert (link.new.code, link.whole, link.main) == ("11383", False, False)
    assert Unit.objects.children_of(ward, DAY).count() == 2


def test_ended_ward_ends_what_was_not_moved(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(row("kết thúc", "11359"), row("chuyển", "11359-010", ma_cap_tren="11383"))
    assert not apply_change_file(path=path).problems
    assert Unit.objects.get(code="11359").valid_to == DAY_BEFORE
    assert Unit.objects.get(code="11359-001").valid_to == DAY_BEFORE
    assert Unit.objects.get(code="11359-010").valid_to is None


def test_units_are_founded_from_the_top_down(db: None, as_json: Write) -> None:
    path = as_json(
        row("thành lập", "11359-001", ten="Tổ 1", cap="tổ dân phố", ma_cap_tren="11359"),
        row("thành lập", "11359", ten="Phường", cap="phường", ma_cap_tren="31"),
        row("thành lập", "31", ten="Thành phố", cap="thành phố"),
    )
    assert not apply_change_file(path=path).problems
    assert Unit.objects.get(code="11359-001").path == "31/11359/11359-001/"


def test_area_status_row(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(
        row("diện khó khăn", "11359", danh_sach="Đặc biệt khó khăn", den_het_ngay="31/12/2030"),
        row("area_status", "11383", danh_sach="vùng khó khăn"),
    )
    assert not apply_change_file(path=path).problems
    status = AreaStatus.objects.get(unit__code="11359")
    assert (status.kind, status.valid_from) == (AreaStatus.Kind.DISADVANTAGED, DAY)
    assert (status.valid_to, status.decree) == (date(2030, 12, 31), DECREE)
    assert AreaStatus.objects.get(unit__code="11383").valid_to is None


def test_days_are_taken_in_order_of_time(small_city: SmallCity, as_json: Write) -> None:
    path = as_json(
        row("đổi tên", "11359", ten="Phường Thứ ba", hieu_luc_tu="01/01/2028"),
        row("đổi tên", "11359", ten="Phường Thứ hai", hieu_luc_tu="01/01/2027"),
    )
    assert not apply_change_file(path=path).problems
    ward = Unit.objects.get(code="11359")
    assert ward.name_on(date(2027, 12, 31)) == "Phường Thứ hai"
    assert ward.name == "Phường Thứ ba"


def test_file_without_changes_says_so(small_city: SmallCity, as_workbook: Write) -> None:
    out = StringIO()
    call_command("load_units", file=as_workbook(), stdout=out)
    assert out.getvalue() == "Đã ghi: tệp không có thay đổi nào.\n"


# Tệp tổ dân phố


def test_hamlet_table(small_city: SmallCity, as_json: Write) -> None:
    hamlets = [
        {"ma_xa": "11383", "ma": "001", "ten": "Tổ dân phố 1", "hieu_luc_tu": "01/07/2025"},
        {"ma_xa": "11383", "ma": "11383-2A", "ten": "Tổ dân phố 2A", "hieu_luc_tu": "2025-07-01"},
    ]
    assert not apply_change_file(path=as_json(hamlets=hamlets)).problems
    paths = Unit.objects.filter(code__startswith="11383-").values_list("path", flat=True)
    assert list(paths) == ["31/11383/11383-001/", "31/11383/11383-2A/"]


def test_wrong_hamlets_are_told_by_table_and_row(small_city: SmallCity, as_json: Write) -> None:
    good = {"ma_xa": "11359", "ma": "020", "ten": "Tổ 20", "hieu_luc_tu": "01/07/2025"}
    lines = refused(as_json(hamlets=[good, good | {"ma": 20}, good | {"ma": "a/b"}]))[1:]
    assert len(lines) == 2
    assert "trang tính “to_dan_pho”, dòng 2, cột “Mã”: thấy “20”" in lines[0]
    (line,) = refused(as_json(hamlets=[good, good | {"ten": "Tổ khác"}]))[1:]
    assert "dòng 2" in line
    assert "Mã “11359-020” là của Tổ 20" in line
    (line,) = refused(as_json(hamlets=[good | {"hieu_luc_tu": "30/06/2025"}]))[1:]
    assert "cột “Mã xã”: thấy “11359”; cần mã của một đơn vị có vào ngày 30/06/2025" in line


def test_many_hamlets_at_once(small_city: SmallCity, as_json: Write) -> None:
    hamlets = [
        {"ma_xa": "11383", "ma": f"{n:04d}", "ten": f"Tổ {n}", "hieu_luc_tu": "01/07/2025"}
        for n in range(1, 1202)
    ]
    assert not apply_change_file(path=as_json(hamlets=hamlets)).problems
    assert Unit.objects.children_of(small_city.le_chan, DAY).count() == 1201
