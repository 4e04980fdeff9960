"""What is wrong with a case is said in one Vietnamese sentence that names file, case and field."""

import json
import unicodedata

import pytest

from standards.cases import CaseError, assess_case, assess_file

GOOD = {
    "name": "xã thử",
    "as_of": "2024-09-30",
    "unit": {"tier": "ward", "disadvantaged": False},
    "figures": {"age5_total": 100, "age5_attending": 95},
}
UPPER = {
    "name": "huyện thử",
    "as_of": "2024-09-30",
    "unit": {"tier": "district", "child_tier": "ward"},
    "children": {"PCGDTH": {"3": 9, "2": 1}},
}


def _with(case, where, value):
    changed = json.loads(json.dumps(case))
    *path, last = where.split("/")
    place = changed
    for key in path:
        place = place[key]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("la", 1, "“la”"),
        ("as_of", "30/09/2024", "“as_of”"),
        ("as_of", "2024-02-30", "“as_of”"),
        ("as_of", "20240930", "“as_of”"),
        ("as_of", 2024, "“as_of”"),
        ("as_of", None, "null"),
        ("as_of", "2014-05-14", "Chưa có văn bản áp dụng"),
        ("name", 7, "“name”"),
        ("unit", [], "“unit”"),
        ("unit", {}, "“unit.tier”"),
        ("unit/tier", "hamlet", "“unit.tier”"),
        ("unit/tier", "xã", "“unit.tier”"),
        ("unit/tier", ["ward"], "“unit.tier”"),
        ("unit/disadvantaged", 1, "“unit.disadvantaged”"),
        ("unit/disadvantaged", "false", "“unit.disadvantaged”"),
        ("unit/code", "11359", "“code”"),
        ("unit/child_tier", "ward", "theo số người"),
        ("figures", [], "“figures”"),
        ("figures/age5_totl", 3, "“age5_totl”"),
        ("figures/age5_total", -1, "“figures.age5_total”"),
        ("figures/age5_total", True, "“figures.age5_total” có giá trị true"),
        ("figures/age5_total", 100.0, "“figures.age5_total”"),
        ("figures/age5_total", "100", "“figures.age5_total”"),
        ("figures/age5_total", None, "chưa biết thì bỏ mục này"),
        ("figures/age5_attending", 101, "không được lớn hơn “age5_total”"),
        ("rates", {"age5_attending": "95"}, "chỉ ghi một trong hai"),
        ("rates", {"age6_total": "95"}, "không phải tử số"),
        ("rates", {"age6_in_grade1": "100.01"}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_in_grade1": "-1"}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_in_grade1": "91,16"}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_in_grade1": "NaN"}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_in_grade1": True}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_in_grade1": "1e1"}, "“rates.age6_in_grade1”"),
        ("rates", {"age6_grade1": "90"}, "“age6_grade1”"),
        ("children", {"PCGDTH": {"1": 2}}, "theo số người"),
        ("children", {"PCGDTH": 2}, "“children.PCGDTH”"),
        ("children_by_area", {"normal": {"PCGDTH": {"1": 2}}}, "theo số người"),
        ("figures/th_rooms", -1, "“figures.th_rooms”"),
        ("figures", {"th_teachers": 3, "th_teachers_standard": 4}, "lớn hơn “th_teachers”"),
        ("rates", {"th_rooms": "90"}, "không phải tử số"),
        ("assumed", "age5_total", "“assumed”"),
        ("assumed", ["age5_totl"], "“assumed”"),
        ("assumed", [[]], "“assumed”"),
        ("expect", {"PCGDTH": "3"}, "“expect.PCGDTH”"),
        ("expect", [], "“expect”"),
        ("source", 3, "“source”"),
        ("parameters", {"la": 1}, "“la”"),
        ("parameters", {"mn_completion_age": 7}, "giá trị được phép: 6, 5"),
        ("parameters", {"mn_completion_age": True}, "“parameters.mn_completion_age”"),
    ],
)
def test_ward_case_refused(where, value, said):
    assert_refused(_with(GOOD, where, value), said)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("unit", {"tier": "district"}, "cần cho biết đơn vị cấp dưới"),
        ("unit/child_tier", "district", "theo số xã, không theo số huyện"),
        ("unit/child_tier", "commune", "“unit.child_tier”"),
        ("unit", {"tier": "province", "child_tier": "ward"}, "theo số huyện, không theo số xã"),
        ("as_of", "2025-07-01", "không có quy định về chuẩn của cấp huyện"),
        ("figures", {"age5_total": 3}, "không theo số người gộp lại"),
        ("rates", {"age5_attending": "99"}, "không theo số người gộp lại"),
        ("children/PCGDTH", {"4": 1}, "không có mức 4"),
        ("children/PCGDTH", {"-1": 1}, "“children.PCGDTH”"),
        ("children/PCGDTH", {"01": 1}, "“children.PCGDTH”"),
        ("children/PCGDTH", {"ba": 1}, "“children.PCGDTH”"),
        ("children/PCGDTH", {"1": -1}, "“children.PCGDTH.1”"),
        ("children/PCGDTH", {"1": True}, "“children.PCGDTH.1”"),
        ("children/PCGDTH", {"missing": -1}, "“children.PCGDTH.missing”"),
        ("children/PCGDXX", {"1": 1}, "“PCGDXX”"),
        ("children_by_area", [], "“children_by_area”"),
        ("children_by_area", {"miền núi": {}}, "disadvantaged"),
        ("children_by_area", {"normal": []}, "“children_by_area.normal”"),
        ("children_by_area", {"normal": {"PCGDTH": 2}}, "“children_by_area.normal.PCGDTH”"),
        ("children_by_area", {"normal": {"PCGDTH": {"1": -1}}}, "normal.PCGDTH.1”"),
        ("children_by_area", {"normal": {"PCGDTH": {"4": 1}}}, "không có mức 4"),
        ("children_by_area", {"disadvantaged": {"PCGDXX": {"1": 1}}}, "“PCGDXX”"),
        (
            "children_by_area",
            {"normal": {"PCGDTH": {"3": 9}}, "disadvantaged": {"PCGDTH": {"2": 2}}},
            "là 10, khác tổng theo địa bàn là 11",
        ),
    ],
)
def test_upper_case_refused(where, value, said):
    assert_refused(_with(UPPER, where, value), said)


