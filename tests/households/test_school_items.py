"""The catalogue of what schools are asked: what the forms have, and what it refuses."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from households.models import SchoolConditions, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL
from households.school_checks import contradictions, from_json, in_json, misfit, worked_out
from households.school_items import (
    SOURCE,
    Kind,
    SchoolItemsError,
    codes_of,
    form_codes,
    groups_of,
    item,
    kept_codes,
    outside_of,
    read_catalogue,
    sums_of,
)

LEVELS = ("MN", "TH", "THCS")


def tables() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("level", SchoolLevel)
def test_every_column_has_its_place_and_no_value_has_two(level: str) -> None:
    columns = {code for code in codes_of(level) if item(code).in_column}
    assert columns == set(FIELDS_OF_LEVEL[level]) - {"has_monitor", "monitor_name"}
    assert columns.isdisjoint(kept_codes(level))
    assert len(set(codes_of(level))) == len(codes_of(level))
    fields = {field.name for field in SchoolConditions._meta.get_fields()}
    assert fields.isdisjoint(kept_codes(level))


def test_continuing_education_is_asked_nothing_of_the_forms() -> None:
    assert codes_of("GDTX") == ()
    assert outside_of("GDTX") is None


@pytest.mark.parametrize(
    ("level", "count", "codes"),
    [
        # The columns of the forms that are neither rates nor sums of others.
        ("MN", 64, ("nursery_groups", "three_four_mixed_classes", "five_year_rooms_temporary",
                    "kitchens_standard", "independent", "children_277", "teachers_workers")),
        ("TH", 51, ("school_rank", "two_sessions", "rooms_rented", "subject_primary",
                    "standard_fail", "youth_rooms", "meeting_rooms_area", "team_leaders")),
        ("THCS", 57, ("school_rank", "subject_russian", "subject_civics", "staff_laboratory",
                      "laboratories_area", "sports_grounds_area")),
    ],
)  # fmt: skip
def test_what_the_forms_ask(level: str, count: int, codes: tuple[str, ...]) -> None:
    asked = [code for code in form_codes(level) if not item(code).in_column]
    assert len(asked) == count
    assert set(codes) <= set(asked)


def test_subjects_of_the_lower_secondary_form_are_seventeen() -> None:
    subjects = next(each for each in sums_of("THCS") if each.words == "Mười bảy chuyên ngành")
    assert len(subjects.parts) == 17


@pytest.mark.parametrize(("level", "grades"), [("TH", range(1, 6)), ("THCS", range(6, 10))])
def test_pupils_from_elsewhere_have_a_box_where_age_and_class_can_meet(
    level: str, grades: range
) -> None:
    grid = outside_of(level)
    assert grid is not None
    assert set(grid.boxes) == {
        (age, grade) for age in range(6, 15) for grade in grades if 3 <= age - grade <= 8
    }
    assert grid.boxes[min(grid.boxes)] in codes_of(level)


def test_the_first_box_of_a_first_former() -> None:
    grid = outside_of("TH")
    assert grid is not None
    assert grid.boxes[6, 1] == "outside_6_1"
    assert "outside_6_1" not in form_codes("TH")


def test_every_label_of_a_level_stands_once() -> None:
    for level in LEVELS:
        for group in groups_of(level):
            labels = [item(code).label for code in group.codes]
            assert len(set(labels)) == len(labels)


def _spoil(change: Callable[[dict[str, Any]], None]) -> str:
    spoiled = copy.deepcopy(tables())
    change(spoiled)
    with pytest.raises(SchoolItemsError) as error:
        read_catalogue(spoiled)
    return str(error.value)


def test_a_wrong_file_names_the_item() -> None:
    assert "five_year_single_classes" in _spoil(
        lambda file: file["group"][0]["items"][1].update(whole="no_such")
    )
    assert "unknown key colour" in _spoil(
        lambda file: file["group"][0]["items"][0].update(colour="red")
    )
    assert "“classes”" in _spoil(lambda file: file["group"][1]["items"][0].update(kind="litres"))
    assert "twice at one level" in _spoil(lambda file: file["group"].append(file["group"][0]))
    assert "not the same at each level" in _spoil(
        lambda file: file["group"][2]["items"][0].update(label="Số giáo viên")
    )
    assert "has options" in _spoil(lambda file: file["group"][1]["items"][0].update(options=["a"]))
    assert "does not ask “classes”" in _spoil(lambda file: file["sum"][0].update(total="classes"))


# --- What a row can keep ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "kept", "words"),
    [
        ("TH", {"classes": 5}, "“classes” không thuộc"),  # a column is never kept twice
        ("TH", {"kitchens": 1}, "“kitchens” không thuộc"),
        ("TH", {"outside_6_9": 1}, "“outside_6_9” không thuộc"),
        ("GDTX", {"satellite_sites": 1}, "không thuộc"),
        ("TH", {"satellite_sites": -1}, "Điểm trường lẻ: thấy “-1”"),
        ("TH", {"satellite_sites": 10_000}, "thấy “10000”"),
        ("TH", {"satellite_sites": "2"}, "thấy “2”"),
        ("TH", {"satellite_sites": True}, "thấy “True”"),
        ("TH", {"satellite_sites": None}, "thấy “None”"),
        ("TH", {"school_rank": 0}, "thấy “0”"),
        ("TH", {"school_rank": 4}, "thấy “4”"),
        ("TH", {"two_sessions": 2}, "thấy “2”"),
        ("TH", {"libraries_area": 56.5}, "thấy “56.5”"),
        ("TH", {"libraries_area": "56.50"}, "thấy “56.50”"),
        ("TH", {"libraries_area": "56.555"}, "thấy “56.555”"),
        ("TH", {"libraries_area": "-1"}, "thấy “-1”"),
        ("TH", {"libraries_area": "1E+2"}, "thấy “1E+2”"),
        ("TH", {"libraries_area": "1000000"}, "thấy “1000000”"),
        ("MN", {"funds_recurrent": "1.0001"}, "thấy “1.0001”"),
        ("MN", ["toilets"], "cần một bảng"),
    ],
)
def test_what_a_row_cannot_keep(level: str, kept: Any, words: str) -> None:
    assert words in misfit(level, kept)
    with pytest.raises(ValidationError, match=r"[Tt]hấy"):
        SchoolConditions(level=level, items=kept).clean()


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("TH", {}),
        ("TH", {"satellite_sites": 0, "school_rank": 3, "two_sessions": 0, "outside_8_3": 2}),
        ("TH", {"libraries_area": "100", "meeting_rooms_area": "0", "teacher_toilets_area": "0.5"}),
        ("MN", {"funds_recurrent": "9999998.999"}),
    ],
)
def test_what_a_row_can_keep(level: str, kept: Any) -> None:
    assert misfit(level, kept) == ""
    SchoolConditions(level=level, items=kept).clean()


def test_a_decimal_is_kept_as_its_shortest_text_and_read_back_exactly() -> None:
    for written, kept in (("100.00", "100"), ("0.50", "0.5"), ("0", "0"), ("1250.125", "1250.125")):
        assert in_json(Decimal(written)) == kept
        assert from_json("funds_recurrent", kept) == Decimal(written)
    assert item("funds_recurrent").kind == Kind.MONEY


# --- What agrees ------------------------------------------------------------------------------


def found(level: str, **values: Any) -> dict[str, str]:
    return dict(contradictions(level, values))


def test_a_part_of_several_wholes_is_at_most_their_sum() -> None:
    values = {"managers": 2, "teachers": 8, "staff": 3}
    assert found("MN", **values, staff_contract=13) == {}
    assert (
        "Thấy 14, lớn hơn “Cán bộ quản lý” + “Tổng số giáo viên” + “Nhân viên” là 13"
        in found("MN", **values, staff_contract=14)["staff_contract"]
    )
    # One of them is not known: nothing can be said yet.
    assert found("MN", managers=2, teachers=8, staff_contract=14) == {}


def test_an_exact_sum() -> None:
    rooms = {"rooms": 9, "rooms_permanent": 6}
    assert found("TH", **rooms) == {}
    assert found("TH", **rooms, rooms_semi_permanent=3) == {}
    said = found("TH", **rooms, rooms_semi_permanent=2)
    assert said == {
        "rooms_semi_permanent": "Phòng học kiên cố và bán kiên cố cộng lại là 8; "
        "cần bằng “Phòng học kiên cố, bán kiên cố” là 9."
    }
    # More than the total is wrong before the last part is known.
    assert "cộng lại là 10, lớn hơn" in found("TH", rooms=9, rooms_permanent=10)["rooms_permanent"]


def test_a_sum_that_may_be_less() -> None:
    parts = {"nursery_teachers": 2, "three_four_teachers": 3, "five_year_teachers": 2}
    assert found("MN", teachers=8, **parts) == {}
    assert "cần nhiều nhất 6" in found("MN", teachers=6, **parts)["five_year_teachers"]


def test_zero_is_a_number_and_nothing_of_nothing_is_fine() -> None:
    assert found("TH", rooms=0, rooms_permanent=0, rooms_semi_permanent=0) == {}
    assert (
        "cần bằng"
        in found("TH", rooms=1, rooms_permanent=0, rooms_semi_permanent=0)["rooms_semi_permanent"]
    )
    assert found("TH") == {}


def test_no_area_without_rooms() -> None:
    said = found("TH", libraries=0, libraries_area=Decimal("56.5"))["libraries_area"]
    assert said == "Thấy 56,5 m² trong khi “Thư viện” là 0; cần 0."
    assert found("TH", libraries=0, libraries_area=Decimal(0)) == {}
    assert found("TH", libraries_area=Decimal(5)) == {}


def test_an_empty_total_is_worked_out_only_when_every_part_is_known() -> None:
    kinds = {"teachers_tenured": 12, "teachers_contract": 3}
    assert worked_out("TH", kinds) == {"teachers": 15}
    assert worked_out("TH", {"teachers_tenured": 12}) == {}
    assert worked_out("TH", {**kinds, "teachers": 16}) == {}
    assert worked_out("TH", {"teachers_tenured": 9_999, "teachers_contract": 9_999}) == {}
    # At most the total says nothing of what the total is.
    assert "teachers" not in worked_out(
        "MN", {"nursery_teachers": 1, "three_four_teachers": 1, "five_year_teachers": 1}
    )
