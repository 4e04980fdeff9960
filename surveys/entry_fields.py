"""Which fields of a person's line matter, and with which letters they are chosen.

Both tables are used twice: by the server, which draws the page, and by the page's script,
which gets them as JSON and decides again when a birth year or a class is typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: In the line itself, in the order of the paper. What matters for everybody is always open.
ROW = (
    "full_name", "relation", "birth", "female", "ethnicity", "class_mark", "school",
    "completed_level", "completed_year", "dropped_grade", "literacy_completed",
    "residence_state",
)  # fmt: skip
#: Below the line, what is asked most often first.
BELOW = (
    "personal_id", "parent_name", "religion", "phone", "residence_kind", "event_place",
    "finished_grade", "finished_year", "dropped_year", "dropout_reason", "literacy_class",
    "relapse", "completion_evidence", "completed_continuing", "diploma_number",
    "vocational_level", "vocational_year", "preschool_programme_done", "preschool_marks",
    "disability_kinds", "disability_certified", "unable_to_study", "priority", "circumstance",
    "circumstance_detail", "old_card_number", "note",
)  # fmt: skip
#: Short heads of the columns; the labels of the fields say the same in full.
HEADS = {
    "full_name": "Họ và tên", "relation": "Quan hệ", "birth": "Ngày sinh", "female": "Nữ",
    "ethnicity": "Dân tộc", "class_mark": "Lớp", "school": "Trường", "completed_level": "TN",
    "completed_year": "Năm TN", "dropped_grade": "Bỏ học", "literacy_completed": "XMC",
    "residence_state": "Biến động",
}  # fmt: skip

#: Field → when it is open: any one of the conditions. ``ages`` are both included;
#: ``studying`` asks whether a class is written, ``has`` what other fields hold ("*" is
#: anything). A field without a condition is always open; one with a value too. Fields not
#: listed are only in “Chi tiết”. PCGD asks about children from birth, XMC about people from
#: 15 to 60 (NĐ 20/2014 Đ19, Đ31; phiếu, ô 9 to 24).
OPEN_WHEN: Mapping[str, list[dict[str, Any]]] = {
    **{name: [] for name in ("full_name", "relation", "birth", "female", "ethnicity")},
    "residence_state": [],
    "class_mark": [{"ages": [0, 18]}, {"studying": True}],
    "school": [{"ages": [0, 18]}, {"studying": True}],
    "completed_level": [{"ages": [6, 150]}],
    "completed_year": [{"ages": [6, 21], "has": {"completed_level": ["*"]}}],
    "dropped_grade": [{"ages": [6, 21], "studying": False}],
    "literacy_completed": [
        {"ages": [15, 60], "studying": False, "has": {"completed_level": ["", "1"]}}
    ],
    "literacy_class": [
        {"ages": [15, 60], "studying": False, "has": {"completed_level": ["", "1"]}}
    ],
    "finished_grade": [
        {"ages": [15, 60], "studying": False, "has": {"completed_level": ["", "1"]}}
    ],
    "preschool_programme_done": [{"ages": [3, 6]}],
    "preschool_marks": [{"ages": [3, 5]}],
    "completion_evidence": [{"ages": [14, 21], "has": {"completed_level": ["3"]}}],
    "vocational_level": [
        {"ages": [15, 60], "studying": False, "has": {"completed_level": ["3", "4"]}}
    ],
    "vocational_year": [{"ages": [15, 21], "has": {"vocational_level": ["*"]}}],
    "dropped_year": [{"has": {"dropped_grade": ["*"]}}],
    "dropout_reason": [{"has": {"dropped_grade": ["*"]}}],
    "event_place": [{"has": {"residence_state": ["3", "4"]}}],
}

#: A value alone does not open these: every grown-up has one, and nobody asks again.
FOLDED_WHEN_FILLED = ("completion_evidence",)

#: Field → letter → value of the option. “đ” for keyboards that type Vietnamese, “d” for
#: those that do not.
CHOICE_KEYS: Mapping[str, Mapping[str, str]] = {
    "relation": {
        "h": "1", "v": "2", "c": "3", "m": "4", "b": "4", "o": "5", "ô": "5", "e": "6", "k": "7",
    },
    "completed_level": {"0": "", "m": "1", "t": "2", "s": "3", "p": "4"},
    "residence_state": {
        "o": "1", "v": "2", "d": "3", "đ": "3", "i": "4", "c": "5", "k": "6",
    },
    "vocational_level": {"0": "", "s": "1", "t": "2", "c": "3", "d": "4", "đ": "4"},
    "relapse": {"0": "", "1": "1", "2": "2"},
    "residence_kind": {"t": "1", "m": "2", "0": ""},
}  # fmt: skip

#: The same for people: the cell, and its letters.
KEY_LEGEND = (
    ("Quan hệ", "H chủ hộ · V vợ/chồng · C con · M cha/mẹ · O ông/bà · E anh/chị/em · K khác"),
    ("Nữ", "X hoặc phím cách: đánh dấu, bỏ dấu"),
    ("Tốt nghiệp (TN)", "M mầm non · T tiểu học · S THCS · P THPT · 0 chưa"),
    ("Biến động", "O đang ở · V tạm vắng · D chuyển đến · I chuyển đi · C chết · K chưa rõ"),
    ("Nghề", "S sơ cấp · T trung cấp · C cao đẳng · D đại học · 0 chưa"),
    ("Lớp", "3B là lớp 3B · * hai buổi · ! lưu ban · NT nhà trẻ · MG 5A mẫu giáo · 10 TX GDTX"),
)


def is_open(field: str, age: int | None, values: Mapping[str, str]) -> bool:
    """Whether ``field`` is open for somebody of ``age`` (None: not yet known, then the whole
    line is) whose line holds ``values`` (field → text)."""
    if field not in OPEN_WHEN:
        return False
    conditions = OPEN_WHEN[field]
    if not conditions or (age is None and field in ROW):
        return True
    if values.get(field) and field not in FOLDED_WHEN_FILLED:
        return True
    return any(
        _holds(each, age, values) for each in conditions if age is not None or "ages" not in each
    )


def _holds(condition: Mapping[str, Any], age: int | None, values: Mapping[str, str]) -> bool:
    ages = condition.get("ages")
    if ages and (age is None or not ages[0] <= age <= ages[1]):
        return False
    if "studying" in condition and condition["studying"] != bool(values.get("class_mark")):
        return False
    for name, wanted in condition.get("has", {}).items():
        value = values.get(name, "")
        if value not in wanted and not ("*" in wanted and value):
            return False
    return True