def test_two_tier_province_is_not_counted_by_districts():
    case = _with(UPPER, "unit", {"tier": "province", "child_tier": "district"})
    assert_refused(_with(case, "as_of", "2025-07-01"), "theo số xã, không theo số huyện")
    assert assess_case(_with(case, "as_of", "2025-06-30"))["levels"]["PCGDTH"]["level"] == 2


def test_parts_larger_than_what_is_left_are_refused():
    case = _with(GOOD, "figures", {})
    case["figures"] = {
        "age11_total": 100,
        "age11_completed_primary": 95,
        "age11_rest_in_primary": 6,
    }
    assert_refused(case, "cộng lại lớn hơn “age11_total”")


def assert_refused(case, said):
    with pytest.raises(CaseError) as refusal:
        assess_case(case)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.fixture
def write(tmp_path):
    def write_bytes(content):
        path = tmp_path / "ca.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_bytes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "dòng 1, cột 1"),
        ('{\n "name": }', "dòng 2, cột 10"),
        (b"\xff\xfe{}", "UTF-8"),
        ('{"as_of": NaN}', "NaN"),
        ('{"name": "a", "name": "b"}', "“name” được ghi hai lần"),
        ("[" * 100_000, "lồng quá nhiều lớp"),
        ('{"figures": {"age5_total": ' + "9" * 5000 + "}}", "số quá dài"),
        ("3", "trường hợp 1"),
        ("null", "trường hợp 1"),
        ('"chuỗi"', "trường hợp 1"),
    ],
)
def test_broken_file_refused(write, content, said):
    path = write(content)
    with pytest.raises(CaseError) as refusal:
        assess_file(path)
    assert said in str(refusal.value)
    assert "ca.json" in str(refusal.value)


def test_file_and_case_are_named(write):
    bad = _with(GOOD, "figures/age5_total", -5)
    path = write(json.dumps([GOOD, bad]))
    with pytest.raises(CaseError, match=r"ca\.json”, trường hợp 2 “xã thử”: .*age5_total.* -5"):
        assess_file(path)


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(CaseError, match="Không tìm thấy tệp"):
        assess_file(tmp_path / "khong-co.json")
    with pytest.raises(CaseError, match="Không đọc được tệp"):
        assess_file(tmp_path / ("x" * 300))
    with pytest.raises(CaseError, match="là thư mục"):
        assess_file(tmp_path)


def test_one_case_gives_a_list_of_one(write):
    assert [answer["name"] for answer in assess_file(write(json.dumps(GOOD)))] == ["xã thử"]
    assert assess_file(write("[]")) == []


def test_byte_order_mark_of_windows_is_no_error(write):
    assert assess_file(write(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()))


def test_decomposed_names_come_back_as_they_were_given():
    name = unicodedata.normalize("NFD", "Xã Vĩnh Bình")
    assert assess_case(_with(GOOD, "name", name))["name"] == name


def test_figures_that_no_document_uses_are_named():
    answer = assess_case(_with(GOOD, "figures/age3_5_total", 30))
    assert any("age3_5_total" in warning for warning in answer["warnings"])
    assert set(answer["levels"]) == {"PCGDMN5"}


def test_numbers_as_python_floats_are_read_as_written():
    rates = {"age11_14_completed_primary": 80.0, "age6_in_grade1": 90.0}
    case = {**GOOD, "figures": {}, "rates": rates}
    assert assess_case(case)["levels"]["PCGDTH"]["level"] == 1
